"""When an address is written to no more, by what came back from it: the one rule, whoever tells. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo

from publisher.model.bounce import BounceKind
from publisher.model.suppression import SuppressionReason

_AT_ONCE = {BounceKind.HARD: SuppressionReason.HARD, BounceKind.COMPLAINT: SuppressionReason.COMPLAINT}


def find_reason(kind: BounceKind, soft_days: int, enough: int) -> SuppressionReason | None:
    """Why an address is suppressed after a report of this kind; None: it is not.

    `soft_days` are those of its soft bounces, the present one included (`count_days`).
    """
    if kind is BounceKind.SOFT and soft_days >= enough:
        return SuppressionReason.SOFT
    return _AT_ONCE.get(kind)


def count_days(first_reports: Iterable[datetime], zone: tzinfo) -> int:
    """On how many days issues came back; `first_reports` has one moment for each issue.

    As in Mailman, a day counts once: three articles that are mailed within an hour, while a provider has lost its mind
    or somebody empties a full mailbox, say no more than one of them.
    """
    return len({moment.astimezone(zone).date() for moment in first_reports})
