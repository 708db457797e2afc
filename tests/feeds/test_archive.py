"""Archives: together with the feed they hold everything, and nothing in them moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.feeds.archive import fill_parts, split_feed
from publisher.feeds.select import plan_feeds
from publisher.model.article import Article
from publisher.model.feed import FeedFormat, FeedSpec
from tests.feeds.builders import NOW, make_article, make_config


def split(articles: list[Article], parts: dict[str, int], limit: int = 3) -> list[FeedSpec]:
    plan = plan_feeds(articles, make_config(limit=limit), NOW)
    return split_feed(plan.specs[0], plan.everything[plan.specs[0].id], parts, plan.dates)


def numbers(spec: FeedSpec) -> list[int]:
    return [int(article.id[-4:]) for article in spec.articles]


def test_the_oldest_come_first_and_what_is_in_no_archive_stays_in_the_feed() -> None:
    articles = [make_article(number) for number in range(1, 9)]
    parts = fill_parts(articles, {}, 3)
    feed, *archives = split(articles, parts)
    assert numbers(feed) == [8, 7, 6]
    assert [numbers(archive) for archive in archives] == [[3, 2, 1], [6, 5, 4]]
    assert [(spec.part, spec.parts) for spec in (feed, *archives)] == [(0, 2), (1, 2), (2, 2)]
    assert [archive.updated for archive in archives] == [articles[2].updated, articles[5].updated]


def test_a_part_that_is_larger_than_the_feed_makes_the_feed_longer_until_it_is_full() -> None:
    articles = [make_article(number) for number in range(1, 10)]
    assert fill_parts(articles, {}, 10) == {}
    assert [numbers(spec) for spec in split(articles, fill_parts(articles[:5], {}, 5))] == [
        [9, 8, 7, 6],
        [5, 4, 3, 2, 1],
    ]


def test_an_article_that_is_gone_leaves_its_part_and_no_number_moves() -> None:
    articles = [make_article(number) for number in range(1, 8)]
    parts = fill_parts(articles, {}, 2)
    assert [numbers(spec) for spec in split(articles[2:4] + articles[5:], parts)] == [[7, 6, 4], [], [4, 3], [6]]
    assert fill_parts(articles[2:], parts, 2) == {}


def test_an_old_article_that_is_seen_late_goes_to_the_end() -> None:
    articles = [make_article(number) for number in range(2, 6)]
    parts = fill_parts(articles, {}, 4)
    late = make_article(1, seq=9)
    feed, archive = split([*articles, late], parts)
    assert numbers(feed) == [5, 4, 3, 1], "in no archive yet, so in the feed, whatever its date"
    assert numbers(archive) == [5, 4, 3, 2]


def test_an_archive_without_articles_has_a_date_of_its_own() -> None:
    articles = [make_article(1), make_article(2)]
    empty = split([], fill_parts(articles, {}, 2))[1]
    assert empty.articles == ()
    assert empty.updated.year == 1970


def test_a_feed_is_complete_while_it_holds_all_and_has_no_archives() -> None:
    articles = [make_article(number) for number in range(1, 4)]
    assert plan_feeds(articles, make_config(limit=3), NOW).specs[0].is_complete
    assert not plan_feeds([*articles, make_article(4)], make_config(limit=3), NOW).specs[0].is_complete
    assert split([*articles, make_article(4)], {})[0].is_complete, (
        "too few for an archive yet, so all of them are in it"
    )
    assert not split([], {})[0].is_complete, "of nothing, nothing is said"
    assert not any(spec.is_complete for spec in split(articles, fill_parts(articles, {}, 3)))


def test_files_of_archives_lie_beside_the_feed() -> None:
    spec = replace(split([make_article(1)], {})[0], folder="tags/猫", folder_url="https://example.com/tags/x/")
    assert [spec.filename(name, 12) for name in FeedFormat] == ["rss-12.xml", "atom-12.xml", "feed-12.json"]
    assert spec.url(FeedFormat.JSON, 2) == "https://example.com/tags/x/feed-2.json"
    archive = replace(spec, part=3)
    assert archive.path(FeedFormat.RSS) == "tags/猫/rss-3.xml"
    assert archive.url(FeedFormat.ATOM, 0) == "https://example.com/tags/x/atom.xml"
    assert len({spec.key, archive.key}) == 2


@settings(deadline=None, max_examples=200)
@given(data=st.data(), size=st.integers(1, 6), limit=st.integers(1, 6))
def test_whatever_comes_and_goes_everything_is_there_and_nothing_moves(
    data: st.DataObject, size: int, limit: int
) -> None:
    alive: dict[str, Article] = {}
    parts: dict[str, int] = {}
    seen = 0
    for _ in range(data.draw(st.integers(1, 6))):
        for _ in range(data.draw(st.integers(0, 8))):
            seen += 1
            moment = make_article(1).published + timedelta(hours=data.draw(st.integers(0, 500)))
            fresh = make_article(1, id=f"tag:{seen}", path=f"{seen}.md", published=moment, seq=seen)
            alive[fresh.id] = fresh
        for id_ in data.draw(st.lists(st.sampled_from(sorted(alive)), unique=True, max_size=3)) if alive else []:
            del alive[id_]
        before = dict(parts)
        parts |= fill_parts(alive.values(), parts, size)
        assert {id_: parts[id_] for id_ in before} == before
        feed, *archives = split(list(alive.values()), parts, limit)
        assert [archive.part for archive in archives] == list(range(1, feed.parts + 1))
        held = [{article.id for article in spec.articles} for spec in (feed, *archives)]
        assert set().union(*held) == set(alive)
        assert all(len(archive.articles) <= size for archive in archives)
        assert sum(map(len, held[1:])) == len(set().union(*held[1:])), "in one archive only"
        newest = plan_feeds(alive.values(), make_config(limit=limit), NOW).specs[0]
        assert {article.id for article in newest.articles} <= held[0]
        assert len(alive.keys() - parts.keys()) < size
