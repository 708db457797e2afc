"""Rows of issues, what is in them, and their rendered variants."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Row, and_, func, insert, select, update
from sqlalchemy import case as sql_case

from publisher.model.delivery import DeliveryState
from publisher.model.issue import Counts, Issue, IssueState, Selection
from publisher.model.rendered import Embedded, RenderedIssue
from publisher.storage.connection import Connection
from publisher.storage.schema import (
    HELD_STATES,
    USE_HELD,
    USE_WAITING,
    articles,
    deliveries,
    embedded,
    is_held,
    is_waiting,
    issue_articles,
    issues,
    letters,
    removed_deliveries,
    variants,
)

_OWN = "own"
LIVE_STATES = (IssueState.FROZEN, IssueState.SENDING)


def add_issue(
    connection: Connection,
    issue: Issue,
    selection: Selection,
    rendered: RenderedIssue,
    *,
    key: str = "",
    is_own: bool = False,
) -> int:
    """Store a new issue with its articles and its first variant; returns its id (`issue.id` is not used).

    `is_own`: it goes to readers with a rhythm of their own, and says nothing of what the others have had.
    """
    statement = (
        insert(issues)
        .values(
            newsletter=issue.newsletter,
            state=issue.state,
            template=issue.template,
            subject=issue.subject,
            created_at=issue.created_at,
            occurrence=issue.occurrence,
            audience=_OWN if is_own else "",
        )
        .returning(issues.c.id)
    )
    issue_id = int(connection.execute(statement).scalar_one())
    parts = [(article.id, "full") for article in selection.articles]
    parts += [(article.id, "link") for article in selection.links]
    if parts:
        rows = [
            {"issue_id": issue_id, "article_id": id_, "position": position, "role": role}
            for position, (id_, role) in enumerate(parts)
        ]
        connection.execute(insert(issue_articles), rows)
    add_variant(connection, issue_id, key or rendered.language, rendered)
    return issue_id


def add_variant(connection: Connection, issue_id: int, key: str, rendered: RenderedIssue) -> None:
    connection.execute(
        insert(variants).values(
            issue_id=issue_id,
            key=key,
            language=rendered.language,
            marker=rendered.marker,
            subject=rendered.subject,
            text=zlib.compress(rendered.text.encode("utf-8")),
            html=zlib.compress(rendered.html.encode("utf-8")),
            fields=[list(field) for field in rendered.fields],
        )
    )
    _add_embedded(connection, issue_id, key, rendered)


def _add_embedded(connection: Connection, issue_id: int, key: str, rendered: RenderedIssue) -> None:
    rows = [
        {
            "issue_id": issue_id,
            "variant": key,
            "position": position,
            "url": picture.url,
            "kind": picture.kind,
            "content": picture.content,
        }
        for position, picture in enumerate(rendered.embedded)
    ]
    if rows:
        connection.execute(insert(embedded), rows)


def load_variant(connection: Connection, issue_id: int, key: str) -> RenderedIssue:
    row = connection.execute(select(variants).where(variants.c.issue_id == issue_id, variants.c.key == key)).one()
    return RenderedIssue(
        subject=row.subject,
        text=zlib.decompress(row.text).decode("utf-8"),
        html=zlib.decompress(row.html).decode("utf-8"),
        language=row.language,
        marker=row.marker,
        fields=tuple((name, fallback) for name, fallback in row.fields),
        embedded=_load_embedded(connection, issue_id, key),
    )


def _load_embedded(connection: Connection, issue_id: int, key: str) -> tuple[Embedded, ...]:
    query = (
        select(embedded.c.url, embedded.c.kind, embedded.c.content)
        .where(embedded.c.issue_id == issue_id, embedded.c.variant == key)
        .order_by(embedded.c.position)
    )
    return tuple(Embedded(row.url, row.kind, row.content) for row in connection.execute(query))


def variant_keys(connection: Connection, issue_id: int) -> list[str]:
    return list(connection.execute(select(variants.c.key).where(variants.c.issue_id == issue_id)).scalars())


def count_variants(connection: Connection, issue_id: int) -> list[tuple[str, str, int]]:
    """(language, subject, deliveries) of each variant, the largest first."""
    own = and_(deliveries.c.issue_id == variants.c.issue_id, deliveries.c.variant == variants.c.key)
    number = func.count(deliveries.c.subscriber_id)
    query = (
        select(variants.c.language, variants.c.subject, number)
        .outerjoin(deliveries, own)
        .where(variants.c.issue_id == issue_id)
        .group_by(variants.c.key, variants.c.language, variants.c.subject)
        .order_by(number.desc(), variants.c.key)
    )
    return [(row[0], row[1], row[2]) for row in connection.execute(query)]


def list_issues(connection: Connection, ids: Sequence[int] | None = None) -> list[Issue]:
    """Newest first, with their counts."""
    letter = func.coalesce(letters.c.file, "").label("letter")
    query = select(issues, letter).outerjoin(letters, letters.c.issue_id == issues.c.id).order_by(issues.c.id.desc())
    if ids is not None:
        query = query.where(issues.c.id.in_(ids))
    rows = connection.execute(query).all()
    counts = _counts(connection, [row.id for row in rows])
    return [_to_issue(row, counts.get(row.id, Counts())) for row in rows]


def get_issue(connection: Connection, issue_id: int) -> Issue | None:
    found = list_issues(connection, [issue_id])
    return found[0] if found else None


def article_titles(connection: Connection, issue_id: int) -> list[tuple[str, str, str]]:
    """(article id, title, role) in the order of the issue."""
    query = (
        select(articles.c.id, articles.c.title, issue_articles.c.role)
        .join(issue_articles, issue_articles.c.article_id == articles.c.id)
        .where(issue_articles.c.issue_id == issue_id)
        .order_by(issue_articles.c.position)
    )
    return [(row.id, row.title, row.role) for row in connection.execute(query)]


def sent_articles(connection: Connection, newsletter: str) -> set[str]:
    """Ids of all articles that stand in an issue of this newsletter, whatever became of the issue.

    Issues for readers with a rhythm of their own are theirs alone, and not counted.
    """
    query = (
        select(issue_articles.c.article_id)
        .join(issues, issues.c.id == issue_articles.c.issue_id)
        .where(issues.c.newsletter == newsletter, issues.c.audience == "")
    )
    return set(connection.execute(query).scalars())


def withheld_articles(connection: Connection, newsletter: str) -> tuple[set[str], set[str]]:
    """(ids that wait in a draft, ids whose issues were all cancelled)."""
    by_state: dict[bool | None, set[str]] = {True: set(), False: set(), None: set()}
    query = (
        select(issue_articles.c.article_id, issues.c.state)
        .join(issues, issues.c.id == issue_articles.c.issue_id)
        .where(issues.c.newsletter == newsletter, issues.c.audience == "")
    )
    for article_id, state in connection.execute(query):
        by_state[{IssueState.DRAFT: True, IssueState.CANCELLED: False}.get(state)].add(article_id)
    return by_state[True], by_state[False] - by_state[True] - by_state[None]


def count_drafts(connection: Connection, newsletter: str) -> int:
    is_draft = (issues.c.state == IssueState.DRAFT, issues.c.newsletter == newsletter)
    return int(connection.execute(select(func.count()).select_from(issues).where(*is_draft)).scalar_one())


def mailed_articles(connection: Connection) -> set[str]:
    """Ids of those in any issue of any newsletter, whatever has become of it."""
    return set(connection.execute(select(issue_articles.c.article_id).distinct()).scalars())


def move_state(connection: Connection, issue_id: int, expected: Sequence[IssueState], new: IssueState) -> bool:
    """Compare and set; False when the issue is in none of the `expected` states."""
    statement = update(issues).where(issues.c.id == issue_id, issues.c.state.in_(expected)).values(state=new)
    return connection.execute(statement).rowcount == 1


def pause(connection: Connection, issue_id: int, reason: str) -> bool:
    """Nothing of it starts until it is resumed; `reason` is for the person who may do that. False: it was not live."""
    statement = (
        update(issues)
        .where(issues.c.id == issue_id, issues.c.state.in_(LIVE_STATES))
        .values(state=IssueState.PAUSED, pause_reason=reason)
    )
    return connection.execute(statement).rowcount == 1


def live_newsletters(connection: Connection) -> dict[int, str]:
    """The newsletter of each issue that has something to send, oldest issue first."""
    query = select(issues.c.id, issues.c.newsletter).where(issues.c.state.in_(LIVE_STATES)).order_by(issues.c.id)
    return {row.id: row.newsletter for row in connection.execute(query)}


def open_issues(connection: Connection) -> list[Issue]:
    """Issues that are not over, newest first, with their counts."""
    states = [state for state in IssueState if state not in {IssueState.DONE, IssueState.CANCELLED}]
    ids = connection.execute(select(issues.c.id).where(issues.c.state.in_(states))).scalars()
    return list_issues(connection, list(ids))


def live_issues(connection: Connection, newsletter: str | None = None) -> list[int]:
    """Ids of the issues that have something to send, oldest first."""
    query = select(issues.c.id).where(issues.c.state.in_(LIVE_STATES)).order_by(issues.c.id)
    if newsletter is not None:
        query = query.where(issues.c.newsletter == newsletter)
    return list(connection.execute(query).scalars())


def finish_settled(connection: Connection) -> list[int]:
    """Every live issue with nothing left to do becomes done; returns their ids."""
    # Two questions, because each has an index of its own; one would read every row of a mailing to find the last.
    is_settled = ~_has_delivery(is_waiting, USE_WAITING) & ~_has_delivery(is_held, USE_HELD)
    statement = update(issues).where(issues.c.state.in_(LIVE_STATES), is_settled).values(state=IssueState.DONE)
    return list(connection.execute(statement.returning(issues.c.id)).scalars())


def list_unsettled(connection: Connection) -> list[int]:
    """Done issues in which something waits after all.

    A sender that takes a refusal off its readers may be slower than another that has just called the issue done.
    """
    query = select(issues.c.id).where(issues.c.state == IssueState.DONE, _has_delivery(is_waiting, USE_WAITING))
    return list(connection.execute(query.order_by(issues.c.id)).scalars())


def reopen_unsettled(connection: Connection) -> int:
    """Those go on; returns how many."""
    statement = update(issues).where(issues.c.state == IssueState.DONE, _has_delivery(is_waiting, USE_WAITING))
    return connection.execute(statement.values(state=IssueState.SENDING)).rowcount


def last_issue_at(connection: Connection, newsletter: str) -> datetime | None:
    query = select(func.max(issues.c.created_at)).where(issues.c.newsletter == newsletter)
    return connection.execute(query).scalar_one_or_none()


def _has_delivery(condition: ColumnElement[bool], hint: str) -> ColumnElement[bool]:
    own = select(deliveries.c.subscriber_id).where(deliveries.c.issue_id == issues.c.id, condition)
    return own.with_hint(deliveries, hint, "sqlite").correlate(issues).exists()


def _counts(connection: Connection, ids: Sequence[int]) -> dict[int, Counts]:
    if not ids:
        return {}
    # What a sender holds at this moment is shown as queued: it is not settled yet.
    state = sql_case((deliveries.c.state.in_(HELD_STATES), DeliveryState.QUEUED), else_=deliveries.c.state)
    query = (
        select(deliveries.c.issue_id, state.label("shown"), func.count().label("number"))
        .where(deliveries.c.issue_id.in_(ids))
        .group_by(deliveries.c.issue_id, "shown")
    )
    gone = select(removed_deliveries).where(removed_deliveries.c.issue_id.in_(ids))
    by_issue: dict[int, Counter[str]] = {}
    for issue_id, shown, number in [*connection.execute(query), *connection.execute(gone)]:
        by_issue.setdefault(issue_id, Counter())[shown] += number
    return {issue_id: Counts(**numbers) for issue_id, numbers in by_issue.items()}


def _to_issue(row: Row[tuple[object, ...]], counts: Counts) -> Issue:
    return Issue(
        id=row.id,
        newsletter=row.newsletter,
        state=IssueState(row.state),
        template=row.template,
        subject=row.subject,
        created_at=row.created_at,
        occurrence=row.occurrence,
        letter=row.letter,
        pause_reason=(row.pause_reason or "") if row.state == IssueState.PAUSED else "",
        counts=counts,
    )
