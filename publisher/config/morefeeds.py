"""The sections below `feeds:` that have more to say: further feeds, and podcasts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from publisher import urls
from publisher.config.section import Section
from publisher.config.values import EmailValue, FeedFile, RequiredText, Text, TextList
from publisher.model.feed import FeedFormat

_SINGLE = (".xml", ".rss", ".atom", ".json")
_ARCHIVE = re.compile(r"-\d+(?=\.[a-z]+$)")
_OWN_FOLDERS = ("categories", "tags")
_LIST_OF_FEEDS = "feeds.opml"


class FeedSelect(Section):
    """Which articles a feed takes: those that match one of the values of every key; an empty list takes all."""

    tags: TextList = ()
    categories: TextList = ()
    authors: TextList = ()
    languages: TextList = ()
    paths: TextList = ()


class MoreFeed(Section):
    """A feed of a person's own. What it does not say is as `feeds` and `site` have it."""

    select: FeedSelect = FeedSelect()
    file: FeedFile | None = None
    limit: Annotated[int, Field(ge=1, le=10_000)] | None = None
    content: Literal["full", "summary"] | None = None
    title: Text = ""
    description: Text = ""


class PodcastOwner(Section):
    name: RequiredText
    email: EmailValue


class Podcast(Section):
    """What directories of podcasts want to know of a feed with audio."""

    category: Text = ""
    explicit: bool = False
    type: Literal["episodic", "serial"] = "episodic"
    owner: PodcastOwner | None = None
    locked: bool | None = None


def split_file(name: str) -> tuple[str, str]:
    """Folder and file of `file:`; the file is empty where a feed has a folder with the usual names."""
    folder, _, last = name.rpartition("/")
    return (folder, last) if last.lower().endswith(_SINGLE) else (name, "")


def format_of(file: str) -> FeedFormat:
    """What a file of this name holds: `.xml` is RSS unless the name says Atom."""
    name = file.lower()
    if name.endswith(".json"):
        return FeedFormat.JSON
    return FeedFormat.ATOM if name.endswith(".atom") or "atom" in name else FeedFormat.RSS


def check_more(feeds: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Keys below `feeds` and what is wrong with them: two feeds would be written into one file."""
    more = feeds.get("more")
    if not isinstance(more, Mapping):
        return
    taken = {_fold(name): "the feed of the site" for name in (f.filename for f in FeedFormat)}
    page = feeds.get("page", "subscribe.html")
    beside = [(_LIST_OF_FEEDS, "the list of all feeds"), ("feed.css", "the stylesheet of feeds")]
    beside += [(page, "the page for people")] if isinstance(page, str) and page else []
    taken.update((_fold(name), words) for name, words in beside)
    for name, section in more.items():
        given = section.get("file") if isinstance(section, Mapping) else None
        place = ("more", name, "file") if given else ("more", name)
        text = given or name
        if not isinstance(text, str):
            continue
        if _fold(text).partition("/")[0] in _OWN_FOLDERS and _is_ours(text):
            yield place, f"{text} is a place for the feeds of categories and tags; take another folder"
            continue
        files = _list_files(text)
        holder = next((taken[key] for file in files if (key := _claimed(file, taken))), "")
        if holder:
            yield place, f"{text} is written by {holder} already; name another file"
        taken.update((file, f"feeds.more.{name}") for file in files if file not in taken)


def _is_ours(text: str) -> bool:
    file = split_file(text.strip("/"))[1]
    return not file or _ARCHIVE.sub("", _fold(file)) in {feed_format.filename for feed_format in FeedFormat}


def _list_files(text: str) -> list[str]:
    folder, file = split_file(text.strip("/"))
    names = [file] if file else [feed_format.filename for feed_format in FeedFormat]
    return [_fold(f"{folder}/{name}".lstrip("/")) for name in names]


def _claimed(file: str, taken: Mapping[str, str]) -> str:
    """`feed-1.xml` is the first archive of `feed.xml`, and no file can be a folder of another one."""
    if file in taken:
        return file
    around = [name for name in taken if file.startswith(f"{name}/") or name.startswith(f"{file}/")]
    if around:
        return around[0]
    current = _ARCHIVE.sub("", file)
    return current if current != file and current in taken else ""


def _fold(text: str) -> str:
    return urls.folder_key(text)
