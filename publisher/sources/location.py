"""What the path of a file says: its name, its language, whether it is a bundle, a section or a draft. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from publisher.sources.dates import parse_date

# Languages that file names end in; no list of all, because `script.pl.md` and `notes.is.md` are words more often.
_LANGUAGES = re.compile(
    "ar|bg|bn|ca|cs|da|de|el|en|es|et|eu|fa|fi|fil|fr|gl|he|hi|hr|hu|hy|id|it|ja|ka|kk|km|ko|lt|lv|mk|ml|mn|mr|ms|my"
    "|nb|ne|nl|nn|no|pl|pt|ro|ru|si|sk|sl|sq|sr|sv|sw|ta|te|th|tl|tr|uk|ur|uz|vi|yue|zh"
)
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?")
_DATED = re.compile(r"(\d{4}-\d{1,2}-\d{1,2}|\d{8})(?!\d)")
_DATE_IN_ADDRESS = re.compile(r"\d{4}-\d{1,2}-\d{1,2}[-_. ]*")
_LEADING_DATE = re.compile(r"/?(\d{4})[/-](\d{1,2})[/-](\d{1,2})(?=[/-])")
_YEAR, _TWO_DIGITS = re.compile(r"(?:19|20)\d{2}"), re.compile(r"\d{1,2}")
_DRAFT_FOLDERS = frozenset({"_drafts", "drafts"})
_POSTS = ("_posts", "_drafts")


@dataclass(frozen=True, slots=True)
class Location:
    """`name` is that of the article: a bundle's folder, else the file, without ending and language.

    `folders` are those above, less one of a language. `language` is None where the path says nothing.
    """

    name: str
    folders: tuple[str, ...] = ()
    language: str | None = None
    language_folder: str = ""
    is_bundle: bool = False
    is_section: bool = False
    is_draft: bool = False

    @property
    def posts(self) -> tuple[str, ...]:
        """The folders below Jekyll's and Hexo's `_posts`."""
        for marker in _POSTS:
            if marker in self.folders:
                return self.folders[self.folders.index(marker) + 1 :]
        return self.folders

    @property
    def above_posts(self) -> tuple[str, ...]:
        for marker in _POSTS:
            if marker in self.folders:
                return self.folders[: self.folders.index(marker)]
        return ()


def locate(path: str, languages: frozenset[str] = frozenset()) -> Location:
    """`path` is relative to the articles folder; `languages` are the names of its top folders that stand for one."""
    *parents, file = unicodedata.normalize("NFC", path).split("/")
    language: str | None = None
    language_folder = ""
    if parents and parents[0] in languages:
        language_folder = parents[0]
        language = to_language(language_folder)
        parents = parents[1:]
    stem = file.rpartition(".")[0]
    plain, dot, ending = stem.rpartition(".")
    if dot and plain and (found := to_language(ending)):
        stem, language = plain, found
    is_bundle = stem.lower() == "index" and bool(parents)
    return Location(
        name=parents.pop() if is_bundle else stem,
        folders=tuple(parents),
        language=language,
        language_folder=language_folder,
        is_bundle=is_bundle,
        is_section=stem.lower() == "_index",
        is_draft=stem.lower().startswith("draft-") or any(part.lower() in _DRAFT_FOLDERS for part in parents),
    )


def to_language(text: str) -> str | None:
    """`ja`, `zh_tw`, `zh-Hant` as RFC 5646 writes them, None for what is no language of a list of common ones."""
    match = _TAG.fullmatch(text)
    if match is None or not _LANGUAGES.fullmatch(match[1].lower()):
        return None
    parts = [match[1].lower()]
    parts += [match[2].title()] if match[2] else []
    parts += [match[3].upper()] if match[3] else []
    return "-".join(parts)


def find_language_folders(paths: Iterable[str], site_language: str) -> frozenset[str]:
    """The top folders that stand for languages: when one is the site's own, or there are two at least.

    A folder `it` alone is more often about information technology than in Italian.
    """
    tops = {path.partition("/")[0] for path in paths if "/" in path}
    found = frozenset(top for top in tops if to_language(top))
    primary = site_language.partition("-")[0].lower()
    if len(found) > 1 or any((to_language(top) or "").partition("-")[0] == primary for top in found):
        return found
    return frozenset()


def date_in_name(location: Location, zone: tzinfo) -> datetime | None:
    """Jekyll's `2020-12-2-title`, or `20260108-title`. A number that is no date is a name."""
    match = _DATED.match(location.name)
    return _try_date(match[1], zone) if match else None


def date_in_address(address: str, zone: tzinfo) -> datetime | None:
    """Zola's `path = "2025/08/05/slug"`."""
    match = _LEADING_DATE.match(address)
    return _try_date(f"{match[1]}-{match[2]}-{match[3]}", zone) if match else None


def date_in_folders(location: Location, zone: tzinfo) -> tuple[datetime | None, bool]:
    """`2021/02/03/` or `2021/02/`, and whether it has a day."""
    for index, part in enumerate(location.folders):
        if not _YEAR.fullmatch(part):
            continue
        rest = location.folders[index + 1 : index + 3]
        if rest and _TWO_DIGITS.fullmatch(rest[0]):
            has_day = len(rest) > 1 and bool(_TWO_DIGITS.fullmatch(rest[1]))
            found = _try_date(f"{part}-{rest[0]}-{rest[1] if has_day else 1}", zone)
            if found:
                return found, has_day
    return None, False


def without_date(name: str) -> str:
    """The name as Jekyll and its like put it into addresses."""
    return _DATE_IN_ADDRESS.sub("", name, count=1) or name if _DATE_IN_ADDRESS.match(name) else name


def _try_date(text: str, zone: tzinfo) -> datetime | None:
    try:
        return parse_date(text, zone)
    except ValueError:
        return None
