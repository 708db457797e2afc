"""Which tool a folder of Markdown is written for, and what says so. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from publisher.sources.presets import FALLBACK

_CONFIGS = (
    ("hugo", re.compile(r"hugo\.(?:toml|ya?ml|json)")),
    ("docusaurus", re.compile(r"docusaurus\.config\.[cm]?[jt]s")),
    ("astro", re.compile(r"astro\.config\.[cm]?[jt]s")),
    ("eleventy", re.compile(r"\.eleventy\.[cm]?js|eleventy\.config\.[cm]?[jt]s")),
    ("pelican", re.compile(r"pelicanconf\.py")),
    ("qiita", re.compile(r"qiita\.config\.json")),
    ("nextjs", re.compile(r"next\.config\.[cm]?[jt]s")),
)
_PACKAGES = (
    ("qiita", "@qiita/qiita-cli"),
    ("zenn", "zenn-cli"),
    ("hexo", "hexo"),
    ("docusaurus", "@docusaurus/core"),
    ("astro", "astro"),
    ("eleventy", "@11ty/eleventy"),
    ("nextjs", "next"),
)
# What most posts of a tool have in their front matter, and hardly any of another.
_HABITS = (
    ("zola", ("TOML", "taxonomies"), "front matter in +++ with taxonomies"),
    ("zenn", ("emoji", "type", "topics"), "emoji, type and topics in front matter"),
    ("qiita", ("ignorepublish",), "ignorePublish in front matter"),
    ("qiita", ("organization_url_name",), "organization_url_name in front matter"),
    ("pelican", ("lines",), "Title: lines without a fence"),
    ("hugo", ("TOML",), "front matter in +++"),
    ("astro", ("pubdate",), "pubDate in front matter"),
    ("astro", ("heroimage",), "heroImage in front matter"),
    ("astro", ("pubdatetime",), "pubDatetime in front matter"),
    ("docusaurus", ("authors", "truncate"), "authors in front matter and <!-- truncate --> in the text"),
    ("eleventy", ("eleventynavigation",), "eleventyNavigation in front matter"),
    ("eleventy", ("eleventyexcludefromcollections",), "eleventyExcludeFromCollections in front matter"),
    ("jekyll", ("layout", "dated name"), "layout in front matter and dates in file names"),
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """One folder on the way up from the articles: the names in it, the packages its package.json asks for.

    `config_toml` is the key that tells Hugo's config.toml (`baseURL`) from Zola's (`base_url`).
    """

    names: frozenset[str] = frozenset()
    packages: frozenset[str] = frozenset()
    config_toml: str = ""
    has_hexo_posts: bool = False


@dataclass(frozen=True, slots=True)
class Signals:
    """What a look at a folder finds. `above`: the folder itself, then those it lies in, nearest first.

    `habits` counts, over `sampled` posts, front matter keys, syntaxes, `dated name` and `truncate`.
    """

    path: tuple[str, ...] = ()
    above: Sequence[Surroundings] = ()
    habits: Counter[str] = field(default_factory=Counter)
    sampled: int = 0


@dataclass(frozen=True, slots=True)
class Decision:
    preset: str
    why: str


def decide(signals: Signals) -> Decision:
    """The first that says something: the tool's own files, the name of the folder, what most posts have."""
    return next(_decisions(signals), Decision(FALLBACK, "nothing points to another tool"))


def _decisions(signals: Signals) -> Iterator[Decision]:
    if signals.above and ".remote" in signals.above[0].names:
        yield Decision("qiita", ".remote is in it")
    for folder in signals.above:
        yield from _by_config(folder)
    parts = signals.path
    if ("source", "_posts") in pairwise(parts):
        yield Decision("hexo", "it lies in source/_posts")
    if "_posts" in parts or (signals.above and "_posts" in signals.above[0].names):
        yield Decision("jekyll", "its posts lie in _posts")
    if ("src", "content") in pairwise(parts):
        yield Decision("astro", "it lies in src/content")
    for preset, habit, why in _HABITS:
        if signals.sampled and all(signals.habits[name] * 2 > signals.sampled for name in habit):
            yield Decision(preset, f"most posts have {why}" if preset != "pelican" else f"most posts begin with {why}")


def _by_config(folder: Surroundings) -> Iterator[Decision]:
    for preset, pattern in _CONFIGS:
        found = sorted(name for name in folder.names if pattern.fullmatch(name))
        if found:
            yield Decision(preset, f"{found[0]} is there")
    if folder.config_toml:
        preset = "zola" if folder.config_toml == "base_url" else "hugo"
        yield Decision(preset, f"config.toml with {folder.config_toml} is there")
    if "_config.yml" in folder.names:
        is_hexo = folder.has_hexo_posts or "hexo" in folder.packages
        yield Decision(
            "hexo" if is_hexo else "jekyll", "_config.yml is there" + (" beside source/_posts" if is_hexo else "")
        )
    for preset, package in _PACKAGES:
        if package in folder.packages:
            yield Decision(preset, f"package.json asks for {package}")
