from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.feeds import signature as module
from publisher.feeds.signature import Signer
from publisher.feeds.write import write_feed
from publisher.model.article import Article, Audio, Author, BodyFormat, Image
from publisher.model.feed import Cloud, EntryForm, Feed, FeedFormat, FeedSpec, Podcast, Tombstone
from tests.feeds.builders import ALL_FORMATS, NOW, TOKYO, articles, make_article, make_spec

ARTICLE_CHANGES: dict[str, Any] = {
    "id": "tag:example.com,2026:other",
    "path": "articles/other.md",
    "url": "https://example.com/articles/other",
    "title": "別の題",
    "published": datetime(2026, 1, 1, 9, 0, 1, tzinfo=TOKYO),
    "updated": datetime(2026, 1, 1, 9, 0, 1, tzinfo=TOKYO),
    "summary": "別の要約",
    "language": "en",
    "body_hash": "other",
    "categories": ("天文",),
    "tags": ("星",),
    "image": Image("https://example.com/1.png"),
    "authors": (Author("星野"),),
    "draft": True,
    "in_feeds": False,
    "in_newsletters": False,
    "email_subject": "件名",
    "expires": datetime(2027, 1, 1, tzinfo=UTC),
    "format": BodyFormat.HTML,
    "source": "articles",
    "references": ("other.md",),
    "base_url": "https://example.com/articles/other/",
    "audio": Audio("https://example.com/a.mp3", "audio/mpeg"),
    "seq": 2,
    "seen_at": datetime(2026, 1, 1, tzinfo=UTC),
}
SPEC_CHANGES: dict[str, Any] = {
    "id": "tag:example.com,2026:feeds/other",
    "folder": "tags/other",
    "title": "別の題",
    "description": "別の説明",
    "home_url": "https://example.com/other/",
    "folder_url": "https://example.com/other/",
    "language": "en",
    "author": Author("星野"),
    "updated": datetime(2026, 1, 1, 9, 0, 1, tzinfo=TOKYO),
    "articles": (),
    "part": 1,
    "parts": 1,
    "is_complete": True,
    "deleted": (Tombstone("tag:example.com,2026:gone", datetime(2026, 1, 1, tzinfo=UTC)),),
    "hubs": ("https://hub.example/",),
    "cloud": Cloud("example.com", 80, "/cloud"),
    "icon": "https://example.com/icon.png",
    "logo": "https://example.com/logo.png",
    "rights": "CC BY 4.0",
    "stylesheet": "https://example.com/feed.css",
    "keeps_all": True,
    "formats": (FeedFormat.RSS,),
    "file": "index.xml",
    "in_full": False,
    "with_markdown": True,
    "max_bytes": 250_000,
    "podcast": Podcast(),
}


def sign(spec: FeedSpec, **changes: Any) -> str:
    values: dict[str, Any] = {"html_version": "1"}
    return Signer(**(values | changes)).sign(spec)


def test_the_changes_here_cover_every_field() -> None:
    assert list(ARTICLE_CHANGES) == [field.name for field in fields(Article)]
    assert list(SPEC_CHANGES) == [field.name for field in fields(FeedSpec)]


@pytest.mark.parametrize("name", ARTICLE_CHANGES)
def test_a_change_of_any_field_of_an_article_changes_it(name: str) -> None:
    article = make_article()
    assert sign(make_spec(article)) == sign(make_spec(make_article()))
    changed = replace(article, **{name: ARTICLE_CHANGES[name]})
    assert sign(make_spec(article)) != sign(make_spec(changed, updated=article.updated))


@pytest.mark.parametrize("name", SPEC_CHANGES)
def test_a_change_of_any_field_of_a_spec_changes_it(name: str) -> None:
    spec = make_spec(make_article())
    assert sign(spec) != sign(replace(spec, **{name: SPEC_CHANGES[name]}))


@pytest.mark.parametrize(
    "changes",
    [
        {"html_version": "2"},
        {"category_urls": {"星": "https://example.com/tags/x/"}},
    ],
)
def test_a_change_of_what_else_the_bytes_depend_on_changes_it(changes: dict[str, Any]) -> None:
    spec = make_spec(make_article(tags=("星",)))
    assert sign(spec) != sign(spec, **changes)


def test_the_address_of_a_tag_that_no_article_here_has_does_not_count() -> None:
    spec = make_spec(make_article(tags=("星",)))
    assert sign(spec) == sign(spec, category_urls={"月": "https://example.com/tags/x/"})


def test_one_signer_signs_as_a_new_one_would_whatever_it_has_signed_before() -> None:
    first, second = make_article(1), make_article(2)
    specs = [
        make_spec(first, second),
        make_spec(second),
        make_spec(replace(first, title="別の題"), second),
        make_spec(),
    ]
    signer = Signer("1")
    assert [signer.sign(spec) for spec in [*specs, *specs]] == [sign(spec) for spec in [*specs, *specs]]


def test_the_order_of_articles_and_the_other_zone_of_the_same_instant_count() -> None:
    first, second = make_article(1), make_article(2)
    assert sign(make_spec(first, second)) != sign(make_spec(second, first))
    moved = replace(first, published=first.published.astimezone(UTC))
    assert moved == first
    assert sign(make_spec(first)) != sign(make_spec(moved))
    updated = {"updated": first.updated.astimezone(ZoneInfo("Asia/Seoul"))}
    assert sign(make_spec(first)) != sign(make_spec(first, **updated))


@pytest.mark.parametrize(
    "changes",
    [{"language": "en"}, {"author": Author("星野")}, {"in_full": False}, {"with_markdown": True}],
)
def test_another_form_is_another_entry(changes: dict[str, Any]) -> None:
    form = EntryForm("ja", Author("編集部"))
    assert list(fields(EntryForm))[-1].name == "with_markdown", "each field has its change above"
    signer = Signer("1")
    signed = signer.sign_entry(make_article(), form)
    assert signed == Signer("1").sign_entry(make_article(), form)
    assert signed != signer.sign_entry(make_article(), replace(form, **changes))


class MovableZone(tzinfo):
    """A zone that keeps its name when its law changes, as a new tzdata does."""

    def __init__(self, hours: int) -> None:
        self.offset = timedelta(hours=hours)

    def __repr__(self) -> str:
        return "MovableZone"

    def utcoffset(self, dt: datetime | None) -> timedelta:
        del dt
        return self.offset

    def dst(self, dt: datetime | None) -> None:
        del dt

    def tzname(self, dt: datetime | None) -> str:
        del dt
        return "Movable"


def test_another_offset_of_the_same_zone_counts() -> None:
    before, after = (datetime(2026, 1, 1, tzinfo=MovableZone(hours)) for hours in (3, 4))
    assert repr(before) == repr(after)
    assert sign(make_spec(updated=before)) != sign(make_spec(updated=after))
    specs = [make_spec(make_article(published=moment, updated=moment), updated=NOW) for moment in (before, after)]
    assert sign(specs[0]) != sign(specs[1])


def test_another_format_version_changes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    before = sign(make_spec())
    monkeypatch.setattr(module, "_program_versions", lambda: ("other",))
    assert sign(make_spec()) != before


def render(article: Article, category_urls: Mapping[str, str]) -> list[bytes]:
    html = {article.id: f"<p>{article.body_hash}</p>"}
    feed = Feed(make_spec(article), ALL_FORMATS, html, category_urls)
    return [write_feed(feed, feed_format) for feed_format in ALL_FORMATS]


@settings(deadline=None, max_examples=50)
@given(articles(), articles(2), st.sampled_from([field.name for field in fields(Article)]), st.booleans())
def test_bytes_never_change_without_it(article: Article, other: Article, name: str, linked: bool) -> None:  # noqa: FBT001
    changed = replace(article, **{name: getattr(other, name)})
    urls = dict.fromkeys(article.tags, "https://example.com/tags/x/") if linked else {}
    same = sign(make_spec(article), category_urls={}) == sign(make_spec(changed), category_urls=urls)
    if render(article, {}) != render(changed, urls):
        assert not same
