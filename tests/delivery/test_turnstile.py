"""Claims that wait for the gate, with a clock that goes on when somebody waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from publisher.delivery.gate import Gate, Rules
from publisher.delivery.rate import Limits
from publisher.delivery.turnstile import PATIENCE, Passage, Turnstile
from publisher.model.delivery import Delivery, FailureClass
from publisher.storage.database import Database
from publisher.storage.deliveries import Claim
from publisher.timing import parse_window

NOW = datetime(2026, 12, 1, 3, 0, 0, 250_000, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ONE_AT_A_TIME = Rules(domains={"slow.example": Limits(concurrency=1)})


class Patient(threading.Event):
    """A clock, too. Nobody stops us; who waits finds that time has gone by, `slack` of it less than asked for."""

    def __init__(self, slack: timedelta = timedelta(0)) -> None:
        super().__init__()
        self.now = NOW
        self.slack = slack
        self.waited = 0

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.waited += 1
        self.now += max(timedelta(seconds=timeout) - self.slack, timedelta(microseconds=1))
        self.slack = timedelta(0)
        return False


def claim(number: int, domain: str = "reader.example") -> Claim:
    return Claim(Delivery(1, number, "weekly", "ja", f"r{number}@{domain}", "", 0), "me", 1)


Make = Callable[..., tuple[Turnstile, Patient]]


@pytest.fixture
def make(database: Database) -> Make:
    def build(rules: Rules, slack: timedelta = timedelta(0)) -> tuple[Turnstile, Patient]:
        time = Patient(slack)
        return Turnstile(Gate(database, rules), lambda: time.now, time), time

    return build


def test_without_limits_everything_goes_through(make: Make) -> None:
    turnstile, time = make(Rules())
    assert {turnstile.ask(claim(number), None, wait=False) for number in range(1000)} == {Passage.OPEN}
    assert (turnstile.take_put_off(), turnstile.next_moment(), time.waited) == ([], None, 0)


def test_what_must_wait_for_its_provider_is_put_off_to_a_whole_second(make: Make) -> None:
    turnstile, _ = make(Rules(domains={"slow.example": Limits(per_second=0.5)}))
    assert turnstile.ask(claim(1, "slow.example"), None, wait=True) is Passage.OPEN
    late = claim(2, "slow.example")
    assert turnstile.ask(late, None, wait=True) is Passage.LATER
    assert turnstile.ask(claim(3), None, wait=True) is Passage.OPEN  # the others go on
    moment = NOW.replace(microsecond=0) + 3 * SECOND
    assert turnstile.next_moment() == moment
    assert turnstile.take_put_off() == [(late, moment)]
    assert turnstile.take_put_off() == []


def test_moments_that_are_over_are_forgotten(make: Make) -> None:
    turnstile, time = make(Rules(domains={"slow.example": Limits(per_second=1)}))
    for number in range(4):
        turnstile.ask(claim(number, "slow.example"), None, wait=True)
    first = turnstile.next_moment()
    assert first is not None
    time.now = first
    turnstile.forget_moments()
    assert turnstile.next_moment() == first + SECOND


def test_the_next_message_of_a_connection_may_take_the_place_of_the_one_in_hand(make: Make) -> None:
    turnstile, _ = make(ONE_AT_A_TIME)
    first, second = claim(1, "slow.example"), claim(2, "slow.example")
    assert turnstile.ask(first, None, wait=True) is Passage.OPEN
    assert turnstile.ask(claim(3, "slow.example"), None, wait=True) is Passage.LATER  # on another connection
    assert turnstile.ask(claim(4, "slow.example"), claim(5), wait=False) is Passage.LATER
    assert turnstile.ask(second, first, wait=False) is Passage.OPEN
    turnstile.finish(first, None, NOW)
    assert turnstile.ask(claim(6, "slow.example"), None, wait=True) is Passage.LATER
    turnstile.drop(second)
    assert turnstile.ask(claim(7, "slow.example"), None, wait=True) is Passage.OPEN


@pytest.mark.parametrize("slack", [timedelta(0), timedelta(milliseconds=20)], ids=["in time", "woken early"])
def test_a_limit_of_all_mail_is_waited_for_when_it_is_near(make: Make, slack: timedelta) -> None:
    turnstile, time = make(Rules(total=Limits(per_second=1)), slack)
    assert turnstile.ask(claim(1), None, wait=True) is Passage.OPEN
    assert turnstile.ask(claim(2), claim(1), wait=False) is Passage.SHUT  # not with a message in hand
    assert (time.waited, turnstile.held_until) == (0, None)
    assert turnstile.ask(claim(2), None, wait=True) is Passage.OPEN
    assert NOW + SECOND <= time.now < NOW + 2 * SECOND
    assert time.waited == 1 + bool(slack)


def test_a_moment_that_is_far_ends_the_run(make: Make) -> None:
    window = parse_window("13:00-14:00")
    turnstile, time = make(Rules(window=window, zone=ZoneInfo("Asia/Tokyo")))  # it is 12:00 there
    assert turnstile.ask(claim(1), None, wait=True) is Passage.SHUT
    assert (time.waited, turnstile.held_until) == (0, NOW.replace(microsecond=0) + timedelta(hours=1))


def test_waiting_ends_when_we_are_to_stop(database: Database) -> None:
    stop = threading.Event()
    stop.set()
    turnstile = Turnstile(Gate(database, Rules(total=Limits(per_second=0.1))), lambda: NOW, stop)
    assert turnstile.ask(claim(1), None, wait=True) is Passage.OPEN
    assert turnstile.ask(claim(2), None, wait=True) is Passage.SHUT
    assert turnstile.held_until is None


def test_a_clock_that_stands_still_keeps_nobody(database: Database) -> None:
    turnstile = Turnstile(Gate(database, Rules()), lambda: NOW, threading.Event())
    assert not turnstile.wait_until(NOW + timedelta(milliseconds=5))
    assert not turnstile.wait_until(NOW + PATIENCE + SECOND)
    assert turnstile.wait_until(NOW)


def test_refusals_for_policy_close_a_provider(make: Make) -> None:
    turnstile, time = make(Rules())
    for number in range(3):
        assert turnstile.ask(claim(number, "gmail.com"), None, wait=True) is Passage.OPEN
        turnstile.finish(claim(number, "gmail.com"), FailureClass.POLICY, time.now)
        time.now += timedelta(minutes=1)
    assert turnstile.ask(claim(4, "googlemail.com"), None, wait=True) is Passage.LATER
    assert turnstile.ask(claim(5), None, wait=True) is Passage.OPEN
