"""Rules about links, as they stand in the mail; whether anybody answers there is asked elsewhere. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, urlsplit

from publisher.mail.lint.finding import Finding
from publisher.mail.lint.proof import Element, Proof, show

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_HOST = re.compile(r"(?:www\.)?[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[A-Za-z]{2,24}(?=[/:?#]|$)")
_SHOWN_HOST = re.compile(r"\s*(?:https?://)?((?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24})(?:[/:?#]\S*)?\s*")
_GOOD = frozenset({"http", "https", "mailto", "tel", "sms"})
_SCRIPTS = frozenset({"javascript", "vbscript"})  # of the rule active-content
# Hosts that hide where a link leads; blocklists hold all of them (Spamhaus DBL, SpamAssassin's url_shortener list).
_SHORTENERS = frozenset(
    {"amzn.to", "bit.do", "bit.ly", "buff.ly", "cutt.ly", "dlvr.it", "goo.gl", "is.gd", "j.mp", "lnkd.in", "ow.ly"}
    | {"qr.ae", "rb.gy", "rebrand.ly", "s.id", "shorturl.at", "t.co", "t.ly", "tiny.cc", "tinyurl.com", "tr.im"}
    | {"trib.al", "ur0.link", "urx.nu", "v.gd", "x.gd"}
)


def check_links(proof: Proof) -> Iterator[Finding]:
    """Each address once, pictures included."""
    seen: set[str] = set()
    for element in proof.elements:
        name = "href" if element.tag in {"a", "area"} else "src" if element.tag == "img" else ""
        address = element.get(name) if name else None
        if address is None or address in seen:
            continue
        seen.add(address)
        yield from _check_address(element, address)


def check_link_texts(proof: Proof) -> Iterator[Finding]:
    for link in proof.body.iter("a"):
        if link in proof.hidden or not link.get("href"):
            continue
        text = "".join(map(str, link.itertext()))
        shown = text.strip() or any(image.get("alt") for image in link.iter("img"))
        if not shown and link.get("aria-hidden") != "true" and not link.get("aria-label"):
            message = "has neither text nor a picture with alt: give it words, or aria-hidden when it is there twice"
            yield Finding("link-no-text", message, show(link), link.get("href") or "")
        yield from _check_shown_host(link, text)


def host_of(address: str) -> str:
    """In lower case, without `www.`; "" where there is none."""
    parts = _split(address)
    return (parts.hostname or "").removeprefix("www.") if parts else ""


def _check_address(element: Element, address: str) -> Iterator[Finding]:
    value = address.strip()
    scheme = _SCHEME.match(value)
    if not value or value == "#":
        if element.tag != "img":  # of the rule image-no-address
            message = "leads nowhere: give it an address, or take the link out"
            yield Finding("link-empty", message, show(element))
    elif value.startswith("#") or (scheme and scheme[1].lower() in _SCRIPTS):
        return
    elif _has_no_scheme(value, element):
        message = "has no scheme, so mail programs look for it nowhere: write https:// in front"
        yield Finding("link-no-scheme", message, show(element), address)
    elif not scheme:
        message = "is relative, and a mail has no page it could be relative to: write the whole address"
        yield Finding("link-relative", message, show(element), address)
    else:
        yield from _check_whole(element, address, scheme[1].lower())


def _has_no_scheme(value: str, element: Element) -> bool:
    return value.startswith("//") or (element.tag != "img" and _HOST.match(value) is not None)


def _check_whole(element: Element, address: str, scheme: str) -> Iterator[Finding]:
    if scheme == "data" and element.tag == "img":  # of the rule image-inside
        return
    if scheme not in _GOOD | ({"cid"} if element.tag == "img" else set()):
        message = f"has the scheme {scheme}:, which mail programs do not open: link to a web page"
        yield Finding("link-scheme", message, show(element), address)
        return
    if scheme not in {"http", "https"}:
        return
    parts = _split(address)
    if parts is None or not parts.hostname or not address.isascii() or any(map(str.isspace, address)):
        message = "is no address that every program understands: encode it (Japanese and blanks as %XX), or mend it"
        yield Finding("link-malformed", message, show(element), address)
        return
    if scheme == "http":
        message = "is not encrypted, and Gmail warns of it: write https:// if the site has it"
        yield Finding("link-http", message, show(element), address)
    if host_of(address) in _SHORTENERS:
        message = "hides where it leads, and blocklists hold its host: write the address it stands for"
        yield Finding("link-shortened", message, show(element), address)


def _check_shown_host(link: Element, text: str) -> Iterator[Finding]:
    """A text that looks like an address and is not the one it leads to is what phishing looks like."""
    shown = _SHOWN_HOST.fullmatch(text[:500])
    target = host_of(link.get("href") or "")
    if not shown or not target:
        return
    host = shown[1].lower().removeprefix("www.")
    if host != target and not target.endswith(f".{host}") and not host.endswith(f".{target}"):
        message = f"shows {host} and leads to {target}, as phishing does: give it words instead of an address"
        yield Finding("link-text-differs", message, show(link), link.get("href") or "")


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return None
    return parts
