"""An issue is made: rendered once for each variant, looked at, and stored with its audience in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set

from publisher.app.audiences import Divider, NewIssue, Portion
from publisher.app.bodies import load_bodies
from publisher.app.context import Context
from publisher.app.letters import check_letter, render
from publisher.app.linting import find_faults, refuse_errors
from publisher.app.pictures import load_facts
from publisher.app.places import find_places
from publisher.issues.variants import Variant, gather_articles
from publisher.mail.lint.check import in_order
from publisher.mail.lint.finding import Finding
from publisher.mail.lint.images import check_kinds, check_weights
from publisher.mail.personal import show_subject
from publisher.mail.pictures import find_addresses
from publisher.model.issue import Issue, IssueState, Selection
from publisher.model.rendered import RenderedIssue
from publisher.storage import issues as issue_rows
from publisher.storage import letters, newsletters
from publisher.storage.audience import Audience, freeze_shares
from publisher.storage.database import Connection

_MOST_TRIES = 3  # while readers change their minds; who does so after that gets the next issue


class _Stale(Exception):
    """Readers have changed between planning and storing. Never leaves this module."""


def create_issue(context: Context, new: NewIssue, warn: Callable[[str], None] | None = None) -> Issue | None:
    """Render, look for faults, then store issue, articles, variants and audience in one transaction.

    `warn` is given each warning of the lint; without it they are notes to the person.
    None when there is nothing in it for anybody (any more): in the meantime another process issued it.
    Raises TemplateError, IssueRefused; then nothing has changed and the next run tries again.
    """
    divider = Divider(context.config, new, context.clock())
    rendered: dict[str, RenderedIssue] = {}
    warnings: dict[str, None] = {}
    issue_id = None
    for tries in range(_MOST_TRIES):
        with context.database.read() as connection:
            portions = [] if new.hold else divider.load(connection)
        for variant in [divider.whole] if new.hold else [variant for variant, _ in divider.rank(portions)]:
            if variant.key not in rendered:
                rendered[variant.key], found = _render(context, new.newsletter, variant)
                warnings |= dict.fromkeys(found)
        if not rendered:
            return None
        try:
            issue_id = _store(context, new, divider, rendered, is_last=tries + 1 == _MOST_TRIES)
        except _Stale:
            continue
        break
    if issue_id is None:
        return None
    for warning in warnings:
        (warn or context.reporter.note)(warning)
    with context.database.read() as connection:
        return issue_rows.get_issue(connection, issue_id)


def inspect(context: Context, name: str, selection: Selection, rendered: RenderedIssue) -> list[Finding]:
    """What the lint finds in an issue; asks no other server."""
    found = find_faults(context.config, name, rendered, selection, load_bodies(context, selection.articles))
    return in_order(
        [*found, *_inspect_pictures(context, selection, rendered)], context.config.newsletters[name].lint.ignore
    )


def move_on(context: Context, new: NewIssue) -> None:
    """Nothing of it is sent: its readers are as far as if it had been, and those who were due are due again later."""
    divider = Divider(context.config, new, context.clock())
    with context.database.write() as connection:
        portions = [Portion(one.group, one.readers, None) for one in divider.load(connection)]
        _freeze(connection, None, divider, portions)


def add_audience(context: Context, issue_id: int, new: NewIssue) -> bool:
    """The readers of a draft, each with what they choose of it.

    False when it is no draft any more. Raises TemplateError, IssueRefused.
    """
    divider = Divider(context.config, new, context.clock())
    rendered: dict[str, RenderedIssue] = {}
    with context.database.read() as connection:
        planned = divider.rank(divider.load(connection))
    for variant, _ in planned:
        if variant.key != new.key:
            rendered[variant.key], _ = _render(context, new.newsletter, variant)
    with context.database.write() as connection:
        if not issue_rows.move_state(connection, issue_id, [IssueState.DRAFT], IssueState.FROZEN):
            return False
        portions = _those_made(divider.load(connection), {*rendered, new.key})
        for variant, _ in divider.rank(portions):
            if variant.key != new.key:
                issue_rows.add_variant(connection, issue_id, variant.key, rendered[variant.key])
        _freeze(connection, issue_id, divider, portions)
    return True


def _render(context: Context, name: str, variant: Variant) -> tuple[RenderedIssue, list[str]]:
    rendered = render(context, name, variant.selection, template=variant.template, language=variant.language)
    check_letter(context.config, name, rendered)
    return rendered, refuse_errors(name, inspect(context, name, variant.selection, rendered))


def _inspect_pictures(context: Context, selection: Selection, rendered: RenderedIssue) -> list[Finding]:
    """By what was remembered when the issue was rendered."""
    known = load_facts(context, find_addresses(rendered.html))
    found = [*check_kinds({url: fact.kind for url, fact in known.items()})]
    found += check_weights({url: fact.size for url, fact in known.items() if fact.size is not None})
    return find_places(context.config, found, selection.articles)


def _store(
    context: Context, new: NewIssue, divider: Divider, rendered: Mapping[str, RenderedIssue], *, is_last: bool
) -> int | None:
    with context.database.write() as connection:
        if _is_issued(connection, new):
            return None
        portions: list[Portion] = []
        variants = [divider.whole]
        if not new.hold:
            portions = divider.load(connection)
            if not is_last and any(one.variant and one.variant.key not in rendered for one in portions):
                raise _Stale
            portions = _those_made(portions, rendered)
            variants = [variant for variant, _ in divider.rank(portions)]
        if not variants:
            return None
        if new.occurrence and not newsletters.spend_occurrence(connection, new.newsletter, new.occurrence):
            return None
        issue_id = _add_issue(context, connection, new, [(variant, rendered[variant.key]) for variant in variants])
        if new.selection.one_off is not None:
            letters.add_letter(connection, issue_id, new.selection.one_off, new.selection.intro)
        elif new.selection.intro.strip():
            letters.add_introduction(connection, issue_id, new.selection.intro)
        if new.pass_to is not None and new.audience is Audience.SCHEDULE:
            newsletters.pass_articles(connection, new.newsletter, new.pass_to)
        _freeze(connection, issue_id, divider, portions)
    return issue_id


def _add_issue(
    context: Context, connection: Connection, new: NewIssue, variants: Sequence[tuple[Variant, RenderedIssue]]
) -> int:
    first, rendered = variants[0]
    issue = Issue(
        id=0,
        newsletter=new.newsletter,
        state=IssueState.DRAFT if new.hold else IssueState.FROZEN,
        template=first.template,
        subject=show_subject(rendered),
        created_at=context.clock(),
        occurrence=new.occurrence.key if new.occurrence else None,
    )
    everything = gather_articles([variant for variant, _ in variants])
    is_own = new.audience is Audience.DUE
    issue_id = issue_rows.add_issue(connection, issue, everything, rendered, key=first.key, is_own=is_own)
    for variant, other in variants[1:]:
        issue_rows.add_variant(connection, issue_id, variant.key, other)
    return issue_id


def _freeze(connection: Connection, issue_id: int | None, divider: Divider, portions: Sequence[Portion]) -> None:
    freeze_shares(connection, issue_id, divider.readers, [divider.share(portion) for portion in portions])


def _those_made(portions: Sequence[Portion], made: Mapping[str, RenderedIssue] | Set[str]) -> list[Portion]:
    return [portion for portion in portions if portion.variant is None or portion.variant.key in made]


def _is_issued(connection: Connection, new: NewIssue) -> bool:
    """By another process, as a letter or a draft; of all else readers know what they have had."""
    one_off = new.selection.one_off
    if new.again:
        return False
    if one_off is not None:
        return letters.find_letter(connection, new.newsletter, one_off.sha256) is not None
    ids = {article.id for article in (*new.selection.articles, *new.selection.links)}
    return new.hold and bool(ids & issue_rows.sent_articles(connection, new.newsletter))
