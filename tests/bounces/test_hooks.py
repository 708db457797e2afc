"""What mail services report, from their own forms; signatures that are right and those that are not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.addresses import bounce_address, notice_bounce_address
from publisher.bounces.hooks import mailgun, postmark, sendgrid, ses
from publisher.bounces.hooks.fields import dig, dig_text, parse_json
from publisher.bounces.signatures import is_signed_by_certificate, is_signed_by_key
from publisher.model.bounce import Bounce, BounceKind
from tests.bounces import services
from tests.bounces.services import READER, ses_bounce, ses_complaint, sns

NOW = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
KEY = b"a-key-for-tests"
SIGNED = bounce_address("bounces@note.example", KEY, (7, 12))
HARD, SOFT, POLICY, NOTICE = BounceKind.HARD, BounceKind.SOFT, BounceKind.POLICY, BounceKind.NOTICE
COMPLAINT, UNSUBSCRIBE = BounceKind.COMPLAINT, BounceKind.UNSUBSCRIBE


def only(found: list[Bounce]) -> Bounce:
    (bounce,) = found
    assert bounce.is_trusted
    return bounce


# ---------------------------------------------------------------------------------------------------- SES


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (ses_bounce(), HARD),
        (ses_bounce(detail="NoEmail", status="5.7.1", said="no"), HARD),
        (ses_bounce(detail="OnAccountSuppressionList", status="", said="Amazon SES did not send"), HARD),
        (ses_bounce(status="5.7.1", said="smtp; 554 5.7.1 blocked for policy"), POLICY),
        (ses_bounce(status="5.2.2", said="smtp; 552 5.2.2 full"), SOFT),
        (ses_bounce("Transient", "MailboxFull", "5.2.2"), SOFT),
        (ses_bounce("Transient", "MessageTooLarge", "5.3.4"), POLICY),
        (ses_bounce("Undetermined", "Undetermined", "", ""), SOFT),
        (ses_complaint(), COMPLAINT),
        (ses_complaint("not-spam"), NOTICE),
    ],
)
def test_ses(event: dict[str, Any], kind: BounceKind) -> None:
    event["mail"] |= {"source": SIGNED, "headers": [{"name": "Message-ID", "value": "<a@note.example>"}]}
    bounce = only(ses.read_ses(sns(event), [KEY]))
    assert (bounce.kind, bounce.address, bounce.delivery, bounce.message_id) == (
        kind,
        READER,
        (7, 12),
        "a@note.example",
    )
    assert bounce.source_id.startswith("ses:")


def test_ses_says_nothing_of_what_arrived() -> None:
    assert ses.read_ses(sns({"notificationType": "Delivery"}), []) == []
    assert ses.read_ses(sns("Successfully validated SNS topic"), []) == []


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_message_of_sns_is_signed(version: str) -> None:
    document = sns(ses_bounce(), version=version)
    pem = services.certificate(NOW)

    def check(pem: bytes, name: str = "Type", value: str = "Notification", now: datetime = NOW) -> bool:
        found = document | {name: value}
        content = ses.text_to_sign(found)
        assert content is not None
        return is_signed_by_certificate(pem, found["SignatureVersion"], found["Signature"], content, now)

    assert check(pem)
    for name in ("Message", "MessageId", "Timestamp", "TopicArn"):
        assert not check(pem, name, document[name] + "x")
    assert not check(pem, "Subject", "another")
    assert not check(pem, "SignatureVersion", "3")
    assert not check(pem, "Signature", "AAAA")
    assert not check(pem, now=NOW + timedelta(days=2))
    assert not check(services.certificate(NOW, rsa.generate_private_key(65537, 2048)))
    assert not check(b"no certificate")


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-a.pem",
        "https://evil.example/sns.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem",
        "https://sns.evil.example#.amazonaws.com/SimpleNotificationService-a.pem",
        "https://s3.amazonaws.com/SimpleNotificationService-a.pem",
        "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-a.pem?x",
        "https://sns.s3.amazonaws.com/SimpleNotificationService-a.pem",
        "https://sns.s3-eu-west-1.amazonaws.com/SimpleNotificationService-a.pem",
        "",
    ],
)
def test_certificates_are_amazons(url: str) -> None:
    assert ses.certificate_url({"SigningCertURL": url}) is None
    assert ses.subscribe_url({"SubscribeURL": url, "Type": "SubscriptionConfirmation"}) is None
    assert ses.certificate_url(sns()) == services.CERTIFICATE_URL
    assert ses.subscribe_url(sns(kind="SubscriptionConfirmation")) == services.SUBSCRIBE_URL
    assert ses.subscribe_url(sns(kind="UnsubscribeConfirmation")) is None


# ---------------------------------------------------------------------------------------------------- the others


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({}, HARD),
        ({"delivery-status": {"code": 552, "message": "mailbox full"}}, SOFT),
        ({"delivery-status": {"enhanced-code": "5.7.1", "message": "spam"}}, POLICY),
        ({"severity": "temporary"}, NOTICE),
        ({"reason": "suppress-bounce", "delivery-status": {}}, HARD),
        ({"reason": "suppress-complaint"}, COMPLAINT),
        ({"event": "complained"}, COMPLAINT),
        ({"event": "unsubscribed"}, UNSUBSCRIBE),
    ],
)
def test_mailgun(event: dict[str, Any], kind: BounceKind) -> None:
    sent: dict[str, Any] = {"envelope": {"sender": SIGNED}, "message": {"headers": {"message-id": "a@note.example"}}}
    bounce = only(mailgun.read_mailgun(services.mailgun(NOW, **{**sent, **event}), [KEY]))
    assert (bounce.kind, bounce.address, bounce.delivery, bounce.message_id) == (
        kind,
        READER,
        (7, 12),
        "a@note.example",
    )
    assert bounce.source_id == "mailgun:G9Bn5sl1"


def test_mailgun_says_nothing_of_what_arrived() -> None:
    assert mailgun.read_mailgun(services.mailgun(NOW, event="delivered"), []) == []


def test_mailgun_signs() -> None:
    document = services.mailgun(NOW)
    key = services.MAILGUN_KEY.encode()
    assert mailgun.is_signed(document, key, NOW)
    assert mailgun.is_signed(document, key, NOW + timedelta(hours=11))
    assert not mailgun.is_signed(document, key, NOW + timedelta(hours=13))
    assert not mailgun.is_signed(document, key, NOW - timedelta(hours=13))
    assert not mailgun.is_signed(document, b"another", NOW)
    for changed in ({"timestamp": "1"}, {"token": "x"}, {"signature": "x"}, {"signature": None}):
        assert not mailgun.is_signed({**document, "signature": document["signature"] | changed}, key, NOW)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, HARD),
        ({"Type": "SoftBounce"}, SOFT),
        ({"Type": "Transient"}, SOFT),
        ({"Type": "Blocked"}, POLICY),
        ({"Type": "AutoResponder"}, BounceKind.AUTOREPLY),
        ({"Type": "SomethingNew"}, SOFT),
        ({"RecordType": "SpamComplaint", "Type": "SpamComplaint"}, COMPLAINT),
        (
            {"RecordType": "SubscriptionChange", "SuppressSending": True, "Recipient": READER, "Email": None},
            UNSUBSCRIBE,
        ),
        (
            {"RecordType": "SubscriptionChange", "SuppressSending": True, "SuppressionReason": "HardBounce"},
            HARD,
        ),
    ],
)
def test_postmark(changes: dict[str, Any], kind: BounceKind) -> None:
    bounce = only(postmark.read_postmark(services.postmark(Metadata={"return": SIGNED}, **changes), [KEY]))
    assert (bounce.kind, bounce.address, bounce.delivery) == (kind, READER, (7, 12))


def test_postmark_says_nothing_of_what_arrived() -> None:
    assert postmark.read_postmark(services.postmark(RecordType="Delivery"), []) == []
    change = services.postmark(RecordType="SubscriptionChange", SuppressSending=False)
    assert postmark.read_postmark(change, []) == []


def test_postmark_calls_with_a_password() -> None:
    assert postmark.may_call("Basic dTrjgYI=", "u:あ")
    for header in ("", "Basic", "Basic dTp4", "Bearer dTrjgYI=", "basic dTrjgYI=", "Basic é"):
        assert not postmark.may_call(header, "u:あ")


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, HARD),
        ({"type": "blocked"}, SOFT),
        ({"type": "blocked", "status": "5.7.1", "reason": "550 5.7.1 spam"}, POLICY),
        ({"event": "dropped", "reason": "Bounced Address"}, HARD),
        ({"event": "dropped", "reason": "Spam Content (if Spam Checker app is enabled)"}, POLICY),
        ({"event": "spamreport"}, COMPLAINT),
        ({"event": "group_unsubscribe"}, UNSUBSCRIBE),
        ({"event": "deferred"}, NOTICE),
    ],
)
def test_sendgrid(changes: dict[str, Any], kind: BounceKind) -> None:
    bounce = only(sendgrid.read_sendgrid([services.sendgrid(**changes), {"event": "open"}, 5], [KEY]))
    assert (bounce.kind, bounce.address, bounce.message_id) == (kind, READER, "a@note.example")
    assert bounce.source_id == "sendgrid:ZGVmZXJ"


def test_sendgrid_signs() -> None:
    key, body = services.twilio_public(), b"[]"
    signature = services.sign_sendgrid(body, NOW)["X-Twilio-Email-Event-Webhook-Signature"]
    content = str(int(NOW.timestamp())).encode() + body
    assert is_signed_by_key(key, signature, content)
    assert not is_signed_by_key(key, signature, content + b" ")
    for wrong in ("", "AAAA", "あ"):
        assert not is_signed_by_key(key, wrong, content)
        assert not is_signed_by_key(wrong, signature, content)


# ---------------------------------------------------------------------------------------------------- anything

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.sampled_from(["Bounce", "failed", "bounce"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["Message", "Type", "bounce", "event-data", "event", "mail", "headers", "ID", "id", "Email"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(_json)
def test_any_document_is_read_without_an_error(document: Any) -> None:
    for read in (ses.read_ses, mailgun.read_mailgun, postmark.read_postmark, sendgrid.read_sendgrid):
        assert all(isinstance(bounce, Bounce) for bounce in read(document, [KEY]))
    assert not mailgun.is_signed(document, b"key", NOW)
    assert ses.certificate_url(document) is None
    ses.text_to_sign(document)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'{"a":' * 100_000])
def test_what_is_no_json_is_nothing(body: bytes) -> None:
    assert parse_json(body) is None


def test_values_are_dug_out_of_anything() -> None:
    assert dig({"a": {"b": [1]}}, "a", "b") == [1]
    assert (dig({"a": 1}, "a", "b"), dig(None, "a"), dig([], "a")) == (None, None, None)
    assert (dig_text({"a": " x "}, "a"), dig_text({"a": 5}, "a")) == ("x", "5")
    assert (dig_text({"a": True}, "a"), dig_text({"a": {}}, "a")) == ("", "")


def test_an_address_that_cannot_be_is_left_out() -> None:
    assert only(postmark.read_postmark(services.postmark(Email="taro\r\n@x"), [])).address == ""


# ---------------------------------------------------------------------------------------------------- our own words


@pytest.mark.parametrize(
    "read",
    [
        lambda keys: ses.read_ses(sns(ses_bounce(tags={"ses:caller-identity": ["x"], "delivery": ["7-12"]})), keys),
        lambda keys: ses.read_ses(sns(ses_complaint(tags={"delivery": ["7-12"]})), keys),
        lambda keys: mailgun.read_mailgun(services.mailgun(NOW, **{"user-variables": {"delivery": "7-12"}}), keys),
        lambda keys: postmark.read_postmark(services.postmark(Metadata={"delivery": "7-12"}), keys),
    ],
    ids=["ses", "ses complaint", "mailgun", "postmark"],
)
def test_what_a_service_was_told_of_a_message_comes_back(read: Callable[[list[bytes]], list[Bounce]]) -> None:
    """https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html (tags),
    https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/webhook-payloads (user-variables),
    https://postmarkapp.com/developer/webhooks/bounce-webhook (Metadata)
    """
    assert only(read([KEY])).key == "7-12"


@pytest.mark.parametrize("odd", [None, 7, [], [7], {}, "", "x" * 10_000])
def test_odd_words_are_no_key_or_a_short_one(odd: Any) -> None:
    tagged = only(ses.read_ses(sns(ses_bounce(tags={"delivery": odd})), [KEY]))
    assert tagged.key == ""
    assert len(only(postmark.read_postmark(services.postmark(Metadata={"delivery": odd}), [KEY])).key) <= 40


def test_a_signed_address_of_a_notice_is_found_wherever_it_stands() -> None:
    event = ses_bounce(source=notice_bounce_address("bounces@note.example", KEY, 5))
    bounce = only(ses.read_ses(sns(event), [KEY]))
    assert (bounce.notice, bounce.delivery) == (5, None)


def test_an_international_reader_is_named() -> None:
    assert only(mailgun.read_mailgun(services.mailgun(NOW, recipient="花子@例え.jp"), [KEY])).address == "花子@例え.jp"
