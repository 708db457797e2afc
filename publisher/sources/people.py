"""Who wrote an article, in the shapes that people write it in. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from publisher import urls
from publisher.addresses import problem_with
from publisher.markup.characters import clean_line
from publisher.markup.plain import strip_inline
from publisher.model.article import Author
from publisher.sources.lookup import LONGEST_TEXT, Found, FrontMatterError, Lookup, Plain, short_text
from publisher.sources.names import AUTHOR, TRANSLATOR

Authors = Mapping[str, Author]  # those of an authors file, by their ids in lower case

_NAMES = ("name", "title", "display_name", "displayname")
_IDS = ("key", "id", "slug", "username")


def read_authors(lookup: Lookup, known: Authors, site_url: str) -> tuple[Author, ...]:
    """Each once, in the order they stand in. A name is never split at a comma: it may be `Last, First`."""
    found: dict[Author, None] = {}
    for names in (AUTHOR, TRANSLATOR):
        for field in lookup.each(names, "author"):
            try:
                found.update(dict.fromkeys(_read(field, known, site_url)))
            except FrontMatterError as error:
                lookup.note(error)
        if found:
            break
    return tuple(found)


def to_author(entry: Mapping[str, Plain], site_url: str) -> Author | None:
    """The entry of an authors file, None when nobody is named in it."""
    name = _first(entry, _NAMES)
    url = _first(entry, ("url", "website", "link"))
    email = _first(entry, ("email",))
    if not name:
        return None
    return Author(clean_line(name), email if email and not problem_with(email) else None, _web_url(url, site_url))


def _read(field: Found, known: Authors, site_url: str) -> Iterator[Author]:
    for item in field.value if isinstance(field.value, list) else [field.value]:
        author = (
            _read_mapping(field, item, known, site_url) if isinstance(item, dict) else _read_name(field, item, known)
        )
        if author is not None:
            yield author


def _read_name(field: Found, item: Plain, known: Authors) -> Author | None:
    if item is None:
        return None
    if not isinstance(item, str):
        raise field.wrong("a name or a list of names")
    name = strip_inline(item[:LONGEST_TEXT])
    return known.get(name.lower()) or (Author(name) if name else None)


def _read_mapping(field: Found, item: Mapping[str, Plain], known: Authors, site_url: str) -> Author | None:
    name = _first(item, ("name",))
    if not name:
        id_ = _first(item, _IDS)
        if id_ and (author := known.get(id_.lower())):
            return author
        name = _first(item, _NAMES) or id_
    if not name:
        raise field.wrong("a name")
    email = _first(item, ("email",))
    if email and problem_with(email):
        raise field.wrong("an e-mail address that can be")
    url = _first(item, ("url",))
    found = _web_url(url, site_url)
    if url and not found:
        raise field.wrong("an address that starts with http:// or https://, or a path")
    return Author(clean_line(name), email or None, found)


def _first(entry: Mapping[str, Plain], names: tuple[str, ...]) -> str:
    for name in names:
        for key, value in entry.items():
            if key.lower() == name and (text := (short_text(value) or "").strip()):
                return text
    return ""


def _web_url(url: str, site_url: str) -> str | None:
    if not url:
        return None
    try:
        found = urls.absolute(url, site_url + "/")
    except ValueError:
        return None
    return found if urls.is_web(found) else None
