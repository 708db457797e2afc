"""What a sign-up form sent, and whether a person seems to have filled it in. Pure.

Two traps for programs, neither of which asks anything of people: a field that nobody sees stays empty, and a form that
comes back sooner than anybody can type, or without the word it was made with, has to be sent once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from publisher import tokens
from publisher.web.forms import Form

TRAP = "website"  # named so that programs like to fill it in
STAMP = "stamp"

_PURPOSE = "sign-up form"
_KEPT = timedelta(days=1)  # a page may lie open for so long
_TOO_SOON = timedelta(seconds=2)


class Verdict(StrEnum):
    PERSON = "person"
    AGAIN = "again"  # show the form once more, filled in as it was
    ROBOT = "robot"  # say the same as to a person, and do nothing


@dataclass(frozen=True, slots=True)
class Entry:
    """What was entered, whatever it is worth."""

    email: str = ""
    name: str = ""
    language: str = ""
    newsletters: tuple[str, ...] = ()


def make_stamp(key: bytes, now: datetime) -> str:
    """Says when a form was made; goes with it and comes back."""
    return tokens.sign_until(key, _PURPOSE, 0, now + _KEPT)


def judge(form: Form, keys: tokens.Keys, now: datetime) -> Verdict:
    if form.get(TRAP):
        return Verdict.ROBOT
    found = tokens.verify_until(keys, _PURPOSE, form.get(STAMP))
    if found is None:
        return Verdict.AGAIN
    age = now - (found[1] - _KEPT)
    # The stamp is in whole seconds, so that it may seem up to one older than it is.
    return Verdict.PERSON if _TOO_SOON <= age < _KEPT else Verdict.AGAIN


def read_entry(form: Form) -> Entry:
    names = tuple(dict.fromkeys(form.get_all("newsletter")))
    return Entry(form.get("email"), form.get("name"), form.get("language"), names)
