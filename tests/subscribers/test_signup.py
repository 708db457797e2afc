"""Sign-ups: what is taken, what is explained, and which notices are still true."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.addresses import problem_with
from publisher.model.consent import Request, RequestKind
from publisher.model.notice import Notice, NoticeKind
from publisher.model.subscriber import Subscriber, SubscriberState
from publisher.subscribers.disposable import DOMAINS, is_disposable
from publisher.subscribers.notices import is_wanted
from publisher.subscribers.signup import SignUp, find_problems, network_of

NOW = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)
KNOWN = ["weekly", "daily"]
PERSON = Subscriber(7, "hanako@reader.example", newsletters=("weekly",))
REQUEST = Request(3, RequestKind.SUBSCRIBE, 7, PERSON.email, ("weekly",), NOW, NOW + timedelta(days=7))


def fields_of(sign_up: SignUp, *, allow_disposable: bool = False) -> list[str]:
    return [problem.field for problem in find_problems(sign_up, KNOWN, allow_disposable=allow_disposable)]


@pytest.mark.parametrize("email", ["a@example.org", " a..b@docomo.example ", ".a@ezweb.example", "a.@例え.example"])
def test_what_people_have_is_taken(email: str) -> None:
    assert fields_of(SignUp(email, ("weekly",), "山田 花子 🌸", "ja-JP")) == []
    assert fields_of(SignUp(email)) == []


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = SignUp("a@b", ("weekly", "hourly"), "x" * 101, "japanese language")
    assert fields_of(wrong) == ["email", "name", "language", "newsletters"]
    assert [problem.field for problem in find_problems(SignUp("a@b.example"), [], allow_disposable=True)] == [
        "newsletters"
    ]


@pytest.mark.parametrize("email", ["ｈａｎａ@reader.example", "hana＠reader.example"])
def test_an_input_method_that_was_left_on_is_named(email: str) -> None:
    (problem,) = find_problems(SignUp(email), KNOWN, allow_disposable=False)
    assert (problem.field, problem.code) == ("email", "full-width")


@pytest.mark.parametrize("email", ["a@mailinator.com", "a@MAILINATOR.com", "a@x.y.yopmail.com"])
def test_mailboxes_that_are_thrown_away_are_explained(email: str) -> None:
    (problem,) = find_problems(SignUp(email), KNOWN, allow_disposable=False)
    assert (problem.code, "take one that you keep" in problem.message) == ("disposable", True)
    assert fields_of(SignUp(email), allow_disposable=True) == []
    assert not is_disposable("a@notmailinator.com")
    assert not is_disposable("a@mailinator.com.example")


def test_the_list_holds_domains_and_nothing_else() -> None:
    assert len(DOMAINS) > 80
    assert [domain for domain in DOMAINS if problem_with(f"a@{domain}") or domain != domain.lower()] == []


@given(st.text(max_size=400), st.text(max_size=120), st.text(max_size=20), st.lists(st.text(max_size=9), max_size=3))
def test_whatever_is_sent_is_taken_or_explained(email: str, name: str, language: str, names: list[str]) -> None:
    for problem in find_problems(SignUp(email, tuple(names), name, language), KNOWN, allow_disposable=False):
        assert problem.message
        assert problem.code.isalpha()
        assert len(problem.message) < 700


@given(st.ip_addresses(v=4))
def test_a_network_of_the_old_kind_has_256_addresses(address: ipaddress.IPv4Address) -> None:
    found = network_of(str(address))
    assert found.endswith("/24")
    assert address in ipaddress.ip_network(found)
    assert network_of(f"::ffff:{address}") == found, "the same one behind a socket of the new kind"


@given(st.integers(2**96, 2**128 - 1).map(ipaddress.IPv6Address))
def test_a_network_of_the_new_kind_is_what_a_provider_gives_to_one(address: ipaddress.IPv6Address) -> None:
    found = network_of(str(address))
    assert found.endswith("/48")
    assert address in ipaddress.ip_network(found)
    assert network_of(f"{address}%eth0") == found


@given(st.text(max_size=50))
def test_what_is_no_address_is_no_network(text: str) -> None:
    found = network_of(text)
    assert found == "" or ipaddress.ip_network(found).prefixlen in {24, 48}


def notice(kind: NoticeKind) -> Notice:
    return Notice(1, kind, "k", 7, ("weekly",), PERSON.email, request_id=3)


@pytest.mark.parametrize("kind", NoticeKind)
def test_nothing_goes_to_who_must_not_be_written_to(kind: NoticeKind) -> None:
    assert not is_wanted(notice(kind), replace(PERSON, state=SubscriberState.FORGOTTEN), REQUEST, NOW)
    assert not is_wanted(notice(kind), None, REQUEST, NOW)
    suppressed = replace(PERSON, state=SubscriberState.SUPPRESSED)
    to_another_address = kind is NoticeKind.ADDRESS_CHANGE
    assert is_wanted(notice(kind), suppressed, REQUEST, NOW) is to_another_address


def test_a_notice_goes_out_only_while_it_is_true() -> None:
    kinds, pending = NoticeKind, replace(PERSON, state=SubscriberState.PENDING, newsletters=())
    for kind, person in product((kinds.CONFIRM, kinds.ADDRESS_CHANGE), (PERSON, pending)):
        assert is_wanted(notice(kind), person, REQUEST, NOW)
        assert not is_wanted(notice(kind), person, None, NOW)
        assert not is_wanted(notice(kind), person, replace(REQUEST, done_at=NOW), NOW)
        assert not is_wanted(notice(kind), person, REQUEST, REQUEST.expires_at)
    assert is_wanted(notice(kinds.WELCOME), PERSON, None, NOW)
    assert not is_wanted(notice(kinds.WELCOME), pending, None, NOW)
    assert not is_wanted(notice(kinds.WELCOME), replace(PERSON, newsletters=("daily",)), None, NOW)
    assert is_wanted(notice(kinds.GOODBYE), replace(PERSON, newsletters=("daily",)), None, NOW)
    assert not is_wanted(notice(kinds.GOODBYE), PERSON, None, NOW)
    assert is_wanted(notice(kinds.ADDRESS_CHANGED), replace(PERSON, email="new@reader.example"), None, NOW)
    assert not is_wanted(notice(kinds.ADDRESS_CHANGED), PERSON, None, NOW)
