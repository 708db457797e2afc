"""Whether a notice may still go out. Pure."""

from __future__ import annotations

from datetime import datetime

from publisher.model.consent import Request
from publisher.model.notice import Notice, NoticeKind
from publisher.model.subscriber import Subscriber, SubscriberState


def is_wanted(notice: Notice, person: Subscriber | None, request: Request | None, now: datetime) -> bool:
    """Things may have changed since it was written down: what it says must be true when it leaves."""
    if person is None or person.state is SubscriberState.FORGOTTEN:
        return False
    if person.state is SubscriberState.SUPPRESSED and notice.kind is not NoticeKind.ADDRESS_CHANGE:
        return False  # another address is another matter
    receives = set(person.newsletters) if person.state is SubscriberState.ACTIVE else set[str]()
    match notice.kind:
        case NoticeKind.CONFIRM | NoticeKind.ADDRESS_CHANGE:
            return request is not None and request.done_at is None and request.expires_at > now
        case NoticeKind.WELCOME:
            return set(notice.newsletters) <= receives
        case NoticeKind.GOODBYE:
            return not set(notice.newsletters) & receives
        case NoticeKind.ADDRESS_CHANGED:
            return person.email != notice.email
