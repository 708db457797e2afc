"""`publisher serve`, and the server in `publisher run`: real processes and signals."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

import httpx
import pytest

from tests.site import CONFIG, Site

WEB = CONFIG + "web: {listen: '127.0.0.1:0'}\n"


@contextmanager
def started(site: Site, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process, and the address that it said it listens on."""
    process = subprocess.Popen(
        [sys.executable, "-m", "publisher", *arguments, "--json"], cwd=site.folder, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr
    try:
        for line in process.stderr:
            event = json.loads(line)
            if event["event"] == "listening":
                yield process, event["address"]
                break
        else:
            pytest.fail("it never listened")
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_serve_serves_until_it_is_told_to_stop(site: Site, number: signal.Signals, code: int) -> None:
    site.write("a.md", "題")
    site.run("build")
    with started(site, "serve", "--listen", "127.0.0.1:0") as (process, address):
        for _ in range(2):
            answer = httpx.get(address + "rss.xml", headers={"User-Agent": "Feedly/1.0 (x; 7 subscribers)"})
            assert answer.content == (site.output / "rss.xml").read_bytes()
        process.send_signal(number)
        assert process.wait(30) == code
    assert site.run_json("status")["readers"]["rss.xml"] == {"subscribers": 7, "clients": 0, "by": {"Feedly": 7}}
    assert "Readers      7 subscribers of services, 0 clients of their own" in site.run("status").stdout


def test_run_serves_what_its_passes_write(site: Site) -> None:
    site.configure(WEB)
    site.write("a.md", "題")
    with started(site, "run") as (process, address):
        with httpx.Client() as client:
            while client.get(address + "rss.xml").status_code == 404:  # until the first pass has written it
                Event().wait(0.2)  # who asks on and on is told to wait
            assert "題" in client.get(address + "rss.xml").text
            assert client.get(address + "health").json()["status"] == "ok"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_a_taken_address_is_said_and_ends_it(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        result = site.run("serve", "--listen", place, code=1)
        assert f"publisher: {place}: cannot listen there: address already in use; stop the program" in result.stderr
        site.configure(CONFIG + f"web: {{listen: '{place}'}}\n")
        assert "cannot listen there" in site.run("run", code=1).stderr
    assert (
        "--listen nonsense: must be an address and a port" in site.run("serve", "--listen", "nonsense", code=2).stderr
    )


def test_help_and_build_load_no_server(site: Site) -> None:
    for arguments in (["--help"], ["serve", "--help"], ["build"], ["status"]):
        code = (
            "import sys\n"
            f"sys.argv = ['publisher', *{arguments!r}]\n"
            "from publisher.cli.main import main\n"
            "try: main()\n"
            "except SystemExit: pass\n"
            "heavy = {'fastapi', 'starlette', 'uvicorn', 'uvloop', 'httptools'} & set(sys.modules)\n"
            "assert not heavy, heavy\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=site.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
