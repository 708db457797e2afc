"""What the User-Agent of a feed service says about the people it fetches for. Pure.

Services that fetch once for many write how many, in one of these shapes (made-up numbers, real forms):

    Feedly/1.0 (+http://www.feedly.com/fetcher.html; 123 subscribers; like FeedFetcher-Google)
    Feedbin feed-id:1379740 - 12 subscribers
    NewsBlur Feed Fetcher - 5 subscribers - http://www.newsblur.com/site/77/ (…)
    Inoreader/1.0 (+http://www.inoreader.com/feed-fetcher; 31 subscribers; )
    Mozilla/5.0 (compatible; theoldreader.com; 8 subscribers; feed-id=…)
    Mozilla/5.0 (compatible; BazQux/2.4; +https://bazqux.com/fetcher; 1 subscribers)
    Feed Wrangler/1.0 (2 subscribers; feed-id=42)
"""

from __future__ import annotations

import re
from functools import lru_cache

_MOST_SUBSCRIBERS = 10_000_000
_COUNT = re.compile(r"(?<![\d.,])(\d{1,9}) (?:subscriber|reader)s?\b", re.IGNORECASE)
_COMPATIBLE = re.compile(r"Mozilla/[\d.]+ \(compatible; *([^;)]+)", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9.]*(?: [A-Z][A-Za-z]+){0,2}")
_GENERIC = re.compile(r" (?:Feed ?)?(?:Fetcher|Parser|Bot|Crawler)\b.*", re.IGNORECASE)


@lru_cache(maxsize=256)
def parse_subscribers(agent: bytes) -> tuple[str, int] | None:
    """The service and its number of subscribers; None for an agent that speaks for one reader."""
    text = agent.decode("latin-1")
    counted = _COUNT.search(text)
    if not counted:
        return None
    compatible = _COMPATIBLE.match(text)
    name = _NAME.match(compatible[1] if compatible else text)
    if not name:
        return None
    return _GENERIC.sub("", name[0])[:40], min(int(counted[1]), _MOST_SUBSCRIBERS)
