"""Notices written down for somebody, to be mailed by `deliver_notices`."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.app.context import Context
from publisher.model.consent import Request
from publisher.model.notice import Notice, NoticeKind
from publisher.model.subscriber import Subscriber
from publisher.storage import notices
from publisher.storage.database import Connection


def queue_request(context: Context, connection: Connection, request: Request, kind: NoticeKind) -> None:
    """Ask the owner of the address; the same request is mailed once."""
    notice = Notice(
        id=0,
        kind=kind,
        key=f"{kind}:{request.id}",
        subscriber_id=request.subscriber_id,
        newsletters=request.newsletters,
        email=request.email,
        name=request.name,
        language=request.language,
        request_id=request.id,
    )
    notices.add_notice(connection, notice, context.clock())


def queue_news(
    context: Context, connection: Connection, person: Subscriber, kind: NoticeKind, newsletters: Sequence[str]
) -> None:
    """Tell somebody what has changed, at the address that `person` has; nothing where no newsletter is left."""
    names = tuple(name for name in newsletters if name in context.config.newsletters)
    if not names:
        return
    now = context.clock()
    notice = Notice(
        id=0,
        kind=kind,
        key=f"{kind}:{person.id}:{now.isoformat()}",
        subscriber_id=person.id,
        newsletters=names,
        email=person.email,
        name=person.name,
        language=person.language,
    )
    notices.add_notice(connection, notice, now)
