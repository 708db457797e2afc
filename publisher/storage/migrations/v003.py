"""Version 3: feeds with archives, hubs and readers."""

from __future__ import annotations

from alembic.operations import Operations

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE readers (
    day VARCHAR(10) NOT NULL,
    path VARCHAR NOT NULL,
    service VARCHAR NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (day, path, service)
) WITHOUT ROWID""",
)


def upgrade(op: Operations) -> None:
    for statement in STATEMENTS:
        op.execute(statement)
