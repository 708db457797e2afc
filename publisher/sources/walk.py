"""The articles folder as it is now: one `stat` per file, nothing opened."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from publisher.errors import Problem, UsageError
from publisher.model.source import SourceFile

SUFFIXES = (".md", ".mdx", ".markdown", ".mdown", ".mkd", ".txt")
_DEEPEST = 32  # folders; deeper than any blog, shallow enough for a link that leads back to its own parent


def _nothing(_: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Listing:
    """`files` by path; `problems` of names that cannot be told to anybody."""

    files: tuple[SourceFile, ...]
    problems: tuple[Problem, ...] = ()


def walk(folder: Path, before: str = "", leaves_out: Callable[[str], bool] = _nothing) -> Listing:
    """Every file that could be an article, sorted by path. Hidden files and folders are left out.

    `before` goes in front of every path that comes out. `leaves_out` says of a name whether it is none of ours.

    Raises UsageError when the folder is missing or cannot be listed: that is no blog without articles.
    """
    if not folder.is_dir():
        raise UsageError(
            f"{folder}: there is no such folder; make it, or name another under articles: path: in config.yaml"
        )
    found: list[SourceFile] = []
    problems: list[Problem] = []
    pending: list[tuple[str, str, int]] = [(str(folder), before, 0)]
    while pending:
        directory, prefix, depth = pending.pop()
        for entry in _entries(directory):
            name = entry.name
            if name[0] == "." or name == "node_modules" or leaves_out(name):
                continue
            relative = prefix + name
            if not (name.isascii() or _is_text(name)):
                shown = relative.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                problems.append(Problem(shown, "has a name that is not UTF-8 (from a Windows zip?); rename it"))
            elif entry.is_dir():
                if depth < _DEEPEST:
                    pending.append((entry.path, relative + "/", depth + 1))
            elif (name.endswith(".md") or name.lower().endswith(SUFFIXES)) and (status := _stat(entry)):
                found.append(SourceFile(relative, status.st_size, status.st_mtime_ns))
    found.sort(key=attrgetter("path"))  # none comes twice, and to compare all that is known takes twice as long
    return Listing(tuple(found), tuple(problems))


def _entries(directory: str) -> Iterator[os.DirEntry[str]]:
    """One after the other: each holds its `stat`, and that of a whole folder weighs more than what we make of it."""
    try:
        with os.scandir(directory) as entries:
            yield from entries
    except FileNotFoundError:  # removed while we looked
        return
    except OSError as error:
        raise UsageError(f"{directory}: cannot be read: {error.strerror}; check its permissions") from error


def _stat(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        status = entry.stat()
    except OSError:  # removed while we looked, or a link to nowhere
        return None
    return status if stat.S_ISREG(status.st_mode) else None  # a pipe would never end


def _is_text(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
