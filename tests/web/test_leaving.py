"""Leaving by a link: what a mail program posts, what people press, and that opening it changes nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from structlog.testing import capture_logs

from publisher import tokens
from publisher.app.persondata import forget, get_person
from publisher.model.consent import ConsentEvent
from publisher.model.subscriber import SubscriberState
from publisher.storage import database
from tests.site import Site
from tests.web.readers import HANAKO, HTML, link_to, person, post, serve_readers
from tests.web.served import WEB, Served
from tests.web.unchanged import assert_database_unchanged

ONE_CLICK: dict[str, str | list[str]] = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def served(site: Site) -> Iterator[Served]:
    with serve_readers(site) as found:
        yield found


def test_opening_the_link_shows_a_button_and_changes_nothing(served: Served) -> None:
    path = link_to(served.context, tokens.UNSUBSCRIBE)
    with assert_database_unchanged(served.context):
        answer = served.get(path, **HTML)
        assert served.ask("HEAD", path).status_code == 200
    assert answer.status_code == 200
    assert "Unsubscribe from “週刊試験ノート”?" in answer.text
    assert HANAKO in answer.text
    assert '<button name="act" value="leave">' in answer.text
    assert person(served.context).newsletters == ("new-article", "weekly")


def test_the_page_tells_nobody_where_it_is(served: Served) -> None:
    headers = served.get(link_to(served.context, tokens.UNSUBSCRIBE)).headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-robots-tag"] == "noindex"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "set-cookie" not in headers


def test_while_the_database_is_locked_a_mail_program_is_asked_to_come_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not 500: it passes, and some mail programs try again then."""
    monkeypatch.setattr(database, "_BUSY_MS", 100)
    with serve_readers(site) as served, closing(sqlite3.connect(served.context.database.path)) as other:
        path = link_to(served.context, tokens.UNSUBSCRIBE)
        other.execute("BEGIN IMMEDIATE")
        with capture_logs() as logged:
            answer = served.client.post(served.address.rstrip("/") + path, data=ONE_CLICK)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        assert answer.headers["cache-control"] == "no-store"
        (line,) = (one for one in logged if one["event"] == "page failed")
        assert line["page"] == "unsubscribe"
        assert "is locked by another program" in line["reason"]
        other.rollback()
        assert post(served, path, ONE_CLICK).status_code == 200
        assert person(served.context).newsletters == ("new-article",)


@pytest.mark.parametrize("is_multipart", [False, True])
def test_one_click_of_a_mail_program(served: Served, *, is_multipart: bool) -> None:
    path = link_to(served.context, tokens.UNSUBSCRIBE)
    url = served.address.rstrip("/") + path
    for _ in range(2):  # twice is as good as once
        if is_multipart:
            answer = served.client.post(url, files=[("List-Unsubscribe", (None, "One-Click"))])
        else:
            answer = served.client.post(url, data={"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.text) == (200, "Unsubscribed.\n")
        assert "set-cookie" not in answer.headers
        assert person(served.context).newsletters == ("new-article",)
    log = get_person(served.context, HANAKO).log
    assert [(entry.event, entry.circumstances.how) for entry in log[-1:]] == [(ConsentEvent.LEFT, "one-click")]
    assert len([entry for entry in log if entry.event is ConsentEvent.LEFT]) == 1


@pytest.mark.parametrize("kind", [None, "", "text/plain", "application/octet-stream", "application/json", "nonsense"])
@pytest.mark.parametrize("content", [b"", b"List-Unsubscribe=One-Click", b"list=1&List-Unsubscribe=one-click\r\n"])
def test_one_click_of_a_program_that_leaves_out_what_it_should_say(
    served: Served, kind: str | None, content: bytes
) -> None:
    path = link_to(served.context, tokens.UNSUBSCRIBE)
    headers = {} if kind is None else {"content-type": kind}
    answer = served.client.post(served.address.rstrip("/") + path, content=content, headers=headers)
    assert (answer.status_code, answer.text) == (200, "Unsubscribed.\n")
    assert person(served.context).newsletters == ("new-article",)


@pytest.mark.parametrize("content", [b"{}", b"one two", b"\xff\xfe", b"&" * 5000, b"a=1&" * 200])
def test_what_is_no_click_is_none_whatever_it_says_that_it_is(served: Served, content: bytes) -> None:
    path = link_to(served.context, tokens.UNSUBSCRIBE)
    answer = served.client.post(served.address.rstrip("/") + path, content=content)
    assert answer.status_code in {200, 400}
    assert (answer.status_code == 200) == (content == b"&" * 5000)  # there is nothing in it
    assert ("weekly" in person(served.context).newsletters) == (answer.status_code == 400)


def test_one_click_for_years_and_after_the_key_has_changed(site: Site) -> None:
    with serve_readers(site) as served:
        path = link_to(served.context, tokens.UNSUBSCRIBE)
    site.clock.advance(days=3000)
    with serve_readers(site, WEB.replace("secret_key: a-key-for-tests", "secret_key: [newer, a-key-for-tests]")) as new:
        assert post(new, path, ONE_CLICK).status_code == 200
        assert person(new.context).newsletters == ("new-article",)


def test_one_click_for_somebody_who_is_forgotten(served: Served) -> None:
    path = link_to(served.context, tokens.UNSUBSCRIBE)
    forget(served.context, HANAKO)
    assert post(served, path, ONE_CLICK).status_code == 200
    assert "nobody on our list" in served.get(path, **HTML).text


def test_many_clicks_from_one_network(served: Served) -> None:
    """A large provider sends them in the name of all its users."""
    path = link_to(served.context, tokens.UNSUBSCRIBE)
    assert {post(served, path, ONE_CLICK).status_code for _ in range(100)} == {200}


def test_a_button_with_a_reason_then_undo(served: Served) -> None:
    path = link_to(served.context, tokens.UNSUBSCRIBE)
    answer = post(served, path, {"act": "leave", "reason": "多すぎます"})
    assert answer.status_code == 200
    assert f"“週刊試験ノート” does not come to {HANAKO} any more." in answer.text
    assert "You still receive: 試験ノート 新着" in answer.text
    assert get_person(served.context, HANAKO).log[-1].circumstances.reason == "多すぎます"
    assert "You do not receive" in served.get(path, **HTML).text
    answer = post(served, path, {"act": "undo"})
    assert "Welcome back" in answer.text
    assert person(served.context).newsletters == ("new-article", "weekly")


def test_everything_at_once(served: Served) -> None:
    path = link_to(served.context, tokens.UNSUBSCRIBE)
    answer = post(served, path, {"act": "leave-all"}, accept_language="ja")
    assert "配信を停止しました" in answer.text
    assert person(served.context).state is SubscriberState.UNSUBSCRIBED
    post(served, path, {"act": "undo"})
    assert person(served.context).newsletters == ("new-article", "weekly"), "what ended together comes back together"


def test_undo_after_a_week_is_too_late(served: Served) -> None:
    path = link_to(served.context, tokens.UNSUBSCRIBE)
    post(served, path, {"act": "leave"})
    served.site.clock.advance(days=8)
    answer = post(served, path, {"act": "undo"})
    assert "It is too late to undo this" in answer.text
    assert 'href="/subscribe"' in answer.text
    assert person(served.context).newsletters == ("new-article",)


@pytest.mark.parametrize("token", ["x", "A" * 34, "%E8%8A%B1", "a" * 3000])
def test_a_link_that_is_not_ours(served: Served, token: str) -> None:
    with assert_database_unchanged(served.context):
        answer = served.get(f"/unsubscribe/{token}", **HTML)
        assert post(served, f"/unsubscribe/{token}", ONE_CLICK).status_code == 404
        assert post(served, f"/unsubscribe/{token}", {"act": "leave"}).status_code == 404
    assert answer.status_code == 404
    assert "This link is not complete" in answer.text


def test_a_token_for_something_else_leaves_nothing(served: Served) -> None:
    token = link_to(served.context, tokens.PREFERENCES).rpartition("/")[2]
    assert post(served, f"/unsubscribe/{token}", ONE_CLICK).status_code == 404
    assert person(served.context).newsletters == ("new-article", "weekly")


def test_a_post_that_asks_for_nothing(served: Served) -> None:
    path = link_to(served.context, tokens.UNSUBSCRIBE)
    assert post(served, path, {"act": "something"}).status_code == 400
    assert post(served, path, {"x": ""}).status_code == 400
    assert person(served.context).newsletters == ("new-article", "weekly")
