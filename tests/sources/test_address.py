"""The address of an article's page."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.sources.address import AddressRule, Named, make_address, own_address
from publisher.sources.location import locate
from publisher.sources.lookup import Field, Lookup, Plain
from publisher.sources.presets import PRESETS, base_of

MOMENT = datetime(2026, 1, 8, 9, 5, tzinfo=ZoneInfo("Asia/Tokyo"))
LANGUAGES = frozenset({"ja", "en"})


def make(path: str, preset: str, *, folder: str = "content", own: str | None = None, **changes: str) -> str:
    rule = rule_of(preset, folder, own)
    return make_address(rule, locate(path, LANGUAGES), named(**changes)).removeprefix("https://note.example")


def rule_of(preset: str = "hugo", folder: str = "content", own: str | None = None) -> AddressRule:
    base = base_of(folder, PRESETS[preset].roots)
    return AddressRule("https://note.example", PRESETS[preset], own, base, "ja")


def named(slug: str | None = None, title: str = "題", id_: str | None = None, category: str = "") -> Named:
    return Named(MOMENT, title, slug, (category,) if category else (), id_)


def own(rule: AddressRule | None = None, /, **fields: Plain) -> tuple[str | None, list[str]]:
    lookup = Lookup({name: Field(value, 3) for name, value in fields.items()}, {})
    found = own_address(lookup, rule or rule_of(), locate("posts/2026-01-08-miso.md"), named(category="Home Cooking"))
    return found and found.removeprefix("https://note.example"), [str(note) for note in lookup.notes]


@pytest.mark.parametrize(
    ("preset", "folder", "path", "expected"),
    [
        ("nextjs", "posts", "20260108-abc.md", "/articles/20260108-abc"),
        ("nextjs", "posts", "deep/abc/index.md", "/articles/abc"),
        ("hugo", "content", "posts/My Post.md", "/posts/my-post/"),
        ("hugo", "content/posts", "What's New?.md", "/posts/whats-new/"),
        ("hugo", "content", "posts/miso/index.md", "/posts/miso/"),
        ("hugo", "content", "posts/miso/index.en.md", "/en/posts/miso/"),
        ("hugo", "content", "en/posts/miso.md", "/en/posts/miso/"),
        ("hugo", "content", "ja/posts/miso.md", "/posts/miso/"),
        ("hugo", "content", "日記/味噌.md", "/%E6%97%A5%E8%A8%98/%E5%91%B3%E5%99%8C/"),
        ("jekyll", "_posts", "2026-01-08-miso.md", "/2026/01/08/miso.html"),
        ("jekyll", ".", "food/_posts/2026-01-08-miso.md", "/food/2026/01/08/miso.html"),
        ("astro", "src/content/blog", "miso.mdx", "/blog/miso/"),
        ("astro", "src/pages/posts", "miso.md", "/posts/miso/"),
        ("eleventy", "src/posts", "2026-01-08-miso.md", "/posts/miso/"),
        ("eleventy", "posts", "miso.md", "/miso/"),
        ("hexo", "source/_posts", "food/miso.md", "/2026/01/08/food/miso/"),
        ("hexo", "source", "_posts/miso.md", "/2026/01/08/miso/"),
        ("zola", "content", "blog/2026-01-08-Miso_Soup.md", "/blog/miso-soup/"),
        ("docusaurus", "blog", "2026-01-08-miso.md", "/blog/2026/01/08/miso"),
        ("docusaurus", "blog", "2026-01-08-miso/index.md", "/blog/2026/01/08/miso"),
        ("docusaurus", "blog", "misc/miso.md", "/blog/misc/miso"),
        ("zenn", "articles", "abc123.md", "/articles/abc123"),
    ],
)
def test_each_tool_has_its_own_addresses(preset: str, folder: str, path: str, expected: str) -> None:
    assert make(path, preset, folder=folder) == expected


def test_a_slug_is_the_last_part_or_with_slashes_the_whole_path() -> None:
    assert make("posts/a.md", "hugo", slug="Miso Soup") == "/posts/miso-soup/"
    assert make("posts/a.md", "astro", folder="src/content/blog", slug="x/y") == "/blog/x/y/"
    assert make("a.md", "nextjs", slug="007") == "/articles/007"


def test_categories_ids_and_titles_stand_in_addresses() -> None:
    assert make("2026-01-08-a.md", "jekyll", category="Home Cooking") == "/home-cooking/2026/01/08/a.html"
    assert make("a.md", "qiita", id_="c0ffee") == "/items/c0ffee"
    assert make("a.md", "pelican", title="Crème brûlée, at last!") == "/creme-brulee-at-last.html"
    assert make("koji.md", "pelican", title="麹のはなし") == "/koji.html"
    assert make("koji.md", "pelican", slug="own") == "/own.html"


def test_a_pattern_of_ones_own_is_filled_as_it_stands() -> None:
    assert make("en/a.md", "hugo", own="/{lang}/x/{stem}/") == "/en/x/a/"
    assert make("ja/a.md", "hugo", own="/{lang}/x/{stem}/") == "/x/a/"
    assert make("en/b/a.md", "hugo", own="/{path}") == "/en/b/a"
    assert make("en/b/a.md", "hugo", own="/p/{stem}") == "/en/p/a"
    assert make("b/a.en.md", "hugo", own="/p/{path}") == "/en/p/b/a"
    assert make("b/a.ja.md", "hugo", own="/p/{path}") == "/p/b/a"
    assert make("a.en.md", "hugo", own="https://cdn.example/{stem}") == "https://cdn.example/a"
    assert make("b/A B.md", "hugo", own="/{path}") == "/b/A%20B"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"permalink": "/miso/index.html"}, "/miso/"),
        ({"permalink": "miso/"}, "/miso/"),
        ({"url": "/a b"}, "/a%20b"),
        ({"path": "2025/08/05/slug"}, "/2025/08/05/slug"),
        ({"permalink": "/:year/:i_month/:title.html"}, "/2026/1/miso.html"),
        ({"permalink": "/:categories/:slug/"}, "/home-cooking/miso/"),
        ({"url": "https://note.example/x"}, "/x"),
        ({"url": "https://elsewhere.example/x"}, None),
        ({"canonical_url": "https://note.example/x"}, "/x"),
        ({"canonical_url": "https://elsewhere.example/x"}, None),
        ({"canonical_url": "/x"}, None),
        ({"link": "/x", "aliases": ["/y"], "redirect_from": "/z"}, None),
        ({"permalink": False}, None),
        ({"url": "javascript:alert(1)"}, None),
    ],
)
def test_an_address_in_front_matter_counts_when_it_can_be_this_page(
    fields: dict[str, Plain], expected: str | None
) -> None:
    assert own(**fields) == (expected, [])


def test_template_code_is_no_address_and_said_to_be_none() -> None:
    found, (note,) = own(permalink="/{{ page.date }}/x/")
    assert found is None
    assert note.startswith("found '/{{ page.date }}/x/', expected an address without template code")


@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1, max_size=20),
    st.sampled_from(sorted(PRESETS)),
)
def test_every_name_has_an_address_on_the_site(name: str, preset: str) -> None:
    location = locate(f"posts/{name}.md", LANGUAGES)
    url = make_address(rule_of(preset), location, named())
    assert urlsplit(url).netloc == "note.example"
    assert url.isascii()
    assert "//" not in unquote(urlsplit(url).path).replace("%2F", "")


@given(st.text(max_size=40))
def test_any_text_is_an_address_of_ours_or_none(text: str) -> None:
    found, _notes = own(permalink=text)
    assert found is None or (found.startswith("/") and found.isascii())
