"""A file that may be an article. Pure."""

from __future__ import annotations

from typing import NamedTuple


class SourceFile(NamedTuple):  # a tuple, because every scan makes one for each file twice and compares them
    """A file in the articles folder as one `stat` sees it; `path` is relative to the folder, with `/`."""

    path: str
    size: int
    mtime_ns: int
