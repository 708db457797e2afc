"""The verbs that look for faults in an issue: before it is stored, and on demand in what would go out next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import unescape

from publisher.app.letters import check_letter, make_letterhead
from publisher.app.linkcheck import LinkChecker, judge
from publisher.app.looking import SiteReading, read_site
from publisher.app.pictures import read_local_pictures
from publisher.app.places import find_places
from publisher.config import Config
from publisher.errors import IssueRefused, TemplateError
from publisher.issues.select import Request, select_articles, split_on_publish
from publisher.mail.compile import Personal, compile_issue
from publisher.mail.lint.check import errors_of, in_order, lint
from publisher.mail.lint.finding import Finding, Severity
from publisher.mail.lint.images import check_kinds, check_weights, image_addresses
from publisher.mail.lint.proof import Facts, make_proof
from publisher.mail.personal import show_subject
from publisher.model.article import Article
from publisher.model.issue import Selection
from publisher.model.rendered import RenderedIssue
from publisher.storage.peek import Standing, peek_pictures, peek_standing

BURST_TEMPLATE = "digest"  # of a held issue that gathers what came too fast for one mail each

_MOST_ISSUES = 10  # of one newsletter that are looked at
_MOST_LINKS = 3  # titles beyond the limit, when the newest articles stand in for new ones
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_UNSEEN = 1 << 40  # a number beyond all that are given


@dataclass(frozen=True, slots=True)
class LintedIssue:
    """`size` is that of the HTML in bytes. `is_next`: it would go out next; else the newest articles stand in."""

    newsletter: str
    subject: str
    articles: int
    size: int
    is_next: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Upcoming:
    """An issue before it is made. `is_next`: it would go out next; else the newest articles stand in."""

    selection: Selection
    template: str
    is_next: bool


def find_faults(
    config: Config, name: str, rendered: RenderedIssue, selection: Selection, bodies: Mapping[str, str]
) -> list[Finding]:
    """All rules but those that the newsletter ignores, each with its place in an article where there is one."""
    facts = _facts(config, name, rendered, selection, bodies)
    findings = lint(rendered, facts, config.newsletters[name].lint.ignore)
    return find_places(config, findings, selection.articles)


def refuse_errors(name: str, findings: Sequence[Finding]) -> list[str]:
    """The warnings, in words.

    Raises IssueRefused when there are errors.
    """
    errors = errors_of(findings)
    if errors:
        listed = "\n".join(f"  {finding}" for finding in errors)
        rules = ", ".join(dict.fromkeys(finding.rule for finding in errors))
        raise IssueRefused(
            f"newsletter {name}: the issue is not sent, because of\n{listed}\n"
            f"Mend it and it goes out with the next run, or write lint: {{ignore: [{rules}]}} below {name}:"
        )
    return [str(finding) for finding in findings if finding.severity is Severity.WARNING]


def lint_newsletters(
    config: Config, names: Sequence[str], now: datetime, links: LinkChecker | None
) -> list[LintedIssue]:
    """Render what goes out next and look at it; `links` asks other servers. Changes nothing.

    Raises UsageError when the folder of articles is missing.
    """
    site, standing = read_site(config, now), peek_standing(config.database_path)
    return [linted for name in names for linted in _lint_newsletter(site, standing, name, links)]


def _lint_newsletter(
    site: SiteReading, standing: Standing, name: str, links: LinkChecker | None
) -> Iterator[LintedIssue]:
    for upcoming in find_upcoming(site, standing, name):
        selection, subject, size = upcoming.selection, "", 0
        try:
            rendered = site.render(name, selection, upcoming.template)
            check_letter(site.config, name, rendered)
        except TemplateError as error:
            findings = in_order([Finding("template-broken", str(error))], site.config.newsletters[name].lint.ignore)
        else:
            subject, size = show_subject(rendered), len(rendered.html.encode("utf-8"))
            findings = look_over(site, name, rendered, selection, links)
        number = len(selection.articles) + len(selection.links)
        yield LintedIssue(name, subject, number, size, upcoming.is_next, tuple(findings))


def find_upcoming(site: SiteReading, standing: Standing, name: str) -> list[Upcoming]:
    """What the next pass would make issues of; the newest articles when nothing is new; none where there are none."""
    newsletter = site.config.newsletters[name]
    following = _next_selections(site, standing, name)
    found = []
    for selection in following or _newest_selection(site, name):
        is_burst = newsletter.is_on_publish and len(selection.articles) > 1
        template = BURST_TEMPLATE if is_burst else newsletter.template_name
        found.append(Upcoming(selection, template, bool(following)))
    return found


def look_over(
    site: SiteReading, name: str, rendered: RenderedIssue, selection: Selection, links: LinkChecker | None = None
) -> list[Finding]:
    """All that is found in an issue of the site, in order; `links` asks other servers."""
    findings = find_faults(site.config, name, rendered, selection, site.bodies(selection.articles))
    findings += _look_outside(site.config, rendered, selection, links)
    return in_order(findings, site.config.newsletters[name].lint.ignore)


def _next_selections(site: SiteReading, standing: Standing, name: str) -> list[Selection]:
    """As the next pass would make them; none when nothing is new."""
    newsletter = site.config.newsletters[name]
    if name not in standing.passed:  # its history is not closed yet: everything there is will be history
        return []
    selection = select_articles(
        number_articles(site, standing),
        newsletter,
        Request(limit=max(1, len(site.articles)) if newsletter.is_on_publish else None),
        last_seq=standing.passed[name],
        sent=standing.sent.get(name, frozenset()),
        now=site.now,
    )
    if not newsletter.is_on_publish:
        return [] if selection.is_empty else [selection]
    single, burst = split_on_publish(selection, newsletter.burst)
    return single[:_MOST_ISSUES] if burst is None else [burst]


def _newest_selection(site: SiteReading, name: str) -> list[Selection]:
    newsletter = site.config.newsletters[name]
    articles = [replace(article, seq=number) for number, article in enumerate(reversed(site.public), start=1)]
    request = Request(since=_LONG_AGO, limit=1 if newsletter.is_on_publish else None)
    selection = select_articles(articles, newsletter, request, last_seq=0, sent=(), now=site.now)
    if selection.is_empty:
        return []
    links = () if newsletter.is_on_publish else selection.links[:_MOST_LINKS]
    return [Selection(articles=selection.articles, links=links)]


def number_articles(site: SiteReading, standing: Standing) -> Iterator[Article]:
    """The articles with what the database knows of them; one that no scan has seen is the newest."""
    for number, article in enumerate(site.public):
        known = standing.articles.get(article.path)
        if known is None or known[1] is None:
            identity = article.id if known is None else known[0]
            yield replace(article, id=identity, seq=_UNSEEN + number, seen_at=site.now)
        else:
            seen_at = datetime.fromisoformat(known[2]) if known[2] else None
            yield replace(article, id=known[0], seq=known[1], seen_at=seen_at)


def _look_outside(
    config: Config, rendered: RenderedIssue, selection: Selection, links: LinkChecker | None
) -> list[Finding]:
    """Files of pictures, and what is remembered of those of others; other servers only when they may be asked."""
    proof = make_proof(rendered, Facts("", "", ""))
    pictures = image_addresses(proof)
    known: dict[str, tuple[str, int | None]] = {**peek_pictures(config.database_path, pictures)}
    known |= read_local_pictures(config, selection.articles, pictures)
    weights = {address: size for address, (_, size) in known.items() if size is not None}
    findings: list[Finding] = []
    if not config.mail.images.has_copies:  # readers get JPEG or PNG then
        findings += check_kinds({address: kind for address, (kind, _) in known.items() if kind})
    if links is not None:
        targets = [link.get("href") or "" for link in proof.body.iter("a")]
        replies = links.ask([*targets, *pictures])
        findings += judge(replies)
        asked = {address: reply.size for address, reply in replies.items() if address in pictures}
        weights |= {address: size for address, size in asked.items() if size is not None}
    findings += check_weights(weights)
    return find_places(config, findings, selection.articles)


def _facts(
    config: Config, name: str, rendered: RenderedIssue, selection: Selection, bodies: Mapping[str, str]
) -> Facts:
    organisation = config.organisation
    if organisation is None:  # the config refuses a newsletter without one
        raise AssertionError("a newsletter without an organisation came through")
    return Facts(
        name=organisation.name,
        address=organisation.address,
        contact=organisation.contact,
        has_list_unsubscribe=_has_list_unsubscribe(config, name, rendered),
        own_words=_own_words(config, name, selection, bodies),
    )


def _own_words(config: Config, name: str, selection: Selection, bodies: Mapping[str, str]) -> str:
    """All that articles, configuration and sender say, as written and without the escapes of Markdown and HTML."""
    words = [config.site.title, config.site.description, config.newsletters[name].title, selection.intro]
    if selection.one_off is not None:
        words += [selection.one_off.title, selection.one_off.preheader]
    for article in (*selection.articles, *selection.links):
        words += [article.title, article.summary, article.url, article.email_subject or ""]
        words += [*article.tags, *article.categories, *(author.name for author in article.authors)]
        words += [article.image.url, article.image.alt, article.image.credit] if article.image else []
        words.append(bodies.get(article.id, ""))
    written = "\n".join(words)
    return written + "\n" + unescape(written).replace("\\", "")


def _has_list_unsubscribe(config: Config, name: str, rendered: RenderedIssue) -> bool:
    """In the bytes that would go out. What cannot be compiled is another rule's fault."""
    anybody = Personal("reader@example.com", "", "token", "check@example.com", datetime(2026, 1, 1, tzinfo=UTC))
    try:
        message = compile_issue(rendered, make_letterhead(config, name, "check")).splice(anybody)
    except (TemplateError, ValueError):
        return True
    return b"\r\nlist-unsubscribe:" in message.partition(b"\r\n\r\n")[0].lower()
