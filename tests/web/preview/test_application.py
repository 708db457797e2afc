"""The pages over HTTP: what they show, to whom, and how they learn of changes."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Iterator

import httpx
import pytest

from publisher.app.reading import scan
from publisher.config.values import Listen
from publisher.web.preview import changes
from publisher.web.preview.application import is_ours, showing
from publisher.web.preview.desk import Desk
from tests.site import CONFIG, Site
from tests.web.preview.desk import make_desk, served

LONG = "鐘" * 60


@pytest.fixture
def desk(site: Site) -> Desk:
    site.write("a.md", f"{LONG} & 印", body="本文です。\n\n[古い](http://old.example/)\n")
    return make_desk(site)


@pytest.fixture
def client(desk: Desk) -> Iterator[httpx.Client]:
    with served(desk) as found:
        yield found


def read_events(answer: httpx.Response, wanted: int = 1) -> list[str]:
    """The data of so many events."""
    found = []
    for line in answer.iter_lines():
        if line.startswith("data: "):
            found.append(line.removeprefix("data: "))
            if len(found) == wanted:
                return found
    return found


# ------------------------------------------------------------------------------------------------ what is shown


def test_the_list_shows_the_next_mail_of_each_newsletter(client: httpx.Client) -> None:
    page = client.get("/").text
    assert page.count("週刊試験ノート") >= 2
    assert 'href="/newsletters/weekly"' in page
    assert 'href="/newsletters/new-article"' in page
    assert page.count(f"<strong>{LONG} &amp; 印</strong>") == 2


def test_a_mail_is_shown_with_all_that_is_known_of_it(client: httpx.Client) -> None:
    page = client.get("/newsletters/new-article").text
    assert page.count("<iframe") == page.count('sandbox="allow-popups allow-popups-to-escape-sandbox"') == 2
    assert "<b>link-http</b>" in page
    assert "articles/a.md:8" in page
    assert f'<b class="cut">{LONG[:16]}…</b>' in page
    assert "バイト中" in page
    assert "警告1件" in page
    assert 'href="/newsletters/new-article?template=welcome"' in page


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ("text", "本文です。"),
        ("source", "Message-ID: &lt;preview@note.example&gt;"),
        ("headers", '<th scope="row">List-Id</th>'),
        ("dark", "look=dark&amp;version="),
        ("images-off", "look=images-off&amp;version="),
        ("nonsense", "look=light&amp;version="),
    ],
)
def test_each_view_has_an_address(client: httpx.Client, view: str, expected: str) -> None:
    assert expected in client.get("/newsletters/new-article", params={"view": view}).text


def test_a_mail_of_text_alone_begins_with_its_text(client: httpx.Client) -> None:
    page = client.get("/newsletters/weekly?template=plain").text
    assert "<iframe" not in page
    assert LONG in page
    assert client.get("/newsletters/weekly/mail?template=plain&look=light").text == "<!DOCTYPE html><title>-</title>"


def test_several_mails_lead_to_each_other(site: Site, client: httpx.Client) -> None:
    with site.open() as context:
        scan(context)
    site.write("b.md", "二つ目")
    site.write("c.md", "三つ目")
    page = client.get("/newsletters/new-article?number=2").text
    assert "number=2&amp;look=light" in page
    assert 'href="/newsletters/new-article?number=1&amp;view=light"' in page
    assert client.get("/newsletters/new-article?number=99").status_code == 200


def test_the_words_are_those_of_the_sites_language(site: Site, client: httpx.Client) -> None:
    assert '<html lang="ja" dir="ltr"' in client.get("/").text
    assert "パソコン" in client.get("/newsletters/weekly").text
    site.configure(CONFIG.replace("language: ja", "language: en"))
    page = client.get("/newsletters/weekly").text
    assert '<html lang="en"' in page
    assert "Desktop" in page


def test_the_mail_in_the_frame_is_the_one_that_goes_out(client: httpx.Client) -> None:
    answer = client.get("/newsletters/weekly/mail?look=dark")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "color-scheme: dark !important" in answer.text
    assert "prefers-color-scheme" not in answer.text
    assert "unsubscribe%20preview" in answer.text


def test_an_error_is_shown_above_the_last_good_mail(site: Site, client: httpx.Client) -> None:
    assert 'role="alert"' not in client.get("/newsletters/weekly").text
    body = site.folder / "templates/email/digest/body.html"
    body.parent.mkdir(parents=True)
    body.write_text("{{ nothing }}\n")
    page = client.get("/newsletters/weekly").text
    assert "templates/email/digest/body.html:1: &#39;nothing&#39; is not known here" in page
    assert page.count("<iframe") == 2
    assert LONG in client.get("/newsletters/weekly/mail?look=light").text
    site.configure(CONFIG + "nonsense: 1\n")
    assert "nonsense" in client.get("/newsletters/new-article").text
    assert "nonsense" in client.get("/").text


def test_the_list_tells_what_is_wrong_with_any_of_them(site: Site, client: httpx.Client) -> None:
    site.configure(CONFIG.replace("schedule: on-publish", "schedule: on-publish\n    template: nothing"))
    page = client.get("/").text
    assert "templates/email/nothing: subject.txt, body.txt not found" in page
    assert LONG in page


def test_what_cannot_be_read_is_named(site: Site, client: httpx.Client) -> None:
    site.write_raw("broken.md", "---\ntitle: x\n---\n")
    assert "articles/broken.md:" in client.get("/newsletters/weekly").text


def test_nothing_to_show_is_a_page_too(site: Site, client: httpx.Client) -> None:
    (site.articles / "a.md").unlink()
    assert "載せられる記事がありません" in client.get("/newsletters/weekly").text
    assert "表示できるものがまだありません" in client.get("/").text
    site.configure(CONFIG.partition("newsletters:")[0] + "delivery: {transport: 'maildir:outbox'}\n")
    client.get("/newsletters/weekly")
    assert "ニュースレターがまだありません" in client.get("/").text


@pytest.mark.parametrize(
    "path",
    [
        "/newsletters/monthly",
        "/newsletters/weekly?issue=x",
        "/newsletters/weekly?number=-1",
        "/newsletters/weekly/mail",
        "/newsletters/weekly/mail?look=pink",
        "/newsletters/monthly/mail?look=light",
        "/favicon.ico",
    ],
)
def test_what_is_not_there_is_404(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("query", ["issue=7", "template=nothing", "template=../../config", "issue=999999999"])
def test_what_cannot_be_made_is_told(client: httpx.Client, query: str) -> None:
    answer = client.get(f"/newsletters/weekly?{query}")
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text


# ------------------------------------------------------------------------------------------------ to whom


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1:8000", True),
        ("127.0.0.1", True),
        ("localhost:1", True),
        ("LOCALHOST", True),
        ("[::1]:80", True),
        ("[::1]", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost:80:80", False),
        ("localhost@evil.example", False),
        ("", False),
    ],
)
def test_only_names_of_this_computer_are_ours(host: str, *, expected: bool) -> None:
    assert is_ours(host) is expected


@pytest.mark.parametrize("path", ["/", "/newsletters/weekly", "/newsletters/weekly/mail?look=light", "/changes"])
def test_another_host_is_refused(client: httpx.Client, path: str) -> None:
    answer = client.get(path, headers={"Host": "evil.example"})
    assert answer.status_code == 403
    assert LONG not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_can_be_changed(client: httpx.Client, method: str) -> None:
    answer = client.request(method, "/newsletters/weekly", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_head_is_get_without_a_body(client: httpx.Client) -> None:
    answer = client.head("/newsletters/weekly")
    assert (answer.status_code, answer.content) == (200, b"")


def test_pages_run_their_own_script_and_style_and_no_other(client: httpx.Client) -> None:
    for path in ("/", "/newsletters/weekly"):
        answer = client.get(path)
        policy = answer.headers["content-security-policy"]
        for tag, directive in (("style", "style-src"), ("script", "script-src")):
            source = re.search(f"<{tag}>(.*?)</{tag}>", answer.text, re.DOTALL)
            assert source
            digest = base64.b64encode(hashlib.sha256(source[1].encode()).digest()).decode()
            assert f"{directive} 'sha256-{digest}'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert " style=" not in answer.text
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    policy = client.get("/newsletters/weekly/mail?look=light").headers["content-security-policy"]
    assert "script-src" not in policy
    assert "sandbox allow-popups" in policy


def test_no_page_holds_a_secret(client: httpx.Client) -> None:
    for path in ("/", "/newsletters/weekly", "/newsletters/weekly?view=source", "/newsletters/weekly?view=headers"):
        assert "a-key-for-tests" not in client.get(path).text


# ------------------------------------------------------------------------------------------------ changes


def test_an_open_page_is_told_of_a_change(site: Site, desk: Desk, client: httpx.Client) -> None:
    version = desk.version
    with client.stream("GET", "/changes", params={"since": version}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert "access-control-allow-origin" not in answer.headers
        site.write("a.md", "直した題")
        (told,) = read_events(answer)
    assert told == desk.version != version


def test_a_page_of_an_earlier_start_is_told_at_once(desk: Desk, client: httpx.Client) -> None:
    with client.stream("GET", "/changes?since=0-1") as answer:
        assert read_events(answer) == [desk.version]


def test_open_pages_do_not_hold_up_the_end(desk: Desk) -> None:
    with httpx.Client(timeout=30) as client:
        with showing(desk, Listen("127.0.0.1", 0)) as address:
            request = client.build_request("GET", f"{address}changes", params={"since": desk.version})
            lines = client.send(request, stream=True).iter_lines()
            assert next(lines) == "retry: 1000"
            started = time.monotonic()
        assert time.monotonic() - started < 8, "the server waits ten seconds for what does not end by itself"
        assert list(lines) == [""], "the stream is whole"


def test_too_many_open_pages_are_refused(desk: Desk, client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "_MOST", 0)
    assert client.get("/changes", params={"since": desk.version}).status_code == 503
