"""Where a person stands: read from the rows, changed by one event, written back with a line in their log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from publisher import tokens
from publisher.addresses import identity_key
from publisher.app.context import Context
from publisher.app.preferences import plan_anew
from publisher.model.consent import Circumstances, ConsentEntry, ConsentEvent, RequestKind
from publisher.model.subscriber import Subscriber, SubscriberState
from publisher.storage import articles, consents
from publisher.storage import subscribers as rows
from publisher.storage.database import Connection
from publisher.subscribers.consent import Standing, decide

UNDO_WITHIN = timedelta(days=7)
_LONGEST_TEXT = 2000  # characters of a line in the log


@dataclass(frozen=True, slots=True)
class Step:
    """What happens to somebody's consent; for LEFT no newsletter means all."""

    event: ConsentEvent
    newsletters: tuple[str, ...]
    circumstances: Circumstances


def load_standing(context: Context, connection: Connection, person: Subscriber) -> Standing:
    now = context.clock()
    asked = {
        name
        for request in consents.open_requests(connection, person.id, now)
        if request.kind is RequestKind.SUBSCRIBE
        for name in request.newsletters
    }
    return Standing(
        state=person.state,
        receives=frozenset(person.newsletters),
        left=frozenset(rows.ended_newsletters(connection, person.id)),
        asked=frozenset(asked),
        is_barred=is_barred(context, connection, person.email),
    )


def take_step(context: Context, connection: Connection, person: Subscriber, step: Step) -> Standing:
    """Decide, write, log. What changes nothing is not logged, but for a question, which is news to its asker."""
    before, after = change_standing(context, connection, person, step)
    if after == before and step.event is not ConsentEvent.ASKED:
        return after
    changed = (after.receives ^ before.receives) | (after.asked - before.asked)
    log(context, connection, person.id, replace(step, newsletters=tuple(sorted(changed)) or step.newsletters))
    return after


def change_standing(
    context: Context, connection: Connection, person: Subscriber, step: Step
) -> tuple[Standing, Standing]:
    """Decide and write; whoever calls it logs. Returns how things stood and how they stand."""
    before = load_standing(context, connection, person)
    after = decide(before, step.event, step.newsletters)
    if after != before or step.event is ConsentEvent.ASKED:
        _write(context, connection, person, _Change(before, after, step.event))
    return before, after


def log(context: Context, connection: Connection, subscriber_id: int, step: Step) -> None:
    """A line in somebody's log, as `subscribers.network` wants it."""
    told = step.circumstances
    kept = Circumstances(
        how=told.how[:_LONGEST_TEXT],
        wording=told.wording[:_LONGEST_TEXT],
        page=told.page[:_LONGEST_TEXT],
        network=_keep_network(context, told.network[:_LONGEST_TEXT]),
        reason=told.reason[:_LONGEST_TEXT],
    )
    consents.record(connection, subscriber_id, ConsentEntry(context.clock(), step.event, step.newsletters, kept))


def barred_hashes(context: Context, email: str) -> list[str]:
    """Under which a forgotten address may be kept: one for each key, the present one first."""
    return [tokens.keyed_hash(key, "forgotten", identity_key(email)) for key in context.keys]


def is_barred(context: Context, connection: Connection, email: str) -> bool:
    """Whether this address was forgotten, so that no file may bring it back."""
    return bool(find_barred(context, connection, [email]))


def find_barred(context: Context, connection: Connection, emails: Sequence[str]) -> set[str]:
    """Those of `emails` that were forgotten."""
    if not emails or not consents.has_barred(connection):  # without anybody to know again, no key need be there
        return set()
    hashes = {hash_: email for email in emails for hash_ in barred_hashes(context, email)}
    return {hashes[hash_] for hash_ in consents.find_barred(connection, list(hashes))}


@dataclass(frozen=True, slots=True)
class _Change:
    before: Standing
    after: Standing
    event: ConsentEvent


def _write(context: Context, connection: Connection, person: Subscriber, change: _Change) -> None:
    before, after, now = change.before, change.after, context.clock()
    rows.unsubscribe(connection, person.id, sorted(before.receives - after.receives), now)
    started = sorted(after.receives - before.receives)
    if change.event is ConsentEvent.UNDONE:  # nothing that was published in between is missed
        resumed = rows.resume(connection, person.id, started, now - UNDO_WITHIN)
        plan_anew(context, connection, person.id, resumed, has_missed=True)
    else:
        if started and before.state is SubscriberState.UNSUBSCRIBED:  # a new beginning, and not after some weeks
            rows.change(connection, person.id, {"paused_until": None})
        rows.subscribe(connection, person.id, started, articles.last_seq(connection), now)
        plan_anew(context, connection, person.id, started)
    if change.event is ConsentEvent.LIFTED:  # as who joins now, and not half a year of articles in one mail
        going_on = sorted(after.receives)
        rows.catch_up(connection, person.id, going_on, articles.last_seq(connection))
        plan_anew(context, connection, person.id, going_on)
    if after.state is not before.state:
        rows.change(connection, person.id, {"state": after.state})
    if before.is_barred and not after.is_barred:
        consents.unbar(connection, barred_hashes(context, person.email))
    _settle_requests(context, connection, person, change)


def _settle_requests(context: Context, connection: Connection, person: Subscriber, change: _Change) -> None:
    """Open requests are about what is still asked for, so that no link brings back what somebody has left since."""
    now = context.clock()
    for request in consents.open_requests(connection, person.id, now):
        wanted = [name for name in request.newsletters if name in change.after.asked]
        if request.kind is not RequestKind.SUBSCRIBE or len(wanted) == len(request.newsletters):
            continue
        if wanted:
            consents.narrow_request(connection, request.id, wanted)
        elif change.event is ConsentEvent.CONFIRMED:  # its link says that all is well
            consents.end_request(connection, request.id, now)
        else:
            consents.drop_request(connection, request.id)


def _keep_network(context: Context, network: str) -> str:
    keep = context.config.subscribers.network
    if not network or keep == "none":
        return ""
    return network if keep == "plain" else tokens.keyed_hash(context.key, "network", network)
