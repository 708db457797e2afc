"""Front matter fields -> the values of an article. Pure.

Each getter knows the shapes that its field comes in, and says what it found and what it expects when the value is
something else. What an article cannot be without raises FrontMatterError; what it can be without is noted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, tzinfo
from functools import lru_cache
from sys import intern

from publisher import urls
from publisher.markup.characters import clean_line
from publisher.markup.plain import strip_inline
from publisher.sources import names
from publisher.sources.dates import parse_date
from publisher.sources.location import to_language
from publisher.sources.lookup import LONGEST_TEXT, Found, FrontMatterError, Lookup, Plain, plain_text, short_text

_LONGEST_TAG = 100
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_LANGUAGE_NAMES = {
    "arabic": "ar",
    "chinese": "zh",
    "dutch": "nl",
    "english": "en",
    "french": "fr",
    "german": "de",
    "italian": "it",
    "japanese": "ja",
    "korean": "ko",
    "portuguese": "pt",
    "russian": "ru",
    "spanish": "es",
    "日本語": "ja",
    "中文": "zh",
    "한국어": "ko",
    "deutsch": "de",
    "español": "es",
    "français": "fr",
}
_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})


def read_title(lookup: Lookup) -> str | None:
    for field in lookup.each(names.TITLE, "title"):
        if text := strip_inline(_text(field)[:LONGEST_TEXT]):
            return text
    return None


def read_moment(lookup: Lookup, found_names: tuple[str, ...], role: str, zone: tzinfo) -> datetime | None:
    """The first of these fields that holds a date.

    Raises FrontMatterError for one that holds something else.
    """
    for field in lookup.each(found_names, role):
        if isinstance(field.value, bool):  # `published: true` is no date
            continue
        if text := _text(field).strip():
            try:
                return parse_date(text, zone)
            except ValueError as error:
                raise FrontMatterError(str(error), field.line, field.name) from None
    return None


def read_updated(lookup: Lookup, zone: tzinfo) -> datetime | None:
    try:
        return read_moment(lookup, names.UPDATED, "updated", zone)
    except FrontMatterError as error:
        lookup.note(error)
        return None


def read_summary(lookup: Lookup) -> str:
    for field in lookup.each(names.SUMMARY, "summary"):
        if isinstance(field.value, bool):  # `excerpt: true` asks a theme for one
            continue
        text = short_text(field.value)
        if text is None:
            lookup.note(field.wrong("text"))
        elif stripped := strip_inline(text):
            return stripped
    return ""


def read_language(lookup: Lookup) -> str | None:
    for field in lookup.each(names.LANGUAGE, "language"):
        text = (plain_text(field.value) or "").replace("_", "-").strip()
        known = _LANGUAGE_NAMES.get(text.lower()) or to_language(text)
        if known or _LANGUAGE.fullmatch(text):
            return known or text
        lookup.note(field.wrong("a language such as ja or en-GB (RFC 5646)"))
    return None


def read_line(lookup: Lookup, found_names: tuple[str, ...], role: str = "") -> str | None:
    """One line of text.

    Raises FrontMatterError for any other shape.
    """
    return next((text for field in lookup.each(found_names, role) if (text := clean_line(_text(field)))), None)


def read_slug(lookup: Lookup) -> str | None:
    return (read_line(lookup, names.SLUG, "slug") or "").strip("/") or None


def read_categories(lookup: Lookup, *, at_blanks: bool = False) -> tuple[str, ...]:
    """`at_blanks`: what stands in `categories` as one string is split there, as Jekyll does; never in `category`."""
    return _unique(_collect(lookup, names.CATEGORIES, "categories", at_blanks=at_blanks))


def read_tags(lookup: Lookup, *, at_blanks: bool = False) -> tuple[str, ...]:
    found = _collect(lookup, names.TAGS, "tags", at_blanks=at_blanks)
    return _unique(found or _collect(lookup, names.KEYWORDS, "", at_blanks=False))


def read_draft(lookup: Lookup) -> bool:
    """Raises FrontMatterError for a flag that is neither true nor false: nobody wants to guess here."""
    if any(read_boolean(field) for field in lookup.each(names.HIDDEN_IF_TRUE, "draft")):
        return True
    for field in lookup.each(names.HIDDEN_IF_FALSE):
        if field.value is False or (field.name == "published" and _is_word(field.value, _FALSE)):
            return True
    return any(
        (plain_text(field.value) or "").strip().lower() in names.HIDDEN_STATUS for field in lookup.each(names.STATUS)
    )


def read_flag(lookup: Lookup, name: str, *, default: bool) -> bool:
    """Raises FrontMatterError for what is neither true nor false."""
    field = lookup.first((name,))
    return default if field is None else read_boolean(field)


def read_boolean(field: Found) -> bool:
    if isinstance(field.value, bool):
        return field.value
    if _is_word(field.value, _TRUE):
        return True
    if _is_word(field.value, _FALSE):
        return False
    raise field.wrong("true or false")


def _is_word(value: Plain, words: frozenset[str]) -> bool:
    return isinstance(value, str) and value.strip().lower() in words


def _text(field: Found) -> str:
    text = plain_text(field.value)
    if text is None:
        raise field.wrong("text")
    return text


def _collect(lookup: Lookup, found_names: tuple[str, ...], role: str, *, at_blanks: bool) -> list[str]:
    found: list[str] = []
    for field in lookup.each(found_names, role):
        try:
            found += _to_names(field, at_blanks=at_blanks and field.name != "category")
        except FrontMatterError as error:
            lookup.note(error)
    return found


def _to_names(field: Found, *, at_blanks: bool) -> list[str]:
    value = field.value
    if isinstance(value, bool):  # `series: false`
        return []
    if isinstance(value, str):
        value = list(value.split(",")) if "," in value or not at_blanks else list(value.split())
    elif isinstance(value, dict) and field.name != "series":
        raise field.wrong("a list such as [AI, 半導体]")
    found: list[str] = []
    for text in _flatten(field, value):
        name = _known_name(text) if len(text) <= _LONGEST_TAG else _clean_name(text)
        if len(name) > _LONGEST_TAG:
            raise field.wrong(f"names of at most {_LONGEST_TAG} characters")
        found.append(name)
    return found


def _clean_name(text: str) -> str:
    return intern(clean_line(text).removeprefix("#").strip())


_known_name = lru_cache(maxsize=4096)(_clean_name)  # a blog has few tags and many posts


def _flatten(field: Found, value: Plain) -> Iterator[str]:
    """Hexo nests lists of categories, and some tools describe a tag by a mapping."""
    if isinstance(value, list):
        for item in value:
            if isinstance(item, str):  # nearly all are
                yield item
            else:
                yield from _flatten(field, item)
    elif isinstance(value, dict):
        inner = next((value[name] for name in ("label", "name", "title", "slug", "id") if value.get(name)), None)
        if isinstance(inner, (dict, list)) or inner is None:
            raise field.wrong("a list of names")
        yield from _flatten(field, inner)
    elif value is not None:
        yield plain_text(value) or ""


def _unique(found: list[str]) -> tuple[str, ...]:
    """Without empty ones and without a second spelling of the same name."""
    seen: dict[str, str] = {}
    for name in found:
        if name:
            seen.setdefault(urls.folder_key(name), name)
    return tuple(seen.values())
