"""Version 3: feeds with archives, hubs and readers."""

from __future__ import annotations

from alembic.operations import Operations

STATEMENTS: tuple[str, ...] = ()


def upgrade(op: Operations) -> None:
    for statement in STATEMENTS:
        op.execute(statement)
