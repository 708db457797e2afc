"""What each reader gets of an issue: readers who get the same share one variant. Pure."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from publisher import urls
from publisher.config import Newsletter
from publisher.issues.progress import Progress
from publisher.issues.select import Request, arrange, topics_of
from publisher.issues.translations import Work, choose_version, resolve_language
from publisher.model.article import Article
from publisher.model.issue import Selection

_KEY_LENGTH = 16  # of 64 hexadecimal digits; only variants of one issue must differ


@dataclass(frozen=True, slots=True)
class Offer:
    """What an issue may hold. `works` are all that anybody may be due, by their first numbers; `request` arranges them.

    `floor`: articles up to this number are offered to everybody, and only what lies behind it is compared with what
    each reader has had; None: all of it is. `fallback` is the language of who has chosen none.
    """

    works: tuple[Work, ...]
    newsletter: Newsletter
    request: Request
    fallback: str
    floor: int | None = None
    even_empty: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """`seqs` are the numbers of its articles and of their translations."""

    key: str
    language: str
    template: str
    selection: Selection
    seqs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Taste:
    """What readers alike have chosen. `topics` are folder keys, sorted; empty: all."""

    topics: tuple[str, ...] = ()
    language: str = ""
    template: str = ""
    template_of_many: str = ""  # where a mail with one article looks different


@dataclass(slots=True)
class Chooser:
    """Chooses for one group of readers after another, and gives the same variant to all who are due the same."""

    offer: Offer
    _available: frozenset[str] = field(init=False)
    _topics: tuple[frozenset[str], ...] = field(init=False)
    _firsts: tuple[int, ...] = field(init=False)
    _made: dict[tuple[tuple[int, ...], str, str], Variant] = field(default_factory=dict)

    def __post_init__(self) -> None:
        versions = [article for work in self.offer.works for article in work.versions]
        self._available = frozenset(article.language for article in versions)
        self._firsts = tuple(work.seqs[0] for work in self.offer.works)
        # A translation may have its tags in its own language; either will do.
        self._topics = tuple(
            frozenset[str]().union(*(topics_of(article) for article in work.versions)) for work in self.offer.works
        )

    def choose(self, progress: Progress, taste: Taste) -> Variant | None:
        """None: nothing in the issue is for them."""
        chosen = tuple(
            number
            for number in self._due(progress)
            if not taste.topics or not self._topics[number].isdisjoint(taste.topics)
        )
        if not chosen and not self.offer.even_empty:
            return None
        language = resolve_language(taste.language, self._available, self.offer.fallback)
        template = taste.template_of_many if taste.template_of_many and len(chosen) != 1 else taste.template
        key = (chosen, language, template)
        if key not in self._made:
            self._made[key] = self._make([self.offer.works[number] for number in chosen], language, template)
        return self._made[key]

    def _due(self, progress: Progress) -> Iterator[int]:
        floor = self.offer.floor
        if floor is not None:
            yield from range(bisect_right(self._firsts, floor))
        for number in range(bisect_right(self._firsts, max(progress.last_seq, floor or 0)), len(self._firsts)):
            if not progress.has(self.offer.works[number].seqs):
                yield number

    def _make(self, works: Sequence[Work], language: str, template: str) -> Variant:
        shown = [choose_version(work, language, self.offer.fallback) for work in works]
        selection = arrange(shown, self.offer.newsletter, self.offer.request)
        seqs = tuple(sorted(seq for work in works for seq in work.seqs))
        return Variant(variant_key(selection, language, template), language, template, selection, seqs)


def variant_key(selection: Selection, language: str, template: str) -> str:
    """The same for the same articles, or the same letter, in the same language and form."""
    ids = [article.id for article in (*selection.articles, *selection.links)]
    letter = selection.one_off.sha256 if selection.one_off else ""
    text = "\0".join([template, language, letter, *ids])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_KEY_LENGTH]


def gather_articles(variants: Sequence[Variant]) -> Selection:
    """All that stands in any of them: those of the first as it has them, the others behind."""
    full: dict[str, Article] = {}
    links: dict[str, Article] = {}
    for variant in variants:
        full |= {article.id: article for article in variant.selection.articles}
        links |= {article.id: article for article in variant.selection.links}
    first = variants[0].selection
    rest = tuple(article for id_, article in links.items() if id_ not in full)
    return replace(first, articles=tuple(full.values()), links=rest)


def to_topics(names: Collection[str]) -> tuple[str, ...]:
    """Names of tags and categories as they are compared and kept."""
    return tuple(sorted({key for name in names if (key := urls.folder_key(name))}))
