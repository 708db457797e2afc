"""Rules about the relation of text, pictures and the two parts, as spam filters see it. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.mail.lint.finding import Finding
from publisher.mail.lint.proof import Proof
from publisher.markup.width import display_width

_LEAST_TEXT = 200  # columns, the footer included
_LEAST_COMMON = 0.3  # of the letter triples of the text part that are in the HTML too
_LONGEST = 100_000  # characters of each part that are compared


def check_parts(proof: Proof) -> Iterator[Finding]:
    if not proof.issue.text.strip():
        yield Finding("text-empty", "is empty: write what the mail says into body.txt", "the text part")
        return
    visible = proof.text
    if proof.body.find(".//img") is not None and display_width(visible[:_LEAST_TEXT]) < _LEAST_TEXT:
        message = "is nearly nothing but pictures, which filters and people without them do not like: add text"
        yield Finding("image-only", message, "the HTML")
    ours, theirs = _triples(proof.issue.text), _triples(visible)
    if len(ours) > 50 and len(theirs) > 50 and len(ours & theirs) < _LEAST_COMMON * min(len(ours), len(theirs)):
        message = "says something else than the HTML, as spam does: print the same articles in body.txt"
        yield Finding("text-differs", message, "the text part")


def _triples(text: str) -> set[str]:
    """Every three letters in a row, so that languages without blanks can be compared too."""
    letters = "".join(letter for letter in text[:_LONGEST] if letter.isalnum())
    return {letters[at : at + 3] for at in range(len(letters) - 2)}
