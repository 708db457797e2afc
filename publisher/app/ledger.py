"""The verbs over the ledger: pause, resume, try again, list, resolve, and who has been missed.

All may be run twice, and beside a sender: it looks at the issue again before every message it starts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from publisher.app.context import Context
from publisher.app.issuing import get_issue
from publisher.delivery.refusals import classify
from publisher.errors import UsageError
from publisher.model.delivery import DeliveryState, FailureClass
from publisher.model.issue import Issue, IssueState
from publisher.model.message import Outcome, Receipt
from publisher.storage import bounces, rates
from publisher.storage import issues as issue_rows
from publisher.storage import ledger as rows
from publisher.storage.database import Connection
from publisher.storage.ledger import Entry, Missing
from publisher.storage.retention import has_removed

_MOST_NAMED = 500  # addresses in one command; more are all of them


def pause(context: Context, issue_id: int) -> Issue:
    """Nothing more of it starts; what is on its way is finished.

    Raises UsageError when it is not going out.
    """
    issue = get_issue(context, issue_id)
    with context.database.write() as connection:
        moved = issue_rows.move_state(connection, issue_id, issue_rows.LIVE_STATES, IssueState.PAUSED)
    after = get_issue(context, issue_id)
    if not moved and after.state is not IssueState.PAUSED:
        raise UsageError(f"issue {issue_id} is {issue.state.value}; only one that is going out can be paused")
    return after


def resume(context: Context, issue_id: int) -> Issue:
    """A paused issue goes on with the next pass. If trouble has paused it, nothing it has led to is waited for.

    Raises UsageError when it is neither paused nor going out.
    """
    has_trouble = get_issue(context, issue_id).pause_reason
    with context.database.write() as connection:
        if rows.resume(connection, issue_id) and has_trouble:
            _begin_anew(connection, issue_id, context.clock())
    issue = get_issue(context, issue_id)
    if issue.state not in issue_rows.LIVE_STATES:
        raise UsageError(f"issue {issue_id} is {issue.state.value}; only a paused one can go on")
    return issue


def retry(context: Context, issue_id: int) -> tuple[Issue, int]:
    """What was put off or has failed is due at once, and no provider is left alone; returns the issue and the number of
    deliveries.

    Raises UsageError for a draft and a cancelled issue.
    """
    _refuse_closed(get_issue(context, issue_id), "tried again")
    with context.database.write() as connection:
        states = [DeliveryState.DEFERRED, DeliveryState.FAILED]
        number = rows.requeue(connection, issue_id, states, context.clock())
        bounces.forget_refusals(connection, issue_id)  # the next answers take their place
        number += _begin_anew(connection, issue_id, context.clock())
    return get_issue(context, issue_id), number


def _begin_anew(connection: Connection, issue_id: int, now: datetime) -> int:
    """A relay that refused everybody has closed providers that had no part in it. Those that had will say so again.

    Returns how many deliveries were to wait for that.
    """
    rates.reopen_all(connection)
    return rows.bring_back(connection, issue_id, now, now)


def iterate_deliveries(context: Context, issue_id: int, states: Collection[DeliveryState]) -> Iterator[Entry]:
    """Every delivery of the issue, or those in `states`.

    Raises UsageError when there is no such issue.
    """
    get_issue(context, issue_id)
    return rows.iterate_entries(context.database, issue_id, states)


def resolve(context: Context, issue_id: int, addresses: Sequence[str], *, resend: bool) -> tuple[Issue, int]:
    """Send uncertain messages again, under the same Message-ID and date, or let them be; all, or those of `addresses`.

    Returns the issue and the number of deliveries. Raises UsageError for an address that the issue did not go to, and
    then nothing has changed.
    """
    issue = get_issue(context, issue_id)
    if resend:
        _refuse_closed(issue, "sent again")
    now = context.clock()
    with context.database.write() as connection:
        only = _find_ids(connection, issue_id, addresses) if addresses else None
        if resend:
            number = rows.requeue(connection, issue_id, [DeliveryState.UNCERTAIN], now, only)
        else:
            number = rows.dismiss(connection, issue_id, now, only)
    return get_issue(context, issue_id), number


def iterate_missed(context: Context, issue_id: int) -> Iterator[tuple[Missing, str]]:
    """Who has no accepted message of the issue, each with the reason.

    Raises UsageError when there is no such issue, or its rows are past `delivery.keep`.
    """
    issue = get_issue(context, issue_id)
    with context.database.read() as connection:
        if has_removed(connection, issue_id):
            raise UsageError(f"issue {issue_id} is older than delivery.keep: who had it is not known any more")
    return ((item, explain(issue, item)) for item in rows.iterate_missing(context.database, issue_id))


def explain(issue: Issue, item: Missing) -> str:
    """Why somebody has not got the issue, in a few words."""
    if item.state is None:
        if item.since is not None and item.since > issue.created_at:
            return "subscribed after it was made"
        return "it has not been approved" if issue.state is IssueState.DRAFT else "was not among its readers"
    if item.state in {DeliveryState.QUEUED, DeliveryState.CLAIMED, DeliveryState.SENDING}:
        return "its turn has not come" if issue.state in issue_rows.LIVE_STATES else f"the issue is {issue.state.value}"
    if item.state is DeliveryState.UNCERTAIN:
        return f"not known whether it was accepted: {item.reply}"
    if item.state is DeliveryState.SUPPRESSED:
        return item.reply
    if item.state is DeliveryState.BOUNCED:
        return f"came back: {item.reply}"
    word = "put off" if item.state is DeliveryState.DEFERRED else "failed"
    answer = f"{item.code} {item.reply}" if item.code else item.reply
    return f"{word} ({find_class(item.state, item.code, item.reply)}): {answer}"


def class_of(entry: Entry) -> FailureClass | None:
    """What stood in the way of a delivery; None where nothing did."""
    enhanced = entry.tries[-1].enhanced if entry.tries else ""
    return find_class(entry.state, entry.code, entry.reply, enhanced)


def find_class(state: DeliveryState, code: int, reply: str, enhanced: str = "") -> FailureClass | None:
    """The same of a state and the last answer."""
    if state not in {DeliveryState.DEFERRED, DeliveryState.FAILED, DeliveryState.UNCERTAIN}:
        return None
    return classify(Receipt(Outcome(state.value), code, reply, enhanced=enhanced))


def _refuse_closed(issue: Issue, what: str) -> None:
    if issue.state in {IssueState.DRAFT, IssueState.CANCELLED}:
        raise UsageError(f"issue {issue.id} is {issue.state.value}; nothing of it can be {what}")


def _find_ids(connection: Connection, issue_id: int, addresses: Sequence[str]) -> list[int]:
    if len(addresses) > _MOST_NAMED:
        raise UsageError(f"more than {_MOST_NAMED} addresses; name fewer, or none for all")
    found = rows.find_readers(connection, issue_id, addresses)
    strangers = [address for address in addresses if address not in found]
    if strangers:
        raise UsageError(f"issue {issue_id} did not go to {', '.join(strangers[:5])}; nothing was changed")
    return list(found.values())
