"""Whether somebody can be added. Pure."""

from __future__ import annotations

import re

from publisher.addresses import has_unsafe_characters, problem_with_reader

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def check_subscriber(email: str, name: str, language: str = "") -> str | None:
    """Why this person cannot be added, or None."""
    if language and not _LANGUAGE.fullmatch(language):
        return f"the language {language!r} is none; write one such as ja or en-GB"
    problem = problem_with_reader(email.strip())
    if problem:
        return f"the address {email.strip()!r} {problem}"
    if has_unsafe_characters(name):
        return "the name has a control character"
    return None
