"""Hubs on the command line: processes of their own, and a real hub and a real subscriber."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest

from publisher.app.subscribing import take_hub_request
from tests.site import CONFIG, Site
from tests.web.subscriber import Subscriber
from tests.webserver import Page, WebServer

RSS = "https://note.example/rss.xml"
# Nothing of the mail part: a run without newsletters is quicker.
SITE = CONFIG.partition("newsletters:")[0] + "database: sqlite:///publisher.db\n"


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as running:
        running.pages["/hub"] = Page(status=204)
        yield running


@pytest.fixture
def hub(site: Site, server: WebServer) -> str:
    address = server.url("/hub")
    site.configure(f"{SITE}websub: {{hub: '{address}', allow_private: true}}\n")
    site.write("a.md", "ひとつめ")
    return address


@contextmanager
def running(site: Site, server: WebServer) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "publisher", "run", "--json"]
    process = subprocess.Popen(command, cwd=site.folder, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        server.stopped.set()
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        process.stderr.read()
        process.stderr.close()
        assert process.wait(timeout=40) == 0


def wait_for(process: subprocess.Popen[str], event: str) -> dict[str, object]:
    """The first line of the log about this."""
    assert process.stderr is not None
    seen = []
    while line := process.stderr.readline():
        found: dict[str, object] = json.loads(line)
        if found["event"] == event:
            return found
        seen.append(found)
    raise AssertionError(f"it ended without {event}: {seen}")


@pytest.mark.parametrize("command", [("build",), ("run", "--once")])
def test_a_build_tells_the_hub(site: Site, server: WebServer, hub: str, command: tuple[str, ...]) -> None:
    result = site.run(*command)
    assert "Told 1 hub of 3 changed feed files.\n" in result.stdout
    assert (result.stderr, len(server.asked)) == ("", 3)
    again = site.run_json(*command)
    assert again["websub"] == {"told": 0, "waiting": 0, "failing": []}
    assert len(server.asked) == 3
    assert hub


def test_a_hub_in_trouble_is_a_note_and_no_failure(site: Site, server: WebServer, hub: str) -> None:
    server.pages["/hub"] = Page(status=503)
    result = site.run("build")
    problem = "has trouble of its own (HTTP status 503)"
    assert result.stderr == f"note: the hub {hub}: {problem}\nnote: 3 messages to hubs wait for the next run\n"
    assert "Told" not in result.stdout
    shown = site.run("status").stdout
    assert (
        f"WebSub       0 subscriptions here, 0 to be sent to; 3 messages to hubs wait\n             {hub}: {problem}\n"
        in shown
    )
    found = site.run_json("status")["websub"]
    assert (found["pending_pings"], found["failing_hubs"][0]["hub"]) == (3, hub)


def test_without_hubs_nothing_is_said_of_them(site: Site) -> None:
    site.configure(SITE)
    assert "hub" not in site.run("build").stdout
    assert "WebSub" not in site.run("status").stdout
    assert site.run_json("status")["websub"]["subscriptions"] == 0


def test_a_build_without_hubs_loads_no_http(site: Site) -> None:
    site.configure(SITE)
    code = (
        "import contextlib, sys; sys.argv = ['publisher', 'build']\n"
        "from publisher.cli.main import main\n"
        "with contextlib.suppress(SystemExit): main()\n"
        "assert not {'httpx', 'fastapi'} & set(sys.modules), 'loaded'"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=site.folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_a_service_tells_hubs_beside_everything_else(site: Site, server: WebServer, hub: str) -> None:
    silent = server.url("/silent")
    server.pages["/silent"] = lambda _handler: server.stopped.wait()
    site.configure(f"{SITE}websub: {{hub: ['{silent}', '{hub}'], allow_private: true}}\n")
    with running(site, server) as process:
        site.write("new.md", "見つけて", date=time.strftime("%Y-%m-%d"))
        told = wait_for(process, "feeds")
        server.stopped.set()  # the silent hub was silent while the feeds were written
        assert wait_for(process, "hubs told")["level"] == "info"
        assert told["level"] == "info"
    assert {asked.path for asked in server.asked} == {"/silent", "/hub"}


def test_a_service_serves_the_subscribers_of_our_own_hub(site: Site, server: WebServer) -> None:
    """Also those who came by way of another process."""
    site.configure(f"{SITE}web: {{listen: 127.0.0.1:0}}\nwebsub: {{hub: self, allow_private: true}}\n")
    site.write("a.md", "ひとつめ")
    site.run("build")
    reader = Subscriber(server, "")
    with running(site, server) as process:
        form = {"hub.mode": "subscribe", "hub.topic": RSS, "hub.callback": reader.callback, "hub.secret": reader.secret}
        with site.open() as context:
            assert (
                take_hub_request(context, "application/x-www-form-urlencoded", urlencode(form).encode()).status == 202
            )
        assert wait_for(process, "hub")["subscribe_confirmed"] == 1
        site.write("b.md", "ふたつめ")
        assert wait_for(process, "hub")["sent"] == 1
    assert reader.contents == [(site.output / "rss.xml").read_bytes()]
    assert reader.forged == 0
