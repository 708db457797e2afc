"""Which tool a folder is written for."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from publisher.sources.detect import Decision, Signals, Surroundings, decide
from publisher.sources.presets import PRESETS
from publisher.sources.survey import survey


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


POST = "---\ntitle: 題\ndate: 2026-01-08\n---\n"


@pytest.mark.parametrize(
    ("files", "articles", "expected"),
    [
        ({"hugo.yaml": ""}, "content/posts", ("hugo", "hugo.yaml is there")),
        ({"config.toml": 'baseURL = "x"'}, "content", ("hugo", "config.toml with baseURL is there")),
        ({"config.toml": 'base_url = "x"'}, "content", ("zola", "config.toml with base_url is there")),
        ({"_config.yml": "", "Gemfile": ""}, "_posts", ("jekyll", "_config.yml is there")),
        ({"_config.yml": ""}, "source/_posts", ("hexo", "_config.yml is there beside source/_posts")),
        ({"astro.config.mjs": ""}, "src/content/blog", ("astro", "astro.config.mjs is there")),
        ({".eleventy.js": ""}, "posts", ("eleventy", ".eleventy.js is there")),
        ({"pelicanconf.py": ""}, "content", ("pelican", "pelicanconf.py is there")),
        ({"docusaurus.config.ts": ""}, "blog", ("docusaurus", "docusaurus.config.ts is there")),
        ({"next.config.js": ""}, "articles", ("nextjs", "next.config.js is there")),
        (
            {"package.json": json.dumps({"devDependencies": {"zenn-cli": "1"}})},
            "articles",
            ("zenn", "package.json asks for zenn-cli"),
        ),
        ({"public/.remote/a.md": POST}, "public", ("qiita", ".remote is in it")),
        ({}, "blog/_posts", ("jekyll", "its posts lie in _posts")),
        ({}, "site/source/_posts", ("hexo", "it lies in source/_posts")),
        ({}, "src/content/notes", ("astro", "it lies in src/content")),
        ({}, "notes", ("nextjs", "nothing points to another tool")),
    ],
)
def test_files_and_folders_tell_the_tool(
    tmp_path: Path, files: dict[str, str], articles: str, expected: tuple[str, str]
) -> None:
    (tmp_path / ".git").mkdir()  # what lies above is somebody else's
    write(tmp_path, {**files, f"{articles}/a.md": POST})
    assert decide(survey(tmp_path / articles)) == Decision(*expected)


@pytest.mark.parametrize(
    ("front", "name", "preset"),
    [
        ('+++\ntitle = "題"\n[taxonomies]\ntags = ["a"]\n+++\n', "a.md", "zola"),
        ('+++\ntitle = "題"\n+++\n', "a.md", "hugo"),
        ("---\ntitle: 題\nemoji: 🍚\ntype: tech\ntopics: [a]\npublished: true\n---\n", "a.md", "zenn"),
        ("---\ntitle: 題\nignorePublish: false\n---\n", "a.md", "qiita"),
        ("Title: 題\nDate: 2026-01-08\n\n本文\n", "a.md", "pelican"),
        ("---\ntitle: 題\npubDate: 2026-01-08\n---\n", "a.md", "astro"),
        ("---\ntitle: 題\nauthors: [a]\n---\n\n<!-- truncate -->\n", "a.md", "docusaurus"),
        ("---\ntitle: 題\neleventyNavigation: {key: a}\n---\n", "a.md", "eleventy"),
        ("---\ntitle: 題\nlayout: post\n---\n", "2026-01-08-a.md", "jekyll"),
        ("---\ntitle: 題\nlayout: post\n---\n", "a.md", "nextjs"),
    ],
)
def test_what_most_posts_have_tells_the_tool(tmp_path: Path, front: str, name: str, preset: str) -> None:
    (tmp_path / ".git").mkdir()
    write(tmp_path, {f"notes/{number}/{name}": front for number in range(3)} | {"notes/other.md": POST})
    assert decide(survey(tmp_path / "notes")).preset == preset


def test_the_nearest_file_counts_and_a_repository_is_the_end(tmp_path: Path) -> None:
    write(tmp_path, {"hugo.toml": "", "site/astro.config.mjs": "", "site/notes/a.md": POST})
    assert decide(survey(tmp_path / "site" / "notes")).preset == "astro"
    (tmp_path / "other" / ".git").mkdir(parents=True)
    write(tmp_path, {"other/notes/a.md": POST})
    assert decide(survey(tmp_path / "other" / "notes")).preset == "nextjs"


def test_a_survey_raises_nothing_and_waits_for_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"package.json": "[1", "config.toml": "\0", "notes/a.md": "---\ntitle: ["})
    os.mkfifo(tmp_path / "notes" / "pipe.md")
    (tmp_path / "notes" / "gone.md").symlink_to("nowhere")
    assert decide(survey(tmp_path / "notes")).preset in PRESETS
    assert decide(survey(tmp_path / "missing")).preset == "nextjs"


def test_half_of_the_posts_is_not_most() -> None:
    above = (Surroundings(),)
    assert decide(Signals(above=above, habits=Counter(TOML=2), sampled=4)).preset == "nextjs"
    assert decide(Signals(above=above, habits=Counter(TOML=3), sampled=4)).preset == "hugo"
