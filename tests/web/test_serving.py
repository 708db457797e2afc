"""Feeds over real sockets: every header, every answer."""

from __future__ import annotations

import gzip
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import brotli
import feedparser
import pytest

from publisher.app.copies import make_copies
from publisher.files import write_files
from publisher.web import feedserver, memory
from publisher.web.representation import Answer, Resource, make_delta
from tests.site import CONFIG, Site
from tests.web.served import WEB, Served, serve

BODY = "麹の話。" * 300


@pytest.fixture
def served(site: Site) -> Iterator[Served]:
    for number in range(3):
        site.write(f"{number}.md", f"題{number}", date=f"2026-11-1{number}", body=BODY, tags=["AI/ML", "麹"])
    with serve(site) as made:
        yield made


@pytest.fixture
def looked_at_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if a second had gone by between any two requests."""
    monkeypatch.setattr(memory, "_LOOK_AGAIN", 0.0)


def file_of(served: Served, name: str = "rss.xml") -> bytes:
    return (served.site.output / name).read_bytes()


# ---------------------------------------------------------------------------------------------------- headers


def test_a_feed_with_all_its_headers(served: Served) -> None:
    for _ in range(2):  # read from disk, then from memory
        answer = served.get("/rss.xml")
        assert answer.status_code == 200
        assert answer.content == file_of(served)
        headers = dict(answer.headers)
        assert headers.pop("date").endswith("GMT")
        assert headers.pop("last-modified").endswith("GMT")
        assert headers.pop("etag").strip('"').isalnum()
        assert headers == {
            "content-type": "application/rss+xml; charset=utf-8",
            "content-length": str(len(answer.content)),
            "cache-control": "public, max-age=600",
            "vary": "Accept-Encoding",
            "access-control-allow-origin": "*",
            "access-control-expose-headers": "ETag, Link",
            "link": '<https://note.example/rss.xml>; rel="self"',
            "x-content-type-options": "nosniff",
            "referrer-policy": "strict-origin-when-cross-origin",
            "content-security-policy": "default-src 'none'; style-src 'self'; img-src *; frame-ancestors 'none'",
        }


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/atom.xml", "application/atom+xml; charset=utf-8"),
        ("/feed.json", "application/feed+json; charset=utf-8"),
        ("/feeds.opml", "text/x-opml; charset=utf-8"),
        ("/tags/AI%252FML/rss.xml", "application/rss+xml; charset=utf-8"),
        ("/tags/" + quote("麹") + "/feed.json", "application/feed+json; charset=utf-8"),
        ("/rss.xml?utm_source=x", "application/rss+xml; charset=utf-8"),
    ],
)
def test_media_types_and_addresses(served: Served, path: str, media_type: str) -> None:
    answer = served.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, media_type)
    assert answer.headers["access-control-allow-origin"] == "*"


def test_the_link_to_itself_is_the_address_in_the_feed(served: Served) -> None:
    path = "/tags/AI%252FML/atom.xml"
    answer = served.get(path)
    assert answer.headers["link"] == f'<https://note.example{path}>; rel="self"'
    assert f'href="https://note.example{path}"' in answer.text


def test_hubs_and_the_time_to_keep_are_the_configuration_s(site: Site) -> None:
    config = WEB.replace("web: {", "web: {max_age: 1h, ") + "websub: {hub: [https://hub.example/, self]}\n"
    with serve(site, config) as served:
        answer = served.get("/feed.json")
    assert answer.headers["cache-control"] == "public, max-age=3600"
    assert answer.headers["link"].endswith('<https://hub.example/>; rel="hub", <https://note.example/hub>; rel="hub"')


def test_head_is_get_without_a_body(served: Served) -> None:
    for path in ("/rss.xml", "/health", "/nowhere"):
        full, head = served.get(path), served.ask("HEAD", path)
        assert head.status_code == full.status_code
        assert head.content == b""
        for volatile in ("date",):
            full.headers.pop(volatile)
            head.headers.pop(volatile)
        assert head.headers == full.headers


def test_other_sites_may_ask(served: Served) -> None:
    answer = served.ask("OPTIONS", "/feed.json", Origin="https://other.example", Access_Control_Request_Method="GET")
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "If-None-Match" in answer.headers["access-control-allow-headers"]
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_other_methods_are_refused_in_words(served: Served) -> None:
    for method in ("POST", "PUT", "DELETE"):
        answer = served.ask(method, "/rss.xml")
        assert answer.status_code == 405
        assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["x-content-type-options"] == "nosniff"


# ---------------------------------------------------------------------------------------------------- conditions


def test_who_has_it_gets_a_304_with_what_caches_need(served: Served) -> None:
    full = served.get("/rss.xml")
    for value in (full.headers["etag"], "W/" + full.headers["etag"], f'"x", {full.headers["etag"]}', "*"):
        answer = served.get("/rss.xml", If_None_Match=value)
        assert (answer.status_code, answer.content) == (304, b"")
        for name in ("etag", "cache-control", "vary", "link", "access-control-allow-origin"):
            assert answer.headers[name] == full.headers[name]
        assert "content-type" not in answer.headers
        assert "content-length" not in answer.headers


def test_the_tag_wins_over_the_date(served: Served) -> None:
    full = served.get("/rss.xml")
    modified = full.headers["last-modified"]
    assert served.get("/rss.xml", If_Modified_Since=modified).status_code == 304
    assert served.get("/rss.xml", If_Modified_Since="Thu, 01 Jan 1970 00:00:00 GMT").status_code == 200
    assert served.get("/rss.xml", If_Modified_Since="gestern").status_code == 200
    assert served.get("/rss.xml", If_None_Match='"other"', If_Modified_Since=modified).status_code == 200
    stale = served.get(
        "/rss.xml", If_None_Match=full.headers["etag"], If_Modified_Since="Thu, 01 Jan 1970 00:00:00 GMT"
    )
    assert stale.status_code == 304


def test_a_tag_in_several_lines_is_one_list(served: Served) -> None:
    tag = served.get("/rss.xml").headers["etag"].encode()
    lines = b'If-None-Match: "x"\r\nIf-None-Match: ' + tag + b"\r\nConnection: close\r\n\r\n"
    assert served.raw(b"GET /rss.xml HTTP/1.1\r\nHost: x\r\n" + lines).startswith(b"HTTP/1.1 304 Not Modified\r\n")


def test_a_part_is_answered_with_the_whole(served: Served) -> None:
    answer = served.get("/rss.xml", Range="bytes=0-9")
    assert (answer.status_code, answer.content) == (200, file_of(served))


# ---------------------------------------------------------------------------------------------------- encodings


def test_copies_are_sent_to_those_who_ask(served: Served) -> None:
    plain = served.get("/rss.xml", Accept_Encoding="identity")
    packed = served.get("/rss.xml", Accept_Encoding="gzip, deflate")
    smaller = served.get("/rss.xml", Accept_Encoding="gzip, br")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert smaller.headers["content-encoding"] == "br"
    assert int(smaller.headers["content-length"]) < int(plain.headers["content-length"]) / 5
    assert plain.content == packed.content == smaller.content == file_of(served)
    tags = {answer.headers["etag"] for answer in (plain, packed, smaller)}
    assert len(tags) == 3
    for tag in tags:
        assert served.get("/rss.xml", If_None_Match=tag, Accept_Encoding="gzip").headers["etag"] == tag


def test_small_files_have_no_copies_and_nobody_is_sent_what_they_refuse(served: Served) -> None:
    (served.site.output / "small.txt").write_text("小", encoding="utf-8")
    assert "content-encoding" not in served.get("/small.txt", Accept_Encoding="gzip, br").headers
    assert served.get("/small.txt", Accept_Encoding="identity;q=0").status_code == 406


@pytest.mark.usefixtures("looked_at_each_time")
def test_a_copy_of_something_else_is_not_sent(served: Served) -> None:
    rss = served.site.output / "rss.xml"
    assert served.get("/rss.xml", Accept_Encoding="gzip").headers["content-encoding"] == "gzip"
    rss.with_name("rss.xml.gz").write_bytes(gzip.compress(b"an older one"))
    rss.with_name("rss.xml.br").write_bytes(brotli.compress(b"0" * 10_000_000))
    answer = served.get("/rss.xml", Accept_Encoding="gzip, br")
    assert "content-encoding" not in answer.headers
    assert answer.content == rss.read_bytes()
    rss.with_name("rss.xml.gz").write_bytes(b"damaged")
    assert served.get("/rss.xml", Accept_Encoding="gzip").content == rss.read_bytes()


# ---------------------------------------------------------------------------------------------------- changes


@pytest.mark.usefixtures("looked_at_each_time")
def test_a_file_replaced_while_it_is_served(served: Served) -> None:
    before = served.get("/rss.xml", Accept_Encoding="br")
    served.site.write("new.md", "新しい題", date="2026-11-18")
    served.build()
    for encoding in ("br", "gzip", "identity"):
        after = served.get("/rss.xml", Accept_Encoding=encoding, If_None_Match=before.headers["etag"])
        assert after.status_code == 200
        assert after.content == file_of(served)
        assert "新しい題" in after.text


@pytest.mark.usefixtures("looked_at_each_time")
def test_every_answer_is_one_whole_version_however_often_the_file_is_replaced(served: Served) -> None:
    versions = [b"<rss>" + letter * 50_000 + b"</rss>" for letter in (b"a", b"b")]
    possible = [file_of(served), *versions]
    stop = threading.Event()

    def replace() -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            for _written in write_files([(served.site.output / "rss.xml", versions[turn % 2])], make_copies):
                pass

    writer = threading.Thread(target=replace)
    writer.start()
    try:
        tags: dict[str, bytes] = {}
        for number in range(60):
            answer = served.get("/rss.xml", Accept_Encoding=("br", "gzip", "identity")[number % 3])
            assert answer.content in possible
            assert tags.setdefault(answer.headers["etag"], answer.content) == answer.content
    finally:
        stop.set()
        writer.join()


@pytest.mark.usefixtures("looked_at_each_time")
def test_new_entries_alone_for_a_reader_that_asks(served: Served) -> None:
    for name in ("rss.xml", "atom.xml"):
        before = served.get("/" + name, Accept_Encoding="gzip")
        served.site.write(f"{name}.md", f"新しい題 {name}", date="2026-11-18")
        served.build()
        answer = served.get("/" + name, If_None_Match=before.headers["etag"], A_IM="feed", Accept_Encoding="gzip")
        assert answer.status_code == 226
        assert answer.headers["im"] == "feed"
        assert answer.headers["cache-control"] == "no-store, im"
        assert "A-IM" in answer.headers["vary"]
        assert answer.headers["content-type"] == before.headers["content-type"]
        parsed = feedparser.parse(answer.content)
        assert not parsed.bozo
        assert [entry.title for entry in parsed.entries] == [f"新しい題 {name}"]
        whole = served.get("/" + name, If_None_Match=answer.headers["etag"], A_IM="feed")
        assert whole.status_code == 304, "the tag is that of the whole document, which the reader now has"


@pytest.mark.usefixtures("looked_at_each_time")
def test_what_is_new_is_put_together_once_for_all_who_come_from_the_same_version(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def count(resource: Resource, body: bytes, coding: str) -> Answer:
        made.append(coding)
        return make_delta(resource, body, coding)

    monkeypatch.setattr(feedserver, "make_delta", count)
    before = served.get("/rss.xml").headers["etag"]
    served.site.write("new.md", "新しい題", date="2026-11-18")
    served.build()
    first, second = (
        served.get("/rss.xml", If_None_Match=before, A_IM="feed", Accept_Encoding="gzip") for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (226, 226)
    assert first.headers["content-encoding"] == "gzip"
    assert first.content == second.content
    assert made == ["gzip"]
    plain = served.get("/rss.xml", If_None_Match=before, A_IM="feed", Accept_Encoding="identity")
    assert (plain.content, made) == (first.content, ["gzip", ""])


@pytest.mark.usefixtures("looked_at_each_time")
def test_a_version_that_nobody_remembers_gets_everything(served: Served) -> None:
    answer = served.get("/rss.xml", If_None_Match='"unheard-of"', A_IM="feed")
    assert (answer.status_code, answer.content) == (200, file_of(served))
    before = served.get("/feed.json")
    served.site.write("new.md", "新しい題", date="2026-11-18")
    served.build()
    assert served.get("/feed.json", If_None_Match=before.headers["etag"], A_IM="feed").status_code == 200


@pytest.mark.usefixtures("looked_at_each_time")
def test_a_file_that_goes_is_gone(served: Served) -> None:
    assert served.get("/atom.xml").status_code == 200
    (served.site.output / "atom.xml").unlink()
    assert served.get("/atom.xml").status_code == 404


def test_a_second_goes_by_before_a_file_is_looked_at_again(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_LOOK_AGAIN", 1e9)
    before = served.get("/rss.xml").content
    (served.site.output / "rss.xml").write_bytes(b"<rss/>")
    assert served.get("/rss.xml").content == before
    monkeypatch.setattr(memory, "_LOOK_AGAIN", 0.0)
    assert served.get("/rss.xml").content == b"<rss/>"


# ---------------------------------------------------------------------------------------------------- files


def test_large_files_are_streamed(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_LARGEST_HELD", 1000)
    content = os.urandom(700_000)
    (served.site.output / "talk.mp3").write_bytes(content)
    for _ in range(2):
        answer = served.get("/talk.mp3")
        assert (answer.content, answer.headers["content-type"]) == (content, "audio/mpeg")
        assert served.ask("HEAD", "/talk.mp3").headers["content-length"] == "700000"
        assert served.get("/talk.mp3", If_None_Match=answer.headers["etag"]).status_code == 304


def test_a_large_file_is_never_sent_with_the_headers_of_another(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_LARGEST_HELD", 1000)
    monkeypatch.setattr(memory, "_LOOK_AGAIN", 1e9)
    talk = served.site.output / "talk.mp3"
    talk.write_bytes(b"a" * 5000)
    assert served.get("/talk.mp3").content == b"a" * 5000
    talk.with_name("new").write_bytes(b"b" * 4000)
    talk.with_name("new").replace(talk)
    answer = served.get("/talk.mp3")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert served.get("/talk.mp3").content == b"b" * 4000


def test_little_is_held_and_everything_is_served(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_MOST_FILES", 2)
    for name in ("rss.xml", "atom.xml", "feed.json") * 2:
        assert served.get("/" + name).content == file_of(served, name)


def test_a_folder_shows_its_page_or_nothing(served: Served) -> None:
    assert served.get("/tags/").status_code == 404
    folder = served.site.output / "一覧"
    folder.mkdir()
    (folder / "index.html").write_text("<h1>一覧</h1>", encoding="utf-8")
    path = "/" + quote("一覧")
    moved = served.get(path)
    assert (moved.status_code, moved.headers["location"]) == (301, path + "/")
    page = served.get(path + "/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "content-security-policy" not in page.headers, "it may be a page of the site, with scripts of its own"


def test_the_folder_itself_leads_to_the_list_of_feeds_while_it_has_no_page_of_its_own(served: Served) -> None:
    answer = served.get("/")
    assert (answer.status_code, answer.headers["location"]) == (302, "/subscribe.html")
    assert file_of(served, "subscribe.html")
    (served.site.output / "subscribe.html").unlink()
    assert served.get("/").status_code == 404
    (served.site.output / "index.html").write_text("<h1>味噌</h1>", encoding="utf-8")
    assert (served.get("/").status_code, served.get("/").text) == (200, "<h1>味噌</h1>")


@pytest.mark.parametrize(
    "path",
    [
        "/../config.yaml",
        "/%2e%2e/config.yaml",
        "/tags/..%2f..%2fconfig.yaml",
        "/.hidden",
        "/leads-out/config.yaml",
        "/out.yaml",
        "//example.com/",
        "/rss.xml/",
        "/rss.xml%00",
        "/tags",
        "/" + "a" * 300,
    ],
)
def test_nothing_outside_is_shown(served: Served, path: str) -> None:
    output: Path = served.site.output
    (output / ".hidden").write_text("x", encoding="utf-8")
    (output / "leads-out").symlink_to(served.site.folder)
    (output / "out.yaml").symlink_to(served.site.config)
    answer = served.get(path)
    assert answer.status_code == 404
    assert answer.text == "There is nothing at this address.\n"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_a_link_inside_of_the_folder_is_followed(served: Served) -> None:
    (served.site.output / "index.xml").symlink_to("rss.xml")
    assert served.get("/index.xml").content == file_of(served)


def test_feeds_below_a_path(site: Site) -> None:
    with serve(site, WEB.replace("feeds: {", "feeds: {url: /feeds, ")) as served:
        assert served.get("/feeds/rss.xml").headers["link"] == '<https://note.example/feeds/rss.xml>; rel="self"'
        assert served.get("/rss.xml").status_code == 404
        assert served.get("/feeds").status_code == 404
        assert served.get("/health").status_code == 200


# ---------------------------------------------------------------------------------------------------- pages


def test_health_says_what_is_wrong(served: Served) -> None:
    answer = served.get("/health")
    assert (answer.status_code, answer.json()["status"], answer.json()["problems"]) == (200, "ok", [])
    assert answer.headers["x-content-type-options"] == "nosniff"
    served.site.output.rename(served.site.folder / "elsewhere")
    broken = served.get("/health")
    assert broken.status_code == 503
    assert broken.json()["problems"] == ["the output folder is not there; run publisher build"]


def test_a_file_does_not_hide_a_page(served: Served) -> None:
    (served.site.output / "health").write_text("all is well", encoding="utf-8")
    assert served.get("/health").json()["status"] == "ok"


def test_without_copies_in_the_configuration_there_are_none(site: Site) -> None:
    site.write("a.md", "題", body=BODY)
    with serve(site, CONFIG.replace("feeds: {", "feeds: {compress: false, ")) as served:
        assert "content-encoding" not in served.get("/rss.xml", Accept_Encoding="gzip, br").headers
