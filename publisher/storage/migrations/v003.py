"""Version 3: feeds with archives, hubs and readers."""

from __future__ import annotations

from alembic.operations import Operations

STATEMENTS: tuple[str, ...] = (
    # hubs
    """CREATE TABLE topics (
    url VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    media_type VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    PRIMARY KEY (url)
)""",
    """CREATE TABLE hubs (
    url VARCHAR NOT NULL,
    due_at VARCHAR(32),
    failures INTEGER DEFAULT '0' NOT NULL,
    failing_since VARCHAR(32),
    problem TEXT,
    told_at VARCHAR(32),
    dropped INTEGER DEFAULT '0' NOT NULL,
    PRIMARY KEY (url)
)""",
    """CREATE TABLE pings (
    hub VARCHAR NOT NULL,
    topic VARCHAR NOT NULL,
    since VARCHAR(32) NOT NULL,
    sha256 VARCHAR NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    PRIMARY KEY (hub, topic)
)""",
    """CREATE TABLE hub_questions (
    topic VARCHAR NOT NULL,
    callback VARCHAR NOT NULL,
    mode VARCHAR NOT NULL,
    host VARCHAR NOT NULL,
    secret TEXT NOT NULL,
    lease_seconds INTEGER NOT NULL,
    due_at VARCHAR(32) NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    claim VARCHAR,
    held_until VARCHAR(32),
    PRIMARY KEY (topic, callback)
)""",
    "CREATE INDEX hub_questions_by_due ON hub_questions (due_at)",
    "CREATE INDEX hub_questions_by_host ON hub_questions (host)",
    """CREATE TABLE hub_turns (
    host VARCHAR NOT NULL,
    next_at VARCHAR(32) NOT NULL,
    PRIMARY KEY (host)
)""",
    """CREATE TABLE hub_subscriptions (
    topic VARCHAR NOT NULL,
    callback VARCHAR NOT NULL,
    host VARCHAR NOT NULL,
    secret TEXT NOT NULL,
    lease_until VARCHAR(32) NOT NULL,
    version INTEGER DEFAULT '0' NOT NULL,
    due_at VARCHAR(32),
    since VARCHAR(32),
    attempts INTEGER DEFAULT '0' NOT NULL,
    dropped INTEGER DEFAULT '0' NOT NULL,
    claim VARCHAR,
    held_until VARCHAR(32),
    PRIMARY KEY (topic, callback)
)""",
    "CREATE INDEX hub_subscriptions_by_due ON hub_subscriptions (due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX hub_subscriptions_by_host ON hub_subscriptions (host)",
    "CREATE INDEX hub_subscriptions_by_lease ON hub_subscriptions (lease_until)",
)


def upgrade(op: Operations) -> None:
    for statement in STATEMENTS:
        op.execute(statement)
