"""A file that says who the authors are whose ids stand in front matter (Docusaurus, Jekyll, Hugo, Eleventy)."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from publisher.files import show_path
from publisher.model.article import Author
from publisher.sources.lookup import Plain

_FILES = tuple(f"authors.{ending}" for ending in ("yml", "yaml", "json", "toml"))
_FOLDERS = ("", "_data", "data")
_ABOVE = 3  # folders
_LARGEST = 1_000_000  # bytes


def load_authors(folder: Path, site_url: str) -> tuple[Mapping[str, Author], str]:
    """Authors by their ids in lower case, from the nearest such file in or above `folder`; and what is wrong there."""
    for path in _candidates(folder):
        try:
            if not path.is_file():
                continue
            entries = _read(path)
        except (OSError, ValueError, yaml.YAMLError, RecursionError) as error:
            reason = getattr(error, "problem", None) or getattr(error, "strerror", None) or error
            return {}, f"{show_path(path)}: cannot be read, so authors keep their ids as names: {reason}"
        return dict(_authors(entries, site_url)), ""
    return {}, ""


def _candidates(folder: Path) -> Iterator[Path]:
    for place in (folder, *list(folder.parents)[:_ABOVE]):
        for name in _FOLDERS:
            yield from (place / name / file for file in _FILES)
        if (place / ".git").exists():
            return


def _read(path: Path) -> Any:
    with path.open("rb") as file:
        raw = file.read(_LARGEST + 1)
    if len(raw) > _LARGEST:
        raise ValueError(f"larger than {_LARGEST // 1_000_000} MB")
    text = raw.decode("utf-8-sig")
    if path.suffix == ".json":
        return json.loads(text)
    if path.suffix == ".toml":
        return tomllib.loads(text)
    return yaml.safe_load(text)


def _authors(entries: Any, site_url: str) -> Iterator[tuple[str, Author]]:
    """A mapping of ids to people, or a list of people who say their ids."""
    from publisher.sources.people import to_author  # noqa: PLC0415 - brings all of Markdown along

    named: Iterable[tuple[Any, Any]] = entries.items() if isinstance(entries, dict) else ()
    if isinstance(entries, list):
        named = [(entry.get("id") or entry.get("key"), entry) for entry in entries if isinstance(entry, dict)]
    for id_, entry in named:
        author = Author(entry) if isinstance(entry, str) else to_author(_plain(entry), site_url)
        if author and id_:
            yield str(id_).lower(), author


def _plain(entry: Any) -> Mapping[str, Plain]:
    """Only what is text: nobody's name is a list."""
    members = entry.items() if isinstance(entry, dict) else ()
    return {str(key): value for key, value in members if isinstance(value, str)}
