"""The ids that readers already know: taken from the feeds in the output folder when the database is new.

A site that moves here, or loses its database, must not show every reader its whole history again.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from publisher import urls
from publisher.model.feed import FeedFormat

_NAMES = ("rss.xml", "atom.xml", "feed.json", "feed.xml", "index.xml")
_HEAD = 8_000  # bytes; the id of a feed stands before its entries
_FEED_ID = re.compile(rb"<id>tag:([a-z0-9.-]{1,253}),%d:feeds/</id>" % urls.TAG_YEAR)
_LARGEST_FILE = 20_000_000
_MOST_FILES = 5_000


def read_ids(output: Path) -> dict[str, str]:
    """URL -> id of every item in the feeds below `output`. Where two feeds disagree, the one nearer the top is right.

    What is no feed, is broken, too large or unreadable is passed over, and so is everything after 5,000 files.
    """
    found: dict[str, str] = {}
    for number, path in enumerate(_find_feeds(output)):
        if number == _MOST_FILES:
            break
        for url, item_id in _read_file(path):
            found.setdefault(url, item_id)
    return found


def read_feed_host(output: Path) -> str:
    """The host in the id of the main Atom feed that an earlier database wrote below `output`, or ""."""
    try:
        with (output / FeedFormat.ATOM.filename).open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return ""
    found = _FEED_ID.search(head)
    return found[1].decode("ascii") if found else ""


def _find_feeds(output: Path) -> Iterator[Path]:
    """Feed files, folder by folder from the top; links to folders are not followed."""
    folders = deque([output])
    while folders:
        folder = folders.popleft()
        try:
            with os.scandir(folder) as listing:
                entries = list(listing)
            below = sorted(entry.name for entry in entries if entry.is_dir(follow_symlinks=False))
            files = {entry.name for entry in entries if entry.name in _NAMES and entry.is_file()}
        except OSError:
            continue
        yield from (folder / name for name in _NAMES if name in files)
        folders.extend(folder / name for name in below)


def _read_file(path: Path) -> list[tuple[str, str]]:
    from publisher.feeds.parse import parse_feed, read_items  # noqa: PLC0415 - lxml; only the first build looks here

    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST_FILE + 1)
        items = read_items(parse_feed(content)) if len(content) <= _LARGEST_FILE else []
    except (OSError, ValueError):
        return []
    return [(url, item.id) for item in items if (url := _normalise(item.url))]


def _normalise(url: str) -> str:
    """The URL as our articles spell theirs, or "" for what is none: a relative one has lost its base."""
    if not url.startswith(("http://", "https://")):
        return ""
    try:
        return urls.to_uri(url)
    except ValueError:
        return ""
