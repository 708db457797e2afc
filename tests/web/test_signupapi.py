"""Subscribing by JSON: answers, origins, and what is no sign-up at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.subscriber import SubscriberState
from publisher.web.signupapi import find_shape_problems
from tests.site import Site
from tests.web.readers import HANAKO, person, serve_readers
from tests.web.served import WEB, Served
from tests.web.unchanged import assert_database_unchanged

BLOG = "https://blog.example"
CONFIG = WEB.replace("web: {", f"web: {{origins: ['{BLOG}'], ")
JIRO = "jiro@reader.example"
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.fixture
def served(site: Site) -> Iterator[Served]:
    with serve_readers(site, CONFIG) as found:
        yield found


def send(served: Served, sent: Any, **headers: str) -> httpx.Response:
    content = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    named = {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return served.client.post(served.address + "api/subscribe", content=content, headers=named)


def test_taken(served: Served) -> None:
    answer = send(served, {"email": JIRO, "newsletters": ["weekly"], "name": "次郎", "language": "ja"})
    assert (answer.status_code, answer.json()) == (202, {"status": "taken"})
    assert person(served.context, JIRO).state is SubscriberState.PENDING


def test_an_international_address_is_taken_once(served: Served) -> None:
    assert send(served, {"email": "JÜRGEN@例え.example"}).status_code == 202
    assert send(served, {"email": "ju\u0308rgen@xn--r8jz45g.example"}).status_code == 202
    found = person(served.context, "jürgen@例え.example")
    assert (found.email, found.state) == ("JÜRGEN@xn--r8jz45g.example", SubscriberState.PENDING)


def test_full_width_letters_are_a_slip_of_the_keyboard(served: Served) -> None:
    answer = send(served, {"email": "ｊｉｒｏ@reader.example"})
    assert answer.status_code == 422
    assert "full-width" in answer.json()["problems"][0]["message"]


def test_whether_an_address_is_known_makes_no_difference(served: Served) -> None:
    known, unknown = send(served, {"email": HANAKO}), send(served, {"email": JIRO})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert min(known.elapsed.total_seconds(), unknown.elapsed.total_seconds()) >= 0.39


@pytest.mark.parametrize(
    ("sent", "field", "code"),
    [
        ({}, "email", "missing"),
        ({"email": 5}, "email", "type"),
        ({"email": "x"}, "email", "malformed"),
        ({"email": "\ud800@reader.example"}, "email", "malformed"),
        ({"email": JIRO, "newsletters": "weekly"}, "newsletters", "type"),
        ({"email": JIRO, "newsletters": [1]}, "newsletters", "type"),
        ({"email": JIRO, "newsletters": ["nothing"]}, "newsletters", "newsletter"),
        ({"email": JIRO, "name": "x" * 2000}, "name", "type"),
        ({"email": "a@yopmail.com"}, "email", "disposable"),
    ],
)
def test_refused(served: Served, sent: Any, field: str, code: str) -> None:
    with assert_database_unchanged(served.context):
        answer = send(served, sent)
    assert answer.status_code == 422
    assert [(one["field"], one["code"]) for one in answer.json()["problems"]] == [(field, code)]


@pytest.mark.parametrize(
    ("sent", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"[" * 50_000, "application/json", 400),
        (b'"\xff"', "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"email=x", "application/x-www-form-urlencoded", 415),
        (b" " * 70_000, "application/json", 413),
    ],
)
def test_no_sign_up_at_all(served: Served, sent: bytes, kind: str, status: int) -> None:
    with assert_database_unchanged(served.context):
        assert send(served, sent, content_type=kind).status_code == status


def test_a_program_that_fills_in_everything(served: Served) -> None:
    with assert_database_unchanged(served.context):
        answer = send(served, {"email": JIRO, "website": "https://spam.example"})
    assert (answer.status_code, answer.json()) == (202, {"status": "taken"})


def test_pages_of_origins_that_are_named(served: Served) -> None:
    preflight = served.ask("OPTIONS", "/api/subscribe", origin=BLOG, access_control_request_method="POST")
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == BLOG
    assert preflight.headers["access-control-allow-headers"] == "Content-Type"
    assert send(served, {"email": JIRO}, origin=BLOG).headers["access-control-allow-origin"] == BLOG
    for origin in ("https://other.example", "null", "https://blog.example.evil.example"):
        assert "access-control-allow-origin" not in send(served, {"email": JIRO}, origin=origin).headers
        preflight = served.ask("OPTIONS", "/api/subscribe", origin=origin, access_control_request_method="POST")
        assert "access-control-allow-origin" not in preflight.headers


def test_any_origin(site: Site) -> None:
    with serve_readers(site, CONFIG.replace(f"['{BLOG}']", "'*'")) as served:
        assert send(served, {"email": JIRO}, origin=BLOG).headers["access-control-allow-origin"] == "*"


def test_the_description_names_the_newsletters(served: Served) -> None:
    found = served.get("/api/openapi.json").json()
    assert found["openapi"] == "3.1.0"
    schema = found["paths"]["/api/subscribe"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert schema["properties"]["newsletters"]["items"]["enum"] == ["weekly", "new-article"]


@given(st.dictionaries(st.sampled_from(["email", "name", "language", "newsletters", "website"]) | st.text(), VALUES))
def test_any_object_is_either_fit_or_explained(sent: dict[str, Any]) -> None:
    problems = find_shape_problems(sent)
    is_fit = isinstance(sent.get("email"), str) and all(
        isinstance(sent.get(field, ""), str) for field in ("name", "language", "website")
    )
    names = sent.get("newsletters", [])
    is_fit = is_fit and isinstance(names, list) and all(isinstance(name, str) for name in names)
    assert is_fit == (not problems)
