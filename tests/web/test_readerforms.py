"""What forms of readers say, as values: the traps for programs, and preferences of any form whatever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher import tokens
from publisher.catalogue import find_catalogue
from publisher.model.preferences import Choice, Preferences, Rhythm
from publisher.subscribers.signup import SignUpProblem
from publisher.web.face import Say
from publisher.web.forms import Form
from publisher.web.preferenceform import read_newsletters, read_preferences_form
from publisher.web.preferring import list_zones
from publisher.web.signupform import STAMP, TRAP, Verdict, judge, make_stamp, read_entry
from publisher.web.signupschema import describe_api
from publisher.web.signupwords import list_problems

KEY, OLDER = b"key-of-today", b"key-of-yesterday"
NOW = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)
BEFORE = Preferences((Choice("weekly", ("snow",), Rhythm.DAILY), Choice("daily")), "Hana", "ja", "Asia/Tokyo", 7)
FIELDS = st.sampled_from(
    ["shown", "newsletter", "rhythm-weekly", "topic-weekly", "name", "language", "timezone", "hour"]
) | st.text(max_size=9)
FORMS = st.lists(st.tuples(FIELDS, st.sampled_from(["weekly", "daily", "snow", "23", "", "²"]) | st.text(max_size=9)))


def form(*fields: tuple[str, str]) -> Form:
    return Form(fields)


@pytest.mark.parametrize(
    ("age", "verdict"),
    [
        (timedelta(0), Verdict.AGAIN),
        (timedelta(seconds=1.5), Verdict.AGAIN),
        (timedelta(seconds=2), Verdict.PERSON),
        (timedelta(hours=23), Verdict.PERSON),
        (timedelta(days=1), Verdict.AGAIN),
        (timedelta(seconds=-5), Verdict.AGAIN),
    ],
)
def test_people_take_their_time(age: timedelta, verdict: Verdict) -> None:
    stamp = make_stamp(KEY, NOW)
    assert judge(form((STAMP, stamp)), [KEY], NOW + age) is verdict


def test_a_stamp_of_the_key_before() -> None:
    age = timedelta(minutes=1)
    sent = form((STAMP, make_stamp(OLDER, NOW)))
    assert judge(sent, [KEY, OLDER], NOW + age) is Verdict.PERSON
    assert judge(sent, [KEY], NOW + age) is Verdict.AGAIN


def test_a_token_for_something_else_is_no_stamp() -> None:
    token = tokens.sign_until(KEY, tokens.CONFIRM, 0, NOW + timedelta(days=1))
    assert judge(form((STAMP, token)), [KEY], NOW + timedelta(minutes=1)) is Verdict.AGAIN


def test_who_fills_in_the_trap_is_no_person() -> None:
    sent = form((STAMP, make_stamp(KEY, NOW)), (TRAP, "https://spam.example"))
    assert judge(sent, [KEY], NOW + timedelta(minutes=1)) is Verdict.ROBOT


def test_newsletters_are_named_once() -> None:
    entry = read_entry(form(("newsletter", "b"), ("newsletter", "a"), ("newsletter", "b"), ("email", "x@a.example")))
    assert (entry.email, entry.newsletters) == ("x@a.example", ("b", "a"))


@given(FORMS)
def test_any_form_gives_preferences_of_the_same_newsletters(fields: list[tuple[str, str]]) -> None:
    sent = form(*fields)
    found = read_preferences_form(sent, BEFORE, {"weekly": ("snow", "tea")})
    assert [one.newsletter for one in found.newsletters] == ["weekly", "daily"]
    assert found.paused_until is None
    assert found.hour is None or 0 <= found.hour <= 99, "what is no hour is refused by the verb"
    if "weekly" not in sent.get_all("shown"):
        assert found.newsletters[0] == BEFORE.newsletters[0]
    wanted, offered = read_newsletters(sent)
    assert set(wanted) == set(sent.get_all("newsletter"))
    assert set(offered) == set(sent.get_all("shown"))


@pytest.mark.parametrize(
    ("ticked", "topics"),
    [((), ()), (("snow",), ("snow",)), (("snow", "tea"), ()), (("tea", "tea"), ("tea",))],
)
def test_all_topics_or_none_mean_everything(ticked: tuple[str, ...], topics: tuple[str, ...]) -> None:
    boxes = [("topic-weekly", topic) for topic in ticked]
    sent = form(("shown", "weekly"), ("rhythm-weekly", "weekly"), *boxes)
    found = read_preferences_form(sent, BEFORE, {"weekly": ("snow", "tea")})
    assert found.newsletters[0] == Choice("weekly", topics, Rhythm.WEEKLY)


def test_nothing_sent_changes_nothing() -> None:
    assert read_preferences_form(form(), BEFORE, {}) == BEFORE


def test_zones_are_places_and_the_one_that_was_chosen() -> None:
    zones = list_zones("Etc/GMT-9")
    assert {"Asia/Tokyo", "Europe/Berlin", "UTC", "Etc/GMT-9"} <= set(zones)
    assert "Etc/GMT+1" not in zones
    assert zones == sorted(zones)


@pytest.mark.parametrize(
    "code", ["malformed", "full-width", "disposable", "name", "language", "choice", "newsletter", "new"]
)
def test_every_problem_says_what_to_do(code: str) -> None:
    for language in ("en", "ja"):
        (found,) = list_problems([SignUpProblem("email", code, "for programs")], Say(find_catalogue(language)))
        assert found.field == "email"
        assert found.message != "for programs"
        assert "{" not in found.message


def test_the_description_is_of_this_server() -> None:
    found = describe_api("https://letters.note.example", ["weekly"])
    assert found["servers"] == [{"url": "https://letters.note.example"}]
