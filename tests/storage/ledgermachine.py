"""The ledger and those who use it as a small machine: all that can happen next, what comes of it, and what must hold.

Two senders (processes) with their claims in memory, a relay that takes messages, readers who leave, an issue that is
paused and cancelled, crashes, and leases that run out. A sender that sleeps needs no step of its own: it is one that
does nothing while everybody else goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tests.storage.ledgermodel import (
    ACCEPTED,
    CANCELLED,
    DEAD,
    DEFERRED,
    DONE,
    FAILED,
    GOING,
    HELD,
    IN_HAND,
    NOBODY,
    PAUSED,
    REFUSED,
    SENDING,
    STARTED,
    SUPPRESSED,
    TAKEN,
    UNCERTAIN,
    WAITING,
    Book,
    Held,
    Ledger,
    Row,
    Step,
)  # fmt: skip


class World(NamedTuple):
    """`hands` by sender; `taken`: how often the relay has taken the message of each reader."""

    book: Book
    hands: tuple[tuple[Held, ...], ...]
    taken: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Size:
    """`claims`: how many of one reader a sender may remember; `connections`: messages of a sender on their way.

    `has_pauses`: a person may stop the issue and let it go on. `has_breaker`: a sender remembers what was refused, and
    may take the blame off the readers later on.
    """

    senders: int = 2
    readers: int = 2
    claims: int = 1
    connections: int = 1
    has_pauses: bool = True
    has_breaker: bool = False


class Violation(AssertionError):
    """A promise of the ledger is broken."""


def begin(size: Size) -> World:
    book = Book((Row(),) * size.readers, (True,) * size.readers)
    return World(book, ((),) * size.senders, (0,) * size.readers)


def steps(world: World, size: Size) -> Iterator[Step]:
    """Everything that can happen next."""
    book = world.book
    for sender, hand in enumerate(world.hands):
        yield from _steps_of(book, sender, hand, size)
    if any(row.state in HELD and not row.is_over for row in book.rows):
        yield Step("time")
    yield Step("recover")
    for reader, wants in enumerate(book.wants):
        if wants:
            yield Step("leave", reader=reader)
    yield Step("retry")
    if book.issue == GOING and size.has_pauses:
        yield Step("pause")
    if book.issue == GOING:
        yield Step("finish")
    if book.issue == PAUSED:
        yield Step("resume")
    if book.issue == DONE:
        yield Step("reopen")
    if book.issue in {GOING, PAUSED}:
        yield Step("cancel")


def _steps_of(book: Book, sender: int, hand: tuple[Held, ...], size: Size) -> Iterator[Step]:
    remembered = [claim.reader for claim in hand]
    waiting = [one for one, row in enumerate(book.rows) if row.state in WAITING]
    if all(remembered.count(one) < size.claims for one in waiting or range(len(book.rows))):
        for reader in waiting or [0]:
            yield Step("claim", sender, reader=reader, limit=1)
        if len(book.rows) > 1:
            yield Step("claim", sender, reader=0, limit=len(book.rows))
    has_room = sum(claim.phase in {STARTED, TAKEN} for claim in hand) < size.connections
    for claim in hand:
        for name in _NEXT[claim.phase]:
            if name != "start" or has_room:
                yield Step(name, sender, (claim,))
        for word in _ANSWERS[claim.phase]:
            yield Step("settle", sender, (claim,), word)
    idle = tuple(claim for claim in hand if claim.phase == IN_HAND)
    if idle:
        yield from (Step("release", sender, idle), Step("postpone", sender, idle))
        yield from (Step("release owner", sender), Step("renew", sender))
    if hand or any(row.owner == sender for row in book.rows):
        yield Step("crash", sender)


_NEXT = {IN_HAND: ("start",), STARTED: ("take",), TAKEN: (), REFUSED: ("requeue refused", "forget")}
# What a relay may say: before any content, while or after it is written, after the relay has it.
_ANSWERS = {
    IN_HAND: (DEFERRED, FAILED),
    STARTED: (DEFERRED, FAILED, UNCERTAIN),
    TAKEN: (ACCEPTED, UNCERTAIN),
    REFUSED: (),
}


def take(world: World, step: Step, ledger: Ledger, size: Size) -> World:
    """The world after `step`. Raises Violation for a step that must not have come to this."""
    book, sender = world.book, step.sender
    hands, taken = list(world.hands), list(world.taken)
    if step.name == "leave":
        wants = tuple(one != step.reader and old for one, old in enumerate(book.wants))
        return world._replace(book=book._replace(wants=wants))
    if step.name == "time":
        rows = tuple(row._replace(is_over=row.state in HELD) for row in book.rows)
        return world._replace(book=book._replace(rows=rows))
    if step.name == "crash":
        rows = tuple(row._replace(owner=DEAD) if row.owner == sender else row for row in book.rows)
        hands[sender] = ()
        return World(book._replace(rows=rows), tuple(hands), world.taken)
    hand = list(hands[sender]) if sender >= 0 else []
    for claim in step.claims:
        hand.remove(claim)
    count = 0
    if step.name == "take":
        claim = step.claims[0]
        taken[claim.reader] += 1
        hand.append(claim._replace(phase=TAKEN))
    elif step.name != "forget":
        after, count = ledger.apply(book, step)
        _check_step(book, step, after, count)
        hand += _remember(book, after, step, count, size)
        book = after
    if step.name == "release owner":
        hand = [claim for claim in hand if claim.phase != IN_HAND]
    if sender >= 0:
        hands[sender] = tuple(sorted(hand))
    return World(book, tuple(hands), tuple(taken))


def _remember(before: Book, after: Book, step: Step, count: int, size: Size) -> list[Held]:
    """What the sender has in hand because of this step."""
    if step.name == "claim":
        news = [one for one, row in enumerate(after.rows) if row != before.rows[one]]
        return [Held(one, after.rows[one].epoch) for one in news]
    if step.name == "start" and count:
        return [step.claims[0]._replace(phase=STARTED)]
    is_refused = step.name == "settle" and count and step.word in {DEFERRED, FAILED}
    return [step.claims[0]._replace(phase=REFUSED)] if is_refused and size.has_breaker else []


# ------------------------------------------------------------------------------------------------------ what must hold


def _check_step(book: Book, step: Step, after: Book, count: int) -> None:
    if step.name == "recover":
        lost = [row.owner == DEAD or row.is_over for row in book.rows]
        changed = [old != new for old, new in zip(book.rows, after.rows, strict=True)]
        _require(all(a <= b for a, b in zip(changed, lost, strict=True)), "taken from a sender that is there")
    if step.name == "start" and count:
        _require(book.wants[step.claims[0].reader], "a message starts for a reader who has left")
        _require(book.issue == GOING, "a message starts in an issue that is stopped")
    if step.name == "requeue refused" and count:
        claim = step.claims[0]
        is_theirs = book.rows[claim.reader].epoch != claim.epoch
        _require(not is_theirs, "what another sender has been told since is taken back")


def check(world: World) -> None:
    """Raises Violation for a state that must not be."""
    for reader, row in enumerate(world.book.rows):
        _require(world.taken[reader] <= 1, "the relay has taken a message twice")
        is_out = world.taken[reader] == 1
        _require(is_out or row.state != ACCEPTED, "accepted, and the relay never had it")
        _require(not is_out or row.state in {SENDING, ACCEPTED, UNCERTAIN}, f"{row.state}, and the relay has it")
        on_the_way = [
            (sender, claim)
            for sender, hand in enumerate(world.hands)
            for claim in hand
            if claim.reader == reader and claim.phase in {STARTED, TAKEN}
        ]
        _require(len(on_the_way) <= 1, "two senders have the same message on its way")
        _require(row.state != SUPPRESSED or not world.book.wants[reader] or world.book.issue == CANCELLED, "lost")
        _require((row.state in HELD) == (row.owner != NOBODY), "held by nobody, or settled and held")
        for sender, claim in on_the_way:
            is_known = row.state == UNCERTAIN or (row.state, row.owner, row.epoch) == (SENDING, sender, claim.epoch)
            _require(is_known, f"on its way, and the ledger says {row.state}")


def _require(is_so: bool, words: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not is_so:
        raise Violation(words)


def is_settled(world: World) -> bool:
    """The end of an issue: nothing is open in it, and nobody remembers anything."""
    is_open = any(row.state in WAITING | HELD for row in world.book.rows)
    return not is_open and world.book.issue in {DONE, CANCELLED} and not any(world.hands)
