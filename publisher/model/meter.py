"""How fast mail may go out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Meter:
    """What is known of the rate of one receiving provider, or of all mail. Moments are in UTC.

    `next_at`: when the bucket of seconds is full again. `hour` and `day` are pairs of a slot's number and the messages
    in it. `pace` (1 is full speed) is what it was at `paced_at`. `refusals` for policy since the last accepted message;
    `closures` that they have led to, the last one `closed_until`.
    """

    next_at: datetime | None = None
    hour: tuple[tuple[int, int], ...] = ()
    day: tuple[tuple[int, int], ...] = ()
    pace: float = 1.0
    paced_at: datetime | None = None
    refusals: int = 0
    closures: int = 0
    closed_until: datetime | None = None
    used_at: datetime | None = None
