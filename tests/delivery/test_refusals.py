"""What a refusal is about."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.delivery.refusals import classify, find_enhanced
from publisher.model.delivery import FailureClass
from publisher.model.message import Outcome, Receipt


def refusal(code: int, reply: str, enhanced: str = "") -> Receipt:
    outcome = Outcome.FAILED if code >= 500 else Outcome.DEFERRED
    return Receipt(outcome, code, reply, enhanced=enhanced)


@pytest.mark.parametrize(
    ("code", "reply", "expected"),
    [
        # by enhanced code
        (550, "5.1.1 The account you mailed is not here", FailureClass.ADDRESS),
        (556, "5.1.10 Recipient has a null MX", FailureClass.ADDRESS),
        (550, "5.1.2 No such host", FailureClass.ADDRESS),
        (550, "5.1.8 Sender domain has no MX", FailureClass.POLICY),
        (552, "5.2.2 この受信箱はいっぱいです", FailureClass.MAILBOX),
        (452, "4.2.2 Out of storage", FailureClass.MAILBOX),
        (552, "5.3.4 Message is over the limit", FailureClass.CONTENT),
        (554, "5.6.0 Invalid header", FailureClass.CONTENT),
        (451, "4.3.0 Local problem", FailureClass.BUSY),
        (451, "4.4.1 No answer from host", FailureClass.NETWORK),
        (550, "5.7.26 This mail is unauthenticated", FailureClass.POLICY),
        (421, "4.7.28 Unusual rate of mail from your network", FailureClass.BUSY),
        (550, "5.2.1 This account is disabled", FailureClass.ADDRESS),
        # by words, where the code says little
        (450, "4.2.0 <a@reader.example>: Recipient address rejected: Greylisted", FailureClass.GREYLIST),
        (451, "4.7.1 Graylisting in action, come back later", FailureClass.GREYLIST),
        (451, "4.7.1 Temporarily rejected", FailureClass.GREYLIST),
        (451, "4.7.1 Try again: you are on our blocklist", FailureClass.POLICY),
        (450, "4.2.1 This user is receiving mail too quickly", FailureClass.BUSY),
        (421, "4.7.0 Too many connections from your host", FailureClass.BUSY),
        (550, "5.0.0 User unknown", FailureClass.ADDRESS),
        (554, "5.7.1 Message looks like spam", FailureClass.POLICY),
        # by words alone
        (550, "No such user here", FailureClass.ADDRESS),
        (550, "<a@reader.example>: user unknown", FailureClass.ADDRESS),
        (550, "Account does not exist", FailureClass.ADDRESS),
        (552, "Mailbox is full", FailureClass.MAILBOX),
        (450, "user over quota", FailureClass.MAILBOX),
        (554, "Blocked by our reputation service", FailureClass.POLICY),
        (552, "message size limit exceeded", FailureClass.CONTENT),
        (450, "rate limit exceeded", FailureClass.BUSY),
        # by reply code alone
        (421, "closing", FailureClass.BUSY),
        (452, "later", FailureClass.BUSY),
        (553, "no", FailureClass.ADDRESS),
        (550, "no", FailureClass.OTHER),
        (450, "later", FailureClass.OTHER),
        # in our own words
        (0, "the connection broke while the message was being written (timed out)", FailureClass.NETWORK),
        (0, "cannot be written as a mail: no such charset", FailureClass.CONTENT),
        (0, "the address has a space in it", FailureClass.ADDRESS),
        (250, "2.0.0 queued", FailureClass.OTHER),
    ],
)
def test_an_answer_is_put_into_its_class(code: int, reply: str, expected: FailureClass) -> None:
    assert classify(refusal(code, reply)) is expected


def test_greylisting_for_good_is_a_policy() -> None:
    assert classify(refusal(550, "5.7.1 greylisted")) is FailureClass.POLICY


def test_an_enhanced_code_of_the_transport_goes_before_one_in_the_text() -> None:
    assert classify(refusal(550, "said 5.7.1", enhanced="5.1.1")) is FailureClass.ADDRESS


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("5.1.1 nobody", "5.1.1"),
        ("<a@reader.example> 4.02.0 later", "4.2.0"),
        ("(5.7.509)", "5.7.509"),
        ("from 192.0.2.5 at 15.1.1", ""),  # neither an address nor a version is one
        ("5.1 nobody", ""),
        ("", ""),
    ],
)
def test_the_enhanced_code_is_found(reply: str, expected: str) -> None:
    assert find_enhanced(reply) == expected


@given(code=st.integers(0, 599), reply=st.text(max_size=200), enhanced=st.text(max_size=10))
def test_every_answer_has_a_class_and_the_same_one_again(code: int, reply: str, enhanced: str) -> None:
    receipt = Receipt(Outcome.DEFERRED, code, reply, enhanced=enhanced)
    assert classify(receipt) is classify(receipt)
    assert classify(receipt) in FailureClass


@pytest.mark.parametrize("piece", ["mailbox ", "full ", "rate ", "user ", "exceeds ", "<4.", "over "])
def test_an_endless_answer_costs_no_more_than_a_long_one(piece: str) -> None:
    began = time.perf_counter()
    classify(refusal(550, piece * 100_000))
    assert time.perf_counter() - began < 0.2
