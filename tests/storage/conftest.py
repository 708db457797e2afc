"""A real database file for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.storage.database import Database, open_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "publisher.db")
    yield opened
    opened.close()
