"""Rows of the pictures of other sites: what their first bytes said, and when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from publisher.model.picture import Picture
from publisher.storage.connection import Connection
from publisher.storage.schema import pictures

_AT_ONCE = 500  # addresses in one question


@dataclass(frozen=True, slots=True)
class KnownPicture:
    """`problem` says why nothing is known of it; `size` is the file's, in bytes, where the server said so.

    `copy` is the file made from it, below the output folder: "" where none is to be made, None where none was wanted.
    """

    url: str
    checked_at: datetime
    kind: str = ""
    width: int = 0
    height: int = 0
    size: int | None = None
    problem: str | None = None
    copy: str | None = None

    @property
    def picture(self) -> Picture:
        return Picture(self.kind, self.width, self.height)


def load_pictures(connection: Connection, urls: Iterable[str]) -> dict[str, KnownPicture]:
    """By address, of those that are known."""
    wanted, columns = list(urls), [pictures.c[name] for name in KnownPicture.__slots__]
    found: dict[str, KnownPicture] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        asked = select(*columns).where(pictures.c.url.in_(wanted[start : start + _AT_ONCE]))
        found |= {row.url: KnownPicture(*row) for row in connection.execute(asked)}
    return found


def save_pictures(connection: Connection, found: Sequence[KnownPicture]) -> None:
    if not found:
        return
    statement = insert(pictures)
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[pictures.c.url],
            set_={name: statement.excluded[name] for name in KnownPicture.__slots__},
        ),
        [{name: getattr(item, name) for name in KnownPicture.__slots__} for item in found],
    )


def forget_pictures(connection: Connection, before: datetime) -> None:
    """Those that no issue has asked for since."""
    connection.execute(delete(pictures).where(pictures.c.checked_at < before))
