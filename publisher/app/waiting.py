"""New articles that are not mailed yet: their author may still take them back, or their page does not answer."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.app.context import Context
from publisher.config import Newsletter
from publisher.errors import FetchError
from publisher.model.article import Article

_MOST_ASKED = 20  # pages in one pass; the others wait for the next
_SECONDS = 10.0


def find_waiting(context: Context, newsletter: Newsletter, articles: Sequence[Article]) -> dict[str, str]:
    """Of these articles those that must wait, by id, with the reason. Asks no server unless `wait_for_url` is set."""
    now = context.clock()
    found: dict[str, str] = {}
    for article in articles:
        if newsletter.undo and article.seen_at is not None and now < (until := article.seen_at + newsletter.undo):
            found[article.id] = f"can be taken back until {until.astimezone(context.config.site.timezone):%H:%M}"
    if newsletter.wait_for_url:
        left = [article for article in articles if article.id not in found]
        for number, article in enumerate(left):
            trouble = _ask(context, article) if number < _MOST_ASKED else "its page is asked for in the next pass"
            if trouble:
                found[article.id] = trouble
    return found


def _ask(context: Context, article: Article) -> str:
    """Why its page cannot be read, "" when it can."""
    from publisher.fetch import Limits, fetch  # noqa: PLC0415 - httpx takes a while to load, and most sites need none

    config = context.config
    try:
        # Our own site may well be on this machine.
        answer = fetch(article.url, config.agent, allow_private=True, limits=Limits(total=_SECONDS, body=False))
    except FetchError as error:
        return f"{article.url}: {error}"
    return "" if 200 <= answer.status < 300 else f"{article.url} says {answer.status}"
