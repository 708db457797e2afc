"""Which article an item is: by its guid, by who had it before, by the order of the sources."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from publisher.sources.feed.articles import FeedRules, ReadItem
from publisher.sources.feed.identity import SettledItem, settle_items
from publisher.storage.articles import KnownArticle
from publisher.urls import article_id
from tests.sources.feeds import NOW, TOKYO, read, rss

HOST = "note.example"
A, B = "https://a.example/feed", "https://b.example/feed"
PREFIXES = [A + "#", B + "#"]


def item(source: str, guid: str, link: str = "", title: str = "題") -> ReadItem:
    rules = FeedRules(source, HOST, "ja", TOKYO)
    link = link or f"{source}/{guid}"
    feed = rss(f'<item><guid isPermaLink="false">{guid}</guid><link>{link}</link><title>{title}</title></item>')
    (found,) = read(feed, rules=rules).items
    return found


def known(settled: SettledItem, *, gone: bool = False) -> KnownArticle:
    article = settled.article
    assert article is not None
    path = None if gone else article.path
    return KnownArticle(article.id, path, settled.item.sha256, article.title, article.published, 7, article.url)


def settle(
    *items: ReadItem, before: list[KnownArticle] | None = None, prefixes: list[str] = PREFIXES
) -> list[SettledItem]:
    return settle_items(items, before or [], prefixes, HOST)


def ids(settled: list[SettledItem]) -> list[str | None]:
    return [one.article.id if one.article else None for one in settled]


def test_an_id_for_the_whole_world_is_kept_and_another_is_made() -> None:
    own, local = item(A, "tag:a.example,2026:1"), item(A, "17")
    assert ids(settle(own, local)) == ["tag:a.example,2026:1", article_id(HOST, f"{A}#17")]


def test_the_same_local_guid_in_two_feeds_means_two_items() -> None:
    assert ids(settle(item(A, "17"), item(B, "17"))) == [article_id(HOST, f"{A}#17"), article_id(HOST, f"{B}#17")]


def test_what_is_as_it_was_is_left_out_and_what_changed_keeps_its_id() -> None:
    (first,) = settle(item(A, "17"))
    before = [known(first)._replace(id="an-id-of-old")]
    assert settle(item(A, "17"), before=before) == []
    assert ids(settle(item(A, "17", title="別の題"), before=before)) == ["an-id-of-old"]


def test_the_first_source_has_it_and_the_second_is_told_so() -> None:
    first, second = settle(item(A, "urn:x:1"), item(B, "urn:x:1"))
    assert (first.article is not None, second.article) == (True, None)
    assert second.holder == f"{A}#urn:x:1"


def test_one_page_in_two_feeds_is_one_article() -> None:
    first, second = settle(item(A, "1", "https://x.example/p"), item(B, "2", "https://x.example/p"))
    assert first.article is not None
    assert second.holder == f"{A}#1"


def test_a_page_that_many_items_share_says_nothing() -> None:
    shared = [replace(item(source, "1", "https://x.example/"), shares_url=True) for source in (A, B)]
    assert all(one.article for one in settle(*shared))


def test_a_source_that_moves_to_the_front_takes_over_the_article_with_its_id() -> None:
    first, _ = settle(item(A, "urn:x:1"), item(B, "urn:x:1"))
    turned = settle(item(B, "urn:x:1"), before=[known(first)], prefixes=PREFIXES[::-1])
    assert ids(turned) == ["urn:x:1"]
    taken = settle(item(B, "urn:x:1"), item(A, "urn:x:1"), before=[known(first)], prefixes=PREFIXES[::-1])
    assert [one.holder for one in taken] == ["", f"{B}#urn:x:1"]


def test_a_file_comes_before_an_item() -> None:
    file = KnownArticle("urn:x:1", "a.md", "0" * 64, "題", NOW, 1, "https://note.example/articles/a")
    (settled,) = settle(item(A, "urn:x:1"), before=[file])
    assert settled.holder == "a.md"
    (settled,) = settle(item(A, "2", file.url), before=[file])
    assert settled.article is None


def test_an_id_whose_article_is_gone_is_that_article() -> None:
    (first,) = settle(item(A, "urn:x:1"))
    assert ids(settle(item(B, "urn:x:1"), before=[known(first, gone=True)])) == ["urn:x:1"]


def test_a_feed_under_a_new_address_finds_its_articles_by_their_pages() -> None:
    (first,) = settle(item(A, "17", "https://x.example/p"))
    before = [known(first, gone=True)]
    assert first.article is not None
    assert ids(settle(item(B, "17", "https://x.example/p"), before=before)) == [first.article.id]
    two = [*before, before[0]._replace(id="another")]
    assert ids(settle(item(B, "17", "https://x.example/p"), before=two)) == [article_id(HOST, f"{B}#17")]


def test_dates_of_first_sight_are_kept() -> None:
    (first,) = settle(item(A, "17"))
    old = known(first)._replace(published=NOW.replace(year=2020), sha256="other")
    (again,) = settle(item(A, "17"), before=[old])
    assert again.article is not None
    assert again.article.published == again.article.updated == old.published


@given(
    st.lists(
        st.tuples(st.sampled_from([A, B]), st.sampled_from(["1", "2", "urn:x:1", "urn:x:2"]), st.booleans()), max_size=8
    )
)
def test_no_id_is_given_twice_and_a_second_look_changes_nothing(drawn: list[tuple[str, str, bool]]) -> None:
    unique = {(source, guid): shared for source, guid, shared in drawn}
    items = [
        item(source, guid, "https://x.example/p" if shared else "") for (source, guid), shared in sorted(unique.items())
    ]
    settled = settle(*items)
    given_ids = [one for one in ids(settled) if one is not None]
    assert len(given_ids) == len(set(given_ids))
    again = settle(*items, before=[known(one) for one in settled if one.article])
    assert [one.item for one in again] == [one.item for one in settled if one.holder]
