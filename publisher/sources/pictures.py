"""The image of an article, in the shapes that people write it in. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from publisher import urls
from publisher.markup.characters import clean_line
from publisher.markup.plain import strip_inline
from publisher.model.article import Image
from publisher.sources.lookup import Found, FrontMatterError, Lookup, Plain, short_text
from publisher.sources.names import IMAGE, IMAGE_ALT, IMAGE_CREDIT

_SOURCES = ("src", "url", "path", "image", "feature", "relative", "href", "file", "filename")
_DESCRIPTIONS = ("alt", "alttext", "alt_text")
_CREDITS = ("credit", "caption", "author")
_MEDIA_TYPES = ("type", "mime_type", "mimetype")
_AMPERSAND = re.compile("&(?:amp|#38|#[xX]26);")
_MEDIA_TYPE = re.compile(r"image/[a-z0-9.+-]{1,60}")


@dataclass(frozen=True, slots=True)
class Base:
    """What addresses in front matter are relative to.

    A bare name is relative to `url`, the article's own, and `/a.png` to the site; `aliases` are beginnings of
    addresses and what they stand for.
    """

    url: str
    site_url: str
    aliases: tuple[tuple[str, str], ...] = ()


def read_image(lookup: Lookup, base: Base) -> Image | None:
    """The first that has an address; one that cannot be is noted."""
    for field in lookup.each(IMAGE, "image"):
        try:
            for source, parts in _candidates(field, field.value):
                url = to_url(field, source, base)
                alt = _part(parts, _DESCRIPTIONS) or _text(lookup, IMAGE_ALT, "image_alt")
                credit = _part(parts, _CREDITS) or _text(lookup, IMAGE_CREDIT, "image_credit")
                media_type = _part(parts, _MEDIA_TYPES).strip().lower()
                return Image(
                    url=url,
                    alt=clean_line(strip_inline(alt)),
                    credit=strip_inline(credit),
                    type=media_type if _MEDIA_TYPE.fullmatch(media_type) else "",
                )
        except FrontMatterError as error:
            lookup.note(error)
    return None


def _candidates(field: Found, value: Plain) -> Iterator[tuple[str, Mapping[str, Plain]]]:
    if isinstance(value, bool) or value is None:  # `hero: true` says that there is one, not which
        return
    if isinstance(value, list):
        for item in value:
            yield from _candidates(field, item)
    elif isinstance(value, dict):
        source = next((inner for name in _SOURCES if (inner := _member(value, name))), None)
        for text, _ in _candidates(field, source):
            yield text, value
    elif value.strip():
        yield value, {}


def to_url(field: Found, source: str, base: Base) -> str:
    """Raises FrontMatterError for what is no address of the web."""
    # Generators that think of HTML write &amp; into front matter; undo it once, and nothing else: `&copy=2` is a query.
    text = _AMPERSAND.sub("&", source).strip()
    for beginning, meaning in base.aliases:
        if text.startswith(beginning):
            text = meaning + text.removeprefix(beginning)
            break
    try:
        url = urls.absolute(
            "https:" + text if text.startswith("//") else text, base.site_url if text.startswith("/") else base.url
        )
    except ValueError:
        url = ""
    if not urls.is_web(url):
        raise field.wrong("an address that starts with http:// or https://, or a path")
    return url


def _text(lookup: Lookup, names: tuple[str, ...], role: str) -> str:
    return next((text for field in lookup.each(names, role) if (text := short_text(field.value))), "")


def _part(parts: Mapping[str, Plain], names: tuple[str, ...]) -> str:
    if not parts:  # a plain address, as most are
        return ""
    return next((text for name in names if (text := short_text(_member(parts, name)))), "")


def _member(parts: Mapping[str, Plain], name: str) -> Plain:
    return next((value for key, value in parts.items() if key.lower() == name), None)
