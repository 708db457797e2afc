from __future__ import annotations

from dataclasses import replace
from html import unescape

import feedparser
from hypothesis import given, settings

from publisher.feeds.dates import trim_moment
from publisher.feeds.entries import add_lead_image
from publisher.feeds.write import write_feed
from publisher.model.feed import Feed, FeedFormat
from tests.feeds.builders import ALL_FORMATS, feeds
from tests.feeds.reading import Row, read_atom, read_json, read_rss

quick = settings(deadline=None, max_examples=30)


def expected_rows(feed: Feed) -> list[Row]:
    return [
        Row(
            id=article.id,
            url=article.url,
            title=article.title,
            published=trim_moment(article.published).timestamp(),
            updated=trim_moment(article.updated).timestamp(),
            summary=article.summary,
            body=add_lead_image(feed.html[article.id], article) if article.id in feed.html else "",
            authors=tuple(author.name for author in article.authors or (feed.spec.author,)),
            categories=tuple(dict.fromkeys(article.categories + article.tags)),
            image=article.image.url if article.image else "",
        )
        for article in feed.spec.articles
    ]


@quick
@given(feeds())
def test_all_three_formats_say_what_the_articles_say(feed: Feed) -> None:
    expected = expected_rows(feed)
    assert read_atom(write_feed(feed, FeedFormat.ATOM)) == expected
    assert read_json(write_feed(feed, FeedFormat.JSON)) == expected
    assert read_rss(write_feed(feed, FeedFormat.RSS)) == [as_in_rss(row) for row in expected]


def as_in_rss(row: Row) -> Row:
    """An RSS item without a summary has its full text as the description (RSS profile, item description)."""
    return row if row.summary else replace(row, summary=unescape(row.body), body="")


@quick
@given(feeds())
def test_two_builds_are_byte_identical(feed: Feed) -> None:
    for feed_format in ALL_FORMATS:
        assert write_feed(feed, feed_format) == write_feed(feed, feed_format)


@quick
@given(feeds())
def test_a_feed_parser_agrees_on_ids_and_order(feed: Feed) -> None:
    for feed_format in (FeedFormat.RSS, FeedFormat.ATOM):
        parsed = feedparser.parse(write_feed(feed, feed_format))
        assert not parsed.bozo
        assert [entry.id for entry in parsed.entries] == [article.id for article in feed.spec.articles]
        assert [entry.link for entry in parsed.entries] == [article.url for article in feed.spec.articles]
