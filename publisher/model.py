"""The nouns. Pure: frozen values, no I/O, no third-party import.

Every datetime here is aware. Every URL is absolute and plain ASCII (percent-encoded), every text is NFC without
characters that XML forbids: the readers at the border see to that, so nobody behind them has to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from urllib.parse import quote

# ---------------------------------------------------------------------------------------------------- reading


class SourceFile(NamedTuple):  # a tuple, because every scan makes one for each file twice and compares them
    """A file in the articles folder as one `stat` sees it; `path` is relative to the folder, with `/`."""

    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class Author:
    name: str
    email: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Image:
    url: str
    alt: str = ""
    credit: str = ""
    type: str = ""  # of media, where its address does not tell


@dataclass(frozen=True, slots=True)
class Audio:
    """What an article lets people hear (or see): an episode of a podcast.

    `type` is a media type, `length` in bytes and `duration` in seconds; 0 and "" are not known.
    """

    url: str
    type: str
    length: int = 0
    duration: int = 0
    title: str = ""
    episode: int = 0
    season: int = 0
    explicit: bool | None = None
    image: str = ""
    transcript: str = ""
    transcript_type: str = ""


class BodyFormat(StrEnum):
    """What a body is written in."""

    MARKDOWN = "markdown"
    MDX = "mdx"  # Markdown with components, where braces are program text
    HTML = "html"  # of a feed


@dataclass(frozen=True, slots=True)
class Article:
    """What is known about an article without its body.

    `id` is the same in every feed and every issue, for ever. `seq` and `seen_at` are set by the first scan that finds
    the article public (no draft, and due); before that they are None. `body_hash` changes when the body does.
    `source` is the `path` or `feed` of the source under `articles:` that it comes from. `references` are the other
    articles its body links to by their file, as written there (see markup.references). `base_url` is what a bare
    `a.png` is relative to, where that is not `url`.
    """

    id: str
    path: str
    url: str
    title: str
    published: datetime
    updated: datetime
    summary: str
    language: str
    body_hash: str
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    image: Image | None = None
    authors: tuple[Author, ...] = ()
    draft: bool = False
    in_feeds: bool = True
    in_newsletters: bool = True
    email_subject: str | None = None
    expires: datetime | None = None
    format: BodyFormat = BodyFormat.MARKDOWN
    source: str = ""
    references: tuple[str, ...] = ()
    base_url: str = ""
    audio: Audio | None = None
    seq: int | None = None
    seen_at: datetime | None = None

    def is_public(self, now: datetime) -> bool:
        """No draft, its date has come and its end has not."""
        return not self.draft and self.published <= now and (self.expires is None or now < self.expires)


# ---------------------------------------------------------------------------------------------------- feeds


class FeedFormat(StrEnum):
    """The formats and the names their files have had from the first day."""

    RSS = "rss"
    ATOM = "atom"
    JSON = "json"

    @property
    def filename(self) -> str:
        return {"rss": "rss.xml", "atom": "atom.xml", "json": "feed.json"}[self.value]

    @property
    def media_type(self) -> str:
        return {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}[
            self.value
        ]


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An article that readers may have and that is no more (RFC 6721): its id, and since when."""

    id: str
    when: datetime


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where readers ask to be told of changes by rssCloud (RSS 2.0, `<cloud>`)."""

    domain: str
    port: int
    path: str
    procedure: str = ""
    protocol: str = "http-post"


@dataclass(frozen=True, slots=True)
class Podcast:
    """What directories of podcasts want to know of a feed. A category within another is `Arts > Food`."""

    category: str = ""
    explicit: bool = False
    type: str = "episodic"
    owner: Author | None = None
    locked: bool | None = None


@dataclass(frozen=True, slots=True)
class EntryForm:
    """All that an entry takes from the feed in which it stands."""

    language: str
    author: Author
    in_full: bool = True
    with_markdown: bool = False


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """Which articles a feed holds, before anything is rendered. `folder` is relative to the output ("" at the top).

    `articles` are newest first and already cut to the limit; `updated` is the newest change among them. `file` is the
    name of its only file, where that is not one of the usual names. `in_full`: whole texts and not only summaries;
    `with_markdown`: and what they were written as. `max_bytes` is the most that a document may have, 0 without a limit.
    `podcast` is there when an article has audio.

    `part` 0 is the document that readers subscribe to; 1 to `parts` are its archives, oldest first (RFC 5005 4).
    `is_complete`: it holds every entry the feed ever had (RFC 5005 2). `deleted` are articles it used to hold. `hubs`
    are addresses of WebSub hubs, `stylesheet` that of a CSS file for people who open the feed in a browser.
    `keeps_all`: no article may be left out for want of room.
    """

    id: str
    folder: str
    title: str
    description: str
    home_url: str
    folder_url: str
    language: str
    author: Author
    updated: datetime
    articles: tuple[Article, ...]
    part: int = 0
    parts: int = 0
    is_complete: bool = False
    deleted: tuple[Tombstone, ...] = ()
    hubs: tuple[str, ...] = ()
    cloud: Cloud | None = None
    icon: str = ""
    logo: str = ""
    rights: str = ""
    stylesheet: str = ""
    keeps_all: bool = False
    formats: tuple[FeedFormat, ...] = tuple(FeedFormat)
    file: str = ""
    in_full: bool = True
    with_markdown: bool = False
    max_bytes: int = 0
    podcast: Podcast | None = None

    @property
    def key(self) -> tuple[str, str, int]:
        """Tells the documents of a site apart."""
        return (self.folder, self.file, self.part)

    @property
    def is_archive(self) -> bool:
        return self.part > 0

    @property
    def older_part(self) -> int:
        """The archive before this document, 0 where there is none."""
        return self.part - 1 if self.is_archive else self.parts

    @property
    def newer_part(self) -> int:
        """The archive after this one, 0 where there is none."""
        return self.part + 1 if 0 < self.part < self.parts else 0

    def filename(self, feed_format: FeedFormat, part: int | None = None) -> str:
        """`rss.xml`, or `rss-1.xml` for its first archive; of this document unless a part is named."""
        number = self.part if part is None else part
        name = self.file or feed_format.filename
        if not number:
            return name
        stem, _, ending = name.rpartition(".")
        return f"{stem}-{number}.{ending}"

    def path(self, feed_format: FeedFormat) -> str:
        """The file, relative to the output."""
        return f"{self.folder}/{self.filename(feed_format)}".lstrip("/")

    def url(self, feed_format: FeedFormat, part: int | None = None) -> str:
        return self.folder_url + quote(self.filename(feed_format, part), safe="~-._")


@dataclass(frozen=True, slots=True)
class Feed:
    """A FeedSpec with its bodies: `html` maps an article's id to its full text; a summary-only feed leaves it empty.

    `category_urls` maps a tag or category to the page-like URL of its own feed folder, `markdown` an article's id to
    what its full text was written as.
    """

    spec: FeedSpec
    formats: tuple[FeedFormat, ...]
    html: Mapping[str, str]
    category_urls: Mapping[str, str]
    markdown: Mapping[str, str] = field(default_factory=dict)


# ---------------------------------------------------------------------------------------------------- hub


@dataclass(frozen=True, slots=True)
class Topic:
    """A feed document that can be subscribed to; `path` is relative to the output, `sha256` that of its bytes."""

    url: str
    path: str
    media_type: str
    sha256: str = ""


class HubMode(StrEnum):
    """What our hub asks a subscriber about, or tells it (W3C WebSub 5.2 and 5.3)."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class HubQuestion:
    """A request that waits for the subscriber to confirm it, or word that a subscription is denied.

    `secret` is empty when what is sent need not be signed; `host` is that of the callback.
    """

    mode: HubMode
    topic: str
    callback: str
    host: str
    secret: str
    lease: timedelta
    due_at: datetime
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class HubSubscription:
    """A confirmed one. `version` counts changes of its feed, `dropped` those that were given up.

    `due_at`: a change waits to be sent, then or later; `since` is when it came.
    """

    topic: str
    callback: str
    host: str
    secret: str
    lease_until: datetime
    version: int = 0
    due_at: datetime | None = None
    since: datetime | None = None
    attempts: int = 0
    dropped: int = 0


# ---------------------------------------------------------------------------------------------------- issues


class IssueState(StrEnum):
    DRAFT = "draft"  # held until a person approves or cancels it
    FROZEN = "frozen"  # the audience is written, no message has started
    SENDING = "sending"  # at least one message has started
    DONE = "done"  # no delivery is waiting any more
    PAUSED = "paused"  # a person stopped it; it can go on
    CANCELLED = "cancelled"  # a person ended it; what was not sent never will be


class DeliveryState(StrEnum):
    QUEUED = "queued"  # waiting for a sender
    CLAIMED = "claimed"  # a sender holds it under a lease; nothing has gone out
    SENDING = "sending"  # its content may be on the wire
    ACCEPTED = "accepted"  # the relay took it; nobody knows more
    DEFERRED = "deferred"  # the relay said "later"; due again at `next_at`
    FAILED = "failed"  # refused for good, or tried for too long
    UNCERTAIN = "uncertain"  # a crash or a lost connection hid the answer
    SUPPRESSED = "suppressed"  # must not be sent: unsubscribed, the issue was cancelled, a person dismissed it
    BOUNCED = "bounced"  # accepted first, then sent back
    COMPLAINED = "complained"  # its reader called it spam


@dataclass(frozen=True, slots=True)
class OneOff:
    """A letter written by hand, an issue without articles. `file` is the name of its file, `sha256` of all in it.

    Empty: the preheader is made from the text, the language is the site's, the template the newsletter's.
    """

    title: str
    file: str
    sha256: str
    preheader: str = ""
    language: str = ""
    template: str = ""
    is_draft: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """What the next issue of a newsletter would hold.

    `articles` are shown in full or as cards; `links` are the rest, as title links. `too_old` are new here but dated too
    far back to be mailed (`max_age`); `already_sent` counts what this newsletter sent before. `excluded` a person kept
    out of this one issue. `intro` is Markdown above the articles, or the text of the letter that stands in their place.
    """

    articles: tuple[Article, ...] = ()
    links: tuple[Article, ...] = ()
    too_old: tuple[Article, ...] = ()
    already_sent: int = 0
    excluded: tuple[Article, ...] = ()
    intro: str = ""
    one_off: OneOff | None = None

    @property
    def is_empty(self) -> bool:
        return not self.articles and self.one_off is None


@dataclass(frozen=True, slots=True)
class Counts:
    """Deliveries of an issue by state; `queued` includes those a sender holds at this moment."""

    queued: int = 0
    deferred: int = 0
    accepted: int = 0
    failed: int = 0
    uncertain: int = 0
    suppressed: int = 0
    bounced: int = 0
    complained: int = 0

    @property
    def total(self) -> int:
        settled = self.accepted + self.failed + self.uncertain + self.suppressed + self.bounced + self.complained
        return self.queued + self.deferred + settled


@dataclass(frozen=True, slots=True)
class Issue:
    """`letter` is the name of the file of a letter written by hand, empty for an issue of articles.

    `pause_reason`: why the sender has paused it; "" when it is not paused, or a person did so.
    """

    id: int
    newsletter: str
    state: IssueState
    template: str
    subject: str
    created_at: datetime
    occurrence: str | None = None
    letter: str = ""
    pause_reason: str = ""
    counts: Counts = field(default_factory=Counts)


@dataclass(frozen=True, slots=True)
class PublishedIssue:
    """An issue as readers on the web see it: approved, and not cancelled. `language` is that of its variant."""

    id: int
    newsletter: str
    subject: str
    language: str
    created_at: datetime
    is_letter: bool = False


@dataclass(frozen=True, slots=True)
class IssueArticle:
    """An article in an issue, as it is by now. `is_link`: only its title; `is_there`: it has its file still."""

    article: Article
    is_link: bool = False
    is_there: bool = True


@dataclass(frozen=True, slots=True)
class Picture:
    """`kind` is jpg, png, gif, webp, avif, heif or svg, "" for none of them. Pixels; 0 by 0: not known.

    `copy` is the address of a smaller one for mail.
    """

    kind: str
    width: int
    height: int
    copy: str = ""


@dataclass(frozen=True, slots=True)
class Embedded:
    """A picture that is in the mail itself: the one that its HTML shows as `url`. `kind` is jpg or png."""

    url: str
    kind: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class RenderedIssue:
    """Subject and bodies of one variant, rendered once. `html` is inlined.

    Personal values are not in it: each stands as an opaque ASCII word that begins with `marker` (see mail.slots), so
    that nothing an article says can pass for one. `fields` are name and fallback of those that words have by number.
    `shortened` are the titles of full articles of which `html`, but not `text`, shows only the beginning.
    `embedded` are pictures of `html` that go with the message.
    """

    subject: str
    text: str
    html: str
    language: str
    marker: str
    fields: tuple[tuple[str, str], ...] = ()
    shortened: tuple[str, ...] = ()
    embedded: tuple[Embedded, ...] = ()


# ---------------------------------------------------------------------------------------------------- people


class SubscriberState(StrEnum):
    PENDING = "pending"  # asked for it, has not confirmed
    ACTIVE = "active"  # receives
    UNSUBSCRIBED = "unsubscribed"  # said no; only an explicit act of theirs or the operator's brings them back
    SUPPRESSED = "suppressed"  # their address must not be written to (bounce, complaint)
    FORGOTTEN = "forgotten"  # erased; the row is there for what the ledger counts, and names nobody


@dataclass(frozen=True, slots=True)
class Subscriber:
    """`newsletters` are those this person receives now."""

    id: int
    email: str
    name: str = ""
    language: str = ""
    state: SubscriberState = SubscriberState.ACTIVE
    source: str = ""
    created_at: datetime | None = None
    newsletters: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


class ConsentEvent(StrEnum):
    """What happened to a person's consent; each is a line in their log."""

    ASKED = "asked"  # their address was entered somewhere
    CONFIRMED = "confirmed"  # the owner of the address said yes
    LEFT = "left"  # unsubscribed, by themselves or by the operator
    UNDONE = "undone"  # took that back, soon after
    ADDED = "added"  # the operator added them, or took them up again, by name
    IMPORTED = "imported"  # they came with a file
    BOUNCED = "bounced"  # their address does not exist
    COMPLAINED = "complained"  # they said that our mail is spam
    LIFTED = "lifted"  # the operator says that the address may be written to again
    MOVED = "moved"  # their address has changed
    FORGOTTEN = "forgotten"  # they are erased, and their log with them


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How a change of consent came about, as the log keeps it.

    `how` is a word or two such as `form` or `one-click`; `wording` what the person agreed to and `page` where;
    `network` their network address, which the log keeps as `subscribers.network` says.
    """

    how: str
    wording: str = ""
    page: str = ""
    network: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ConsentEntry:
    """A line of somebody's log."""

    at: datetime
    event: ConsentEvent
    newsletters: tuple[str, ...]
    circumstances: Circumstances


class RequestKind(StrEnum):
    """What somebody has asked for that the owner of an address has to confirm."""

    SUBSCRIBE = "subscribe"
    MOVE = "move"  # to a new address


@dataclass(frozen=True, slots=True)
class Request:
    """`email` is the address that confirms; `done_at` is None until it has."""

    id: int
    kind: RequestKind
    subscriber_id: int
    email: str
    newsletters: tuple[str, ...]
    asked_at: datetime
    expires_at: datetime
    name: str = ""
    language: str = ""
    done_at: datetime | None = None


class NoticeKind(StrEnum):
    """A mail to one person that is no issue. Each is the name of its template."""

    CONFIRM = "confirm"  # the address was entered somewhere; only its owner can say yes
    WELCOME = "welcome"  # it is on the list
    GOODBYE = "goodbye"  # it is off the list
    ADDRESS_CHANGE = "address-change"  # somebody on the list wants their mail at this address
    ADDRESS_CHANGED = "address-changed"  # their mail goes elsewhere from now on; said to the old address


@dataclass(frozen=True, slots=True)
class Notice:
    """`key` tells one notice from another: the same key is never written down twice. The first newsletter sends it.

    `request_id` is what its link confirms. `message_id` and `date` are set at the first start and kept.
    """

    id: int
    kind: NoticeKind
    key: str
    subscriber_id: int
    newsletters: tuple[str, ...]
    email: str
    name: str = ""
    language: str = ""
    request_id: int | None = None
    attempts: int = 0
    message_id: str | None = None
    date: datetime | None = None

    @property
    def message_key(self) -> str:
        """Names its message in file names and logs, as `Delivery.key` does."""
        return f"notice-{self.id}"


class Rhythm(StrEnum):
    """How often a reader wants a newsletter, where that is not its own schedule."""

    EACH = "each"  # as soon as there is an article
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reader has chosen of one newsletter. No `topics`: all; no `rhythm`: the newsletter's own schedule."""

    newsletter: str
    topics: tuple[str, ...] = ()
    rhythm: Rhythm | None = None


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a reader has chosen. `newsletters` are those they receive now.

    No `language` or `timezone`: those of the site or the newsletter; `hour` None: that of the newsletter. Nothing is
    made for them before `paused_until`.
    """

    newsletters: tuple[Choice, ...] = ()
    name: str = ""
    language: str = ""
    timezone: str = ""
    hour: int | None = None
    paused_until: datetime | None = None


# ---------------------------------------------------------------------------------------------------- lists


# Left, and the list does not say when.
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A newsletter of a person as a list has it. `since` None: it does not say; `ended_at`: they left it then.

    No `rhythm`: the newsletter's own schedule.
    """

    newsletter: str
    since: datetime | None = None
    ended_at: datetime | None = None
    topics: tuple[str, ...] = ()
    rhythm: str = ""


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A person as a list has them, on its way in or out.

    `joined` is when they agreed, `left_at` when they left everything or could not be written to any more; None where
    the list does not say. `enrolments` None: the list knows nothing of newsletters.
    """

    email: str
    name: str = ""
    language: str = ""
    status: SubscriberState = SubscriberState.ACTIVE
    joined: datetime | None = None
    left_at: datetime | None = None
    source: str = ""
    enrolments: tuple[Enrolment, ...] | None = None
    timezone: str = ""
    hour: int | None = None
    paused_until: datetime | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of somebody of a list who is here.

    `running` and `asked`: since when they receive a newsletter, and were asked whether they want it; `ended`: they
    left it.
    """

    id: int
    state: SubscriberState
    name: str
    language: str
    timezone: str
    hour: int | None
    paused_until: datetime | None
    fields: Mapping[str, str]
    running: Mapping[str, datetime]
    ended: frozenset[str]
    asked: Mapping[str, datetime] = field(default_factory=dict)


# ---------------------------------------------------------------------------------------------------- delivery


@dataclass(frozen=True, slots=True)
class Delivery:
    """One issue for one subscriber. `message_id` and `date` are set at the first start and kept on every retry."""

    issue_id: int
    subscriber_id: int
    newsletter: str
    variant: str
    email: str
    name: str
    attempts: int
    message_id: str | None = None
    date: datetime | None = None
    fields: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def key(self) -> str:
        """Names this delivery in file names and logs; holds no address."""
        return f"{self.issue_id}-{self.subscriber_id}"


@dataclass(frozen=True, slots=True)
class Message:
    """Ready for the wire: `content` has CRLF line ends and 7-bit bytes only, but for the To of a reader whose
    address needs SMTPUTF8.

    `is_plain`: it is known to be that, in whole lines, none of which begins with a dot, so that nobody has to look.
    """

    key: str
    sender: str
    recipient: str
    content: bytes
    is_plain: bool = False


class Outcome(StrEnum):
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a transport learned about one message. `code` is the SMTP reply code, 0 when there was none;
    for other ways out the one that says the same.

    `server` is who said so, `host:port`, "" when nobody was asked. `enhanced` is the status code of RFC 3463 that the
    reply began with, `5.1.1`, "" without one.
    """

    outcome: Outcome
    code: int = 0
    reply: str = ""
    server: str = ""
    enhanced: str = ""


class FailureClass(StrEnum):
    """What was in the way of a message, as far as the answer tells."""

    ADDRESS = "address"  # there is nobody of that address
    MAILBOX = "mailbox"  # the mailbox is full
    POLICY = "policy"  # they do not want it of us: reputation, authentication, a filter
    GREYLIST = "greylist"  # they turn away whoever they do not know yet, for some minutes
    BUSY = "busy"  # they are overloaded, or we were too quick
    NETWORK = "network"  # no way there, or the connection broke
    CONTENT = "content"  # too large, or written in a way that they cannot take
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Meter:
    """What is known of the rate of one receiving provider, or of all mail. Moments are in UTC.

    `next_at`: when the bucket of seconds is full again. `hour` and `day` are pairs of a slot's number and the messages
    in it. `pace` (1 is full speed) is what it was at `paced_at`. `refusals` for policy since the last accepted message;
    `closures` that they have led to, the last one `closed_until`.
    """

    next_at: datetime | None = None
    hour: tuple[tuple[int, int], ...] = ()
    day: tuple[tuple[int, int], ...] = ()
    pace: float = 1.0
    paced_at: datetime | None = None
    refusals: int = 0
    closures: int = 0
    closed_until: datetime | None = None
    used_at: datetime | None = None


# ---------------------------------------------------------------------------------------------------- bounces


class BounceKind(StrEnum):
    HARD = "hard"  # the address does not exist, and will not
    SOFT = "soft"  # full, switched off, or a fault of the moment that lasted too long
    POLICY = "policy"  # refused for what the sender or the mail is; says nothing about the reader
    COMPLAINT = "complaint"  # the reader called it spam
    UNSUBSCRIBE = "unsubscribe"  # the reader asks to leave
    AUTOREPLY = "autoreply"  # somebody is away
    NOTICE = "notice"  # delayed, relayed, delivered: nothing is decided
    UNKNOWN = "unknown"  # nobody could tell


@dataclass(frozen=True, slots=True)
class Bounce:
    """What one report says of one recipient. What it does not say is empty, 0 or None.

    `delivery` is (issue id, subscriber id), `notice` the id of a notice, and both only of a signed address.
    `message_id` and `token` are those of the message that was sent, as the report returns it. `code` is an enhanced
    status code (RFC 3463). `source_id` is the same whenever the same report is read. `is_trusted`: whoever reported it
    has proved who they are, so the address alone is enough. `key` is that of the message, as such a reporter was told.
    """

    kind: BounceKind
    source_id: str
    delivery: tuple[int, int] | None = None
    address: str = ""
    code: str = ""
    text: str = ""
    message_id: str = ""
    token: str = ""
    is_trusted: bool = False
    notice: int | None = None
    key: str = ""


class SuppressionReason(StrEnum):
    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"
    MANUAL = "manual"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address that must not be written to. `source` says in words where that comes from."""

    email: str
    reason: SuppressionReason
    since: datetime
    source: str = ""
