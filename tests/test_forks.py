"""A fork says and does what a process says and does that was started from nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.forks import forks
from tests.site import Site


def start(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "publisher", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--version"], 0),
        (["check", "--json"], 1),
        (["-c", "nowhere.yaml", "status"], 2),
        (["digest", "--nonsense"], 2),
    ],
)
def test_output_and_exit_code_are_those_of_the_command(site: Site, arguments: list[str], code: int) -> None:
    site.write_raw("broken.md", "---\ntitle: 題\ndate: someday\n---\n")
    fork, started = forks().run(arguments, site.folder), start(arguments, site.folder)
    assert (fork.returncode, fork.stdout, fork.stderr) == (started.returncode, started.stdout, started.stderr)
    assert fork.returncode == code
    assert fork.stdout + fork.stderr


def test_it_has_the_environment_of_the_moment(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.configure(site.config.read_text(encoding="utf-8").replace("title: 試験ノート\n", "title: ${FORKED}\n", 1))
    assert "FORKED" in forks().run(["check"], site.folder).stderr
    monkeypatch.setenv("FORKED", "題")
    assert "FORKED" not in forks().run(["check"], site.folder).stderr
