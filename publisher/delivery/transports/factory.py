"""The setting `delivery.transport` -> a transport. Nothing is opened here, and no message repeats a password."""

from __future__ import annotations

import difflib
import hashlib
import ipaddress
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import SplitResult, unquote, urlsplit

from publisher.addresses import has_unsafe_characters
from publisher.delivery.transports.settings import SmtpSettings

if TYPE_CHECKING:
    from publisher.delivery.transports.base import Transport
    from publisher.delivery.transports.verdict import Api

DEFAULT_PORTS = {"smtp": 587, "smtps": 465}
EXAMPLES = (
    "maildir:outbox, eml:outbox, sendmail:, smtp://user:password@mail.example.com:587, "
    "smtps://user:password@mail.example.com:465, ses://…, mailgun://… or postmark://…"
)

_FOLDERS = ("maildir", "eml")
_SERVICES = ("ses", "mailgun", "postmark")
_SCHEMES = (*_FOLDERS, "sendmail", *DEFAULT_PORTS, *_SERVICES)
_HOST_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?")


@dataclass(frozen=True, slots=True)
class _OnDisk:
    """A folder, or a program; `path` is empty where sendmail is to be looked for."""

    scheme: str
    path: str


def parse_transport(url: str, base: Path, *, recycle: int = 100) -> Transport:
    """The transport that `url` names; paths of folders are relative to `base`. `recycle` is as in SmtpSettings.

    Raises ValueError with words for the person who wrote it.
    """
    target = _parse(url)
    if isinstance(target, SmtpSettings):
        from publisher.delivery.transports.smtp import SmtpTransport  # noqa: PLC0415 - most commands send nothing

        return SmtpTransport(replace(target, recycle=recycle))
    if isinstance(target, _OnDisk):
        return _open_on_disk(target, base)
    from publisher.delivery.transports.httpapi import ApiTransport  # noqa: PLC0415 - see above

    return ApiTransport(target)


def _open_on_disk(target: _OnDisk, base: Path) -> Transport:
    if target.scheme == "maildir":
        from publisher.delivery.transports.maildir import MaildirTransport  # noqa: PLC0415 - see above

        return MaildirTransport(base / target.path)
    if target.scheme == "eml":
        from publisher.delivery.transports.eml import EmlTransport  # noqa: PLC0415 - see above

        return EmlTransport(base / target.path)
    from publisher.delivery.transports.sendmail import SendmailTransport  # noqa: PLC0415 - see above

    return SendmailTransport(Path(target.path) if target.path else None)


def name_transport(url: str) -> str:
    """Tells relays apart where limits are counted: without a password, the same after it was changed."""
    scheme, _, rest = url.strip().partition(":")
    credentials, _, place = rest.removeprefix("//").rpartition("@")
    who = hashlib.sha256(credentials.partition(":")[0].encode()).hexdigest()[:8]
    return f"{scheme.lower()} {place.partition('?')[0].rstrip('/')} {who}"


def check_transport_url(url: str) -> None:
    """Raises ValueError with words for the person who wrote it."""
    _parse(url)


def _parse(url: str) -> SmtpSettings | _OnDisk | Api:
    url = url.strip()
    if has_unsafe_characters(url):
        raise ValueError("has a control character or a line break")
    scheme, colon, rest = url.partition(":")
    scheme = scheme.lower()
    if not colon or scheme not in _SCHEMES:
        raise ValueError(_describe_schemes(scheme))
    if scheme in _FOLDERS:
        return _OnDisk(scheme, _folder_path(scheme, rest))
    if scheme == "sendmail":
        return _OnDisk(scheme, _program_path(rest))
    if scheme in _SERVICES:
        from publisher.delivery.transports.apiurls import parse_api_url  # noqa: PLC0415 - it loads httpx

        return parse_api_url(url)
    return _parse_settings(url, scheme)


def _describe_schemes(scheme: str) -> str:
    # What stands before the colon is repeated only when it is almost one of ours: it could be part of a password.
    close = difflib.get_close_matches(scheme, _SCHEMES, n=1, cutoff=0.7)
    hint = f" (did you mean {close[0]}:?)" if close else ""
    return f"is of no known kind{hint}; write {EXAMPLES}"


def _folder_path(scheme: str, text: str) -> str:
    if not text:
        raise ValueError(f"has no folder; write {scheme}:outbox")
    if text.startswith("//"):
        raise ValueError(f"has // before the folder; write {scheme}:outbox, or {scheme}:/var/mail/outbox")
    return text


def _program_path(text: str) -> str:
    if text and (not text.startswith("/") or text.startswith("//")):
        raise ValueError("has a program without its whole path; write sendmail:/usr/sbin/sendmail, or only sendmail:")
    return text


def _parse_settings(url: str, scheme: str) -> SmtpSettings:
    parts = _split(url, scheme)
    host, port = _host_of(parts), _port_of(parts) or DEFAULT_PORTS[scheme]
    username, password = _credentials_of(parts)
    return SmtpSettings(host, port, username, password, tls=_tls_of(parts, scheme, host))


def _split(url: str, scheme: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:  # its own words repeat the address with the password
        raise ValueError(_spell_out(scheme, "cannot be read")) from None
    if not url.partition(":")[2].startswith("//"):
        raise ValueError(_spell_out(scheme, "has no // before the host"))
    if "@" in parts.path + parts.query + parts.fragment:
        raise ValueError("has a /, ? or # in user name or password; write %2F, %3F or %23 instead")
    if parts.path not in {"", "/"} or parts.fragment:
        raise ValueError(_spell_out(scheme, "has more than a host and a port"))
    return parts


def _host_of(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if not host:
        raise ValueError(_spell_out(parts.scheme, "has no host"))
    if ":" in host and _is_address(host):
        return host
    try:
        host = host.encode("idna").decode("ascii")
    except UnicodeError:
        host = ""
    if not _HOST_NAME.fullmatch(host) or ".." in host:
        raise ValueError(_spell_out(parts.scheme, "has a host name that cannot exist"))
    return host


def _port_of(parts: SplitResult) -> int | None:
    try:
        port = parts.port
    except ValueError:  # its own words repeat what stands there, which may be half a password
        port = 0
    if port == 0:
        raise ValueError("has a port that is not a number from 1 to 65535 (a : in the password is written %3A)")
    return port


def _credentials_of(parts: SplitResult) -> tuple[str, str]:
    if parts.username is None and parts.password is None:
        return "", ""
    try:
        username = unquote(parts.username or "", errors="strict")
        password = unquote(parts.password or "", errors="strict")
    except UnicodeDecodeError:
        raise ValueError("has a % in user name or password that starts no character; write %25 instead") from None
    if not username or not password:
        raise ValueError("has a user name without a password, or the reverse; write user:password@host")
    if has_unsafe_characters(username + password):
        raise ValueError("has a control character in user name or password")
    return username, password


def _tls_of(parts: SplitResult, scheme: str, host: str) -> Literal["starttls", "implicit", "none"]:
    if parts.query and (scheme == "smtps" or parts.query != "tls=none"):
        raise ValueError("has an option that is not known; the only one is ?tls=none, behind smtp://localhost")
    if scheme == "smtps":
        return "implicit"
    if not parts.query:
        return "starttls"
    if not _is_loopback(host):
        raise ValueError("has ?tls=none for another machine; passwords and mail go unencrypted only to localhost")
    return "none"


def _is_loopback(host: str) -> bool:
    return host.lower() == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _spell_out(scheme: str, problem: str) -> str:
    return f"{problem}; write {scheme}://user:password@mail.example.com:{DEFAULT_PORTS[scheme]}"
