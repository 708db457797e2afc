"""The one door to feedgen: what 1.0.0 gets wrong is put right here, and pinned by tests/feeds/test_feedgen_faults.py.

feedgen 1.0.0 (2023) is the last release. Each repair names the fault, so that it can go once upstream has mended it.
"""

from __future__ import annotations

from typing import Any

import feedgen.entry
import feedgen.feed
from feedgen.ext.dc import DcEntryExtension, DcExtension
from feedgen.ext.media import MEDIA_NS, MediaEntryExtension, MediaExtension
from lxml import etree

from publisher.feeds.dates import format_rfc2822, trim_moment
from publisher.feeds.entries import Entry, build_entries, image_type, spell_as_html
from publisher.feeds.head import ATOM_NS, HeadExtension
from publisher.feeds.item import ITUNES_NS, PODCAST_NS, SOURCE_NS, ItemExtension
from publisher.model.article import Author, Image
from publisher.model.feed import Feed, FeedFormat, FeedSpec

GENERATOR = "publisher"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
# All that an entry may need, by the prefixes that they have in documents.
_NAMESPACES = {
    "atom": ATOM_NS,
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "itunes": ITUNES_NS,
    "media": MEDIA_NS,
    "podcast": PODCAST_NS,
    "source": SOURCE_NS,
}

# Its own calls locale.setlocale three times per date, which is the whole process's: with two threads the locale stays
# changed afterwards. Both modules hold the function under this name.
feedgen.entry.formatRFC2822 = format_rfc2822
feedgen.feed.formatRFC2822 = format_rfc2822


def build_generator(feed: Feed, feed_format: FeedFormat) -> Any:
    """A feedgen FeedGenerator that holds all of `feed`, ready for `rss_str` or `atom_str`."""
    spec = feed.spec
    generator = feedgen.feed.FeedGenerator()
    generator.id(spec.id)
    generator.title(spec.title)
    generator.description(spec.description)
    generator.language(spec.language)
    generator.rights(spec.rights or None)
    generator.updated(trim_moment(spec.updated))  # else the time of the build
    generator.author(_describe_author(spec.author))
    generator.generator(GENERATOR)  # without a version: an upgrade alone must not change every feed
    # The last link becomes the channel's in RSS, so the site's own must come after the feed's.
    generator.link(href=spec.url(feed_format), rel="self", type=feed_format.media_type)
    generator.link(href=spec.home_url, rel="alternate", type="text/html")
    # Both by class: its `load_extension` looks for modules on disk every time.
    generator.register_extension("dc", DcExtension, DcEntryExtension, atom=False)
    generator.register_extension("media", MediaExtension, CreditedMedia)
    generator.register_extension("head", lambda: HeadExtension(spec, feed_format), ItemExtension)
    _add_pictures(generator, spec, feed_format)
    for entry in build_entries(feed):
        # Its own default is to prepend, which turns the order round.
        _fill(generator.add_entry(RepairedEntry(), order="append"), entry, feed_format)
    return generator


def write_entry(entry: Entry, feed_format: FeedFormat) -> bytes:
    """An entry of RSS or Atom as it stands in a document, to the byte, without the making of one.

    Raises ValueError as feedgen and lxml do.
    """
    target = RepairedEntry()
    target.register_extension("dc", DcEntryExtension, atom=False)
    target.register_extension("media", CreditedMedia)
    target.register_extension("head", ItemExtension)
    _fill(target, entry, feed_format)
    root = etree.Element("feed", nsmap=_NAMESPACES)
    if feed_format is FeedFormat.ATOM:
        root.append(target.atom_entry())
        opening, closing = b">\n", b"</feed>"
    else:
        etree.SubElement(root, "channel").append(target.rss_entry())  # so that it stands as far to the right
        opening, closing = b"<channel>\n", b"  </channel>"
    content = etree.tostring(root, pretty_print=True, encoding="UTF-8")
    return content[content.index(opening) + len(opening) : content.rindex(closing)]


def _add_pictures(generator: Any, spec: FeedSpec, feed_format: FeedFormat) -> None:
    if feed_format is FeedFormat.ATOM:
        generator.icon(spec.icon or None)
        generator.logo(spec.logo or None)
    elif picture := spec.logo or spec.icon:
        # Validators want the channel's own title and link. Its size is not known, and may be left out.
        generator.image(picture, title=spec.title, link=spec.home_url)


class RepairedEntry(feedgen.entry.FeedEntry):  # type: ignore[misc]  # feedgen has no types
    """A FeedEntry whose links keep what they were given, and which knows its language and its last change."""

    language = ""

    def atom_entry(self, extensions: bool = True) -> etree._Element:  # noqa: FBT001, FBT002 - feedgen's signature
        element: etree._Element = super().atom_entry(extensions)
        # lkiesow/python-feedgen#135: `rel`, `type` and the rest are lost, and an image becomes a second alternate.
        for node, link in zip(element.findall("link"), self.link(), strict=True):
            for name, value in link.items():
                node.set(name, value)
        if self.language:
            element.set(XML_LANG, self.language)
        return element

    def rss_entry(self, extensions: bool = True) -> etree._Element:  # noqa: FBT001, FBT002 - feedgen's signature
        element: etree._Element = super().rss_entry(extensions)
        if self.updated() != self.published():  # RSS itself has no word for it
            etree.SubElement(element, f"{{{ATOM_NS}}}updated").text = self.updated().isoformat()
        return element


class CreditedMedia(MediaEntryExtension):  # type: ignore[misc]  # feedgen has no types
    """feedgen's media extension with media:credit and media:description; it serves RSS as well."""

    credit = ""
    description = ""

    def extend_atom(self, entry: etree._Element) -> etree._Element:
        super().extend_atom(entry)
        if self.description:
            etree.SubElement(entry, f"{{{MEDIA_NS}}}description", type="plain").text = self.description
        if self.credit:
            etree.SubElement(entry, f"{{{MEDIA_NS}}}credit").text = self.credit
        return entry


def _fill(target: Any, entry: Entry, feed_format: FeedFormat) -> None:
    article = entry.article
    target.id(article.id)  # in RSS a guid with isPermaLink="false"
    target.title(article.title)
    target.link(href=article.url, rel="alternate", type="text/html")
    target.published(entry.published)
    target.updated(entry.updated)  # else the time of the build
    if entry.html is not None:
        target.content(entry.html, type="html")  # its "CDATA" would stand in Atom as a media type, which it is not
    target.category([_describe_category(category.name, category.url) for category in entry.categories])
    if article.image is not None:
        _add_image(target.media, article.image)
    if article.audio is not None:
        target.enclosure(article.audio.url, str(article.audio.length), article.audio.type)
    if feed_format is FeedFormat.ATOM:
        _add_for_atom(target, entry)
    else:
        _add_for_rss(target, entry)


def _add_for_atom(target: RepairedEntry, entry: Entry) -> None:
    target.language = entry.language
    target.author([_describe_author(author) for author in entry.authors])
    if entry.article.summary:
        target.summary(entry.article.summary, type="text")


def _add_for_rss(target: Any, entry: Entry) -> None:
    # RSS's own <author> must be an e-mail address, so feedgen drops everybody who has none.
    target.dc.dc_creator([author.name for author in entry.authors])
    if entry.language:
        target.dc.dc_language(entry.language)
    target.head.audio, target.head.markdown = entry.article.audio, entry.markdown
    if entry.article.summary:
        target.description(spell_as_html(entry.article.summary), isSummary=True)


def _add_image(media: CreditedMedia, image: Image) -> None:
    # group=None: its default wraps a single image in a media:group, which validators reject.
    described = {"url": image.url, "medium": "image", "type": image.type or image_type(image.url)}
    media.content({name: value for name, value in described.items() if value}, group=None)
    media.thumbnail({"url": image.url}, group=None)
    media.credit, media.description = image.credit, image.alt


def _describe_author(author: Author) -> dict[str, str]:
    described = {"name": author.name, "email": author.email, "uri": author.url}
    return {name: value for name, value in described.items() if value}


def _describe_category(name: str, url: str | None) -> dict[str, str]:
    described = {"term": name, "label": name}
    return described | {"scheme": url} if url else described
