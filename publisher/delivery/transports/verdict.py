"""What the answer of a mail service over HTTP means for a message, and for those behind it. Pure.

The ledger counts in the words of SMTP, so an answer is written down as the SMTP code that says the same: 550 for a
reader, 554 for a message, 451 for later.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from typing import Any, Protocol

from publisher.delivery.transports.wire import clean_reply
from publisher.fetch import Answer
from publisher.model.message import Message

_LONGEST_WAIT = timedelta(days=1)


class Kind(Enum):
    """The first four are about one message, the others about us."""

    ACCEPTED = auto()
    FAILED = auto()
    LATER = auto()
    DOUBT = auto()  # it may have been taken
    THROTTLED = auto()  # too fast: the same again after a moment
    CLOSED = auto()  # nothing more for a while, such as a quota that is used up
    REFUSED = auto()  # a person must act
    LOGIN = auto()  # our key is not taken


@dataclass(frozen=True, slots=True)
class Verdict:
    """`words` are for people; `wait` is how long the service asks us to."""

    kind: Kind
    words: str
    code: int = 0
    enhanced: str = ""
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One POST."""

    url: str
    headers: Mapping[str, str]
    content: bytes


class Api(Protocol):
    """A mail service: what it is told of a message, and what its answers mean."""

    @property
    def url(self) -> str:
        """Where messages go."""
        ...

    @property
    def secret(self) -> str:
        """What no message may repeat."""
        ...

    @property
    def is_private(self) -> bool:
        """Whether the service may be on a private network."""
        ...

    @property
    def takes_utf8(self) -> bool:
        """Whether it says that it takes addresses with letters beyond ASCII before the @."""
        ...

    def write_request(self, message: Message, now: datetime) -> ApiRequest:
        """Raises ValueError when this message cannot be said to this service."""
        ...

    def judge(self, answer: Answer, now: datetime) -> Verdict: ...


def read_json(answer: Answer) -> Mapping[str, Any]:
    """The object that an answer holds; an empty one when it holds none."""
    try:
        found = json.loads(answer.content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def read_words(answer: Answer, *names: str) -> str:
    """What an answer says under the first of these names, or as a whole; on one line."""
    found = read_json(answer)
    said = next((found[name] for name in names if isinstance(found.get(name), str)), None)
    return clean_reply(answer.content if said is None else said.encode())


def read_wait(answer: Answer, now: datetime) -> timedelta | None:
    """Retry-After: seconds, or a date (RFC 9110 10.2.3); a day at most."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isdecimal() and text.isascii():
        return min(timedelta(seconds=int(text[:9])), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return min(max(moment - now, timedelta(0)), _LONGEST_WAIT)


def accept_or_doubt(reference: object, answer: Answer) -> Verdict:
    """Accepted under `reference`; an answer without one is of some other server in between."""
    if isinstance(reference, str) and reference:
        return Verdict(Kind.ACCEPTED, f"accepted as {clean_reply(reference.encode())}", 250)
    return Verdict(Kind.DOUBT, f"HTTP {answer.status} without a reference: {clean_reply(answer.content)}")


def judge_status(answer: Answer, words: str, now: datetime) -> Verdict:
    """What an HTTP status means by itself (RFC 9110 15)."""
    status = answer.status
    said = f"HTTP {status}: {words}" if words else f"HTTP {status}"
    if status in {401, 403}:
        return Verdict(Kind.LOGIN, said)
    if status == 413:
        return Verdict(Kind.FAILED, said, 552, "5.3.4")
    if status == 429:
        return Verdict(Kind.THROTTLED, said, 451, "4.3.2", read_wait(answer, now))
    if status in {408, 409, 425, 500, 503}:
        wait = read_wait(answer, now)
        return Verdict(Kind.LATER if wait is None else Kind.CLOSED, said, 451, "4.3.0", wait)
    if status >= 500 or status < 300:  # 502, 504: a gateway does not know what became of it, and neither do we
        return Verdict(Kind.DOUBT, said)
    if status < 400 or status in {402, 404, 405, 410}:
        return Verdict(Kind.REFUSED, said)
    return Verdict(Kind.FAILED, said, 554, "5.6.0")
