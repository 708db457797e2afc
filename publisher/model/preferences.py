"""What a reader has chosen. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Rhythm(StrEnum):
    """How often a reader wants a newsletter, where that is not its own schedule."""

    EACH = "each"  # as soon as there is an article
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reader has chosen of one newsletter. No `topics`: all; no `rhythm`: the newsletter's own schedule."""

    newsletter: str
    topics: tuple[str, ...] = ()
    rhythm: Rhythm | None = None


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a reader has chosen. `newsletters` are those they receive now.

    No `language` or `timezone`: those of the site or the newsletter; `hour` None: that of the newsletter. Nothing is
    made for them before `paused_until`.
    """

    newsletters: tuple[Choice, ...] = ()
    name: str = ""
    language: str = ""
    timezone: str = ""
    hour: int | None = None
    paused_until: datetime | None = None
