"""Signature Version 4 against the vectors that Amazon published for it (aws-sig-v4-test-suite)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.delivery.transports.sigv4 import Credentials, sign_request
from publisher.delivery.transports.verdict import ApiRequest

KEYS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1", "service")
NOW = datetime(2015, 8, 30, 12, 36, tzinfo=UTC)
SITE = "https://example.amazonaws.com"


@pytest.mark.parametrize(
    ("method", "request_", "names", "signature"),
    [
        (
            "GET",
            ApiRequest(f"{SITE}/", {}, b""),
            "host;x-amz-date",
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            "POST",
            ApiRequest(f"{SITE}/", {}, b""),
            "host;x-amz-date",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        (
            "GET",
            ApiRequest(f"{SITE}/?Param2=value2&Param1=value1", {}, b""),
            "host;x-amz-date",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            "GET",
            ApiRequest(f"{SITE}/", {"My-Header1": "value2,value2,value1"}, b""),
            "host;my-header1;x-amz-date",
            "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
        ),
        (
            "POST",
            ApiRequest(f"{SITE}/", {"Content-Type": "application/x-www-form-urlencoded"}, b"Param1=value1"),
            "content-type;host;x-amz-date",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
    ],
    ids=["get-vanilla", "post-vanilla", "get-vanilla-query-order-key-case", "header-value", "post-form"],
)
def test_signatures_are_those_that_amazon_published(
    method: str, request_: ApiRequest, names: str, signature: str
) -> None:
    signed = sign_request(request_, KEYS, NOW, method)
    assert signed.headers["X-Amz-Date"] == "20150830T123600Z"
    assert signed.headers["Authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders={names}, Signature={signature}"
    )


def test_the_clock_of_the_site_does_not_matter() -> None:
    request = ApiRequest(f"{SITE}/", {}, b"x")
    tokyo = NOW.astimezone(timezone(timedelta(hours=9)))
    assert sign_request(request, KEYS, tokyo).headers == sign_request(request, KEYS, NOW).headers


def test_the_secret_stands_in_no_repr_and_in_no_header() -> None:
    assert KEYS.secret_key not in repr(KEYS)
    assert KEYS.secret_key not in str(sign_request(ApiRequest(f"{SITE}/", {}, b"x"), KEYS, NOW).headers)


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_another_content_has_another_signature(one: bytes, other: bytes) -> None:
    first, second = (
        sign_request(ApiRequest(f"{SITE}/", {}, content), KEYS, NOW).headers["Authorization"]
        for content in (one, other)
    )
    assert (first == second) == (one == other)
