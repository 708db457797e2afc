"""The verb of a reader who chooses newsletters on their own page: some begin, some end, at once.

Their link is in the mails that only they get, so there is nothing to ask by mail: choosing is asking and confirming.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from publisher.app.consent import CONFIRM_WITHIN
from publisher.app.context import Context
from publisher.app.queueing import queue_news
from publisher.app.standing import Step, take_step
from publisher.model import Circumstances, ConsentEvent, NoticeKind, Request, RequestKind, Subscriber, SubscriberState
from publisher.storage import consents
from publisher.storage import subscribers as rows
from publisher.storage.database import Connection


def choose_newsletters(
    context: Context, subscriber_id: int, wanted: Collection[str], offered: Collection[str], told: Circumstances
) -> Subscriber | None:
    """Of the newsletters `offered`, those in `wanted` begin and the others end; what was not offered stays as it is.

    Returns the person as they are then; None when there is nobody any more. Nothing begins where nobody may write to.
    """
    known = [name for name in offered if name in context.config.newsletters]
    with context.database.write() as connection:
        person = rows.find_by_id(connection, subscriber_id)
        if person is None or person.state is SubscriberState.FORGOTTEN:
            return None
        receives = set(person.newsletters) if person.state is SubscriberState.ACTIVE else set[str]()
        ended = [name for name in offered if name in receives and name not in wanted]
        begun = [name for name in known if name not in receives and name in wanted]
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
