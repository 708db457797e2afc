"""Rules about what a reader sees before opening the mail. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.mail.cut import cut
from publisher.mail.lint.finding import Finding
from publisher.mail.lint.proof import Proof
from publisher.markup.width import display_width

DESKTOP, PHONE = 76, 36  # columns: about 38 and 18 Japanese characters

_MARKS = re.compile(r"[!！?？]{3,}")
_CAPITALS = re.compile(r"[A-Z]{2,}")
_FILLER = re.compile("[\\s\u00a0\u034f\u200b-\u200f\u2007\u2060\ufeff]+")


def check_subject(proof: Proof) -> Iterator[Finding]:
    subject = proof.subject
    if not _FILLER.sub("", subject):
        yield Finding("subject-empty", "is empty: print a title in subject.txt", "the subject")
        return
    letters = [letter for letter in subject if letter.isalpha()]
    capitals = sum(len(found) for found in _CAPITALS.findall(subject))
    if len(letters) >= 10 and capitals > 0.8 * len(letters):
        yield Finding("subject-shouting", "is all capitals, as spam is: write it as a sentence", "the subject", subject)
    elif _MARKS.search(subject):
        yield Finding("subject-shouting", "has three or more ! or ? in a row: one will do", "the subject", subject)
    yield from _check_cuts(subject)


def check_preheader(proof: Proof) -> Iterator[Finding]:
    """What stands first in the mail and is not shown in it; mail programs show it beside the subject."""
    first = next((item for item in proof.body.iter("*") if (item.text or "").strip()), None)
    if first is None or first not in proof.hidden or not _FILLER.sub("", first.text or ""):
        message = "has no preheader, so mail programs show its first words: print preheader in an element not displayed"
        yield Finding("preheader-empty", message, "the HTML")


def _check_cuts(subject: str) -> Iterator[Finding]:
    if display_width(subject) > DESKTOP:
        message = f"is shown on a wide screen as {cut(subject, DESKTOP)!r}, on a phone as {cut(subject, PHONE)!r}"
    elif display_width(subject) > PHONE:
        message = f"is shown on a phone as {cut(subject, PHONE)!r}"
    else:
        return
    yield Finding("subject-cut", f"{message}: put what matters first", "the subject", subject)
