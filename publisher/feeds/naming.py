"""Which names of tags or categories are one to readers, and which articles have them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain

from publisher import urls
from publisher.feeds.order import Order
from publisher.model.article import Article

NamesOf = Callable[[Article], tuple[str, ...]]


@dataclass(slots=True)
class NameGroup:
    """`name` is the first of its `spellings`; `articles` are newest first."""

    folder: str
    name: str
    spellings: list[str] = field(default_factory=list)
    articles: list[Article] = field(default_factory=list)


def group_by_name(shown: Order, parent: str, names_of: NamesOf) -> list[NameGroup]:
    """By folder, which lies below `parent`. The first article names it, so that no later one can move its URL."""
    distinct = dict.fromkeys(chain.from_iterable(map(names_of, shown.oldest_first)))
    groups = _name_groups(distinct, parent)
    lists = {name: groups[name].articles if name in groups else [] for name in distinct}
    for article in shown.newest_first:
        for name in names_of(article):
            articles = lists[name]
            if not articles or articles[-1] is not article:  # one article, two spellings
                articles.append(article)
    return sorted({id(group): group for group in groups.values()}.values(), key=lambda group: group.folder)


def _name_groups(names: Iterable[str], parent: str) -> dict[str, NameGroup]:
    """Every spelling that is not blank -> its group; the first of `names` names a group's folder.

    Names that case or width alone tells apart share a group. So do names whose folders a case-insensitive disk would
    not tell apart: `a:b` is kept in the folder `a%3Ab`, which is also a name that somebody could choose.
    """
    by_spelling: dict[str, NameGroup] = {}
    by_key: dict[str, NameGroup] = {}
    by_folder: dict[str, NameGroup] = {}
    for name in names:
        key = urls.folder_key(name)
        if not key:
            continue
        if key not in by_key:
            folder = urls.folder_name(name)
            by_key[key] = by_folder.setdefault(urls.folder_key(folder), NameGroup(f"{parent}/{folder}", name))
        by_spelling[name] = by_key[key]
        by_key[key].spellings.append(name)
    return by_spelling
