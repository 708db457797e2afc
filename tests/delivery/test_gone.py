"""Whose mailboxes are gone, and whom to believe about that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from publisher.delivery.gone import FEW, MOST_KEPT, Gone
from publisher.model.delivery import Delivery, DeliveryState, FailureClass
from publisher.storage.deliveries import Claim, Settlement
from tests.delivery.sending import START


def answer(number: int, *, domain: str = "reader.example", reason: FailureClass | None, code: int = 550) -> Settlement:
    delivery = Delivery(1, number, "weekly", "", f"reader{number}@{domain}", "", 1)
    state = DeliveryState.ACCEPTED if reason is None else DeliveryState.FAILED
    return Settlement(Claim(delivery, "me", 1), state, START, 250 if reason is None else code, reason=reason)


def hear(*answers: Sequence[Settlement]) -> Gone:
    gone = Gone()
    for one in [one for group in answers for one in group]:
        gone.note(one)
    return gone


def unknown(count: int, domain: str = "reader.example") -> list[Settlement]:
    return [answer(number, domain=domain, reason=FailureClass.ADDRESS) for number in range(count)]


def known(count: int, domain: str = "reader.example") -> list[Settlement]:
    return [answer(1000 + number, domain=domain, reason=None) for number in range(count)]


def test_a_few_are_believed_in_any_case() -> None:
    gone = hear(unknown(FEW))
    assert (len(gone.believed()), gone.doubted()) == (FEW, {})


@pytest.mark.parametrize(("bad", "good", "is_believed"), [(FEW + 1, 0, False), (50, 49, False), (50, 50, True)])
def test_of_many_no_more_than_half(bad: int, good: int, *, is_believed: bool) -> None:
    gone = hear(unknown(bad), known(good))
    assert len(gone.believed()) == (bad if is_believed else 0)
    assert gone.doubted() == ({} if is_believed else {"reader.example": (bad, bad + good)})


def test_each_provider_is_believed_by_itself_under_all_its_names() -> None:
    gone = hear(unknown(6, "gmail.com"), unknown(6, "googlemail.com"), known(200, "other.example"), unknown(3))
    assert gone.doubted() == {"gmail.com": (12, 12)}
    assert {one.claim.delivery.email for one in gone.believed()} == {f"reader{n}@reader.example" for n in range(3)}


@pytest.mark.parametrize("reason", [item for item in FailureClass if item is not FailureClass.ADDRESS])
def test_other_refusals_are_no_word_about_the_address(reason: FailureClass) -> None:
    gone = hear([answer(1, reason=reason)])
    assert gone.believed() == []
    assert bool(gone.soft()) is (reason in {FailureClass.MAILBOX, FailureClass.OTHER})


def test_what_is_doubted_counts_softly() -> None:
    gone = hear(unknown(FEW + 1), unknown(2, "other.example"))
    assert [one.claim.delivery.email for one in gone.soft()] == [f"reader{n}@reader.example" for n in range(FEW + 1)]


@pytest.mark.parametrize(("reason", "counted"), [(FailureClass.OTHER, 0), (FailureClass.MAILBOX, FEW + 1)])
def test_what_most_get_and_that_does_not_tell_is_about_us(reason: FailureClass, counted: int) -> None:
    full = [answer(number, reason=reason) for number in range(FEW + 1)]
    assert len(hear(full, known(FEW)).soft()) == counted
    assert len(hear(full, known(FEW + 1)).soft()) == FEW + 1


def test_what_is_put_off_is_no_refusal_yet() -> None:
    put_off = replace(answer(1, reason=FailureClass.MAILBOX, code=452), state=DeliveryState.DEFERRED)
    assert hear([put_off]).soft() == []


def test_what_nobody_was_asked_about_does_not_count() -> None:
    gone = hear([answer(1, reason=FailureClass.ADDRESS, code=0)])
    assert (gone.believed(), gone.doubted()) == ([], {})


def test_memory_does_not_grow_with_a_list_of_dead_addresses() -> None:
    gone = hear(known(MOST_KEPT + 50), unknown(MOST_KEPT + 20), unknown(FEW + 5, "other.example"))
    assert len(gone.believed()) == MOST_KEPT
    assert gone.doubted() == {"other.example": (FEW + 5, FEW + 5)}  # though there was no room for them
