"""Files replaced as a whole or not at all, and left alone when nothing changed."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import Future

_AT_ONCE = 8  # files; nearly all of the time goes by waiting for the disk, which likes to be asked for several
_TEMPORARY = ".publisher-"
_HELD_BYTES = 2_000_000


def show_path(path: Path) -> str:
    """The path as a person would type it: relative when it lies below where they stand."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def packaged_templates() -> Path:
    """Inside an installed wheel they lie in the package; a checkout has them beside it."""
    package = Path(__file__).resolve().parent
    inside = package / "_templates"
    return inside if inside.is_dir() else package.parent / "templates"


def write_if_changed(path: Path, content: bytes, *, mode: int = 0o644) -> bool:
    """Make `path` hold `content`; True when it was written. Equal bytes keep their mtime (it becomes Last-Modified).

    A reader sees the old file or the new one, never half of either, and so does a machine that loses power.
    Raises OSError; then the old file is still there and no stray one beside it.
    """
    try:
        if path.stat().st_size == len(content) and path.read_bytes() == content:
            return False
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f"{_TEMPORARY}{os.getpid()}-", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True


def remove_orphans(folder: Path, *, below: bool = True) -> None:
    """What processes that were killed have left behind in `folder`, and below: files that were never put in place."""
    pattern = f"{_TEMPORARY}*.tmp*"  # a database has others beside it
    for path in folder.rglob(pattern) if below else folder.glob(pattern):
        owner = path.name.removeprefix(_TEMPORARY).partition("-")[0]
        if not (owner.isdigit() and _is_alive(int(owner))):
            path.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)  # asks, and sends nothing
    except ProcessLookupError:
        return False
    except OSError:  # it is somebody else's
        return True
    return True


@dataclass(frozen=True, slots=True)
class Written:
    """A file as it lies on disk after `write_files`; with `error` it is as it was before, and nothing else is known."""

    path: Path
    changed: bool = False
    size: int = 0
    mtime_ns: int = 0
    sha256: str = ""
    error: OSError | None = None


MakeCopies = Callable[[bytes], Mapping[str, bytes | None]]


def write_files(files: Iterable[tuple[Path, bytes]], make_copies: MakeCopies | None = None) -> Iterator[Written]:
    """Each as `write_if_changed` does, several at once; results in the order of `files`.

    `make_copies` gives what is to lie beside a file by the ending of its name, None where nothing is to; it runs in the
    threads that write. Files are taken only a little ahead of what comes out, so that memory grows neither with their
    number nor much with their size.
    """
    files = iter(files)
    first = next(files, None)
    if first is None:
        return
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - most builds write nothing

    waiting: deque[tuple[int, Future[Written]]] = deque()
    held = 0
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="files") as threads:
        for path, content in chain((first,), files):
            waiting.append((len(content), threads.submit(_write_one, path, content, make_copies)))
            held += len(content)
            while len(waiting) > _AT_ONCE or held > _HELD_BYTES:
                size, written = waiting.popleft()
                held -= size
                yield written.result()
        for _, written in waiting:
            yield written.result()


def remove_copies(path: Path, endings: Iterable[str]) -> None:
    """Raises OSError."""
    for ending in endings:
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _write_one(path: Path, content: bytes, make_copies: MakeCopies | None) -> Written:
    try:
        changed = write_if_changed(path, content)
        if make_copies is not None:  # behind the file: a copy is old for a moment then, and never of what is to come
            _write_copies(path, make_copies(content))
        status = path.stat()
    except OSError as error:
        return Written(path, error=error)
    return Written(path, changed, status.st_size, status.st_mtime_ns, hashlib.sha256(content).hexdigest())


def _write_copies(path: Path, copies: Mapping[str, bytes | None]) -> None:
    for ending, copy in copies.items():
        if copy is None:
            remove_copies(path, (ending,))
        else:
            write_if_changed(path.with_name(path.name + ending), copy)
