"""What somebody's consent is, and what becomes of it. Pure.

    nobody ──asked──> pending ──confirmed──> active ──left──> unsubscribed
      │                                        ^   ^              │
      └──added, imported───────────────────────┘   └──confirmed, added, undone
    any of them ──bounced, complained──> suppressed ──lifted──> active, unsubscribed
    any of them ──forgotten──> nobody

Every change of a subscription goes through `decide`, whoever makes it: so there is one place that says who gets mail.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from publisher.model.consent import ConsentEvent
from publisher.model.subscriber import SubscriberState

_NOTHING: frozenset[str] = frozenset()
_GONE = {None, SubscriberState.FORGOTTEN}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands. Sets of newsletters: received now, left, and asked for but not confirmed.

    `is_barred`: they were forgotten, and no file brings them back.
    """

    state: SubscriberState | None = None
    receives: frozenset[str] = _NOTHING
    left: frozenset[str] = _NOTHING
    asked: frozenset[str] = _NOTHING
    is_barred: bool = False

    def gets(self, newsletter: str) -> bool:
        """Whether an issue of it may be mailed to them."""
        return self.state is SubscriberState.ACTIVE and newsletter in self.receives


def decide(standing: Standing, event: ConsentEvent, newsletters: Iterable[str] = ()) -> Standing:
    """How things stand after `event`; the same standing when it changes nothing.

    `newsletters` are those it is about; for LEFT none means all.
    """
    names = frozenset(newsletters)
    match event:
        case ConsentEvent.ASKED:
            return _ask(standing, names)
        case ConsentEvent.CONFIRMED | ConsentEvent.UNDONE | ConsentEvent.ADDED | ConsentEvent.IMPORTED:
            return _start(standing, names & _wanted(standing, event, names))
        case ConsentEvent.LEFT:
            return _leave(standing, names)
        case ConsentEvent.BOUNCED | ConsentEvent.COMPLAINED:
            return _suppress(standing)
        case ConsentEvent.LIFTED:
            return _lift(standing)
        case ConsentEvent.MOVED:
            return standing
        case ConsentEvent.FORGOTTEN:
            return Standing(is_barred=True)


def _wanted(standing: Standing, event: ConsentEvent, names: frozenset[str]) -> frozenset[str]:
    """What this event may start at most."""
    if event is ConsentEvent.CONFIRMED:
        return standing.asked
    if event is ConsentEvent.UNDONE:
        return standing.left
    if event is ConsentEvent.IMPORTED:
        has_left = standing.is_barred or standing.state is SubscriberState.UNSUBSCRIBED
        return _NOTHING if has_left else names - standing.left
    return names


def _ask(standing: Standing, names: frozenset[str]) -> Standing:
    if standing.state is SubscriberState.SUPPRESSED:
        return standing
    is_new = standing.state in _GONE
    wanted = names - standing.receives if standing.state is SubscriberState.ACTIVE else names
    if not wanted:
        return standing
    state = SubscriberState.PENDING if is_new else standing.state
    return replace(standing, state=state, asked=standing.asked | wanted)


def _start(standing: Standing, names: frozenset[str]) -> Standing:
    if standing.state is SubscriberState.SUPPRESSED or not names:
        return standing
    # What ran when somebody was no longer active does not run again because of something else they say yes to.
    running = standing.receives if standing.state is SubscriberState.ACTIVE else _NOTHING
    return Standing(
        state=SubscriberState.ACTIVE,
        receives=running | names,
        left=(standing.left | standing.receives - running) - names,
        asked=standing.asked - names,
    )


def _leave(standing: Standing, names: frozenset[str]) -> Standing:
    ended = standing.receives & names if names else standing.receives
    asked = standing.asked - names if names else _NOTHING
    receives = standing.receives - ended
    state = standing.state
    if state is SubscriberState.ACTIVE and not receives:
        state = SubscriberState.UNSUBSCRIBED
    if state is SubscriberState.PENDING and not asked:
        state = SubscriberState.UNSUBSCRIBED
    return replace(standing, state=state, receives=receives, left=standing.left | ended, asked=asked)


def _suppress(standing: Standing) -> Standing:
    if standing.state in _GONE:
        return standing
    return replace(standing, state=SubscriberState.SUPPRESSED, asked=_NOTHING)


def _lift(standing: Standing) -> Standing:
    """They receive again what they had not left."""
    if standing.state is not SubscriberState.SUPPRESSED:
        return standing
    state = SubscriberState.ACTIVE if standing.receives else SubscriberState.UNSUBSCRIBED
    return replace(standing, state=state)
