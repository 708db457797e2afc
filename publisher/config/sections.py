"""The contract of config.yaml: its sections and keys, their kinds and defaults, and what follows from them."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from publisher import __version__, urls
from publisher.addresses import Mailbox
from publisher.config.hooks import Hooks
from publisher.config.morefeeds import MoreFeed, Podcast
from publisher.config.people import Subscribers
from publisher.config.section import Section
from publisher.config.sources import ArticleFeed, ArticleFolder, Sources
from publisher.config.theme import Theme
from publisher.config.values import (
    ON_PUBLISH,
    SELF,
    CloudUrl,
    DatabaseUrl,
    DomainValue,
    DurationValue,
    EmailValue,
    FeedFile,
    FeedsUrl,
    Formats,
    Hubs,
    KeepValue,
    LanguageValue,
    LimitedDuration,
    Listen,
    ListenValue,
    MailboxUrl,
    MailboxValue,
    NetworkValue,
    Origins,
    PageName,
    PathText,
    PrivateKeyText,
    QuietValue,
    RequiredText,
    Rhythms,
    ScheduleValue,
    SecretKeys,
    SegmentChoice,
    SegmentText,
    SelectorValue,
    SiteFile,
    SiteUrl,
    TemplateName,
    Text,
    WeekdayValue,
    WindowValue,
    ZoneValue,
)
from publisher.model.article import Article, Author
from publisher.model.feed import Cloud, FeedFormat

if TYPE_CHECKING:  # most sites have no segments
    from publisher.segments.expression import Expression


class SiteAuthor(Section):
    name: RequiredText
    email: EmailValue | None = None


class Site(Section):
    """Who publishes: stands in every feed and mail."""

    title: RequiredText
    url: SiteUrl
    language: LanguageValue = "ja"
    timezone: ZoneValue = ZoneInfo("Asia/Tokyo")
    description: Text = ""
    author: SiteAuthor | None = None
    icon: SiteFile = ""
    logo: SiteFile = ""
    rights: Text = ""

    @property
    def icon_url(self) -> str:
        return urls.below_site(self.icon, self.url) if self.icon else ""

    @property
    def logo_url(self) -> str:
        return urls.below_site(self.logo, self.url) if self.logo else ""

    @property
    def host(self) -> str:
        return urls.host_of(self.url)

    @property
    def feed_author(self) -> Author:
        """Atom wants an author somewhere (RFC 4287 4.1.1): the configured one, else the site itself."""
        if self.author is None:
            return Author(name=self.title)
        return Author(name=self.author.name, email=self.author.email)


class TagFeeds(Section):
    min: Annotated[int, Field(ge=1)] = 1


class Archive(Section):
    """Older articles in documents of their own (RFC 5005 4). Without `size`, so many in each as the feed holds."""

    size: Annotated[int | None, Field(ge=1, le=10_000)] = None
    of: Literal["main", "all"] = "main"


class Feeds(Section):
    """What is written for feed readers, and where."""

    output: PathText = "public"
    url: FeedsUrl = "/"
    limit: Annotated[int, Field(ge=1, le=10_000)] = 20
    content: Literal["full", "summary"] = "full"
    formats: Formats = tuple(FeedFormat)
    tags: TagFeeds = TagFeeds()
    max_bytes: Annotated[int, Field(ge=10_000, le=5_000_000)] = 250_000
    markdown: bool = False
    podcast: Podcast = Podcast()
    more: dict[FeedFile, MoreFeed] = Field(default_factory=dict)
    archive: Archive | None = None
    tombstones: LimitedDuration = timedelta(days=30)
    page: PageName = "subscribe.html"
    stylesheet: bool = True
    compress: Literal["auto"] | bool = "auto"


class Select(Section):
    """Which articles a newsletter takes: one of these tags and one of these categories; an empty list takes all."""

    tags: tuple[Text, ...] = ()
    categories: tuple[Text, ...] = ()


class Lint(Section):
    """Rules of mail.lint that an issue may break."""

    ignore: tuple[Text, ...] = ()


def _spell_off(value: object) -> object:
    """YAML 1.1 reads `off` as a boolean."""
    return "off" if value is False else value


class Newsletter(Section):
    """A named stream of issues. Without `schedule` it goes out by hand only (`publisher digest NAME --send`)."""

    title: RequiredText
    description: Text = ""
    sender: Annotated[MailboxValue | None, Field(alias="from")] = None
    reply_to: MailboxValue | None = None
    schedule: ScheduleValue | None = None
    timezone: ZoneValue | None = None
    template: TemplateName | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 10
    on_empty: Literal["skip", "send"] = "skip"
    burst: Annotated[int, Field(ge=1, le=1000)] = 3
    max_age: DurationValue = timedelta(days=7)
    rhythms: Rhythms = ()
    hour: Annotated[int, Field(ge=0, le=23)] = 8
    weekday: WeekdayValue = "mon"
    quiet: QuietValue | None = None
    expires: DurationValue = timedelta(days=3)
    approve: Literal["auto", "manual"] = "auto"
    undo: LimitedDuration = timedelta(0)
    wait_for_url: bool = False
    select: Select = Select()
    archive: Annotated[Literal["public", "subscribers", "off"], BeforeValidator(_spell_off)] = "public"
    index: bool = True
    segment: SegmentChoice | None = None
    lint: Lint = Lint()
    # Notices to those who join and leave by themselves.
    welcome: bool = True
    goodbye: bool = False

    @property
    def is_on_publish(self) -> bool:
        return self.schedule == ON_PUBLISH

    @property
    def cron(self) -> str | None:
        return None if self.is_on_publish else self.schedule

    @property
    def is_held(self) -> bool:
        """Its issues wait for a person, those by hand excepted."""
        return self.approve == "manual"

    @property
    def template_name(self) -> str:
        return self.template or ("article" if self.is_on_publish else "digest")


class Organisation(Section):
    """The footer that e-mail law asks for (in Japan: 特定電子メール法 4)."""

    name: RequiredText
    address: RequiredText
    contact: RequiredText


class Dkim(Section):
    """A key that signs the mail of a domain. `key` is a file, or the key itself, and is never shown."""

    domain: DomainValue
    selector: SelectorValue
    key: PrivateKeyText


def _check_selectors(keys: tuple[Dkim, ...]) -> tuple[Dkim, ...]:
    names = [(key.domain, key.selector) for key in keys]
    for domain, selector in names:
        if names.count((domain, selector)) > 1:
            raise ValueError(f"has the selector {selector} of {domain} twice; each key needs one of its own")
    return keys


class Rate(Section):
    """How many messages at most, of all processes together; nothing means as many as there are."""

    per_second: Annotated[float | None, Field(ge=0.001, le=100_000)] = None
    per_hour: Annotated[int | None, Field(ge=1, le=1_000_000_000)] = None
    per_day: Annotated[int | None, Field(ge=1, le=1_000_000_000)] = None


class DomainRate(Rate):
    """The same of one receiving domain. `concurrency` is messages at once, in one process."""

    concurrency: Annotated[int | None, Field(ge=1, le=100)] = None


class WarmUp(Section):
    """A new sender begins with `first` messages a day and multiplies them by `factor` each day."""

    start: date
    first: Annotated[int, Field(ge=1, le=1_000_000)] = 50
    factor: Annotated[float, Field(ge=1.01, le=10)] = 2


class Transport(Section):
    """One way out. `url` may hold a password, so it is never shown."""

    url: SecretStr
    weight: Annotated[int, Field(ge=1, le=100)] = 1
    connections: Annotated[int | None, Field(ge=1, le=50)] = None
    rate: Rate = Rate()


def _as_transports(value: object) -> object:
    """One address, a list of them, or of sections that say more."""
    items = value if isinstance(value, list) else [value]
    return [{"url": item} if isinstance(item, str) else item for item in items]


class SoftBounces(Section):
    """So many issues that came back within so long, and nobody writes to the address any more."""

    count: Annotated[int, Field(ge=1, le=1000)] = 3
    within: DurationValue = timedelta(days=30)


class BounceMailbox(Section):
    """Where reports lie: a folder, or a mailbox on a server. `url` may hold a password, so it is never shown."""

    url: MailboxUrl
    every: DurationValue = timedelta(minutes=5)


def _as_mailbox(value: object) -> object:
    return {"url": value} if isinstance(value, str) else value


class Delivery(Section):
    """How mail leaves, and what becomes of what comes back."""

    transport: Annotated[tuple[Transport, ...], BeforeValidator(_as_transports), Field(min_length=1, max_length=16)] = (
        Transport(url=SecretStr("maildir:outbox")),
    )
    connections: Annotated[int, Field(ge=1, le=50)] = 4
    recycle: Annotated[int, Field(ge=1, le=100_000)] = 100
    on_uncertain: Literal["hold", "resend"] = "hold"
    sender: Annotated[MailboxValue | None, Field(alias="from")] = None
    bounces: EmailValue | None = None
    verp: bool = True
    bounce_mailbox: Annotated[BounceMailbox | None, BeforeValidator(_as_mailbox)] = None
    soft_bounces: SoftBounces = SoftBounces()
    unsubscribe: EmailValue | None = None
    dkim: Annotated[tuple[Dkim, ...], Field(max_length=16), AfterValidator(_check_selectors)] = ()
    rate: Rate = Rate()
    domains: Annotated[dict[DomainValue, DomainRate], Field(max_length=1000)] = Field(default_factory=dict)
    warmup: WarmUp | None = None
    window: WindowValue | None = None
    keep: KeepValue = timedelta(days=400)


class MailImages(Section):
    """Pictures in a mail; those on other servers are asked for their size. `width` and `quality` are of copies.

    `embed_budget` is in bytes of files, in one mail.
    """

    measure: bool = True
    copies: bool = False
    width: Annotated[int, Field(ge=100, le=3000)] = 1072
    quality: Annotated[int, Field(ge=30, le=95)] = 82
    embed: bool = False
    embed_budget: Annotated[int, Field(ge=1_000, le=5_000_000)] = 500_000
    allow_private: bool = False

    @property
    def has_copies(self) -> bool:
        """What stands in a mail is a copy too."""
        return self.copies or self.embed


class Mail(Section):
    """What a mail looks like, whatever newsletter it is of."""

    images: MailImages = MailImages()


class Web(Section):
    """Our own server. `url` is where people reach it; without it, the address of the site."""

    listen: ListenValue = Listen("127.0.0.1", 8000)
    url: SiteUrl | None = None
    trusted_proxies: tuple[NetworkValue, ...] = ()
    max_age: DurationValue = timedelta(minutes=10)
    origins: Origins = ()
    metrics: bool = False
    hooks: Hooks = Hooks()
    altcha: bool = False


class WebSub(Section):
    """Hubs that are told of every change: addresses, or `self` for our own server's; and an rssCloud server."""

    hub: Hubs = ()
    rsscloud: CloudUrl | None = None
    allow_private: bool = False


class Log(Section):
    """What `run` and `serve` say while nobody watches."""

    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Config(Section):
    """Everything a run is told. Paths come out absolute; `base` is the folder of the file."""

    base: Path
    site: Site
    articles: Sources = (ArticleFolder(),)
    feeds: Feeds = Feeds()
    newsletters: dict[str, Newsletter] = Field(default_factory=dict)
    segments: dict[str, SegmentText] = Field(default_factory=dict)
    organisation: Organisation | None = None
    theme: Theme = Theme()
    delivery: Delivery = Delivery()
    mail: Mail = Mail()
    web: Web | None = None
    websub: WebSub = WebSub()
    log: Log = Log()
    database: DatabaseUrl = "sqlite:///publisher.db"
    secret_key: SecretKeys = ()
    subscribers: Subscribers = Subscribers()

    @cached_property
    def folders(self) -> tuple[ArticleFolder, ...]:
        return tuple(source for source in self.articles if isinstance(source, ArticleFolder))

    @cached_property
    def feed_sources(self) -> tuple[ArticleFeed, ...]:
        return tuple(source for source in self.articles if isinstance(source, ArticleFeed))

    def folder_path(self, folder: ArticleFolder) -> Path:
        return self.base / folder.path

    def folder_of(self, article: Article) -> ArticleFolder:
        """How the article's folder is to be read; a feed's articles have the defaults."""
        return self._folders_by_key.get(article.source) or self._defaults

    @cached_property
    def _folders_by_key(self) -> dict[str, ArticleFolder]:
        return {folder.key: folder for folder in reversed(self.folders)}  # the first of two with one key

    @cached_property
    def _defaults(self) -> ArticleFolder:
        return ArticleFolder()

    @cached_property
    def output_dir(self) -> Path:
        return self.base / self.feeds.output

    @cached_property
    def templates_dir(self) -> Path:
        """A person's own templates; a file here stands in for the packaged one of the same name."""
        return self.base / "templates"

    @cached_property
    def locale_dir(self) -> Path:
        """Catalogues of a person's own, for languages the product does not speak or other words in one it does."""
        return self.base / "locale"

    @cached_property
    def feeds_url(self) -> str:
        """The URL of the output folder, with its slash."""
        return urls.below_site(self.feeds.url, self.site.url).rstrip("/") + "/"

    @cached_property
    def web_url(self) -> str:
        """Where people reach our own server, without a slash at its end."""
        return (self.web.url if self.web else None) or self.site.url

    @cached_property
    def makes_copies(self) -> bool:
        """Compressed copies lie beside the files: `auto` means where our own server will send them."""
        return self.web is not None if self.feeds.compress == "auto" else self.feeds.compress

    @cached_property
    def hub_urls(self) -> tuple[str, ...]:
        return tuple(f"{self.web_url}/hub" if hub == SELF else hub for hub in self.websub.hub)

    @cached_property
    def agent(self) -> str:
        """How we name ourselves to other servers."""
        return f"publisher/{__version__} (+{self.site.url})"

    @cached_property
    def other_hub_urls(self) -> tuple[str, ...]:
        """Those that are not our own."""
        return tuple(hub for hub in self.websub.hub if hub != SELF)

    @cached_property
    def has_own_hub(self) -> bool:
        return SELF in self.websub.hub

    @cached_property
    def cloud(self) -> Cloud | None:
        """What `<cloud>` says of the rssCloud server."""
        if self.websub.rsscloud is None:
            return None
        parts = urlsplit(self.websub.rsscloud)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return Cloud(domain=parts.hostname or "", port=port, path=parts.path)

    @cached_property
    def database_path(self) -> Path:
        return self.base / self.database.removeprefix("sqlite:///")

    @cached_property
    def key_path(self) -> Path:
        """Where a secret key is kept when none is configured."""
        return self.database_path.with_suffix(".key")

    def has_archive(self, name: str) -> bool:
        """Whether our own server shows the issues of this newsletter, to whomever."""
        newsletter = self.newsletters.get(name)
        return self.web is not None and newsletter is not None and newsletter.archive != "off"

    def issue_url(self, name: str, issue_id: int) -> str:
        """Where an issue can be read on the web; empty where it cannot."""
        return self.web_url + urls.issue_path(name, issue_id) if self.has_archive(name) else ""

    def sender_of(self, newsletter: Newsletter) -> Mailbox:
        sender = newsletter.sender or self.delivery.sender
        if sender is None:  # load.py has refused this already
            raise AssertionError("a newsletter without a sender came through")
        return sender

    def segment(self, text: str) -> Expression:
        """What a name under `segments:`, or an expression, means.

        Raises SegmentError.
        """
        from publisher.segments.parse import parse_segment  # noqa: PLC0415 - see above

        return parse_segment(self.segments.get(text, text))

    def segment_of(self, newsletter: Newsletter) -> Expression | None:
        """Who of its subscribers gets the newsletter; None: all of them."""
        return self.segment(newsletter.segment) if newsletter.segment is not None else None

    def zone_of(self, newsletter: Newsletter) -> ZoneInfo:
        return newsletter.timezone or self.site.timezone
