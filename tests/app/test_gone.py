"""Readers whose server says, while mail is handed over, that there is no such mailbox."""

from __future__ import annotations

from publisher.app.bouncing import BounceReport, settle_bounces
from publisher.app.context import Context, Reporter
from publisher.app.issuing import create_due_issues
from publisher.app.ledger import retry
from publisher.app.people import add_subscriber
from publisher.app.reading import scan
from publisher.app.sending import deliver
from publisher.app.suppressing import iterate_suppressions, remove_suppression
from publisher.model.bounce import Bounce, BounceKind
from publisher.model.suppression import SuppressionReason
from publisher.storage import bounces
from tests.delivery.smtpserver import SmtpServer
from tests.site import CONFIG, START, Site

NOBODY = "550 5.1.1 no such user here"


class Noting(Reporter):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


def configure(site: Site, server: SmtpServer) -> None:
    site.configure(CONFIG.replace("maildir:outbox", f"smtp://127.0.0.1:{server.port}?tls=none"))


def send(context: Context, site: Site, name: str) -> tuple[int, int, list[str]]:
    """A new article goes out: how many accepted, how many failed, and what the person is told."""
    context.reporter = noting = Noting()
    site.write(f"{name}.md", f"記事 {name}")
    create_due_issues(context, scan(context).articles)
    report = deliver(context)
    return report.accepted, report.failed, noting.notes


def test_who_is_unknown_to_the_server_is_not_written_to_again(site: Site) -> None:
    with SmtpServer() as server:
        configure(site, server)
        server.answer("RCPT", NOBODY, to="hanako@reader.example")
        server.answer("RCPT", NOBODY, to="taro@docomo.ne.jp")  # says so of who does not want mail, too
        server.answer("RCPT", "552 5.2.2 mailbox full", to="saburo@reader.example")
        with site.open() as context:
            scan(context)
            for email in ("hanako@reader.example", "jiro@reader.example", "saburo@reader.example", "taro@docomo.ne.jp"):
                add_subscriber(context, email, ["new-article"])
            accepted, failed, notes = send(context, site, "a")
            assert (accepted, failed) == (1, 3)
            assert len(notes) == 1
            assert notes[0].startswith("1 address is unknown")
            assert "hanako" not in notes[0]
            (listed,) = iterate_suppressions(context)
            assert (listed.email, listed.reason) == ("hanako@reader.example", SuppressionReason.HARD)
            assert listed.source == "issue 1: 550 5.1.1 no such user here"
            accepted, failed, notes = send(context, site, "b")
            assert (accepted, failed, notes) == (1, 2, [])


def test_a_server_that_knows_nobody_is_not_believed(site: Site) -> None:
    with SmtpServer() as server:
        configure(site, server)
        server.answer("RCPT", NOBODY, times=12)
        with site.open() as context:
            scan(context)
            for number in range(12):
                add_subscriber(context, f"reader{number}@reader.example", ["new-article"])
            accepted, failed, notes = send(context, site, "a")
            assert (accepted, failed, list(iterate_suppressions(context))) == (0, 12, [])
            assert notes == [
                "reader.example says of 12 of 12 readers that there is no such mailbox, which is hard to believe: "
                "nobody is taken off the list for it at once, it counts as a soft bounce; "
                "`publisher deliveries --issue N --state failed` has its words"
            ]
            accepted, failed, notes = send(context, site, "b")
            assert (accepted, failed, notes) == (12, 0, [])


def test_a_firm_that_has_closed_down_is_written_to_no_more_in_the_end(site: Site) -> None:
    with SmtpServer() as server:
        configure(site, server)
        server.answer("RCPT", NOBODY, times=None)
        with site.open() as context:
            scan(context)
            for number in range(12):
                add_subscriber(context, f"reader{number}@closed.example", ["new-article"])
            for name in ("a", "b", "c"):  # a day of trouble counts once, however many issues it meets
                assert send(context, site, name)[:2] == (0, 12)
            site.clock.advance(days=1)
            assert send(context, site, "d")[:2] == (0, 12)
            assert list(iterate_suppressions(context)) == []
            site.clock.advance(days=1)
            accepted, failed, notes = send(context, site, "e")
            assert (accepted, failed) == (0, 12)
            assert notes[0] == (
                "12 addresses have been refused on 3 days by now and will not be written to again; "
                "`publisher suppressions list` names them, and docs/bounces.md the rule"
            )
            assert {item.reason for item in iterate_suppressions(context)} == {SuppressionReason.SOFT}
            assert send(context, site, "f")[:2] == (0, 0)


def test_where_nearly_all_providers_know_nobody_not_all_are_named(site: Site) -> None:
    with SmtpServer() as server:
        configure(site, server)
        server.answer("RCPT", NOBODY)
        with site.open() as context:
            scan(context)
            for number in range(55):
                add_subscriber(context, f"reader{number}@d{number % 5}.example", ["new-article"])
            notes = send(context, site, "a")[2]
    assert [note.split()[0] for note in notes[:3]] == ["d0.example", "d1.example", "d2.example"]
    assert notes[3:] == ["2 more say the same: is it the relay that refuses everybody?"]


def test_a_full_mailbox_counts_whether_it_is_said_at_once_or_later(site: Site) -> None:
    with SmtpServer() as server:
        configure(site, server)
        server.answer("RCPT", "552 5.2.2 mailbox full", to="saburo@reader.example")
        with site.open() as context:
            scan(context)
            saburo = add_subscriber(context, "saburo@reader.example", ["new-article"])
            add_subscriber(context, "jiro@reader.example", ["new-article"])
            send(context, site, "a")
            site.clock.advance(days=1)
            report = Bounce(BounceKind.SOFT, "mail:1:0", (1, saburo.id), code="5.2.2")  # of the day before
            settle_bounces(context, [report], BounceReport())
            assert list(iterate_suppressions(context)) == []  # two words about one issue
            send(context, site, "b")
            site.clock.advance(days=1)
            send(context, site, "c")
            (listed,) = iterate_suppressions(context)
            assert (listed.email, listed.reason) == ("saburo@reader.example", SuppressionReason.SOFT)
            assert listed.source == "issue 3: 552 5.2.2 mailbox full"
            remove_suppression(context, "saburo@reader.example")
            site.clock.advance(days=1)
            assert send(context, site, "d")[:2] == (1, 1)
            assert list(iterate_suppressions(context)) == []  # it begins anew


def test_what_a_retry_changes_is_forgotten(site: Site) -> None:
    with SmtpServer() as server:
        configure(site, server)
        server.answer("RCPT", "552 5.2.2 mailbox full", to="saburo@reader.example", times=1)
        with site.open() as context:
            scan(context)
            saburo = add_subscriber(context, "saburo@reader.example", ["new-article"])
            assert send(context, site, "a")[:2] == (0, 1)
            with context.database.read() as connection:
                assert list(bounces.list_soft(connection, [saburo.id], START)) == [saburo.id]
            retry(context, 1)
            assert deliver(context).accepted == 1
            with context.database.read() as connection:
                assert bounces.list_soft(connection, [saburo.id], START) == {}


def test_a_relay_that_refuses_everybody_is_no_word_about_anybody(site: Site) -> None:
    with SmtpServer() as server:
        configure(site, server)
        server.answer("RCPT", "554 5.0.0 no", times=None)
        with site.open() as context:
            scan(context)
            people = [add_subscriber(context, f"r{number}@d{number}.example", ["new-article"]) for number in range(12)]
            assert send(context, site, "a")[:2] == (0, 0)  # paused
            with context.database.read() as connection:
                assert bounces.list_soft(connection, [person.id for person in people], START) == {}
