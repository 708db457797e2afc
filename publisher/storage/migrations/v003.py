"""Version 3: feeds with archives, hubs, readers and pictures; letters."""

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
    """CREATE TABLE pictures (
    url VARCHAR NOT NULL,
    checked_at VARCHAR(32) NOT NULL,
    kind VARCHAR NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    size INTEGER,
    problem TEXT,
    copy VARCHAR,
    PRIMARY KEY (url)
)""",
    """CREATE TABLE readers (
    day VARCHAR(10) NOT NULL,
    path VARCHAR NOT NULL,
    service VARCHAR NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (day, path, service)
) WITHOUT ROWID""",
    "ALTER TABLE variants ADD COLUMN fields JSON DEFAULT '[]' NOT NULL",
    """CREATE TABLE letters (
    issue_id INTEGER NOT NULL,
    file TEXT NOT NULL,
    sha256 VARCHAR NOT NULL,
    markdown BLOB NOT NULL,
    PRIMARY KEY (issue_id),
    FOREIGN KEY(issue_id) REFERENCES issues (id)
)""",
    "CREATE INDEX letters_by_content ON letters (sha256)",
    # embedded pictures
    """CREATE TABLE embedded (
    issue_id INTEGER NOT NULL,
    variant VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    url TEXT NOT NULL,
    kind VARCHAR NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (issue_id, variant, position),
    FOREIGN KEY(issue_id) REFERENCES issues (id)
)""",
    # attempts, and why an issue is paused
    """CREATE TABLE attempts (
    issue_id INTEGER NOT NULL,
    subscriber_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    at VARCHAR(32) NOT NULL,
    server VARCHAR NOT NULL,
    code INTEGER NOT NULL,
    enhanced VARCHAR NOT NULL,
    reply TEXT NOT NULL,
    state VARCHAR NOT NULL,
    PRIMARY KEY (issue_id, subscriber_id, number)
) WITHOUT ROWID""",
    "ALTER TABLE issues ADD COLUMN pause_reason TEXT",
    # consent and notices
    """CREATE TABLE consents (
    id INTEGER NOT NULL,
    subscriber_id INTEGER NOT NULL,
    at VARCHAR(32) NOT NULL,
    event VARCHAR NOT NULL,
    newsletters JSON NOT NULL,
    how VARCHAR NOT NULL,
    wording TEXT NOT NULL,
    page TEXT NOT NULL,
    network VARCHAR NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(subscriber_id) REFERENCES subscribers (id)
)""",
    "CREATE INDEX consents_by_subscriber ON consents (subscriber_id, id)",
    """CREATE TABLE requests (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind VARCHAR NOT NULL,
    subscriber_id INTEGER NOT NULL,
    email VARCHAR NOT NULL,
    newsletters JSON NOT NULL,
    name TEXT NOT NULL,
    language VARCHAR NOT NULL,
    asked_at VARCHAR(32) NOT NULL,
    expires_at VARCHAR(32) NOT NULL,
    done_at VARCHAR(32),
    FOREIGN KEY(subscriber_id) REFERENCES subscribers (id)
)""",
    "CREATE INDEX requests_by_expiry ON requests (expires_at)",
    "CREATE INDEX requests_by_subscriber ON requests (subscriber_id)",
    """CREATE TABLE forgotten (
    hash VARCHAR NOT NULL,
    at VARCHAR(32) NOT NULL,
    PRIMARY KEY (hash)
)""",
    """CREATE TABLE sign_up_attempts (
    id INTEGER NOT NULL,
    hash VARCHAR NOT NULL,
    at VARCHAR(32) NOT NULL,
    PRIMARY KEY (id)
)""",
    "CREATE INDEX sign_up_attempts_by_hash ON sign_up_attempts (hash, at)",
    "CREATE INDEX sign_up_attempts_by_time ON sign_up_attempts (at)",
    """CREATE TABLE notices (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind VARCHAR NOT NULL,
    "key" VARCHAR NOT NULL,
    subscriber_id INTEGER NOT NULL,
    newsletters JSON NOT NULL,
    email VARCHAR NOT NULL,
    name TEXT NOT NULL,
    language VARCHAR NOT NULL,
    request_id INTEGER,
    created_at VARCHAR(32) NOT NULL,
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
    UNIQUE ("key"),
    FOREIGN KEY(subscriber_id) REFERENCES subscribers (id)
)""",
    "CREATE INDEX notices_by_state ON notices (state, due_at)",
    "CREATE INDEX notices_by_subscriber ON notices (subscriber_id)",
    # introductions of issues
    """CREATE TABLE introductions (
    issue_id INTEGER NOT NULL,
    markdown BLOB NOT NULL,
    PRIMARY KEY (issue_id),
    FOREIGN KEY(issue_id) REFERENCES issues (id)
)""",
    # preferences
    "ALTER TABLE newsletters ADD COLUMN woken VARCHAR DEFAULT '' NOT NULL",
    "ALTER TABLE issues ADD COLUMN audience VARCHAR DEFAULT '' NOT NULL",
    "ALTER TABLE subscribers ADD COLUMN timezone VARCHAR DEFAULT '' NOT NULL",
    "ALTER TABLE subscribers ADD COLUMN hour INTEGER",
    "ALTER TABLE subscribers ADD COLUMN paused_until VARCHAR(32)",
    "ALTER TABLE subscriptions ADD COLUMN ahead TEXT DEFAULT '' NOT NULL",
    "ALTER TABLE subscriptions ADD COLUMN topics TEXT DEFAULT '' NOT NULL",
    "ALTER TABLE subscriptions ADD COLUMN rhythm VARCHAR DEFAULT '' NOT NULL",
    "ALTER TABLE subscriptions ADD COLUMN next_at VARCHAR(32)",
    """CREATE INDEX subscriptions_due ON subscriptions (newsletter, next_at)
    WHERE next_at IS NOT NULL AND ended_at IS NULL""",
    # Until now everybody got what their newsletter sent: each person is as far as it is.
    """UPDATE subscriptions SET
    last_seq = (SELECT n.last_seq FROM newsletters n WHERE n.name = subscriptions.newsletter),
    ahead = coalesce((
        SELECT group_concat(DISTINCT a.seq) FROM newsletters n
        JOIN issues i ON i.newsletter = n.name
        JOIN issue_articles ia ON ia.issue_id = i.id
        JOIN articles a ON a.id = ia.article_id AND a.seq > n.last_seq
        WHERE n.name = subscriptions.newsletter AND i.state NOT IN ('draft', 'cancelled')), '')
    WHERE newsletter IN (SELECT name FROM newsletters)""",
    # rates
    """CREATE TABLE rates (
    name VARCHAR NOT NULL,
    next_at VARCHAR(32),
    hour JSON NOT NULL,
    day JSON NOT NULL,
    pace FLOAT NOT NULL,
    paced_at VARCHAR(32),
    refusals INTEGER NOT NULL,
    closures INTEGER NOT NULL,
    closed_until VARCHAR(32),
    used_at VARCHAR(32),
    PRIMARY KEY (name)
)""",
    # lists
    """CREATE TABLE imports (
    "key" VARCHAR NOT NULL,
    rows INTEGER NOT NULL,
    counts JSON NOT NULL,
    at VARCHAR(32) NOT NULL,
    PRIMARY KEY ("key")
)""",
    # retention
    """CREATE TABLE removed_deliveries (
    issue_id INTEGER NOT NULL,
    state VARCHAR NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (issue_id, state),
    FOREIGN KEY(issue_id) REFERENCES issues (id)
) WITHOUT ROWID""",
    # bounces
    """CREATE TABLE bounces (
    source_id VARCHAR NOT NULL,
    at VARCHAR(32) NOT NULL,
    kind VARCHAR NOT NULL,
    issue_id INTEGER,
    subscriber_id INTEGER,
    code VARCHAR NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (source_id)
) WITHOUT ROWID""",
    "CREATE INDEX bounces_by_subscriber ON bounces (subscriber_id, kind)",
    """CREATE TABLE suppressions (
    email_key VARCHAR NOT NULL,
    email VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    since VARCHAR(32) NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (email_key)
) WITHOUT ROWID""",
)


def upgrade(op: Operations) -> None:
    for statement in STATEMENTS:
        op.execute(statement)
