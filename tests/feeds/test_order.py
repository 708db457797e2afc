from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from math import inf
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.feeds.order import order_shown
from publisher.model.article import Article
from tests.feeds.builders import NOW, TOKYO, make_article

_OFFSETS = [timezone(timedelta(hours=hours)) for hours in (9, -8)]
_REPEATED = datetime(2025, 10, 26, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
_moments = st.builds(
    lambda moment, zone, late: moment.astimezone(zone).replace(fold=late),
    st.sampled_from(
        [NOW, NOW, _REPEATED, datetime(9999, 12, 1, tzinfo=UTC), datetime(1, 1, 2, 12, tzinfo=UTC)]
    ).flatmap(lambda moment: st.integers(-2, 2).map(lambda count: moment + timedelta(microseconds=count))),
    st.sampled_from(
        [UTC, TOKYO, ZoneInfo("Europe/Berlin"), timezone(timedelta(hours=9)), timezone(timedelta(hours=-8))]
    ),
    st.integers(0, 1),
)
_articles = st.builds(
    lambda number, published, expires, seq, draft, in_feeds: make_article(
        number, published=published, expires=expires, seq=seq, draft=draft, in_feeds=in_feeds
    ),
    st.integers(1, 28),
    _moments,
    st.none() | _moments,
    st.none() | st.integers(-3, 3),
    st.sampled_from([False, False, True]),
    st.sampled_from([True, True, False]),
)


def _newest_first(article: Article) -> tuple[float, float, str]:
    return (-article.published.timestamp(), -(inf if article.seq is None else article.seq), article.id)


def _oldest_first(article: Article) -> tuple[float, str]:
    return (article.published.timestamp(), article.id)


@settings(deadline=None, max_examples=300)
@given(st.lists(_articles, max_size=8, unique_by=lambda article: article.id))
def test_they_are_those_that_the_rule_of_an_article_names_in_the_order_of_their_keys(articles: list[Article]) -> None:
    order = order_shown(articles, NOW)
    shown = [article for article in articles if article.in_feeds and article.is_public(NOW)]
    assert order.newest_first == sorted(shown, key=_newest_first)
    assert order.oldest_first == sorted(shown, key=_oldest_first)


def test_two_articles_of_one_id_are_both_there() -> None:
    twice = [make_article(1, title="一"), make_article(1, title="二")]
    assert order_shown(twice, NOW).newest_first == twice
