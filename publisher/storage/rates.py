"""Rows of rates: how much each provider was given, and how it took it. Shared by all processes of a database.

Whoever changes a Meter loads and saves it in one `Database.write`, which no other process can come between.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, delete, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from publisher.model.meter import Meter
from publisher.storage.connection import Connection
from publisher.storage.schema import rates

# A pace has recovered by then, a day's slots have fallen out, and a closure is over.
_KEPT = timedelta(days=2)


def load_meter(connection: Connection, name: str) -> Meter:
    """As it was saved; one at rest for a name that has none."""
    row = connection.execute(select(rates).where(rates.c.name == name)).one_or_none()
    return _to_meter(row) if row is not None else Meter()


def load_troubled(connection: Connection) -> dict[str, Meter]:
    """Those that are slower than they might be, closed, or on the way there."""
    query = select(rates).where(
        or_(rates.c.paced_at.is_not(None), rates.c.closed_until.is_not(None), rates.c.refusals > 0)
    )
    return {row.name: _to_meter(row) for row in connection.execute(query)}


def load_ahead(connection: Connection, now: datetime) -> dict[str, Meter]:
    """Those that were last used later than `now`, by a clock that was ahead."""
    query = select(rates).where(rates.c.used_at > now)
    return {row.name: _to_meter(row) for row in connection.execute(query)}


def load_closed(connection: Connection, now: datetime) -> dict[str, datetime]:
    """Providers that are left alone for what they have refused, and until when."""
    query = select(rates.c.name, rates.c.closed_until).where(rates.c.closed_until > now)
    return {row.name: row.closed_until for row in connection.execute(query.order_by(rates.c.name))}


def reopen_all(connection: Connection) -> int:
    """No provider is left alone or slowed down any more for what it has answered; returns how many there were."""
    at_rest = {"closed_until": None, "refusals": 0, "closures": 0, "pace": 1.0, "paced_at": None}
    is_troubled = or_(*(rates.c[name] != value for name, value in at_rest.items()))
    return connection.execute(update(rates).where(is_troubled).values(at_rest)).rowcount


def save_meter(connection: Connection, name: str, meter: Meter) -> None:
    values: Mapping[str, Any] = {
        "next_at": meter.next_at,
        "hour": [list(slot) for slot in meter.hour],
        "day": [list(slot) for slot in meter.day],
        "pace": meter.pace,
        "paced_at": meter.paced_at,
        "refusals": meter.refusals,
        "closures": meter.closures,
        "closed_until": meter.closed_until,
        "used_at": meter.used_at,
    }
    statement = insert(rates).values(name=name, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))


def drop_idle(connection: Connection, now: datetime) -> int:
    """Forget what says nothing any more; returns how many."""
    return connection.execute(delete(rates).where(rates.c.used_at < now - _KEPT)).rowcount


def _to_meter(row: Row[Any]) -> Meter:
    return Meter(
        next_at=row.next_at,
        hour=tuple((slot, number) for slot, number in row.hour),
        day=tuple((slot, number) for slot, number in row.day),
        pace=row.pace,
        paced_at=row.paced_at,
        refusals=row.refusals,
        closures=row.closures,
        closed_until=row.closed_until,
        used_at=row.used_at,
    )
