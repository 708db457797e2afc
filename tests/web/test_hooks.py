"""Mail services report over HTTP: real requests to our own pages, down to the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from publisher.app.context import Context
from publisher.app.issuing import get_issue
from publisher.app.people import add_subscriber, get_subscriber
from publisher.app.suppressing import iterate_suppressions
from publisher.errors import FetchError
from publisher.model.issue import Counts
from publisher.model.subscriber import SubscriberState
from publisher.web.application import make_application
from publisher.web.hooks import hook_routes
from tests.app.test_bouncing import CONFIGURED, add, send
from tests.bounces import services
from tests.bounces.services import LOGIN, MAILGUN_KEY, READER, TOPIC, ses_bounce, ses_complaint, sns
from tests.site import Site
from tests.web.server import serve

HOOKS = f"""\
web:
  listen: 127.0.0.1:0
  hooks:
    ses: {{topic: "{TOPIC}"}}
    mailgun: {{key: {MAILGUN_KEY}}}
    postmark: {{login: "{LOGIN}"}}
    sendgrid: {{verify: "{services.twilio_public()}"}}
"""


@dataclass
class Amazon:
    """What its pages say, and which were asked for."""

    pages: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __call__(self, url: str) -> bytes:
        self.asked.append(url)
        if url not in self.pages:
            raise FetchError("the connection failed")
        return self.pages[url]


@pytest.fixture
def context(site: Site) -> Iterator[Context]:
    """One issue has gone out to one reader."""
    site.configure(CONFIGURED + HOOKS)
    site.write("old.md", "前からある", date="2026-11-01")
    with site.open() as opened:
        add(opened, "taro")
        send(opened, site)
        yield opened


@pytest.fixture
def amazon(context: Context) -> Amazon:
    return Amazon({services.CERTIFICATE_URL: services.certificate(context.clock()), services.SUBSCRIBE_URL: b"<ok/>"})


@pytest.fixture
def client(context: Context, amazon: Amazon) -> Iterator[httpx.Client]:
    application = FastAPI(openapi_url=None)
    application.include_router(hook_routes(context, amazon))
    with serve(application) as address, httpx.Client(base_url=address, trust_env=False) as opened:
        yield opened


def verp(site: Site) -> str:
    return str(site.mails()[-1]["Return-Path"]).strip("<>")


def counts(context: Context) -> Counts:
    return get_issue(context, 1).counts


def is_suppressed(context: Context) -> bool:
    return [item.email for item in iterate_suppressions(context)] == [READER]


def test_ses_bounces(site: Site, context: Context, client: httpx.Client, amazon: Amazon) -> None:
    document = sns(ses_bounce(source=verp(site)))
    for _ in range(2):
        assert client.post("/hooks/ses", content=json.dumps(document)).status_code == 200
    assert counts(context).bounced == 1
    assert is_suppressed(context)
    assert get_subscriber(context, READER).state is SubscriberState.SUPPRESSED
    assert amazon.asked == [services.CERTIFICATE_URL]


def test_ses_complaints(site: Site, context: Context, client: httpx.Client) -> None:
    message_id = str(site.mails()[-1]["Message-ID"])
    document = sns(ses_complaint(headers=[{"name": "Message-ID", "value": message_id}]), version="1")
    assert client.post("/hooks/ses", content=json.dumps(document)).status_code == 200
    assert counts(context).complained == 1


def test_a_topic_is_subscribed_to_once_it_has_proved_itself(client: httpx.Client, amazon: Amazon) -> None:
    document = sns("hello", "SubscriptionConfirmation")
    assert client.post("/hooks/ses", content=json.dumps(document)).text == "Subscribed.\n"
    assert amazon.asked == [services.CERTIFICATE_URL, services.SUBSCRIBE_URL]
    forged = document | {"Token": "another"}
    assert client.post("/hooks/ses", content=json.dumps(forged)).status_code == 403
    assert len(amazon.asked) == 2


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"TopicArn": TOPIC + "x"}, 403),
        ({"Message": "{}"}, 403),
        ({"SigningCertURL": "https://evil.example/a.pem"}, 403),
        ({"Type": "Other"}, 403),
    ],
)
def test_what_is_not_amazons_is_refused(
    client: httpx.Client, amazon: Amazon, changes: dict[str, str], status: int
) -> None:
    document = sns(ses_bounce()) | changes
    assert client.post("/hooks/ses", content=json.dumps(document)).status_code == status
    assert all(url == services.CERTIFICATE_URL for url in amazon.asked)


def test_amazon_is_asked_to_come_again_when_its_certificate_cannot_be_had(
    client: httpx.Client, amazon: Amazon, context: Context
) -> None:
    pages, amazon.pages = amazon.pages, {}
    document = json.dumps(sns(ses_bounce()))
    assert client.post("/hooks/ses", content=document).status_code == 503
    amazon.pages = pages
    assert client.post("/hooks/ses", content=document).status_code == 200
    assert is_suppressed(context)


def test_mailgun(site: Site, context: Context, client: httpx.Client) -> None:
    document = services.mailgun(context.clock(), envelope={"sender": verp(site)})
    assert client.post("/hooks/mailgun", json=document).status_code == 200
    assert (counts(context).bounced, is_suppressed(context)) == (1, True)
    document["signature"]["token"] = "another"
    assert client.post("/hooks/mailgun", json=document).status_code == 406


def test_postmark(context: Context, client: httpx.Client) -> None:
    user, password = LOGIN.split(":")
    assert client.post("/hooks/postmark", json=services.postmark()).status_code == 401
    assert not is_suppressed(context)
    assert client.post("/hooks/postmark", json=services.postmark(), auth=(user, password)).status_code == 200
    assert is_suppressed(context)
    assert client.post("/hooks/postmark", content=b"{", auth=(user, password)).status_code == 400


def test_sendgrid(site: Site, context: Context, client: httpx.Client) -> None:
    message_id = str(site.mails()[-1]["Message-ID"])
    events = [services.sendgrid(**{"smtp-id": message_id}), {"event": "open", "email": READER, "sg_event_id": "o"}]
    body = json.dumps(events).encode()
    headers = services.sign_sendgrid(body, context.clock())
    assert client.post("/hooks/sendgrid", content=body, headers=headers).status_code == 200
    assert (counts(context).bounced, is_suppressed(context)) == (1, True)
    assert client.post("/hooks/sendgrid", content=body + b" ", headers=headers).status_code == 403
    assert client.post("/hooks/sendgrid", content=body).status_code == 403


def test_an_old_batch_of_sendgrids_is_not_taken(site: Site, context: Context, client: httpx.Client) -> None:
    headers = services.sign_sendgrid(b"[]", context.clock())
    site.clock.advance(hours=24)  # so long it tries
    assert client.post("/hooks/sendgrid", content=b"[]", headers=headers).status_code == 200
    site.clock.advance(hours=2)
    assert client.post("/hooks/sendgrid", content=b"[]", headers=headers).status_code == 403


def test_who_left_at_the_service_has_left(context: Context, client: httpx.Client) -> None:
    add_subscriber(context, READER, ["weekly"])
    document = services.mailgun(context.clock(), event="unsubscribed")
    assert client.post("/hooks/mailgun", json=document).status_code == 200
    person = get_subscriber(context, READER)
    assert (person.state, person.newsletters) == (SubscriberState.UNSUBSCRIBED, ())


def test_a_service_that_is_quicker_than_our_row_comes_again(site: Site, context: Context, client: httpx.Client) -> None:
    with context.database.write() as connection:
        connection.exec_driver_sql("UPDATE deliveries SET state = 'sending', owner = 'a', epoch = 2")
    document = services.mailgun(context.clock(), envelope={"sender": verp(site)})
    assert client.post("/hooks/mailgun", json=document).status_code == 503
    assert not is_suppressed(context)
    with context.database.write() as connection:
        connection.exec_driver_sql("UPDATE deliveries SET state = 'accepted', owner = NULL")
    assert client.post("/hooks/mailgun", json=document).status_code == 200
    assert counts(context).bounced == 1


def test_no_hook_is_there_that_is_not_configured(site: Site) -> None:
    site.configure()
    with site.open() as opened:
        application: Any = make_application(opened)
        with serve(application) as address, httpx.Client(base_url=address, trust_env=False) as client:
            for name in ("ses", "mailgun", "postmark", "sendgrid"):
                assert client.post(f"/hooks/{name}", content=b"{}").status_code == 404


def test_a_report_may_be_large_and_has_a_limit(context: Context) -> None:
    application: Any = make_application(context)
    with serve(application) as address, httpx.Client(base_url=address, trust_env=False) as client:
        assert client.post("/hooks/mailgun", content=b" " * 900_000).status_code == 406
        assert client.post("/hooks/mailgun", content=b" " * 1_100_000).status_code == 413
