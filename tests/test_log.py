"""Log lines: for machines or people, by level, and without an address in any of them."""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from publisher.log import configure_log, get_log, hide_addresses

LOCAL = st.from_regex(r"[a-z0-9!#$%&'*+=?^_`{|}~-]{1,20}(\.[a-z0-9+=-]{1,20}){0,2}", fullmatch=True)
DOMAIN = st.from_regex(r"[a-z0-9]{1,20}(-[a-z0-9]{1,5})?(\.[a-z]{2,8}){1,3}", fullmatch=True)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def hide(value: Any) -> Any:
    return hide_addresses(None, "info", {"event": "sent", "reason": value})["reason"]


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_an_event_is_one_line_of_json_with_its_time_and_level(capsys: pytest.CaptureFixture[str]) -> None:
    configure_log(as_json=True)
    get_log().warning("issue held", subject="週刊\n第2号", readers=3)
    (line,) = lines(capsys)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "issue held", "level": "warning", "subject": "週刊\n第2号", "readers": 3}


def test_each_line_stays_whole_while_several_threads_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure_log(as_json=True)
    kept = tmp_path / "log"
    usual = sys.getswitchinterval()

    def say(name: int) -> None:
        for number in range(500):
            get_log().info("sent", thread=name, number=number)

    sys.setswitchinterval(1e-6)
    try:
        # Standard error under PYTHONUNBUFFERED, which images for containers set: each call is a write of its own.
        stream = io.TextIOWrapper(cast("BinaryIO", kept.open("wb", buffering=0)), "utf-8", write_through=True)
        with stream, monkeypatch.context() as patch:
            patch.setattr(sys, "stderr", stream)
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(say, range(8)))
    finally:
        sys.setswitchinterval(usual)
    said = [json.loads(line) for line in kept.read_text().splitlines()]
    assert sorted((line["thread"], line["number"]) for line in said) == [(t, n) for t in range(8) for n in range(500)]


def test_text_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure_log(as_json=False)
    get_log().info("sent", accepted=3)
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "sent" in said
    assert "accepted=3" in said


@pytest.mark.parametrize(("level", "number"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_what_is_below_the_level_is_not_said(level: Any, number: int, capsys: pytest.CaptureFixture[str]) -> None:
    configure_log(as_json=True, level=level)
    log = get_log()
    log.debug("pass")
    log.info("sent")
    log.warning("skipped")
    log.error("pass failed")
    assert len(lines(capsys)) == number


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("550 5.1.1 <hanako@reader.example>: no such user", "550 5.1.1 <…@reader.example>: no such user"),
        ('refused for "Hana Ko"@reader.example, sorry', "refused for …@reader.example, sorry"),
        ("bounces+hanako=reader.example@miso.example", "…@miso.example"),
        ("花子@例え.jp", "…@例え.jp"),
        ("<hanako@[192.0.2.7]>", "<…@[192.0.2.7]>"),
        ("https://social.example/@hanako is fine", "https://social.example/@hanako is fine"),
        ("tag:miso.example,2026:0f", "tag:miso.example,2026:0f"),
    ],
)
def test_of_an_address_only_the_domain_is_left(said: str, left: str) -> None:
    assert hide(said) == left


@given(LOCAL, DOMAIN, st.sampled_from(["<{}>", "to {}.", "RCPT TO:<{}>", "{}", "({})", "x,{};y"]))
def test_no_address_gets_through(local: str, domain: str, around: str) -> None:
    address = f"{local}@{domain}"
    said = around.format(address)
    assert address not in hide(said)
    assert address not in str(hide([said, {"to": (said,)}]))


def test_a_long_value_is_cut_and_costs_no_more_than_its_length() -> None:
    began = time.process_time()
    for odd in ("a" * 10**6, "a@" * 10**6, "a." * 10**6, '"' * 10**6, "a@a-" * 10**6):
        assert len(hide(odd)) <= 2000
    assert time.process_time() - began < 2


def test_a_log_that_cannot_be_written_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(28, "No space left on device")

    for stream in (Full(), io.StringIO()):
        stream.close() if type(stream) is io.StringIO else None
        monkeypatch.setattr(sys, "stderr", stream)
        configure_log(as_json=True)
        get_log().error("pass failed", reason="disk full")
