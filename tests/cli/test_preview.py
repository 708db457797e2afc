"""`publisher preview`: a real process, a real browser command, and what it refuses."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from publisher.app.context import load_checked_config
from publisher.cli.preview import _find_path
from publisher.errors import UsageError
from tests.site import Site


@contextmanager
def started(site: Site, *arguments: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and the address that it said."""
    command = [sys.executable, "-u", "-m", "publisher", "preview", *arguments]
    process = subprocess.Popen(
        command, cwd=site.folder, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
    )
    assert process.stdout
    try:
        first = process.stdout.readline()
        assert first.startswith("Preview at http://127.0.0.1:")
        yield process, first.removeprefix("Preview at ").strip()
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_shows_the_mail_until_it_is_told_to_stop_and_leaves_nothing(site: Site, number: signal.Signals) -> None:
    site.write("a.md", "はじめの題")
    before = sorted(site.folder.rglob("*"))
    with started(site, "weekly", "--template", "headlines", "--no-open") as (process, address):
        assert address.endswith("/newsletters/weekly?template=headlines")
        assert "はじめの題" in httpx.get(address, timeout=60).text
        site.write("a.md", "直した題")
        assert "直した題" in httpx.get(address, timeout=60).text
        process.send_signal(number)
        assert process.wait(30) == 0
    assert sorted(site.folder.rglob("*")) == before


def test_it_opens_a_browser_at_the_page(site: Site) -> None:
    pipe, program = site.folder / "pipe", site.folder / "browser.sh"
    os.mkfifo(pipe)
    program.write_text(f'#!/bin/sh\necho "$1" > {pipe}\n')
    program.chmod(0o755)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with started(site, "--open", BROWSER=f"{program} %s") as (_, address):
            assert select.select([reading], [], [], 60)[0]
            assert os.read(reading, 1000).decode().strip() == address
    finally:
        os.close(reading)


@pytest.mark.parametrize(
    ("newsletter", "issue", "template", "expected"),
    [
        (None, None, None, ""),
        ("weekly", None, None, "newsletters/weekly"),
        ("weekly", None, "welcome", "newsletters/weekly?template=welcome"),
    ],
)
def test_what_is_opened_first(
    site: Site, newsletter: str | None, issue: int | None, template: str | None, expected: str
) -> None:
    assert _find_path(load_checked_config(site.config), newsletter, issue, template) == expected


@pytest.mark.parametrize(
    ("newsletter", "issue", "template", "expected"),
    [
        ("monthly", None, None, "there is no newsletter 'monthly'; known: weekly, new-article"),
        (None, None, "welcome", "--template needs a newsletter"),
        ("weekly", 3, "digest", "--issue is shown as it was made; leave out --template"),
        (None, 3, None, "there is no issue 3; `publisher issues list`"),
    ],
)
def test_what_is_not_there_is_refused(
    site: Site, newsletter: str | None, issue: int | None, template: str | None, expected: str
) -> None:
    with pytest.raises(UsageError, match=expected):
        _find_path(load_checked_config(site.config), newsletter, issue, template)


def test_help_loads_no_server(site: Site) -> None:
    code = (
        "import sys\n"
        "sys.argv = ['publisher', 'preview', '--help']\n"
        "from publisher.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'starlette', 'uvicorn', 'jinja2', 'sqlalchemy', 'watchfiles'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=site.folder, check=True, capture_output=True)
