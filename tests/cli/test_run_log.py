"""What `publisher run` writes into its log while it sends: enough to see what is wrong, and nobody's address."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from publisher.app.context import Context
from publisher.app.people import add_subscriber
from publisher.cli.run import _Passes
from publisher.log import configure_log, get_log
from tests.delivery.smtpserver import SmtpServer
from tests.site import CONFIG, Site

ANYBODY = re.compile(r"(?:hanako|taro|extra\d*)[^@\s]*@")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def mail(context: Context, site: Site, readers: list[str]) -> None:
    """Two passes: one that closes the history, one that sends."""
    passes = _Passes(context, get_log())
    passes()
    for address in readers:
        add_subscriber(context, address, ["new-article"], name="花子")
    site.write("new.md", "とどく記事")
    passes()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def at(site: Site, port: int) -> None:
    site.configure(CONFIG.replace('"maildir:outbox"', f'"smtp://127.0.0.1:{port}?tls=none"'))


def test_a_mailing_is_told_in_numbers(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    configure_log(as_json=True, level="debug")
    with SmtpServer() as server:
        at(site, server.port)
        server.answer("RCPT", "550 5.1.1 <taro@reader.example>: no such user", to="taro@reader.example")
        with site.open() as context:
            mail(context, site, ["hanako@reader.example", "taro@reader.example"])
        assert len(server.messages) == 1
    said = lines(capsys)
    assert {"feeds", "pass", "issue", "sent"} <= {line["event"] for line in said}
    (sent,) = [line for line in said if line["event"] == "sent"]
    assert (sent["accepted"], sent["failed"]) == (1, 1)
    assert not ANYBODY.search(json.dumps(said, ensure_ascii=False))


def test_a_relay_that_repeats_whom_it_refuses_gives_nobody_away(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    configure_log(as_json=True, level="debug")
    with SmtpServer() as server:
        at(site, server.port)
        server.answer("RCPT", "550 5.7.1 <hanako@reader.example>: sender blocked, says taro@reader.example")
        with site.open() as context:
            mail(context, site, [f"extra{number}@reader{number}.example" for number in range(12)])
        assert server.messages == []
    said = lines(capsys)
    (refused,) = [line for line in said if line["event"] == "issue not sent"]
    assert "<…@reader.example>: sender blocked" in refused["reason"]
    assert not ANYBODY.search(json.dumps(said, ensure_ascii=False))


def test_the_crash_log_of_a_pass_is_named_and_the_service_goes_on(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    configure_log(as_json=True)
    monkeypatch.chdir(tmp_path)
    with site.open() as context:
        passes = _Passes(context, get_log())
        with monkeypatch.context() as broken:
            broken.setattr("publisher.app.operating.scan", lambda _context: 1 / 0)
            passes()
            passes()
        passes()
    failed = [line for line in lines(capsys) if line["event"] == "pass failed"]
    assert len(failed) == 1, "the same reason is told once"
    assert "ZeroDivisionError" in failed[0]["reason"]
    assert site.output.is_dir()
