"""The address of an article's page: its own, or one made by the pattern of the site or of its tool. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from publisher import urls
from publisher.sources import names
from publisher.sources.location import Location, without_date
from publisher.sources.lookup import Found, FrontMatterError, Lookup, plain_text
from publisher.sources.presets import Preset, Spelling

_TEMPLATE = re.compile(r"\{\{|\{%|\$\{|<%")
_PLACEHOLDER = re.compile(r":([a-z_]+)")
_NOT_IN_HUGO = re.compile(r"[^\w./\\#+~@\s-]")
_NOT_IN_SLUG = re.compile(r"[^A-Za-z0-9/]+")
_OTHER_SCHEME = re.compile(r"(?!https?:)[A-Za-z][A-Za-z0-9+.-]*:")
_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class AddressRule:
    """How addresses are made: `own` is the pattern of `articles.url`; without it the preset has one, below `base`."""

    site_url: str
    preset: Preset
    own: str | None = None
    base: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """What an address is made from besides the path."""

    published: datetime
    title: str
    slug: str | None
    categories: tuple[str, ...]
    id: str | None


def make_address(rule: AddressRule, location: Location, named: Named) -> str:
    """The URL by pattern: that of the site, else that of the tool."""
    preset = rule.preset
    name = without_date(location.name) if preset.takes_off_dates else location.name
    folders = location.posts if preset.name in {"jekyll", "hexo"} else location.folders
    stem = named.slug or name
    path = stem if "/" in stem and named.slug else "/".join((*folders, stem))
    language = _language_part(rule, location)
    pattern = _choose_pattern(rule, location, is_dated=name != location.name)
    if rule.own is None:
        stem, path = _spell(stem, preset.spelling), _spell(path, preset.spelling)
    elif location.language_folder and "{lang}" not in pattern:
        path = f"{location.language_folder}/{path}"
    more = {"lang": language, "id": named.id or stem}
    if "{categories}" in pattern:
        more["categories"] = _category_path(location, named.categories)
    if "{slug}" in pattern:
        more["slug"] = named.slug or _to_ascii_slug(named.title) or stem
    folder, _, last = path.rpartition("/")
    if "{path}" not in pattern:
        folder, last = "", stem
    return urls.article_url(
        rule.site_url, pattern, stem=last, path=f"{folder}/x" if folder else "x", published=named.published, more=more
    )


def _choose_pattern(rule: AddressRule, location: Location, *, is_dated: bool) -> str:
    """With a place for the language, so that a translation has an address of its own."""
    preset = rule.preset
    usual = preset.undated_url if preset.undated_url and not is_dated else preset.url
    pattern = usual.replace("{base}", _escape_braces(rule.base)) if rule.own is None else rule.own
    has_one = "{lang}" in pattern or (rule.own and location.language_folder and "{path}" in pattern)
    return pattern if has_one or not pattern.startswith("/") else "/{lang}" + pattern


def own_address(lookup: Lookup, rule: AddressRule, location: Location, named: Named) -> str | None:
    """The URL that front matter gives, None where it gives none that could be this article's page.

    A full address on another host is that of something else (a link blog, the original of a copy).
    """
    for field in lookup.each(names.URL, "url"):
        if isinstance(field.value, bool):
            continue
        try:
            if found := _read_address(field, rule, location, named):
                return found
        except FrontMatterError as error:
            lookup.note(error)
    for field in lookup.each(names.CANONICAL_URL):
        text = (plain_text(field.value) or "").strip()
        if text.startswith(("http://", "https://")) and (found := _on_site(text, rule.site_url)):
            return found
    return None


def _read_address(field: Found, rule: AddressRule, location: Location, named: Named) -> str | None:
    text = (plain_text(field.value) or "").strip()
    if not text:
        raise field.wrong("an address or a path")
    if _TEMPLATE.search(text):
        raise field.wrong("an address without template code; the usual one is taken")
    if _OTHER_SCHEME.match(text):
        return None
    if "://" not in text and _PLACEHOLDER.search(text):
        filled = _fill_placeholders(text, location, named)
        if filled is None:
            raise field.wrong("placeholders such as :year and :title; the usual address is taken")
        text = filled
    if text.startswith(("http://", "https://", "//")):
        return _on_site("https:" + text if text.startswith("//") else text, rule.site_url)
    text = "/" + text.lstrip("/")
    return urls.below_site(_without_index(text), rule.site_url)


def _on_site(text: str, site_url: str) -> str | None:
    try:
        found = urls.absolute(text, site_url + "/")
        is_ours = urls.host_of(found) == urls.host_of(site_url)
    except ValueError:
        return None
    return found if is_ours else None


def _without_index(path: str) -> str:
    return re.sub(r"/index\.html?$", "/", path)


def _fill_placeholders(text: str, location: Location, named: Named) -> str | None:
    """Jekyll's (https://jekyllrb.com/docs/permalinks/#placeholders); None when one is unknown."""
    day = named.published
    title = named.slug or without_date(location.name)
    values: Mapping[str, str] = {
        "year": f"{day.year:04d}",
        "short_year": f"{day.year % 100:02d}",
        "month": f"{day.month:02d}",
        "i_month": str(day.month),
        "day": f"{day.day:02d}",
        "i_day": str(day.day),
        "hour": f"{day.hour:02d}",
        "minute": f"{day.minute:02d}",
        "second": f"{day.second:02d}",
        "title": title,
        "slug": title,
        "name": title,
        "categories": _category_path(location, named.categories),
        "category": _category_path(location, named.categories[:1]),
        "output_ext": ".html",
    }
    if any(match[1] not in values for match in _PLACEHOLDER.finditer(text)):
        return None
    return re.sub("//+", "/", _PLACEHOLDER.sub(lambda match: values[match[1]], text))


def _language_part(rule: AddressRule, location: Location) -> str:
    if not location.language or location.language.lower() == rule.language.lower():
        return ""
    return (location.language_folder or location.language).lower()


def _category_path(location: Location, categories: tuple[str, ...]) -> str:
    parts = dict.fromkeys((*location.above_posts, *categories))
    return "/".join(_BLANKS.sub("-", part.strip().lower()).replace("/", "-") for part in parts)


def _spell(text: str, spelling: Spelling) -> str:
    if spelling is Spelling.HUGO:
        return _BLANKS.sub("-", _NOT_IN_HUGO.sub("", text).strip()).lower()
    if spelling is Spelling.SLUG:
        ascii_only = "".join(
            part if not part.isascii() else _NOT_IN_SLUG.sub("-", part) for part in re.split(r"([^\x00-\x7f]+)", text)
        )
        return "/".join(part.strip("-") for part in ascii_only.lower().split("/"))
    return text


def _to_ascii_slug(title: str) -> str:
    """Pelican's way for titles in Latin letters; "" for one that has others, which no rule spells alike."""
    plain = unicodedata.normalize("NFKD", title)
    if any(not c.isascii() and not unicodedata.combining(c) and c.isalnum() for c in plain):
        return ""
    kept = re.sub(r"[^\w\s-]", "", "".join(c for c in plain if c.isascii())).strip().lower()
    return re.sub(r"[-\s]+", "-", kept)


def _escape_braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
