"""The names of other articles that a body links to."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.markup.characters import clean
from publisher.markup.html import render_html
from publisher.markup.place import Place
from publisher.markup.references import find_references
from publisher.model.article import BodyFormat
from tests.markup.strategies import bodies

MARKDOWN = BodyFormat.MARKDOWN
# In no file name that a link could hold unescaped; and what is escaped is compared by the finder, not here.
_STRANGE = re.compile(r"[<>\"{}|%&\\\s#]|[^\x00-\x7f]")


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("[糀](koji.md)", "koji.md"),
        ("[糀](../news/koji.mdx#part)", "../news/koji.mdx"),
        ("[糀](koji.markdown?x=1)", "koji.markdown"),
        ("[糀](KOJI.MD)", "KOJI.MD"),
        ('[糀](/posts/koji.md "題")', "/posts/koji.md"),
        ("[糀](<味噌 汁.md>)", "味噌 汁.md"),
        ("[糀](koji_(1).md)", "koji_(1).md"),
        ("[糀](a\\_b.md)", "a_b.md"),
        ("[糀](a&amp;b.md)", "a&b.md"),
        ("[糀](\nkoji.md)", "koji.md"),
        ("[糀][1]\n\n[1]: koji.md", "koji.md"),
        ("[糀][1]\n\n[1]:koji.md", "koji.md"),
        ("<a href='味噌 汁.md'>糀</a>", "味噌 汁.md"),
        ("<a class=x href=koji.md>糀</a>", "koji.md"),
        ("[糀](@/blog/koji.md)", "@/blog/koji.md"),
        ("[糀]({filename}koji.md)", "koji.md"),
        ("[糀](|filename|/a/koji.md)", "/a/koji.md"),
        ('[糀]({{< ref "koji.md" >}})', "koji.md"),
        ("[糀]({{< relref `koji` >}})", "koji"),
        ('[糀]({{% relref path="a/koji" lang="ja" %}})', "a/koji"),
        ('{{<ref "koji.md#part">}}', "koji.md"),
        ("{% link _posts/koji.md %}", "_posts/koji.md"),
        ("[糀]({{ site.baseurl }}{% post_url 2026-01-08-koji %})", "2026-01-08-koji"),
        ("{%- post_link koji 糀の話 -%}", "koji"),
        ("{% post_path 'koji' %}", "koji"),
    ],
)
def test_every_way_to_name_a_file_is_found(body: str, name: str) -> None:
    assert name in find_references(f"前の文。{body} 後の文。", MARKDOWN)
    assert name in find_references(body, BodyFormat.MDX)


@pytest.mark.parametrize(
    "body",
    [
        "ただの文章と[外](https://example.com/a)。",
        "[外](https://example.com/README.md)",
        "[外](//example.com/README.md)",
        "{{< figure src='a.png' >}} {% include x.html %}",
        "koji.mdwn と a.mp3",
        "",
    ],
)
def test_what_names_no_article(body: str) -> None:
    assert find_references(body, MARKDOWN) == ()


def test_each_is_named_once_and_nothing_is_sought_in_html() -> None:
    assert find_references("[a](x.md) [b](x.md#y) [c](x.md)", MARKDOWN) == ("x.md",)
    assert find_references("<a href='x.md'>", BodyFormat.HTML) == ()


@given(bodies)
def test_none_that_the_renderer_asks_for_is_missing(body: str) -> None:
    asked: list[str] = []

    def find(name: str) -> None:
        asked.append(name)

    place = Place("https://news.example.jp/a", "https://news.example.jp", find_article=find)
    for part in map(clean, (body, f"[字]({body[:20]}.md) {body}")):
        asked.clear()
        render_html(part, place)
        named = {name.partition("?")[0] for name in asked if not _STRANGE.search(name) and len(name) < 200}
        assert named <= {*find_references(part, MARKDOWN), ""}


@given(st.text(alphabet="[](){}<>\"'%|@/. mdref\n", max_size=200))
def test_any_text_is_searched(body: str) -> None:
    assert all(name.strip() == name for name in find_references(body, MARKDOWN))


def test_a_body_without_any_costs_next_to_nothing() -> None:
    body = "発酵の話を続けます🍚。麹は蒸した米に育つ菌です。\n\n" * 100
    best = min(_time(body) for _ in range(50))
    assert best < 0.000_2  # seconds; a tenth of it on the machine this was written on


def _time(body: str) -> float:
    start = time.perf_counter()
    find_references(body, MARKDOWN)
    return time.perf_counter() - start
