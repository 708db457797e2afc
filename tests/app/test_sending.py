"""Delivery end to end: a crash at any point loses nobody and serves nobody twice."""

from __future__ import annotations

import signal
import subprocess
import sys
import zlib
from collections import Counter
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import ClassVar

import pytest

from publisher.app.context import Context
from publisher.app.importing import ImportOrder, import_list
from publisher.app.issuing import create_due_issues, get_issue
from publisher.app.letters import Compiler, render
from publisher.app.operating import run_pass
from publisher.app.people import add_subscriber
from publisher.app.reading import scan
from publisher.app.sending import all_accepted, deliver, send_test
from publisher.delivery.sender import Sender
from publisher.delivery.transports.base import StartHook, Transport
from publisher.delivery.transports.maildir import MaildirTransport
from publisher.errors import UsageError
from publisher.mail.compile import CompiledIssue, Letterhead, compile_issue
from publisher.model.issue import IssueState, OneOff, Selection
from publisher.model.message import Message, Outcome, Receipt
from publisher.model.rendered import RenderedIssue
from publisher.storage import deliveries
from tests.delivery.sending import single
from tests.site import CONFIG, Site


def prepare(site: Site, readers: int) -> int:
    """One frozen issue for so many readers; returns its id."""
    with site.open() as context:
        scan(context)
        for number in range(readers):
            add_subscriber(context, f"reader{number}@reader.example", ["new-article"], name=f"読者{number}")
        site.write("a.md", "とどく記事 📮", body="**本文**です。")
        return create_due_issues(context, scan(context).articles).created[0].id


def recipients(site: Site) -> Counter[str]:
    return Counter(message["Delivered-To"] for message in site.mails())


def test_everybody_gets_one_well_formed_message(site: Site) -> None:
    issue_id = prepare(site, 3)
    with site.open() as context:
        report = deliver(context)
        assert (report.accepted, report.finished) == (3, [issue_id])
        assert get_issue(context, issue_id).state is IssueState.DONE
    messages = site.mails()
    assert recipients(site) == {f"reader{number}@reader.example": 1 for number in range(3)}
    assert len({message["Message-ID"] for message in messages}) == 3
    for message in messages:
        assert message.defects == []
        assert message["Subject"] == "とどく記事 📮"
        assert message["From"] == "試験ノート <news@note.example>"
        assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_a_second_run_sends_nothing(site: Site) -> None:
    prepare(site, 2)
    with site.open() as context:
        deliver(context)
        again = deliver(context)
    assert (again.accepted, sum(recipients(site).values())) == (0, 2)


class DyingTransport(MaildirTransport):
    """Writes like a Maildir and dies, as a process does, at a chosen point of a chosen message."""

    def __init__(self, folder: Path, at: int, moment: str) -> None:
        super().__init__(folder)
        self._left = at
        self._moment = moment

    def send(self, message: Message, start: StartHook) -> Receipt:
        self._left -= 1
        if self._left == 0 and self._moment == "before the start":
            raise KeyboardInterrupt
        if self._left == 0 and self._moment == "after the start":
            start()
            raise KeyboardInterrupt
        receipt = super().send(message, start)
        if self._left == 0:
            raise KeyboardInterrupt
        return receipt


@pytest.mark.parametrize("moment", ["before the start", "after the start", "after the content"])
def test_a_run_that_dies_goes_on_where_it_stopped(site: Site, moment: str) -> None:
    issue_id = prepare(site, 7)
    with site.open() as context:
        transport = DyingTransport(site.folder / "outbox", 4, moment)
        sender = Sender(context.database, single(transport), Compiler(context), context.clock, context.stop)
        with pytest.raises(KeyboardInterrupt):
            sender.run([issue_id], lambda _done: None)
        site.clock.advance(hours=1)  # whatever was held is over by then
        deliver(context)
        issue = get_issue(context, issue_id)
    assert recipients(site) == {f"reader{number}@reader.example": 1 for number in range(7)}
    assert (issue.counts.accepted, issue.state) == (7, IssueState.DONE)


_KILL_AFTER = """
import os, signal, sys
from pathlib import Path
from publisher.app.context import open_context
from publisher.app.sending import all_accepted, deliver, send_test
from publisher.delivery.transports.maildir import MaildirTransport

left = int(sys.argv[1])
original = MaildirTransport._publish

def publish(self, temporary, name):
    global left
    receipt = original(self, temporary, name)
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return receipt

MaildirTransport._publish = publish
with open_context(Path("config.yaml")) as context:
    deliver(context)
"""


def test_a_killed_process_leaves_work_that_the_next_takes_up_at_once(site: Site) -> None:
    issue_id = prepare(site, 9)
    for after in (2, 3):
        killed = subprocess.run([sys.executable, "-c", _KILL_AFTER, str(after)], cwd=site.folder, check=False)
        assert killed.returncode == -signal.SIGKILL
    with site.open() as context:
        site.clock.now = context.clock()
        deliver(context)
        issue = get_issue(context, issue_id)
    assert recipients(site) == {f"reader{number}@reader.example": 1 for number in range(9)}
    assert (issue.counts.accepted, issue.counts.uncertain, issue.state) == (9, 0, IssueState.DONE)


class UnrepeatableTransport(MaildirTransport):
    repeatable = False


def test_where_repeating_is_not_harmless_a_lost_answer_is_uncertain_and_held(site: Site) -> None:
    issue_id = prepare(site, 3)
    with site.open() as context:

        class Dying(DyingTransport):
            repeatable = False

        sender = Sender(
            context.database,
            single(Dying(site.folder / "outbox", 2, "after the content")),
            Compiler(context),
            context.clock,
            context.stop,
        )
        with pytest.raises(KeyboardInterrupt):
            sender.run([issue_id], lambda _done: None)
        site.clock.advance(hours=1)
        _send_with(context, UnrepeatableTransport(site.folder / "outbox"), issue_id)
        issue = get_issue(context, issue_id)
    assert (issue.counts.accepted, issue.counts.uncertain) == (2, 1)
    assert recipients(site) == {f"reader{number}@reader.example": 1 for number in range(3)}


class FussyTransport:
    """Answers each recipient as told; the first half of a real server, for what the sender does with answers."""

    repeatable: ClassVar[bool] = False

    def __init__(self, outcomes: dict[str, Outcome]) -> None:
        self._outcomes = outcomes
        self.contents: list[bytes] = []

    def send(self, message: Message, start: StartHook) -> Receipt:
        outcome = self._outcomes.get(message.recipient, Outcome.ACCEPTED)
        if outcome is Outcome.ACCEPTED:
            start()
            self.contents.append(message.content)
        return Receipt(outcome, 450 if outcome is Outcome.DEFERRED else 550, "4.2.0 later")

    def close(self) -> None:
        """Nothing to close."""


def _send_with(context: Context, transport: Transport, issue_id: int) -> None:
    Sender(context.database, single(transport), Compiler(context), context.clock, context.stop).run(
        [issue_id], lambda _done: None
    )


def test_a_deferred_message_waits_and_a_refused_one_has_failed(site: Site) -> None:
    issue_id = prepare(site, 3)
    transport = FussyTransport({"reader0@reader.example": Outcome.DEFERRED, "reader1@reader.example": Outcome.FAILED})
    with site.open() as context:
        _send_with(context, transport, issue_id)
        issue = get_issue(context, issue_id)
        assert (issue.counts.accepted, issue.counts.deferred, issue.counts.failed) == (1, 1, 1)
        assert issue.state is IssueState.SENDING
        easy = FussyTransport({})
        _send_with(context, easy, issue_id)
        assert easy.contents == [], "not before five minutes"
        site.clock.advance(minutes=10)
        _send_with(context, easy, issue_id)
        assert len(easy.contents) == 1
        assert get_issue(context, issue_id).state is IssueState.DONE


def test_a_message_deferred_for_three_days_has_failed(site: Site) -> None:
    issue_id = prepare(site, 1)
    transport = FussyTransport({"reader0@reader.example": Outcome.DEFERRED})
    with site.open() as context:
        for _ in range(30):
            _send_with(context, transport, issue_id)
            site.clock.advance(hours=5)
        issue = get_issue(context, issue_id)
    assert (issue.counts.failed, issue.counts.deferred, issue.state) == (1, 0, IssueState.DONE)


def test_every_attempt_carries_the_same_message(site: Site) -> None:
    issue_id = prepare(site, 1)
    seen: list[bytes] = []

    class LaterTransport(FussyTransport):
        def send(self, message: Message, start: StartHook) -> Receipt:
            start()
            seen.append(message.content)
            return Receipt(Outcome.DEFERRED if len(seen) < 3 else Outcome.ACCEPTED, 451, "greylisted")

    with site.open() as context:
        for _ in range(3):
            _send_with(context, LaterTransport({}), issue_id)
            site.clock.advance(hours=1)
    assert len(seen) == 3
    assert len(set(seen)) == 1
    parsed = BytesParser(policy=policy.default).parsebytes(seen[0])
    assert parsed["Date"] == "Thu, 19 Nov 2026 12:00:00 +0900"


def test_stop_ends_after_the_message_in_hand_and_gives_the_rest_back(site: Site) -> None:
    issue_id = prepare(site, 5)
    with site.open() as context:

        class Stopping(FussyTransport):
            def send(self, message: Message, start: StartHook) -> Receipt:
                context.stop.set()
                return super().send(message, start)

        _send_with(context, Stopping({}), issue_id)
        assert get_issue(context, issue_id).counts.accepted == 1
        context.stop.clear()
        easy = FussyTransport({})
        _send_with(context, easy, issue_id)
    assert len(easy.contents) == 4


def test_a_relay_that_is_not_there_leaves_everything_queued(site: Site) -> None:
    site.configure(CONFIG.replace('"maildir:outbox"', '"smtp://127.0.0.1:1?tls=none"'))
    issue_id = prepare(site, 2)
    with site.open() as context:
        report = deliver(context)
        assert report.trouble is not None
        assert "127.0.0.1" in report.trouble
        assert get_issue(context, issue_id).counts.queued == 2


def test_an_address_that_cannot_be_written_fails_alone(site: Site) -> None:
    issue_id = prepare(site, 3)
    with site.open() as context:
        with context.database.write() as connection:  # as a hand-made or damaged row might be
            connection.exec_driver_sql("UPDATE subscribers SET email = 'x\r\nBcc: y@z.example' WHERE id = 2")
        deliver(context)
        issue = get_issue(context, issue_id)
    assert (issue.counts.accepted, issue.counts.failed, issue.state) == (2, 1, IssueState.DONE)


def test_an_issue_of_a_newsletter_that_left_the_config_waits_and_holds_up_nobody(site: Site) -> None:
    issue_id = prepare(site, 1)
    text = site.config.read_text(encoding="utf-8")
    site.configure(text.replace("  new-article:", "  renamed:"))
    with site.open() as context:
        assert deliver(context).accepted == 0
        assert get_issue(context, issue_id).counts.queued == 1
    site.configure(text)
    with site.open() as context:
        assert deliver(context).accepted == 1


def test_queued_mail_goes_out_although_the_folder_is_gone(site: Site) -> None:
    issue_id = prepare(site, 2)
    site.articles.rename(site.folder / "elsewhere")
    with site.open() as context:
        with pytest.raises(UsageError, match="there is no such folder"):
            run_pass(context)
        assert get_issue(context, issue_id).counts.accepted == 2


def test_a_damaged_issue_is_left_out_and_the_others_go(site: Site) -> None:
    first = prepare(site, 1)
    site.write("b.md", "よい記事")
    with site.open() as context:
        second = create_due_issues(context, scan(context).articles).created[0].id
        with context.database.write() as connection:  # a placeholder that only an older program could have let through
            broken = zlib.compress(b"half a word: PUB")
            update = "UPDATE variants SET marker = 'PUB', text = ? WHERE issue_id = ?"
            connection.exec_driver_sql(update, (broken, first))
        report = deliver(context)
        assert (report.accepted, len(report.broken)) == (1, 1)
        assert get_issue(context, second).state is IssueState.DONE
        assert get_issue(context, first).counts.queued == 1


def test_a_key_that_was_cut_short_is_refused(site: Site) -> None:
    site.configure(CONFIG.replace("secret_key: a-key-for-tests\n", ""))
    (site.folder / "publisher.key").write_text("", encoding="utf-8")
    with site.open() as context, pytest.raises(UsageError, match="too short to be a secret key"):
        context.key  # noqa: B018 - reading it is the point


def test_the_key_is_made_once_readable_by_its_owner_alone(site: Site) -> None:
    site.configure(CONFIG.replace("secret_key: a-key-for-tests\n", ""))
    with site.open() as context:
        first = context.key
    path = site.folder / "publisher.key"
    assert path.stat().st_mode & 0o777 == 0o600
    with site.open() as context:
        assert context.key == first


def test_a_test_has_the_values_of_the_subscriber_with_that_address(site: Site) -> None:
    rows = site.folder / "people.csv"
    rows.write_text("email,name,city\nHanako@reader.example,花子,京都\n", encoding="utf-8")
    greeting = '{{ subscriber.name | default("読者") }}さん、{{ subscriber.fields.city | default("町") }}の話です。'
    with site.open() as context:
        scan(context)
        import_list(context, ImportOrder(rows, ["weekly"]))
        rendered = render(context, "weekly", Selection(intro=greeting, one_off=OneOff("手紙", "letter.md", "0")))
        addresses = ["Hanako@reader.example", "会長 <Hanako@reader.example>", "nobody@reader.example"]
        assert all_accepted(send_test(context, "weekly", rendered, addresses))
    bodies = {str(mail["To"]): next(iter(mail.iter_parts())).get_content() for mail in site.mails()}
    assert "花子さん、京都の話" in bodies["花子 <Hanako@reader.example>"]
    assert "会長さん、京都の話" in bodies["会長 <Hanako@reader.example>"]
    assert "読者さん、町の話" in bodies["nobody@reader.example"]
    assert all(mail["X-Publisher-Test"] == "yes" for mail in site.mails())


@pytest.mark.parametrize(("room", "compiled"), [(64_000_000, 2), (1, 4)], ids=["enough", "for one"])
def test_a_variant_is_compiled_once_while_there_is_room_for_it(
    site: Site, monkeypatch: pytest.MonkeyPatch, room: int, compiled: int
) -> None:
    seen: list[str] = []

    def watch(rendered: RenderedIssue, letterhead: Letterhead, **options: bool) -> CompiledIssue:
        seen.append(rendered.subject)
        return compile_issue(rendered, letterhead, **options)

    first = prepare(site, 1)
    with site.open() as context:
        site.write("b.md", "二つめの記事")
        second = create_due_issues(context, scan(context).articles).created[0].id
        monkeypatch.setattr("publisher.app.letters.compile_issue", watch)
        monkeypatch.setattr(Compiler, "_MOST_KEPT", room)
        compiler, now = Compiler(context), context.clock()
        claims = {}
        with context.database.write() as connection:
            for issue_id in (first, second):
                claims[issue_id] = deliveries.claim(connection, issue_id, "me", 1, now=now, lease_until=now)[0].delivery
        subjects = [compiler(claims[number], now).message.content for number in (first, second, first, first, second)]
        assert subjects[0] == subjects[2] == subjects[3] != subjects[1] == subjects[4]
    assert len(seen) == compiled


def test_what_waits_in_an_issue_that_was_called_done_is_sent(site: Site) -> None:
    with site.open() as context:
        scan(context)
        add_subscriber(context, "a@reader.example", ["new-article"])
        site.write("a.md", "題")
        issue_id = create_due_issues(context, scan(context).articles).created[0].id
        with context.database.write() as connection:
            connection.exec_driver_sql("UPDATE issues SET state = 'done'")
        assert deliver(context).accepted == 1
        assert get_issue(context, issue_id).state is IssueState.DONE
