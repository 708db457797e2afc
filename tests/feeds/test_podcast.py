"""Articles with audio: enclosures in all formats, and what directories of podcasts ask for in RSS."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import feedparser
import pytest
from hypothesis import given, settings

from publisher.errors import FeedError
from publisher.feeds.check import find_fault
from publisher.feeds.podcast import make_guid
from publisher.feeds.write import write_feed
from publisher.model.article import Audio, Author
from publisher.model.feed import FeedFormat, Podcast
from tests.feeds.builders import ALL_FORMATS, audios, make_article, make_feed
from tests.feeds.reading import find

URL = "https://audio.example.com/1.mp3?a=1&b=2"
FULL = Audio(
    URL,
    "audio/mpeg",
    length=12_345,
    duration=3_723,
    title="第1話 & 星",
    episode=1,
    season=2,
    explicit=False,
    image="https://images.example.com/1.png",
    transcript="https://audio.example.com/1.vtt",
    transcript_type="text/vtt",
)
SPOKEN, SILENT = make_article(2, audio=FULL), make_article(1)


def write(feed_format: FeedFormat, audio: Audio | None = FULL, **changes: Any) -> bytes:
    articles = (make_article(2, audio=audio), SILENT)
    content = write_feed(make_feed(*articles, **changes), feed_format)
    assert find_fault(content, articles) == ""
    return content


@pytest.mark.parametrize(("length", "expected"), [(12_345, "12345"), (0, "0")])
def test_an_enclosure_has_all_three_attributes_in_rss(length: int, expected: str) -> None:
    content = write(FeedFormat.RSS, Audio(URL, "audio/mpeg", length))
    (node,) = find(content, "//item/enclosure")
    assert dict(node.attrib) == {"url": URL, "length": expected, "type": "audio/mpeg"}
    assert content.count(b"?a=1&amp;b=2") == 1


def test_an_enclosure_is_a_link_of_its_own_in_atom() -> None:
    content = write(FeedFormat.ATOM)
    (node,) = find(content, "//atom:entry/atom:link[@rel='enclosure']")
    assert dict(node.attrib) == {"href": URL, "length": "12345", "type": "audio/mpeg", "rel": "enclosure"}
    assert find(content, "//atom:entry[1]/atom:link[@rel='alternate']/@href") == [SPOKEN.url]
    assert b"itunes" not in content


def test_an_attachment_says_what_is_known_in_json() -> None:
    first, second = json.loads(write(FeedFormat.JSON))["items"]
    assert first["attachments"] == [
        {
            "url": URL,
            "mime_type": "audio/mpeg",
            "title": "第1話 & 星",
            "size_in_bytes": 12_345,
            "duration_in_seconds": 3_723,
        }
    ]
    assert "attachments" not in second
    unknown = json.loads(write(FeedFormat.JSON, Audio(URL, "audio/mpeg")))["items"][0]
    assert unknown["attachments"] == [{"url": URL, "mime_type": "audio/mpeg"}]


def test_an_episode_is_described_in_rss() -> None:
    content = write(FeedFormat.RSS)
    told = {
        name: find(content, f"//item[1]/itunes:{name}/text()")[0] for name in ("title", "duration", "episode", "season")
    }
    assert told == {"title": "第1話 & 星", "duration": "3723", "episode": "1", "season": "2"}
    assert find(content, "//item[1]/itunes:explicit/text()") == ["false"]
    assert find(content, "//item[1]/itunes:image/@href") == ["https://images.example.com/1.png"]
    (transcript,) = find(content, "//item/podcast:transcript")
    assert dict(transcript.attrib) == {"url": "https://audio.example.com/1.vtt", "type": "text/vtt"}
    assert find(content, "//item[2]/itunes:*") == []


def test_what_is_not_known_of_an_episode_is_not_there() -> None:
    assert find(write(FeedFormat.RSS, Audio(URL, "audio/mpeg")), "//item/itunes:* | //item/podcast:*") == []


def test_a_podcast_is_described_at_its_head() -> None:
    podcast = Podcast("Arts > Food", explicit=True, type="serial", owner=Author("星野", "h@example.com"), locked=True)
    content = write(FeedFormat.RSS, podcast=podcast, logo="https://example.com/logo.png")
    assert find(content, "/rss/channel/itunes:author/text()") == ["編集部"]
    assert find(content, "/rss/channel/itunes:explicit/text()") == ["true"]
    assert find(content, "/rss/channel/itunes:type/text()") == ["serial"]
    assert find(content, "/rss/channel/itunes:image/@href") == ["https://example.com/logo.png"]
    assert find(content, "/rss/channel/itunes:category/@text") == ["Arts"]
    assert find(content, "/rss/channel/itunes:category/itunes:category/@text") == ["Food"]
    assert find(content, "/rss/channel/itunes:owner/itunes:email/text()") == ["h@example.com"]
    assert find(content, "/rss/channel/podcast:locked[@owner='h@example.com']/text()") == ["yes"]
    assert find(content, "/rss/channel/podcast:guid/text()") == [make_guid("https://example.com/rss.xml")]
    least = write(FeedFormat.RSS)
    assert find(least, "//itunes:category | //itunes:owner | //podcast:locked | /rss/channel/itunes:image") == []


def test_an_archive_of_a_podcast_has_the_guid_of_the_podcast() -> None:
    path = "/rss/channel/podcast:guid/text()"
    assert find(write(FeedFormat.RSS, part=1, parts=1), path) == find(write(FeedFormat.RSS), path)


def test_a_feed_without_audio_knows_nothing_of_podcasts() -> None:
    content = write(FeedFormat.RSS, None)
    assert b"itunes" not in content
    assert b"podcastindex" not in content


def test_the_guid_is_that_of_the_specification_and_knows_no_scheme() -> None:
    assert make_guid("https://mp3s.nashownotes.com/pc20rss.xml") == "917393e3-1b1e-5cef-ace4-edaa54e1f810"
    assert make_guid("http://example.com/rss/") == make_guid("https://example.com/rss")


@pytest.mark.parametrize("name", ["url", "image", "transcript"])
def test_a_relative_address_of_audio_is_refused_with_its_article(name: str) -> None:
    article = make_article(audio=replace(FULL, **{name: "/1.mp3"}))  # type: ignore[arg-type]  # each of them is text
    with pytest.raises(FeedError, match=r"'/1\.mp3' is not an absolute URL"):
        write_feed(make_feed(article), FeedFormat.RSS)


@settings(deadline=None, max_examples=40)
@given(audios)
def test_any_audio_makes_a_good_feed_with_the_same_enclosure_everywhere(audio: Audio) -> None:
    rss, atom = (feedparser.parse(write(name, audio)) for name in (FeedFormat.RSS, FeedFormat.ATOM))
    assert not rss.bozo
    assert not atom.bozo
    expected = (audio.url, audio.type, str(audio.length))
    for parsed in (rss, atom):
        (enclosure,) = parsed.entries[0].enclosures
        assert (enclosure.href, enclosure.type, enclosure.length) == expected
        assert parsed.entries[0].link == SPOKEN.url
    (attached,) = json.loads(write(FeedFormat.JSON, audio))["items"][0]["attachments"]
    assert (attached["url"], attached["mime_type"], str(attached.get("size_in_bytes", 0))) == expected


def test_what_an_article_was_written_as_stands_in_rss_alone() -> None:
    feed = make_feed(SILENT, with_markdown=True)
    text = "# 見出し\n\n*星* & <b>月</b> ]]>\n"
    with_text = replace(feed, markdown={SILENT.id: text})
    assert find(write_feed(with_text, FeedFormat.RSS), "//item/source:markdown/text()") == [text]
    assert find(write_feed(feed, FeedFormat.RSS), "//source:markdown") == []
    for feed_format in (FeedFormat.ATOM, FeedFormat.JSON):
        assert write_feed(with_text, feed_format) == write_feed(make_feed(SILENT), feed_format)
    for feed_format in ALL_FORMATS:
        assert find_fault(write_feed(with_text, feed_format), (SILENT,)) == ""
