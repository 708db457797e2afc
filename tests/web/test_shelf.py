"""Pages in memory: fresh for a while, as many as there is room for."""

from __future__ import annotations

import threading

import pytest

from publisher.web import shelf
from publisher.web.feedserver import Request, Scope
from publisher.web.shelf import ANY_LANGUAGE, FRESH, Page, Shelf, make_page_resource

PAGE = Page("頁".encode() * 400, "text/html; charset=utf-8", [(b"vary", b"Accept-Language")])
SCOPE: Scope = {"type": "http", "method": "GET", "headers": []}


class Timer:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def timer() -> Timer:
    return Timer()


@pytest.fixture
def kept(timer: Timer) -> Shelf:
    return Shelf(lambda accept: "en" if accept == b"en" else "ja", timer)


def ask(path: bytes, *, method: str = "GET", query: bytes = b"", language: bytes = b"") -> Request:
    return Request(method, path, [(b"accept-language", language)], "192.0.2.1", query)


def test_a_page_is_found_while_it_is_fresh(kept: Shelf, timer: Timer) -> None:
    assert kept.find(ask(b"/a")) is None
    assert kept.answer(SCOPE, ("/a", "", "ja"), lambda: PAGE)
    found = kept.find(ask(b"/a"))
    assert found is not None
    assert found.body == PAGE.body
    assert kept.find(ask(b"/a", method="HEAD")) is not None
    timer.now = FRESH
    assert kept.find(ask(b"/a")) is None


@pytest.mark.parametrize(
    "other", [ask(b"/b"), ask(b"/a", query=b"x=1"), ask(b"/a", method="POST"), ask(b"/a", language=b"en")]
)
def test_another_request_is_another_page(kept: Shelf, other: Request) -> None:
    kept.answer(SCOPE, ("/a", "", "ja"), lambda: PAGE)
    assert kept.find(other) is None


def test_what_has_no_words_is_for_every_language(kept: Shelf) -> None:
    kept.answer(SCOPE, ("/feed.xml", "", ANY_LANGUAGE), lambda: PAGE)
    assert kept.find(ask(b"/feed.xml", language=b"en")) is not None


def test_a_page_that_is_gone_is_not_found_any_more(kept: Shelf, timer: Timer) -> None:
    kept.answer(SCOPE, ("/a", "", "ja"), lambda: PAGE)
    timer.now = FRESH
    assert kept.answer(SCOPE, ("/a", "", "ja"), lambda: None) is None
    timer.now = 0.0
    assert kept.find(ask(b"/a")) is None


def test_a_page_that_is_as_it_was_keeps_its_tag_and_date(
    kept: Shelf, timer: Timer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("publisher.web.shelf.time.time", lambda: 1_000_000 + timer.now)
    first = kept.answer(SCOPE, ("/a", "", "ja"), lambda: PAGE)
    timer.now = 100.0
    assert kept.answer(SCOPE, ("/a", "", "ja"), lambda: Page(PAGE.body, PAGE.media_type, PAGE.headers)) == first
    timer.now = 200.0
    changed = kept.answer(SCOPE, ("/a", "", "ja"), lambda: Page(b"other", PAGE.media_type))
    assert first is not None
    assert changed is not None
    assert {**dict(first.headers), **dict(changed.headers)}[b"last-modified"] != dict(first.headers)[b"last-modified"]


def test_the_oldest_make_room(kept: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    size = make_page_resource(PAGE, 0).size
    monkeypatch.setattr(shelf, "_MOST_BYTES", 3 * size)
    for number in range(5):
        kept.answer(SCOPE, (f"/{number}", "", "ja"), lambda: PAGE)
    assert [kept.find(ask(f"/{number}".encode())) is not None for number in range(5)] == [
        False,
        False,
        True,
        True,
        True,
    ]
    monkeypatch.setattr(shelf, "_MOST_PAGES", 1)
    kept.answer(SCOPE, ("/9", "", "ja"), lambda: PAGE)
    assert [kept.find(ask(path)) is not None for path in (b"/4", b"/9")] == [False, True]


def test_what_many_ask_for_at_once_is_made_once(kept: Shelf) -> None:
    made = []
    begin = threading.Barrier(8)

    def make() -> Page:
        made.append(1)
        return PAGE

    def ask_for_it() -> None:
        begin.wait()
        kept.answer(SCOPE, ("/a", "", "ja"), make)

    threads = [threading.Thread(target=ask_for_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_a_small_page_is_sent_as_it_is() -> None:
    assert make_page_resource(Page(b"small", "text/html"), 0).encodings == ()
    assert make_page_resource(PAGE, 0).encodings == ("gzip",)
