"""Whatever is in a file: an article or a clear error, never an exception, never more than linear time."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import get_args

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.app.reading import scan
from publisher.config.sources import Preset
from publisher.sources.outcome import ReadFile
from tests.site import CONFIG, Site
from tests.sources.nonsense import DEEP, LONG, NAMES, front_matter, names, read, write, write_samples
from tests.test_docs import ROOT

_PRESETS: tuple[str, ...] = get_args(Preset)
_SETTINGS = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
_DEEP = 100_000  # more than any stack holds
_LONGEST = 64_000  # units; a file of up to a megabyte
_MEASURABLE = 0.02  # seconds
_LONGEST_MESSAGE = 400  # characters
_WITHOUT_LIBYAML = 'import sys; sys.modules["yaml._yaml"] = None; '
_READ = "import pathlib, sys; from tests.sources import nonsense; nonsense.main(pathlib.Path(sys.argv[1]))"


def check(result: ReadFile, name: str) -> None:
    """An article in order, or one problem on one line, or (a `.txt`) none of ours."""
    article, problem = result.article, result.problem
    for said in [*([problem] if problem else []), *result.notes]:
        assert said.file == name
        assert said.message
        assert said.line is None or said.line >= 1
        assert str(said).isprintable(), str(said)
        assert len(str(said)) <= _LONGEST_MESSAGE + len(name), str(said)
    if article is None:
        assert problem or name.endswith(".txt")
        return
    assert problem is None
    assert article.title.strip()
    assert article.published.tzinfo is not None
    assert article.updated >= article.published
    assert article.url.startswith("https://note.example/")
    assert article.url.isascii()
    assert article.image is None or article.image.url.startswith(("http://", "https://"))
    assert all(author.url is None or author.url.startswith(("http://", "https://")) for author in article.authors)
    assert all(0 < len(tag) <= 100 for tag in (*article.tags, *article.categories))


@_SETTINGS
@given(raw=st.binary(max_size=400), name=names)
def test_any_bytes_give_an_article_or_a_clear_problem(tmp_path: Path, raw: bytes, name: str) -> None:
    check(read(tmp_path, name, raw), name)


@_SETTINGS
@given(text=st.text(max_size=300), name=names)
def test_any_text_gives_an_article_or_a_clear_problem(tmp_path: Path, text: str, name: str) -> None:
    check(read(tmp_path, name, text), name)


@_SETTINGS
@given(text=front_matter, name=names)
def test_any_front_matter_gives_an_article_or_a_clear_problem(tmp_path: Path, text: str, name: str) -> None:
    check(read(tmp_path, name, text), name)


@_SETTINGS
@given(text=front_matter, encoding=st.sampled_from(["utf-16", "utf-8-sig", "shift_jis", "utf-16-le", "utf-32"]))
def test_any_encoding_gives_an_article_or_a_clear_problem(tmp_path: Path, text: str, encoding: str) -> None:
    check(read(tmp_path, "post.md", text.encode(encoding, "replace")), "post.md")


@pytest.mark.parametrize("preset", _PRESETS)
def test_every_preset_reads_nonsense(site: Site, preset: str) -> None:
    site.configure(CONFIG.replace("{path: articles}", f"{{path: articles, preset: {preset}}}"))
    write_samples(site.articles, 300)
    for name in NAMES:
        write(site.articles, name, "---\ntitle: 題\ndraft: true\n---\n".encode())
    with site.open() as context:
        report = scan(context)
    told = {problem.file for problem in report.problems} | {f"articles/{article.path}" for article in report.articles}
    assert len(told) >= 300
    assert all(str(said).isprintable() for said in (*report.problems, *report.notes))


# ---------------------------------------------------------------------------------------------------- other processes


def read_apart(folder: Path, *, libyaml: bool) -> dict[str, str]:
    """In a process of its own, since some of these files can take a process with them."""
    command = [sys.executable, "-c", ("" if libyaml else _WITHOUT_LIBYAML) + _READ, str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"exit {done.returncode}\n{done.stderr[-2000:]}"
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("libyaml", [True, False], ids=["libyaml", "pure"])
def test_no_depth_ends_the_process(tmp_path: Path, *, libyaml: bool) -> None:
    for name, shape in DEEP.items():
        write(tmp_path, f"{name}.md", shape(_DEEP).encode())
    outcomes = read_apart(tmp_path, libyaml=libyaml)
    assert sorted(outcomes) == sorted(f"{name}.md" for name in DEEP)
    assert [name for name, outcome in outcomes.items() if len(outcome) > 2 * _LONGEST_MESSAGE] == []


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="this PyYAML has no libyaml, so both readings would be one")
def test_nonsense_is_the_same_without_libyaml(tmp_path: Path) -> None:
    write_samples(tmp_path, 1_000)
    with_it, without = (read_apart(tmp_path, libyaml=libyaml) for libyaml in (True, False))
    assert [name for name in with_it if with_it[name] != without[name]] == []


# ---------------------------------------------------------------------------------------------------- cost


def _seconds(folder: Path, text: str) -> float:
    """Of the processor, so that other programs on the machine count as little as they can.

    Without the garbage collector, whose passes over everything the test run holds are no cost of the file.
    """
    gc.collect()
    gc.disable()
    try:
        start = time.process_time()
        read(folder, "post.md", text)
        return time.process_time() - start
    finally:
        gc.enable()


@pytest.mark.parametrize("name", LONG)
def test_four_times_the_file_costs_about_four_times_as_much(tmp_path: Path, name: str) -> None:
    shape, n = LONG[name], 1_000
    while _seconds(tmp_path, shape(n)) < _MEASURABLE and n < _LONGEST:
        n *= 2
    # The best of a few tries: one may be disturbed, but what costs the square is slow every time.
    ratios = (_seconds(tmp_path, shape(4 * n)) / max(_seconds(tmp_path, shape(n)), _MEASURABLE) for _ in range(4))
    assert any(ratio < 8 for ratio in ratios)  # the square would be 16
