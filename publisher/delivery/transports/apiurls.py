"""The addresses of mail services in `delivery.transport`: `ses://`, `mailgun://`, `postmark://`. Pure.

Nothing here repeats what it was given: any part of it may be a piece of a key.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from publisher.addresses import has_unsafe_characters
from publisher.delivery.transports.mailgun import MailgunApi
from publisher.delivery.transports.postmark import PostmarkApi
from publisher.delivery.transports.ses import SesApi

HINTS = {
    "ses": "ses://ACCESS_KEY:SECRET@eu-west-1",
    "mailgun": "mailgun://KEY@mg.example.com, with ?region=eu where the account is in the EU",
    "postmark": "postmark://SERVER_TOKEN?stream=broadcast",
}

_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+){1,3}-\d")
_DOMAIN = re.compile(r"(?=.{1,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MAILGUN_HOSTS = {"us": "https://api.mailgun.net", "eu": "https://api.eu.mailgun.net"}


def parse_api_url(url: str) -> SesApi | MailgunApi | PostmarkApi:
    """Raises ValueError with words for the person who wrote it."""
    scheme = url.partition(":")[0].lower()
    try:
        parts = urlsplit(url)
    except ValueError:  # its own words repeat the address with the key
        raise _complain(scheme, "cannot be read") from None
    if not url.partition(":")[2].startswith("//"):
        raise _complain(scheme, "has no // before the key")
    if parts.path not in {"", "/"} or "#" in url:
        raise _complain(scheme, "has a / or # in the key (written %2F and %23), or something behind the host")
    return _MAKERS[scheme](parts)


def _make_ses(parts: SplitResult) -> SesApi:
    access_key, colon, rest = parts.netloc.partition(":")
    secret, at, region = rest.rpartition("@")
    if not (access_key and colon and secret and at):
        raise _complain("ses", "needs an access key, its secret and a region")
    if not _REGION.fullmatch(region):
        raise _complain("ses", "has no name of a region behind the @")
    options = _read_options(parts, "configuration_set")
    access_key = _decode("ses", access_key)
    if not access_key.isalnum():
        raise _complain("ses", "has an access key that is not of letters and digits")
    endpoint, is_own = _read_endpoint(options, f"https://email.{region}.amazonaws.com")
    name = _read_name("ses", options, "configuration_set", "")
    return SesApi(access_key, _decode("ses", secret), region, endpoint, is_own, name)


def _make_mailgun(parts: SplitResult) -> MailgunApi:
    key, at, domain = parts.netloc.rpartition("@")
    if not (key and at):
        raise _complain("mailgun", "needs a key and a domain")
    if not _DOMAIN.fullmatch(domain):
        raise _complain("mailgun", "has no domain behind the @")
    options = _read_options(parts, "region")
    region = options.get("region", "us")
    if region not in _MAILGUN_HOSTS:
        raise _complain("mailgun", "has a region that is neither us nor eu")
    endpoint, is_own = _read_endpoint(options, _MAILGUN_HOSTS[region])
    return MailgunApi(_decode("mailgun", key), domain.lower(), endpoint, is_own)


def _make_postmark(parts: SplitResult) -> PostmarkApi:
    if not parts.netloc or "@" in parts.netloc:
        raise _complain("postmark", "needs a server token, and nothing besides")
    options = _read_options(parts, "stream")
    endpoint, is_own = _read_endpoint(options, "https://api.postmarkapp.com")
    stream = _read_name("postmark", options, "stream", "broadcast")
    return PostmarkApi(_decode("postmark", parts.netloc), endpoint, is_own, stream)


_MAKERS: Mapping[str, Callable[[SplitResult], SesApi | MailgunApi | PostmarkApi]] = {
    "ses": _make_ses,
    "mailgun": _make_mailgun,
    "postmark": _make_postmark,
}


def _read_options(parts: SplitResult, *names: str) -> Mapping[str, str]:
    known = (*names, "endpoint")
    try:
        found = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query), max_num_fields=10)
    except ValueError:
        found = [("", "")]
    options = dict(found)
    if len(options) < len(found) or not set(options) <= set(known):
        shown = " and ".join(f"?{name}=" for name in known)
        raise _complain(parts.scheme, f"has an option that is not known, or twice; those known are {shown}")
    return options


def _read_name(scheme: str, options: Mapping[str, str], name: str, default: str) -> str:
    value = options.get(name, default)
    if value != default and not _NAME.fullmatch(value):
        raise _complain(scheme, f"has a {name} with other characters than letters, digits, - and _")
    return value


def _read_endpoint(options: Mapping[str, str], default: str) -> tuple[str, bool]:
    """Scheme and host of the service, and whether they were named by hand."""
    text = options.get("endpoint")
    if text is None:
        return default, False
    wrong = ValueError("has an endpoint that is more or less than a host; write ?endpoint=https://mail.example.com")
    try:
        parts = urlsplit(text.rstrip("/"))
        is_whole = bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise wrong from None
    if not is_whole or parts.username is not None or parts.path or parts.query or parts.fragment:
        raise wrong
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return f"{parts.scheme}://{parts.netloc}", True
    raise ValueError("has an endpoint without https; keys and mail go unencrypted only to this machine")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _decode(scheme: str, text: str) -> str:
    try:
        plain = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise _complain(scheme, "has a % in the key that starts no character (written %25)") from None
    if not plain.isascii() or not plain.isprintable() or has_unsafe_characters(plain) or " " in plain:
        raise _complain(scheme, "has a key with characters that no key has")
    return plain


def _complain(scheme: str, problem: str) -> ValueError:
    return ValueError(f"{problem}; write {HINTS[scheme]}")
