"""Version 3: feeds with archives, hubs and readers."""

from __future__ import annotations

from alembic.operations import Operations

STATEMENTS: tuple[str, ...] = (
    "ALTER TABLE articles ADD COLUMN sketch BLOB",
    "ALTER TABLE articles ADD COLUMN revised_at VARCHAR(32)",
    "ALTER TABLE articles ADD COLUMN shown_at VARCHAR(32)",
    "ALTER TABLE articles ADD COLUMN gone_at VARCHAR(32)",
    # Older programs did not note what feeds had shown: what is there and was public may have been.
    """UPDATE articles SET shown_at = seen_at
    WHERE seq IS NOT NULL AND path IS NOT NULL AND json_extract(data, '$.in_feeds')""",
    """CREATE TABLE archives (
    feed_id VARCHAR NOT NULL,
    article_id VARCHAR NOT NULL,
    part INTEGER NOT NULL,
    PRIMARY KEY (feed_id, article_id)
)""",
    """CREATE TABLE imported (
    number INTEGER NOT NULL,
    id VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    title TEXT NOT NULL,
    published VARCHAR(32),
    PRIMARY KEY (number),
    UNIQUE (id)
)""",
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
