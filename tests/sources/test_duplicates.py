"""Files that would be one article twice."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.article import Article
from publisher.model.source import SourceFile
from publisher.sources.duplicates import set_duplicates_aside
from publisher.sources.outcome import ReadFile
from publisher.storage.articles import KnownArticle

MOMENT = datetime(2026, 11, 19, tzinfo=UTC)


def make(path: str, content: str = "", *, url: str = "", draft: bool = False) -> ReadFile:
    sha256 = hashlib.sha256((content or path).encode()).hexdigest()
    article = Article(
        id=f"provisional:{path}",
        path=path,
        url=url or f"https://note.example/{path}",
        title="題",
        published=MOMENT,
        updated=MOMENT,
        summary="",
        language="ja",
        body_hash=sha256[:32],
        draft=draft,
    )
    return ReadFile(SourceFile(path, 1, 1), sha256, article, "本文\n")


def known(item: ReadFile, seq: int | None) -> KnownArticle:
    article = item.article
    assert article is not None
    return KnownArticle(
        f"id:{article.path}", article.path, item.sha256, article.title, MOMENT, seq, article.url, draft=article.draft
    )


def problems(settled: list[ReadFile]) -> list[str]:
    return [str(item.problem) for item in settled if item.problem]


def test_of_equal_bytes_the_first_path_stays() -> None:
    settled = set_duplicates_aside([make("b.md", "同じ"), make("a.md", "同じ"), make("c.md", "違う")], [])
    assert problems(settled) == ["b.md: is the same file as a.md, byte for byte; remove one of them"]
    assert [item.file.path for item in settled] == ["b.md", "a.md", "c.md"]
    assert [item.is_settled for item in settled] == [False, True, True]


def test_the_same_text_under_another_title_is_another_article() -> None:
    one, other = make("a.md", "題1\n本文"), make("b.md", "題2\n本文")
    assert not problems(set_duplicates_aside([one, other], []))


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (make("b.md", url="https://note.example/x"), "has the same address as a.md: https://note.example/x; give"),
        (make("b.md", url="https://note.example/X"), "has the address of a.md but for upper and lower case: "),
        (make("A.md"), "has the same name as a.md but for upper and lower case; rename one of them"),
    ],
)
def test_addresses_and_names_are_compared_without_case(other: ReadFile, message: str) -> None:
    first = make("a.md", url="https://note.example/x")
    (found,) = problems(set_duplicates_aside([other], [known(first, 1)]))
    assert message in found


def test_two_ways_to_write_one_accent_are_one_name() -> None:
    (found,) = problems(set_duplicates_aside([make("e\u0301.md"), make("\u00e9.md")], []))
    assert "has the same name as" in found


def test_who_was_public_first_stays_whatever_the_paths_are() -> None:
    old, new = make("z.md", url="https://note.example/x"), make("a.md", url="https://note.example/x")
    for read in ([new], [new, old], [old, new]):
        settled = set_duplicates_aside(read, [known(old, 7)])
        assert [item.file.path for item in settled if item.problem] == ["a.md"]


def test_a_vanished_file_holds_nothing() -> None:
    gone = known(make("a.md", "同じ"), 1)._replace(path=None)
    assert not problems(set_duplicates_aside([make("b.md", "同じ")], [gone]))


def test_an_edited_file_is_no_duplicate_of_its_own_past() -> None:
    before, now = make("a.md", "前"), make("a.md", "後")
    assert not problems(set_duplicates_aside([now], [known(before, 1)]))


def test_drafts_are_left_in_peace() -> None:
    public, draft = make("a.md", "同じ"), make("b.md", "同じ", url="https://note.example/a.md", draft=True)
    assert not problems(set_duplicates_aside([public, draft], []))
    assert not problems(set_duplicates_aside([public], [known(draft, None)]))


_FILES = st.lists(
    st.tuples(
        st.sampled_from("aAbBc"), st.sampled_from(["", "x", "y"]), st.sampled_from(["", "u", "U"]), st.booleans()
    ),
    unique_by=lambda file: file[0],
)


@given(_FILES, st.randoms(use_true_random=False))
def test_the_outcome_depends_on_no_order_and_nobody_is_lost(
    files: list[tuple[str, str, str, bool]], random: Random
) -> None:
    read = [
        make(f"{name}.md", content, url=url and f"https://note.example/{url}", draft=draft)
        for name, content, url, draft in files
    ]
    shuffled = list(read)
    random.shuffle(shuffled)
    settled = {item.file.path: item for item in set_duplicates_aside(read, [])}
    assert settled == {item.file.path: item for item in set_duplicates_aside(shuffled, [])}
    assert settled.keys() == {item.file.path for item in read}
    stay = [item.article for item in settled.values() if item.article and not item.article.draft]
    assert len({article.url.casefold() for article in stay}) == len(stay)
    assert all(bool(item.article) != bool(item.problem) for item in settled.values())
