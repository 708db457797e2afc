"""What is said when something cannot be had: to people, to programs, in their language."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from lxml import html

from publisher.catalogue import find_catalogue
from publisher.web import watching
from publisher.web.errorpages import describe_error
from publisher.web.face import Say
from publisher.web.pageheaders import PagePolicy, page_headers
from tests.site import CONFIG, Site
from tests.web.served import Served, serve


@pytest.fixture
def served(site: Site) -> Iterator[Served]:
    with serve(site) as made:
        yield made


def test_people_get_a_page_in_their_language(served: Served) -> None:
    answer = served.get("/nothing", accept="text/html,*/*;q=0.8", accept_language="en")
    page = html.fromstring(answer.content.decode("utf-8"))
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert page.get("lang") == "en"
    assert page.xpath("//h1/text()") == ["Nothing here"]
    assert page.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert not page.xpath("//link[@rel='canonical']")
    assert "ページが見つかりません" in served.get("/nothing?lang=ja", accept="text/html", accept_language="en").text


def test_programs_get_json_or_a_line_of_text(served: Served) -> None:
    answer = served.get("/nothing", accept="application/json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "status": 404,
        "error": "Nothing here",
        "detail": "There is nothing at this address.",
    }
    plain = served.get("/nothing")
    assert plain.headers["content-type"] == "text/plain; charset=utf-8"
    assert plain.text == "There is nothing at this address.\n"


def test_what_the_address_says_is_not_repeated(served: Served) -> None:
    """No script, and no link that leads to where somebody else wants it to."""
    for accept in ("text/html", "application/json", "text/plain"):
        assert "alert" not in served.get("/<script>alert(1)</script>?lang=<script>alert(2)", accept=accept).text
        assert "evil" not in served.get("//evil.example/x", accept=accept).text


@pytest.mark.parametrize("accept", ["text/html", "application/json", "text/plain"])
def test_a_fault_of_ours_shows_nothing_of_it(served: Served, accept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("the secret of the house")

    monkeypatch.setattr(watching, "get_health", fail)
    answer = served.get("/health", accept=accept)
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_every_status_has_words_in_both_languages() -> None:
    for status in (400, 403, 404, 405, 406, 413, 415, 422, 429, 500, 503):
        english, japanese = (describe_error(status, Say(find_catalogue(language))) for language in ("en", "ja"))
        assert all(english)
        assert not set(english) & set(japanese), status


def test_security_headers_of_every_page(site: Site) -> None:
    with serve(site, CONFIG + "web: {url: 'http://note.example'}\n") as served:
        for path in ("/health", "/nothing", "/newsletters/", "/newsletters/weekly/", "/_publisher/web-old.css"):
            headers = served.get(path, accept="text/html").headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert "camera=()" in headers["permissions-policy"]
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert "script-src" not in policy
            assert "set-cookie" not in headers
            assert "strict-transport-security" not in headers, "people come by http"


def test_https_is_remembered_and_frames_are_for_who_asks() -> None:
    headers = dict(page_headers(is_https=True, policy=PagePolicy(may_be_framed=True)))
    assert headers[b"strict-transport-security"] == b"max-age=31536000"
    assert b"frame-ancestors *" in headers[b"content-security-policy"]
    assert b"img-src 'self';" in headers[b"content-security-policy"]


def test_the_style_sheet_is_kept_for_ever_by_its_name(served: Served) -> None:
    link = re.search('<link rel="stylesheet" href="([^"]+)">', served.get("/nothing", accept="text/html").text)
    assert link
    answer = served.get(link[1])
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    old = served.get("/_publisher/web-0000.css")
    assert old.text == answer.text
    assert old.headers["cache-control"] == "public, max-age=60"
    assert served.get("/_publisher/other.txt").status_code == 404
