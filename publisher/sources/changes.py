"""What changed in the folder since the last scan. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from publisher.model.source import SourceFile


@dataclass(frozen=True, slots=True)
class Changes:
    """`to_read`: new or touched files; `vanished`: paths of the last scan that are gone. Both sorted by path."""

    to_read: tuple[SourceFile, ...]
    vanished: tuple[str, ...]


def find_changes(present: Iterable[SourceFile], known: Mapping[str, SourceFile], *, everything: bool) -> Changes:
    """Compare fingerprints. `everything`: the reading rules changed, so every file must be read again."""
    files = list(present)
    to_read = files if everything else [file for file in files if known.get(file.path) != file]
    vanished = set(known).difference([file.path for file in files])
    return Changes(tuple(sorted(to_read)), tuple(sorted(vanished)))
