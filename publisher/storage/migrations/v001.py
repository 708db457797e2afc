"""Version 1: the first schema."""

from __future__ import annotations

from alembic.operations import Operations

STATEMENTS = (
    """CREATE TABLE articles (
    id VARCHAR NOT NULL,
    path VARCHAR,
    seq INTEGER,
    seen_at VARCHAR(32),
    sha256 VARCHAR NOT NULL,
    title TEXT NOT NULL,
    published VARCHAR(32) NOT NULL,
    data JSON NOT NULL,
    markdown TEXT NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (path),
    UNIQUE (seq)
)""",
    "CREATE INDEX articles_unseen ON articles (published) WHERE seq IS NULL AND path IS NOT NULL",
    """CREATE TABLE facts (
    name VARCHAR NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
)""",
    """CREATE TABLE files (
    path VARCHAR NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    problem JSON,
    PRIMARY KEY (path)
)""",
    """CREATE TABLE issues (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    newsletter VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    template VARCHAR NOT NULL,
    subject TEXT NOT NULL,
    created_at VARCHAR(32) NOT NULL,
    occurrence VARCHAR
)""",
    "CREATE INDEX issues_by_state ON issues (state)",
    """CREATE TABLE newsletters (
    name VARCHAR NOT NULL,
    history_closed_at VARCHAR(32) NOT NULL,
    last_seq INTEGER NOT NULL,
    schedule VARCHAR DEFAULT '' NOT NULL,
    schedule_since VARCHAR(32),
    PRIMARY KEY (name)
)""",
    """CREATE TABLE occurrences (
    newsletter VARCHAR NOT NULL,
    "key" VARCHAR NOT NULL,
    at VARCHAR(32) NOT NULL,
    PRIMARY KEY (newsletter, "key")
)""",
    """CREATE TABLE outputs (
    path VARCHAR NOT NULL,
    signature VARCHAR NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    sha256 VARCHAR NOT NULL,
    PRIMARY KEY (path)
)""",
    """CREATE TABLE subscribers (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    email VARCHAR NOT NULL,
    email_key VARCHAR NOT NULL,
    name TEXT NOT NULL,
    language VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    source TEXT NOT NULL,
    created_at VARCHAR(32) NOT NULL,
    fields JSON NOT NULL,
    UNIQUE (email_key)
)""",
    """CREATE TABLE deliveries (
    issue_id INTEGER NOT NULL,
    subscriber_id INTEGER NOT NULL,
    variant VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    due_at VARCHAR(32) NOT NULL,
    owner VARCHAR,
    epoch INTEGER DEFAULT '0' NOT NULL,
    lease_until VARCHAR(32),
    message_id VARCHAR,
    date VARCHAR(32),
    settled_at VARCHAR(32),
    code INTEGER,
    reply TEXT,
    PRIMARY KEY (issue_id, subscriber_id),
    FOREIGN KEY(issue_id) REFERENCES issues (id),
    FOREIGN KEY(subscriber_id) REFERENCES subscribers (id)
)
 WITHOUT ROWID""",
    "CREATE INDEX deliveries_held ON deliveries (owner, lease_until) WHERE state IN ('claimed', 'sending')",
    """CREATE INDEX deliveries_waiting
    ON deliveries (issue_id, due_at, subscriber_id)
    WHERE state IN ('queued', 'deferred')""",
    """CREATE TABLE issue_articles (
    issue_id INTEGER NOT NULL,
    article_id VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    role VARCHAR NOT NULL,
    PRIMARY KEY (issue_id, article_id),
    FOREIGN KEY(issue_id) REFERENCES issues (id),
    FOREIGN KEY(article_id) REFERENCES articles (id)
)""",
    "CREATE INDEX issue_articles_by_article ON issue_articles (article_id)",
    """CREATE TABLE subscriptions (
    subscriber_id INTEGER NOT NULL,
    newsletter VARCHAR NOT NULL,
    since VARCHAR(32) NOT NULL,
    ended_at VARCHAR(32),
    last_seq INTEGER DEFAULT '0' NOT NULL,
    PRIMARY KEY (subscriber_id, newsletter),
    FOREIGN KEY(subscriber_id) REFERENCES subscribers (id)
)""",
    "CREATE INDEX subscriptions_by_newsletter ON subscriptions (newsletter, subscriber_id)",
    """CREATE TABLE variants (
    issue_id INTEGER NOT NULL,
    "key" VARCHAR NOT NULL,
    language VARCHAR NOT NULL,
    marker VARCHAR NOT NULL,
    subject TEXT NOT NULL,
    text BLOB NOT NULL,
    html BLOB NOT NULL,
    PRIMARY KEY (issue_id, "key"),
    FOREIGN KEY(issue_id) REFERENCES issues (id)
)""",
)


def upgrade(op: Operations) -> None:
    for statement in STATEMENTS:
        op.execute(statement)
