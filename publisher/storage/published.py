"""Rows of issues as readers on the web see them: those that were approved and not cancelled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import LargeBinary, Select, cast, exists, func, select

from publisher.model.article import Article
from publisher.model.issue import IssueArticle, IssueState, PublishedIssue
from publisher.storage.connection import Connection
from publisher.storage.schema import articles, files, issue_articles, issues, letters, variants

_HIDDEN = (IssueState.DRAFT, IssueState.CANCELLED)
_LARGEST_ID = 2**63 - 1  # an SQLite integer holds no more


def count_published(connection: Connection, newsletter: str) -> int:
    query = select(func.count()).select_from(issues)
    return connection.execute(query.where(issues.c.newsletter == newsletter, _is_shown(), _is_for_all())).scalar_one()


def list_published(connection: Connection, newsletter: str, limit: int, offset: int = 0) -> list[PublishedIssue]:
    """Newest first."""
    query = _select().where(issues.c.newsletter == newsletter, _is_for_all()).order_by(issues.c.id.desc())
    return [_to_issue(row) for row in connection.execute(query.limit(limit).offset(offset))]


def find_published(connection: Connection, newsletter: str, issue_id: int) -> PublishedIssue | None:
    if not 0 < issue_id <= _LARGEST_ID:
        return None
    row = connection.execute(_select().where(issues.c.id == issue_id, issues.c.newsletter == newsletter)).one_or_none()
    return None if row is None else _to_issue(row)


def find_neighbours(connection: Connection, issue: PublishedIssue) -> tuple[PublishedIssue | None, ...]:
    """The issue before, and the one after."""
    query = _select().where(issues.c.newsletter == issue.newsletter, _is_for_all()).limit(1)
    older = query.where(issues.c.id < issue.id).order_by(issues.c.id.desc())
    newer = query.where(issues.c.id > issue.id).order_by(issues.c.id)
    rows = (connection.execute(found).one_or_none() for found in (older, newer))
    return tuple(None if row is None else _to_issue(row) for row in rows)


def load_contents(connection: Connection, ids: Sequence[int]) -> dict[int, list[IssueArticle]]:
    """By issue, in its order, articles whose files are gone included. An issue without articles is not in it."""
    own = issue_articles.c
    is_hidden = exists().where(files.c.path == articles.c.path, files.c.problem.is_not(None))
    is_there = articles.c.path.is_not(None) & ~is_hidden  # an item of a feed has no file
    query = (
        select(own.issue_id, own.role, articles.c.id, articles.c.path, cast(articles.c.data, LargeBinary), is_there)
        .join(articles, articles.c.id == own.article_id)
        .where(own.issue_id.in_(ids))
        .order_by(own.issue_id, own.position)
    )
    decode = msgspec.json.Decoder(Article).decode
    found: dict[int, list[IssueArticle]] = {}
    for issue_id, role, id_, path, data, has_place in connection.execute(query):
        article = decode(data)
        object.__setattr__(article, "id", id_)  # a value that nobody has seen yet; columns go before the document
        object.__setattr__(article, "path", path or "")
        found.setdefault(issue_id, []).append(IssueArticle(article, role == "link", bool(has_place)))
    return found


def _select() -> Select[Any]:
    own = issues.c
    # Variants of one issue may have languages of their own; that which most readers get has given it its subject.
    first = select(func.min(variants.c.language)).where(variants.c.issue_id == own.id)
    language = func.coalesce(first.where(variants.c.subject == own.subject).scalar_subquery(), first.scalar_subquery())
    is_letter = exists().where(letters.c.issue_id == own.id)
    columns = (own.id, own.newsletter, own.subject, own.created_at, language, is_letter)
    return select(*columns).where(_is_shown())


def _is_shown() -> Any:
    return issues.c.state.not_in(_HIDDEN)


def _is_for_all() -> Any:
    """Mails of a rhythm of their own have the same articles once more: they have a page, and no place in a list."""
    return issues.c.audience == ""


def _to_issue(row: Any) -> PublishedIssue:
    id_, newsletter, subject, created_at, language, is_letter = row
    return PublishedIssue(id_, newsletter, subject, language or "", created_at, bool(is_letter))
