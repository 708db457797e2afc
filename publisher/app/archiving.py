"""The verbs of the web archive: issues as anybody may read them, without a word about any reader. They only read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from lxml import etree

from publisher import tokens, urls
from publisher.app.bodies import find_body, make_finder
from publisher.app.context import Context
from publisher.app.translations import find_translations
from publisher.errors import TemplateError
from publisher.feeds.issues import IssueEntry, write_issue_feed
from publisher.issues.archive import Contents, Span, describe_issue, sort_contents, span_of
from publisher.issues.translations import choose_version, gather_works
from publisher.mail.personal import Fields, fill_markdown, without_person
from publisher.mail.slots import new_marker
from publisher.markup.html import render_html
from publisher.markup.place import Place
from publisher.markup.plain import summarise
from publisher.model.article import Article, BodyFormat
from publisher.model.issue import IssueArticle, PublishedIssue
from publisher.model.subscriber import SubscriberState
from publisher.storage import articles, letters, published, subscribers
from publisher.storage.database import Connection

_ON_A_PAGE = 20  # issues
_IN_THE_FEED = 20
_IN_THE_SITEMAP = 10_000  # issues of one newsletter; the protocol allows 50,000 addresses in all
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


@dataclass(frozen=True, slots=True)
class ListedIssue:
    """`description` is one line of text."""

    issue: PublishedIssue
    description: str


@dataclass(frozen=True, slots=True)
class ArchivePage:
    span: Span
    issues: tuple[ListedIssue, ...]


@dataclass(frozen=True, slots=True)
class IssuePage:
    """`text` is HTML: the letter, or the introduction above the articles; `body` that of an article that stands alone.

    `body` is empty when its file is not as the last scan found it.
    """

    issue: PublishedIssue
    contents: Contents
    description: str
    text: str = ""
    body: str = ""
    older: PublishedIssue | None = None
    newer: PublishedIssue | None = None

    @property
    def image(self) -> str:
        """For previews of links: the address of the first picture, or ""."""
        return next((card.image.url for card in self.contents.cards if card.image), "")


@dataclass(frozen=True, slots=True)
class _Loaded:
    """What the database knows of an issue. `words` is Markdown of the sender, `feed_bodies` HTML by article id."""

    issue: PublishedIssue
    contents: Contents
    words: str
    known: Sequence[Article]
    feed_bodies: Mapping[str, str]


def may_read(context: Context, newsletter: str, token: str) -> bool:
    """Whether the archive is open to whoever shows this token: always when it is public, else while they subscribe."""
    if not context.config.has_archive(newsletter):
        return False
    if context.config.newsletters[newsletter].archive == "public":
        return True
    found = tokens.verify(context.keys, tokens.ARCHIVE, token, [newsletter])
    if found is None:
        return False
    with context.database.read() as connection:
        reader = subscribers.find_by_id(connection, found[0])
    return reader is not None and reader.state is SubscriberState.ACTIVE and newsletter in reader.newsletters


def get_archive_page(context: Context, newsletter: str, number: str) -> ArchivePage | None:
    """`number` is what the address says, "" for the first; None for a page that is not there."""
    with context.database.read() as connection:
        span = span_of(number, published.count_published(connection, newsletter), _ON_A_PAGE)
        if not span.is_there:
            return None
        found = published.list_published(connection, newsletter, span.size, span.offset)
        loaded = _load(context, connection, found)
    return ArchivePage(span, tuple(ListedIssue(one.issue, _describe(one)) for one in loaded))


def get_issue_page(context: Context, newsletter: str, issue_id: int) -> IssuePage | None:
    """None for an issue that is not there, waits for approval, or was cancelled."""
    with context.database.read() as connection:
        issue = published.find_published(connection, newsletter, issue_id)
        if issue is None:
            return None
        older, newer = published.find_neighbours(connection, issue)
        loaded = _load(context, connection, [issue], with_bodies=True)[0]
    text, body = _render_words(context, loaded), _render_single(context, loaded)
    return IssuePage(issue, loaded.contents, _describe(loaded), text, body, older, newer)


def get_issue_feed(context: Context, newsletter: str) -> bytes:
    """The newest issues as an Atom feed. Raises FeedError."""
    with context.database.read() as connection:
        found = published.list_published(connection, newsletter, _IN_THE_FEED)
        loaded = _load(context, connection, found, with_bodies=True)
    return write_issue_feed(
        [IssueEntry(one.issue, _describe(one), _write_html(context, one)) for one in loaded], newsletter, context.config
    )


def get_sitemap(context: Context) -> bytes:
    """Addresses of all archive pages that search engines may show (sitemaps.org)."""
    config = context.config
    root = etree.Element("urlset", xmlns=_SITEMAP)
    with context.database.read() as connection:
        for name, newsletter in config.newsletters.items():
            if not (config.has_archive(name) and newsletter.archive == "public" and newsletter.index):
                continue
            found = published.list_published(connection, name, _IN_THE_SITEMAP)
            if found:
                _add_address(root, context, urls.archive_path(name), found[0])
            for issue in found:
                _add_address(root, context, urls.issue_path(name, issue.id), issue)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _add_address(root: etree._Element, context: Context, path: str, issue: PublishedIssue) -> None:
    entry = etree.SubElement(root, "url")
    etree.SubElement(entry, "loc").text = context.config.web_url + path
    moment = issue.created_at.astimezone(context.config.site.timezone)
    etree.SubElement(entry, "lastmod").text = moment.isoformat(timespec="seconds")


def _load(
    context: Context, connection: Connection, found: list[PublishedIssue], *, with_bodies: bool = False
) -> list[_Loaded]:
    items = published.load_contents(connection, [issue.id for issue in found])
    loaded = []
    for issue in found:
        contents = sort_contents(_choose_versions(context, items.get(issue.id, []), issue), context.clock())
        words = letters.load_markdown(connection, issue.id) if issue.is_letter else None
        words = words if words is not None else letters.load_introduction(connection, issue.id)
        one = contents.single if with_bodies else None
        # Only a body that names another article's file needs to know them all.
        known = articles.load_articles(connection) if one is not None and one.references else []
        from_feed = [one.id] if one is not None and one.format is BodyFormat.HTML else []
        loaded.append(_Loaded(issue, contents, words, known, articles.load_markdown(connection, from_feed)))
    return loaded


def _choose_versions(context: Context, items: Sequence[IssueArticle], issue: PublishedIssue) -> list[IssueArticle]:
    """An issue holds an article in each language that a reader wanted; a page is in one."""
    held = [item.article for item in items]
    works = gather_works(held, held, find_translations(context.config, held))
    chosen = {choose_version(work, issue.language, context.config.site.language).id for work in works}
    return [item for item in items if item.article.id in chosen]


def _describe(loaded: _Loaded) -> str:
    """Of a letter, how it begins; nobody's name is in it."""
    if not loaded.issue.is_letter:
        return describe_issue(loaded.issue, loaded.contents)
    fields = Fields(new_marker())
    text = summarise(without_person(_fill(loaded.words, fields), fields.marker, fields.asked))
    return describe_issue(loaded.issue, loaded.contents, text)


def _render_words(context: Context, loaded: _Loaded) -> str:
    """What the sender wrote, as HTML for nobody in particular: fallbacks stand for names."""
    if not loaded.words.strip():
        return ""
    config, fields = context.config, Fields(new_marker())
    place = Place(config.site.url + "/", config.site.url, breaks=any(folder.breaks for folder in config.folders))
    html = render_html(_fill(loaded.words, fields), place)
    return without_person(html, fields.marker, tuple((name, escape(fallback)) for name, fallback in fields.asked))


def _fill(markdown: str, fields: Fields) -> str:
    try:
        return fill_markdown(markdown, fields, "the letter")
    except TemplateError:  # written for another version of the product; the mail has gone out
        return markdown


def _render_single(context: Context, loaded: _Loaded) -> str:
    article = loaded.contents.single
    if article is None:
        return ""
    config, folder = context.config, context.config.folder_of(article)
    body = loaded.feed_bodies.get(article.id) or find_body(config, article)
    if not body:
        return ""
    place = Place(
        article.url,
        config.site.url,
        breaks=folder.breaks,
        format=article.format,
        aliases=folder.alias_pairs,
        find_article=make_finder(loaded.known, context.clock()).beside(article),
        base_url=article.base_url,
    )
    return render_html(body, place)


def _write_html(context: Context, loaded: _Loaded) -> str:
    """The issue as an entry of a feed shows it."""
    parts = [_render_words(context, loaded), _render_single(context, loaded)]
    for card in () if parts[1] else loaded.contents.cards:
        heading = f'<h2><a href="{escape(card.url)}">{escape(card.title)}</a></h2>'
        parts.append(f"{heading}\n<p>{escape(card.summary)}</p>" if card.summary else heading)
    links = [f'<li><a href="{escape(one.url)}">{escape(one.title)}</a></li>' for one in loaded.contents.links]
    if links:
        parts.append("<ul>\n" + "\n".join(links) + "\n</ul>")
    return "\n".join(part for part in parts if part)
