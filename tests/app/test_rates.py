"""Limits at work: a real sender, a real database, a clock that goes on when somebody waits."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from publisher.app.context import Context
from publisher.app.issuing import create_due_issues, get_issue
from publisher.app.letters import Compiler
from publisher.app.people import add_subscriber
from publisher.app.rates import make_rules
from publisher.app.reading import scan
from publisher.app.sending import deliver
from publisher.cli.sent import print_sent
from publisher.delivery.gate import Gate
from publisher.delivery.rate import Limits, WarmUp
from publisher.delivery.sender import Sender, SendReport
from publisher.delivery.transports.base import StartHook
from publisher.delivery.transports.maildir import MaildirTransport
from publisher.model.issue import IssueState
from publisher.model.message import Message, Outcome, Receipt
from tests.app.test_ledger import MoodyTransport
from tests.delivery.sending import single
from tests.site import CONFIG, START, Clock, Site

TOKYO = ZoneInfo("Asia/Tokyo")


class Waiting(threading.Event):
    """Nobody stops us; who waits finds that time has gone by."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.waited: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.waited.append(timeout)
        self.clock.now += timedelta(seconds=timeout)
        return False


def configure(site: Site, limits: str) -> None:
    site.configure(CONFIG.replace('transport: "maildir:outbox"', f'transport: "maildir:outbox", {limits}'))


def prepare(site: Site, context: Context, *addresses: str) -> int:
    scan(context)
    for address in addresses:
        add_subscriber(context, address, ["new-article"])
    site.write("a.md", "急がず送る 🐢")
    return create_due_issues(context, scan(context).articles).created[0].id


def readers(number: int, domain: str = "reader.example") -> list[str]:
    return [f"r{one}@{domain}" for one in range(number)]


def received(site: Site) -> Counter[str]:
    return Counter(mail["Delivered-To"].partition("@")[2] for mail in site.mails())


def test_the_keys_of_the_configuration_become_rules(site: Site) -> None:
    limits = (
        "rate: {per_second: 0.5, per_hour: 10, per_day: 100}, "
        "domains: {Docomo.ne.jp: {per_second: 2, concurrency: 1}}, "
        'warmup: {start: 2026-12-01, first: 20, factor: 1.5}, window: "22:00-06:00"'
    )
    configure(site, limits)
    with site.open() as context:
        rules = make_rules(context.config)
    assert rules.total == Limits(0.5, 10, 100)
    assert rules.domains == {"docomo.ne.jp": Limits(per_second=2, concurrency=1)}
    assert rules.warmup == WarmUp(datetime(2026, 12, 1, tzinfo=TOKYO).date(), 20, 1.5)
    assert (str(rules.window), rules.zone) == ("22:00-06:00", TOKYO)


@pytest.mark.parametrize(
    ("limits", "complaint"),
    [
        ("rate: {per_second: 0}", "delivery.rate.per_second: must be at least"),
        ("domains: {nowhere: {per_second: 1}}", "delivery.domains"),
        ("warmup: {first: 5}", "delivery.warmup.start: is missing"),
        ("window: always", "delivery.window: 'always' is not a part of the day"),
    ],
)
def test_what_cannot_be_a_limit_is_told(site: Site, limits: str, complaint: str) -> None:
    configure(site, limits)
    result = site.run("status", code=2)
    assert complaint in result.stderr
    assert "Traceback" not in result.stderr


def test_a_daily_limit_ends_the_run_and_the_rest_goes_on_the_next_day(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(site, "rate: {per_day: 3}")
    with site.open() as context:
        issue_id = prepare(site, context, *readers(5))
        report = deliver(context)
        assert (report.accepted, report.trouble) == (3, None)
        assert report.held_until == START + timedelta(hours=25)
        print_sent(report, [get_issue(context, issue_id)], TOKYO)
        assert "what is left stays queued and goes on at 2026-11-20 13:00" in capsys.readouterr().err
        assert deliver(context).accepted == 0
        assert get_issue(context, issue_id).counts.queued == 2
        site.clock.advance(hours=25)
        assert deliver(context).accepted == 2
        assert get_issue(context, issue_id).state is IssueState.DONE


def test_outside_its_hours_nothing_goes_out(site: Site) -> None:
    configure(site, 'window: "13:00-14:00"')  # it is 12:00 in Tokyo
    with site.open() as context:
        prepare(site, context, *readers(2))
        report = deliver(context)
        assert (report.accepted, report.held_until) == (0, START + timedelta(hours=1))
        site.clock.advance(hours=1)
        assert deliver(context).accepted == 2


def test_a_slow_domain_is_waited_for_and_keeps_nobody_else_waiting(site: Site) -> None:
    configure(site, "domains: {slow.example: {per_second: 1}}")
    with site.open() as context:
        context.stop = waiting = Waiting(site.clock)
        issue_id = prepare(site, context, *readers(6, "slow.example"), *readers(6))
        assert deliver(context).accepted == 12
        assert get_issue(context, issue_id).state is IssueState.DONE
    assert received(site) == {"slow.example": 6, "reader.example": 6}
    assert 5 <= sum(waiting.waited) < 8
    assert len(waiting.waited) < 20


def test_a_limit_of_all_mail_is_kept_to_the_second(site: Site) -> None:
    configure(site, "rate: {per_second: 2}")
    with site.open() as context:
        context.stop = waiting = Waiting(site.clock)
        prepare(site, context, *readers(9))
        assert deliver(context).accepted == 9
    assert 3 <= sum(waiting.waited) <= 5


def run_with(site: Site, context: Context, answers: dict[str, Receipt]) -> SendReport:
    transport = MoodyTransport(site.folder / "outbox", answers)
    gate = Gate(context.database, make_rules(context.config))
    sender = Sender(context.database, single(transport), Compiler(context), context.clock, context.stop, gate)
    return sender.run(None, lambda _done: None)


def test_a_provider_that_refuses_our_mail_is_left_alone_and_its_readers_are_not_blamed(site: Site) -> None:
    answers = {f"r{number}": Receipt(Outcome.FAILED, 550, "5.7.1 blocked") for number in range(8)}
    with site.open() as context:
        context.stop = Waiting(site.clock)
        issue_id = prepare(site, context, *readers(8, "gmail.com"), "ok@reader.example")
        report = run_with(site, context, answers)
        assert (report.accepted, report.failed, report.deferred) == (1, 0, 3)
        counts = get_issue(context, issue_id).counts
        assert (counts.queued, counts.deferred) == (5, 3)
        site.clock.advance(minutes=50)
        assert run_with(site, context, {}).accepted == 0
        for _ in range(30):
            site.clock.advance(hours=1)
            run_with(site, context, {})
        assert get_issue(context, issue_id).counts.accepted == 9
    assert received(site) == {"gmail.com": 8, "reader.example": 1}


class Noting(MaildirTransport):
    """Remembers the order."""

    def __init__(self, site: Site) -> None:
        super().__init__(site.folder / "outbox")
        self.issues: list[str] = []

    def send(self, message: Message, start: StartHook) -> Receipt:
        self.issues.append(message.key.partition("-")[0])
        return super().send(message, start)


def test_two_issues_take_turns(site: Site) -> None:
    with site.open() as context:
        scan(context)
        for address in readers(120):
            add_subscriber(context, address, ["new-article"])
        site.write("a.md", "一つめ")
        site.write("b.md", "二つめ")
        assert len(create_due_issues(context, scan(context).articles).created) == 2
        transport = Noting(site)
        Sender(context.database, single(transport), Compiler(context), context.clock, context.stop).run(
            None, lambda _n: None
        )
    first, second = transport.issues[0], transport.issues[50]
    assert transport.issues == [*[first] * 50, *[second] * 50] * 2 + [first] * 20 + [second] * 20
