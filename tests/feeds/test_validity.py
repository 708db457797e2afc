"""Every document of a whole site against the specifications, stated once more by other means than the product's own.

Atom by the grammar of its RFC, JSON Feed by a schema, RSS by the rules of https://www.rssboard.org/rss-profile; then
what no validator looks at: see docs/feeds.md.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema
import lxml.html
import pytest
from lxml import etree

from tests.feeds.everything import AUDIO, CODE, HIDDEN, IMAGE, Everything, write_everything
from tests.feeds.reading import NS
from tests.site import Site

SCHEMAS = Path(__file__).parent / "schemas"
ATOM = "{http://www.w3.org/2005/Atom}"
FORMATS = ("rss.xml", "atom.xml", "feed.json")
# https://www.rssboard.org/rss-profile: how often an element of no namespace may stand in its parent.
CHANNEL_ONCE = {"title", "link", "description", "language", "copyright", "managingEditor", "webMaster", "pubDate"}
CHANNEL_ONCE |= {"lastBuildDate", "docs", "generator", "cloud", "ttl", "image"}
ITEM_ONCE = {"title", "link", "description", "author", "comments", "enclosure", "guid", "pubDate", "source"}
MANY = {"category", "item"}
RFC_822 = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d ([+-]\d{4}|GMT)")
NAMESPACES = {*NS.values(), "http://www.itunes.com/dtds/podcast-1.0.dtd", "https://podcastindex.org/namespace/1.0"}
NAMESPACES |= {
    "http://purl.org/syndication/history/1.0",
    "http://source.scripting.com/",
    "http://purl.org/rss/1.0/modules/syndication/",
}
URL_ATTRIBUTES = ("href", "src", "poster", "cite", "data", "action", "background", "longdesc")


def documents(everything: Everything, ending: str) -> Iterator[tuple[str, bytes]]:
    names = everything.names(ending)
    assert len(names) > 4, "the site, categories, tags"
    return ((name, everything.read(name)) for name in names)


def bodies(everything: Everything) -> Iterator[tuple[str, str]]:
    """Where it stands, and HTML, of every text of every document."""
    for name, content in documents(everything, "feed.json"):
        yield from ((name, item["content_html"]) for item in json.loads(content)["items"] if "content_html" in item)
    for ending, path in (("rss.xml", "//content:encoded"), ("atom.xml", "//atom:content[@type='html']")):
        for name, content in documents(everything, ending):
            found: Any = etree.fromstring(content).xpath(path, namespaces=NS)
            yield from ((name, node.text) for node in found)


def ids_of(everything: Everything, name: str) -> list[str]:
    content = everything.read(name)
    if name.endswith(".json"):
        return [item["id"] for item in json.loads(content)["items"]]
    path = "//item/guid/text()" if name.endswith("rss.xml") else "//atom:entry/atom:id/text()"
    found: Any = etree.fromstring(content).xpath(path, namespaces=NS)
    return list(map(str, found))


# ------------------------------------------------------------------------------------------------ specifications


def test_atom_is_as_the_grammar_of_its_rfc(everything: Everything) -> None:
    schema = etree.RelaxNG(etree.parse(SCHEMAS / "atom.rng"))
    for name, content in documents(everything, "atom.xml"):
        assert schema.validate(etree.fromstring(content)), f"{name}: {schema.error_log}"


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("atom:id", None),
        ("atom:updated", "2026-01-08"),
        ("atom:entry/atom:title", None),
        ("atom:entry/atom:updated", "yesterday"),
        ("atom:entry/atom:author/atom:name", None),
        ("atom:entry/atom:link", "<text>"),
    ],
)
def test_the_grammar_refuses_what_is_wrong(everything: Everything, path: str, change: str | None) -> None:
    root = etree.fromstring(everything.read("atom.xml"))
    node = root.find(path, NS)
    assert node is not None
    if change == "<text>":
        del node.attrib["href"]
    elif change is None:
        parent = node.getparent()
        assert parent is not None
        parent.remove(node)
    else:
        node.text = change
    assert not etree.RelaxNG(etree.parse(SCHEMAS / "atom.rng")).validate(root)


def test_atom_keeps_the_rules_that_its_grammar_cannot_say(everything: Everything) -> None:
    for name, content in documents(everything, "atom.xml"):
        feed = etree.fromstring(content)
        assert feed.findall(f"{ATOM}author") or all(
            entry.findall(f"{ATOM}author") for entry in feed.iter(f"{ATOM}entry")
        )
        check_alternates(feed, name)
        assert [link.get("rel") for link in feed.findall(f"{ATOM}link")].count("self") == 1
        for entry in feed.iter(f"{ATOM}entry"):
            check_alternates(entry, name)
            assert entry.find(f"{ATOM}link[@rel='alternate']") is not None or entry.find(f"{ATOM}content") is not None
            for moment in (f"{ATOM}published", f"{ATOM}updated"):
                assert datetime.fromisoformat(entry.findtext(moment) or "").tzinfo, name


def check_alternates(node: etree._Element, name: str) -> None:
    """RFC 4287 4.1.1 and 4.1.2: one alternate for each media type and language."""
    found = [link for link in node.findall(f"{ATOM}link") if link.get("rel", "alternate") == "alternate"]
    assert len({(link.get("type"), link.get("hreflang")) for link in found}) == len(found) == 1, name


def test_json_is_as_its_schema(everything: Everything) -> None:
    validator = jsonschema.Draft202012Validator(json.loads((SCHEMAS / "jsonfeed.json").read_text(encoding="utf-8")))
    for name, content in documents(everything, "feed.json"):
        assert not content.startswith(b"\xef\xbb\xbf")
        assert b"\\u" not in content, "Japanese as it is"
        assert [error.message for error in validator.iter_errors(json.loads(content))] == [], name


@pytest.mark.parametrize("member", ["version", "title", "items", "id", "date_published", "tags", "content_html"])
def test_the_schema_refuses_what_is_wrong(everything: Everything, member: str) -> None:
    schema = json.loads((SCHEMAS / "jsonfeed.json").read_text(encoding="utf-8"))
    feed = json.loads(everything.read("feed.json"))
    if member in {"date_published", "tags"}:
        feed["items"][0][member] = "2026-01-08"
    elif member in feed:
        del feed[member]
    else:
        del feed["items"][0][member]
    assert not jsonschema.Draft202012Validator(schema).is_valid(feed)


def test_rss_is_as_the_profile_wants_it(everything: Everything) -> None:
    for name, content in documents(everything, "rss.xml"):
        root = etree.fromstring(content)
        assert (root.tag, root.get("version"), len(root)) == ("rss", "2.0", 1)
        channel = root[0]
        check_counts(channel, CHANNEL_ONCE, {"title", "link", "description"}, name)
        check_dates(channel.findall("lastBuildDate") + channel.findall("pubDate"))
        selves = [link for link in channel.findall(f"{ATOM}link") if link.get("rel") == "self"]
        assert [(link.get("type"), bool(link.get("href"))) for link in selves] == [("application/rss+xml", True)], name
        editor = channel.findtext("managingEditor")
        assert editor is None or re.fullmatch(r"\S+@\S+ \(.+\)", editor)
        for item in channel.findall("item"):
            check_item(item, name)


def check_item(item: etree._Element, name: str) -> None:
    check_counts(item, ITEM_ONCE, {"title", "link", "guid", "pubDate"}, name)
    check_dates(item.findall("pubDate"))
    guid = item.find("guid")
    assert guid is not None
    assert guid.get("isPermaLink") == "false"
    assert item.find("author") is None or item.find("dc:creator", NS) is None, "one of them names the author"
    order = [child.tag for child in item]
    encoded = f"{{{NS['content']}}}encoded"
    if encoded in order and "description" in order:
        assert order.index("description") < order.index(encoded), "readers that know only one take the first"
    for enclosure in item.findall("enclosure"):
        assert re.fullmatch(r"\d+", enclosure.get("length", ""))
        assert re.fullmatch(r"[a-z]+/\S+", enclosure.get("type", ""))
        assert enclosure.get("url")
    for content in item.iter(f"{{{NS['media']}}}content"):
        parent = content.getparent()
        assert parent is not None
        assert not str(parent.tag).endswith("}group"), "a group of one is an error to validators"


def check_counts(parent: etree._Element, once: set[str], required: set[str], name: str) -> None:
    plain = Counter(str(child.tag) for child in parent if "}" not in str(child.tag))
    assert required <= set(plain), name
    assert set(plain) <= once | MANY, name
    assert [tag for tag, number in plain.items() if tag in once and number > 1] == [], name
    spaces = {etree.QName(child).namespace for child in parent.iter()} - {None}
    assert spaces <= NAMESPACES, name


def check_dates(nodes: list[etree._Element]) -> None:
    for node in nodes:
        assert RFC_822.fullmatch(node.text or ""), node.text
        assert parsedate_to_datetime(node.text or "").strftime("%a") == (node.text or "")[:3], "its own weekday"


def test_no_document_has_what_xml_lets_nobody_read(everything: Everything) -> None:
    for ending in ("rss.xml", "atom.xml"):
        for name, content in documents(everything, ending):
            assert content.startswith(b"<?xml version='1.0' encoding='UTF-8'?>"), name
            assert b"<!DOCTYPE" not in content
            assert b"<!ENTITY" not in content


# ------------------------------------------------------------------------------------------------ no validator


def test_the_page_of_a_feed_is_the_site_and_its_own_address_is_where_it_lies(everything: Everything) -> None:
    for name, content in documents(everything, "rss.xml"):
        channel = etree.fromstring(content)[0]
        assert channel.findtext("link") == "https://note.example/", "feedgen would write the address of the feed"
        assert own_path(channel.xpath("string(atom:link[@rel='self']/@href)", namespaces=NS)) == name
    for name, content in documents(everything, "atom.xml"):
        feed = etree.fromstring(content)
        assert feed.xpath("string(atom:link[@rel='alternate']/@href)", namespaces=NS) == "https://note.example/"
        assert own_path(feed.xpath("string(atom:link[@rel='self']/@href)", namespaces=NS)) == name
    for name, content in documents(everything, "feed.json"):
        feed = json.loads(content)
        assert feed["home_page_url"] == "https://note.example/"
        assert own_path(feed["feed_url"]) == name


def own_path(url: Any) -> str:
    """What a server takes for the path of a file: unquoted once."""
    return unquote(urlsplit(str(url)).path).lstrip("/")


def test_the_three_formats_hold_the_same_articles_in_the_same_order(everything: Everything) -> None:
    for name in everything.names("rss.xml"):
        folder = name.removesuffix("rss.xml")
        rss, atom, feed = (ids_of(everything, folder + ending) for ending in FORMATS)
        assert rss == atom == feed, name
        assert len(set(rss)) == len(rss)


def test_the_order_is_newest_first_and_of_one_day_what_was_seen_later_first(everything: Everything) -> None:
    for name in everything.names("feed.json"):
        dates = [datetime.fromisoformat(item["date_published"]) for item in everything.items(name)]
        assert dates == sorted(dates, reverse=True), name
    titles = [item["title"] for item in everything.items()]
    assert titles.index("自分の id") + 1 == titles.index("なおした記事")


def test_what_is_not_public_stands_nowhere(everything: Everything) -> None:
    for name in [name for ending in FORMATS for name in everything.names(ending)]:
        text = everything.read(name).decode("utf-8")
        assert [title for title in HIDDEN if title in text] == [], name


def test_no_address_in_a_text_is_relative(everything: Everything) -> None:
    seen: set[str] = set()
    for name, html in bodies(everything):
        for node in lxml.html.fragment_fromstring(html, create_parent="div").iter():
            found = [node.get(attribute) for attribute in URL_ATTRIBUTES]
            found += [part.split()[0] for part in (node.get("srcset") or "").split(", ") if part]
            for url in filter(None, found):
                assert re.match(r"(https?|mailto):", url), f"{name}: {url}"
                seen.add(url)
    assert {"https://note.example/articles/c.png", "https://note.example/c2.png"} <= seen, "srcset was looked at"
    assert {"https://note.example/articles/a#setsu", "mailto:a@note.example"} <= seen


def test_the_address_of_a_picture_is_escaped_exactly_once_everywhere(everything: Everything) -> None:
    escaped = IMAGE.replace("&", "&amp;")
    for name in ("rss.xml", "atom.xml"):
        root = etree.fromstring(everything.read(name))
        shown: Any = root.xpath("//media:content/@url | //media:thumbnail/@url", namespaces=NS)
        assert set(map(str, shown)) >= {IMAGE}, name
        assert f'url="{escaped}"' in everything.read(name).decode(), name
    assert IMAGE in [item.get("image") for item in everything.items()]
    pictures = [
        picture.get("src")
        for _, html in bodies(everything)
        for picture in lxml.html.fragment_fromstring(html, create_parent="div").iter("img")
        if "hotaru" in (picture.get("src") or "")
    ]
    assert set(pictures) == {IMAGE}
    assert len(pictures) >= 3, "in each format"


def test_a_sound_file_is_announced_with_its_size_and_kind(everything: Everything) -> None:
    """In whichever formats there is one; the address is escaped once here too."""
    root = etree.fromstring(everything.read("rss.xml"))
    for node in root.iter("enclosure"):
        assert (node.get("url"), node.get("length"), node.get("type")) == (AUDIO, "12345678", "audio/mpeg")
    for item in everything.items():
        for attachment in item.get("attachments", []):
            assert (attachment["url"], attachment["mime_type"]) == (AUDIO, "audio/mpeg")


def test_code_keeps_its_lines_and_letters(everything: Everything) -> None:
    found = [
        "".join(block.itertext())
        for _, html in bodies(everything)
        for block in lxml.html.fragment_fromstring(html, create_parent="div").iter("pre")
    ]
    assert len(found) >= 3
    assert set(found) == {CODE + "\n"}


def test_nothing_that_runs_or_asks_is_left(everything: Everything) -> None:
    for name, html in bodies(everything):
        root = lxml.html.fragment_fromstring(html, create_parent="div")
        tags = {str(node.tag) for node in root.iter()}
        assert not tags & {"script", "style", "iframe", "object", "embed", "form", "input"}, name
        assert not [attribute for node in root.iter() for attribute in node.attrib if attribute.startswith("on")]
        assert "style=" not in html, name
        assert "javascript:" not in html, name


def test_every_item_keeps_its_odd_letters(everything: Everything) -> None:
    titles = {item["title"] for item in everything.items()}
    assert {"AT&T と x < y と C#", "文字のいろいろ 👩‍👩‍👧‍👦", "مقال بالعربية"} <= titles
    odd = next(item for item in everything.items() if item["title"].startswith("文字"))
    assert "制御文字" in odd["content_html"]
    assert "]]&gt;" in odd["content_html"]
    assert "👩‍👩‍👧‍👦🇯🇵𠮷" in odd["content_html"]


def test_another_machine_writes_the_same_bytes(everything: Everything, tmp_path: Path) -> None:
    other = Site(tmp_path)
    write_everything(other)
    other.run("build")
    for path in sorted(everything.folder.rglob("*")):
        if path.is_file():
            assert (other.output / path.relative_to(everything.folder)).read_bytes() == path.read_bytes(), path.name
    again = {path: path.stat().st_mtime_ns for path in other.output.rglob("*")}
    other.run("build")
    assert {path: path.stat().st_mtime_ns for path in other.output.rglob("*")} == again
