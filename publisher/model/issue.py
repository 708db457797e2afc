"""An issue of a newsletter, and what goes into it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from publisher.model.article import Article


class IssueState(StrEnum):
    DRAFT = "draft"  # held until a person approves or cancels it
    FROZEN = "frozen"  # the audience is written, no message has started
    SENDING = "sending"  # at least one message has started
    DONE = "done"  # no delivery is waiting any more
    PAUSED = "paused"  # a person stopped it; it can go on
    CANCELLED = "cancelled"  # a person ended it; what was not sent never will be


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
