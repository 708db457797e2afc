"""The verb `import_feed`: the ids of a site's former feed become those of its articles.

So that nobody who moves here shows their readers every article again. An article that is in the index gets the id at
once, unless readers know it by another one; all other ids wait until a scan finds their articles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from publisher import urls
from publisher.app.claiming import list_fresh
from publisher.app.context import Context
from publisher.app.folders import shown_path
from publisher.app.reading import look
from publisher.config import Config
from publisher.errors import FetchError, UsageError
from publisher.sources.feed.document import FeedUnreadable
from publisher.sources.feed.former import FormerItem, FormerPage, match_items, move_item, read_former
from publisher.sources.outcome import ReadFile
from publisher.storage import archives, imported, issues
from publisher.storage import articles as rows
from publisher.storage.articles import KnownArticle
from publisher.storage.database import Connection

_MOST_PAGES = 100
_MOST_ITEMS = 20_000
_LARGEST_FILE = 50_000_000  # bytes


class Adoption(StrEnum):
    """What becomes of an id of the former feed."""

    ADOPTED = "adopted"  # its article, known here, has it from now on
    KNOWN = "known"  # its article had it before
    WAITING = "waiting"  # its article is there, and gets it with the next scan
    REFUSED = "refused"  # its article keeps the id it has
    UNMATCHED = "unmatched"  # no article is its; should one come, it gets the id


@dataclass(frozen=True, slots=True)
class AdoptRequest:
    """`source` is an address or a file, `old_site` where the articles were. `force`: readers may see articles again."""

    source: str
    old_site: str = ""
    force: bool = False
    dry_run: bool = False
    allow_private: bool = False


@dataclass(frozen=True, slots=True)
class Adopted:
    """One id and its article, if there is one; `path` is that of its file. `reason`: why it keeps the id it has."""

    item: FormerItem
    outcome: Adoption
    article: KnownArticle | None = None
    path: str = ""
    reason: str = ""


@dataclass(slots=True)
class AdoptReport:
    """`trouble`: why not all of the feed could be read; what was read of it is dealt with all the same."""

    pages: int = 0
    items: list[Adopted] = field(default_factory=list)
    trouble: str = ""

    def count(self, outcome: Adoption) -> int:
        return sum(item.outcome is outcome for item in self.items)


def import_feed(context: Context, request: AdoptRequest) -> AdoptReport:
    """Run again it changes nothing more. With `dry_run` it changes nothing at all.

    Raises UsageError when nothing can be read.
    """
    _check_old_site(request.old_site)
    report = AdoptReport()
    items: dict[str, FormerItem] = {}
    for page in _read_pages(context, request, report):
        for item in page.items:
            items.setdefault(item.id, move_item(item, request.old_site, context.config.site.url))
        if len(items) > _MOST_ITEMS:
            report.trouble = f"has more than {_MOST_ITEMS:,} items; the first are taken"
            break
    found = list(items.values())[:_MOST_ITEMS]
    read = look(context)
    if request.dry_run:
        with context.database.read() as connection:
            report.items = _decide(connection, context, request, found, read)
        return report
    with context.database.write() as connection:
        report.items = _decide(connection, context, request, found, read)
        _save(connection, report.items)
    return report


def _check_old_site(address: str) -> None:
    try:
        is_address = not address or urls.to_uri(address).startswith(("http://", "https://"))
    except ValueError:
        is_address = False
    if not is_address:
        raise UsageError(f"--from {address}: is not the address of a site; write one such as https://old.example")


# ---------------------------------------------------------------------------------------------------- the documents


def _read_pages(context: Context, request: AdoptRequest, report: AdoptReport) -> Iterator[FormerPage]:
    """One after the other, as far as they can be had; a file alone, whatever it says of others."""
    url, seen = request.source, set[str]()
    if not url.startswith(("http://", "https://")):
        yield _read_file(context, Path(url), report)
        return
    while url and url not in seen:
        seen.add(url)
        if len(seen) > _MOST_PAGES:
            report.trouble = f"goes on after {_MOST_PAGES} documents; import the rest from {url}"
            return
        try:
            page = _fetch_page(context, url, allow_private=request.allow_private)
        except (FetchError, FeedUnreadable) as error:
            reason = str(error).replace("allow_private: true", "--allow-private")  # it is an option here, not a key
            if not report.pages:
                raise UsageError(f"{url}: {reason}") from error
            report.trouble = f"{url}: {reason}"
            return
        yield _note(page, report)
        url = page.older


def _fetch_page(context: Context, url: str, *, allow_private: bool) -> FormerPage:
    from publisher.fetch import fetch  # noqa: PLC0415 - httpx takes 0.3 s to load

    config = context.config
    answer = fetch(url, config.agent, allow_private=allow_private)
    if answer.status != 200:
        raise FetchError(f"gives no feed (HTTP status {answer.status})")
    return read_former(answer.content, answer.headers.get("content-type", ""), answer.url, config.site.timezone)


def _read_file(context: Context, path: Path, report: AdoptReport) -> FormerPage:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
        if len(content) > _LARGEST_FILE:
            raise UsageError(f"{path}: is larger than {_LARGEST_FILE // 1_000_000} MB")
        page = read_former(content, "", "", context.config.site.timezone)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except FeedUnreadable as error:
        raise UsageError(f"{path}: {error}") from error
    return _note(page, report)


def _note(page: FormerPage, report: AdoptReport) -> FormerPage:
    report.pages += 1
    if page.is_cut:
        report.trouble = f"has a document of more than {len(page.items):,} items; the first are taken"
    return page


# ---------------------------------------------------------------------------------------------------- the decision


def _decide(
    connection: Connection,
    context: Context,
    request: AdoptRequest,
    items: Sequence[FormerItem],
    read: Sequence[ReadFile],
) -> list[Adopted]:
    judge = _Judge(connection, read, context.config, force=request.force)
    matched = match_items(items, judge.articles, context.config.site.timezone)
    return [judge.judge(item, matched.get(item.id)) for item in items]


class _Judge:
    """What the index knows of ids, and which of them readers know."""

    def __init__(self, connection: Connection, read: Sequence[ReadFile], config: Config, *, force: bool) -> None:
        known = rows.load_known(connection)
        fresh = list_fresh(read, known)
        self.articles = [*(one for one in known if one.path), *fresh]
        self._fresh = {one.id for one in fresh}
        self._owned = {item.article.id for item in read if item.article is not None and item.has_own_id}
        self._known = {one.id: one for one in known}
        self._mailed = issues.mailed_articles(connection)
        self._shown = archives.load_shown(connection).keys()
        self._force = force
        self._config = config

    def judge(self, item: FormerItem, article: KnownArticle | None) -> Adopted:
        holder = self._known.get(item.id)
        if holder is not None and (article is None or article.id == item.id):
            return Adopted(item, Adoption.KNOWN, holder, self._show(holder))
        if article is None:
            return Adopted(item, Adoption.UNMATCHED)
        reason = self._reason_against(article, holder)
        if reason:
            return Adopted(item, Adoption.REFUSED, article, self._show(article), reason)
        outcome = Adoption.WAITING if article.id in self._fresh else Adoption.ADOPTED
        return Adopted(item, outcome, article, self._show(article))

    def _reason_against(self, article: KnownArticle, holder: KnownArticle | None) -> str:
        if holder is not None:
            return f"{self._show(holder) or 'an article that is gone'} has this id already"
        if article.id in self._owned or not urls.is_minted(article.id):
            return f"it has an id of its own ({article.id}), from front matter, a feed or an earlier import"
        if article.id in self._mailed:
            return "it was mailed under the id it has"
        if article.id in self._shown and not self._force:
            return "readers know it from our feeds by the id it has; with --force they may see it again"
        return ""

    def _show(self, article: KnownArticle) -> str:
        return shown_path(self._config, article.path) if article.path else ""


def _save(connection: Connection, items: Sequence[Adopted]) -> None:
    adopted = [one for one in items if one.outcome is Adoption.ADOPTED]
    for one in adopted:
        if one.article is not None:
            rows.rename_article(connection, one.article.id, one.item.id)
    imported.forget_imported(connection, [one.item.id for one in adopted])
    waiting = [one.item for one in items if one.outcome in {Adoption.WAITING, Adoption.UNMATCHED}]
    imported.save_imported(
        connection, [imported.Imported(item.id, item.url, item.title, item.published) for item in waiting]
    )
