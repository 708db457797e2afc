"""`publisher bounces`, `publisher suppressions`, and the mailbox that `publisher run` reads; in this process."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from publisher.app.bouncing import BounceReport
from publisher.app.context import open_context
from publisher.cli.bounces import describe_report
from publisher.cli.main import make_program
from publisher.cli.returned import _Reports, bounces_at_work, read_returned
from publisher.errors import UsageError
from tests.app.test_bouncing import CONFIGURED, add, put, returned, send
from tests.bounces.reports import ANSWERS, NOTIFICATIONS
from tests.site import Site

HARD = NOTIFICATIONS[0]


@pytest.fixture
def site(site: Site) -> Site:
    site.configure(CONFIGURED)
    for folder in ("new", "cur", "tmp"):
        (site.folder / "returned" / folder).mkdir(parents=True)
    site.write("old.md", "前からある", date="2026-11-01")
    with site.open() as context:
        add(context, "taro")
        send(context, site)
    return site


def run(site: Site, *arguments: str, given: bytes = b"") -> Result:
    return CliRunner().invoke(make_program(), ["-c", str(site.config), *arguments], input=given)


def test_a_mail_server_pipes_a_report_in(site: Site) -> None:
    result = run(site, "bounces", "read", "-", given=returned(site, HARD))
    assert (result.exit_code, result.stdout) == (0, "")
    shown = run(site, "issues", "show", "1").stdout
    assert "1 bounced" in shown
    assert "taro@reader.example  bounced" in shown
    status = run(site, "status").stdout
    assert "Subscribers  1 suppressed\n" in status
    assert "Suppressed   1 address: 1 hard\n" in status
    assert json.loads(run(site, "status", "--json").stdout)["suppressions"] == {"hard": 1}


def test_a_pipe_is_asked_to_come_again_while_the_message_is_under_way(site: Site) -> None:
    with site.open() as context, context.database.write() as connection:
        connection.exec_driver_sql("UPDATE deliveries SET state = 'sending', owner = 'a', epoch = 2")
    assert run(site, "bounces", "read", "-", given=returned(site, HARD)).exit_code == 75


def test_files_are_read_and_what_is_not_ours_is_named(site: Site) -> None:
    first, second = site.folder / "one.eml", site.folder / "two.eml"
    first.write_bytes(returned(site, HARD))
    second.write_bytes(ANSWERS[6].make())
    result = run(site, "bounces", "read", str(first), str(second))
    assert result.stdout == "2 mails read: 1 hard, 1 not understood; 1 address suppressed.\n"
    assert result.stderr == f"{second}: says nothing about a mail that was sent from here\n"
    report = json.loads(run(site, "bounces", "read", str(first), "--json").stdout)
    assert (report["read"], report["again"], report["hard"]) == (1, 1, 0)


def test_a_file_that_is_not_there_is_named(site: Site) -> None:
    result = run(site, "bounces", "read", "nothing.eml")
    assert isinstance(result.exception, UsageError)
    assert str(result.exception) == "nothing.eml: cannot be read: No such file or directory"


def test_without_a_name_the_mailbox_is_read(site: Site) -> None:
    put(site, "1", returned(site, HARD))
    assert run(site, "bounces", "read").stdout == "1 mail read: 1 hard; 1 address suppressed.\n"
    assert run(site, "bounces", "read").stdout == "0 mails read.\n"


def test_the_list_can_be_changed_by_hand(site: Site) -> None:
    assert run(site, "suppressions", "list").stdout == "The list is empty.\n"
    assert run(site, "suppressions", "add", "taro@reader.example", "--source", "電話で").exit_code == 0
    assert "was suppressed already" in run(site, "suppressions", "add", "TARO@reader.example").stdout
    shown = run(site, "suppressions", "list").stdout
    assert shown.splitlines()[1].split()[:2] == ["taro@reader.example", "manual"]
    assert "電話で" in shown
    assert isinstance(run(site, "subscribers", "add", "taro@reader.example").exception, UsageError)
    result = run(site, "suppressions", "remove", "taro@reader.example")
    assert result.stdout == "taro@reader.example is not suppressed any more: active, receives new-article.\n"
    assert isinstance(run(site, "suppressions", "add", "taro").exception, UsageError)


def test_the_list_is_exported_and_imported(site: Site, tmp_path: Path) -> None:
    run(site, "suppressions", "add", "taro@reader.example")
    run(site, "suppressions", "add", "hanako@reader.example", "--source", 'says "no", twice')
    exported = run(site, "suppressions", "export").stdout
    file = tmp_path / "list.csv"
    file.write_text(exported + "not an address\n\n", encoding="utf-8")
    for address in ("taro", "hanako"):
        run(site, "suppressions", "remove", f"{address}@reader.example")
    result = run(site, "suppressions", "import", str(file))
    assert result.stdout == "2 addresses added, 0 known, 1 skipped.\n"
    assert result.stderr.startswith(f"{file}:4: email: the address has a character")
    assert run(site, "suppressions", "export").stdout == exported
    assert run(site, "suppressions", "import", str(file)).stdout == "0 addresses added, 2 known, 1 skipped.\n"


@pytest.mark.parametrize("text", ["a@b.example\nc@d.example\n", "Email,Name\na@b.example,A\nc@d.example,C\n"])
def test_any_list_of_addresses_will_do(site: Site, text: str) -> None:
    file = site.folder / "list.csv"
    file.write_text(text, encoding="utf-8-sig")
    run(site, "suppressions", "import", str(file))
    found: list[dict[str, Any]] = json.loads(run(site, "suppressions", "list", "--json").stdout)
    assert [(item["email"], item["reason"]) for item in found] == [
        ("a@b.example", "imported"),
        ("c@d.example", "imported"),
    ]


def test_a_file_without_any_address_is_the_wrong_one(site: Site) -> None:
    file = site.folder / "list.csv"
    file.write_text("name\nA\nB\n", encoding="utf-8")
    assert run(site, "suppressions", "import", str(file)).exit_code == 2


def test_a_pass_reads_the_mailbox_first_and_goes_on_without_it(site: Site) -> None:
    put(site, "1", returned(site, HARD))
    with site.open() as context:
        found = read_returned(context)
        assert found["bounces"] == {**asdict(BounceReport()), "read": 1, "hard": 1, "suppressed": 1}
        (site.folder / "returned" / "new").rmdir()
        found = read_returned(context)
    assert "cannot be read" in str(found)


def test_a_service_reads_the_mailbox_beside_its_passes(site: Site) -> None:
    class Log:
        def __init__(self) -> None:
            self.read = threading.Event()
            self.lines: list[tuple[str, dict[str, object]]] = []

        def info(self, event: str, **values: object) -> None:
            self.lines.append((event, values))
            self.read.set()

    log = Log()
    put(site, "1", returned(site, HARD))
    with open_context(site.config, clock=site.clock) as context, bounces_at_work(context, log):
        assert log.read.wait(20)
    assert log.lines == [("bounces", {"hard": 1, "suppressed": 1})]


def test_a_mailbox_that_fails_is_asked_less_and_less_often(site: Site) -> None:
    class Log:
        def __init__(self) -> None:
            self.reasons: list[str] = []

        def error(self, event: str, reason: str) -> None:
            assert event == "bounces failed"
            self.reasons.append(reason)

    log = Log()
    (site.folder / "returned" / "new").rmdir()
    with site.open() as context:
        reports = _Reports(context, log, 300)
        pauses = []
        for _ in range(6):
            reports()
            pauses.append(reports.pause(context))
        assert pauses == [600, 1200, 2400, 3600, 3600, 3600]
        assert len(log.reasons) == 1
        (site.folder / "returned" / "new").mkdir()
        reports()
        assert reports.pause(context) == 300
        assert _Reports(context, log, 7200).pause(context) == 7200


def test_a_report_is_told_by_what_is_in_it() -> None:
    assert describe_report(BounceReport()) == "0 mails read."
    report = BounceReport(read=3, complaints=1, ignored=2, suppressed=1)
    assert describe_report(report) == "3 mails read: 1 complaints, 2 say nothing; 1 address suppressed."
