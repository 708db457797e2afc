"""The verbs for a letter written by hand: an issue without articles, through the same ledger."""

from __future__ import annotations

from pathlib import Path

from publisher.app.context import Context
from publisher.app.issuing import DigestPlan
from publisher.app.segments import audience_of
from publisher.errors import UsageError
from publisher.model.issue import Issue, Selection
from publisher.sources.handwritten import read_one_off
from publisher.storage import issues, letters, subscribers


def plan_letter(context: Context, name: str, path: Path) -> DigestPlan:
    """Decide, and change nothing. The folder of articles has no part in it.

    Raises UsageError for an unknown newsletter and for a file that cannot be mailed.
    """
    newsletter = context.newsletter(name)
    one_off, markdown = read_one_off(path)
    with context.database.read() as connection:
        receivers = subscribers.count_receivers(
            connection, name, audience_of(context.config, newsletter, context.clock())
        )
    return DigestPlan(name, Selection(intro=markdown, one_off=one_off), receivers, pass_to=0)


def find_sent(context: Context, plan: DigestPlan) -> Issue | None:
    """The issue that was made of the same letter before; None for one of articles."""
    one_off = plan.selection.one_off
    if one_off is None:
        return None
    with context.database.read() as connection:
        issue_id = letters.find_letter(connection, plan.newsletter, one_off.sha256)
        return None if issue_id is None else issues.get_issue(connection, issue_id)


def refuse_draft(plan: DigestPlan) -> None:
    """Raises UsageError for a letter that says of itself that it is not finished."""
    one_off = plan.selection.one_off
    if one_off is not None and one_off.is_draft:
        raise UsageError(f"{one_off.file}: is a draft; take `draft` out of its front matter to send it")
