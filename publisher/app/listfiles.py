"""The files of a list: one by itself, or those in the ZIP that a program makes of its export."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from publisher.errors import UsageError
from publisher.subscribers.lists.columns import ColumnError
from publisher.subscribers.lists.read import is_json
from publisher.subscribers.lists.text import find_encoding

_CHUNK = 1 << 20
_LONGEST_LINE = 1_000_000  # characters; a longer one is read as several, which will not be rows
_LARGEST = 8 << 30  # bytes, unpacked
_MOST_PARTS = 100
# Who left and who cannot be reached come first, so that nobody is brought in for a moment.
_ORDER = ("cleaned", "unsubscribed", "subscribed")
_ENDINGS = (".csv", ".json", ".jsonl", ".ndjson", ".txt", ".tsv")


@dataclass(frozen=True, slots=True)
class Part:
    """One file with people in it. `name` is for messages; `file` is its name in a ZIP."""

    name: str
    file: str
    size: int
    encoding: str
    is_json: bool
    open_binary: Callable[[], IO[bytes]]

    @contextmanager
    def lines(self, advance: Callable[[int], None]) -> Iterator[Iterator[str]]:
        """Lines with their ends; `advance` hears of the bytes that went by."""
        with self.open_binary() as binary, io.TextIOWrapper(binary, self.encoding, newline="") as text:
            yield _read_lines(text, advance)


@dataclass(frozen=True, slots=True)
class ListFile:
    parts: tuple[Part, ...]
    sha256: str
    left_out: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)


def open_list(path: Path, encoding: str = "") -> ListFile:
    """Look at the file once, to know its letters and its hash.

    Raises UsageError when it cannot be read.
    """
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        if zipfile.is_zipfile(path):
            parts, left_out = _open_zip(path, encoding)
            return ListFile(parts, sha256, left_out)
        part = _make_part(path, "", path.stat().st_size, partial(_open_file, path), encoding)
        return ListFile((part,), sha256)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError) as error:
        raise UsageError(f"{path}: is a ZIP that cannot be unpacked ({error}); unpack it and name a CSV") from error


def _open_zip(path: Path, encoding: str) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    with zipfile.ZipFile(path) as archive:
        members = [item for item in archive.infolist() if item.filename.lower().endswith(_ENDINGS)]
    chosen = [item for item in members if _rank(item.filename) < len(_ORDER)]
    if not chosen and len(members) == 1:
        chosen = members
    if not chosen or len(chosen) > _MOST_PARTS:
        names = ", ".join(item.filename for item in members[:20]) or "nothing of the kind"
        raise UsageError(
            f"{path}: has no files subscribed…, unsubscribed… or cleaned….csv; unpack it and name one (found {names})"
        )
    if sum(item.file_size for item in chosen) > _LARGEST:
        raise UsageError(f"{path}: holds more than {_LARGEST >> 30} GB; unpack it and name a CSV")
    parts = [
        _make_part(path, item.filename, item.file_size, partial(_open_member, path, item.filename), encoding)
        for item in sorted(chosen, key=lambda item: (_rank(item.filename), item.filename))
    ]
    return tuple(parts), tuple(item.filename for item in members if item not in chosen)


def _rank(name: str) -> int:
    base = name.rpartition("/")[2].lower()
    return next((number for number, start in enumerate(_ORDER) if base.startswith(start)), len(_ORDER))


def _make_part(path: Path, file: str, size: int, open_binary: Callable[[], IO[bytes]], encoding: str) -> Part:
    name = f"{path}:{file}" if file else str(path)
    try:
        found = encoding or find_encoding(lambda: _chunks(open_binary))
        with open_binary() as binary:
            first = binary.read(_CHUNK).decode(found, "ignore")
    except ColumnError as error:
        raise UsageError(f"{name}: {error}") from None
    except LookupError:
        raise UsageError(f"--encoding: {encoding!r} is not known; write utf-8, cp932, utf-16 or cp1252") from None
    return Part(name, file.rpartition("/")[2].lower(), size, found, is_json(first), open_binary)


def _chunks(open_binary: Callable[[], IO[bytes]]) -> Iterator[bytes]:
    with open_binary() as binary:
        while chunk := binary.read(_CHUNK):
            yield chunk


def _open_file(path: Path) -> IO[bytes]:
    return path.open("rb")


def _open_member(path: Path, name: str) -> IO[bytes]:
    archive = zipfile.ZipFile(path)  # the member holds it, and it closes with the last of them
    try:
        return archive.open(name)
    finally:
        archive.close()


def _read_lines(text: io.TextIOWrapper, advance: Callable[[int], None]) -> Iterator[str]:
    waiting = 0
    while line := text.readline(_LONGEST_LINE):
        waiting += len(line)
        if waiting > _CHUNK:
            advance(waiting)
            waiting = 0
        yield line
    advance(waiting)
