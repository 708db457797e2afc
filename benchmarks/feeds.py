"""How long a feed of 20, 1,000 and 10,000 entries takes to write: ours beside bare feedgen and json.dumps, in one run.

    python benchmarks/feeds.py [--entries 20 1000 10000] [--repeat 3]

An entry has 5 KB of HTML with Japanese and emoji, three tags, a picture and an author. We write each entry once, read
it back and check it, and keep it: "new" is a feed of which no entry was kept, "kept" one that is put together from
entries of earlier runs, as nearly all are. The peers check nothing: feedgen is given the same values and writes them in
one go, json.dumps the same members. Every row is measured in processes of its own; memory is what the writing itself
added at its worst moment to the articles, which are there before.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import feedgen
import feedgen.feed

from publisher.feeds.splice import EntryWriter, splice, write_shell
from publisher.feeds.write import write_feed
from publisher.model.article import Article, Author, Image
from publisher.model.feed import Feed, FeedFormat, FeedSpec

NEW, KEPT, PEER = "new", "kept", "peer"
WRITERS = (NEW, KEPT, PEER)
SITE = "https://example.com"
AUTHOR = Author("ミライ編集部", "editor@example.com")
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
SENTENCE = "軽くて丈夫な電池ができると、遠くの村にも夜の明かりが届きます🔋。"
MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Result:
    """`seconds` of processor time; `peak` and `size` in bytes."""

    seconds: float
    peak: float
    size: int


def main() -> None:
    parser = argparse.ArgumentParser(description="Write feeds; compare with feedgen and json.dumps.")
    parser.add_argument("--entries", type=int, nargs="+", default=[20, 1_000, 10_000])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--one", nargs=2, metavar=("FORMAT", "WRITER"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        measure(FeedFormat(chosen.one[0]), chosen.one[1], chosen.entries[0])
        return
    print(f"Python {platform.python_version()}, {platform.machine()}, feedgen {feedgen.version.version_full_str}")
    print(
        f"Medians of {chosen.repeat} processes each. Seconds are processor time; memory is beyond that of the articles."
    )
    print()
    print(f"{'entries':>8}  {'':6}{'':22}{'seconds':>10}{'ratio':>8}{'MB':>8}{'file MB':>10}")
    for entries in chosen.entries:
        for feed_format in FeedFormat:
            report(entries, feed_format, chosen.repeat)


def report(entries: int, feed_format: FeedFormat, repeat: int) -> None:
    found = {writer: run_all(feed_format, writer, entries, repeat) for writer in WRITERS}
    peer = "json.dumps" if feed_format is FeedFormat.JSON else "feedgen"
    names = {NEW: "publisher, new", KEPT: "publisher, kept", PEER: peer}
    for writer, result in found.items():
        ratio = result.seconds / found[PEER].seconds
        start = f"{entries:>8,}  {feed_format.value:6}" if writer == NEW else " " * 16
        memory = f"{result.peak / MB:>8.1f}{result.size / MB:>10.2f}"
        print(f"{start}{names[writer]:22}{result.seconds:>10.4f}{ratio:>8.2f}{memory}")


def run_all(feed_format: FeedFormat, writer: str, entries: int, repeat: int) -> Result:
    results = [run_one(feed_format, writer, entries) for _ in range(repeat)]
    return Result(
        statistics.median(result.seconds for result in results),
        statistics.median(result.peak for result in results),
        results[0].size,
    )


def run_one(feed_format: FeedFormat, writer: str, entries: int) -> Result:
    command = [sys.executable, __file__, "--one", feed_format.value, writer, "--entries", str(entries)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Result(**json.loads(done.stdout))


# ------------------------------------------------------------------------------------------------ in a process


def measure(feed_format: FeedFormat, writer: str, entries: int) -> None:
    """Write once to warm up, then once for memory and time, and small feeds many times for time."""
    prepare(feed_format, writer, make_feed(3))()
    write = prepare(feed_format, writer, make_feed(entries))
    gc.collect()
    before = resident()
    started = time.process_time()
    size = len(write())
    seconds = time.process_time() - started
    peak = max(0, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit() - before)
    if entries < 500:
        times = []
        for _ in range(25):
            started = time.process_time()
            write()
            times.append(time.process_time() - started)
        seconds = statistics.median(times)
    print(json.dumps({"seconds": seconds, "peak": peak, "size": size}))


def prepare(feed_format: FeedFormat, writer: str, feed: Feed) -> Callable[[], bytes]:
    """What is measured; what it is given is ready before."""
    if writer == NEW:
        return lambda: write_feed(feed, feed_format)
    if writer == KEPT:
        spec = feed.spec
        made = EntryWriter(spec.language, spec.author, feed.category_urls)
        entries = [made.write(article, feed.html[article.id], feed_format) for article in spec.articles]
        return lambda: splice(write_shell(spec, feed_format), entries)
    if feed_format is FeedFormat.JSON:
        return lambda: write_json(feed)
    return lambda: write_feedgen(feed, feed_format)


def make_feed(entries: int) -> Feed:
    articles = tuple(make_article(number) for number in range(entries, 0, -1))
    html = {article.id: make_body(number) for number, article in enumerate(articles)}
    urls = {f"札{number}": f"{SITE}/tags/{number}/" for number in range(40)}
    spec = FeedSpec(
        id="tag:example.com,2026:feeds/",
        folder="",
        title="ミライ技術ノート",
        description="毎日ひとつ、新しい技術をやさしく。",
        home_url=f"{SITE}/",
        folder_url=f"{SITE}/",
        language="ja",
        author=AUTHOR,
        updated=articles[0].updated,
        articles=articles,
    )
    return Feed(spec, tuple(FeedFormat), html, urls)


def make_article(number: int) -> Article:
    moment = BEGIN + timedelta(hours=number)
    return Article(
        id=f"tag:example.com,2026:{number:020d}",
        path=f"{number}.md",
        url=f"{SITE}/articles/{number}",
        title=f"第{number}回 小さな衛星、大きな電池 🚀",
        published=moment,
        updated=moment,
        summary=SENTENCE * 2,
        language="ja",
        body_hash=str(number),
        tags=tuple(f"札{(number + step) % 40}" for step in range(3)),
        image=Image(f"https://images.example.com/{number}.jpg?auto=compress&w=1200", "電池", "Example"),
        authors=(AUTHOR,),
    )


def make_body(number: int) -> str:
    paragraph = f"<p>{SENTENCE * 5}</p>\n"
    body = f"<h2>{number}</h2>\n"
    while len(body.encode()) < 5_000:
        body += paragraph
    return body


def write_feedgen(feed: Feed, feed_format: FeedFormat) -> bytes:
    """As its documentation would have it; the repairs of publisher/feeds/door.py are ours."""
    generator = feedgen.feed.FeedGenerator()
    generator.load_extension("dc", atom=False)
    generator.load_extension("media")
    spec = feed.spec
    generator.id(spec.id)
    generator.title(spec.title)
    generator.description(spec.description)
    generator.language(spec.language)
    generator.updated(spec.updated)
    generator.link(href=spec.url(feed_format), rel="self")
    generator.link(href=spec.home_url, rel="alternate")
    for article in spec.articles:
        add_to_feedgen(generator.add_entry(order="append"), article, feed)
    content: bytes = (
        generator.rss_str(pretty=True) if feed_format is FeedFormat.RSS else generator.atom_str(pretty=True)
    )
    return content


def add_to_feedgen(entry: Any, article: Article, feed: Feed) -> None:
    entry.id(article.id)
    entry.title(article.title)
    entry.link(href=article.url, rel="alternate")
    entry.published(article.published)
    entry.updated(article.updated)
    entry.summary(article.summary)
    entry.content(feed.html[article.id], type="html")
    entry.author({"name": AUTHOR.name, "email": AUTHOR.email})
    entry.dc.dc_creator([AUTHOR.name])
    entry.category([{"term": tag, "scheme": feed.category_urls[tag], "label": tag} for tag in article.tags])
    if article.image:
        entry.media.content({"url": article.image.url, "medium": "image"}, group=None)
        entry.media.thumbnail({"url": article.image.url}, group=None)


def write_json(feed: Feed) -> bytes:
    spec = feed.spec
    items = [describe(article, feed.html[article.id]) for article in spec.articles]
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": spec.title,
        "home_page_url": spec.home_url,
        "feed_url": spec.url(FeedFormat.JSON),
        "description": spec.description,
        "language": spec.language,
        "items": items,
    }
    return json.dumps(document, ensure_ascii=False, indent=2).encode()


def describe(article: Article, html: str) -> dict[str, object]:
    return {
        "id": article.id,
        "url": article.url,
        "title": article.title,
        "content_html": html,
        "summary": article.summary,
        "image": article.image.url if article.image else None,
        "date_published": article.published.isoformat(),
        "date_modified": article.updated.isoformat(),
        "authors": [{"name": AUTHOR.name}],
        "tags": list(article.tags),
    }


def resident() -> int:
    """Bytes that this process holds now; elsewhere than on Linux the most that it ever held."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit()


def unit() -> int:
    """Linux counts KiB, macOS bytes."""
    return 1 if sys.platform == "darwin" else 1024


if __name__ == "__main__":
    main()
