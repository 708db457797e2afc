"""The verbs of a reader who joins: ask, and confirm.

Whoever asks learns nothing about who is on the list: the answer to an address that can be written to is always the
same, and what differs is in the mail that only its owner gets.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum

from publisher import tokens
from publisher.addresses import normalise
from publisher.app.context import Context
from publisher.app.queueing import queue_news, queue_request
from publisher.app.signuplimits import take_address, take_network_and_form
from publisher.app.standing import Step, take_step
from publisher.app.suppressing import find_suppression
from publisher.model.consent import Circumstances, ConsentEvent, Request, RequestKind
from publisher.model.notice import NoticeKind
from publisher.model.subscriber import Subscriber, SubscriberState
from publisher.storage import consents
from publisher.storage import subscribers as rows
from publisher.storage.database import Connection
from publisher.subscribers.signup import SignUp, SignUpProblem, find_problems

CONFIRM_WITHIN = timedelta(days=7)


class Answer(StrEnum):
    TAKEN = "taken"  # look into your mailbox
    REFUSED = "refused"  # the problems say what to correct
    BUSY = "busy"  # too many from this network or by this form; try again in an hour


@dataclass(frozen=True, slots=True)
class AskReply:
    answer: Answer
    problems: tuple[SignUpProblem, ...] = ()


class Outcome(StrEnum):
    DONE = "done"
    ALREADY = "already"  # done before; nothing changed
    EXPIRED = "expired"  # too late, or taken back since; ask again
    INVALID = "invalid"  # not a token of ours
    IN_USE = "in use"  # somebody else on the list has this address


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What became of a link that confirms; `person` as they are now, None without a request."""

    outcome: Outcome
    kind: RequestKind = RequestKind.SUBSCRIBE
    person: Subscriber | None = None
    newsletters: tuple[str, ...] = ()


def ask(context: Context, sign_up: SignUp) -> AskReply:
    """Somebody has entered an address: its owner is asked by mail. Safe to call twice."""
    config = context.config
    allow = config.subscribers.disposable == "allow"
    problems = find_problems(sign_up, config.newsletters, allow_disposable=allow)
    if problems:
        return AskReply(Answer.REFUSED, tuple(problems))
    with context.database.write() as connection:
        if not take_network_and_form(context, connection, sign_up.network, sign_up.page):
            return AskReply(Answer.BUSY)
        if take_address(context, connection, sign_up.email.strip()):
            _ask_owner(context, connection, sign_up)
    return AskReply(Answer.TAKEN)


def confirm(context: Context, token: str, circumstances: Circumstances) -> Confirmation:
    """The owner of an address has pressed the button. Of a token for a new address: see `app.moving`."""
    found = tokens.verify_until(context.keys, tokens.CONFIRM, token)
    if found is None:
        return Confirmation(Outcome.INVALID)
    request_id, until = found
    if until <= context.clock():
        return Confirmation(Outcome.EXPIRED)
    with context.database.write() as connection:
        request = consents.find_request(connection, request_id)
        person = rows.find_by_id(connection, request.subscriber_id) if request else None
        if request is None or person is None or request.kind is not RequestKind.SUBSCRIBE:
            return Confirmation(Outcome.EXPIRED)
        if request.done_at is not None:
            return Confirmation(Outcome.ALREADY, person=person, newsletters=request.newsletters)
        return _start(context, connection, request, circumstances)


def find_confirmation(context: Context, token: str) -> Confirmation:
    """What `confirm` would be about, for the page that shows its button; changes nothing. DONE: it can be done."""
    for purpose, kind in ((tokens.CONFIRM, RequestKind.SUBSCRIBE), (tokens.ADDRESS_CHANGE, RequestKind.MOVE)):
        found = tokens.verify_until(context.keys, purpose, token)
        if found is None:
            continue
        with context.database.read() as connection:
            request = consents.find_request(connection, found[0])
            person = rows.find_by_id(connection, request.subscriber_id) if request else None
        if request is None or request.kind is not kind or found[1] <= context.clock():
            return Confirmation(Outcome.EXPIRED, kind)
        outcome = Outcome.DONE if request.done_at is None else Outcome.ALREADY
        return Confirmation(outcome, kind, person, request.newsletters)
    return Confirmation(Outcome.INVALID)


def _ask_owner(context: Context, connection: Connection, sign_up: SignUp) -> None:
    now = context.clock()
    names = sign_up.newsletters or tuple(context.config.newsletters)
    person = rows.find_by_email(connection, sign_up.email)
    if find_suppression(context, connection, sign_up.email) is not None:
        return
    if person is None:
        person = _add_pending(context, connection, sign_up)
    if person.state is SubscriberState.SUPPRESSED:
        return  # the address must not be written to, whoever enters it
    told = Circumstances("form", sign_up.wording, sign_up.page, sign_up.network)
    standing = take_step(context, connection, person, Step(ConsentEvent.ASKED, names, told))
    missing = tuple(name for name in names if not standing.gets(name))
    if not missing:  # no need to confirm what they have; saying nothing would leave them waiting
        queue_news(context, connection, person, NoticeKind.WELCOME, names)
        return
    request = Request(
        id=0,
        kind=RequestKind.SUBSCRIBE,
        subscriber_id=person.id,
        email=person.email,
        newsletters=missing,
        asked_at=now,
        expires_at=now + CONFIRM_WITHIN,
        name=sign_up.name.strip(),
        language=sign_up.language,
    )
    request = replace(request, id=consents.add_request(connection, request))
    queue_request(context, connection, request, NoticeKind.CONFIRM)


def _add_pending(context: Context, connection: Connection, sign_up: SignUp) -> Subscriber:
    """Without name and language: what a stranger says of somebody is only kept once they agree."""
    person = Subscriber(
        id=0,
        email=normalise(sign_up.email),
        state=SubscriberState.PENDING,
        source=f"signed up at {sign_up.page}" if sign_up.page else "signed up",
    )
    return replace(person, id=rows.add(connection, person, context.clock()))


def _start(context: Context, connection: Connection, request: Request, circumstances: Circumstances) -> Confirmation:
    person = rows.find_by_id(connection, request.subscriber_id)
    names = tuple(name for name in request.newsletters if name in context.config.newsletters)
    if person is None or not names or person.state is SubscriberState.SUPPRESSED:
        return Confirmation(Outcome.EXPIRED)
    take_step(context, connection, person, Step(ConsentEvent.CONFIRMED, names, circumstances))
    consents.end_request(connection, request.id, context.clock())
    said = {"name": request.name, "language": request.language}
    rows.change(connection, person.id, {key: value for key, value in said.items() if value})
    person = rows.find_by_id(connection, person.id) or person
    welcomed = [name for name in names if context.config.newsletters[name].welcome]
    queue_news(context, connection, person, NoticeKind.WELCOME, welcomed)
    return Confirmation(Outcome.DONE, person=person, newsletters=names)
