"""Addresses in a body made absolute. Pure."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from publisher.markup.place import Place
from publisher.markup.syntax.template_links import fill_template, find_article, is_templated
from publisher.urls import absolute, to_uri

KEPT_SCHEMES = frozenset({"http", "https", "mailto", "tel"})

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
# Browsers drop these from an address before they look at it, so `java\nscript:` is a script.
_IGNORED = re.compile(r"[\t\n\r]")
_EDGES = "".join(map(chr, range(0x21)))
_ENDING = re.compile(r"\.(?:mdx?|markdown)$", re.IGNORECASE)
_MARKDOWN_FILE = re.compile(r"[^?#]*\.(?:mdx?|markdown)(?:[?#]|$)", re.IGNORECASE)
# RFC 3986, section 2: what a URI is written with.
_URI = re.compile(r"[!#-;=?-\[\]_a-z~]+")
_CANDIDATE = re.compile(r"[\s,]*([^\s,]\S*)([^,]*)")


def resolve_url(url: str, place: Place) -> str | None:
    """`url` absolute and percent-encoded, or None when it must not be linked (a script, data, nonsense)."""
    url = _IGNORED.sub("", url).strip(_EDGES)
    if is_templated(url):
        filled = fill_template(url, place)
        if filled is None:
            return None
        url = filled
    scheme = _SCHEME.match(url)
    if scheme and scheme[1].lower() not in KEPT_SCHEMES:
        return None
    try:
        found = _absolute(url, place)
    except ValueError:
        return None
    return found if is_absolute(found) else None


def resolve_srcset(srcset: str, place: Place) -> str | None:
    """Every candidate of an `<img srcset>` absolute; those that cannot be are left out."""
    if is_templated(srcset):
        srcset = fill_template(srcset, place) or ""
    found: list[str] = []
    position = 0
    while match := _CANDIDATE.match(srcset, position):
        url, descriptor = match[1], match[2].strip()
        position = match.end()
        if url.endswith(","):  # the comma ends the candidate, so what follows is not its descriptor
            position = match.end(1)
            url, descriptor = url.rstrip(","), ""
        absolute_url = resolve_url(url, place)
        if absolute_url:
            found.append(f"{absolute_url} {descriptor}".strip())
    return ", ".join(found) or None


def is_absolute(url: str) -> bool:
    """Whether it is of a kept scheme and complete: the last check before an address goes out."""
    if not _URI.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme in {"http", "https"}:
        return bool(parts.netloc)
    return parts.scheme in {"mailto", "tel"} and bool(parts.path)


def _absolute(url: str, place: Place) -> str:
    if url.startswith("//"):
        return to_uri("https:" + url)
    if url.startswith("#"):
        return to_uri(urlsplit(place.article_url)._replace(fragment="").geturl() + url)
    if _SCHEME.match(url):
        return absolute(url, place.article_url)
    path = _MARKDOWN_FILE.match(url)
    if path and (article := find_article(url, place)):
        return to_uri(article)
    if path and url.startswith("@/"):
        raise ValueError("no such article")
    return _below(_replace_alias(url, place), place)


def _replace_alias(url: str, place: Place) -> str:
    """The longest beginning that is an alias wins."""
    if not place.aliases:
        return url
    beginning, replacement = max(
        ((alias, target) for alias, target in place.aliases if alias and url.startswith(alias)),
        key=lambda pair: len(pair[0]),
        default=("", ""),
    )
    return replacement + url[len(beginning) :]


def _below(url: str, place: Place) -> str:
    if url.startswith("/"):
        return absolute(url, place.site_url)
    if _SCHEME.match(url):
        return absolute(url, place.article_url)
    return absolute(_sibling(url, place.base), place.base)


def _sibling(url: str, article_url: str) -> str:
    """`other.md` is another article, which has its address where this one has its own."""
    path, mark, fragment = url.partition("#")
    if not _ENDING.search(path):
        return url
    own_path = urlsplit(article_url).path
    ending = "/" if own_path.endswith("/") else ".html" if own_path.endswith(".html") else ""
    return ("../" if ending == "/" else "") + _ENDING.sub("", path) + ending + mark + fragment
