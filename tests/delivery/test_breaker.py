"""When refusals are about us and not about the readers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.delivery.breaker import REFUSALS, Breaker
from publisher.model.delivery import Delivery, DeliveryState
from publisher.storage.deliveries import Claim, Settlement

NOW = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)


def answer(number: int, code: int = 554, reply: str = "not you", enhanced: str = "5.7.1", issue: int = 1) -> Settlement:
    state = DeliveryState.ACCEPTED if code < 400 else DeliveryState.DEFERRED if code < 500 else DeliveryState.FAILED
    claim = Claim(Delivery(issue, number, "weekly", "ja", f"a{number}@example.com", "", 0), "me", 1)
    return Settlement(claim, state, NOW, code, reply, None, "relay.example:25", enhanced)


def hear(breaker: Breaker, *answers: Settlement) -> list[int]:
    """The subscribers of the claims that come back with the last answer."""
    return [claim.delivery.subscriber_id for claim in [breaker.note(one) for one in answers][-1]]


def refusals(count: int, **values: str) -> list[Settlement]:
    return [answer(number, **values) for number in range(count)]  # type: ignore[arg-type] # texts alone


def test_it_trips_at_the_tenth_and_takes_back_all_of_them_and_what_follows() -> None:
    breaker = Breaker()
    assert hear(breaker, *refusals(REFUSALS - 1)) == []
    assert hear(breaker, answer(50)) == [*range(REFUSALS - 1), 50]
    assert hear(breaker, answer(51)) == [51]


def test_one_that_is_accepted_breaks_the_row_but_those_before_it_are_not_blamed_in_the_end() -> None:
    breaker = Breaker()
    hear(breaker, *refusals(REFUSALS - 1), answer(90, 250, "ok", "2.0.0"))
    later = [answer(100 + number) for number in range(REFUSALS)]
    assert hear(breaker, *later[:-1]) == []
    assert len(hear(breaker, later[-1])) == 2 * REFUSALS - 1


def test_words_that_differ_only_in_the_message_are_one_reason() -> None:
    answers = [answer(one, reply=f"a{one}@example.com blocked, id 4F{one}A9") for one in range(REFUSALS)]
    assert len(hear(Breaker(), *answers)) == REFUSALS


@pytest.mark.parametrize(
    "values",
    [
        {"enhanced": "5.1.1", "reply": "no"},
        {"enhanced": "5.1.10", "reply": "no"},
        {"enhanced": "5.2.2", "reply": "no"},
        {"enhanced": "", "reply": "no such user"},
        {"enhanced": "", "reply": "Mailbox unavailable"},
    ],
)
def test_what_is_about_the_reader_never_trips(values: dict[str, str]) -> None:
    assert hear(Breaker(), *refusals(REFUSALS * 3, **values)) == []


@pytest.mark.parametrize("enhanced", ["5.1.7", "5.1.8", "5.7.26", "5.3.4"])
def test_what_is_about_the_sender_or_the_message_does(enhanced: str) -> None:
    assert len(hear(Breaker(), *refusals(REFUSALS, enhanced=enhanced))) == REFUSALS


def test_later_counts_only_when_it_is_a_matter_of_policy() -> None:
    policy = [answer(one, 450, "later", "4.7.1") for one in range(REFUSALS)]
    assert len(hear(Breaker(), *policy)) == REFUSALS
    assert hear(Breaker(), *[answer(one, 451, "later", "4.3.0") for one in range(REFUSALS * 2)]) == []


def test_another_issue_or_reason_begins_anew() -> None:
    breaker = Breaker()
    hear(breaker, *refusals(REFUSALS - 1))
    assert hear(breaker, answer(1, issue=2)) == []
    assert hear(breaker, *[answer(one, reply="another") for one in range(REFUSALS - 1)]) == []


@given(st.lists(st.sampled_from([250, 450, 554]), max_size=60))
def test_it_never_trips_without_so_many_refusals_in_a_row(codes: list[int]) -> None:
    breaker, streak = Breaker(), 0
    for number, code in enumerate(codes):
        streak = 0 if code == 250 else streak + (code == 554)
        enhanced = {250: "2.0.0", 450: "4.3.0", 554: "5.7.1"}[code]
        back = breaker.note(answer(number, code, "words", enhanced))
        if back:
            assert streak >= REFUSALS or len(back) == 1
            if len(back) > 1:
                break
        assert streak < REFUSALS
