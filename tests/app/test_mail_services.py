"""An issue as it is really written, through servers that speak as mail services do."""

from __future__ import annotations

from collections import Counter
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from publisher.app.issuing import create_due_issues
from publisher.app.people import add_subscriber
from publisher.app.reading import scan
from publisher.app.sending import deliver
from publisher.delivery.sender import SendReport
from tests.delivery.apiservers import (
    ACCESS_KEY,
    SECRET,
    MailgunService,
    PostmarkService,
    SesService,
    hang_up,
    say,
)
from tests.site import CONFIG, Site
from tests.webserver import WebServer


def send_issue(site: Site, server: WebServer, address: str, readers: int = 3) -> SendReport:
    mark = "&" if "?" in address else "?"
    site.configure(CONFIG.replace("maildir:outbox", f"{address}{mark}endpoint={server.url('')}"))
    with site.open() as context:
        scan(context)
        for number in range(readers):
            add_subscriber(context, f"reader{number}@reader.example", ["new-article"])
        site.write("a.md", "とどく記事 📮", body="**本文**です。")
        create_due_issues(context, scan(context).articles)
        return deliver(context)


def read_mail(content: bytes) -> EmailMessage:
    mail = message_from_bytes(content, policy=policy.default)
    assert mail.defects == []
    return mail


@pytest.mark.parametrize(
    ("service", "address"),
    [
        (SesService(), f"ses://{ACCESS_KEY}:{SECRET.replace('/', '%2F')}@ap-northeast-1"),
        (MailgunService(), f"mailgun://{SECRET.replace('/', '%2F')}@mg.example.com"),
    ],
    ids=["ses", "mailgun"],
)
def test_a_service_that_takes_whole_messages_gets_them_as_they_are(
    site: Site, service: SesService | MailgunService, address: str
) -> None:
    with WebServer() as server:
        service.hang(server, service.path)
        report = send_issue(site, server, address)
    assert (report.accepted, report.trouble) == (3, None)
    mails = [read_mail(taken[1]) for taken in service.taken]
    assert Counter(mail["To"] for mail in mails) == Counter(f"reader{number}@reader.example" for number in range(3))
    assert {mail["Subject"] for mail in mails} == {"とどく記事 📮"}
    assert len({mail["List-Unsubscribe"] for mail in mails}) == 3


def test_postmark_gets_what_the_message_says(site: Site) -> None:
    service = PostmarkService()
    with WebServer() as server:
        service.hang(server, service.path)
        report = send_issue(site, server, f"postmark://{SECRET.replace('/', '%2F')}?stream=weekly", 1)
    assert (report.accepted, report.trouble) == (1, None)
    [(recipient, body, _)] = service.taken
    assert recipient == "reader0@reader.example"
    assert body["From"] == "試験ノート <news@note.example>"
    assert body["Subject"] == "とどく記事 📮"
    assert body["MessageStream"] == "weekly"
    assert "本文です。" in body["TextBody"]
    assert "<strong" in body["HtmlBody"]
    headers = {one["Name"]: one["Value"] for one in body["Headers"]}
    assert headers["List-Unsubscribe"].startswith("<")
    assert headers["List-Id"].endswith("new-article.note.example>")
    assert headers["Message-ID"].endswith("@note.example>")
    assert "\n" not in "".join(headers.values())


def test_a_key_that_is_not_taken_pauses_the_issue_and_blames_nobody(site: Site) -> None:
    service = PostmarkService()
    with WebServer() as server:
        service.hang(server, service.path)
        report = send_issue(site, server, "postmark://another")
    assert (report.accepted, report.failed, report.deferred) == (0, 0, 1)
    assert report.refused
    assert "does not take the key" in (report.trouble or "")
    assert "another" not in f"{report.trouble} {report.broken}"
    assert "paused" in report.broken[0]
    assert len(server.asked) == 1


def test_an_answer_that_is_lost_is_the_only_doubt(site: Site) -> None:
    service = MailgunService()
    service.said += [hang_up, say(429, {}), say(500, {})]
    with WebServer() as server:
        service.hang(server, service.path)
        report = send_issue(site, server, f"mailgun://{SECRET.replace('/', '%2F')}@mg.example.com")
    assert (report.uncertain, report.deferred, report.accepted) == (1, 1, 1)
