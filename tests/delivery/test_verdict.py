"""What answers over HTTP mean, apart from any service."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.delivery.transports.mailgun import MailgunApi
from publisher.delivery.transports.postmark import PostmarkApi
from publisher.delivery.transports.ses import SesApi
from publisher.delivery.transports.verdict import Api, Kind, judge_status, read_json, read_wait, read_words
from publisher.fetch import Answer

NOW = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)
APIS: list[Api] = [
    SesApi("AKID", "s", "eu-west-1", "https://ses.example"),
    MailgunApi("k", "mg.example.com", "https://mailgun.example"),
    PostmarkApi("t", "https://postmark.example"),
]


def answer(status: int = 429, content: bytes = b"", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, "https://x.example", "https://x.example", named, content)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("120", 120),
        (" 7 ", 7),
        ("999999999999", 86_400),
        ("Thu, 19 Nov 2026 03:01:00 GMT", 60),
        ("Thu, 19 Nov 2026 12:01:00 +0900", 60),
        ("Thu, 19 Nov 2026 03:01:00 -0000", 60),
        ("Thu, 19 Nov 2026 02:00:00 GMT", 0),
        ("Thu, 19 Nov 2099 03:01:00 GMT", 86_400),
    ],
)
def test_a_time_to_come_back_is_seconds_or_a_date(text: str, seconds: int) -> None:
    assert read_wait(answer(retry_after=text), NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "soon", "-5", "1.5", "１２", "Thu, 99 Nov 2026 03:01:00 GMT", "Thu, 1 Nov 99999999999 03:01:00 GMT"]
)
def test_what_is_neither_is_no_time(text: str) -> None:
    assert read_wait(answer(retry_after=text), NOW) is None


@given(st.text(max_size=60))
def test_no_time_is_longer_than_a_day_or_before_now(text: str) -> None:
    wait = read_wait(answer(retry_after=text), NOW)
    assert wait is None or timedelta(0) <= wait <= timedelta(days=1)


@pytest.mark.parametrize(
    ("statuses", "kind"),
    [
        ((401, 403), Kind.LOGIN),
        ((301, 302, 307, 402, 404, 405, 410), Kind.REFUSED),
        ((400, 406, 413, 415, 422), Kind.FAILED),
        ((429,), Kind.THROTTLED),
        ((408, 409, 425, 500, 503), Kind.LATER),
        ((200, 202, 204, 501, 502, 504, 520, 524), Kind.DOUBT),
    ],
)
def test_a_status_has_a_meaning_by_itself(statuses: tuple[int, ...], kind: Kind) -> None:
    assert {judge_status(answer(status), "", NOW).kind for status in statuses} == {kind}


def test_a_time_to_come_back_closes_the_service_until_then() -> None:
    verdict = judge_status(answer(503, retry_after="60"), "busy", NOW)
    assert (verdict.kind, verdict.wait, verdict.words) == (Kind.CLOSED, timedelta(minutes=1), "HTTP 503: busy")


def test_words_are_those_of_the_message_or_all_of_them() -> None:
    assert read_words(answer(content=b'{"message": "no\\nway"}'), "message") == "no / way"
    assert read_words(answer(content=b"<b>Bad Gateway</b>\r\n"), "message") == "<b>Bad Gateway</b>"
    assert read_json(answer(content=b"[1]")) == {}


@pytest.mark.parametrize("api", APIS, ids=["ses", "mailgun", "postmark"])
@given(status=st.integers(100, 599), content=st.binary(max_size=60), error=st.text(max_size=30))
def test_nothing_but_a_clear_yes_is_accepted(api: Api, status: int, content: bytes, error: str) -> None:
    verdict = api.judge(answer(status, content, x_amzn_errortype=error), NOW)
    assert verdict.kind is not Kind.ACCEPTED
    if verdict.kind is Kind.FAILED:
        assert verdict.code in range(550, 555)
        assert verdict.enhanced.startswith("5.")
    if 200 <= status < 300 and status != 200:
        assert verdict.kind is not Kind.FAILED
