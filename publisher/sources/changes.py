"""What changed in the folder since the last scan. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from publisher.model import SourceFile


@dataclass(frozen=True, slots=True)
class Changes:
    """`to_read`: new or touched files; `vanished`: paths of the last scan that are gone. Both sorted by path."""

    to_read: tuple[SourceFile, ...]
    vanished: tuple[str, ...]


def find_changes(present: Iterable[SourceFile], known: Mapping[str, SourceFile], *, everything: bool) -> Changes:
    """Compare fingerprints. `everything`: the reading rules changed, so every file must be read again."""
    files = {file.path: file for file in present}
    to_read = files.values() if everything else (file for path, file in files.items() if known.get(path) != file)
    return Changes(tuple(sorted(to_read)), tuple(sorted(known.keys() - files.keys())))
