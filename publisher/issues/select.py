"""What the next issue of a newsletter holds. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from publisher import urls
from publisher.config import Newsletter, Select
from publisher.issues.arrange import Order, in_order
from publisher.model.article import Article
from publisher.model.issue import Selection


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asked for by hand. Without `since`: what is new since the last issue.

    `excluded` are ids of articles that stay out; `first` are ids of those that lead, in that order, before the others
    in `order`. `intro` is Markdown that stands above them.
    """

    since: datetime | None = None
    until: datetime | None = None
    tags: tuple[str, ...] = ()
    limit: int | None = None
    again: bool = False
    excluded: frozenset[str] = frozenset()
    first: tuple[str, ...] = ()
    order: Order = Order.NEWEST
    intro: str = ""

    @property
    def is_plain(self) -> bool:
        """Asks for just what the schedule would send, so that it may count as the regular issue."""
        return self.since is None and self.until is None and not self.tags and not self.again


def select_articles(
    articles: Iterable[Article],
    newsletter: Newsletter,
    request: Request,
    *,
    last_seq: int,
    sent: Collection[str],
    now: datetime,
) -> Selection:
    """Newest first unless asked otherwise; beyond the limit as links.

    What was withdrawn (a draft again, a date to come) is not taken.
    `last_seq`: articles up to it are not new; `sent`: ids that stand in an issue of this newsletter already.
    """
    wanted = find_wanted(articles, newsletter, request, now)
    if request.since is None:
        wanted = [article for article in wanted if (article.seq or 0) > last_seq]
    fresh = wanted if request.again else [article for article in wanted if article.id not in sent]
    too_old: list[Article] = []
    shown: list[Article] = []
    for article in fresh:
        (too_old if request.since is None and is_too_old(article, newsletter) else shown).append(article)
    excluded = [article for article in shown if article.id in request.excluded]
    selection = arrange((article for article in shown if article.id not in request.excluded), newsletter, request)
    return replace(
        selection,
        too_old=tuple(sorted(too_old, key=lambda article: article.published)),
        already_sent=len(wanted) - len(fresh),
        excluded=tuple(excluded),
    )


def find_wanted(articles: Iterable[Article], newsletter: Newsletter, request: Request, now: datetime) -> list[Article]:
    """What the newsletter takes and the person asked for, sent before or not."""
    return [
        article
        for article in articles
        if article.seq is not None
        and article.is_public(now)
        and article.in_newsletters
        and _matches(article, newsletter.select, request.tags)
        and (request.since is None or article.published >= request.since)
        and (request.until is None or article.published <= request.until)
    ]


def arrange(shown: Iterable[Article], newsletter: Newsletter, request: Request) -> Selection:
    """In the order asked for; beyond the limit as links."""
    ordered = in_order(shown, request.first, request.order)
    limit = request.limit or newsletter.limit
    return Selection(articles=tuple(ordered[:limit]), links=tuple(ordered[limit:]), intro=request.intro)


def is_too_old(article: Article, newsletter: Newsletter) -> bool:
    """Dated further back than `max_age` when it was first seen: an archive that was copied in, not news."""
    return article.seen_at is not None and article.published < article.seen_at - newsletter.max_age


def split_on_publish(selection: Selection, burst: int) -> tuple[list[Selection], Selection | None]:
    """(one selection for each article, oldest first; none) or, for more than `burst`, (none; all in one to be held)."""
    articles: Sequence[Article] = (*selection.articles, *selection.links)
    if len(articles) > burst:
        return [], Selection(articles=tuple(articles))
    return [Selection(articles=(article,)) for article in reversed(articles)], None


def _matches(article: Article, select: Select, tags: Sequence[str]) -> bool:
    own_tags = {urls.folder_key(tag) for tag in article.tags}
    own_categories = {urls.folder_key(category) for category in article.categories}
    return (
        _meets(own_tags, select.tags)
        and _meets(own_categories, select.categories)
        and (not tags or _meets(own_tags | own_categories, tags))
    )


def topics_of(article: Article) -> frozenset[str]:
    """Its tags and categories, in the form in which names are compared."""
    return frozenset(urls.folder_key(name) for name in (*article.tags, *article.categories))


def _meets(own: Collection[str], wanted: Sequence[str]) -> bool:
    return not wanted or any(urls.folder_key(name) in own for name in wanted)
