"""What `publisher run` lives through: signals, a full disk, a locked database, jumping clocks, others beside it.

After each of them the ledger and the server's own log agree: nobody is lost, nobody served twice.
"""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import structlog

from publisher.app.backups import Backup, BackupRequest, back_up
from publisher.app.consent import ask
from publisher.app.context import Context, Reporter, load_checked_config
from publisher.app.issuing import create_due_issues, list_issues
from publisher.app.operating import run_pass
from publisher.app.people import add_subscriber
from publisher.app.reading import scan
from publisher.cli.run import _Passes
from publisher.log import configure_log, get_log
from publisher.storage import database
from publisher.subscribers.signup import SignUp
from tests.delivery.smtpserver import SmtpServer
from tests.disk import room_for
from tests.site import CONFIG, Site

READERS = 120


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as started:
        yield started


def point_at(site: Site, server: SmtpServer, more: str = "") -> None:
    site.configure(CONFIG.replace('"maildir:outbox"', f'"smtp://127.0.0.1:{server.port}?tls=none"') + more)


def queue(context: Context, site: Site, readers: int = READERS) -> None:
    """One issue that waits for so many."""
    scan(context)
    for number in range(readers):
        add_subscriber(context, f"r{number}@reader.example", ["new-article"])
    site.write("new.md", "とどく記事", date=f"{context.clock():%Y-%m-%d}")
    assert create_due_issues(context, scan(context).articles).created


def taken(server: SmtpServer) -> Counter[str]:
    return Counter(message.rcpt_tos[0] for message in server.messages)


def states(site: Site, table: str = "deliveries") -> dict[str, int]:
    with closing(sqlite3.connect(site.folder / "publisher.db")) as connection:
        return dict(connection.execute(f"SELECT state, count(*) FROM {table} GROUP BY state").fetchall())  # noqa: S608 - our names


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_mailing_that_is_stopped_goes_on_at_the_next_start(
    site: Site, server: SmtpServer, number: signal.Signals
) -> None:
    point_at(site, server)
    site.clock.now = _now()
    with site.open() as context:
        queue(context, site)
    process = subprocess.Popen([sys.executable, "-m", "publisher", "run"], cwd=site.folder, stderr=subprocess.DEVNULL)
    end, pause = time.monotonic() + 60, threading.Event()
    while len(server.messages) < 20 and time.monotonic() < end:
        pause.wait(0.002)
    process.send_signal(number)
    assert process.wait(timeout=60) == (0 if number is signal.SIGTERM else -signal.SIGKILL)
    before = states(site)
    if number is signal.SIGTERM:
        assert before.get("accepted") == len(server.messages), "what was in hand is finished and written down"
        assert set(before) <= {"accepted", "queued"}
    site.run("run", "--once")
    after, by_reader = states(site), taken(server)
    assert max(by_reader.values()) == 1, "nobody twice"
    assert after.get("accepted", 0) + after.get("uncertain", 0) == READERS, "nobody is lost"
    assert after.get("uncertain", 0) <= (0 if number is signal.SIGTERM else 4), "one for each connection at most"
    assert len(by_reader) >= after["accepted"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_notices_that_are_stopped_go_on_at_the_next_start(
    site: Site, server: SmtpServer, number: signal.Signals
) -> None:
    point_at(site, server, "web: {url: https://letters.note.example, listen: '127.0.0.1:0'}\n")
    site.clock.now = _now()
    with site.open() as context:
        for person in range(READERS):
            ask(context, SignUp(f"n{person}@reader.example", ("weekly",)))
    process = subprocess.Popen([sys.executable, "-m", "publisher", "run"], cwd=site.folder, stderr=subprocess.DEVNULL)
    end, pause = time.monotonic() + 60, threading.Event()
    while len(server.messages) < 10 and time.monotonic() < end:
        pause.wait(0.001)
    process.send_signal(number)
    assert process.wait(timeout=60) == (0 if number is signal.SIGTERM else -signal.SIGKILL)
    before = states(site, "notices")
    assert before.get("queued", 0) > 0, "it was in the middle"
    site.run("run", "--once")
    after, by_reader = states(site, "notices"), taken(server)
    assert max(by_reader.values()) == 1, "nobody twice"
    assert after.get("accepted", 0) + after.get("uncertain", 0) == READERS, "nobody is lost"
    assert after.get("uncertain", 0) <= (0 if number is signal.SIGTERM else 1)


def test_a_database_that_is_locked_in_the_middle_of_a_mailing(
    site: Site, server: SmtpServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For longer than anybody waits for it: what was on its way is uncertain, and the rest goes on."""
    monkeypatch.setattr(database, "_BUSY_MS", 200)
    configure_log(as_json=True)
    point_at(site, server)
    with site.open() as context, closing(_connect(site)) as other:
        passes = _Passes(context, get_log())
        passes()
        queue(context, site)
        done = threading.Event()

        def lock() -> None:
            pause = threading.Event()
            while len(server.messages) < 20 and not done.is_set():
                pause.wait(0.001)
            other.execute("BEGIN EXCLUSIVE")
            done.wait(60)
            other.execute("ROLLBACK")

        locker = threading.Thread(target=lock)
        locker.start()
        passes()
        done.set()
        locker.join()
        begun = len(server.messages)
        for _ in range(2):
            passes()
    assert begun < READERS, "it was in the middle"
    assert [line["reason"] for line in said(capsys) if line["event"] == "pass failed"]
    after, by_reader = states(site), taken(server)
    assert max(by_reader.values()) == 1
    assert after.get("accepted", 0) + after.get("uncertain", 0) == READERS
    assert after.get("uncertain", 0) <= 4


def _connect(site: Site) -> sqlite3.Connection:
    """For any thread, waiting as long as it takes."""
    path = site.folder / "publisher.db"
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=60)


def test_a_full_disk_in_the_middle_of_a_mailing(
    site: Site, server: SmtpServer, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_log(as_json=True)
    point_at(site, server)
    with site.open() as context:
        passes = _Passes(context, get_log())
        passes()
        queue(context, site)
        with closing(sqlite3.connect(site.folder / "publisher.db")) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with room_for(400_000):  # some twenty transactions
            passes()
        begun = len(server.messages)
        failed = [line for line in said(capsys) if line["event"] == "pass failed"]
        assert len(failed) == 1
        assert "publisher.db" in failed[0]["reason"]
        for _ in range(3):
            passes()
    assert 0 < begun < READERS, "it was in the middle"
    after, by_reader = states(site), taken(server)
    assert max(by_reader.values()) == 1
    assert after.get("accepted", 0) + after.get("uncertain", 0) == READERS
    assert after.get("uncertain", 0) <= 4


def test_a_full_disk_leaves_the_feeds_as_they_were_and_they_are_written_when_there_is_room(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_log(as_json=True)
    site.write("a.md", "一つめ")
    with site.open() as context:
        passes = _Passes(context, get_log())
        passes()
        before = (site.output / "rss.xml").read_bytes()
        site.write("b.md", "二つめ", body="長い本文です。" * 20_000)
        with room_for(50_000):
            passes()
            passes()
        assert (site.output / "rss.xml").read_bytes() == before
        assert not list(site.output.glob(".publisher-*"))
        passes()
    assert "二つめ" in (site.output / "rss.xml").read_text(encoding="utf-8")
    events = [line["event"] for line in said(capsys)]
    assert "pass failed" in events or "feed not replaced" in events


def test_a_database_that_is_locked_is_waited_for_and_then_told_once(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_MS", 100)
    configure_log(as_json=True)
    site.write("a.md", "題")
    with site.open() as context, closing(sqlite3.connect(site.folder / "publisher.db", isolation_level=None)) as other:
        passes = _Passes(context, get_log())
        other.execute("BEGIN IMMEDIATE")
        passes()
        passes()
        other.execute("ROLLBACK")
        passes()
    failed = [line["reason"] for line in said(capsys) if line["event"] == "pass failed"]
    assert len(failed) == 1
    assert "is locked by another program" in failed[0]
    assert (site.output / "rss.xml").is_file()


def test_a_backup_holds_up_no_mailing(site: Site, server: SmtpServer) -> None:
    point_at(site, server)
    done = threading.Event()
    copies: list[Backup] = []
    with site.open() as context:
        queue(context, site)
        config = load_checked_config(site.config)

        def copy() -> None:
            while not done.is_set() or not copies:
                copies.append(back_up(config, BackupRequest(site.folder / "copy.db", site.clock.now), Reporter()))

        copier = threading.Thread(target=copy)
        copier.start()
        report = run_pass(context)
        done.set()
        copier.join()
    assert report.sent.accepted == READERS
    assert copies
    assert set(taken(server).values()) == {1}


def test_clocks_that_jump_send_each_digest_once(site: Site) -> None:
    """Ahead by ten days, which is over a Monday, and back again, twice."""
    site.write("old.md", "まえの記事", date="2026-11-01")
    with site.open() as context:
        add_subscriber(context, "a@reader.example", ["weekly"])
        run_pass(context)
        site.clock.advance(hours=1)
        site.write("a.md", "今週の記事", date="2026-11-19")
        run_pass(context)
        for _ in range(2):
            for step in (timedelta(days=10), timedelta(days=-10)):
                site.clock.now += step
                run_pass(context)
        made = [issue.occurrence for issue in list_issues(context)]
        assert len(made) == len(set(made)) == 1
        # And the week after, by a clock that is right again.
        site.clock.advance(days=4)
        site.write("b.md", "来週の記事", date=f"{site.clock.now:%Y-%m-%d}")
        run_pass(context)
        site.clock.advance(days=7)
        run_pass(context)
    subjects = [str(message["Subject"]) for message in site.mails()]
    assert len(subjects) == 2
    assert len(set(subjects)) == 2


def test_a_machine_that_slept_for_a_week_sends_one_daily_digest(site: Site) -> None:
    site.configure(CONFIG.replace('"0 8 * * mon"', '"0 8 * * *"'))
    with site.open() as context:
        add_subscriber(context, "a@reader.example", ["weekly"])
        run_pass(context)
        for day in (20, 21, 22):
            site.write(f"{day}.md", f"{day}日の記事", date=f"2026-11-{day}")
        site.clock.advance(days=7)
        run_pass(context)
        run_pass(context)
    assert len(site.mails()) == 1


def test_several_processes_share_one_mailing(site: Site, server: SmtpServer) -> None:
    point_at(site, server)
    site.clock.now = _now()
    with site.open() as context:
        queue(context, site)
    commands = [["run", "--once"], ["digest", "new-article", "--since", "1d", "--send"], ["status"]]
    running = [
        subprocess.Popen([sys.executable, "-m", "publisher", *command], cwd=site.folder, stdout=subprocess.DEVNULL)
        for command in commands
    ]
    assert [process.wait(timeout=120) for process in running] == [0, 0, 0]
    assert taken(server) == {f"r{number}@reader.example": 1 for number in range(READERS)}
    assert states(site) == {"accepted": READERS}


def _now() -> datetime:
    """The commands have the clock of the machine."""
    return datetime.now(UTC)
