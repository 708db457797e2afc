"""What a person asks of an issue in their own words: names of articles, an order, a file with an introduction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from publisher.app.folders import shown_path
from publisher.config import Config
from publisher.issues.arrange import Index, read_order
from publisher.issues.select import Request
from publisher.model.article import Article
from publisher.sources.handwritten import read_intro


@dataclass(frozen=True, slots=True)
class Wishes:
    """As they were typed."""

    intro: Path | None = None
    exclude: Sequence[str] = ()
    order: Sequence[str] = ()


def grant(config: Config, request: Request, wishes: Wishes, articles: Sequence[Article]) -> Request:
    """`request` with the wishes in it.

    Raises UsageError for an article that is not there, an order that is none, a file that cannot be used.
    """
    if wishes.intro is not None:
        request = replace(request, intro=read_intro(wishes.intro))
    if not wishes.exclude and not wishes.order:
        return request
    index = Index(articles, {article.id: shown_path(config, article.path) for article in articles})
    excluded = frozenset(index.get(_from_here(config, name), "--exclude").id for name in wishes.exclude)
    first, order = read_order([_from_here(config, name) for name in wishes.order], index)
    return replace(request, excluded=excluded, first=first, order=order)


def _from_here(config: Config, name: str) -> str:
    """A file that the shell completed, from where the person stands, as the config would name it."""
    try:
        path = Path(name)
        return path.resolve().relative_to(config.base.resolve()).as_posix() if path.is_file() else name
    except (OSError, ValueError):
        return name
