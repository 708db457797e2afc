"""Forms as browsers and programs send them, to a real server behind the guard."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from fastapi import FastAPI, Request

from publisher.app.context import Context
from publisher.web.errorpages import ErrorPages
from publisher.web.face import Face
from publisher.web.forms import LONGEST_VALUE, read_form
from publisher.web.guard import LARGEST_BODY, Guard
from publisher.web.pages import make_pages
from publisher.web.shelf import Shelf
from tests.site import Site
from tests.web.server import serve

URLENCODED = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def address(site: Site) -> Iterator[str]:
    with site.open() as context, serve(guarded(context)) as found:
        yield found + "/echo"


def guarded(context: Context) -> FastAPI:
    """The pages of the product and one more, which says what it was sent."""
    face = Face(context)
    app = make_pages(context, face, Shelf(face.choose_language))

    @app.post("/echo")
    async def echo(request: Request) -> dict[str, object]:
        form = await read_form(request)
        return {"first": form.get("a"), "all": form.get_all("a"), "none": form.get("nothing")}

    outer = FastAPI(openapi_url=None)
    outer.mount("/", Guard(app, ErrorPages(face), [], lambda _: "192.0.2.1"))
    return outer


def test_both_kinds_of_forms_are_read_alike(address: str) -> None:
    expected = {"first": "花 & 子", "all": ["花 & 子", "二"], "none": ""}
    assert httpx.post(address, data={"a": ["花 & 子", "二"], "b": "x"}).json() == expected
    parts = [("a", (None, "花 & 子")), ("a", (None, "二")), ("b", (None, "x"))]
    assert httpx.post(address, files=parts).json() == expected


def test_values_are_single_lines_without_controls(address: str) -> None:
    answer = httpx.post(address, content="a=%20one%0D%0ABcc:%20x%00%E2%80%AE%20", headers=URLENCODED)
    assert answer.json()["first"] == "one Bcc: x"


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "", "multipart/mixed; boundary=x"])
def test_another_kind_of_body_is_refused(address: str, kind: str) -> None:
    assert httpx.post(address, content=b"{}", headers={"content-type": kind}).status_code == 415


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"a=" + b"x" * (LONGEST_VALUE + 1), "application/x-www-form-urlencoded", 413),
        (b"a=" + b"x" * LARGEST_BODY, "application/x-www-form-urlencoded", 413),
        (b"&".join(b"k%d=" % number for number in range(200)), "application/x-www-form-urlencoded", 400),
        (b"--x\r\nbroken", "multipart/form-data; boundary=y", 400),
        (b"", "multipart/form-data", 400),
        (
            b'--x\r\nContent-Disposition: form-data; name="a"; filename="f"\r\n\r\nfile\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
            400,
        ),
    ],
)
def test_what_cannot_be_taken_is_said(address: str, content: bytes, kind: str, status: int) -> None:
    answer = httpx.post(address, content=content, headers={"content-type": kind, "accept": "application/json"})
    assert answer.status_code == status
    assert answer.json()["status"] == status


def test_a_body_without_length_ends_at_the_limit(address: str) -> None:
    answer = httpx.post(address, content=(b"a" * 10_000 for _ in range(20)), headers=URLENCODED)
    assert answer.status_code == 413


def test_who_posts_without_end_is_told_to_wait(address: str) -> None:
    with httpx.Client() as client:
        answers = [client.post(address, data={"a": "1"}, headers={"accept": "text/html"}) for _ in range(40)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) >= 5
    assert answers[0].status_code == 200
    assert 1 <= int(refused[0].headers["retry-after"]) <= 3
    assert "少しお待ちください" in refused[0].text
