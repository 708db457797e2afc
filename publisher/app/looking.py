"""A look at the site without its database: what can be read, and an issue rendered from it. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from publisher.app.bodies import find_body, make_finder
from publisher.app.fetching import FeedRemarks, read_feeds
from publisher.app.folders import OpenFolder, decision_fact, load_decisions, open_folders
from publisher.app.letters import unsubscribe_address
from publisher.config import Config
from publisher.feeds.adopt import read_ids
from publisher.mail.render import RenderContext, render_issue
from publisher.mail.slots import new_marker
from publisher.model.article import Article
from publisher.model.issue import Selection
from publisher.model.rendered import RenderedIssue
from publisher.model.source import SourceFile
from publisher.sources.duplicates import set_duplicates_aside
from publisher.sources.feed.identity import SettledItem
from publisher.sources.identity import assign_ids
from publisher.sources.outcome import ReadFile
from publisher.sources.read import read_file
from publisher.storage.peek import peek_facts
from publisher.templating import Templates


@dataclass(frozen=True)
class SiteReading:
    """`settled` are the files in order of their folders, then the items of feeds."""

    config: Config
    now: datetime
    folders: tuple[OpenFolder, ...]
    settled: tuple[ReadFile, ...]
    remarks: FeedRemarks

    @cached_property
    def articles(self) -> list[Article]:
        return [item.article for item in self.settled if item.article is not None]

    @cached_property
    def public(self) -> list[Article]:
        """What readers can open, newest first."""
        shown = [article for article in self.articles if article.is_public(self.now)]
        return sorted(shown, key=lambda article: article.published, reverse=True)

    def bodies(self, articles: Iterable[Article]) -> Mapping[str, str]:
        """By article id; "" for a file that has changed since it was read."""
        return {
            article.id: self._fetched.get(article.path) or find_body(self.config, article) or "" for article in articles
        }

    def render(self, name: str, selection: Selection, template: str) -> RenderedIssue:
        """Raises TemplateError."""
        newsletter = self.config.newsletters[name]
        context = RenderContext(
            config=self.config,
            newsletter_name=name,
            newsletter=newsletter,
            template=template,
            templates=self.templates,
            now=self.now,
            marker=new_marker(),
            unsubscribe_address=unsubscribe_address(self.config, newsletter),
            finder=make_finder(self.public, self.now),
        )
        return render_issue(selection, self.bodies(selection.articles), context)

    @cached_property
    def templates(self) -> Templates:
        return Templates(self.config.templates_dir)

    @cached_property
    def _fetched(self) -> Mapping[str, str]:
        return {item.article.path: item.markdown for item in self.settled if item.article and item.markdown}


AskFeeds = Callable[[Config, Iterable[Article], datetime], tuple[list[SettledItem], FeedRemarks]]


def read_site(config: Config, now: datetime, ask: AskFeeds = read_feeds) -> SiteReading:
    """Read every article and ask every feed, by `ask`.

    Raises UsageError when the folder of articles is missing.
    """
    folders = _open_folders(config)
    read = [read_file(item.directory, file, item.rules) for item in folders for file in item.listing.files]
    settled = assign_ids(set_duplicates_aside(read, []), [], read_ids(config.output_dir), config.site.host)
    known = [item.article for item in settled if item.article is not None]
    items, remarks = ask(config, known, now)
    fetched = [ReadFile(_no_file(item), article=item.article, markdown=item.item.html) for item in items]
    return SiteReading(config, now, tuple(folders), (*settled, *fetched), remarks)


def _open_folders(config: Config) -> list[OpenFolder]:
    """With the presets that builds decided on, so that `check` speaks of the addresses that readers know."""
    names = [decision_fact(folder.key) for folder in config.folders]
    return open_folders(config, load_decisions(config, peek_facts(config.database_path, names)))


def _no_file(item: SettledItem) -> SourceFile:
    return SourceFile(item.item.article.path, 0, 0)
