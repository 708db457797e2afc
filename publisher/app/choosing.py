"""The verbs of a reader who chooses on their own page: newsletters begin and end, and all else changes, at once.

Their link is in the mails that only they get, so there is nothing to ask by mail: choosing is asking and confirming.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from publisher.app.consent import CONFIRM_WITHIN
from publisher.app.context import Context
from publisher.app.preferences import check_preferences, save_checked
from publisher.app.queueing import queue_news
from publisher.app.standing import Step, take_step
from publisher.model.consent import Circumstances, ConsentEvent, Request, RequestKind
from publisher.model.notice import NoticeKind
from publisher.model.preferences import Preferences
from publisher.model.subscriber import Subscriber, SubscriberState
from publisher.storage import consents
from publisher.storage import subscribers as rows
from publisher.storage.database import Connection


@dataclass(frozen=True, slots=True)
class Ticks:
    """Of the newsletters `offered`, those in `wanted` begin and the others end; what was not offered stays as it is."""

    wanted: Collection[str]
    offered: Collection[str]


def choose_newsletters(context: Context, subscriber_id: int, ticks: Ticks, told: Circumstances) -> Subscriber | None:
    """Returns the person as they are then; None when there is nobody any more.

    Nothing begins where nobody may write to.
    """
    with context.database.write() as connection:
        person = _find(connection, subscriber_id)
        return _choose(context, connection, person, (ticks, told)) if person else None


def choose_all(
    context: Context, subscriber_id: int, preferences: Preferences, ticks: Ticks, told: Circumstances
) -> Subscriber | None:
    """`change_preferences` and `choose_newsletters` in one: all of what a page says, or nothing.

    Raises UsageError for what nobody can choose.
    """
    checked = check_preferences(context, subscriber_id, preferences)
    with context.database.write() as connection:
        person = _find(connection, subscriber_id)
        if person is None:
            return None
        save_checked(context, connection, subscriber_id, checked)
        return _choose(context, connection, person, (ticks, told))


def _find(connection: Connection, subscriber_id: int) -> Subscriber | None:
    person = rows.find_by_id(connection, subscriber_id)
    return None if person is None or person.state is SubscriberState.FORGOTTEN else person


def _choose(
    context: Context, connection: Connection, person: Subscriber, what: tuple[Ticks, Circumstances]
) -> Subscriber:
    ticks, told = what
    known = [name for name in ticks.offered if name in context.config.newsletters]
    receives = set(person.newsletters) if person.state is SubscriberState.ACTIVE else set[str]()
    ended = [name for name in ticks.offered if name in receives and name not in ticks.wanted]
    begun = [name for name in known if name not in receives and name in ticks.wanted]
    if begun:  # first, so that whoever takes one for another is on the list all the time
        _begin(context, connection, person, (begun, told))
    if ended:
        take_step(context, connection, _now(connection, person), Step(ConsentEvent.LEFT, tuple(ended), told))
        gone = [name for name in ended if name in known and context.config.newsletters[name].goodbye]
        queue_news(context, connection, _now(connection, person), NoticeKind.GOODBYE, gone)
    return _now(connection, person)


def _begin(context: Context, connection: Connection, person: Subscriber, what: tuple[list[str], Circumstances]) -> None:
    if person.state is SubscriberState.SUPPRESSED:
        return
    (names, told), now = what, context.clock()
    take_step(context, connection, person, Step(ConsentEvent.ASKED, tuple(names), told))
    request = Request(0, RequestKind.SUBSCRIBE, person.id, person.email, tuple(names), now, now + CONFIRM_WITHIN)
    request = replace(request, id=consents.add_request(connection, request))
    take_step(context, connection, _now(connection, person), Step(ConsentEvent.CONFIRMED, tuple(names), told))
    consents.end_request(connection, request.id, now)
    welcomed = [name for name in names if context.config.newsletters[name].welcome]
    queue_news(context, connection, _now(connection, person), NoticeKind.WELCOME, welcomed)


def _now(connection: Connection, person: Subscriber) -> Subscriber:
    return rows.find_by_id(connection, person.id) or person
