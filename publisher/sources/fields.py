"""Front matter fields -> the values of an article. Pure.

Each getter knows the names its field goes by, the shapes it comes in, and says what it found and what it expects when
the value is something else.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime, tzinfo

from publisher import urls
from publisher.addresses import problem_with
from publisher.markup.characters import clean_line
from publisher.markup.plain import strip_inline
from publisher.model import Author, Image
from publisher.sources.dates import parse_date
from publisher.sources.frontmatter import Field, FrontMatterError, Plain

_PUBLISHED = (
    "date",
    "published_at",
    "publishedat",
    "publishdate",
    "pubdate",
    "pubdatetime",
    "created_at",
    "created",
    "published",
)
_UPDATED = ("updated", "updated_at", "updatedat", "lastmod", "modified", "last_modified_at", "updateddate")
_SUMMARY = ("excerpt", "description", "summary")
_IMAGE = ("image", "thumbnail", "cover", "cover_image", "coverimage", "featured_image", "ogimage")
_ALT = ("image_alt", "imagealt")
_CREDIT = ("imagecredit", "image_credit", "image_caption")
_LONGEST_TAG = 100
_NAMED_DATE = re.compile(r"(\d{4}-\d{1,2}-\d{1,2}|\d{8})(?!\d)")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


class Fields:
    """The front matter of one file, asked field by field. Every method may raise FrontMatterError."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        self._fields = fields

    def title(self) -> str:
        text = strip_inline(self._text("title") or "")
        if not text:
            raise self._missing("title", 'is missing; write a line such as title: "..."')
        return text

    def published(self, zone: tzinfo, stem: str = "") -> datetime:
        """The field; without one the date that the file's name begins with; without that the last change."""
        moment = self._moment(_PUBLISHED, zone) or _date_in_name(stem, zone) or self.updated(zone)
        if moment is None:
            raise self._missing("date", 'is missing; write a line such as date: "2026-01-08"')
        return moment

    def updated(self, zone: tzinfo) -> datetime | None:
        return self._moment(_UPDATED, zone)

    def summary(self) -> str:
        return strip_inline(self._first_text(_SUMMARY) or "")

    def language(self) -> str | None:
        for name in ("lang", "language"):
            text = (self._text(name) or "").replace("_", "-").strip()
            if text and not _LANGUAGE.fullmatch(text):
                raise self._wrong(name, "a language such as ja or en-GB (RFC 5646)")
            if text:
                return text
        return None

    def email_subject(self) -> str | None:
        return clean_line(self._first_text(("email_subject", "emailsubject")) or "") or None

    def own_id(self) -> str | None:
        return clean_line(self._first_text(("id", "guid")) or "") or None

    def slug(self) -> str | None:
        return (self._text("slug") or "").strip().strip("/") or None

    def categories(self) -> tuple[str, ...]:
        return _unique([*self._names("category"), *self._names("categories"), *self._taxonomy("categories")])

    def tags(self) -> tuple[str, ...]:
        return _unique([*self._names("tags"), *self._names("topics"), *self._taxonomy("tags")])

    def draft(self) -> bool:
        """`draft: true`, or `published: false`; where `published` is a date it hides nothing."""
        return self.flag("draft", default=False) or self._value("published") is False

    def authors(self, site_url: str) -> tuple[Author, ...]:
        found: list[Author] = []
        for name in ("author", "authors"):
            value = self._value(name)
            for item in value if isinstance(value, list) else [value]:
                author = self._author(name, item, site_url)
                if author and author not in found:
                    found.append(author)
        return tuple(found)

    def image(self, article_url: str) -> Image | None:
        for name in _IMAGE:
            value = self._value(name)
            alt = ""
            if isinstance(value, Mapping):
                alt = _plain_text(value.get("alt")) or ""
                value = value.get("src") or value.get("url")
            if not value:
                continue
            if not isinstance(value, str):
                raise self._wrong(name, "the address of an image")
            # Generators that think of HTML write &amp; into front matter; undo it once.
            url = urls.absolute(html.unescape(value), article_url)
            if not url.startswith(("http://", "https://")):
                raise self._wrong(name, "an address that starts with http:// or https://, or a path")
            credit = strip_inline(self._first_text(_CREDIT) or "")
            return Image(url=url, alt=clean_line(alt or self._first_text(_ALT) or ""), credit=credit)
        return None

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._value(name)
        if value is None or value == "":
            return default
        if isinstance(value, bool):
            return value
        if isinstance(value, str) and value.strip().lower() in {"true", "yes", "on", "1"}:
            return True
        if isinstance(value, str) and value.strip().lower() in {"false", "no", "off", "0"}:
            return False
        raise self._wrong(name, "true or false")

    # -------------------------------------------------------------------------------------------- shapes

    def _value(self, name: str) -> Plain:
        field = self._fields.get(name)
        return field.value if field else None

    def _text(self, name: str) -> str | None:
        value = self._value(name)
        if value is None:
            return None
        text = _plain_text(value)
        if text is None:
            raise self._wrong(name, "text")
        return text

    def _first_text(self, names: tuple[str, ...]) -> str | None:
        return next((text for name in names if (text := self._text(name)) and text.strip()), None)

    def _moment(self, names: tuple[str, ...], zone: tzinfo) -> datetime | None:
        for name in names:
            text = None if isinstance(self._value(name), bool) else self._text(name)
            if text and text.strip():
                try:
                    return parse_date(text, zone)
                except ValueError as error:
                    raise FrontMatterError(str(error), self._fields[name].line, name) from None
        return None

    def _taxonomy(self, name: str) -> list[str]:
        """Zola keeps tags and categories in a table of their own."""
        value = self._value("taxonomies")
        return self._to_names("taxonomies", value.get(name)) if isinstance(value, dict) else []

    def _names(self, name: str) -> list[str]:
        return self._to_names(name, self._value(name))

    def _to_names(self, name: str, value: Plain) -> list[str]:
        if value is None or value == "":
            return []
        items = value if isinstance(value, list) else str(value).split(",") if isinstance(value, str) else None
        if items is None:
            raise self._wrong(name, "a list such as [AI, 半導体]")
        names: list[str] = []
        for item in items:
            text = _plain_text(item.get("label") or item.get("name") if isinstance(item, Mapping) else item)
            if text is None and item is not None:
                raise self._wrong(name, "a list of names")
            cleaned = clean_line(text or "").removeprefix("#").strip()
            if len(cleaned) > _LONGEST_TAG:
                raise self._wrong(name, f"names of at most {_LONGEST_TAG} characters")
            names.append(cleaned)
        return names

    def _author(self, name: str, item: Plain, site_url: str) -> Author | None:
        if isinstance(item, Mapping):
            text = _plain_text(item.get("name"))
            if not text:
                raise self._wrong(name, "a name")
            email = (_plain_text(item.get("email")) or "").strip()
            if email and problem_with(email):
                raise self._wrong(name, "an e-mail address that can be")
            url = _plain_text(item.get("url"))
            url = urls.absolute(url, site_url + "/") if url else None
            if url and not url.startswith(("http://", "https://")):
                raise self._wrong(name, "an address that starts with http:// or https://, or a path")
            return Author(clean_line(text), email or None, url)
        text = _plain_text(item)
        if text is None:
            if item is None:
                return None
            raise self._wrong(name, "a name or a list of names")
        return Author(clean_line(text)) if clean_line(text) else None

    def _wrong(self, name: str, expected: str) -> FrontMatterError:
        field = self._fields[name]
        shown = repr(field.value)
        shown = shown if len(shown) <= 60 else shown[:57] + "..."
        return FrontMatterError(f"found {shown}, expected {expected}", field.line, name)

    def _missing(self, name: str, message: str) -> FrontMatterError:
        return FrontMatterError(message, self._fields[name].line if name in self._fields else 1, name)


def _date_in_name(stem: str, zone: tzinfo) -> datetime | None:
    """Jekyll's `2020-12-2-title`, or `20260108-title`. A number that is no date is a name."""
    match = _NAMED_DATE.match(stem)
    if match is None:
        return None
    try:
        return parse_date(match[1], zone)
    except ValueError:
        return None


def _plain_text(value: Plain) -> str | None:
    """Text as written; true and false are words here (`title: Yes`)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else None


def _unique(names: list[str]) -> tuple[str, ...]:
    """Without empty ones and without a second spelling of the same name."""
    seen: dict[str, str] = {}
    for name in names:
        if name:
            seen.setdefault(urls.folder_key(name), name)
    return tuple(seen.values())
