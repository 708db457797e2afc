"""Through everything that the machine can do.

States are told apart up to names: which sender is which, which reader is which, and what number an epoch has, make no
difference. So the search has an end although anything may happen any number of times.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import permutations
from typing import Any

from tests.storage.ledgermachine import Size, Violation, World, begin, check, is_settled, steps, take
from tests.storage.ledgermodel import DEFERRED, QUEUED, Ledger, Step

Key = tuple[Any, ...]


@dataclass(slots=True)
class Found:
    """What a search has seen. `trouble` is the shortest way to a state, or a step, that must not be."""

    states: int = 0
    steps: int = 0
    trouble: str = ""
    trail: list[Step] = field(default_factory=list)


def search(ledger: Ledger, size: Size) -> Found:
    """Breadth first through every state that can be reached, so that what is found is found by the shortest way.

    At the end every state must have a way to the end of the issue: nobody waits for ever.
    """
    first = begin(size)
    came: dict[Key, tuple[Key, Step] | None] = {key_of(first): None}
    before: dict[Key, set[Key]] = {}
    ends: list[Key] = []
    queue, found = deque([(key_of(first), first)]), Found()
    while queue:
        key, world = queue.popleft()
        for step in steps(world, size):
            found.steps += 1
            try:
                after = take(world, step, ledger, size)
                check(after)
            except Violation as error:
                found.states, found.trouble, found.trail = len(came), str(error), [*_trail(came, key), step]
                return found
            name = key_of(after)
            before.setdefault(name, set()).add(key)
            if name not in came:
                came[name] = (key, step)
                queue.append((name, after))
                ends += [name] if is_settled(after) else []
    found.states = len(came)
    reached = _reach(before, ends)
    stuck = next((key for key in came if key not in reached), None)
    if stuck is not None:
        found.trouble, found.trail = "no way to the end", _trail(came, stuck)
    return found


def _reach(before: dict[Key, set[Key]], ends: list[Key]) -> set[Key]:
    """From where the ends can be reached."""
    seen, queue = set(ends), deque(ends)
    while queue:
        news = before.get(queue.popleft(), set()) - seen
        seen |= news
        queue.extend(news)
    return seen


def _trail(came: dict[Key, tuple[Key, Step] | None], key: Key) -> list[Step]:
    trail: list[Step] = []
    link = came[key]
    while link is not None:
        trail.insert(0, link[1])
        link = came[link[0]]
    return trail


def key_of(world: World) -> Key:
    """The same for worlds that differ in names alone."""
    columns = [_describe(world, reader) for reader in range(len(world.taken))]
    orders = permutations(range(len(world.hands)))
    return world.book.issue, *min(sorted(_rename(column, order) for column in columns) for order in orders)


def _describe(world: World, reader: int) -> tuple[Any, ...]:
    """All about one reader: owner, claims by sender, and the rest. Epochs of theirs by order: they only grow."""
    row = world.book.rows[reader]
    hands = [[claim for claim in hand if claim.reader == reader] for hand in world.hands]
    known = sorted({row.epoch}.union(claim.epoch for hand in hands for claim in hand))
    claims = [tuple((known.index(claim.epoch), claim.phase) for claim in hand) for hand in hands]
    state = QUEUED if row.state == DEFERRED else row.state  # due at once, whether it was put off or never tried
    return row.owner, claims, state, known.index(row.epoch), row.is_over, world.book.wants[reader], world.taken[reader]


def _rename(column: tuple[Any, ...], order: tuple[int, ...]) -> tuple[Any, ...]:
    owner, claims, *rest = column
    return order.index(owner) if owner >= 0 else owner, tuple(claims[old] for old in order), *rest
