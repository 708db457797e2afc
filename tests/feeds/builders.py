"""Articles, specs and feeds for the tests of this room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from publisher.config import Config, Feeds, Site, SiteAuthor, TagFeeds
from publisher.model.article import Article, Audio, Author, Image
from publisher.model.feed import Feed, FeedFormat, FeedSpec, Podcast

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
ALL_FORMATS = tuple(FeedFormat)


def make_config(*, limit: int = 20, tags_min: int = 1, zone: ZoneInfo = TOKYO, url: str = "/", **site: Any) -> Config:
    described: dict[str, Any] = {
        "title": "ほしぞら通信",
        "url": "https://example.com",
        "timezone": zone,
        "author": SiteAuthor(name="編集部", email="editor@example.com"),
    }
    return Config(
        base=Path("/nowhere"),
        site=Site(**(described | site)),
        feeds=Feeds(limit=limit, url=url, tags=TagFeeds(min=tags_min)),
    )


def make_article(number: int = 1, **changes: Any) -> Article:
    """Article `number` appeared on day `number` of January 2026 and is the number-th that was seen."""
    published = datetime(2026, 1, number, 9, tzinfo=TOKYO)
    values: dict[str, Any] = {
        "id": f"tag:example.com,2026:{number:04d}",
        "path": f"articles/{number}.md",
        "url": f"https://example.com/articles/{number}",
        "title": f"第{number}号 🌟",
        "published": published,
        "updated": changes.get("published", published),
        "summary": f"{number}番目の星のはなし",
        "language": "ja",
        "body_hash": f"hash-{number}",
        "seq": number,
    }
    return Article(**(values | changes))


def make_spec(*articles: Article, **changes: Any) -> FeedSpec:
    values: dict[str, Any] = {
        "id": "tag:example.com,2026:feeds/",
        "folder": "",
        "title": "ほしぞら通信",
        "description": "夜空のたより",
        "home_url": "https://example.com/",
        "folder_url": "https://example.com/",
        "language": "ja",
        "author": Author("編集部", "editor@example.com"),
        "updated": max((article.updated for article in articles), default=datetime(1970, 1, 1, tzinfo=TOKYO)),
        "articles": articles,
        "podcast": Podcast() if any(article.audio for article in articles) else None,
    }
    return FeedSpec(**(values | changes))


def make_feed(
    *articles: Article, html: Mapping[str, str] | None = None, urls: Mapping[str, str] | None = None, **changes: Any
) -> Feed:
    """A feed in full, each body naming its article, unless `html` says otherwise."""
    if html is None:
        html = {article.id: f"<p>{article.path}の本文 🎉</p>" for article in articles}
    return Feed(spec=make_spec(*articles, **changes), formats=ALL_FORMATS, html=html, category_urls=urls or {})


# What the readers promise: NFC is of no matter here, but no character that XML forbids, and no blank ends.
_CHARACTERS = st.characters(exclude_categories=("Cs", "Cc", "Cn"))
_AWKWARD = st.sampled_from(
    [
        "]]>",
        "<b>太字</b>",
        "&amp;",
        "&",
        "<",
        '"',
        "'",
        "<!--",
        "👩‍👩‍👧‍👦",
        "🇯🇵",
        "𠮷野家",
        "<![CDATA[",
        "AT&T",
        "&#x3C;",
    ]
)
texts = st.lists(_AWKWARD | st.text(_CHARACTERS, max_size=8), min_size=1, max_size=5).map("".join)
one_line_texts = texts.map(lambda text: " ".join(text.split())).filter(bool)

_image_urls = st.sampled_from(
    [
        "https://images.example.com/photos/1/a.png?auto=compress&cs=tinysrgb&h=650&w=940",
        "https://images.example.com/%E7%B5%B5.webp",
        "https://images.example.com/no-ending?x=1&copy=2",
    ]
)
images = st.builds(
    Image,
    url=_image_urls,
    alt=st.just("") | one_line_texts,
    credit=st.just("") | one_line_texts,
    type=st.sampled_from(["", "image/avif"]),
)
audios = st.builds(
    Audio,
    url=st.sampled_from(["https://audio.example.com/1.mp3?a=1&b=2", "https://audio.example.com/%E9%9F%B3.m4a"]),
    type=st.sampled_from(["audio/mpeg", "audio/x-m4a"]),
    length=st.integers(0, 10**10),
    duration=st.integers(0, 10**5),
    title=st.just("") | one_line_texts,
    episode=st.integers(0, 999),
    season=st.integers(0, 99),
    explicit=st.none() | st.booleans(),
    image=st.sampled_from(["", "https://images.example.com/a.png"]),
    transcript=st.sampled_from(["", "https://audio.example.com/1.vtt"]),
    transcript_type=st.just("text/vtt"),
)
authors = st.builds(Author, name=one_line_texts, email=st.none() | st.just("kaku@example.jp"))
_moments = st.datetimes(datetime(1800, 1, 1), datetime(2100, 1, 1), timezones=st.just(TOKYO))  # noqa: DTZ001


@st.composite
def articles(draw: st.DrawFn, number: int = 1) -> Article:
    return make_article(
        number,
        title=draw(one_line_texts),
        summary=draw(st.just("") | one_line_texts),
        published=draw(_moments),
        updated=draw(_moments),
        language=draw(st.sampled_from(["ja", "en", "zh-Hant"])),
        categories=tuple(draw(st.lists(one_line_texts, max_size=2))),
        tags=tuple(draw(st.lists(one_line_texts, max_size=4))),
        image=draw(st.none() | images),
        authors=tuple(draw(st.lists(authors, max_size=2))),
        audio=draw(st.none() | audios),
    )


@st.composite
def feeds(draw: st.DrawFn) -> Feed:
    """Any feed of up to four articles, each in full or with its summary alone."""
    held = [draw(articles(number)) for number in range(1, draw(st.integers(0, 4)) + 1)]
    html = {article.id: draw(texts) for article in held if draw(st.booleans())}
    urls = {name: "https://example.com/tags/x/" for article in held for name in article.tags if draw(st.booleans())}
    podcast = Podcast() if any(article.audio for article in held) else None
    with_markdown = draw(st.booleans())
    feed = make_feed(
        *held,
        html=html,
        urls=urls,
        title=draw(one_line_texts),
        description=draw(one_line_texts),
        podcast=podcast,
        with_markdown=with_markdown,
    )
    markdown = {id_: draw(texts) for id_ in html} if with_markdown else {}
    return replace(feed, markdown=markdown)
