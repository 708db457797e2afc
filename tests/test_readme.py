"""The README's lines do what it says, and print what it shows."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.site import Site

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(marker: str) -> str:
    match = re.search(rf"<!-- {marker} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    assert match, f"README.md has no block marked {marker}"
    return match[1].strip()


@pytest.fixture
def clone(tmp_path: Path) -> Site:
    """What the main line finds in a clone, besides the program."""
    shutil.copy(ROOT / "config.yaml", tmp_path)
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    return Site(tmp_path)


def commands_of(line: str) -> list[list[str]]:
    parts = [shlex.split(part) for part in line.split(" && ")]
    return [part[1:] for part in parts if part[0].endswith("/publisher")]


def test_the_main_line_is_one_line_that_makes_its_own_environment() -> None:
    line = block("main line")
    assert "\n" not in line
    assert line.startswith("python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt . && ")
    assert re.search(r"digest weekly --since \S+ --send$", line)


def test_the_main_line_prints_what_the_readme_shows_and_sends_nothing_twice(clone: Site) -> None:
    commands = commands_of(block("main line"))
    printed = ""
    for command in commands:
        result = subprocess.run(
            [sys.executable, "-m", "publisher", *command],
            cwd=clone.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=True,
        )
        printed += result.stdout
    assert printed.strip() == block("main output")
    assert len(clone.mails()) == 8
    again = [clone.run(*command).stdout for command in commands]
    assert "Nothing to show for weekly" in again[-1]
    assert len(clone.mails()) == 8


def test_the_lines_for_a_new_site_run(tmp_path: Path) -> None:
    text = README.partition("## Use it for your site")[2]
    lines = re.findall(r"^publisher ([^#\n]*)", text.partition("```\n")[0], re.MULTILINE)
    commands = [shlex.split(line) for line in lines]
    assert {command[0] for command in commands} >= {"init", "check", "build", "digest", "subscribers", "run"}
    site = Site(tmp_path)
    site.run(*commands[0])
    blog = Site(tmp_path / "blog")
    shutil.copy(ROOT / "examples" / "subscribers.csv", blog.folder / "people.csv")
    for command in commands[1:]:
        blog.run(*command, *(["--once"] if command == ["run"] else []))
    assert (blog.folder / "preview" / "body.html").is_file()
    assert len(blog.mails()) == 8


def test_the_test_line_runs_every_check() -> None:
    line = block("test line")
    for check in ("ruff check", "ruff format --check", "mypy", "lint-imports", "pytest"):
        assert check in line


def test_the_constraints_hold_versions_alone() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert all(re.fullmatch(r"#.*|[A-Za-z0-9_.-]+==[0-9][A-Za-z0-9.]*", line) for line in lines)
