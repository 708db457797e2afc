"""The sources under `articles:`: folders of Markdown, and feeds of sites that are none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag

from publisher.config.section import Section
from publisher.config.values import AddressPattern, DurationValue, FeedSourceUrl, FieldNames, PathText

Preset = Literal[
    "auto",
    "nextjs",
    "hugo",
    "jekyll",
    "astro",
    "eleventy",
    "hexo",
    "zola",
    "pelican",
    "docusaurus",
    "zenn",
    "qiita",
]
Role = Literal[
    "title",
    "date",
    "updated",
    "expires",
    "summary",
    "image",
    "image_alt",
    "image_credit",
    "tags",
    "categories",
    "author",
    "language",
    "slug",
    "url",
    "id",
    "draft",
]


class ArticleFolder(Section):
    """Where Markdown is, how it is read, and what address an article has. Without `url` the preset has a rule."""

    path: PathText = "articles"
    url: AddressPattern | None = None
    breaks: bool = False
    preset: Preset = "auto"
    fields: dict[Role, FieldNames] = Field(default_factory=dict)
    aliases: dict[str, str] = Field(default_factory=dict)

    @property
    def key(self) -> str:
        """What an article's `source` says."""
        return self.path

    @property
    def alias_pairs(self) -> tuple[tuple[str, str], ...]:
        return tuple(sorted(self.aliases.items()))


class ArticleFeed(Section):
    """A site that has a feed and no Markdown that we could read."""

    feed: FeedSourceUrl
    interval: Annotated[DurationValue, Field(ge=timedelta(minutes=1))] = timedelta(minutes=30)
    allow_private: bool = False

    @property
    def key(self) -> str:
        return self.feed


FOLDER, FEED = "folder", "feed"  # words that pydantic puts into places, and that config.load takes out again


def _kind(source: Any) -> str:
    return FEED if isinstance(source, ArticleFeed) or (isinstance(source, Mapping) and "feed" in source) else FOLDER


def _as_list(value: object) -> object:
    """One source may stand there without the dash of a list."""
    if isinstance(value, Mapping):
        return [value]
    if not isinstance(value, (list, tuple)):
        raise ValueError("must hold path: with a folder, or be a list of sources, each with path: or feed:")
    return value


_Source = Annotated[Annotated[ArticleFolder, Tag(FOLDER)] | Annotated[ArticleFeed, Tag(FEED)], Discriminator(_kind)]
Sources = Annotated[tuple[_Source, ...], BeforeValidator(_as_list), Field(min_length=1)]
