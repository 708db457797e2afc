"""Sign-ups with a proof of work: by form, by frame, by program, and in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from publisher.app.persondata import get_person
from publisher.model.subscriber import SubscriberState
from publisher.web.altcha import LIFE
from tests.browser import launch_browser
from tests.site import Site
from tests.web.readers import HTML, mails_to, person, post, serve_readers
from tests.web.served import WEB, Served
from tests.web.solving import solve, write
from tests.web.test_signup import JIRO, Fields, fill
from tests.web.unchanged import assert_database_unchanged

BLOG = "https://blog.example"
CONFIG = WEB.replace("web: {", f"web: {{altcha: true, origins: ['{BLOG}'], ")
UNPROVED = "your browser has not done the sums"


@pytest.fixture
def served(site: Site) -> Iterator[Served]:
    with serve_readers(site, CONFIG) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launch_browser() as found:
        yield found


def prove(served: Served) -> str:
    return write(solve(served.get("/api/altcha").json()))


def send(served: Served, **sent: Any) -> httpx.Response:
    return served.client.post(served.address + "api/subscribe", json=sent)


def test_a_challenge_writes_nothing_down(served: Served) -> None:
    with assert_database_unchanged(served.context):
        first, second = served.get("/api/altcha"), served.get("/api/altcha", origin=BLOG)
        assert served.ask("HEAD", "/api/altcha").status_code == 200
    assert first.json()["challenge"] != second.json()["challenge"]
    assert first.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in first.headers
    assert second.headers["access-control-allow-origin"] == BLOG


def test_a_form_with_a_proof(served: Served) -> None:
    answer = post(served, "/subscribe", fill(served, altcha=prove(served)))
    assert "Look into your mailbox" in answer.text
    assert person(served.context, JIRO).state is SubscriberState.PENDING


def test_a_form_without_a_good_proof_is_shown_again(served: Served) -> None:
    used, late = prove(served), prove(served)
    post(served, "/subscribe", fill(served, email="saburo@reader.example", altcha=used))
    mails_to(served, "saburo@reader.example")
    with assert_database_unchanged(served.context):
        for proof in ("", "x", used):
            answer = post(served, "/subscribe", fill(served, altcha=proof))
            assert (answer.status_code, UNPROVED in answer.text) == (422, True), proof
            assert f'value="{JIRO}"' in answer.text
        sent = fill(served, altcha=late)
        served.site.clock.advance(seconds=LIFE.total_seconds())
        assert UNPROVED in post(served, "/subscribe", sent).text


def test_the_traps_stay(served: Served) -> None:
    with assert_database_unchanged(served.context):
        trapped = post(served, "/subscribe", fill(served, website="https://spam.example", altcha=prove(served)))
        unstamped = post(served, "/subscribe", {"email": JIRO, "newsletter": "weekly", "altcha": prove(served)})
    assert "Look into your mailbox" in trapped.text
    assert "One more press" in unstamped.text


def test_a_program_with_a_proof(served: Served) -> None:
    proof = prove(served)
    assert send(served, email=JIRO, altcha=proof).status_code == 202
    for sent in ({"altcha": proof}, {"altcha": "x"}, {}):
        answer = send(served, email=JIRO, **sent)
        assert answer.status_code == 422
        assert [(one["field"], one["code"]) for one in answer.json()["problems"]] == [("altcha", "proof")]
    assert [one["code"] for one in send(served, email=JIRO, altcha=5).json()["problems"]] == ["type"]


def test_a_proof_is_good_once_whichever_server_gets_it(site: Site, served: Served) -> None:
    proof = prove(served)
    with serve_readers(site, CONFIG) as second:  # as after a restart
        assert send(second, email=JIRO, altcha=proof).status_code == 202
        assert send(second, email="saburo@reader.example", altcha=proof).status_code == 422
    assert send(served, email="shiro@reader.example", altcha=proof).status_code == 422


def test_the_description_asks_for_it(served: Served) -> None:
    found = served.get("/api/openapi.json").json()
    schema = found["paths"]["/api/subscribe"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert schema["required"] == ["email", "altcha"]
    described = found["paths"]["/api/altcha"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert set(described["required"]) == set(served.get("/api/altcha").json())


def test_only_pages_to_subscribe_run_a_script(served: Served) -> None:
    for path in ("/subscribe", "/subscribe/form"):
        answer = served.get(path, **HTML)
        assert "script-src 'self'; connect-src 'self'" in answer.headers["content-security-policy"]
        assert answer.text.count("<script") == answer.text.count("<noscript>") == 1
    for path in ("/newsletters/", "/confirm/x", "/nothing"):
        answer = served.get(path, **HTML)
        assert "script-src" not in answer.headers["content-security-policy"]
        assert "<script" not in answer.text


def test_browsers_keep_the_script(served: Served) -> None:
    found = re.search(r'<script src="([^"]+)"', served.get("/subscribe", **HTML).text)
    assert found
    now, before = served.get(found[1]), served.get("/_publisher/altcha-0123.js")
    assert now.headers["content-type"].startswith("text/javascript")
    assert "immutable" in now.headers["cache-control"]
    assert (before.content, before.headers["cache-control"]) == (now.content, "public, max-age=60")


def test_without_it_nothing_of_it_is_there(site: Site) -> None:
    with serve_readers(site) as served:
        page = served.get("/subscribe", **HTML)
        assert served.get("/api/altcha").status_code == 404
        assert served.get("/_publisher/altcha-0123.js").status_code == 404
        assert "altcha" not in page.text
        assert "script-src" not in page.headers["content-security-policy"]
        sent: Fields = fill(served)
        assert "Look into your mailbox" in post(served, "/subscribe", sent).text


@pytest.mark.parametrize("path", ["/subscribe", "/subscribe/form"])
def test_a_browser_signs_up(browser: Browser, served: Served, path: str) -> None:
    page = browser.new_page(locale="ja-JP")
    page.set_default_timeout(15_000)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(served.address.rstrip("/") + path)
    served.site.clock.advance(seconds=3)
    page.get_by_label("メールアドレス").fill(JIRO)
    page.get_by_role("button", name="登録する").click()
    page.get_by_role("heading", name="メールをご確認ください").wait_for()
    assert get_person(served.context, JIRO).log[0].circumstances.page == path
    page.go_back()  # who comes back, and enters another address, gets another proof
    served.site.clock.advance(seconds=3)
    page.get_by_label("メールアドレス").fill("saburo@reader.example")
    page.get_by_role("button", name="登録する").click()
    page.get_by_role("heading", name="メールをご確認ください").wait_for()
    assert person(served.context, "saburo@reader.example").state is SubscriberState.PENDING
    assert [text for text in said if "404" not in text] == []  # of an icon
    page.close()


def test_a_browser_without_scripts_is_told(browser: Browser, served: Served) -> None:
    context = browser.new_context(java_script_enabled=False, locale="ja-JP")
    page = context.new_page()
    page.goto(served.address + "subscribe")
    assert page.locator("noscript p").is_visible()
    served.site.clock.advance(seconds=3)
    page.get_by_label("メールアドレス").fill(JIRO)
    page.get_by_role("button", name="登録する").click()
    assert page.get_by_role("status").inner_text().startswith("ブラウザーの計算")
    context.close()
