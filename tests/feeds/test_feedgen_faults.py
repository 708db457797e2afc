"""What feedgen 1.0.0 gets wrong, each fault as it is today.

A test that fails here is good news: upstream has mended it, and the repair in publisher/feeds/door.py can go.
"""

from __future__ import annotations

import locale
from datetime import UTC, datetime, timedelta
from typing import Any

import feedgen.entry
import feedgen.feed
import feedgen.util
import pytest
from feedgen.ext.media import MediaEntryExtension
from lxml import etree

from publisher.feeds.dates import format_rfc2822
from publisher.feeds.door import RepairedEntry
from tests.feeds.reading import NS, find

DAY = datetime(2026, 1, 8, tzinfo=UTC)


def make_generator() -> Any:
    generator = feedgen.feed.FeedGenerator()
    generator.id("tag:example.com,2026:feed")
    generator.title("ほしぞら通信")
    generator.description("夜空のたより")
    generator.link(href="https://example.com/", rel="alternate")
    return generator


def add_entry(generator: Any, entry: Any = None, **arguments: Any) -> Any:
    entry = generator.add_entry(entry, **arguments)
    entry.id("tag:example.com,2026:1")
    entry.title("第1号")
    entry.link(href="https://example.com/1", rel="alternate", type="text/html")
    entry.published(DAY)
    return entry


def test_an_atom_entry_still_loses_rel_and_type_of_its_links_and_ours_keeps_them() -> None:
    for entry, expected in (
        (feedgen.entry.FeedEntry(), {}),
        (RepairedEntry(), {"rel": "enclosure", "type": "image/png"}),
    ):
        generator = make_generator()
        add_entry(generator, entry).link(href="https://example.com/1.png", rel="enclosure", type="image/png")
        link = find(generator.atom_str(), "//atom:entry/atom:link[2]")[0]
        assert {name: value for name, value in link.attrib.items() if name != "href"} == expected


def test_the_channel_link_is_still_the_last_link_of_all() -> None:
    generator = make_generator()
    generator.link(href="https://example.com/rss.xml", rel="self")
    assert find(generator.rss_str(), "/rss/channel/link/text()") == ["https://example.com/rss.xml"]


def test_cdata_still_becomes_the_media_type_of_atom_content() -> None:
    generator = make_generator()
    add_entry(generator).content("<p>星</p>", type="CDATA")
    assert find(generator.atom_str(), "//atom:content/@type") == ["CDATA"]


def test_a_date_still_changes_the_locale_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[object] = []
    monkeypatch.setattr(locale, "setlocale", lambda *arguments: calls.append(arguments))
    feedgen.util.formatRFC2822(DAY)
    assert len(calls) == 3


def test_both_modules_that_format_dates_have_our_function() -> None:
    assert feedgen.entry.formatRFC2822 is format_rfc2822
    assert feedgen.feed.formatRFC2822 is format_rfc2822


def test_feed_and_entry_are_still_dated_by_the_clock_unless_told() -> None:
    for dated in (feedgen.feed.FeedGenerator(), feedgen.entry.FeedEntry()):
        assert datetime.now(UTC) - dated.updated() < timedelta(minutes=1)


def test_an_author_without_address_is_still_dropped_from_rss() -> None:
    generator = make_generator()
    add_entry(generator).author({"name": "星野"})
    assert find(generator.rss_str(), "//item/author") == []


def test_two_authors_still_make_two_author_elements_which_rss_forbids() -> None:
    generator = make_generator()
    add_entry(generator).author([{"name": "星野", "email": "a@example.jp"}, {"name": "月島", "email": "b@example.jp"}])
    assert len(find(generator.rss_str(), "//item/author")) == 2


def test_the_author_of_a_feed_is_still_missing_in_rss() -> None:
    generator = make_generator()
    generator.author({"name": "編集部", "email": "editor@example.com"})
    assert "編集部" not in generator.rss_str(encoding="unicode", xml_declaration=False)


def test_a_single_image_is_still_wrapped_in_a_media_group() -> None:
    generator = make_generator()
    generator.load_extension("media")
    add_entry(generator).media.content({"url": "https://example.com/1.png", "medium": "image"})
    assert len(find(generator.rss_str(), "//item/media:group/media:content")) == 1


def test_the_media_extension_still_knows_no_credit_and_no_description() -> None:
    assert not hasattr(MediaEntryExtension, "credit")
    assert not hasattr(MediaEntryExtension, "description")


def test_links_to_hubs_and_archives_are_still_lost_in_rss() -> None:
    generator = make_generator()
    generator.link(href="https://hub.example/", rel="hub")
    generator.link(href="https://example.com/rss.xml", rel="self")
    generator.link(href="https://example.com/", rel="alternate")
    assert find(generator.rss_str(), "/rss/channel/atom:link/@rel") == ["self"]


def test_an_unknown_length_of_an_enclosure_is_still_written_as_none() -> None:
    generator = make_generator()
    add_entry(generator).enclosure("https://example.com/1.mp3", None, "audio/mpeg")
    assert find(generator.rss_str(), "//enclosure/@length") == ["None"]


def test_its_podcast_extension_still_refuses_pictures_without_an_ending() -> None:
    generator = make_generator()
    generator.load_extension("podcast")
    with pytest.raises(ValueError, match="png"):
        add_entry(generator).podcast.itunes_image("https://example.com/picture?id=1")


def test_an_entry_is_still_put_before_the_others_unless_told() -> None:
    generator = make_generator()
    add_entry(generator)
    add_entry(generator).title("第2号")
    assert find(generator.rss_str(), "//item/title/text()") == ["第2号", "第1号"]


def test_an_entry_still_has_no_language_and_no_change_date_in_rss() -> None:
    assert not hasattr(feedgen.entry.FeedEntry, "language")
    generator = make_generator()
    add_entry(generator).updated(DAY + timedelta(days=1))
    assert "09 Jan" not in etree.tostring(find(generator.rss_str(), "//item")[0], encoding="unicode")


def test_rss_still_names_feedgen_as_the_generator_and_its_specification_by_http() -> None:
    content = make_generator().rss_str()
    assert find(content, "//generator/text()") == ["python-feedgen"]
    assert find(content, "//docs/text()") == ["http://www.rssboard.org/rss-specification"]


def test_elements_in_memory_still_have_no_namespace_which_the_repair_relies_on() -> None:
    generator = make_generator()
    element = add_entry(generator, RepairedEntry()).atom_entry()
    assert element.find("link") is not None
    assert element.find("atom:link", NS) is None
