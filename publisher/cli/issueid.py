"""The number of an issue, as it is typed. Pure."""

from __future__ import annotations

import typer

HELP = "The number that `issues list` shows."
_MOST = 2**63 - 1  # the highest number that SQLite gives to a row


def parse_issue_id(text: str) -> int:
    """From 1 on.

    Raises typer.BadParameter.
    """
    if text.isascii() and text.isdigit() and len(text) < 20 and 1 <= int(text) <= _MOST:
        return int(text)
    raise typer.BadParameter(f"{text!r} is no number of an issue; `publisher issues list` shows them")
