"""Which article a file is, decided from values alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher import urls
from publisher.model.article import Article
from publisher.model.source import SourceFile
from publisher.sources.changes import Changes, find_changes
from publisher.sources.identity import assign_ids
from publisher.sources.outcome import ReadFile
from publisher.storage.articles import KnownArticle

HOST = "note.example"
DAY = datetime(2026, 1, 8, tzinfo=UTC)


def make(path: str, sha256: str = "", title: str = "題", own_id: str | None = None) -> ReadFile:
    made = Article(
        id=own_id or urls.article_id(HOST, path),
        path=path,
        url=f"https://{HOST}/{path}",
        title=title,
        published=DAY,
        updated=DAY,
        summary="",
        language="ja",
        body_hash=sha256 or path,
    )
    return ReadFile(SourceFile(path, 1, 1), sha256 or path, made, "", own_id is not None)


def known(
    id_: str, path: str | None, sha256: str = "", title: str = "題", seq: int | None = None, published: datetime = DAY
) -> KnownArticle:
    return KnownArticle(id_, path, sha256, title, published, seq)


def ids(read: list[ReadFile]) -> dict[str, str | None]:
    return {item.file.path: item.article.id if item.article else None for item in read}


def test_an_id_is_a_pure_function_of_host_and_path() -> None:
    first = ids(assign_ids([make("a.md")], [], {}, HOST))
    assert first == ids(assign_ids([make("a.md", "other bytes", "別の題")], [], {}, HOST))
    assert first["a.md"] != ids(assign_ids([make("b.md")], [], {}, HOST))["b.md"]


def test_two_vanished_files_with_one_title_and_date_are_not_guessed_between() -> None:
    gone = [known("id-1", None), known("id-2", None)]
    found = ids(assign_ids([make("new.md", "other")], gone, {}, HOST))
    assert found["new.md"] == urls.article_id(HOST, "new.md")


def test_the_same_bytes_decide_between_several_vanished_files() -> None:
    gone = [known("id-1", None, "one"), known("id-2", None, "two")]
    assert ids(assign_ids([make("new.md", "two")], gone, {}, HOST)) == {"new.md": "id-2"}


def test_a_copy_of_a_file_that_is_still_there_is_an_article_of_its_own() -> None:
    here = [known("id-1", "a.md", "same")]
    assert ids(assign_ids([make("copy.md", "same")], here, {}, HOST))["copy.md"] != "id-1"
    both = ids(assign_ids([make("a-copy.md", "same"), make("b.md", "same")], [known("id-1", "b.md", "same")], {}, HOST))
    assert both["b.md"] == "id-1", "a touched file is itself before it is the copy of another"


def test_ids_of_published_feeds_are_adopted_by_address() -> None:
    adopted = {f"https://{HOST}/a.md": "https://old.example/?p=7"}
    assert ids(assign_ids([make("a.md")], [], adopted, HOST)) == {"a.md": "https://old.example/?p=7"}


def test_another_article_at_the_path_of_one_that_is_gone_gets_an_id_of_its_own() -> None:
    minted = urls.article_id(HOST, "a.md")
    gone = known(minted, None, "old", "先の題", seq=1, published=DAY - timedelta(days=30))
    (found,) = ids(assign_ids([make("a.md", "new")], [gone], {}, HOST)).values()
    assert found not in {minted, None}
    again = known(str(found), None, "newer", "次の題", seq=2, published=DAY - timedelta(days=9))
    (third,) = ids(assign_ids([make("a.md", "newest")], [gone, again], {}, HOST)).values()
    assert third not in {minted, found, None}


@pytest.mark.parametrize(
    "gone",
    [
        known("", None, "old", "先の題", seq=1),  # the date as before
        known("", None, "old", "題", seq=1, published=DAY - timedelta(days=30)),  # the title as before
        known("", None, "old", "先の題", published=DAY - timedelta(days=30)),  # nobody has ever seen it
    ],
)
def test_an_article_that_comes_back_to_its_path_is_itself(gone: KnownArticle) -> None:
    minted = urls.article_id(HOST, "a.md")
    assert ids(assign_ids([make("a.md", "new")], [gone._replace(id=minted)], {}, HOST)) == {"a.md": minted}


def test_front_matter_wins_over_everything() -> None:
    here = [known("id-1", "a.md", "same")]
    assert ids(assign_ids([make("a.md", "same", own_id="urn:example:mine")], here, {}, HOST)) == {
        "a.md": "urn:example:mine"
    }


def test_an_own_id_that_is_no_uri_becomes_one_and_stays_so() -> None:
    first = assign_ids([make("a.md", own_id="12")], [], {}, HOST)
    assert ids(first) == {"a.md": "tag:note.example,2026:12"}
    again = [known("tag:note.example,2026:12", "a.md", "a.md")]
    assert ids(assign_ids([make("a.md", "new bytes", own_id="12")], again, {}, HOST)) == ids(first)


def test_an_own_id_that_readers_know_is_never_changed() -> None:
    assert ids(assign_ids([make("a.md", own_id="12")], [known("12", "a.md")], {}, HOST)) == {"a.md": "12"}


def test_of_two_files_with_one_own_id_the_one_that_had_it_keeps_it() -> None:
    had = [known("tag:note.example,2026:12", "b.md", "b.md")]
    found = {
        item.file.path: item for item in assign_ids([make(f"{name}.md", own_id="12") for name in "ab"], had, {}, HOST)
    }
    assert found["b.md"].article is not None
    assert found["a.md"].problem is not None
    assert "is the id of b.md already" in found["a.md"].problem.message


@settings(deadline=None, max_examples=100)
@given(
    before=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), max_size=6, unique_by=lambda item: item[0]),
    after=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), max_size=6, unique_by=lambda item: item[0]),
)
def test_whatever_moves_where_no_two_files_share_an_id_and_still_ones_keep_theirs(
    before: list[tuple[int, int]], after: list[tuple[int, int]]
) -> None:
    first = assign_ids([make(f"{path}.md", f"bytes{content}") for path, content in before], [], {}, HOST)
    now = {f"{path}.md": f"bytes{content}" for path, content in after}
    was = {item.file.path: item for item in first}
    to_read = [make(path, content) for path, content in now.items() if path not in was or was[path].sha256 != content]
    rows = [
        known(item.article.id, item.file.path if item.file.path in now else None, item.sha256)
        for item in first
        if item.article
    ]
    settled = ids(assign_ids(to_read, rows, {}, HOST))
    unread = {path: item.article.id for path, item in was.items() if item.article and now.get(path) == item.sha256}
    everybody = [*settled.values(), *unread.values()]
    assert None not in everybody
    assert len(set(everybody)) == len(everybody)


def test_changes_are_what_differs_from_the_last_scan() -> None:
    same, touched, gone, new = (SourceFile(name, 1, 1) for name in ("a.md", "b.md", "c.md", "d.md"))
    index = {file.path: file for file in (same, touched, gone)}
    present = [same, SourceFile("b.md", 1, 2), new]
    assert find_changes(present, index, everything=False) == Changes((present[1], new), ("c.md",))
    assert find_changes(present, index, everything=True).to_read == (same, present[1], new)
