"""The tables as they are now. `migrations/` is how a database got here; a test holds the two against each other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    literal,
)

from publisher.model.delivery import DeliveryState
from publisher.storage.instants import read_instant, write_instant

WAITING_STATES = (DeliveryState.QUEUED, DeliveryState.DEFERRED)
HELD_STATES = (DeliveryState.CLAIMED, DeliveryState.SENDING)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as `write_instant` writes it."""

    impl = String(32)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        return write_instant(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        return read_instant(value)


metadata = MetaData()

# Small facts about the whole database, such as which reading rules its index was made with.
facts = Table("facts", metadata, Column("name", String, primary_key=True), Column("value", Text, nullable=False))

# One row per article ever seen. A file that vanishes leaves `path` NULL: its identity is kept for the day it returns.
# A file that cannot be read any more keeps its article's row, and `files.problem` keeps the article out of sight.
# `revised_at` is when the last change was seen that is more than a correction, `sketch` the text of that time.
# `shown_at` is when a feed of ours first had it, `gone_at` when it was noticed that readers should have it no more.
articles = Table(
    "articles",
    metadata,
    Column("id", String, primary_key=True),
    Column("path", String, unique=True),
    Column("seq", Integer, unique=True),
    Column("seen_at", Instant),
    Column("sha256", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("published", Instant, nullable=False),
    Column("data", JSON, nullable=False),
    Column("markdown", Text, nullable=False),
    Column("sketch", LargeBinary),
    Column("revised_at", Instant),
    Column("shown_at", Instant),
    Column("gone_at", Instant),
)

# One row per file in a folder, or item of a feed: its fingerprint, what is wrong with it if it is no article, and the
# source under `articles:` that it comes from.
files = Table(
    "files",
    metadata,
    Column("path", String, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("mtime_ns", Integer, nullable=False),
    Column("problem", JSON(none_as_null=True)),
    Column("source", String, nullable=False, server_default=""),
    Column("notes", JSON(none_as_null=True)),  # of an article that was read without one of its fields
)

# One row per feed that is read as a source: what the last answer said, and when to ask again. `fetched_at` is when its
# items were last read, or found unchanged; `rules` what their reading depended on besides the bytes.
fetches = Table(
    "fetches",
    metadata,
    Column("source", String, primary_key=True),
    Column("url", String, nullable=False),  # where a permanent redirect has led
    Column("etag", String),
    Column("last_modified", String),
    Column("fetched_at", Instant),
    Column("next_at", Instant),
    Column("gone", Integer, nullable=False, server_default="0"),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("problem", Text),
    Column("note", Text),
    Column("rules", Text, nullable=False, server_default=""),
)

# One row per article that a feed shows, and format: its entry, and what that was made from. A `format` that ends with
# `-summary` is of feeds that show no more than that.
renderings = Table(
    "renderings",
    metadata,
    Column("article_id", String, primary_key=True),
    Column("format", String, primary_key=True),
    Column("key", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

# One row per feed file written: what went into it, and how it looked on disk afterwards.
outputs = Table(
    "outputs",
    metadata,
    Column("path", String, primary_key=True),
    Column("signature", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("mtime_ns", Integer, nullable=False),
    Column("sha256", String, nullable=False),
)

# Articles up to `last_seq` are history, mailed, or passed over; none of them is ever new again for this newsletter.
newsletters = Table(
    "newsletters",
    metadata,
    Column("name", String, primary_key=True),
    Column("history_closed_at", Instant, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("schedule", String, nullable=False, server_default=""),
    Column("schedule_since", Instant),
    Column("woken", String, nullable=False, server_default=""),  # see storage.rhythms
)

# A scheduled wall-clock minute is spent once, whatever came of it.
occurrences = Table(
    "occurrences",
    metadata,
    Column("newsletter", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("at", Instant, nullable=False),
)

issues = Table(
    "issues",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("newsletter", String, nullable=False),
    Column("state", String, nullable=False),
    Column("template", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("occurrence", String),
    Column("pause_reason", Text),
    Column("audience", String, nullable=False, server_default=""),  # "own": of those with a rhythm of their own
    sqlite_autoincrement=True,
)
Index("issues_by_state", issues.c.state)

issue_articles = Table(
    "issue_articles",
    metadata,
    Column("issue_id", Integer, ForeignKey("issues.id"), primary_key=True),
    Column("article_id", String, ForeignKey("articles.id"), primary_key=True),
    Column("position", Integer, nullable=False),
    Column("role", String, nullable=False),  # "full", or "link" for a title at the end
)
Index("issue_articles_by_article", issue_articles.c.article_id)

variants = Table(
    "variants",
    metadata,
    Column("issue_id", Integer, ForeignKey("issues.id"), primary_key=True),
    Column("key", String, primary_key=True),
    Column("language", String, nullable=False),
    Column("marker", String, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", LargeBinary, nullable=False),
    Column("html", LargeBinary, nullable=False),
    Column("fields", JSON, nullable=False, server_default="[]"),
)

# An issue that is a letter written by hand: the bytes of its file, so that it is not sent twice, and its text.
letters = Table(
    "letters",
    metadata,
    Column("issue_id", Integer, ForeignKey("issues.id"), primary_key=True),
    Column("file", Text, nullable=False),
    Column("sha256", String, nullable=False),
    Column("markdown", LargeBinary, nullable=False),
)
Index("letters_by_content", letters.c.sha256)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", String, nullable=False),
    Column("email_key", String, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("language", String, nullable=False),
    Column("state", String, nullable=False),
    Column("source", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("fields", JSON, nullable=False),
    # preferences
    Column("timezone", String, nullable=False, server_default=""),
    Column("hour", Integer),
    Column("paused_until", Instant),
    sqlite_autoincrement=True,
)

# `ended_at` NULL: receives it now. A row that has ended says that this person left: no import brings them back.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("subscriber_id", Integer, ForeignKey("subscribers.id"), primary_key=True),
    Column("newsletter", String, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("last_seq", Integer, nullable=False, server_default="0"),
    # preferences: articles up to `last_seq`, and those with a number in `ahead`, are dealt with for this person.
    Column("ahead", Text, nullable=False, server_default=""),
    Column("topics", Text, nullable=False, server_default=""),
    Column("rhythm", String, nullable=False, server_default=""),
    Column("next_at", Instant),
)
Index("subscriptions_by_newsletter", subscriptions.c.newsletter, subscriptions.c.subscriber_id)
# The passes of the scheduler ask for what is due, and must not read every subscription for it.
Index(
    "subscriptions_due",
    subscriptions.c.newsletter,
    subscriptions.c.next_at,
    sqlite_where=subscriptions.c.next_at.is_not(None) & subscriptions.c.ended_at.is_(None),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("issue_id", Integer, ForeignKey("issues.id"), primary_key=True),
    Column("subscriber_id", Integer, ForeignKey("subscribers.id"), primary_key=True),
    Column("variant", String, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", Instant, nullable=False),
    Column("owner", String),
    Column("epoch", Integer, nullable=False, server_default="0"),
    Column("lease_until", Instant),
    Column("message_id", String),
    Column("date", Instant),
    Column("settled_at", Instant),
    Column("code", Integer),
    Column("reply", Text),
    sqlite_with_rowid=False,
)

# One row per answer to an attempt, the first one has number 1. `server` is who gave it, `enhanced` its RFC 3463 code.
attempts = Table(
    "attempts",
    metadata,
    Column("issue_id", Integer, primary_key=True),
    Column("subscriber_id", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("server", String, nullable=False),
    Column("code", Integer, nullable=False),
    Column("enhanced", String, nullable=False),
    Column("reply", Text, nullable=False),
    Column("state", String, nullable=False),
    sqlite_with_rowid=False,
)

# Which archive document of a feed an article stands in, for ever; its place stays empty when it goes.
archives = Table(
    "archives",
    metadata,
    Column("feed_id", String, primary_key=True),
    Column("article_id", String, primary_key=True),
    Column("part", Integer, nullable=False),
)

# Ids that another program's feed gave to articles which have not been seen here yet.
imported = Table(
    "imported",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("url", String, nullable=False),
    Column("title", Text, nullable=False),
    Column("published", Instant),
)


def _has_state(states: tuple[DeliveryState, ...]) -> ColumnElement[bool]:
    # Written out, not bound: SQLite uses a partial index only for a query that repeats the words of its condition.
    return deliveries.c.state.in_([literal(state.value, literal_execute=True) for state in states])


is_waiting = _has_state(WAITING_STATES)
is_held = _has_state(HELD_STATES)

# The hot queries read these two, never the rows that are settled. They say so themselves: without statistics SQLite
# prefers the primary key, and reads every row already sent to find the one that is not.
USE_WAITING = "INDEXED BY deliveries_waiting"
USE_HELD = "INDEXED BY deliveries_held"
Index(
    "deliveries_waiting",
    deliveries.c.issue_id,
    deliveries.c.due_at,
    deliveries.c.subscriber_id,
    sqlite_where=is_waiting,
)
Index("deliveries_held", deliveries.c.owner, deliveries.c.lease_until, sqlite_where=is_held)

# One row per file that could not be replaced when its feeds were last written; the last good one is still in place.
feed_faults = Table(
    "feed_faults",
    metadata,
    Column("path", String, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("since", Instant, nullable=False),
)
# One row per feed document that can be subscribed to: what it was when the hubs were last to be told of it.
topics = Table(
    "topics",
    metadata,
    Column("url", String, primary_key=True),
    Column("path", String, nullable=False),
    Column("media_type", String, nullable=False),
    Column("sha256", String, nullable=False),
)

# One row per hub of others: how it is doing. `due_at`: it is not asked before.
hubs = Table(
    "hubs",
    metadata,
    Column("url", String, primary_key=True),
    Column("due_at", Instant),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("failing_since", Instant),
    Column("problem", Text),
    Column("told_at", Instant),
    Column("dropped", Integer, nullable=False, server_default="0"),
)

# One row per hub and feed document that it is to be told of; `sha256` is the version that made it so.
pings = Table(
    "pings",
    metadata,
    Column("hub", String, primary_key=True),
    Column("topic", String, primary_key=True),
    Column("since", Instant, nullable=False),
    Column("sha256", String, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
)

# Our own hub: what waits to be asked of, or told to, a subscriber. `claim` is who does it now, until `held_until`.
hub_questions = Table(
    "hub_questions",
    metadata,
    Column("topic", String, primary_key=True),
    Column("callback", String, primary_key=True),
    Column("mode", String, nullable=False),
    Column("host", String, nullable=False),
    Column("secret", Text, nullable=False),
    Column("lease_seconds", Integer, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("claim", String),
    Column("held_until", Instant),
)
Index("hub_questions_by_due", hub_questions.c.due_at)
Index("hub_questions_by_host", hub_questions.c.host)

# Our own hub: when a host may be asked its next question, for a while after the last one.
hub_turns = Table(
    "hub_turns",
    metadata,
    Column("host", String, primary_key=True),
    Column("next_at", Instant, nullable=False),
)

# Our own hub: who has confirmed. `due_at`: a change waits to be sent.
hub_subscriptions = Table(
    "hub_subscriptions",
    metadata,
    Column("topic", String, primary_key=True),
    Column("callback", String, primary_key=True),
    Column("host", String, nullable=False),
    Column("secret", Text, nullable=False),
    Column("lease_until", Instant, nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("due_at", Instant),
    Column("since", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("dropped", Integer, nullable=False, server_default="0"),
    Column("claim", String),
    Column("held_until", Instant),
)
Index("hub_subscriptions_by_due", hub_subscriptions.c.due_at, sqlite_where=hub_subscriptions.c.due_at.is_not(None))
Index("hub_subscriptions_by_host", hub_subscriptions.c.host)
Index("hub_subscriptions_by_lease", hub_subscriptions.c.lease_until)
# One row per picture of another site that a mail has shown: what its first bytes say.
pictures = Table(
    "pictures",
    metadata,
    Column("url", String, primary_key=True),
    Column("checked_at", Instant, nullable=False),
    Column("kind", String, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("size", Integer),
    Column("problem", Text),
    Column("copy", String),
)

# embedded pictures: of a variant, in their order; every message of it has them.
embedded = Table(
    "embedded",
    metadata,
    Column("issue_id", Integer, ForeignKey("issues.id"), primary_key=True),
    Column("variant", String, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("url", Text, nullable=False),
    Column("kind", String, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

# How many read a feed on a day: subscribers of a service, or distinct clients where `service` is empty.
readers = Table(
    "readers",
    metadata,
    Column("day", String(10), primary_key=True),
    Column("path", String, primary_key=True),
    Column("service", String, primary_key=True),
    Column("number", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# Consent: one row for each change of what somebody has agreed to. `network` is a keyed hash unless the config says so.
consents = Table(
    "consents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscriber_id", Integer, ForeignKey("subscribers.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("event", String, nullable=False),
    Column("newsletters", JSON, nullable=False),
    Column("how", String, nullable=False),
    Column("wording", Text, nullable=False),
    Column("page", Text, nullable=False),
    Column("network", String, nullable=False),
    Column("reason", Text, nullable=False),
)
Index("consents_by_subscriber", consents.c.subscriber_id, consents.c.id)

# Consent: what somebody has asked for and the owner of `email` has to confirm, until `expires_at`.
requests = Table(
    "requests",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("subscriber_id", Integer, ForeignKey("subscribers.id"), nullable=False),
    Column("email", String, nullable=False),
    Column("newsletters", JSON, nullable=False),
    Column("name", Text, nullable=False),
    Column("language", String, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("done_at", Instant),
    sqlite_autoincrement=True,
)
Index("requests_by_subscriber", requests.c.subscriber_id)
Index("requests_by_expiry", requests.c.expires_at)

# Consent: keyed hashes of addresses that no import brings back.
forgotten = Table(
    "forgotten",
    metadata,
    Column("hash", String, primary_key=True),
    Column("at", Instant, nullable=False),
)

# Consent: sign-ups of late, by keyed hash of address, network or form; they go when they count no more.
sign_up_attempts = Table(
    "sign_up_attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("hash", String, nullable=False),
    Column("at", Instant, nullable=False),
)
Index("sign_up_attempts_by_hash", sign_up_attempts.c.hash, sign_up_attempts.c.at)
Index("sign_up_attempts_by_time", sign_up_attempts.c.at)

# Sign-ups: proofs of work that were used, until their challenge ends; the oldest have the smallest ids.
used_proofs = Table(
    "used_proofs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("challenge", String, nullable=False, unique=True),
    Column("until", Instant, nullable=False),
)
Index("used_proofs_by_end", used_proofs.c.until)

# Notices: mails to one person that are no issue, with the states of deliveries.
notices = Table(
    "notices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("key", String, nullable=False, unique=True),
    Column("subscriber_id", Integer, ForeignKey("subscribers.id"), nullable=False),
    Column("newsletters", JSON, nullable=False),
    Column("email", String, nullable=False),
    Column("name", Text, nullable=False),
    Column("language", String, nullable=False),
    Column("request_id", Integer),
    Column("created_at", Instant, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("due_at", Instant, nullable=False),
    Column("owner", String),
    Column("epoch", Integer, nullable=False, server_default="0"),
    Column("lease_until", Instant),
    Column("message_id", String),
    Column("date", Instant),
    Column("settled_at", Instant),
    Column("code", Integer),
    Column("reply", Text),
    sqlite_autoincrement=True,
)
Index("notices_by_state", notices.c.state, notices.c.due_at)
Index("notices_by_subscriber", notices.c.subscriber_id)
# What the sender wrote above the articles of an issue, as it was written; a page on the web shows it.
introductions = Table(
    "introductions",
    metadata,
    Column("issue_id", Integer, ForeignKey("issues.id"), primary_key=True),
    Column("markdown", LargeBinary, nullable=False),
)

# rates: one row per provider that has a limit or has complained, and one for all mail: what model.Meter says of it.
rates = Table(
    "rates",
    metadata,
    Column("name", String, primary_key=True),
    Column("next_at", Instant),
    Column("hour", JSON, nullable=False),
    Column("day", JSON, nullable=False),
    Column("pace", Float, nullable=False),
    Column("paced_at", Instant),
    Column("refusals", Integer, nullable=False),
    Column("closures", Integer, nullable=False),
    Column("closed_until", Instant),
    Column("used_at", Instant),
)

# Lists: an import that has not come to its end, and how far it is. `key` is the hash of its file and of how it is read.
imports = Table(
    "imports",
    metadata,
    Column("key", String, primary_key=True),
    Column("rows", Integer, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("at", Instant, nullable=False),
)

# Retention: how many rows of an issue were removed for their age, by their last state; nobody is named any more.
removed_deliveries = Table(
    "removed_deliveries",
    metadata,
    Column("issue_id", Integer, ForeignKey("issues.id"), primary_key=True),
    Column("state", String, primary_key=True),
    Column("number", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# bounces: one row per report that was read, so that none counts twice, and per refusal of a reader as a message was
# offered. It holds no address.
bounces = Table(
    "bounces",
    metadata,
    Column("source_id", String, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("kind", String, nullable=False),
    Column("issue_id", Integer),
    Column("subscriber_id", Integer),
    Column("code", String, nullable=False),
    Column("text", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("bounces_by_subscriber", bounces.c.subscriber_id, bounces.c.kind)

# suppressions: one row per address that must not be written to, whether it is a subscriber's or not.
suppressions = Table(
    "suppressions",
    metadata,
    Column("email_key", String, primary_key=True),
    Column("email", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("since", Instant, nullable=False),
    Column("source", Text, nullable=False),
    sqlite_with_rowid=False,
)
