"""What there is for the readers of a newsletter at this moment, and how far it lets each of them come."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from publisher.app.context import Context
from publisher.app.translations import find_translations
from publisher.config import Newsletter
from publisher.issues.progress import Reach
from publisher.issues.select import Request, find_wanted, is_too_old, select_articles
from publisher.issues.translations import Work, choose_version, gather_works
from publisher.issues.variants import Offer
from publisher.model.article import Article
from publisher.model.issue import Selection
from publisher.storage import articles as article_rows
from publisher.storage import issues as issue_rows
from publisher.storage import newsletters

EVERYTHING = 1 << 62  # above all numbers there are


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a newsletter: ids of articles in its issues, and numbers of those that cannot be read today."""

    last_seq: int
    sent: frozenset[str]
    drafted: frozenset[str]
    cancelled: frozenset[str]
    hidden: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """`selection` is what somebody gets who is as far as the newsletter and has chosen nothing."""

    selection: Selection
    offer: Offer
    reach: Reach
    pass_to: int


def load_standing(context: Context, name: str) -> Standing:
    with context.database.read() as connection:
        state = newsletters.load_states(connection).get(name)
        drafted, cancelled = issue_rows.withheld_articles(connection, name)
        return Standing(
            last_seq=state.last_seq if state else article_rows.last_seq(connection),
            sent=frozenset(issue_rows.sent_articles(connection, name)),
            drafted=frozenset(drafted),
            cancelled=frozenset(cancelled),
            hidden=tuple(newsletters.hidden_seqs(connection)),
        )


def look_out(context: Context, name: str, request: Request, articles: Sequence[Article]) -> Outlook:
    """Decide, and change nothing. Of `articles`, not of the database: another process may have numbered one since."""
    newsletter, language = context.newsletter(name), context.config.site.language
    standing = load_standing(context, name)
    wanted = find_wanted(articles, newsletter, request, context.clock())
    works = gather_works(wanted, articles, find_translations(context.config, articles))
    selection = select_articles(
        [choose_version(work, language, language) for work in works],
        newsletter,
        request,
        last_seq=standing.last_seq,
        sent=standing.sent | _had_in_another_language(works, standing, request),
        now=context.clock(),
    )
    # An article that cannot be read today is waited for, and what a person kept out, or holds in a draft, stays new.
    excluded = _numbers(works, {article.id for article in selection.excluded})
    drafted = _numbers(works, standing.drafted)
    reach = Reach(
        seen=max((article.seq or 0 for article in articles), default=0),
        waiting=tuple(sorted({*standing.hidden, *drafted, *excluded})),
    )
    offer = Offer(
        works=_offer_works(works, newsletter, request, standing),
        newsletter=newsletter,
        request=request,
        fallback=language,
        floor=_floor(request, standing),
    )
    # What is in a draft was passed by the newsletter itself when it was held.
    pass_to = Reach(reach.seen, tuple(sorted({*standing.hidden, *excluded}))).limit(standing.last_seq)
    return Outlook(selection, offer, reach, pass_to)


def offer_again(context: Context, name: str, held: Sequence[Article], articles: Sequence[Article]) -> Offer:
    """What stands in a draft, with its translations, to all readers of this moment."""
    newsletter = context.newsletter(name)
    keys = find_translations(context.config, articles)
    ids = {article.id for article in held}
    meant = {keys.get(id_, id_) for id_ in ids}
    others = find_wanted(articles, newsletter, Request(), context.clock())
    versions = [*held, *(one for one in others if one.id not in ids and keys.get(one.id, one.id) in meant)]
    works = tuple(sorted(gather_works(versions, articles, keys), key=lambda work: work.seqs[0]))
    return Offer(works, newsletter, Request(), context.config.site.language, floor=EVERYTHING)


def _numbers(works: Sequence[Work], ids: Collection[str]) -> list[int]:
    """Of these articles and their translations."""
    return [seq for work in works if any(one.id in ids for one in work.versions) for seq in work.seqs]


def _offer_works(
    works: Sequence[Work], newsletter: Newsletter, request: Request, standing: Standing
) -> tuple[Work, ...]:
    left_out = set(request.excluded)
    if not request.again:
        left_out |= standing.drafted | standing.cancelled
        left_out |= standing.sent if request.since is not None else set()
    offered = []
    for work in works:
        if not left_out.isdisjoint(article.id for article in work.versions):
            continue
        if request.again and request.since is None and work.seqs[0] <= standing.last_seq:
            continue
        versions = [one for one in work.versions if request.since is not None or not is_too_old(one, newsletter)]
        if versions:
            offered.append(replace(work, versions=tuple(versions)))
    return tuple(sorted(offered, key=lambda work: work.seqs[0]))


def _floor(request: Request, standing: Standing) -> int | None:
    """Who asks for articles by their date offers history to everybody; who asks for them again, all of them."""
    if request.again:
        return EVERYTHING
    return None if request.since is None else standing.last_seq


def _had_in_another_language(works: Sequence[Work], standing: Standing, request: Request) -> set[str]:
    """Articles that are new by their number, and of which a translation is not."""
    had: set[str] = set()
    for work in works:
        ids = {article.id for article in work.versions}
        is_old = request.since is None and work.seqs[0] <= standing.last_seq
        if is_old or not standing.sent.isdisjoint(ids):
            had |= {article.id for article in work.versions if (article.seq or 0) > standing.last_seq}
    return had
