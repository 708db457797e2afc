"""Identifiers, addresses and folder names that must never move: whoever changes a golden here breaks a promise."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from urllib.parse import unquote, urljoin, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from publisher import urls

TOKYO = ZoneInfo("Asia/Tokyo")
PUBLISHED = datetime(2026, 1, 8, 0, 30, tzinfo=TOKYO)
# RFC 3986, section 2, and the brackets that browsers leave in a query.
URI = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")

texts = st.text(max_size=30)
paths = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


def is_uri(text: str) -> bool:
    return URI.fullmatch(text) is not None


# ---------------------------------------------------------------------------------------------------- identity


@pytest.mark.parametrize(
    ("host", "path", "expected"),
    [
        ("example.com", "20260108-trainium3.md", "tag:example.com,2026:22d2b0b8a5178129e7c4"),
        ("Example.COM", "日記/はじめに 🎉.md", "tag:example.com,2026:96e59f87802786e12494"),
        ("example.com", "", "tag:example.com,2026:e3b0c44298fc1c149afb"),
    ],
)
def test_an_article_keeps_the_id_that_its_path_gave_it(host: str, path: str, expected: str) -> None:
    assert urls.article_id(host, path) == expected


@given(paths, paths)
def test_two_paths_have_two_ids_and_one_path_has_one(one: str, other: str) -> None:
    same = unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)
    assert (urls.article_id("example.com", one) == urls.article_id("example.com", other)) is same
    assert re.fullmatch(r"tag:example\.com,2026:[0-9a-f]{20}", urls.article_id("example.com", one))


@pytest.mark.parametrize("id_", ["", "tag:note.example,2026:x", "https://note.example/a", "tag:a,2020:" + "0" * 20])
def test_an_id_that_we_made_is_told_from_others(id_: str) -> None:
    assert urls.is_minted(urls.article_id("note.example", "日記.md"))
    assert not urls.is_minted(id_)


def test_a_path_that_a_mac_has_taken_apart_is_the_same_path() -> None:
    assert urls.article_id("example.com", unicodedata.normalize("NFD", "がぎ.md")) == urls.article_id(
        "example.com", "がぎ.md"
    )


def test_a_file_name_that_is_no_unicode_has_an_id_too() -> None:
    assert urls.article_id("example.com", "\udc82\udca0.md") != urls.article_id("example.com", "\udc82\udca1.md")


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("", "tag:example.com,2026:feeds/"),
        ("tags/AI", "tag:example.com,2026:feeds/tags/AI"),
        ("categories/技術", "tag:example.com,2026:feeds/categories/%E6%8A%80%E8%A1%93"),
        ("tags/C%2FC++", "tag:example.com,2026:feeds/tags/C%252FC%2B%2B"),
    ],
)
def test_a_feed_keeps_the_id_that_its_folder_gave_it(folder: str, expected: str) -> None:
    assert urls.feed_id("Example.com", folder) == expected


# ---------------------------------------------------------------------------------------------------- article addresses


@pytest.mark.parametrize(
    ("pattern", "stem", "path", "expected"),
    [
        ("/articles/{stem}", "hello", "hello.md", "https://example.com/articles/hello"),
        ("/{path}/", "index", "2026/旅/index.md", "https://example.com/2026/%E6%97%85/index/"),
        ("/{year}/{month}/{day}/{stem}.html", "a", "a.md", "https://example.com/2026/01/08/a.html"),
        ("articles/{stem}", "a", "a.md", "https://example.com/articles/a"),
        ("https://blog.example.org/{stem}", "a", "a.md", "https://blog.example.org/a"),
        (
            "/記事/{stem}",
            "はじめに 🎉",
            "x.md",
            "https://example.com/%E8%A8%98%E4%BA%8B/%E3%81%AF%E3%81%98%E3%82%81%E3%81%AB%20%F0%9F%8E%89",
        ),
        ("/{stem}", "100%", "100%.md", "https://example.com/100%25"),
        ("/{stem}", "a%20b", "a%20b.md", "https://example.com/a%2520b"),
        ("/{stem}", "a/b?c#d", "x.md", "https://example.com/a%2Fb%3Fc%23d"),
        ("/{stem}", "{year}", "x.md", "https://example.com/%7Byear%7D"),
        ("/{stem}", "C++", "x.md", "https://example.com/C++"),
    ],
)
def test_an_article_address_is_the_pattern_filled_in(pattern: str, stem: str, path: str, expected: str) -> None:
    found = urls.article_url("https://example.com", pattern, stem=stem, path=path, published=PUBLISHED)
    assert found == expected


@given(st.from_regex(urls._READY, fullmatch=True))
@example("https://example.com/a?b=1&c=%E6%97%A5")
@example("https://example.com/a=b,c")
def test_an_address_that_is_ready_is_what_the_long_way_makes_of_it(url: str) -> None:
    assert (
        urls.absolute(url, "https://other.example/x/") == urls.to_uri(urljoin("https://other.example/x/", url)) == url
    )


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
@example("..")
def test_a_stem_comes_back_from_its_address(stem: str) -> None:
    url = urls.article_url("https://example.com", "/a/{stem}", stem=stem, path="x.md", published=PUBLISHED)
    assert is_uri(url)
    assert unquote(url.removeprefix("https://example.com/a/")) == unicodedata.normalize("NFC", stem)


def test_a_stem_that_is_no_unicode_does_not_stop_the_rest() -> None:
    assert is_uri(
        urls.article_url("https://example.com", "/{path}", stem="\udc82", path="\udc82/\udc82.md", published=PUBLISHED)
    )


def test_the_date_in_an_address_is_the_one_of_its_own_zone() -> None:
    moment = PUBLISHED.astimezone(UTC)  # still the day before there
    assert urls.article_url("https://example.com", "/{day}/{stem}", stem="a", path="a", published=moment).endswith(
        "/07/a"
    )


@pytest.mark.parametrize(
    ("address", "site", "expected"),
    [
        ("/", "https://example.com", "https://example.com/"),
        ("/feeds", "https://example.com/blog", "https://example.com/blog/feeds"),
        ("feeds/", "https://example.com/blog", "https://example.com/blog/feeds/"),
        ("https://feeds.example.org/x", "https://example.com/blog", "https://feeds.example.org/x"),
        ("/配信", "https://example.com", "https://example.com/%E9%85%8D%E4%BF%A1"),
    ],
)
def test_an_address_of_the_config_lies_below_the_site(address: str, site: str, expected: str) -> None:
    assert urls.below_site(address, site) == expected


# ---------------------------------------------------------------------------------------------------- URIs


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://例え.jp/日記?q=値#節", "https://xn--r8jz45g.jp/%E6%97%A5%E8%A8%98?q=%E5%80%A4#%E7%AF%80"),
        ("https://例え。jp/", "https://xn--r8jz45g.jp/"),
        ("https://Bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://straße.example/", "https://xn--strae-oqa.example/"),  # strasse.example is somebody else
        ("https://♥.example/", "https://xn--g6h.example/"),
        ("https://xn--r8jz45g.jp/", "https://xn--r8jz45g.jp/"),
        ("https://example.com/a%20b%E6%97%A5", "https://example.com/a%20b%E6%97%A5"),
        ("https://example.com/%e6%97%a5", "https://example.com/%e6%97%a5"),
        ("https://example.com/100%", "https://example.com/100%25"),
        ("https://example.com/100%/%zz%4", "https://example.com/100%25/%25zz%254"),
        ('https://example.com/a b"<>\\^`{|}', "https://example.com/a%20b%22%3C%3E%5C%5E%60%7B%7C%7D"),
        ("https://example.com/?a=1&b=[2]&c=%26", "https://example.com/?a=1&b=[2]&c=%26"),
        ("https://example.com/#a#b", "https://example.com/#a%23b"),
        ("https://ü:ö@example.com:8080/", "https://%C3%BC:%C3%B6@example.com:8080/"),
        ("http://[2001:db8::1]:80/あ", "http://[2001:db8::1]:80/%E3%81%82"),
        ("//例え.jp/x", "//xn--r8jz45g.jp/x"),
        ("/日記", "/%E6%97%A5%E8%A8%98"),
        ("mailto:花子@example.com?subject=100%", "mailto:%E8%8A%B1%E5%AD%90@example.com?subject=100%25"),
        ("tel:+81-3-1234-5678", "tel:+81-3-1234-5678"),
        ("https://example.com/\u304b\u3099", "https://example.com/%E3%81%8C"),  # が, taken apart
        ("https://example.com/\udc82", "https://example.com/%3F"),
        ("", ""),
    ],
)
def test_an_iri_becomes_a_uri(url: str, expected: str) -> None:
    assert urls.to_uri(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://[",
        "http://[::1",
        "http://a b/",
        "http://a<b>/",
        "http://a%b/",
        "http://日本:８０/",
        "http://" + "日" * 64 + ".jp/",
        "http://℀.jp/",
    ],
)
def test_what_can_be_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        urls.to_uri(url)


addresses = st.one_of(
    texts,
    st.builds(
        "https://{}/{}?{}#{}".format,
        st.sampled_from(["例え.jp", "example.com", "ｅｘ.jp:80", "ß.de", "a@b"]),
        texts,
        texts,
        texts,
    ),
    st.text("%25aF日/?#:@[] h", max_size=20).map("http://example.com/".__add__),
)


@given(addresses)
@example("http:////x")
@example("%%41%")
def test_encoding_again_changes_nothing(url: str) -> None:
    try:
        once = urls.to_uri(url)
    except ValueError:
        assume(False)  # noqa: FBT003 - hypothesis' signature
    assert urls.to_uri(once) == once


@given(addresses)
def test_a_uri_is_ascii_and_holds_nothing_unsafe(url: str) -> None:
    try:
        found = urls.to_uri(url)
    except ValueError:
        assume(False)  # noqa: FBT003 - hypothesis' signature
    assert is_uri(found)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="%?#"), max_size=20))
def test_encoding_loses_nothing_but_the_form_of_accents(text: str) -> None:
    found = urls.to_uri("https://example.com/" + text)
    assert unquote(urlsplit(found).path.removeprefix("/")) == unicodedata.normalize("NFC", text)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("../b.png", "https://example.com/b.png"),
        ("/図 1.png", "https://example.com/%E5%9B%B3%201.png"),
        ("//cdn.example.org/x", "https://cdn.example.org/x"),
        (" #節 ", "https://example.com/articles/a#%E7%AF%80"),
        ("", "https://example.com/articles/a"),
        ("https://images.example.org/p?a=1&b=2", "https://images.example.org/p?a=1&b=2"),
        ("mailto:a@example.com", "mailto:a@example.com"),
    ],
)
def test_an_address_is_made_absolute(url: str, expected: str) -> None:
    assert urls.absolute(url, "https://example.com/articles/a") == expected


def test_the_host_is_the_one_in_the_address() -> None:
    assert urls.host_of("https://User@Example.COM:8080/x") == "example.com"
    assert urls.host_of("/x") == ""


# ---------------------------------------------------------------------------------------------------- folders


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AI", "AI"),
        ("機械学習", "機械学習"),
        ("C/C++", "C%2FC++"),
        ('a\\b:c*d?e"f<g>h|i', "a%5Cb%3Ac%2Ad%3Fe%22f%3Cg%3Eh%7Ci"),
        (".NET", "%2ENET"),
        ("..", "%2E."),
        ("v1.0", "v1.0"),
        ("a\tb\x7f\x85", "a%09b%7F%C2%85"),
        ("\u304b\u3099", "が"),
        ("100%", "100%"),
        ("🎉 お知らせ", "🎉 お知らせ"),
        ("\ud800", "%ED%A0%80"),
    ],
)
def test_a_folder_is_the_name_without_what_file_systems_refuse(name: str, expected: str) -> None:
    assert urls.folder_name(name) == expected


def test_a_long_name_is_cut_and_stays_apart_from_its_likes() -> None:
    one, other = "長い" * 60, "長い" * 60 + "名"
    assert urls.folder_name(one) != urls.folder_name(other)
    assert urls.folder_name(one).startswith("長い" * 30)
    assert all(len(urls.folder_name(name).encode()) <= 200 for name in (one, other))
    assert urls.folder_name("a" * 200) == "a" * 200


@given(st.text(min_size=1, max_size=90))
@example(".")
@example("e" * 89 + "\u0301")
def test_any_name_is_a_folder_on_any_disk(name: str) -> None:
    folder = urls.folder_name(name)
    assert 0 < len(folder.encode()) <= 200
    assert not set(folder) & set('/\\:*?"<>|')
    assert not folder.startswith(".")
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in folder)
    assert unicodedata.is_normalized("NFC", folder)
    assert folder == urls.folder_name(unicodedata.normalize("NFD", name))


@pytest.mark.parametrize(
    ("one", "other"),
    [("AI", "ai"), ("ＡＩ", "ai"), ("ｶﾞﾝﾀﾞﾑ", "ガンダム"), ("STRASSE", "straße"), (" ai ", "AI"), ("①", "1"), ("İ", "i̇")],
)
def test_case_and_width_make_no_difference(one: str, other: str) -> None:
    assert urls.folder_key(one) == urls.folder_key(other)


@pytest.mark.parametrize(("one", "other"), [("がん", "かん"), ("あ", "ア"), ("C", "C++"), ("a b", "ab")])
def test_other_differences_stay(one: str, other: str) -> None:
    assert urls.folder_key(one) != urls.folder_key(other)


@given(texts)
@example("\u0345\u0300")
@example("\u1fb7 \u00a8")
def test_the_key_of_a_key_is_the_key(name: str) -> None:
    key = urls.folder_key(name)
    assert urls.folder_key(key) == key


@given(st.text("aBéß ＡｂガｶﾞΣ技🎉-", min_size=1, max_size=12))
def test_shouting_a_name_does_not_change_its_key(name: str) -> None:
    assert urls.folder_key(name.upper()) == urls.folder_key(name)


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("", "https://example.com/feeds/"),
        ("tags/AI", "https://example.com/feeds/tags/AI/"),
        ("tags/C%2FC++", "https://example.com/feeds/tags/C%252FC%2B%2B/"),
        ("categories/技術", "https://example.com/feeds/categories/%E6%8A%80%E8%A1%93/"),
    ],
)
def test_a_folder_has_a_url_that_leads_back_to_it(folder: str, expected: str) -> None:
    assert urls.folder_url("https://example.com/feeds/", folder) == expected


@given(st.text(min_size=1, max_size=20))
def test_a_web_server_finds_the_folder_behind_its_url(name: str) -> None:
    folder = urls.folder_name(name)
    url = urls.folder_url("https://example.com/", "tags/" + folder)
    assert is_uri(url)
    assert urls.to_uri(url) == url
    assert unquote(url) == f"https://example.com/tags/{folder}/"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", "tag:note.example,2026:12"),
        ("日記/1", "tag:note.example,2026:%E6%97%A5%E8%A8%98/1"),
        ("a b%", "tag:note.example,2026:a%20b%25"),
        ("12:30", "tag:note.example,2026:12:30"),
        ("see: this", "tag:note.example,2026:see:%20this"),
        ("urn:uuid:6f2c", "urn:uuid:6f2c"),
        ("https://old.example/?p=12", "https://old.example/?p=12"),
        ("tag:old.example,2020:日記", "tag:old.example,2020:日記"),
    ],
)
def test_an_id_of_ones_own_is_a_uri(text: str, expected: str) -> None:
    assert urls.own_id("Note.example", text) == expected
    assert urls.own_id("note.example", expected) == expected


def test_addresses_of_the_archive() -> None:
    assert urls.archive_path() == "/newsletters/"
    assert urls.archive_path("weekly") == "/newsletters/weekly/"
    assert urls.issue_path("new-article", 12) == "/newsletters/new-article/issues/12/"
    assert urls.issue_tag("Note.example", "weekly", 3) == "tag:note.example,2026:newsletters/weekly/issues/3"


@given(st.text(min_size=1), st.integers(1, 10**9))
def test_an_issue_of_any_newsletter_has_a_path_of_its_own(name: str, number: int) -> None:
    path = urls.issue_path(name, number)
    assert urls.to_uri("https://note.example" + path) == "https://note.example" + path
    assert unquote(path.split("/")[2]) == name
    assert is_uri(urls.issue_tag("note.example", name, number))
