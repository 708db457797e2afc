"""Version 4: proofs of work that were used; words of servers about people who are forgotten go."""

from __future__ import annotations

from alembic.operations import Operations

STATEMENTS: tuple[str, ...] = (
    """CREATE TABLE used_proofs (
    id INTEGER NOT NULL,
    challenge VARCHAR NOT NULL,
    until VARCHAR(32) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (challenge)
)""",
    "CREATE INDEX used_proofs_by_end ON used_proofs (until)",
    # Version 3 left them, and an answer such as "no mailbox here by the name …" says who it was.
    """UPDATE attempts SET reply = ''
    WHERE subscriber_id IN (SELECT id FROM subscribers WHERE state = 'forgotten')""",
)


def upgrade(op: Operations) -> None:
    for statement in STATEMENTS:
        op.execute(statement)
