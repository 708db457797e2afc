"""What somebody asks of our hub (W3C WebSub 5.1), or why it is not asked well. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

from publisher.model.hub import HubMode

LARGEST_FORM = 16_000  # bytes
LONGEST_ADDRESS = 2_000  # characters
DEFAULT_LEASE = timedelta(days=10)
SHORTEST_LEASE = timedelta(minutes=5)
LONGEST_LEASE = timedelta(days=30)
_LONGEST_SECRET = 199  # bytes; "less than 200"
_MOST_FIELDS = 100
_MEDIA_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """`secret` is empty when what is sent need not be signed; `host` is that of the callback."""

    mode: HubMode
    topic: str
    callback: str
    host: str
    secret: str = ""
    lease: timedelta = DEFAULT_LEASE


@dataclass(frozen=True, slots=True)
class PublishRequest:
    """Somebody says that these have changed."""

    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HubReply:
    """An HTTP status, words for whoever programmed the other side, and seconds after which to ask again."""

    status: int
    words: str
    retry_after: int = 0


def read_request(content_type: str, body: bytes) -> SubscriptionRequest | PublishRequest | HubReply:
    """A POST to our hub. Whether we have such a feed is not known here."""
    if content_type.partition(";")[0].strip().lower() != _MEDIA_TYPE:
        return HubReply(415, f"must be sent as {_MEDIA_TYPE}")
    if len(body) > LARGEST_FORM:
        return HubReply(413, f"is larger than {LARGEST_FORM} bytes")
    try:
        pairs = parse_qsl(body.decode("ascii"), errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        return HubReply(400, "is not a form in UTF-8 with a reasonable number of fields")
    form = dict(reversed(pairs))  # the first of several counts
    mode = form.get("hub.mode", "")
    if mode == "publish":
        topics = tuple(value for name, value in pairs if name in {"hub.url", "hub.topic"})
        return PublishRequest(topics) if topics else HubReply(400, "names no feed in hub.url")
    if mode in {HubMode.SUBSCRIBE, HubMode.UNSUBSCRIBE}:
        return _read_subscription(HubMode(mode), form)
    return HubReply(400, "hub.mode must be subscribe, unsubscribe or publish")


def _read_subscription(mode: HubMode, form: Mapping[str, str]) -> SubscriptionRequest | HubReply:
    topic, callback, secret = form.get("hub.topic", ""), form.get("hub.callback", ""), form.get("hub.secret", "")
    if not topic:
        return HubReply(400, "hub.topic is missing")
    host = _host_of(callback)
    if not host:
        words = f"hub.callback must be an http or https address of at most {LONGEST_ADDRESS} ASCII characters"
        return HubReply(400, f"{words}, without a user name, password or #")
    if len(secret.encode("utf-8")) > _LONGEST_SECRET:
        return HubReply(400, "hub.secret must be shorter than 200 bytes")
    lease = _read_lease(form.get("hub.lease_seconds", ""))
    if lease is None:
        return HubReply(400, "hub.lease_seconds must be a whole number of seconds")
    return SubscriptionRequest(mode, topic, callback, host, secret, lease)


def _host_of(callback: str) -> str:
    """In lower case; empty when the address cannot be a callback."""
    is_plain = callback.isascii() and callback.isprintable() and " " not in callback
    if not is_plain or len(callback) > LONGEST_ADDRESS or "#" in callback:
        return ""
    try:
        parts = urlsplit(callback)
        has_port = parts.port != 0
    except ValueError:
        return ""
    is_web = parts.scheme in {"http", "https"} and has_port and "@" not in parts.netloc
    return (parts.hostname or "").rstrip(".") if is_web else ""


def _read_lease(text: str) -> timedelta | None:
    """What we grant: within our bounds, whatever is asked. None for what is no number."""
    if not text.strip():
        return DEFAULT_LEASE
    if not (text.isascii() and text.isdigit()):
        return None
    seconds = int(text) if len(text) <= 12 else 10**12  # a number of ten thousand digits takes its time
    return min(max(timedelta(seconds=seconds), SHORTEST_LEASE), LONGEST_LEASE)
