"""When a feed may be asked again. Pure.

Never before its interval; later when server or feed ask for it, or when it fails, but after a day at the latest.
`Retry-After` is obeyed for up to a week.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from publisher.timing import read_http_date, read_retry_after

LONGEST_PAUSE = timedelta(days=1)
LONGEST_RETRY = timedelta(days=7)
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", re.IGNORECASE)


def pause_after_answer(
    headers: Mapping[str, str], wanted: timedelta | None, interval: timedelta, now: datetime
) -> timedelta:
    """After a good answer. `headers` with names in lower case; `wanted` is what the feed itself asks for."""
    asked = [_max_age(headers), _until(headers.get("expires"), headers, now), wanted]
    longest = max((pause for pause in asked if pause is not None), default=timedelta(0))
    return max(interval, min(longest, LONGEST_PAUSE))


def pause_after_failure(headers: Mapping[str, str], failures: int, interval: timedelta, now: datetime) -> timedelta:
    """Doubled with each failure; `failures` counts from 1."""
    doubled = min(interval, LONGEST_PAUSE) * (1 << min(failures - 1, 16))
    retry = read_retry_after(headers.get("retry-after", ""), now)
    return max(interval, min(doubled, LONGEST_PAUSE), min(retry, LONGEST_RETRY))


def is_due(next_at: datetime | None, interval: timedelta, now: datetime) -> bool:
    """A moment further away than any pause was set by a clock that had jumped."""
    return next_at is None or next_at <= now or next_at > now + max(LONGEST_RETRY, interval)


def _max_age(headers: Mapping[str, str]) -> timedelta | None:
    """RFC 9111 5.2.2: `no-cache` and `no-store` ask for no pause at all."""
    said = headers.get("cache-control", "")
    match = _MAX_AGE.search(said)
    return timedelta(seconds=int(match[1])) if match and "no-" not in said.lower() else None


def _until(text: str | None, headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """`Expires` (RFC 9111 5.3), by the server's own clock; `Cache-Control` comes before it."""
    moment = read_http_date(text)
    if moment is None or "cache-control" in headers:
        return None
    return moment - (read_http_date(headers.get("date")) or now)
