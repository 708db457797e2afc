"""Feeds as the tests write them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from publisher.model.article import Article
from publisher.sources.feed.articles import FeedReading, FeedRules, ReadItem, read_feed

NOW = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)
TOKYO = ZoneInfo("Asia/Tokyo")
SOURCE = "https://shop.example/news.rss"
RULES = FeedRules(SOURCE, "note.example", "ja", TOKYO)

ATOM = 'xmlns="http://www.w3.org/2005/Atom"'


def rss(*items: str, channel: str = "", version: str = "2.0") -> str:
    inner = f"<title>みせ</title><link>https://shop.example/</link>{channel}{''.join(items)}"
    return f'<?xml version="1.0"?><rss version="{version}"><channel>{inner}</channel></rss>'


def atom(*entries: str, feed: str = "", attributes: str = "") -> str:
    return f"<feed {ATOM} {attributes}><title>みせ</title>{feed}{''.join(entries)}</feed>"


def read(feed: str | bytes, content_type: str = "", rules: FeedRules = RULES) -> FeedReading:
    return read_feed(feed if isinstance(feed, bytes) else feed.encode("utf-8"), content_type, rules, NOW)


def only(feed: str | bytes, content_type: str = "") -> ReadItem:
    (item,) = read(feed, content_type).items
    return item


def article_of(feed: str | bytes, content_type: str = "") -> Article:
    return only(feed, content_type).article
