"""The verbs over the ledger, with mail that is refused, put off, or nobody knows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from publisher.app.context import Context
from publisher.app.issuing import create_due_issues, get_issue
from publisher.app.ledger import iterate_deliveries, iterate_missed, pause, resolve, resume, retry
from publisher.app.letters import Compiler
from publisher.app.people import add_subscriber, remove_subscriber
from publisher.app.reading import scan
from publisher.app.sending import deliver
from publisher.delivery.sender import Sender, SendReport
from publisher.delivery.transports.base import StartHook
from publisher.delivery.transports.maildir import MaildirTransport
from publisher.errors import UsageError
from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.model.message import Message, Outcome, Receipt
from tests.delivery.sending import single
from tests.site import Site
from tests.test_docs import run_publisher

NAMES = ["ok", "gone", "full", "lost"]
ANSWERS = {
    "gone": Receipt(Outcome.FAILED, 550, "5.1.1 no such user"),
    "full": Receipt(Outcome.DEFERRED, 452, "4.2.2 受信箱がいっぱいです"),
    "lost": Receipt(Outcome.UNCERTAIN, 0, "no answer after the whole message was written"),
}


class MoodyTransport(MaildirTransport):
    """A Maildir that gives some people another answer; what is uncertain has been written all the same."""

    repeatable = False

    def __init__(self, folder: Path, answers: dict[str, Receipt]) -> None:
        super().__init__(folder)
        self.answers = answers
        self.before: Callable[[Message], None] = lambda _message: None

    def send(self, message: Message, start: StartHook) -> Receipt:
        self.before(message)
        answer = self.answers.get(message.recipient.partition("@")[0])
        if answer is None or answer.outcome is Outcome.UNCERTAIN:
            written = super().send(message, start)
            return answer or written
        start()
        return answer


def send(site: Site, context: Context, answers: dict[str, Receipt] = ANSWERS) -> SendReport:
    transport = MoodyTransport(site.folder / "outbox", answers)
    return Sender(context.database, single(transport), Compiler(context), context.clock, context.stop).run(
        None, lambda _n: None
    )


@contextmanager
def sent_issue(site: Site, names: list[str] = NAMES) -> Iterator[tuple[Context, int]]:
    """One issue to these people, sent as ANSWERS say."""
    with site.open() as context:
        scan(context)
        for name in names:
            add_subscriber(context, f"{name}@reader.example", ["new-article"])
        site.write("a.md", "台帳のはなし 📒")
        issue_id = create_due_issues(context, scan(context).articles).created[0].id
        send(site, context)
        yield context, issue_id


def states(context: Context, issue_id: int) -> dict[str, str]:
    found = iterate_deliveries(context, issue_id, ())
    return {entry.email.partition("@")[0]: entry.state.value for entry in found}


def test_what_is_paused_beside_a_running_sender_stops_after_the_message_in_hand(site: Site) -> None:
    with site.open() as context:
        scan(context)
        for number in range(5):
            add_subscriber(context, f"r{number}@reader.example", ["new-article"])
        site.write("a.md", "題")
        issue_id = create_due_issues(context, scan(context).articles).created[0].id
        transport = MoodyTransport(site.folder / "outbox", {})

        def pause_at_third(message: Message) -> None:
            if message.recipient.startswith("r2"):
                with site.open() as other:
                    assert pause(other, issue_id).state is IssueState.PAUSED

        transport.before = pause_at_third
        Sender(context.database, single(transport), Compiler(context), context.clock, context.stop).run(
            None, lambda _n: None
        )
        assert len(site.mails()) == 2
        assert pause(context, issue_id).counts.queued == 3  # twice is a no-op
        assert deliver(context).accepted == 0
        assert resume(context, issue_id).state is IssueState.SENDING
        assert resume(context, issue_id).state is IssueState.SENDING
        deliver(context)
        assert get_issue(context, issue_id).state is IssueState.DONE
    assert len({mail["Delivered-To"] for mail in site.mails()}) == len(site.mails()) == 5


def test_only_what_goes_out_can_be_paused_and_only_what_is_paused_can_go_on(site: Site) -> None:
    with sent_issue(site, ["ok"]) as (context, issue_id):
        with pytest.raises(UsageError, match="is done; only one that is going out"):
            pause(context, issue_id)
        with pytest.raises(UsageError, match="is done; only a paused one"):
            resume(context, issue_id)
        with pytest.raises(UsageError, match="there is no issue 99"):
            pause(context, 99)


def test_retry_takes_up_what_failed_and_what_waits(site: Site) -> None:
    with sent_issue(site) as (context, issue_id):
        assert states(context, issue_id) == dict(
            zip(NAMES, ["accepted", "failed", "deferred", "uncertain"], strict=True)
        )
        issue, changed = retry(context, issue_id)
        assert (issue.state, changed) == (IssueState.SENDING, 2)
        assert retry(context, issue_id)[1] == 0
        assert send(site, context, {}).accepted == 2
        assert states(context, issue_id) == dict(zip(NAMES, ["accepted"] * 3 + ["uncertain"], strict=True))
        assert get_issue(context, issue_id).state is IssueState.DONE
    assert len(site.mails()) == 4


def test_resend_is_the_same_message_once_more(site: Site) -> None:
    with sent_issue(site, ["ok", "lost"]) as (context, issue_id):
        before = {mail["Delivered-To"]: (mail["Message-ID"], mail["Date"]) for mail in site.mails()}
        for path in (site.folder / "outbox" / "new").iterdir():
            path.unlink()
        site.clock.advance(hours=30)
        assert deliver(context).accepted == 0  # nothing is sent again by itself
        issue, changed = resolve(context, issue_id, [], resend=True)
        assert (issue.state, changed) == (IssueState.SENDING, 1)
        assert resolve(context, issue_id, [], resend=True)[1] == 0
        send(site, context, {})
        (mail,) = site.mails()
        assert (mail["Message-ID"], mail["Date"]) == before["lost@reader.example"]
        assert resolve(context, issue_id, [], resend=True)[1] == 0


def test_dismissed_stays_dismissed(site: Site) -> None:
    with sent_issue(site, ["lost"]) as (context, issue_id):
        assert resolve(context, issue_id, ["LOST@reader.example"], resend=False)[1] == 1
        assert resolve(context, issue_id, [], resend=True)[1] == 0
        assert states(context, issue_id) == {"lost": "suppressed"}


def test_an_address_that_is_not_among_the_readers_changes_nothing(site: Site) -> None:
    with sent_issue(site, ["lost"]) as (context, issue_id):
        with pytest.raises(UsageError, match=r"did not go to who@reader\.example; nothing was changed"):
            resolve(context, issue_id, ["lost@reader.example", "who@reader.example"], resend=True)
        with pytest.raises(UsageError, match="more than 500"):
            resolve(context, issue_id, [f"r{n}@reader.example" for n in range(501)], resend=True)
        assert states(context, issue_id) == {"lost": "uncertain"}


def test_missed_says_who_and_why(site: Site) -> None:
    with sent_issue(site, [*NAMES, "left"]) as (context, issue_id):
        site.clock.advance(hours=2)
        add_subscriber(context, "late@reader.example", ["new-article"])
        remove_subscriber(context, "full@reader.example", [])
        found = {item.email.partition("@")[0]: reason for item, reason in iterate_missed(context, issue_id)}
    assert found == {
        "gone": "failed (address): 550 5.1.1 no such user",
        "full": "put off (mailbox): 452 4.2.2 受信箱がいっぱいです",
        "lost": "not known whether it was accepted: no answer after the whole message was written",
        "late": "subscribed after it was made",
    }


def test_missed_while_it_is_going_out_paused_or_cancelled(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with site.open() as context:
        scan(context)
        add_subscriber(context, "a@reader.example", ["new-article"])
        site.write("a.md", "題")
        issue_id = create_due_issues(context, scan(context).articles).created[0].id
        assert [reason for _, reason in iterate_missed(context, issue_id)] == ["its turn has not come"]
        pause(context, issue_id)
        assert [reason for _, reason in iterate_missed(context, issue_id)] == ["the issue is paused"]
    monkeypatch.chdir(site.folder)
    run_publisher("publisher issues cancel 1", monkeypatch)
    assert "the issue was cancelled" in run_publisher("publisher issues missed 1", monkeypatch)[1]
    code, said = run_publisher("publisher issues retry 1", monkeypatch)
    assert (code, said) == (2, "issue 1 is cancelled; nothing of it can be tried again\n")


# ------------------------------------------------------------------------------------------------ as commands


@pytest.fixture
def told(site: Site, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    """A command on a site with one sent issue; what it prints, as JSON where that was asked for."""
    with sent_issue(site):
        pass
    monkeypatch.chdir(site.folder)

    def run(line: str) -> Any:
        code, printed = run_publisher(f"publisher {line}", monkeypatch)
        assert code == 0, printed
        return json.loads(printed) if "--json" in line else printed

    return run


def test_deliveries_are_listed(told: Callable[[str], Any]) -> None:
    everybody = told("deliveries --issue 1 --json")
    assert [(item["state"], item["class"]) for item in everybody] == [
        ("accepted", None),
        ("failed", "address"),
        ("deferred", "mailbox"),
        ("uncertain", "network"),
    ]
    assert told("deliveries --issue 1 --state failed --state deferred --json") == everybody[1:3]
    assert told("deliveries --issue 1 --state queued --json") == []
    lines = told("deliveries --issue 1 --state failed").splitlines()
    assert lines[0].split() == ["STATE", "TRIES", "CLASS", "ADDRESS", "ANSWER"]
    assert lines[1].split() == ["failed", "1", "address", "gone@reader.example", "550", "5.1.1", "no", "such", "user"]


def test_show_names_classes_and_tries(told: Callable[[str], Any]) -> None:
    shown = told("issues show 1 --json")["troubled"]
    assert [(item["email"], item["class"], item["attempts"]) for item in shown] == [
        ("gone@reader.example", "address", 1),
        ("full@reader.example", "mailbox", 1),
        ("lost@reader.example", "network", 1),
    ]
    tries = [(one["number"], one["code"], one["state"]) for item in shown for one in item["tries"]]
    assert tries == [(1, 550, "failed"), (1, 452, "deferred"), (1, 0, "uncertain")]
    assert "mailbox  4.2.2 受信箱がいっぱいです" in told("issues show 1")


def test_commands_say_what_they_did(told: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert "is paused: 1 accepted, 1 deferred, 1 failed, 1 uncertain" in told("issues pause 1")
    assert told("issues pause 1 --json")["state"] == "paused"
    assert "goes on" in told("issues resume 1")
    assert "1 uncertain message of issue 1 is not sent again" in told(
        "deliveries resolve --issue 1 --dismiss lost@reader.example"
    )
    assert "Nothing of issue 1 is uncertain" in told("deliveries resolve --issue 1 --resend")
    assert told("issues retry 1 --json")["changed"] == 2
    assert "Nothing of issue 1 was put off" in told("issues retry 1")
    for line in ("deliveries resolve --issue 1", "deliveries resolve --issue 1 --resend --dismiss", "deliveries"):
        code, said = run_publisher(f"publisher {line}", monkeypatch)
        assert code == 2
        assert "--resend or --dismiss" in said or "--issue ID is missing" in said


def test_missed_as_a_command(told: Callable[[str], Any]) -> None:
    found = told("issues missed 1 --json")
    assert [item["email"].partition("@")[0] for item in found] == NAMES[1:]
    assert found[0] == {
        "email": "gone@reader.example",
        "state": DeliveryState.FAILED.value,
        "reason": "failed (address): 550 5.1.1 no such user",
    }
