"""Meters come back as they were saved."""

from __future__ import annotations

from datetime import timedelta

from publisher.model.meter import Meter
from publisher.storage import rates
from publisher.storage.database import Database
from tests.storage.rows import NOW

FULL = Meter(
    next_at=NOW,
    hour=((5_000_000, 3), (5_000_001, 1)),
    day=((400_000, 4),),
    pace=0.25,
    paced_at=NOW,
    refusals=2,
    closures=1,
    closed_until=NOW + timedelta(hours=1),
    used_at=NOW,
)


def test_a_meter_comes_back_as_it_was(database: Database) -> None:
    with database.write() as connection:
        assert rates.load_meter(connection, "reader.example") == Meter()
        for meter in (FULL, Meter(used_at=NOW), FULL):
            rates.save_meter(connection, "reader.example", meter)
            assert rates.load_meter(connection, "reader.example") == meter


def test_only_those_in_trouble_are_loaded(database: Database) -> None:
    with database.write() as connection:
        rates.save_meter(connection, "quiet.example", Meter(day=((1, 1),), used_at=NOW))
        rates.save_meter(connection, "slow.example", Meter(pace=0.5, paced_at=NOW))
        rates.save_meter(connection, "refusing.example", Meter(refusals=1))
        rates.save_meter(connection, "closed.example", Meter(closed_until=NOW))
        assert set(rates.load_troubled(connection)) == {"slow.example", "refusing.example", "closed.example"}


def test_what_was_used_lately_is_kept(database: Database) -> None:
    with database.write() as connection:
        rates.save_meter(connection, "a.example", FULL)
        assert rates.drop_idle(connection, NOW + timedelta(days=2)) == 0
        assert rates.drop_idle(connection, NOW + timedelta(days=2, seconds=1)) == 1
