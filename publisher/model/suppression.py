"""An address that must not be written to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SuppressionReason(StrEnum):
    HARD = "hard"
    SOFT = "soft"
    COMPLAINT = "complaint"
    MANUAL = "manual"
    IMPORTED = "imported"


@dataclass(frozen=True, slots=True)
class Suppression:
    """An address that must not be written to. `source` says in words where that comes from."""

    email: str
    reason: SuppressionReason
    since: datetime
    source: str = ""
