"""The one Babel door: the product's own words in a person's language, dates and numbers as that language has them.

A catalogue is gettext's: `locale/LANGUAGE/LC_MESSAGES/publisher.po`. The packaged ones lie compiled beside their
source; one of a person's own, in `locale/` beside their config.yaml, is read as it is and goes before the packaged
one. What a catalogue does not say is said in English, which is what messages are named by.
"""

from __future__ import annotations

import gettext
import io
import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.errors import TemplateError

if TYPE_CHECKING:  # Babel takes 0.1 s to load; whoever writes no mail does without it
    from babel import Locale
    from babel.messages import Catalog, Message

DOMAIN = "publisher"
PACKAGED = Path(__file__).resolve().parent / "locale"

_ENGLISH = "en"
_LONGEST_TAG = 35  # characters; RFC 5646 4.4.1 asks for no more
_LARGEST = 1_000_000  # bytes of a catalogue of a person's own
_TAG = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_PLACE = re.compile(r"\{[^{}]*\}|[{}]")


class Catalogue:
    """What the product says in one language. `language` is that of its words: English for want of others."""

    def __init__(self, language: str, translations: gettext.NullTranslations) -> None:
        self.language = language
        self._translations = translations

    def say(self, message: str) -> str:
        return self._translations.gettext(message)

    def count(self, one: str, many: str, number: int) -> str:
        """The form of the message for so many, with `{number}` written as the language does."""
        text = self._translations.ngettext(one, many, number)
        return text.replace("{number}", write_number(number, self.language))


def find_catalogue(language: str, own: Path | None = None) -> Catalogue:
    """That of a language tag such as `pt-BR`, of the language without its region, or English.

    Raises TemplateError for a catalogue of a person's own that cannot be used.
    """
    for name in _names_for(language):
        found = _load_own(own, name) if own is not None else None
        found = found or _load_packaged(name)
        if found is not None:
            return Catalogue(language if name != _ENGLISH or _primary(language) == _ENGLISH else _ENGLISH, found)
    raise AssertionError("the English catalogue is not there")


def write_date(moment: datetime, language: str) -> str:
    """`2026年11月20日(金)`, `Fri, Nov 20, 2026`; in English where nobody knows how the language does it."""
    from babel.dates import format_skeleton  # noqa: PLC0415

    return str(format_skeleton("yMMMEd", moment, locale=_find_locale(language)))


def write_number(number: int, language: str) -> str:
    from babel.numbers import format_decimal  # noqa: PLC0415

    return format_decimal(number, locale=_find_locale(language))


def list_languages(own: Path | None = None) -> tuple[str, ...]:
    """Tags of the languages that there are words in, packaged or of a person's own."""
    found = {
        path.parent.parent.name.replace("_", "-")
        for root, ending in ((PACKAGED, "mo"), (own, "po"))
        if root is not None
        for path in root.glob(f"*/LC_MESSAGES/{DOMAIN}.{ending}")
    }
    return tuple(sorted(tag for tag in found if len(tag) <= _LONGEST_TAG and _TAG.fullmatch(tag)))


def name_language(language: str) -> str:
    """As its own speakers call it: 日本語, English."""
    return (_find_locale(language).get_display_name() or language).capitalize()


def compile_catalogue(source: bytes, name: str) -> bytes:
    """The `.mo` file of a `.po` file.

    Raises TemplateError with `name` and line for one that cannot be used.
    """
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import PoFileError, read_po  # noqa: PLC0415

    try:
        catalogue: Catalog = read_po(io.StringIO(source.decode("utf-8-sig")), abort_invalid=True)
    except UnicodeDecodeError as error:
        raise TemplateError(f"{name}: is not UTF-8; save it as UTF-8") from error
    except PoFileError as error:
        raise TemplateError(f"{name}:{error.lineno + 1}: is not readable: {error.args[0]}") from error
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise TemplateError(f"{name}: is not readable: {error}; msgfmt --check says more") from error
    for message in catalogue:
        if message.id and (strange := next(_strange_places(message), None)):
            raise TemplateError(
                f"{name}:{message.lineno}: {strange} is not in the message it translates; use its own places in braces"
            )
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    return compiled.getvalue()


def _strange_places(message: Message) -> Iterator[str]:
    ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
    texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
    known = {place for text in ids for place in _PLACE.findall(str(text))}
    yield from (place for text in texts for place in _PLACE.findall(str(text or "")) if place not in known)


def _names_for(language: str) -> list[str]:
    """From the whole tag to its first part, then English."""
    tag = language.replace("_", "-")
    parts = tag.split("-") if len(tag) <= _LONGEST_TAG and _TAG.fullmatch(tag) else []
    return [*("_".join(parts[:length]) for length in range(len(parts), 0, -1)), _ENGLISH]


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()


@lru_cache(maxsize=64)
def _load_packaged(name: str) -> gettext.NullTranslations | None:
    path = PACKAGED / name.lower() / "LC_MESSAGES" / f"{DOMAIN}.mo"
    return gettext.GNUTranslations(io.BytesIO(path.read_bytes())) if path.is_file() else None


def _load_own(folder: Path, name: str) -> gettext.NullTranslations | None:
    path = folder / name / "LC_MESSAGES" / f"{DOMAIN}.po"
    try:
        status = path.stat()
    except OSError:
        return None
    return _read_own(path, name, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=16)
def _read_own(path: Path, name: str, _mtime_ns: int, size: int) -> gettext.NullTranslations:
    """Behind a person's own stand the packaged words of the language, then English."""
    shown = f"locale/{name}/LC_MESSAGES/{path.name}"
    if size > _LARGEST:
        raise TemplateError(f"{shown}: is larger than {_LARGEST:,} bytes; it should hold a few dozen messages")
    try:
        source = path.read_bytes()
    except OSError as error:
        raise TemplateError(f"{shown}: cannot be read: {error.strerror}") from error
    try:
        translations = gettext.GNUTranslations(io.BytesIO(compile_catalogue(source, shown)))
    except ValueError as error:  # gettext reads the rule for plurals by itself
        raise TemplateError(f"{shown}: its Plural-Forms are not readable: {error}") from error
    for behind in dict.fromkeys((_primary(name.replace("_", "-")), _ENGLISH)):
        packaged = _load_packaged(behind)
        if packaged is not None:
            translations.add_fallback(packaged)
            break
    return translations


@lru_cache(maxsize=64)
def _find_locale(language: str) -> Locale:
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415

    for name in _names_for(language):
        try:
            return Locale.parse(name)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse(_ENGLISH)
