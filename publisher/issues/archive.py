"""An issue as a page on the web shows it, and pages of a list. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from publisher.model.article import Article
from publisher.model.issue import IssueArticle, PublishedIssue

_LONGEST_DESCRIPTION = 160  # characters; what search engines and previews show


@dataclass(frozen=True, slots=True)
class Contents:
    """`cards` are shown, `links` named, both as they may be seen now; `gone` are titles of those that may not."""

    cards: tuple[Article, ...] = ()
    links: tuple[Article, ...] = ()
    gone: tuple[str, ...] = ()

    @property
    def single(self) -> Article | None:
        """The article that is the whole issue, shown in full."""
        is_alone = len(self.cards) == 1 and not self.links and not self.gone
        return self.cards[0] if is_alone else None


@dataclass(frozen=True, slots=True)
class Span:
    """Page `number` of `total`, each of `size`; numbers begin at 1."""

    number: int
    total: int
    size: int

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size

    @property
    def is_there(self) -> bool:
        return 1 <= self.number <= self.total

    @property
    def newer(self) -> int:
        """The page before, 0 where there is none."""
        return self.number - 1

    @property
    def older(self) -> int:
        return self.number + 1 if self.number < self.total else 0


def sort_contents(items: Sequence[IssueArticle], now: datetime) -> Contents:
    """What was withdrawn since is named and no more: whoever took it back had a reason."""
    shown = [item for item in items if item.is_there and item.article.is_public(now)]
    return Contents(
        cards=tuple(item.article for item in shown if not item.is_link),
        links=tuple(item.article for item in shown if item.is_link),
        gone=tuple(item.article.title for item in items if item not in shown),
    )


def describe_issue(issue: PublishedIssue, contents: Contents, text: str = "") -> str:
    """What the subject does not say yet, in one line: how the text begins, the summary, or titles."""
    titles = [article.title for article in (*contents.cards, *contents.links)]
    others = [title for title in titles if title not in issue.subject]
    summary = contents.single.summary if contents.single else ""
    return _shorten(text or summary or " / ".join(others or titles))


def span_of(number: str, count: int, size: int) -> Span:
    """For what an address says; an empty list has one page, too."""
    is_number = number.isascii() and number.isdigit() and len(number) < 10
    return Span((int(number) if is_number else 0) if number else 1, max(1, -(-count // size)), size)


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_DESCRIPTION else line[: _LONGEST_DESCRIPTION - 1].rstrip() + "…"
