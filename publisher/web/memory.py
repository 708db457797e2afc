"""The output folder's files held in memory, and looked at again once a second at most.

What is sent is never older than that second, and always one whole file: a compressed copy counts only when it unpacks
to the very bytes of the file that lies beside it.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from publisher.app.copies import CODINGS, ENDINGS, unpacks_to
from publisher.web.representation import Content, Policy, Resource, digest_of, make_resource

_LOOK_AGAIN = 1.0  # seconds
_MOST_BYTES = 64_000_000
_MOST_FILES = 10_000
_LARGEST_HELD = 4_000_000  # bytes of one file; larger ones are read from disk each time
_HEAD = 4096
_OVERHEAD = 4096  # bytes of memory that a held file costs besides its bytes, about

Stamp = tuple[tuple[int, int, int] | None, ...]


@dataclass(slots=True)
class _Held:
    resource: Resource
    stamp: Stamp
    looked_at: float


class Files:
    """By path below `folder`. `url_of` gives the address of such a path."""

    def __init__(self, folder: Path, policy: Policy, url_of: Callable[[str], str]) -> None:
        self._top = os.fspath(folder)
        self._policy = policy
        self._url_of = url_of
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._bytes = 0
        self._loading: dict[str, asyncio.Future[_Held | None]] = {}

    def get(self, path: str) -> Resource | None:
        """What is held and still as it lies on disk; otherwise `load` has to be asked."""
        held = self._held.get(path)
        if held is None:
            return None
        now = time.monotonic()
        if now - held.looked_at >= _LOOK_AGAIN:
            if take_stamp(self.place(path)) != held.stamp:
                self._drop(path)
                return None
            held.looked_at = now
        self._held.move_to_end(path)
        return held.resource

    async def load(self, path: str) -> Resource | None:
        """The file as it lies on disk now; None when there is no such file, or it lies outside of the folder."""
        if not os.path.isfile(self.place(path)):  # noqa: PTH113 - one quick look; most that are missing end here
            self._drop(path)
            return None
        pending = self._loading.get(path)
        if pending is None:
            pending = asyncio.ensure_future(asyncio.to_thread(self._read, path))
            self._loading[path] = pending
            pending.add_done_callback(lambda _done: self._loading.pop(path, None))
        held = await asyncio.shield(pending)
        if held is None:
            return None
        self._keep(path, held)
        return held.resource

    def open_held(self, path: str) -> BinaryIO | None:
        """The very file whose headers are held; None when another lies in its place, which is looked at next time."""
        held = self._held.get(path)
        try:
            file = open(self.place(path), "rb")  # noqa: PTH123, SIM115 - as above; whoever gets it closes it
        except OSError:
            return None
        if held is not None and _stamp_of(os.fstat(file.fileno())) == held.stamp[0]:
            return file
        file.close()
        if held is not None:
            held.looked_at = float("-inf")
        return None

    def has(self, path: str) -> bool:
        return path in self._held or os.path.isfile(self.place(path))  # noqa: PTH113 - in the way of every request

    def place(self, path: str) -> str:
        return f"{self._top}/{path}"

    def _read(self, path: str) -> _Held | None:
        """In a thread. What changes behind the first look is seen by the next one, a second later."""
        place = self.place(path)
        if not _lies_within(place, self._top):
            return None
        looked_at, stamp = time.monotonic(), take_stamp(place)
        try:
            content = self._read_content(path, place)
        except OSError:
            return None
        return _Held(make_resource(content, self._policy), stamp, looked_at)

    def _read_content(self, path: str, place: str) -> Content:
        with open(place, "rb") as file:  # noqa: PTH123 - a Path would be made for nothing else
            status = os.fstat(file.fileno())
            if status.st_size > _LARGEST_HELD:
                head, body = file.read(_HEAD), None
                file.seek(0)
                digest = hashlib.file_digest(file, "sha256").hexdigest()[:24]
            else:
                body = file.read()
                head, digest = body[:_HEAD], digest_of(body)
        copies = _read_copies(place, body) if body else {}
        name, size, modified = path.rpartition("/")[2], status.st_size, int(status.st_mtime)
        return Content(name, self._url_of(path), digest, size, modified, head, body, copies)

    def _keep(self, path: str, held: _Held) -> None:
        self._drop(path)
        self._held[path] = held
        self._bytes += held.resource.size + _OVERHEAD
        while len(self._held) > _MOST_FILES or (self._bytes > _MOST_BYTES and len(self._held) > 1):
            self._drop(next(iter(self._held)))

    def _drop(self, path: str) -> None:
        held = self._held.pop(path, None)
        if held is not None:
            self._bytes -= held.resource.size + _OVERHEAD


def take_stamp(place: str) -> Stamp:
    """Tells one state of a file and its copies from another."""
    return tuple(_look(place + ending) for ending in ("", *ENDINGS))


def _look(place: str) -> tuple[int, int, int] | None:
    try:
        status = os.stat(place)  # noqa: PTH116 - in the way of requests, and a Path costs more than its stat
    except (OSError, ValueError):
        return None
    return _stamp_of(status)


def _stamp_of(status: os.stat_result) -> tuple[int, int, int] | None:
    return (status.st_mtime_ns, status.st_size, status.st_ino) if stat.S_ISREG(status.st_mode) else None


def _lies_within(place: str, top: str) -> bool:
    """No symbolic link leads out of the folder."""
    return Path(os.path.realpath(place)).is_relative_to(os.path.realpath(top))


def _read_copies(place: str, body: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for coding in CODINGS:
        try:
            copy = Path(place + coding.ending).read_bytes()
        except OSError:
            continue
        if len(copy) < len(body) and unpacks_to(coding.name, copy, body):
            found[coding.name] = copy
    return found
