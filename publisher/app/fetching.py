"""The verb `fetch_feeds`: the feeds under `articles:` that are due -> their items, and what is to be remembered.

Servers are asked before the database is written to, each at most once in a scan, several at the same time. What came is
then taken in the order of the config, so that who answers first decides nothing. Whatever fails leaves the items that
are known as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime

from publisher.app.context import Context, Reporter
from publisher.config import ArticleFeed, Config
from publisher.errors import FetchError, Problem
from publisher.model.article import Article
from publisher.model.source import SourceFile
from publisher.sources.feed.articles import FeedReading, FeedRules, ReadItem, read_feed, without_password
from publisher.sources.feed.document import FeedUnreadable
from publisher.sources.feed.identity import SettledItem, settle_items
from publisher.sources.feed.pace import is_due, pause_after_answer, pause_after_failure
from publisher.storage import articles as rows
from publisher.storage import fetches
from publisher.storage.database import Connection
from publisher.storage.fetches import Fetch

_AT_ONCE = 8
_LONGEST_VALIDATOR = 1_000  # characters
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, "
    "application/json;q=0.8, */*;q=0.1"
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came of one feed: its new state, the one it had before, and its items (none when nothing is new)."""

    state: Fetch
    before: Fetch
    items: tuple[ReadItem, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedRemarks:
    """Feeds that cannot be had, and feeds with items that another source has."""

    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Reply:
    """What a server said, or why it said nothing; `content` only where there is a new feed."""

    status: int = 0
    lasting_url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    trouble: str = ""


def fetch_feeds(context: Context) -> list[Arrival]:
    """Ask every feed that is due. Raises nothing for what a server does."""
    config, now = context.config, context.clock()
    if not config.feed_sources:
        return []
    with context.database.read() as connection:
        known = fetches.load_fetches(connection)
    states = [known.get(feed.key) or Fetch(feed.key, feed.feed) for feed in config.feed_sources]
    due = [
        (feed, _without_validators(state) if state.rules != _rules_key(config, feed) else state)
        for feed, state in zip(config.feed_sources, states, strict=True)
        if not state.gone and (state.rules != _rules_key(config, feed) or is_due(state.next_at, feed.interval, now))
    ]
    replies = _ask_all(config, due, context.reporter)
    return [
        _take(config, feed, state, reply, now)
        for (feed, state), reply in zip(due, replies, strict=True)
        if not context.stop.is_set()
    ]


def read_feeds(config: Config, files: Iterable[Article], now: datetime) -> tuple[list[SettledItem], FeedRemarks]:
    """Every feed as it is at this moment, beside the articles of `files`; nothing is remembered."""
    before = [(feed, Fetch(feed.key, feed.feed)) for feed in config.feed_sources]
    replies = _ask_all(config, before, Reporter())
    arrivals = [_take(config, *pair, reply, now) for pair, reply in zip(before, replies, strict=True)]
    known = [rows.KnownArticle(one.id, one.path, "", one.title, one.published, url=one.url) for one in files]
    items = [item for arrival in arrivals for item in arrival.items]
    settled = settle_items(items, known, _prefixes(config), config.site.host)
    noted = [replace(arrival.state, note=_note(arrival.state.source, settled)) for arrival in arrivals]
    return [item for item in settled if item.article is not None], _remarks(noted)


def save_arrivals(connection: Connection, config: Config, arrivals: Sequence[Arrival], now: datetime) -> int:
    """Items into the index; returns how many are new or changed. The first ones of a feed are history."""
    sources = [feed.key for feed in config.feed_sources]
    fetches.forget_other_fetches(connection, sources)
    if not arrivals:
        return 0
    current = fetches.load_fetches(connection)
    # What another process has fetched meanwhile is newer than ours.
    fresh = [arrival for arrival in arrivals if _moment(current.get(arrival.state.source)) == _moment(arrival.before)]
    items = [item for arrival in fresh for item in arrival.items]
    known = rows.load_known(connection) if items else []
    settled = settle_items(items, known, _prefixes(config), config.site.host)
    found = [item for item in settled if item.article is not None]
    _save_items(connection, found)
    for arrival in fresh:
        source = arrival.state.source
        note = _note(source, settled) if arrival.items else arrival.state.note
        fetches.save_fetch(connection, replace(arrival.state, note=note))
        if arrival.before.fetched_at is None and arrival.state.fetched_at is not None:
            _close_history(connection, source, found, now)
    return len(found)


def load_remarks(connection: Connection, config: Config) -> FeedRemarks:
    """What was found when each feed was last asked."""
    known = fetches.load_fetches(connection)
    return _remarks([known[feed.key] for feed in config.feed_sources if feed.key in known])


# ---------------------------------------------------------------------------------------------------- asking


def _ask_all(config: Config, due: Sequence[tuple[ArticleFeed, Fetch]], reporter: Reporter) -> list[_Reply]:
    replies: list[_Reply] = []
    if not due:
        return replies
    with (
        reporter.bar("Fetching feeds", len(due)) as advance,
        ThreadPoolExecutor(min(_AT_ONCE, len(due)), thread_name_prefix="fetch") as pool,
    ):
        for reply in pool.map(lambda pair: _ask(config, *pair), due):
            replies.append(reply)
            advance(1)
    return replies


def _ask(config: Config, feed: ArticleFeed, state: Fetch) -> _Reply:
    from publisher.fetch import fetch  # noqa: PLC0415 - httpx takes 0.3 s to load, and most sites have no feeds

    headers = {"Accept": _ACCEPT}
    if state.etag is not None:
        headers["If-None-Match"] = state.etag
    if state.last_modified is not None:
        headers["If-Modified-Since"] = state.last_modified
    try:
        answer = fetch(state.url, config.agent, headers, allow_private=feed.allow_private)
    except FetchError as error:
        return _Reply(trouble=str(error))
    return _Reply(answer.status, answer.lasting_url, answer.headers, answer.content)


def _take(config: Config, feed: ArticleFeed, before: Fetch, reply: _Reply, now: datetime) -> Arrival:
    """The new state that a reply leads to, and the items in it."""
    state = replace(before, rules=_rules_key(config, feed))
    if reply.status == 410:
        words = "is gone for good (410); what came from it stays. Take it out of articles:, or give its new address"
        return Arrival(replace(state, gone=True, problem=words), before)
    reading = FeedReading()
    trouble = reply.trouble or _status_trouble(reply.status, has_validators=_has_validators(before))
    if not trouble and reply.status != 304:
        try:
            reading = read_feed(reply.content, reply.headers.get("content-type", ""), _rules(config, feed), now)
        except FeedUnreadable as error:
            trouble = str(error)
    if trouble:
        return Arrival(_failed(state, feed, reply, trouble, now), before)
    pause = pause_after_answer(reply.headers, reading.pause, feed.interval, now)
    settled = replace(
        state,
        url=reply.lasting_url,
        etag=_validator(reply, "etag", before.etag),
        last_modified=_validator(reply, "last-modified", before.last_modified),
        fetched_at=now,
        next_at=now + pause,
        failures=0,
        problem=None,
    )
    return Arrival(settled, before, reading.items)


def _validator(reply: _Reply, name: str, known: str | None) -> str | None:
    """A 304 need not repeat it. One so long that the server may refuse to hear it again is better forgotten."""
    found = reply.headers.get(name, known if reply.status == 304 else None)
    return found if found is None or len(found) <= _LONGEST_VALIDATOR else None


def _status_trouble(status: int, *, has_validators: bool) -> str:
    if status == 200 or (status == 304 and has_validators) or status == 0:
        return ""
    words = {401: "wants a login", 403: "is forbidden for us", 404: "is not there", 429: "asks us to come less often"}
    meaning = words.get(status) or ("has trouble of its own" if status >= 500 else "gives no feed")
    return f"{meaning} (HTTP status {status})"


def _failed(state: Fetch, feed: ArticleFeed, reply: _Reply, trouble: str, now: datetime) -> Fetch:
    """Next time the address in the config is asked again, should the one it moved to be wrong."""
    failures = state.failures + 1
    moved_back = state if state.url == feed.feed else _without_validators(replace(state, url=feed.feed))
    pause = pause_after_failure(reply.headers, failures, feed.interval, now)
    return replace(moved_back, failures=failures, next_at=now + pause, problem=trouble)


def _has_validators(state: Fetch) -> bool:
    return state.etag is not None or state.last_modified is not None


def _without_validators(state: Fetch) -> Fetch:
    return replace(state, etag=None, last_modified=None)


# ---------------------------------------------------------------------------------------------------- rows


def _save_items(connection: Connection, settled: Sequence[SettledItem]) -> None:
    stored = [
        rows.StoredArticle(item.article, item.item.sha256, item.item.html)
        for item in settled
        if item.article is not None
    ]
    rows.save_articles(connection, stored)
    rows.save_files(connection, [_file_of(item.item) for item in settled])


def _file_of(item: ReadItem) -> rows.KnownFile:
    return rows.KnownFile(SourceFile(item.article.path, len(item.html), 0), None, item.article.source)


def _close_history(connection: Connection, source: str, settled: Sequence[SettledItem], now: datetime) -> None:
    """What a feed holds when it is first read was there before: new for no newsletter. What is yet to come, is."""
    articles: list[Article] = [
        item.article for item in settled if item.article is not None and item.article.source == source
    ]
    first = sorted((one for one in articles if one.is_public(now)), key=lambda one: (one.published, one.path))
    rows.number_history(connection, [one.id for one in first], now)


def _moment(state: Fetch | None) -> tuple[datetime | None, int]:
    return (state.fetched_at, state.failures) if state is not None else (None, 0)


def _note(source: str, settled: Sequence[SettledItem]) -> str | None:
    """One line for all of them: two feeds of one site share every item, for ever."""
    holders = [item.holder for item in settled if item.article is None and item.item.article.source == source]
    if not holders:
        return None
    what = "an item is" if len(holders) == 1 else f"{len(holders)} items are"
    return f"{what} in another source already ({holders[0]}); the source that comes first keeps what both have"


def _remarks(states: Sequence[Fetch]) -> FeedRemarks:
    problems = [Problem(without_password(state.source), state.problem) for state in states if state.problem]
    notes = [Problem(without_password(state.source), state.note) for state in states if state.note]
    return FeedRemarks(tuple(problems), tuple(notes))


def _rules(config: Config, feed: ArticleFeed) -> FeedRules:
    return FeedRules(feed.key, config.site.host, config.site.language, config.site.timezone)


def _rules_key(config: Config, feed: ArticleFeed) -> str:
    """With the order of the sources: who has an item that two of them hold, may be another now."""
    return f"{_rules(config, feed).key}|{[source.key for source in config.articles]!r}"


def _prefixes(config: Config) -> list[str]:
    return [_rules(config, feed).prefix for feed in config.feed_sources]
