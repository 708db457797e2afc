"""Consent: no way leads to mail without a yes, and none mails after a no."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from publisher.model.consent import ConsentEvent
from publisher.model.subscriber import SubscriberState
from publisher.subscribers.consent import Standing, decide

NAMES = ("daily", "weekly", "monthly")
some = st.frozensets(st.sampled_from(NAMES), min_size=1)
events = st.sampled_from(list(ConsentEvent))
E, S = ConsentEvent, SubscriberState


class Consent(RuleBasedStateMachine):
    """Beside the machine a plain diary of what this person and the operator said, newsletter by newsletter."""

    def __init__(self) -> None:
        super().__init__()
        self.standing = Standing()
        self.yes: set[str] = set()  # said by them, or for them by the operator, and not taken back
        self.no: set[str] = set()
        self.asked: set[str] = set()
        self.is_dead = False  # bounced or complained
        self.is_known = False
        self.is_forgotten = False

    def take(self, event: ConsentEvent, names: frozenset[str] = frozenset()) -> None:
        self.standing = decide(self.standing, event, names)

    def agree(self, names: frozenset[str]) -> None:
        if names and not self.is_dead:
            self.is_known, self.is_forgotten = True, False
            self.yes |= names
            self.no -= names
            self.asked -= names

    @rule(names=some)
    def ask(self, names: frozenset[str]) -> None:
        self.take(E.ASKED, names)
        if not self.is_dead:
            self.is_known = True
            self.asked |= names - self.yes

    @rule(names=some)
    def confirm(self, names: frozenset[str]) -> None:
        self.take(E.CONFIRMED, names)
        self.agree(names & self.asked)

    @rule(names=st.frozensets(st.sampled_from(NAMES)))
    def leave(self, names: frozenset[str]) -> None:
        self.take(E.LEFT, names)
        gone = names or frozenset(NAMES)
        self.no |= self.yes & gone
        self.yes -= gone
        self.asked -= gone

    @rule(names=some)
    def undo(self, names: frozenset[str]) -> None:
        self.take(E.UNDONE, names)
        self.agree(names & self.no)

    @rule(names=some)
    def add(self, names: frozenset[str]) -> None:
        self.take(E.ADDED, names)
        self.agree(names)

    @rule(names=some)
    def import_(self, names: frozenset[str]) -> None:
        is_welcome = not self.is_forgotten and self.standing.state is not S.UNSUBSCRIBED
        self.take(E.IMPORTED, names)
        if is_welcome:
            self.agree(names - self.no)

    @rule(event=st.sampled_from([E.BOUNCED, E.COMPLAINED]))
    def suppress(self, event: ConsentEvent) -> None:
        self.take(event)
        self.is_dead = self.is_dead or self.is_known
        self.asked -= self.asked if self.is_dead else set()

    @rule()
    def lift(self) -> None:
        self.take(E.LIFTED)
        self.is_dead = False

    @rule()
    def forget(self) -> None:
        self.take(E.FORGOTTEN)
        self.yes, self.no, self.asked = set(), set(), set()
        self.is_dead, self.is_known, self.is_forgotten = False, False, True

    @invariant()
    def mail_needs_a_yes_that_was_not_taken_back(self) -> None:
        for name in NAMES:
            assert self.standing.gets(name) == (name in self.yes and not self.is_dead)

    @invariant()
    def the_state_says_what_it_means(self) -> None:
        state, receives = self.standing.state, self.standing.receives
        assert (state is S.SUPPRESSED) == self.is_dead
        assert not receives & self.standing.left
        assert not (state is S.ACTIVE and not receives)
        assert not (state in {None, S.PENDING, S.UNSUBSCRIBED} and receives)
        assert not (state is S.PENDING and not self.standing.asked)


TestConsent = Consent.TestCase


@given(st.lists(st.tuples(events, st.frozensets(st.sampled_from(NAMES))), max_size=12))
def test_a_step_taken_twice_is_a_step_taken_once(steps: list[tuple[ConsentEvent, frozenset[str]]]) -> None:
    standing = Standing()
    for event, names in steps:
        standing = decide(standing, event, names)
        assert decide(standing, event, names) == standing


@given(st.lists(st.tuples(events, st.frozensets(st.sampled_from(NAMES))), max_size=12))
def test_only_the_events_of_a_yes_start_mail(steps: list[tuple[ConsentEvent, frozenset[str]]]) -> None:
    standings = [Standing()]
    for event, names in steps:
        standings.append(decide(standings[-1], event, names))
    for (event, names), (before, after) in zip(steps, pairwise(standings), strict=True):
        started = {name for name in NAMES if after.gets(name) and not before.gets(name)}
        if event is E.LIFTED:  # what they had not left goes on
            assert started <= before.receives
            continue
        assert started <= names
        assert not started or event in {E.CONFIRMED, E.UNDONE, E.ADDED, E.IMPORTED}


def test_the_usual_way() -> None:
    asked = decide(Standing(), E.ASKED, ["weekly"])
    assert (asked.state, asked.gets("weekly")) == (S.PENDING, False)
    active = decide(asked, E.CONFIRMED, ["weekly", "daily"])
    assert active.state is S.ACTIVE
    assert active.receives == {"weekly"}
    left = decide(active, E.LEFT)
    assert (left.state, left.gets("weekly")) == (S.UNSUBSCRIBED, False)
    assert left.left == {"weekly"}
    assert decide(left, E.IMPORTED, ["weekly"]) == left
    assert decide(left, E.UNDONE, ["weekly"]).gets("weekly")


def test_who_is_on_the_list_stays_there_while_something_else_is_asked() -> None:
    active = decide(Standing(), E.ADDED, ["weekly"])
    asked = decide(active, E.ASKED, ["weekly", "daily"])
    assert (asked.state, asked.gets("weekly"), asked.gets("daily")) == (S.ACTIVE, True, False)
    assert asked.asked == {"daily"}
    assert decide(active, E.ASKED, ["weekly"]) == active


@pytest.mark.parametrize("event", [E.BOUNCED, E.COMPLAINED])
@pytest.mark.parametrize("later", [E.ASKED, E.CONFIRMED, E.ADDED, E.IMPORTED, E.UNDONE])
def test_nothing_but_forgetting_ends_a_suppression(event: ConsentEvent, later: ConsentEvent) -> None:
    dead = decide(decide(decide(Standing(), E.ADDED, ["weekly"]), E.ASKED, ["daily"]), event)
    assert dead.state is S.SUPPRESSED
    assert decide(dead, later, NAMES) == dead
    assert decide(dead, E.FORGOTTEN).state is None


def test_the_forgotten_come_back_by_their_own_wish_or_the_operators_and_by_no_file() -> None:
    forgotten = decide(decide(Standing(), E.ADDED, ["weekly"]), E.FORGOTTEN)
    assert decide(forgotten, E.IMPORTED, ["weekly"]) == forgotten
    asked = decide(forgotten, E.ASKED, ["weekly"])
    assert not decide(asked, E.IMPORTED, ["weekly"]).gets("weekly")
    back = decide(asked, E.CONFIRMED, ["weekly"])
    assert (back.gets("weekly"), back.is_barred) == (True, False)
    assert decide(forgotten, E.ADDED, ["weekly"]).gets("weekly")


def test_who_takes_back_what_they_asked_for_is_not_pending() -> None:
    asked = decide(Standing(), E.ASKED, ["weekly", "daily"])
    assert decide(asked, E.LEFT, ["daily"]).state is S.PENDING
    taken_back = decide(asked, E.LEFT)
    assert taken_back.state is S.UNSUBSCRIBED
    assert decide(taken_back, E.CONFIRMED, ["weekly"]) == taken_back
