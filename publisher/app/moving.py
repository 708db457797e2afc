"""The verbs of a reader whose address changes: ask, at the old one or by its link, and confirm at the new one."""

from __future__ import annotations

from dataclasses import replace

from publisher import tokens
from publisher.addresses import identity_key, normalise
from publisher.app.consent import CONFIRM_WITHIN, Answer, AskReply, Confirmation, Outcome
from publisher.app.context import Context
from publisher.app.leaving import find_reader
from publisher.app.queueing import queue_news, queue_request
from publisher.app.signuplimits import take_address, take_network_and_form
from publisher.app.standing import Step, log, take_step
from publisher.app.suppressing import find_suppression
from publisher.model.consent import Circumstances, ConsentEvent, Request, RequestKind
from publisher.model.notice import NoticeKind
from publisher.model.subscriber import Subscriber, SubscriberState
from publisher.model.suppression import Suppression, SuppressionReason
from publisher.storage import consents, suppressions
from publisher.storage import subscribers as rows
from publisher.storage.database import Connection
from publisher.subscribers.signup import SignUpProblem, find_address_problem


def ask_address_change(context: Context, token: str, email: str, circumstances: Circumstances) -> AskReply:
    """`token` is one for preferences. The new address is asked; until it says yes mail goes to the old one."""
    found = find_reader(context, tokens.PREFERENCES, token)
    if found is None:
        return AskReply(Answer.REFUSED, (SignUpProblem("token", "token", "the link is not one of ours"),))
    allow = context.config.subscribers.disposable == "allow"
    problem = find_address_problem(email, allow_disposable=allow)
    if problem is not None:
        return AskReply(Answer.REFUSED, (problem,))
    with context.database.write() as connection:
        if not take_network_and_form(context, connection, circumstances.network, circumstances.page):
            return AskReply(Answer.BUSY)
        if take_address(context, connection, email.strip()):
            _ask_new_address(context, connection, found, normalise(email))
    return AskReply(Answer.TAKEN)


def confirm_address_change(context: Context, token: str, circumstances: Circumstances) -> Confirmation:
    """The owner of the new address has pressed the button; the old one is told."""
    kind = RequestKind.MOVE
    found = tokens.verify_until(context.keys, tokens.ADDRESS_CHANGE, token)
    if found is None:
        return Confirmation(Outcome.INVALID, kind)
    with context.database.write() as connection:
        request = consents.find_request(connection, found[0])
        person = rows.find_by_id(connection, request.subscriber_id) if request else None
        if request is None or person is None or request.kind is not kind or found[1] <= context.clock():
            return Confirmation(Outcome.EXPIRED, kind)
        if request.done_at is not None:
            return Confirmation(Outcome.ALREADY, kind, person)
        if find_suppression(context, connection, request.email) is not None:  # since it was asked
            return Confirmation(Outcome.EXPIRED, kind, person)
        holder = rows.find_by_email(connection, request.email)
        if holder is not None and holder.id != person.id:
            return Confirmation(Outcome.IN_USE, kind, person)
        consents.end_request(connection, request.id, context.clock())
        return _move(context, connection, person, request.email, circumstances)


def _ask_new_address(context: Context, connection: Connection, found: tuple[Subscriber, str], email: str) -> None:
    person, newsletter = found
    holder = rows.find_by_email(connection, email)
    if holder is not None and (holder.id == person.id or holder.state is SubscriberState.SUPPRESSED):
        return
    if find_suppression(context, connection, email) is not None:
        return
    now = context.clock()
    known = [name for name in (newsletter, *person.newsletters) if name in context.config.newsletters]
    request = Request(
        id=0,
        kind=RequestKind.MOVE,
        subscriber_id=person.id,
        email=email,
        newsletters=tuple(known[:1]),
        asked_at=now,
        expires_at=now + CONFIRM_WITHIN,
        language=person.language,
    )
    request = replace(request, id=consents.add_request(connection, request))
    queue_request(context, connection, request, NoticeKind.ADDRESS_CHANGE)


def _move(
    context: Context, connection: Connection, person: Subscriber, email: str, circumstances: Circumstances
) -> Confirmation:
    is_suppressed = person.state is SubscriberState.SUPPRESSED
    if is_suppressed:  # the address they leave still is
        old = Suppression(person.email, SuppressionReason.IMPORTED, context.clock(), "until its reader moved")
        suppressions.add(connection, [old])
    rows.change(connection, person.id, {"email": email, "email_key": identity_key(email)})
    log(context, connection, person.id, Step(ConsentEvent.MOVED, (), circumstances))
    names = person.newsletters or tuple(context.config.newsletters)
    queue_news(context, connection, person, NoticeKind.ADDRESS_CHANGED, names[:1])  # to the old address
    if is_suppressed:
        moved = replace(person, email=email)
        take_step(context, connection, moved, Step(ConsentEvent.LIFTED, (), circumstances))
    after = rows.find_by_id(connection, person.id)
    return Confirmation(Outcome.DONE, RequestKind.MOVE, after)
