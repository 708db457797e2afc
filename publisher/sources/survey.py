"""A look at a folder of articles and what lies around it, for `detect.decide`: bounded, and nothing in it is run."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

from publisher.sources.detect import Signals, Surroundings
from publisher.sources.frontmatter import split_front_matter
from publisher.sources.lookup import FrontMatterError
from publisher.sources.walk import SUFFIXES

_ABOVE = 3  # folders
_SAMPLE = 50  # posts
_HEAD = 16_384  # bytes of a post
_MOST_NAMES = 20_000
_LARGEST_CONFIG = 256_000  # bytes
_TOML_KEY = re.compile(r"^\s*(baseURL|base_url)\s*=", re.MULTILINE | re.IGNORECASE)
_DATED = re.compile(r"\d{4}-\d{1,2}-\d{1,2}-")
_TRUNCATE = re.compile(r"<!--\s*truncate|\{/\*\s*truncate")


def survey(folder: Path) -> Signals:
    """Raises nothing: what cannot be read says nothing."""
    above = [_look_around(folder)]
    # A repository's top is where a site ends.
    for parent in list(folder.parents)[:_ABOVE]:
        if ".git" in above[-1].names:
            break
        above.append(_look_around(parent))
    habits, sampled = _sample(folder)
    return Signals(folder.parts[-4:], tuple(above), habits, sampled)


def _look_around(folder: Path) -> Surroundings:
    try:
        with os.scandir(folder) as entries:
            names = frozenset(entry.name for entry in islice(entries, _MOST_NAMES))
    except OSError:
        return Surroundings()
    return Surroundings(
        names=names,
        packages=_packages(folder) if "package.json" in names else frozenset(),
        config_toml=_toml_key(folder) if "config.toml" in names else "",
        has_hexo_posts=(folder / "source" / "_posts").is_dir(),
    )


def _packages(folder: Path) -> frozenset[str]:
    try:
        package: Any = json.loads(_head(folder / "package.json", _LARGEST_CONFIG))
    except (ValueError, RecursionError):
        return frozenset()
    found: set[str] = set()
    for kind in ("dependencies", "devDependencies"):
        wanted = package.get(kind) if isinstance(package, dict) else None
        found.update(wanted if isinstance(wanted, dict) else ())
    return frozenset(found)


def _toml_key(folder: Path) -> str:
    """Zola wants `base_url` at the top; any other spelling is Hugo's."""
    match = _TOML_KEY.search(_head(folder / "config.toml", _LARGEST_CONFIG))
    return "" if match is None else "base_url" if match[1].lower() == "base_url" else "baseURL"


def _sample(folder: Path) -> tuple[Counter[str], int]:
    habits: Counter[str] = Counter()
    sampled = 0
    for path in _posts(folder):
        try:
            text = _head(path, _HEAD)
            matter = split_front_matter(text)
        except FrontMatterError:
            continue
        if matter is None:
            continue
        sampled += 1
        habits.update(key.replace("-", "_") for key in matter.fields)
        habits[str(matter.syntax)] += 1
        habits["dated name"] += bool(_DATED.match(path.name))
        habits["truncate"] += bool(_TRUNCATE.search(matter.body))
    return habits, sampled


def _posts(folder: Path) -> list[Path]:
    """The first by path, whatever order the file system has."""
    found: list[Path] = []
    posts = seen = 0
    for directory, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "node_modules")
        names = sorted(name for name in files if name.lower().endswith(SUFFIXES))
        posts += len(names)
        found += [Path(directory, name) for name in [name for name in names if not name.startswith("_index")][:_SAMPLE]]
        seen += len(files) + len(folders)
        if posts >= _SAMPLE or seen > _MOST_NAMES:
            break
    return found[:_SAMPLE]


def _head(path: Path, size: int) -> str:
    try:
        if not path.is_file():  # a pipe would never end
            return ""
        with path.open("rb") as file:
            return file.read(size).decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")
    except OSError:
        return ""
