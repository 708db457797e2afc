"""Words of the operator's own in a file: those above the articles of an issue, or a whole letter."""

from __future__ import annotations

import hashlib
from pathlib import Path

from publisher.errors import UsageError
from publisher.files import show_path
from publisher.markup.characters import clean
from publisher.model.issue import OneOff
from publisher.sources import fields
from publisher.sources.frontmatter import FrontMatter, split_front_matter
from publisher.sources.lookup import FrontMatterError, Lookup
from publisher.sources.read import decode_text, load_file

_SUBJECT = ("title", "subject", "email_subject")
_PREHEADER = ("preheader", "preview_text", "description", "summary")


def read_intro(path: Path) -> str:
    """The Markdown of a file, without front matter if it has any.

    Raises UsageError for a file that cannot be read or holds no text.
    """
    _, matter = _read(path)
    return _body(path, matter)


def read_one_off(path: Path) -> tuple[OneOff, str]:
    """A letter, and its Markdown. Its language is empty unless it says so.

    Raises UsageError for a file that cannot be read, has no title or holds no text.
    """
    raw, matter = _read(path)
    lookup = Lookup(matter.fields, {})
    try:
        title = fields.read_line(lookup, _SUBJECT)
        one_off = OneOff(
            title=title or "",
            file=path.name,
            sha256=hashlib.sha256(raw).hexdigest(),
            preheader=fields.read_line(lookup, _PREHEADER) or "",
            language=fields.read_language(lookup) or "",
            template=fields.read_line(lookup, ("template",)) or "",
            is_draft=fields.read_draft(lookup),
        )
    except FrontMatterError as error:
        raise _refuse(path, error) from None
    if not title:
        raise UsageError(f'{show_path(path)}:1: title: is missing; write a line such as title: "…", it is the subject')
    for note in lookup.notes:
        raise _refuse(path, note)
    return one_off, _body(path, matter)


def _read(path: Path) -> tuple[bytes, FrontMatter]:
    try:
        raw = load_file(str(path), 0)
        text = decode_text(raw)
        matter = split_front_matter(text) or FrontMatter({}, text)
    except OSError as error:
        raise UsageError(f"{show_path(path)}: cannot be read: {error.strerror}") from None
    except FrontMatterError as error:
        raise _refuse(path, error) from None
    return raw, matter


def _body(path: Path, matter: FrontMatter) -> str:
    body = clean(matter.body).strip("\n")
    if not body.strip():
        raise UsageError(f"{show_path(path)}: holds no text; write in Markdown what it should say")
    return body + "\n"


def _refuse(path: Path, error: FrontMatterError) -> UsageError:
    place = show_path(path) if error.line is None else f"{show_path(path)}:{error.line}"
    return UsageError(f"{place}: {error.field}: {error}" if error.field else f"{place}: {error}")
