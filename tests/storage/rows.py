"""Rows to start from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from publisher.model.article import Article
from publisher.model.issue import Counts, Issue, IssueState, Selection
from publisher.model.rendered import RenderedIssue
from publisher.model.source import SourceFile
from publisher.model.subscriber import Subscriber
from publisher.storage import articles, deliveries, issues, subscribers
from publisher.storage.articles import KnownFile, StoredArticle
from publisher.storage.audience import Audience, Readers, Share, freeze_shares, load_groups
from publisher.storage.database import Connection
from publisher.storage.deliveries import Claim
from publisher.storage.schema import deliveries as delivery_table

NOW = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)
LEASE = timedelta(minutes=20)
RENDERED = RenderedIssue(subject="週刊 🗞", text="本文\n", html="<p>本文 🎉</p>", language="ja", marker="XQmarkerX")


def make_article(number: int = 1, **changes: Any) -> Article:
    values: dict[str, Any] = {
        "id": f"tag:note.example,2026:{number}",
        "path": f"記事/{number}.md",
        "url": f"https://note.example/articles/{number}",
        "title": f"第{number}号 🌟",
        "published": NOW - timedelta(hours=number),
        "updated": NOW,
        "summary": "要約",
        "language": "ja",
        "body_hash": f"hash-{number}",
    }
    return Article(**(values | changes))


def save_articles(connection: Connection, *items: Article, sha256: str = "00") -> None:
    """The articles and their files, as a scan saves them."""
    stored = [StoredArticle(item, sha256, f"# {item.title}\n") for item in items]
    articles.save_articles(connection, stored)
    articles.save_files(connection, [KnownFile(SourceFile(item.path, 10, 20), None) for item in items])


def make_issue(state: IssueState = IssueState.FROZEN, **changes: Any) -> Issue:
    values: dict[str, Any] = {
        "id": 0,
        "newsletter": "weekly",
        "state": state,
        "template": "digest",
        "subject": RENDERED.subject,
        "created_at": NOW,
        "counts": Counts(),
    }
    return Issue(**(values | changes))


def add_issue(connection: Connection, state: IssueState = IssueState.FROZEN, **changes: Any) -> int:
    return issues.add_issue(connection, make_issue(state, **changes), Selection(), RENDERED)


def add_reader(connection: Connection, number: int, newsletter: str = "weekly") -> int:
    person = Subscriber(id=0, email=f"reader{number}@reader.example", name=f"読者{number}")
    id_ = subscribers.add(connection, person, NOW)
    subscribers.subscribe(connection, id_, [newsletter], 0, NOW)
    return id_


def freeze_audience(connection: Connection, issue_id: int, newsletter: str, variant: str, now: datetime) -> int:
    """One variant for everybody who receives the newsletter. Returns how many readers the issue has then."""
    readers = Readers(newsletter, Audience.EVERYBODY, now)
    groups = [group for group, _ in load_groups(connection, readers) if group.receives]
    shares = [Share(group, variant, now, group.last_seq, group.ahead) for group in groups]
    freeze_shares(connection, issue_id, readers, shares)
    query = select(func.count()).where(delivery_table.c.issue_id == issue_id)
    return int(connection.execute(query).scalar_one())


def freeze(connection: Connection, readers: int) -> int:
    """A frozen issue for so many new readers; returns its id."""
    for number in range(readers):
        add_reader(connection, number)
    issue_id = add_issue(connection)
    freeze_audience(connection, issue_id, "weekly", "ja", NOW)
    return issue_id


def claim(connection: Connection, issue_id: int, owner: str = "a", limit: int = 50, now: datetime = NOW) -> list[Claim]:
    return deliveries.claim(connection, issue_id, owner, limit, now=now, lease_until=now + LEASE)


def start(connection: Connection, item: Claim, now: datetime = NOW, message_id: str = "m@note.example") -> bool:
    return deliveries.start(connection, item, message_id=message_id, date=now, lease_until=now + LEASE)
