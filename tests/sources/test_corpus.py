"""Sites of eleven tools and one of oddities: every file gives what stands beside it, under `auto` as under its preset.

Each `x.md` in tests/corpus has its expectation in `x.md.expected.json`; tests/corpus/README.md says what is where.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from publisher.app.checking import check
from publisher.config import load_config, parse_config
from publisher.config.sources import Preset
from tests.site import START
from tests.sources.corpus import (
    CORPUS,
    ENDING,
    TOOLS,
    SiteReading,
    find_differences,
    list_expectations,
    read_settings,
    read_site,
)
from tests.test_docs import ROOT, find_blocks, read_page

# Files of the tools themselves, which no reading is expected of.
_OWN_FILES = {
    "README.md",
    "astro/astro.config.mjs",
    "astro/src/content.config.ts",
    "docusaurus/blog/authors.yml",
    "docusaurus/blog/tags.yml",
    "docusaurus/docusaurus.config.js",
    "eleventy/eleventy.config.js",
    "eleventy/src/_data/authors.json",
    "eleventy/src/index.njk",
    "eleventy/src/posts/posts.json",
    "hexo/_config.yml",
    "hexo/package.json",
    "hexo/scaffolds/post.md",
    "hugo/archetypes/default.md",
    "hugo/hugo.toml",
    "jekyll/blog/_config.yml",
    "jekyll/blog/_data/authors.yml",
    "jekyll/blog/_layouts/post.html",
    "nextjs/next.config.mjs",
    "odd/posts/authors.yaml",
    "pelican/content/old.rst",
    "pelican/pelicanconf.py",
    "qiita/qiita.config.json",
    "zenn/books/wind/config.yaml",
    "zenn/package.json",
    "zola/config.toml",
}
_KEYS = {
    *("title", "url", "published", "updated", "expires", "summary", "image", "tags", "categories", "authors"),
    *("language", "draft", "id", "format", "body", "body_without", "problem", "notes", "skipped"),
}
_WITHOUT_LIBYAML = """\
import pathlib, sys
sys.modules["yaml._yaml"] = None  # as PyYAML is where libyaml was not there to build it with
import yaml
assert not yaml.__with_libyaml__
from tests.sources import corpus
corpus.main(pathlib.Path(sys.argv[1]))
"""

ReadTool = Callable[[str], SiteReading]
_CASES = [(tool, name) for tool in TOOLS for name in list_expectations(tool)]


@pytest.fixture(scope="module")
def read_tool(tmp_path_factory: pytest.TempPathFactory) -> ReadTool:
    """Each site is scanned once, when the first of its files is asked for."""
    found: dict[str, SiteReading] = {}

    def read(tool: str) -> SiteReading:
        if tool not in found:
            found[tool] = read_site(tool, tmp_path_factory.mktemp(tool))
        return found[tool]

    return read


@pytest.mark.parametrize(("tool", "name"), _CASES, ids=[f"{tool}-{ascii(name)[1:-1]}" for tool, name in _CASES])
def test_each_file_gives_what_stands_beside_it(read_tool: ReadTool, tool: str, name: str) -> None:
    assert find_differences(read_tool(tool).of(name), list_expectations(tool)[name]) == []


@pytest.mark.parametrize("tool", [tool for tool in TOOLS if read_settings(tool)["articles"]["preset"] == "auto"])
def test_auto_reads_as_the_preset_does(read_tool: ReadTool, tmp_path: Path, tool: str) -> None:
    assert read_site(tool, tmp_path, preset=tool).as_plain() == read_tool(tool).as_plain()


@pytest.mark.parametrize("tool", TOOLS)
def test_nothing_comes_out_that_is_not_expected(read_tool: ReadTool, tool: str) -> None:
    assert set(read_tool(tool).readings) <= set(list_expectations(tool))


@pytest.mark.parametrize("tool", TOOLS)
def test_check_says_the_same_and_changes_nothing(read_tool: ReadTool, tmp_path: Path, tool: str) -> None:
    reading = read_tool(tool)
    folder = shutil.copytree(reading.folder, tmp_path / "site", ignore=shutil.ignore_patterns("publisher.db*"))
    report = check(load_config(folder / "config.yaml", {}), START)
    items = reading.readings.values()
    assert sorted(map(str, report.problems)) == sorted(line for item in items for line in item.problems)
    assert {line for item in items for line in item.notes} <= set(report.notes)
    assert report.articles == sum(item.article is not None for item in items)
    assert not list(folder.rglob("publisher.db*"))


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="this PyYAML has no libyaml, so both readings would be one")
def test_the_result_does_not_depend_on_libyaml(read_tool: ReadTool, tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WITHOUT_LIBYAML, str(tmp_path)]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=True).stdout
    without: dict[str, Any] = json.loads(printed)
    for tool in TOOLS:
        assert without[tool] == read_tool(tool).as_plain(), tool


@pytest.mark.parametrize("tool", ["eleventy", "odd"])
def test_a_program_in_front_matter_is_never_run(read_tool: ReadTool, tool: str) -> None:
    programs = [name for name in list_expectations(tool) if "/program" in name]
    assert programs
    reading = read_tool(tool)
    assert all(reading.of(name).article is None and reading.of(name).problems for name in programs)
    assert not list(reading.folder.rglob("executed"))
    assert not Path("executed").exists()


# ---------------------------------------------------------------------------------------------------- the corpus itself


def test_every_file_has_an_expectation_or_is_the_tools_own() -> None:
    present = {path.relative_to(CORPUS).as_posix() for path in CORPUS.rglob("*") if path.is_file()}
    expectations = {name for name in present if name.endswith(ENDING)}
    read = {name.removesuffix(ENDING) for name in expectations}
    settings = {f"{tool}/site.yaml" for tool in TOOLS}
    assert present - expectations - read == _OWN_FILES | settings
    assert read <= present


def test_expectations_have_keys_that_mean_something() -> None:
    for tool, name in _CASES:
        expected = list_expectations(tool)[name]
        assert expected.keys() <= _KEYS, f"{tool}/{name}"
        assert expected.keys() != {"notes"}, f"{tool}/{name}"


def list_named() -> set[str]:
    """What the tables of the corpus's README name: files, and patterns of files."""
    tables = (CORPUS / "README.md").read_text(encoding="utf-8").partition("\n## ")[2]
    return set(re.findall(r"`([a-z]+/[^`]+)`", tables))


def test_every_file_that_the_tables_name_is_there() -> None:
    named = list_named()
    assert len(named) > 300
    made = {f"odd/{name}" for name in list_expectations("odd")}
    assert sorted(name for name in named if name not in made and not list(CORPUS.glob(name))) == []


def test_the_tables_name_every_file_with_an_expectation() -> None:
    named = list_named()
    patterns = [name for name in named if "*" in name]
    named |= {path.relative_to(CORPUS).as_posix() for pattern in patterns for path in CORPUS.glob(pattern)}
    cases = {f"{tool}/{name}" for tool, name in _CASES if not name.startswith("posts/made/")}
    assert sorted(cases - named) == []


# -------------------------------------------------------------------------------------------------- documented configs


def _documented() -> dict[str, dict[str, Any]]:
    """By tool, the `articles` of its section in docs/sources.md."""
    found: dict[str, dict[str, Any]] = {}
    for section in read_page("sources.md").split("\n### ")[1:]:
        tool = section.partition("\n")[0].lower().replace(".", "")
        found[tool] = yaml.safe_load(section.partition("```yaml\n")[2].partition("```")[0])["articles"]
    return found


@pytest.mark.parametrize("tool", [tool for tool in TOOLS if tool != "odd"])
def test_the_documented_config_is_that_of_the_corpus(tool: str) -> None:
    documented = _documented()[tool]
    assert documented.pop("preset") == tool
    settings = read_settings(tool)["articles"]
    assert settings.pop("preset") == "auto"
    assert documented == settings


def test_every_tool_has_a_section_and_every_config_of_the_page_is_valid() -> None:
    assert list(_documented()) == [preset for preset in get_args(Preset) if preset != "auto"]
    samples = [block.text for block in find_blocks("sources.md") if block.text.startswith("articles:")]
    assert len(samples) > len(_documented())
    for text in samples:
        parse_config("site: {title: 題, url: https://miso.example}\n" + text, ROOT / "config.yaml", {})
