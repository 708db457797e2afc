"""The sites of tests/corpus, copied, scanned with the real thing, and compared with the readings beside their files.

`python -m tests.sources.corpus FOLDER` reads all of them inside FOLDER and prints what came out as JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from publisher.app.bodies import load_bodies
from publisher.app.context import open_context
from publisher.app.reading import scan
from publisher.model.article import Article
from tests.site import START
from tests.sources.oddities import ODDITIES

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
TOOLS = tuple(sorted(path.name for path in CORPUS.iterdir() if path.is_dir()))
ENDING = ".expected.json"
# When every copied file was changed, for what takes its date from there: 2026-01-01, 00:00 UTC.
CHANGED = 1_767_225_600
_REST = '\nfeeds: {output: made}\ndatabase: "sqlite:///publisher.db"\n'

Expected = Mapping[str, Any]


@dataclass(frozen=True)
class Reading:
    """What came out of one file; all empty for a file that is none of ours."""

    article: Article | None
    body: str
    problems: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class SiteReading:
    """What came out of one site, by path from the site's folder."""

    folder: Path
    readings: Mapping[str, Reading]

    def of(self, name: str) -> Reading:
        return self.readings.get(name, Reading(None, "", (), ()))

    def as_plain(self) -> Any:
        """The same as JSON has it."""
        return json.loads(json.dumps({name: asdict(item) for name, item in self.readings.items()}, default=str))


@cache
def list_expectations(tool: str) -> dict[str, Expected]:
    """By path from the site's folder; those of files that are made when the tests run included."""
    folder = CORPUS / tool
    found = {
        path.relative_to(folder).as_posix().removesuffix(ENDING): json.loads(path.read_text(encoding="utf-8"))
        for path in folder.rglob(f"*{ENDING}")
    }
    if tool == "odd":
        found |= {f"posts/made/{name}": oddity.expected for name, oddity in ODDITIES.items()}
    return dict(sorted(found.items()))


def read_settings(tool: str) -> dict[str, Any]:
    """The `site` and `articles` that a person would write."""
    settings: dict[str, Any] = yaml.safe_load((CORPUS / tool / "site.yaml").read_text(encoding="utf-8"))
    return settings


def read_site(tool: str, folder: Path, preset: str | None = None) -> SiteReading:
    """Copy a site into `folder` and scan it, under another preset if there is one."""
    shutil.copytree(CORPUS / tool, folder, ignore=shutil.ignore_patterns(f"*{ENDING}"), dirs_exist_ok=True)
    settings = (folder / "site.yaml").read_text(encoding="utf-8")
    if preset:
        settings = settings.replace("preset: auto", f"preset: {preset}")
    (folder / "config.yaml").write_text(settings + _REST, encoding="utf-8")
    if tool == "odd":
        for name, oddity in ODDITIES.items():
            path = folder / "posts/made" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(oddity.content)
    for path in folder.rglob("*"):
        os.utime(path, (CHANGED, CHANGED))
    return _scan(folder, read_settings(tool)["articles"]["path"])


def _scan(folder: Path, articles: str) -> SiteReading:
    with open_context(folder / "config.yaml", clock=lambda: START) as context:
        report = scan(context)
        bodies = load_bodies(context, report.articles)
    by_path = {f"{articles}/{article.path}": article for article in report.articles}
    names = {*by_path, *(item.file for item in (*report.problems, *report.notes))}
    readings = {
        name: Reading(
            article=by_path.get(name),
            body=bodies[by_path[name].id] if name in by_path else "",
            problems=tuple(str(problem) for problem in report.problems if problem.file == name),
            notes=tuple(str(note) for note in report.notes if note.file == name),
        )
        for name in sorted(names)
    }
    return SiteReading(folder, readings)


# ---------------------------------------------------------------------------------------------------- comparing


def find_differences(reading: Reading, expected: Expected) -> list[str]:
    """What is not as expected, one line each. Only the keys that an expectation has are looked at."""
    if "problem" in expected:
        found = "; ".join(reading.problems) or "no problem"
        return [] if _is_like(expected["problem"], found) and reading.article is None else [f"problem: {found}"]
    unasked = [f"problem: {problem}" for problem in reading.problems]
    if expected.get("skipped"):
        return unasked + ([f"an article: {reading.article.title}"] if reading.article else [])
    if reading.article is None:
        return unasked or ["no article"]
    wanted = {key: value for key, value in expected.items() if key not in {"body", "body_without", "notes"}}
    shown = _show(reading.article)
    wrong = [
        f"{key}: {shown[key]!r}, expected {value!r}" for key, value in wanted.items() if not _covers(shown[key], value)
    ]
    wrong += [f"body: has no {part!r}" for part in _as_list(expected.get("body")) if part not in reading.body]
    wrong += [f"body: has {part!r}" for part in _as_list(expected.get("body_without")) if part in reading.body]
    if "notes" in expected and not _are_like(expected["notes"], reading.notes):
        wrong.append(f"notes: {list(reading.notes)!r}, expected {expected['notes']!r}")
    return unasked + wrong


def _show(article: Article) -> dict[str, Any]:
    """An article in the terms of an expectation."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(article), default=lambda moment: moment.isoformat()))
    return plain


def _covers(found: Any, wanted: Any) -> bool:
    """A mapping may have more than was asked for; everything else is equal."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        return all(_covers(found[key], value) for key, value in wanted.items())
    if isinstance(found, list) and isinstance(wanted, list):
        return len(found) == len(wanted) and all(map(_covers, found, wanted))
    return bool(found == wanted)


def _are_like(wanted: list[str], lines: tuple[str, ...]) -> bool:
    return len(wanted) == len(lines) and all(map(_is_like, wanted, lines))


def _is_like(wanted: str, line: str) -> bool:
    """The whole line, or its beginning when `…` ends what is wanted."""
    return line.startswith(wanted[:-1]) if wanted.endswith("…") else line == wanted


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def main(folder: Path) -> None:
    print(json.dumps({tool: read_site(tool, folder / tool).as_plain() for tool in TOOLS}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
