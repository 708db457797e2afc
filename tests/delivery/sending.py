"""A mailing of plain messages in a real database, sent by the real sender; no rendering."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from publisher.delivery.gate import Gate, Rules
from publisher.delivery.sender import Letter, Relay, Routes, Sender, SendReport
from publisher.delivery.transports.base import Transport
from publisher.delivery.transports.smtp import SmtpSettings, SmtpTransport
from publisher.model.delivery import Delivery
from publisher.model.issue import Counts, Issue, IssueState, Selection
from publisher.model.message import Message
from publisher.model.rendered import RenderedIssue
from publisher.model.subscriber import Subscriber
from publisher.storage import deliveries, issues, subscribers
from publisher.storage.database import Database
from tests.storage.rows import freeze_audience

START = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)
_RENDERED = RenderedIssue(subject="週刊", text="本文", html="", language="ja", marker="XQmarkerX")


def write_letter(delivery: Delivery, now: datetime) -> Letter:
    message_id = delivery.message_id or f"m{delivery.issue_id}.{delivery.subscriber_id}@example.com"
    content = f"To: {delivery.email}\r\nMessage-ID: <{message_id}>\r\nSubject: x\r\n\r\n{'text ' * 20}\r\n"
    return Letter(
        Message(delivery.key, "news@example.com", delivery.email, content.encode()), message_id, delivery.date or now
    )


class PlainCompile:
    """See `delivery.letter.Compile`."""

    def __call__(self, delivery: Delivery, now: datetime) -> Letter:
        return write_letter(delivery, now)

    def prepare(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        """Nothing to begin with."""


@dataclass
class Mailing:
    """`run` sends what is due and may be called again and again. The clock stands still unless the sender waits."""

    database: Database
    now: datetime = START
    stop: threading.Event = field(init=False)
    rules: Rules = field(default_factory=Rules)

    def __post_init__(self) -> None:
        self.stop = _Stop(self)

    def freeze(self, readers: int, newsletter: str = "weekly", domains: int = 1) -> int:
        """An issue for so many new readers at so many providers; returns its id."""
        with self.database.write() as connection:
            for number in range(readers):
                person = Subscriber(id=0, email=f"{newsletter}{number}@{_domain(number % domains)}", name="")
                id_ = subscribers.add(connection, person, self.now)
                subscribers.subscribe(connection, id_, [newsletter], 0, self.now)
            issue = Issue(0, newsletter, IssueState.FROZEN, "digest", "週刊", self.now)
            issue_id = issues.add_issue(connection, issue, Selection(), _RENDERED)
            freeze_audience(connection, issue_id, newsletter, "ja", self.now)
            return issue_id

    def run(self, routes: Routes) -> SendReport:
        gate = Gate(self.database, self.rules)
        sender = Sender(self.database, routes, PlainCompile(), lambda: self.now, self.stop, gate)
        return sender.run(None, lambda _done: None)

    def run_to_the_end(self, routes: Routes, *, passes: int = 40) -> None:
        """As `publisher run` does: again and again, until nothing is due any more."""
        for _ in range(passes):
            self.run(routes)
            with self.database.read() as connection:
                due = deliveries.next_due(connection)
            if due is None:
                return
            self.now = max(self.now + timedelta(minutes=1), due)
        raise AssertionError(f"still something to send after {passes} passes")

    def states(self) -> Counter[str]:
        with self.database.read() as connection:
            rows = connection.exec_driver_sql("SELECT state, count(*) FROM deliveries GROUP BY state").all()
        return Counter({row[0]: row[1] for row in rows})

    def ids(self, *states: str) -> set[str]:
        """The Message-IDs of the deliveries in these states, as they stand in a message."""
        with self.database.read() as connection:
            rows = connection.exec_driver_sql("SELECT issue_id, subscriber_id, state FROM deliveries").all()
        return {f"<m{issue}.{subscriber}@example.com>" for issue, subscriber, state in rows if state in states}

    def counts(self, issue_id: int) -> Counts:
        with self.database.read() as connection:
            issue = issues.get_issue(connection, issue_id)
        assert issue is not None
        return issue.counts


class _Stop(threading.Event):
    """Who waits to be stopped finds that time has gone by."""

    def __init__(self, mailing: Mailing) -> None:
        super().__init__()
        self._mailing = mailing

    def wait(self, timeout: float | None = None) -> bool:
        self._mailing.now += timedelta(seconds=timeout or 0)
        return self.is_set()


def _domain(number: int) -> str:
    return f"reader{number}.example" if number else "reader.example"


def routes_to(*ports: int, connections: int = 1, timeout: float = 5, resends: bool = False) -> Routes:
    """Over SMTP without TLS to servers on this machine."""

    def make(port: int) -> Relay:
        settings = SmtpSettings("127.0.0.1", port, tls="none", timeout=timeout, final_timeout=timeout)
        return Relay(lambda: SmtpTransport(settings))

    return Routes([make(port) for port in ports], connections, resends=resends)


def single(transport: Transport) -> Routes:
    """This one and no other, on one connection."""
    return Routes([Relay(lambda: transport, repeatable=transport.repeatable)])
