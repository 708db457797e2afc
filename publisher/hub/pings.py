"""How a hub of others, or an rssCloud server, is told that feeds have changed, and what its answer means. Pure.

WebSub (W3C 2018) leaves open how a publisher speaks to its hub. What hubs take: Google's and Superfeedr `hub.url`,
Switchboard `hub.topic`, WebSubHub either. So both are said, of one feed at a time: a hub that looks at the last of
several would never hear of the others. Google's documents that it takes many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode, urlsplit

from publisher.timing import back_off, read_retry_after

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=2)
# The next change tells a hub of everything, and readers look by themselves about as often.
GIVE_UP_AFTER = timedelta(days=1)
LONGEST_RETRY_AFTER = timedelta(hours=12)
MOST_AT_ONCE = 50  # feeds in one request
_TAKES_MANY = frozenset({"pubsubhubbub.appspot.com"})
_TRY_AGAIN = frozenset({408, 425, 429})


class Protocol(StrEnum):
    WEBSUB = "websub"
    RSSCLOUD = "rsscloud"


@dataclass(frozen=True, slots=True)
class Ping:
    """One request: where it goes, its form, and the feeds it is about."""

    url: str
    content: bytes
    topics: tuple[str, ...]


class PingOutcome(StrEnum):
    TOLD = "told"
    LATER = "later"  # nothing is wrong with what we said: say it again
    REFUSED = "refused"  # saying it again would not help


def make_pings(hub: str, protocol: Protocol, topics: Sequence[str]) -> Iterator[Ping]:
    """The requests that tell `hub` of all `topics`, in their order. Of an rssCloud server, `hub` is where it takes
    requests of readers (`…/pleaseNotify`)."""
    if protocol is Protocol.RSSCLOUD:
        url = hub.rpartition("/")[0] + "/ping"
        yield from (Ping(url, _form([("url", topic)]), (topic,)) for topic in topics)
    elif urlsplit(hub).hostname in _TAKES_MANY:
        for start in range(0, len(topics), MOST_AT_ONCE):
            batch = tuple(topics[start : start + MOST_AT_ONCE])
            yield Ping(hub, _form([("hub.mode", "publish"), *(("hub.url", topic) for topic in batch)]), batch)
    else:
        for topic in topics:
            yield Ping(hub, _form([("hub.mode", "publish"), ("hub.url", topic), ("hub.topic", topic)]), (topic,))


def judge_ping(status: int) -> PingOutcome:
    if 200 <= status < 300:
        return PingOutcome.TOLD
    return PingOutcome.LATER if status >= 500 or status in _TRY_AGAIN else PingOutcome.REFUSED


def explain_status(status: int, headers: Mapping[str, str]) -> str:
    """What a person should know of an answer that is not good; it follows the hub's address and a colon."""
    location = headers.get("location", "")[:200]
    if 300 <= status < 400 and location:
        return f"redirects to {location} (HTTP status {status}); write that address into the config"
    if status == 429:
        return "asks us to come less often (HTTP status 429)"
    return f"{'has trouble of its own' if status >= 500 else 'does not take it'} (HTTP status {status})"


def next_ping(attempts: int, headers: Mapping[str, str], now: datetime, key: str) -> datetime:
    """When a hub that could not be told is tried again. `attempts` counts from 1; names of headers in lower case."""
    asked = min(read_retry_after(headers.get("retry-after", ""), now), LONGEST_RETRY_AFTER)
    return now + max(back_off(attempts, FIRST_WAIT, LONGEST_WAIT, key), asked)


def _form(pairs: Sequence[tuple[str, str]]) -> bytes:
    return urlencode(pairs).encode("ascii")
