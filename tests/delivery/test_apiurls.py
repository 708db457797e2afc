"""Addresses of mail services in the setting, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.delivery.transports.apiurls import parse_api_url
from publisher.delivery.transports.factory import check_transport_url, parse_transport
from publisher.delivery.transports.httpapi import ApiTransport
from publisher.delivery.transports.mailgun import MailgunApi
from publisher.delivery.transports.postmark import PostmarkApi
from publisher.delivery.transports.ses import SesApi

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "ses://AKIDEXAMPLE:ab%2Fcd+ef@eu-west-1",
            SesApi("AKIDEXAMPLE", "ab/cd+ef", "eu-west-1", "https://email.eu-west-1.amazonaws.com"),
        ),
        (
            "SES://AKID:s@us-gov-west-1?configuration_set=news&endpoint=http://127.0.0.1:4566/",
            SesApi("AKID", "s", "us-gov-west-1", "http://127.0.0.1:4566", is_private=True, configuration_set="news"),
        ),
        ("mailgun://key-12@MG.example.com", MailgunApi("key-12", "mg.example.com", "https://api.mailgun.net")),
        ("mailgun://key@mg.example.com?region=eu", MailgunApi("key", "mg.example.com", "https://api.eu.mailgun.net")),
        ("postmark://AbC-12", PostmarkApi("AbC-12", "https://api.postmarkapp.com")),
        (
            "postmark://t?stream=weekly_2&endpoint=https://mail.internal:8443",
            PostmarkApi("t", "https://mail.internal:8443", is_private=True, stream="weekly_2"),
        ),
    ],
)
def test_an_address_says_everything_about_the_service(url: str, expected: object) -> None:
    assert parse_api_url(url) == expected
    transport = parse_transport(url, Path())
    assert isinstance(transport, ApiTransport)
    assert transport._api == expected
    assert not transport.repeatable
    transport.close()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ses:AKID:s@eu-west-1", "no // before the key"),
        ("ses://AKID@eu-west-1", "needs an access key"),
        ("ses://AKID:s", "needs an access key"),
        ("ses://AKID:s@europe", "no name of a region"),
        ("ses://AKID:a/b@eu-west-1", "written %2F"),
        ("ses://AK-ID:ab@eu-west-1", "letters and digits"),
        ("ses://AKID:s@eu-west-1?stream=x", "?configuration_set="),
        ("ses://AKID:s@eu-west-1?configuration_set=a%20b", "other characters"),
        ("mailgun://mg.example.com", "needs a key"),
        ("mailgun://key@localhost", "no domain"),
        ("mailgun://key@mg.example.com?region=jp", "neither us nor eu"),
        ("mailgun://key@mg.example.com?region=us&region=eu", "twice"),
        ("postmark://", "server token"),
        ("postmark://t@example.com", "nothing besides"),
        ("postmark://t?stream=", "other characters"),
        ("postmark://%FF", "%25"),
        ("postmark://a%20b", "no key has"),
        ("postmark://t?endpoint=http://mail.example.com", "only to this machine"),
        ("postmark://t?endpoint=ftp://127.0.0.1", "without https"),
        ("postmark://t?endpoint=https://mail.example.com/v1", "more or less than a host"),
        ("postmark://t?endpoint=https://u:p@mail.example.com", "more or less than a host"),
        ("postmark://t?endpoint=https://mail.example.com:99999", "more or less than a host"),
        ("postmark://t?endpoint=", "more or less than a host"),
        ("postmrk://t", "did you mean postmark:?"),
    ],
)
def test_a_wrong_setting_is_explained(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        check_transport_url(url)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "ses://AKID:{}",
        "ses://AKID:{}@nowhere",
        "ses://{}@eu-west-1",
        "ses://AKID:x/{}@eu-west-1",
        "ses://AKID:[{}@eu-west-1",
        "ses://AKID:%FF{}@eu-west-1",
        "ses://AKID:{}@eu-west-1?endpoint=http://example.com",
        "mailgun://{}",
        "mailgun://{}@x",
        "postmark://{}@x",
        "postmark://{}#",
        "postmark://t?{}",
        "postmark://t?endpoint=https://{}:x@example.com",
    ],
)
def test_a_key_is_never_repeated(url: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        check_transport_url(url.format(SECRET))
    error: BaseException | None = caught.value
    while error is not None:
        assert SECRET not in str(error)
        error = None if error.__suppress_context__ else error.__context__


def test_a_key_shows_in_no_repr() -> None:
    for url in (f"ses://AKID:{SECRET}@eu-west-1", f"mailgun://{SECRET}@mg.example.com", f"postmark://{SECRET}"):
        assert SECRET not in repr(parse_api_url(url))


@settings(deadline=None)
@given(st.sampled_from(["ses://", "ses://AKID:s@eu-west-1?", "mailgun://k@", "postmark://"]), st.text(max_size=30))
def test_whatever_stands_there_is_taken_or_explained(prefix: str, text: str) -> None:
    problem: ValueError | None = None
    try:
        check_transport_url(prefix + text)
    except ValueError as error:
        problem = error
    assert problem is None or (type(problem) is ValueError and str(problem))
