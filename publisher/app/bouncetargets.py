"""Whom a report is about, as far as it proves that."""

from __future__ import annotations

import re
from dataclasses import dataclass

from publisher import tokens
from publisher.addresses import identity_key
from publisher.app.context import Context
from publisher.model.bounce import Bounce, BounceKind
from publisher.model.delivery import DeliveryState
from publisher.model.notice import Notice
from publisher.model.subscriber import SubscriberState
from publisher.storage import bounces as rows
from publisher.storage import notices, subscribers
from publisher.storage.database import Connection

_HELD = {DeliveryState.CLAIMED, DeliveryState.SENDING}
_DELIVERY_KEY = re.compile(r"([1-9][0-9]{0,17})-([1-9][0-9]{0,17})", re.ASCII)
_NOTICE_KEY = re.compile(r"notice-([1-9][0-9]{0,17})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Target:
    """Any part may be unknown. `newsletter` is the one that its token names.

    `is_confirmed`: the owner of the address has said yes to mail once, or nobody has asked them.
    """

    issue_id: int | None = None
    subscriber_id: int | None = None
    email: str = ""
    newsletter: str = ""
    notice: Notice | None = None
    is_confirmed: bool = True

    @property
    def delivery(self) -> tuple[int, int] | None:
        if self.issue_id is None or self.subscriber_id is None:
            return None
        return self.issue_id, self.subscriber_id

    @property
    def mail(self) -> str:
        """What was sent, in words; empty when that is not known."""
        if self.notice is not None:
            return f"{self.notice.kind} notice"
        return f"issue {self.issue_id}" if self.issue_id else ""


def find_target(context: Context, connection: Connection, bounce: Bounce) -> Target:
    """By the signed address; by token or address together with the Message-ID; by what a trusted reporter says."""
    if bounce.delivery is not None and rows.find_state(connection, bounce.delivery) is not None:
        return _name(connection, *bounce.delivery)
    notice = notices.find_notice(connection, bounce.notice) if bounce.notice is not None else None
    if notice is not None:
        return _of_notice(connection, notice)
    return _by_token(context, connection, bounce) or _by_message_id(connection, bounce) or _by_word(connection, bounce)


def is_held(connection: Connection, target: Target) -> bool:
    """A sender has it in hand: its answer is not written down yet."""
    if target.notice is not None:
        return notices.find_state(connection, target.notice.id) in _HELD
    return target.delivery is not None and rows.find_state(connection, target.delivery) in _HELD


def _by_token(context: Context, connection: Connection, bounce: Bounce) -> Target | None:
    names = list(context.config.newsletters)
    signed = tokens.verify(context.keys, tokens.UNSUBSCRIBE, bounce.token, names) if bounce.token else None
    if signed is None:
        return None
    person, newsletter = signed
    delivery = rows.find_message(connection, person, bounce.message_id) if bounce.message_id else None
    is_about_notice = bounce.message_id and delivery is None and bounce.kind is not BounceKind.UNSUBSCRIBE
    notice = notices.find_message(connection, bounce.message_id) if is_about_notice else None
    if notice is not None and notice.subscriber_id == person:
        return _of_notice(connection, notice, newsletter)
    return _name(connection, delivery[0] if delivery else None, person, newsletter)


def _by_message_id(connection: Connection, bounce: Bounce) -> Target | None:
    if not bounce.message_id or not bounce.address:
        return None
    person = rows.find_subscriber(connection, bounce.address)
    delivery = rows.find_message(connection, person, bounce.message_id) if person is not None else None
    if delivery is not None:
        return _name(connection, *delivery)
    notice = notices.find_message(connection, bounce.message_id)
    is_theirs = notice is not None and identity_key(notice.email) == identity_key(bounce.address)
    return _of_notice(connection, notice) if notice is not None and is_theirs else None


def _by_word(connection: Connection, bounce: Bounce) -> Target:
    """A reporter who has proved themselves is believed: what they were told of the mail, if it fits the address."""
    if not bounce.is_trusted or not bounce.address:
        return Target()
    if match := _DELIVERY_KEY.fullmatch(bounce.key):
        delivery = int(match[1]), int(match[2])
        found = _name(connection, *delivery)
        is_theirs = identity_key(found.email) == identity_key(bounce.address) if found.email else False
        if is_theirs and rows.find_state(connection, delivery) is not None:
            return found
    if match := _NOTICE_KEY.fullmatch(bounce.key):
        notice = notices.find_notice(connection, int(match[1]))
        if notice is not None and identity_key(notice.email) == identity_key(bounce.address):
            return _of_notice(connection, notice)
    person = subscribers.find_by_email(connection, bounce.address)
    if person is None:
        return Target(email=bounce.address)
    is_confirmed = person.state is not SubscriberState.PENDING
    return Target(None, person.id, bounce.address, is_confirmed=is_confirmed)


def _name(connection: Connection, issue_id: int | None, subscriber_id: int, newsletter: str = "") -> Target:
    person = subscribers.find_by_id(connection, subscriber_id)
    if person is None or not person.email:
        return Target()
    is_confirmed = person.state is not SubscriberState.PENDING
    return Target(issue_id, subscriber_id, person.email, newsletter, is_confirmed=is_confirmed)


def _of_notice(connection: Connection, notice: Notice, newsletter: str = "") -> Target:
    """A new address that was only asked, or an old one that mail does not go to any more, is nobody's yet or now."""
    person = subscribers.find_by_id(connection, notice.subscriber_id)
    is_theirs = person is not None and identity_key(person.email or "@") == identity_key(notice.email)
    is_confirmed = person is not None and is_theirs and person.state is not SubscriberState.PENDING
    return Target(None, notice.subscriber_id, notice.email, newsletter, notice, is_confirmed=is_confirmed)
