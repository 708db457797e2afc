"""An issue through a real Postfix: readers get it, and what cannot be delivered comes back as a report."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from publisher.app.bouncing import BounceReport, Verdict, take_mail
from publisher.app.consent import ask
from publisher.app.issuing import create_due_issues, get_issue
from publisher.app.ledger import iterate_deliveries
from publisher.app.noticing import deliver_notices
from publisher.app.people import add_subscriber, get_subscriber
from publisher.app.persondata import get_person
from publisher.app.reading import scan
from publisher.app.sending import deliver
from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.model.notice import NoticeKind
from publisher.model.subscriber import SubscriberState
from publisher.subscribers.signup import SignUp
from tests.postfix import MISSING, Postfix
from tests.site import CONFIG, Site

pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING or "there is one")

READERS = ("hanako", "jiro", "saburo")
UNKNOWN = "dareka"


@pytest.fixture
def postfix() -> Iterator[Postfix]:
    with Postfix(*READERS) as running:
        yield running


def send_issue(site: Site, transport: str) -> int:
    """An issue to all readers and one whom nobody knows; returns its id. All are accepted."""
    site.configure(CONFIG.replace('"maildir:outbox"', f'"{transport}", bounces: bounces@note.example'))
    with site.open() as context:
        scan(context)
        for name in (*READERS, UNKNOWN):
            add_subscriber(context, f"{name}@reader.example", ["new-article"])
        site.write("a.md", "とどく記事 📮", body="**本文**です。\n\n.\n\n終わり。")
        issue_id = create_due_issues(context, scan(context).articles).created[0].id
        report = deliver(context)
        assert (report.accepted, report.finished) == (4, [issue_id]), report
        assert get_issue(context, issue_id).state is IssueState.DONE
    return issue_id


def read_report(mail: EmailMessage) -> EmailMessage:
    """The fields of a report about one reader (RFC 3464 2), of the message and of the reader together."""
    assert mail.get_content_type() == "multipart/report"
    assert mail["Return-Path"] == "<>"
    [status] = [part for part in mail.walk() if part.get_content_type() == "message/delivery-status"]
    fields = EmailMessage()
    for block in status.iter_parts() if status.is_multipart() else []:
        for name, value in block.items():
            fields[name] = value
    return fields


@pytest.mark.parametrize("way", ["smtp", "sendmail"])
def test_readers_get_the_issue_and_the_unknown_one_comes_back_as_a_report(
    site: Site, postfix: Postfix, way: str
) -> None:
    transports = {
        "smtp": f"smtp://127.0.0.1:{postfix.port}?tls=none",
        "sendmail": f"sendmail:{postfix.write_sendmail()}",
    }
    issue_id = send_issue(site, transports[way])
    for name in READERS:
        [mail] = postfix.mails(name)
        assert mail["Delivered-To"] == f"{name}@reader.example"
        assert mail["Subject"] == "とどく記事 📮"
        assert mail.defects == []
        text = mail.get_body(("plain",))
        assert text is not None
        assert "\n.\n" in text.get_content().replace("\r\n", "\n")
    [report] = postfix.mails("sender")
    fields = read_report(report)
    assert fields["Final-Recipient"].replace(" ", "") == f"rfc822;{UNKNOWN}@reader.example"
    assert (fields["Action"], fields["Status"]) == ("failed", "5.1.1")
    if way == "smtp":  # RFC 3461: the report names the delivery
        assert fields["Original-Envelope-Id"] == f"{issue_id}-4"
    assert not Path(site.folder / "outbox").exists()
    settle_report(site, issue_id, report)


def settle_report(site: Site, issue_id: int, report: EmailMessage) -> None:
    """Its signed return path, to which Postfix sent the report, says which delivery came back."""
    assert report["To"].startswith(f"bounces+{issue_id}-")
    found = BounceReport()
    with site.open() as context:
        assert take_mail(context, report.as_bytes(), found) is Verdict.DONE
        assert (found.hard, found.suppressed) == (1, 1)
        [entry] = iterate_deliveries(context, issue_id, [DeliveryState.BOUNCED])
        assert entry.email == f"{UNKNOWN}@reader.example"
        assert entry.reply.startswith("5.1.1")
        assert get_subscriber(context, entry.email).state is SubscriberState.SUPPRESSED


def test_a_confirmation_to_nobody_comes_back_and_shuts_nobody_out(site: Site, postfix: Postfix) -> None:
    mail = f'"smtp://127.0.0.1:{postfix.port}?tls=none", bounces: bounces@note.example'
    site.configure(CONFIG.replace('"maildir:outbox"', mail) + "web: {url: https://letters.note.example}\n")
    with site.open() as context:
        ask(context, SignUp(f"{UNKNOWN}@reader.example", ("weekly",)))
        assert deliver_notices(context).accepted == 1
        [report] = postfix.mails("sender")
        assert report["To"].startswith("bounces+n1-")
        found = BounceReport()
        assert take_mail(context, report.as_bytes(), found) is Verdict.DONE
        assert (found.hard, found.suppressed) == (1, 0)
        [record] = get_person(context, f"{UNKNOWN}@reader.example").notices
        assert (record.notice.kind, record.state) == (NoticeKind.CONFIRM, DeliveryState.BOUNCED)


@pytest.mark.parametrize("way", ["smtp", "sendmail"])
def test_an_international_address_gets_its_mail(site: Site, way: str) -> None:
    """Postfix offers SMTPUTF8 (RFC 6531) unless it is told not to."""
    with Postfix("花子") as postfix:
        transport = (
            f"smtp://127.0.0.1:{postfix.port}?tls=none" if way == "smtp" else f"sendmail:{postfix.write_sendmail()}"
        )
        site.configure(CONFIG.replace("maildir:outbox", transport))
        with site.open() as context:
            scan(context)
            add_subscriber(context, "花子@reader.example", ["new-article"])
            site.write("a.md", "とどく記事 📮", body="**本文**です。")
            create_due_issues(context, scan(context).articles)
            assert deliver(context).accepted == 1
        [mail] = postfix.mails("花子")
        assert mail["Subject"] == "とどく記事 📮"
