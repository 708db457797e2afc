"""A fork says and does what a process says and does that was started from nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from publisher.cli.main import make_program
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


# Every command, with words that lead it to the end of its work; in one site, one after the other. `run` goes on until
# it is stopped, as `preview` and `serve` do, which tests/cli starts from nothing.
WALK = """\
init
check
build
import-feed public/rss.xml
subscribers import people.csv
subscribers add saburo@reader.example
subscribers set saburo@reader.example --name 三郎
subscribers list
subscribers show saburo@reader.example
subscribers export
subscribers remove saburo@reader.example
subscribers forget saburo@reader.example
suppressions add jiro@reader.example
suppressions list
suppressions export
suppressions import people.csv
suppressions remove hanako@reader.example
segments
plan
digest weekly --since 2026-11-01 --out preview
digest weekly --since 2026-11-01 --to editor@note.example
digest weekly --since 2026-11-01 --send
run --once
status
issues list
issues show 1
issues pause 1
issues resume 1
issues retry 1
issues missed 1
issues approve 1
issues cancel 1
deliveries --issue 1
deliveries resolve --issue 1 --dismiss
bounces read report.eml
backup copy.db
restore copy.db
""".splitlines()
_GO_ON = {"preview", "serve"}
_TOO_LATE = {"issues pause 1", "issues resume 1", "issues approve 1", "issues cancel 1"}  # it is done by then


def test_every_command_finds_what_it_needs_when_it_is_started_from_nothing(site: Site) -> None:
    """A fork has loaded everything, and would not notice that a command forgets to."""
    site.write("1.md", "題 🎉")
    (site.folder / "people.csv").write_text("email,name\nhanako@reader.example,花子\n", encoding="utf-8")
    (site.folder / "report.eml").write_text("From: a@reader.example\nSubject: hello\n\nhello\n", encoding="utf-8")
    for words in WALK:
        started = start(words.split(" "), site.folder)
        expected = 2 if words in _TOO_LATE else 0
        assert started.returncode == expected, f"{words}: {started.returncode}\n{started.stdout}{started.stderr}"


def test_no_command_is_left_out_of_the_walk() -> None:
    program = make_program()
    names = {str(info.name) for info in program.registered_commands}
    for group in program.registered_groups:
        assert group.typer_instance is not None
        names |= {f"{group.name} {info.name}" for info in group.typer_instance.registered_commands}
    assert {name for name in names if not any(f"{words} ".startswith(f"{name} ") for words in WALK)} == _GO_ON


def test_it_has_the_environment_of_the_moment(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.configure(site.config.read_text(encoding="utf-8").replace("title: 試験ノート\n", "title: ${FORKED}\n", 1))
    assert "FORKED" in forks().run(["check"], site.folder).stderr
    monkeypatch.setenv("FORKED", "題")
    assert "FORKED" not in forks().run(["check"], site.folder).stderr
