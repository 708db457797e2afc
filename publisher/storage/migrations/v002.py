"""Version 2: several sources, feeds among them, and rendered entries that are kept."""

from __future__ import annotations

from alembic.operations import Operations

STATEMENTS = (
    "DROP INDEX articles_unseen",
    "ALTER TABLE files ADD COLUMN source VARCHAR DEFAULT '' NOT NULL",
    "ALTER TABLE files ADD COLUMN notes JSON",
    """CREATE TABLE fetches (
    source VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    etag VARCHAR,
    last_modified VARCHAR,
    fetched_at VARCHAR(32),
    next_at VARCHAR(32),
    gone INTEGER DEFAULT '0' NOT NULL,
    failures INTEGER DEFAULT '0' NOT NULL,
    problem TEXT,
    note TEXT,
    rules TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (source)
)""",
    """CREATE TABLE renderings (
    article_id VARCHAR NOT NULL,
    format VARCHAR NOT NULL,
    "key" VARCHAR NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (article_id, format)
)""",
)


def upgrade(op: Operations) -> None:
    for statement in STATEMENTS:
        op.execute(statement)
