"""Version 3: feeds with archives, hubs and readers."""

from __future__ import annotations

from alembic.operations import Operations

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE feed_faults (
    path VARCHAR NOT NULL,
    reason TEXT NOT NULL,
    since VARCHAR(32) NOT NULL,
    PRIMARY KEY (path)
)""",
)


def upgrade(op: Operations) -> None:
    for statement in STATEMENTS:
        op.execute(statement)
