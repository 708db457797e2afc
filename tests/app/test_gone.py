"""Readers whose server says, while mail is handed over, that there is no such mailbox."""

from __future__ import annotations

from publisher.app.context import Context, Reporter
from publisher.app.issuing import create_due_issues
from publisher.app.people import add_subscriber
from publisher.app.reading import scan
from publisher.app.sending import deliver
from publisher.app.suppressing import iterate_suppressions
from publisher.model import SuppressionReason
from tests.delivery.smtpserver import SmtpServer
from tests.site import CONFIG, Site

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
                "nobody was taken off the list for it; `publisher deliveries --issue N --state failed` has its words"
            ]
            accepted, failed, notes = send(context, site, "b")
            assert (accepted, failed, notes) == (12, 0, [])
