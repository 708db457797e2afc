"""The verbs about subscribers: add, remove, list. What the operator adds counts as confirmed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from publisher.addresses import normalise
from publisher.app.context import Context
from publisher.app.segments import local_now, read_segment
from publisher.app.standing import Step, take_step
from publisher.app.suppressing import find_suppression
from publisher.errors import UsageError
from publisher.model.consent import Circumstances, ConsentEvent
from publisher.model.subscriber import Subscriber, SubscriberState
from publisher.storage import segments
from publisher.storage import subscribers as rows
from publisher.subscribers.check import check_subscriber

_PAGE = 1000
_HOW_TO_WRITE = "; `publisher suppressions remove` takes that back"
BY_OPERATOR = Circumstances("operator")


def choose_newsletters(context: Context, names: Sequence[str]) -> list[str]:
    """The named newsletters, or all of them.

    Raises UsageError for an unknown one, or when there is none at all.
    """
    for name in names:
        context.newsletter(name)
    chosen = list(names) or list(context.config.newsletters)
    if not chosen:
        raise UsageError("there is no newsletter to subscribe to; add one under newsletters: in config.yaml")
    return chosen


def add_subscriber(
    context: Context, email: str, newsletters: Sequence[str], *, name: str = "", language: str = ""
) -> Subscriber:
    """Add a person, or take up again what they had left: the operator says so, by name.

    Raises UsageError when the address cannot be, or must not be written to.
    """
    problem = check_subscriber(email, name, language)
    if problem:
        raise UsageError(problem)
    chosen = choose_newsletters(context, newsletters)
    new = Subscriber(
        id=0,
        email=normalise(email),
        name=name,
        language=language,
        state=SubscriberState.PENDING,
        source="added by the operator",
    )
    with context.database.write() as connection:
        found = rows.find_by_email(connection, email)
        if found is not None and found.state is SubscriberState.SUPPRESSED:
            raise UsageError(f"{email} must not be written to (it bounced or complained){_HOW_TO_WRITE}")
        if find_suppression(context, connection, email) is not None:
            raise UsageError(f"{email} must not be written to (it is suppressed){_HOW_TO_WRITE}")
        person = found or replace(new, id=rows.add(connection, new, context.clock()))
        if found:
            values: dict[str, object] = {"name": name or found.name, "language": language or found.language}
            if found.state is not SubscriberState.ACTIVE:
                values["source"] = new.source
            rows.change(connection, found.id, values)
        take_step(context, connection, person, Step(ConsentEvent.ADDED, tuple(chosen), BY_OPERATOR))
    return get_subscriber(context, email)


def remove_subscriber(context: Context, email: str, newsletters: Sequence[str]) -> Subscriber:
    """End the named subscriptions, or all. The row stays, so that an import does not bring the person back.

    Raises UsageError when nobody has this address.
    """
    for name in newsletters:
        context.newsletter(name)
    found = get_subscriber(context, email)
    with context.database.write() as connection:
        take_step(context, connection, found, Step(ConsentEvent.LEFT, tuple(newsletters), BY_OPERATOR))
    return get_subscriber(context, email)


def get_subscriber(context: Context, email: str) -> Subscriber:
    with context.database.read() as connection:
        found = rows.find_by_email(connection, email)
    if found is None:
        raise UsageError(f"nobody has the address {email}")
    return found


def iterate_subscribers(
    context: Context, newsletter: str | None = None, segment: str | None = None
) -> Iterator[Subscriber]:
    """Everybody, or those who receive this newsletter now, or whom a segment means; in bounded memory.

    Raises UsageError for a newsletter that is not there or a segment that cannot be read.
    """
    if newsletter is not None:
        context.newsletter(newsletter)
    expression = read_segment(context, segment) if segment is not None else None
    with context.database.read() as connection:
        if expression is None:
            yield from rows.iterate(connection, newsletter)
            return
        ids = segments.matching_ids(connection, expression, local_now(context))
        for page in segments.pages_of(ids, _PAGE):
            yield from rows.load_many(connection, page, newsletter)
