"""Which articles a person names, and in which order an issue shows its own. Pure."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from publisher.errors import UsageError
from publisher.model.article import Article

_MOST_JOINED = 4  # pieces between commas that may be one name: ids of ours hold one, file names rarely more
_LONGEST_NAME = 2_000
_MOST_NEAR = 3


class Order(StrEnum):
    """Of what nobody put in its place by name."""

    NEWEST = "newest"
    OLDEST = "oldest"
    TITLE = "title"


class Index:
    """Articles by all that a person may call them: id, address, path in the folder, path as it is shown."""

    def __init__(self, articles: Iterable[Article], shown_paths: Mapping[str, str]) -> None:
        """`shown_paths` by article id."""
        self._by_name: dict[str, Article] = {}
        self._by_file: dict[str, list[Article]] = {}
        self._paths: list[str] = []
        for article in articles:
            shown = shown_paths[article.id]
            self._paths.append(shown)
            for name in (article.id, article.url.rstrip("/"), article.path, shown):
                self._by_name.setdefault(name, article)
            self._by_file.setdefault(article.path.rpartition("/")[2], []).append(article)

    def find(self, name: str) -> Article | None:
        """By the name of its file alone, too, when only one has it.

        Raises UsageError when several have it.
        """
        found = self._by_name.get(name.rstrip("/"))
        if found is not None:
            return found
        candidates = self._by_file.get(name, [])
        if len(candidates) > 1:
            listed = ", ".join(article.path for article in candidates[:_MOST_NEAR])
            raise UsageError(f"{name!r} is {len(candidates)} articles: {listed}; write more of the path")
        return candidates[0] if candidates else None

    def get(self, name: str, option: str) -> Article:
        """Raises UsageError, with near names, when there is no such article."""
        found = self.find(name)
        if found is not None:
            return found
        known = list(self._by_name) if ":" in name else [*self._paths, *self._by_file]
        close = difflib.get_close_matches(name[:_LONGEST_NAME], known, n=_MOST_NEAR, cutoff=0.6)
        hint = f"did you mean {' or '.join(close)}?" if close else "name it by its file, its address or its id"
        raise UsageError(f"{option} {name!r}: there is no such article; {hint}")


def read_order(values: Sequence[str], index: Index) -> tuple[tuple[str, ...], Order]:
    """`a.md,b.md,oldest` -> the ids that come first, and the order of the rest.

    Raises UsageError for what is neither an order nor an article, and for two orders.
    """
    first: dict[str, None] = {}
    orders: list[Order] = []
    for value in values:
        for name in _split(value, index):
            if name in set(Order):
                orders.append(Order(name))
            else:
                first[_get(name, index).id] = None
    if len(set(orders)) > 1:
        raise UsageError(f"--order: choose one of {' and '.join(dict.fromkeys(orders))}")
    return tuple(first), orders[0] if orders else Order.NEWEST


def in_order(articles: Iterable[Article], first: Sequence[str], order: Order) -> list[Article]:
    """Those of `first` as they stand there, then the rest."""
    places = {id_: place for place, id_ in enumerate(first)}
    newest = sorted(articles, key=lambda article: (article.published, article.seq or 0), reverse=True)
    if order is Order.OLDEST:
        newest.reverse()
    elif order is Order.TITLE:
        newest.sort(key=lambda article: unicodedata.normalize("NFKC", article.title).casefold())
    return sorted(newest, key=lambda article: places.get(article.id, len(places)))


def _split(value: str, index: Index) -> list[str]:
    """At commas, but not at one that a name itself holds, as every id of ours does."""
    pieces = value.split(",")
    names: list[str] = []
    at = 0
    while at < len(pieces):
        longest = min(_MOST_JOINED, len(pieces) - at)
        joined = (",".join(pieces[at : at + number]).strip() for number in range(longest, 1, -1))
        known = next((name for name in joined if index.find(name) is not None), pieces[at].strip())
        names.append(known)
        at += known.count(",") + 1
    return [name for name in names if name]


def _get(name: str, index: Index) -> Article:
    try:
        return index.get(name, "--order")
    except UsageError as error:
        raise UsageError(f"{error}; or one of {', '.join(Order)}") from None
