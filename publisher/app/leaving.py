"""The verbs of a reader who leaves: unsubscribe, at once, and undo.

In the middle of a send too: a delivery asks again at its start whether its reader still wants it.
"""

from __future__ import annotations

from dataclasses import dataclass

from publisher import tokens
from publisher.app.context import Context
from publisher.app.queueing import queue_news
from publisher.app.standing import UNDO_WITHIN, Step, take_step
from publisher.model.consent import Circumstances, ConsentEvent
from publisher.model.notice import NoticeKind
from publisher.model.subscriber import Subscriber
from publisher.storage import subscribers as rows
from publisher.storage.database import Connection


@dataclass(frozen=True, slots=True)
class Departure:
    """`newsletter` is that of the token, empty without one; `changed` are those that ended, or were taken up, now.

    Nothing changed: it was so before, which is as good. `person` is as they are now.
    """

    person: Subscriber
    newsletter: str
    changed: tuple[str, ...]


def find_reader(context: Context, purpose: str, token: str) -> tuple[Subscriber, str] | None:
    """Whose link this is, and of which newsletter, for a page that only shows; None: it is not of ours, or was a test.

    A newsletter that is not in the config any more can be left all the same.
    """
    with context.database.read() as connection:
        return _find_reader(context, connection, purpose, token)


def unsubscribe(
    context: Context, token: str, circumstances: Circumstances, *, everything: bool = False
) -> Departure | None:
    """End the subscription that the token names, or all. Twice is as good as once; None for no token of ours."""
    with context.database.write() as connection:
        found = _find_reader(context, connection, tokens.UNSUBSCRIBE, token)
        if found is None:
            return None
        person, newsletter = found
        return leave(context, connection, person, ("" if everything else newsletter, newsletter), circumstances)


def unsubscribe_address(
    context: Context, email: str, newsletter: str, circumstances: Circumstances
) -> Departure | None:
    """As `unsubscribe`, for a mail that asks for it; an empty newsletter means all. None: nobody has this address."""
    with context.database.write() as connection:
        person = rows.find_by_email(connection, email)
        if person is None:
            return None
        return leave(context, connection, person, (newsletter, newsletter), circumstances)


def undo_unsubscribe(context: Context, token: str, circumstances: Circumstances) -> Departure | None:
    """Take up again what ended with the token's newsletter, for a week, as if it had never ended.

    None for no token of ours; nothing changes when it is too late, or the address must not be written to.
    """
    with context.database.write() as connection:
        found = _find_reader(context, connection, tokens.UNSUBSCRIBE, token)
        if found is None:
            return None
        person, newsletter = found
        ended = {item.newsletter: item.ended_at for item in rows.find_subscriptions(connection, person.id)}
        moment = ended.get(newsletter)
        if moment is None or moment <= context.clock() - UNDO_WITHIN:
            return Departure(person, newsletter, ())
        together = tuple(name for name, when in ended.items() if when == moment)
        take_step(context, connection, person, Step(ConsentEvent.UNDONE, together, circumstances))
        return _compare(connection, person, newsletter)


def _find_reader(context: Context, connection: Connection, purpose: str, token: str) -> tuple[Subscriber, str] | None:
    subscriber_id = tokens.verify_subscriber(context.keys, purpose, token)
    person = rows.find_by_id(connection, subscriber_id) if subscriber_id else None
    if person is None:
        return None
    theirs = [item.newsletter for item in rows.find_subscriptions(connection, person.id)]
    found = tokens.verify(context.keys, purpose, token, [*context.config.newsletters, *theirs])
    return (person, found[1]) if found else None


def leave(
    context: Context,
    connection: Connection,
    person: Subscriber,
    names: tuple[str, str],
    circumstances: Circumstances,
) -> Departure:
    """Within a transaction of the caller's. `names`: what to end, and what to say that it was about."""
    wanted, newsletter = names
    step = Step(ConsentEvent.LEFT, (wanted,) if wanted else (), circumstances)
    take_step(context, connection, person, step)
    departure = _compare(connection, person, newsletter)
    told = [name for name in departure.changed if name in context.config.newsletters]
    told = [name for name in told if context.config.newsletters[name].goodbye]
    queue_news(context, connection, departure.person, NoticeKind.GOODBYE, told)
    return departure


def _compare(connection: Connection, before: Subscriber, newsletter: str) -> Departure:
    after = rows.find_by_id(connection, before.id) or before
    return Departure(after, newsletter, tuple(sorted(set(before.newsletters) ^ set(after.newsletters))))
