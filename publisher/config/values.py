"""What a single value of config.yaml may be: each kind checked, and put into the shape that the program works with.

A validator raises ValueError with words for the person who wrote the value, and repeats none that may hold a password.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from publisher import timing, urls
from publisher.addresses import Mailbox, domain_of, normalise, parse_mailbox, problem_with
from publisher.model.feed import FeedFormat
from publisher.model.preferences import Rhythm

ON_PUBLISH = "on-publish"
SELF = "self"  # our own hub
ANY_ORIGIN = "*"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")  # of newsletters and templates

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_QUIET = re.compile(r"((?:[01]?\d|2[0-3]):[0-5]\d)\s*[-–]\s*((?:[01]?\d|2[0-3]):[0-5]\d)")
_SELECTOR = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_NAMING_PARTS = {"stem", "path", "slug", "id"}  # without one of them all articles would have one address
_ADDRESS_PARTS = {"stem", "path", "year", "month", "day", *urls.MORE_PARTS}
_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)
_SOME_SITE = "https://example.com"  # addresses below a site are tried out on this one


def _mailbox(value: object) -> Mailbox:
    if isinstance(value, Mailbox):
        return value
    if not isinstance(value, str):
        raise ValueError('must be text such as "Name <news@example.com>"')
    return parse_mailbox(value)


def _email(value: str) -> str:
    problem = problem_with(value.strip())
    if problem:
        raise ValueError(f"the address {value} {problem}")
    return normalise(value)


def _domain(value: str) -> str:
    domain = domain_of(f"x@{value.strip()}")
    if "@" in value or problem_with(f"x@{domain}") or domain == "localhost":
        raise ValueError(f"{value!r} is not a domain; write one such as example.com")
    return domain


def _selector(value: str) -> str:
    if not _SELECTOR.fullmatch(value):
        raise ValueError(f"{value!r} is not a selector; take letters, digits and -, such as s2026")
    return value.lower()


def _zone(value: object) -> ZoneInfo:
    if isinstance(value, ZoneInfo):
        return value
    try:
        return ZoneInfo(str(value))
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{value!r} is not a time zone; write one such as Asia/Tokyo or UTC") from None


def _site_url(value: str) -> str:
    try:
        parts = urlsplit(urls.to_uri(value.strip()))
        is_complete = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, is_complete = urlsplit(""), False
    if not is_complete:
        raise ValueError("is not the address of a site; write one such as https://example.com")
    if "@" in parts.netloc:
        raise ValueError("has a user name or a password in it, which every feed would show")
    if parts.query or parts.fragment:
        raise ValueError("must not have a ? or # part")
    return parts.geturl().rstrip("/")


def _feeds_url(value: str) -> str:
    if "?" in value or "#" in value:
        raise ValueError("must not have a ? or # part")
    return _web_address(value, value)


def _site_file(value: str) -> str:
    return _web_address(value, value) if value.strip() else ""


def _page_name(value: str) -> str:
    value = value.strip()
    parts = value.split("/")
    is_plain = not set(value) & set('\\?#%:*"<>|') and not any(part == "" or part.startswith(".") for part in parts)
    if value and not (is_plain and value.endswith(".html")):
        raise ValueError("is not the name of a page below the output folder, such as subscribe.html; empty for none")
    return _one_line(value)


def _web_address(value: str, example: str) -> str:
    """`value`, when `example`, which it makes, is an address or a path below the site."""
    try:
        found = urls.below_site(example.strip(), _SOME_SITE)
    except ValueError:
        found = ""
    if not found.startswith(("http://", "https://")):
        raise ValueError("is not an address; write a path such as /feeds, or one that begins with https://")
    return value.strip()


def _feed_source(value: str) -> str:
    return _whole_address(value, "of a feed; write one such as https://example.com/feed.xml")


def _whole_address(value: str, words: str) -> str:
    try:
        found = urls.to_uri(value.strip()).partition("#")[0]
        parts = urlsplit(found)
        is_complete = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        found, is_complete = "", False
    if not is_complete:
        raise ValueError(f"is not the address {words}")
    return found


@dataclass(frozen=True, slots=True)
class Listen:
    """Where a server listens; port 0 is any that is free."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_listen(value: object) -> Listen:
    if isinstance(value, Listen):
        return value
    host, colon, port = str(value).strip().rpartition(":")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not (colon and host and port.isascii() and port.isdigit() and int(port) < 65_536):
        raise ValueError("must be an address and a port, such as 127.0.0.1:8000 or [::1]:8000")
    return Listen(host, int(port))


def _network(value: object) -> IPv4Network | IPv6Network:
    if isinstance(value, (IPv4Network, IPv6Network)):
        return value
    try:
        return ip_network(str(value).strip())
    except ValueError:
        raise ValueError(f"{value!r} is not an address or network; write one such as 127.0.0.1 or 10.0.0.0/8") from None


def _hub(value: str) -> str:
    words = "of a hub; write one such as https://hub.example.com/, or self"
    return value if value == SELF else _public_address(value, words)


def _origin(value: str) -> str:
    """As a browser names a site: scheme, host and port, nothing behind them (RFC 6454 6.2)."""
    if value == ANY_ORIGIN:
        return value
    found = _site_url(value)
    if urlsplit(found).path:
        raise ValueError(f"has a path; an origin is only https://host, so write {found[: -len(urlsplit(found).path)]}")
    return found.lower()


def _cloud(value: str) -> str:
    words = "where an rssCloud server takes requests; write one such as http://rpc.example.com:5337/pleaseNotify"
    found = _public_address(value, words)
    if "?" in found or urlsplit(found).path.endswith("/") or not urlsplit(found).path:
        raise ValueError(f"is not the address {words}")
    return found


def _public_address(value: str, words: str) -> str:
    found = _whole_address(value, words)
    if "@" in urlsplit(found).netloc:
        raise ValueError("has a user name or a password in it, which every feed would show")
    return found


def _names(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _feed_file(value: str) -> str:
    """A file or folder below the output, with its name as `folder_name` would give it."""
    text = _one_line(value).strip("/")
    if value.startswith("/") or not text:
        raise ValueError("must be a file or folder below feeds.output, such as index.xml or feeds/all")
    for part in text.split("/"):
        if part in {"", ".", ".."} or urls.folder_name(part) != part:
            raise ValueError(f"{value!r} is no file or folder below feeds.output; write one such as feeds/all.xml")
    return text


def _language(value: str) -> str:
    if not _LANGUAGE.fullmatch(value):
        raise ValueError(f"{value!r} is not a language; write one such as ja or en-GB (RFC 5646)")
    return value


def _segment(value: str) -> str:
    from publisher.segments.parse import parse_segment  # noqa: PLC0415 - most sites have no segments

    parse_segment(value)
    return value


def _segment_choice(value: str) -> str:
    """An expression, or the name of one under `segments:`, which load.py looks for."""
    return value if NAME.fullmatch(value) else _segment(value)


def _duration(value: object) -> timedelta:
    if isinstance(value, timedelta):
        return value
    return timing.parse_duration(str(value))


def _window(value: object) -> timing.DailyWindow:
    return value if isinstance(value, timing.DailyWindow) else timing.parse_window(str(value))


def _duration_or_zero(value: object) -> timedelta:
    return timedelta(0) if str(value).strip() == "0" else _duration(value)


def _kept(value: timedelta) -> timedelta:
    if not timedelta(days=30) <= value <= timedelta(days=36500):
        raise ValueError("must be between 30d, because bounces and complaints take their time, and 36500d")
    return value


def _schedule(value: str) -> str:
    value = value.strip()
    if value != ON_PUBLISH:
        timing.check_cron(value)
    return value


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours of the day in which no mail begins, as `HH:MM` of a wall clock; `end` is the first minute after them."""

    start: str
    end: str


def _quiet(value: object) -> Quiet:
    if isinstance(value, Quiet):
        return value
    match = _QUIET.fullmatch(str(value).strip())
    quiet = Quiet(match[1].zfill(5), match[2].zfill(5)) if match is not None else None
    if quiet is None or quiet.start == quiet.end:
        raise ValueError(f'{value!r} is no span of hours; write one such as "22:00-07:00", in quotes')
    return quiet


def _rhythm(value: object) -> Rhythm:
    try:
        return Rhythm(str(value))
    except ValueError:
        raise ValueError(f"{value!r} is no rhythm; write {', '.join(Rhythm)}") from None


def _weekday(value: str) -> str:
    day = value.strip().lower()[:3]
    if day not in WEEKDAYS:
        raise ValueError(f"{value!r} is no day of the week; write one of {', '.join(WEEKDAYS)}")
    return day


def _address_pattern(value: str) -> str:
    names = set(re.findall(r"\{([^{}]*)\}", value))
    unknown = sorted(names - _ADDRESS_PARTS)
    if unknown:
        known = ", ".join(f"{{{name}}}" for name in sorted(_ADDRESS_PARTS))
        raise ValueError(f"{{{unknown[0]}}} is not known here; use {known}")
    if not names & _NAMING_PARTS:
        raise ValueError("must have {stem} or {path}, or every article would have the same address")
    if "{" in re.sub(r"\{[a-z]+\}", "", value) or "}" in re.sub(r"\{[a-z]+\}", "", value):
        raise ValueError("has a { or } that closes nothing")
    return _web_address(value, urls.article_url(_SOME_SITE, value, stem="a", path="a", published=_SOME_DAY))


def _database(value: str) -> str:
    if not value.startswith("sqlite:///"):
        kind, found, _ = value.partition("://")  # what follows may hold a password
        raise ValueError(f"{kind if found else 'this'} is not supported; write sqlite:///publisher.db")
    if not value.removeprefix("sqlite:///").strip("/"):
        raise ValueError("names no file; write sqlite:///publisher.db")
    return value


def _mailbox_url(value: SecretStr) -> SecretStr:
    """Nothing of the value is repeated: it may hold a password."""
    text = value.get_secret_value().strip()
    scheme, colon, rest = text.partition(":")
    if scheme == "maildir" and rest.strip():
        return SecretStr(text)
    try:
        parts = urlsplit(text)
        is_complete = bool(parts.hostname and parts.username and parts.password) and parts.port != 0
    except ValueError:
        parts, is_complete = urlsplit(""), False
    if not colon or not is_complete or parts.scheme not in {"imap", "imaps", "pop3", "pop3s"}:
        raise ValueError(
            "is not a mailbox; write maildir:FOLDER, imaps://user:password@host/INBOX or pop3s://user:password@host"
        )
    if parts.scheme in {"imap", "pop3"} and parts.hostname not in {"localhost", "127.0.0.1", "::1"}:
        raise ValueError("would send the password in clear; write imaps:// or pop3s://")
    return SecretStr(text)


def _one_line(value: str) -> str:
    """NFC, white space collapsed. XML 1.0 and mail headers have no way to write a control character."""
    line = " ".join(unicodedata.normalize("NFC", value).split())
    if any(unicodedata.category(character) in {"Cc", "Cs"} or character in "\ufffe\uffff" for character in line):
        raise ValueError("has a control character")
    return line


def _unique(values: tuple[FeedFormat, ...]) -> tuple[FeedFormat, ...]:
    return tuple(dict.fromkeys(values))


def _each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _required(value: str) -> str:
    if not value:
        raise ValueError("must not be empty")
    return value


def _template_name(value: str) -> str:
    if not NAME.fullmatch(value):
        raise ValueError("is not the name of a template, such as digest; take letters, digits, - and _")
    return value


def _secret_keys(value: object) -> object:
    """One key, or a list with the newest first. `PUBLISHER_SECRET_KEY=` in the environment means that there is none,
    not that it is empty."""
    if not isinstance(value, (str, list, tuple)):
        raise ValueError("must be text (put it in quotes)")
    keys = [value] if isinstance(value, str) else value
    return tuple(key for key in keys if not isinstance(key, str) or key.strip())


Text = Annotated[str, AfterValidator(_one_line)]
RequiredText = Annotated[str, AfterValidator(_one_line), AfterValidator(_required)]
PathText = Annotated[str, AfterValidator(_required)]
MailboxValue = Annotated[Mailbox, BeforeValidator(_mailbox)]
EmailValue = Annotated[str, AfterValidator(_email)]
SegmentText = Annotated[str, AfterValidator(_segment)]
SegmentChoice = Annotated[str, AfterValidator(_segment_choice)]
DomainValue = Annotated[str, AfterValidator(_domain)]
SelectorValue = Annotated[str, AfterValidator(_selector)]
PrivateKeyText = Annotated[SecretStr, Field(min_length=1)]
ZoneValue = Annotated[ZoneInfo, BeforeValidator(_zone)]
LanguageValue = Annotated[str, AfterValidator(_language)]
DurationValue = Annotated[timedelta, BeforeValidator(_duration)]
KeepValue = Annotated[timedelta, BeforeValidator(_duration), AfterValidator(_kept)]
LimitedDuration = Annotated[timedelta, BeforeValidator(_duration_or_zero)]
QuietValue = Annotated[Quiet, BeforeValidator(_quiet)]
WeekdayValue = Annotated[str, AfterValidator(_weekday)]
Rhythms = Annotated[tuple[Annotated[Rhythm, BeforeValidator(_rhythm)], ...], BeforeValidator(_names)]
WindowValue = Annotated[timing.DailyWindow, BeforeValidator(_window)]
ScheduleValue = Annotated[str, AfterValidator(_schedule)]
SiteUrl = Annotated[str, AfterValidator(_site_url)]
FeedSourceUrl = Annotated[str, AfterValidator(_feed_source)]
FieldNames = Annotated[tuple[RequiredText, ...], BeforeValidator(_names), Field(min_length=1)]
ListenValue = Annotated[Listen, BeforeValidator(parse_listen)]
NetworkValue = Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)]
Hubs = Annotated[tuple[Annotated[str, AfterValidator(_hub)], ...], BeforeValidator(_names), AfterValidator(_each_once)]
Origins = Annotated[
    tuple[Annotated[str, AfterValidator(_origin)], ...], BeforeValidator(_names), AfterValidator(_each_once)
]
CloudUrl = Annotated[str, AfterValidator(_cloud)]
TextList = Annotated[tuple[RequiredText, ...], BeforeValidator(_names)]
FeedFile = Annotated[str, AfterValidator(_feed_file)]
SiteFile = Annotated[str, AfterValidator(_site_file)]
PageName = Annotated[str, AfterValidator(_page_name)]
FeedsUrl = Annotated[str, AfterValidator(_feeds_url)]
AddressPattern = Annotated[str, AfterValidator(_address_pattern)]
TemplateName = Annotated[str, AfterValidator(_template_name)]
Formats = Annotated[tuple[FeedFormat, ...], Field(min_length=1), AfterValidator(_unique)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
SecretKeys = Annotated[tuple[SecretStr, ...], BeforeValidator(_secret_keys), Field(max_length=20)]
MailboxUrl = Annotated[SecretStr, AfterValidator(_mailbox_url)]
