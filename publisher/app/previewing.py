"""The verb `preview`: the mail that would go out next, taken apart for a person to look at. Changes nothing.

The mail is compiled and read back, so what is shown is what a reader gets of whom nothing but the address is known.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from email import message_from_bytes, policy
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from publisher.app.fetching import FeedRemarks, read_feeds
from publisher.app.folders import list_files, shown_problems
from publisher.app.letters import check_letter, make_letterhead, unsubscribe_address
from publisher.app.linting import find_upcoming, look_over, number_articles
from publisher.app.looking import SiteReading, read_site
from publisher.app.sending import read_parts
from publisher.config import Config
from publisher.errors import Problem, UsageError
from publisher.mail.compile import Personal, compile_issue
from publisher.mail.cut import InboxLine, Size, measure, read_snippet, show_in_inboxes
from publisher.mail.lint.finding import Finding
from publisher.mail.notice import NoticeContext, render_notice
from publisher.mail.parts import REQUIRED_PARTS
from publisher.mail.slots import new_marker
from publisher.model.article import Article
from publisher.model.issue import Selection
from publisher.model.notice import NoticeKind
from publisher.model.rendered import RenderedIssue
from publisher.sources.feed.identity import SettledItem
from publisher.storage.peek import Standing, peek_issue, peek_standing

READER = "reader@example.com"
LONGEST_SOURCE = 400_000  # characters of a message that are shown

_FEEDS_KEPT = 600.0  # seconds that a feed is not asked again
_NOTICES = frozenset(kind.value for kind in NoticeKind)


class Origin(StrEnum):
    """Which mail it is."""

    NEXT = "next"  # the next pass, or the next day of its schedule, would make it
    NEWEST = "newest"  # nothing is new; the newest articles stand in
    MADE = "made"  # an issue that is stored
    NOTICE = "notice"  # a mail to one person


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person asked to see: `template` in place of the newsletter's own, or an `issue` that is stored."""

    newsletter: str
    template: str = ""
    issue: int | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """One mail. `text` and `html` are its parts, `source` is the message, `headers` are its own, decoded.

    `articles` are the titles of what it shows; `html` is empty for a mail of text alone.
    """

    wanted: Wanted
    origin: Origin
    template: str
    language: str
    subject: str
    sender: str
    html: str
    text: str
    source: str
    headers: tuple[tuple[str, str], ...]
    inboxes: tuple[InboxLine, ...]
    sizes: tuple[Size, ...]
    findings: tuple[Finding, ...]
    articles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workplace:
    """The site as it was read, and what the database says of it."""

    site: SiteReading
    standing: Standing

    @property
    def config(self) -> Config:
        return self.site.config

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """Why files are no articles, and feeds cannot be had."""
        site = self.site
        found = [item.problem for item in site.settled if item.problem is not None]
        found += [problem for item in site.folders for problem in item.listing.problems]
        return tuple(shown_problems(self.config, [*found, *site.remarks.problems]))

    @cached_property
    def templates(self) -> list[str]:
        """Names of those that make mails, notices last."""
        names = set(self.site.templates.names())
        paths = (name.split("/") for name in names if name.startswith("email/"))
        found = {path[1] for path in paths if all(f"email/{path[1]}/{part}" in names for part in REQUIRED_PARTS)}
        return sorted(found, key=lambda name: (name in _NOTICES, name))


@dataclass
class PatientFeeds:
    """Asks the feeds of other sites once in a while: a preview is made anew with every key that is pressed."""

    kept_for: float = _FEEDS_KEPT
    _asked_at: float = field(default=0.0, init=False)
    _key: object = field(default=None, init=False)
    _found: tuple[list[SettledItem], FeedRemarks] = field(default=([], FeedRemarks((), ())), init=False)

    def __call__(
        self, config: Config, files: Iterable[Article], now: datetime
    ) -> tuple[list[SettledItem], FeedRemarks]:
        key = config.feed_sources
        if key and (key != self._key or time.monotonic() - self._asked_at > self.kept_for):
            self._found = read_feeds(config, files, now)
            self._key, self._asked_at = key, time.monotonic()
        return self._found if key else ([], FeedRemarks((), ()))


def open_workplace(config: Config, now: datetime, feeds: PatientFeeds) -> Workplace:
    """Read every article; the database is only looked into.

    Raises UsageError when the folder of articles is missing.
    """
    return Workplace(read_site(config, now, feeds), peek_standing(config.database_path))


def take_fingerprint(config: Config, config_path: Path) -> object:
    """Of all files that a preview is made of, to be compared with a later one."""
    folders = (config.templates_dir, config.locale_dir)
    paths = [config_path, *(path for folder in folders for path in sorted(folder.rglob("*")))]
    try:
        listed: object = list_files(config)
    except UsageError as error:  # whoever makes a preview is told
        listed = str(error)
    return listed, [(path, *_stamp(path)) for path in paths]


def make_previews(workplace: Workplace, wanted: Wanted) -> tuple[Preview, ...]:
    """More than one when several mails would go out at once; none for a site without articles.

    Raises UsageError for a newsletter or an issue that is not there, TemplateError.
    """
    if wanted.newsletter not in workplace.config.newsletters:
        known = ", ".join(workplace.config.newsletters) or "none; add one under newsletters: in config.yaml"
        raise UsageError(f"there is no newsletter {wanted.newsletter!r}; known: {known}")
    if wanted.issue is not None:
        return tuple(_show_made(workplace, wanted, wanted.issue))
    if wanted.template in _NOTICES:
        return (_show_notice(workplace, wanted, NoticeKind(wanted.template)),)
    return tuple(_show_upcoming(workplace, wanted))


def find_newsletter(config: Config, issue: int) -> str:
    """Which newsletter a stored issue is of.

    Raises UsageError when there is no such issue.
    """
    found = peek_issue(config.database_path, issue)
    if found is None:
        raise UsageError(f"there is no issue {issue}; `publisher issues list` shows those there are")
    return found.newsletter


def _show_upcoming(workplace: Workplace, wanted: Wanted) -> Iterator[Preview]:
    site, name = workplace.site, wanted.newsletter
    for upcoming in find_upcoming(site, workplace.standing, name):
        template = wanted.template or upcoming.template
        rendered = site.render(name, upcoming.selection, template)
        check_letter(site.config, name, rendered)
        preview = _take_apart(workplace, wanted, rendered, template)
        yield replace(
            preview,
            origin=Origin.NEXT if upcoming.is_next else Origin.NEWEST,
            findings=tuple(look_over(site, name, rendered, upcoming.selection)),
            articles=tuple(_titles(upcoming.selection)),
        )


def _show_made(workplace: Workplace, wanted: Wanted, issue: int) -> Iterator[Preview]:
    site, name = workplace.site, wanted.newsletter
    made = peek_issue(site.config.database_path, issue)
    if made is None or made.newsletter != name:
        raise UsageError(f"{name} has no issue {issue}; `publisher issues list` shows those there are")
    known = {article.id: article for article in number_articles(site, workplace.standing)}
    selection = Selection(articles=tuple(known[id_] for id_ in made.articles if id_ in known))
    for rendered in made.variants:
        check_letter(site.config, name, rendered)
        preview = _take_apart(workplace, wanted, rendered, made.template)
        findings = tuple(look_over(site, name, rendered, selection))
        yield replace(preview, origin=Origin.MADE, findings=findings, articles=tuple(_titles(selection)))


def _show_notice(workplace: Workplace, wanted: Wanted, kind: NoticeKind) -> Preview:
    """The rules are about issues: nothing is found in a notice."""
    config = workplace.config
    newsletter = config.newsletters[wanted.newsletter]
    context = NoticeContext(
        config=config,
        newsletter_name=wanted.newsletter,
        newsletter=newsletter,
        templates=workplace.site.templates,
        language=config.site.language,
        marker=new_marker(),
        unsubscribe_address=unsubscribe_address(config, newsletter),
        action_url="" if kind is NoticeKind.WELCOME else f"{config.site.url}/",
    )
    return _take_apart(workplace, wanted, render_notice(kind, context), kind.value)


def _take_apart(workplace: Workplace, wanted: Wanted, rendered: RenderedIssue, template: str) -> Preview:
    """For a reader who is nobody, so that the page holds no word that works."""
    config, name = workplace.config, wanted.newsletter
    sender = config.sender_of(config.newsletters[name])
    letterhead = make_letterhead(config, name, f"issue-{wanted.issue}" if wanted.issue else "preview")
    date = workplace.site.now.astimezone(config.site.timezone)
    personal = Personal(READER, "", "preview", f"preview@{sender.domain}", date)
    content = compile_issue(rendered, letterhead).splice(personal)
    parts = read_parts(content)
    message = message_from_bytes(content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n", policy=policy.default)
    html, text, subject = parts.get("html", ""), parts.get("plain", ""), str(message["Subject"] or "")
    return Preview(
        wanted=wanted,
        origin=Origin.NOTICE,
        template=template,
        language=rendered.language,
        subject=subject,
        sender=sender.name or sender.email,
        html=html,
        text=text,
        source=content[:LONGEST_SOURCE].decode("utf-8", "replace").replace("\r\n", "\n"),
        headers=tuple((header, str(value)) for header, value in message.items()),
        inboxes=show_in_inboxes(subject, read_snippet(html, text)),
        sizes=measure(html, content),
        findings=(),
    )


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return status.st_mtime_ns, status.st_size


def _titles(selection: Selection) -> Iterator[str]:
    if selection.one_off is not None:
        yield selection.one_off.title
    for article in (*selection.articles, *selection.links):
        yield article.title
