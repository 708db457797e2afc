"""The contract of config.yaml: its sections and keys, their kinds and defaults, and what follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from publisher import urls
from publisher.addresses import Mailbox
from publisher.config.values import (
    ON_PUBLISH,
    AddressPattern,
    DatabaseUrl,
    DurationValue,
    EmailValue,
    FeedsUrl,
    Formats,
    LanguageValue,
    MailboxValue,
    PathText,
    RequiredText,
    ScheduleValue,
    SecretKey,
    SiteUrl,
    TemplateName,
    Text,
    ZoneValue,
)
from publisher.model import Author, FeedFormat


class _Section(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=True, hide_input_in_errors=True
    )

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, data: Any) -> Any:
        """`feeds:` with nothing behind it, because its lines are commented out, is as if it were not there."""
        if not isinstance(data, Mapping):
            return data
        known = {*cls.model_fields, *(field.alias for field in cls.model_fields.values())}
        return {key: value for key, value in data.items() if value is not None or key not in known}


class SiteAuthor(_Section):
    name: RequiredText
    email: EmailValue | None = None


class Site(_Section):
    """Who publishes: stands in every feed and mail."""

    title: RequiredText
    url: SiteUrl
    language: LanguageValue = "ja"
    timezone: ZoneValue = ZoneInfo("Asia/Tokyo")
    description: Text = ""
    author: SiteAuthor | None = None

    @property
    def host(self) -> str:
        return urls.host_of(self.url)

    @property
    def feed_author(self) -> Author:
        """Atom wants an author somewhere (RFC 4287 4.1.1): the configured one, else the site itself."""
        if self.author is None:
            return Author(name=self.title)
        return Author(name=self.author.name, email=self.author.email)


class Articles(_Section):
    """Where the Markdown is and what address an article has."""

    path: PathText = "articles"
    url: AddressPattern = "/articles/{stem}"
    breaks: bool = False


class TagFeeds(_Section):
    min: Annotated[int, Field(ge=1)] = 1


class Feeds(_Section):
    """What is written for feed readers, and where."""

    output: PathText = "public"
    url: FeedsUrl = "/"
    limit: Annotated[int, Field(ge=1, le=10_000)] = 20
    content: Literal["full", "summary"] = "full"
    formats: Formats = tuple(FeedFormat)
    tags: TagFeeds = TagFeeds()


class Select(_Section):
    """Which articles a newsletter takes: one of these tags and one of these categories; an empty list takes all."""

    tags: tuple[Text, ...] = ()
    categories: tuple[Text, ...] = ()


class Newsletter(_Section):
    """A named stream of issues. Without `schedule` it goes out by hand only (`publisher digest NAME --send`)."""

    title: RequiredText
    sender: Annotated[MailboxValue | None, Field(alias="from")] = None
    reply_to: MailboxValue | None = None
    schedule: ScheduleValue | None = None
    timezone: ZoneValue | None = None
    template: TemplateName | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 10
    on_empty: Literal["skip", "send"] = "skip"
    burst: Annotated[int, Field(ge=1, le=1000)] = 3
    max_age: DurationValue = timedelta(days=7)
    select: Select = Select()

    @property
    def is_on_publish(self) -> bool:
        return self.schedule == ON_PUBLISH

    @property
    def cron(self) -> str | None:
        return None if self.is_on_publish else self.schedule

    @property
    def template_name(self) -> str:
        return self.template or ("article" if self.is_on_publish else "digest")


class Organisation(_Section):
    """The footer that e-mail law asks for (in Japan: 特定電子メール法 4)."""

    name: RequiredText
    address: RequiredText
    contact: RequiredText


class Delivery(_Section):
    """How mail leaves. `transport` may hold a password, so it is never shown."""

    transport: SecretStr = SecretStr("maildir:outbox")
    sender: Annotated[MailboxValue | None, Field(alias="from")] = None
    bounces: EmailValue | None = None
    unsubscribe: EmailValue | None = None


class Config(_Section):
    """Everything a run is told. Paths come out absolute; `base` is the folder of the file."""

    base: Path
    site: Site
    articles: Articles = Articles()
    feeds: Feeds = Feeds()
    newsletters: dict[str, Newsletter] = {}
    organisation: Organisation | None = None
    delivery: Delivery = Delivery()
    database: DatabaseUrl = "sqlite:///publisher.db"
    secret_key: SecretKey = None

    @cached_property
    def articles_dir(self) -> Path:
        return self.base / self.articles.path

    @cached_property
    def output_dir(self) -> Path:
        return self.base / self.feeds.output

    @cached_property
    def templates_dir(self) -> Path:
        """A person's own templates; a file here stands in for the packaged one of the same name."""
        return self.base / "templates"

    @cached_property
    def feeds_url(self) -> str:
        """The URL of the output folder, with its slash."""
        return urls.below_site(self.feeds.url, self.site.url).rstrip("/") + "/"

    @cached_property
    def database_path(self) -> Path:
        return self.base / self.database.removeprefix("sqlite:///")

    @cached_property
    def key_path(self) -> Path:
        """Where a secret key is kept when none is configured."""
        return self.database_path.with_suffix(".key")

    def sender_of(self, newsletter: Newsletter) -> Mailbox:
        sender = newsletter.sender or self.delivery.sender
        if sender is None:  # load.py has refused this already
            raise AssertionError("a newsletter without a sender came through")
        return sender

    def zone_of(self, newsletter: Newsletter) -> ZoneInfo:
        return newsletter.timezone or self.site.timezone
