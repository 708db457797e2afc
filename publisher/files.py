"""Files replaced as a whole or not at all, and left alone when nothing changed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def show_path(path: Path) -> str:
    """The path as a person would type it: relative when it lies below where they stand."""
    try:
        return str(path.relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


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
    handle, temporary = tempfile.mkstemp(prefix=".publisher-", suffix=".tmp", dir=path.parent)
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
