"""The feed of a newsletter's issues: each issue is an entry. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from publisher import urls
from publisher.config import Config
from publisher.feeds.dates import move_to_zone
from publisher.feeds.write import write_feed
from publisher.model.article import Article
from publisher.model.feed import Feed, FeedFormat, FeedSpec
from publisher.model.issue import PublishedIssue

ISSUE_FEED = "feed.xml"
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)  # of a feed without entries; any fixed moment does


@dataclass(frozen=True, slots=True)
class IssueEntry:
    """`summary` is text, `html` all of the issue."""

    issue: PublishedIssue
    summary: str
    html: str


def issue_feed_url(config: Config, newsletter: str) -> str:
    return config.web_url + urls.archive_path(newsletter) + ISSUE_FEED


def write_issue_feed(entries: Sequence[IssueEntry], newsletter: str, config: Config) -> bytes:
    """Atom, `entries` newest first.

    Raises FeedError.
    """
    folder_url = config.web_url + urls.archive_path(newsletter)
    items = tuple(_as_article(entry, newsletter, config) for entry in entries)
    title = config.newsletters[newsletter].title
    spec = FeedSpec(
        id=urls.feed_id(config.site.host, f"newsletters/{newsletter}"),
        folder=f"newsletters/{newsletter}",
        title=title,
        description=config.site.description or title,
        home_url=folder_url,
        folder_url=folder_url,
        language=config.site.language,
        author=config.site.feed_author,
        updated=items[0].updated if items else move_to_zone(_NEVER, config.site.timezone),
        articles=items,
        icon=config.site.icon_url,
        logo=config.site.logo_url,
        rights=config.site.rights,
        formats=(FeedFormat.ATOM,),
        file=ISSUE_FEED,
    )
    html = {item.id: entry.html for item, entry in zip(items, entries, strict=True)}
    return write_feed(Feed(spec, (FeedFormat.ATOM,), html, {}), FeedFormat.ATOM)


def _as_article(entry: IssueEntry, newsletter: str, config: Config) -> Article:
    issue = entry.issue
    moment = move_to_zone(issue.created_at, config.site.timezone)
    return Article(
        id=urls.issue_tag(config.site.host, newsletter, issue.id),
        path="",
        url=config.issue_url(newsletter, issue.id),
        title=issue.subject,
        published=moment,
        updated=moment,
        summary=entry.summary,
        language=issue.language or config.site.language,
        body_hash="",
    )
