from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher import urls
from publisher.model.article import Article
from publisher.model.source import SourceFile
from publisher.sources.duplicates import set_duplicates_aside
from publisher.sources.identity import assign_ids
from publisher.sources.nearby import find_nearby
from publisher.sources.outcome import ReadFile
from publisher.storage.articles import KnownArticle

HOST = "note.example"
DAY = datetime(2026, 1, 8, tzinfo=UTC)
_PATHS = ["a.md", "A.md", "b.md", "c.md", "\u00e9.md", "e\u0301.md", "猫.md"]
# Everything that could be minted for one of these files, beside ids that people chose.
_IDS = [urls.article_id(HOST, f"{path}{more}") for path in _PATHS[:4] for more in ("", "#2", "#3")]
_IDS += ["12", urls.own_id(HOST, "12"), "urn:x:1"]
_paths, _ids, _hashes = st.sampled_from(_PATHS), st.sampled_from(_IDS), st.sampled_from(["一", "二", "三", "四", ""])


def make(path: str, id_: str, title: str, day: int, slug: str, *, draft: bool) -> Article:
    moment = DAY + timedelta(days=day)
    url = f"https://{HOST}/{slug or path}"
    return Article(id_, path, url, title, moment, moment, "", "ja", "", draft=draft, seq=None if draft else day)


_articles = st.builds(
    make,
    _paths,
    _ids,
    st.sampled_from(["題", "別の題"]),
    st.integers(0, 1),
    st.sampled_from(["", "", "x", "X"]),
    draft=st.sampled_from([False, False, True]),
)


def read(article: Article, sha256: str, *, has_own_id: bool) -> ReadFile:
    id_ = article.id if has_own_id else urls.article_id(HOST, article.path)
    file = SourceFile(article.path, 1, 1)
    return ReadFile(file, sha256 or article.path, replace(article, id=id_), has_own_id=has_own_id)


_read = st.lists(
    st.builds(read, _articles, _hashes, has_own_id=st.booleans()), max_size=4, unique_by=lambda item: item.file.path
)
_index = st.lists(
    st.tuples(_articles, _hashes, st.sampled_from(["here", "here", "here", "gone", "hidden"])),
    max_size=8,
    unique_by=(lambda row: row[0].path, lambda row: row[0].id),
)


def settle(items: list[ReadFile], known: list[KnownArticle]) -> list[ReadFile]:
    return assign_ids(set_duplicates_aside(items, known), known, {}, HOST)


def as_known(article: Article, sha256: str, state: str) -> KnownArticle:
    path = None if state == "gone" else article.path
    values = (article.title, article.published, article.seq, article.url, article.draft)
    return KnownArticle(article.id, path, sha256 or article.path, *values)


@settings(deadline=None, max_examples=500)
@given(_read, _index)
def test_with_those_nearby_everything_is_decided_as_with_all(
    items: list[ReadFile], index: list[tuple[Article, str, str]]
) -> None:
    at_hand = [(article, sha256 or article.path) for article, sha256, state in index if state == "here"]
    rest = [as_known(*row) for row in index if row[2] != "here"]
    everything = sorted((as_known(*row) for row in index), key=lambda article: article.id)
    near = find_nearby(items, at_hand, rest, HOST)
    assert settle(items, near) == settle(items, everything)
    wanted = {item.article.id for item in settle(items, near) if item.article is not None}
    assert wanted & {article.id for article in near} == wanted & {article.id for article in everything}


def test_of_ten_thousand_only_the_file_itself_is_near() -> None:
    articles = [make(f"{number}.md", f"urn:x:{number}", "題", 1, "", draft=False) for number in range(10_000)]
    at_hand = [(article, article.path) for article in articles]
    near = find_nearby([read(articles[77], "新しい", has_own_id=False)], at_hand, [], HOST)
    assert [article.path for article in near] == ["77.md"]


def test_an_id_as_readers_know_it_is_near_to_what_was_written() -> None:
    holder = make("b.md", urls.own_id(HOST, "12"), "題", 1, "", draft=False)
    items = [read(make("a.md", "12", "題", 1, "", draft=False), "新しい", has_own_id=True)]
    (settled,) = settle(items, find_nearby(items, [(holder, "前の")], [], HOST))
    assert settled.problem is not None


def test_who_has_the_second_id_that_could_be_minted_is_near_when_a_new_file_asks_for_the_first() -> None:
    first, second = (urls.article_id(HOST, f"a.md{more}") for more in ("", "#2"))
    holder = make("c.md", second, "題", 1, "", draft=False)
    asking = read(make("b.md", first, "題", 1, "", draft=False), "二", has_own_id=True)
    items = [read(make("a.md", first, "題", 1, "", draft=False), "一", has_own_id=False), asking]
    settled = settle(items, find_nearby(items, [(holder, "前の")], [], HOST))
    assert [item.article.id for item in settled if item.article] == [urls.article_id(HOST, "a.md#3"), first]
