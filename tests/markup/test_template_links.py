"""Addresses with the templates of other tools in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.markup.html import render_html
from publisher.markup.links import is_absolute, resolve_srcset, resolve_url
from publisher.markup.place import Place
from publisher.markup.plain import render_text

_ARTICLE = "https://koji.example/lab/posts/miso/"
_FOUND = "https://koji.example/lab/posts/sake/"
_NAMES = {"sake.md", "../sake.md", "sake", "_posts/2026-01-08-sake.md", "2026-01-08-sake", "@/blog/sake.md", "/sake.md"}
PLACE = Place(
    _ARTICLE,
    "https://koji.example/lab",
    aliases=(("~/", "/assets/"), ("@/", "/src/"), ("@/cdn/", "https://cdn.example/"), ("img:", "pictures/")),
    find_article=lambda name: _FOUND if name in _NAMES else None,
)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ('{{< ref "sake.md" >}}', _FOUND),
        ('{{< ref "sake.md#part" >}}', _FOUND + "#part"),
        ('{{< ref "#here" >}}', _ARTICLE + "#here"),
        ("{{% relref 'sake' %}}#part", _FOUND + "#part"),
        ('{{< relref path="sake" lang="ja" >}}', _FOUND),
        ("{% link _posts/2026-01-08-sake.md %}", _FOUND),
        ("{{ site.baseurl }}{% link _posts/2026-01-08-sake.md %}#x", _FOUND + "#x"),
        ("{{ site.url }}{{ site.baseurl }}{%- post_url 2026-01-08-sake -%}", _FOUND),
        ("{% post_path sake %}", _FOUND),
        ("@/blog/sake.md#x", _FOUND + "#x"),
        ("{filename}sake.md", _FOUND),
        ("|filename|/sake.md", _FOUND),
        ("sake.md", _FOUND),
        ("../sake.md#節", _FOUND + "#%E7%AF%80"),
        ("/sake.md", _FOUND),
        # Not there: a neighbour by its name, everything else as text.
        ("kome.md", "https://koji.example/lab/posts/kome/"),
        ("kome.mdx", "https://koji.example/lab/posts/kome/"),
        ('{{< ref "kome.md" >}}', None),
        ("{% post_url kome %}", None),
        ("@/blog/kome.md", None),
        ("{filename}kome.md", None),
        # The site's own.
        ("{{ site.baseurl }}/a", "https://koji.example/lab/a"),
        ("{{site.baseurl}}/a", "https://koji.example/lab/a"),
        ("{{ site.url }}/a", "https://koji.example/a"),
        ("{{ site.url }}{{ site.baseurl }}/a", "https://koji.example/lab/a"),
        ("{{ base_url }}/a", "https://koji.example/lab/a"),
        ('{{ "/a" | relative_url }}', "https://koji.example/lab/a"),
        ("{{ 'a' | absolute_url }}", "https://koji.example/lab/a"),
        ('{{ "/a" | url }}?x=1', "https://koji.example/lab/a?x=1"),
        ('{{ "/a" | prepend: site.baseurl }}', "https://koji.example/lab/a"),
        ('{{ "/a" | prepend: site.baseurl | prepend: site.url }}', "https://koji.example/lab/a"),
        ('{{ site.baseurl | append: "/a" }}', "https://koji.example/lab/a"),
        ("{{ page.url }}", _ARTICLE),
        ("{{ site.url }}{{ site.baseurl }}{{ page.url }}", _ARTICLE),
        ("{{ unknown }}", None),
        ('{{ "/a" | unknown }}', None),
        ("https://api.example/{{id}}/x", "https://api.example/%7B%7Bid%7D%7D/x"),
        # Pelican's files.
        ("{static}/images/a.png", "https://koji.example/images/a.png"),
        ("{static}images/a.png", _ARTICLE + "images/a.png"),
        ("{attach}a.png", _ARTICLE + "a.png"),
        ("|static|/a.png", "https://koji.example/a.png"),
        ("{filename}/images/a.png", "https://koji.example/images/a.png"),
        ("{index}", "https://koji.example/lab/"),
        ("{tag}x", None),
        # Aliases.
        ("~/a.png", "https://koji.example/assets/a.png"),
        ("@/a.png", "https://koji.example/src/a.png"),
        ("@/cdn/a.png", "https://cdn.example/a.png"),
        # A bundle.
        ("a.png", _ARTICLE + "a.png"),
        ("./a.png", _ARTICLE + "a.png"),
        ("/a.png", "https://koji.example/a.png"),
    ],
)
def test_an_address_is_filled_in(url: str, expected: str | None) -> None:
    assert resolve_url(url, PLACE) == expected


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ('[酒]({{< ref "sake.md" >}} "題")', f'<a href="{_FOUND}" title="題">酒</a>'),
        ("[酒]({% post_url 2026-01-08-sake %})へ", f'<a href="{_FOUND}">酒</a>へ'),
        ('[**酒**]({{< ref "kome.md" >}})', "<p><strong>酒</strong></p>"),
        ("[酒][1]\n\n[1]: {{ site.baseurl }}/a '題'", '<a href="https://koji.example/lab/a" title="題">酒</a>'),
        ("[酒]({{ '/a' | relative_url }})", '<a href="https://koji.example/lab/a">酒</a>'),
        ("![図]({{ site.baseurl }}/a.png)", '<img alt="図" src="https://koji.example/lab/a.png">'),
        ("![図]({static}/a.png)", '<img alt="図" src="https://koji.example/a.png">'),
        ('<a href="{{ site.baseurl }}/a">酒</a>', '<a href="https://koji.example/lab/a">酒</a>'),
        ('文中<a href="{{< ref "sake.md" >}}">酒</a>', f'<a href="{_FOUND}">酒</a>'),
        ('<img src="{{ "/a.png" | relative_url }}" alt="図">', '<img alt="図" src="https://koji.example/lab/a.png">'),
        ('<div><img src="{{ "/a.png" | url }}"></div>', 'src="https://koji.example/lab/a.png"'),
        ("{% post_link sake 酒 の 話 %}", f'<a href="{_FOUND}">酒 の 話</a>'),
        ("{% post_link kome 米の話 %}", "<p>米の話</p>"),
        ('{{< ref "sake.md" >}}', f'<a href="{_FOUND}">{_FOUND}</a>'),
        ('本文{{< ref "kome.md" >}}', "<p>本文</p>"),
        ("{{ site.url }} の {{ '/a' | absolute_url }}", "の https://koji.example/lab/a"),
        ('`[酒]({{< ref "sake.md" >}})`', "{{&lt; ref"),
        ("[酒]({{ a b", "[酒]({{ a b"),
    ],
)
def test_in_a_body(markdown: str, html: str) -> None:
    assert html in render_html(markdown, PLACE)


def test_in_the_text_of_a_mail() -> None:
    text = render_text('[酒]({{< ref "sake.md" >}})と[米]({{< ref "kome.md" >}})', PLACE)
    assert text == f"酒 [1]と米\n\n[1] {_FOUND}"


def test_in_srcset() -> None:
    srcset = '{{ "/a.png" | url }} 1x, {{ site.baseurl }}/b.png 2x'
    assert resolve_srcset(srcset, PLACE) == "https://koji.example/lab/a.png 1x, https://koji.example/lab/b.png 2x"


def test_a_site_at_the_top_of_its_host() -> None:
    top = Place("https://koji.example/a", "https://koji.example")
    for url in ("{{ site.baseurl }}/x", '{{ "/x" | relative_url }}', "{{ site.url }}/x", "{{ base_url }}/x"):
        assert resolve_url(url, top) == "https://koji.example/x"


_PIECES = [
    *(
        "{{ ",
        " }}",
        "{{< ",
        " >}}",
        "{% ",
        " %}",
        "site.url",
        "site.baseurl",
        "page.url",
        "ref ",
        "link ",
        '"',
        "'",
        " ",
    ),
    *(
        "/a",
        "| url",
        "| prepend: ",
        "javascript:",
        "{static}",
        "|filename|",
        "{filename}",
        "sake.md",
        "#x",
        "//evil.example",
    ),
]


@given(st.lists(st.sampled_from(_PIECES), max_size=10).map("".join))
def test_any_template_is_complete_or_refused(url: str) -> None:
    found = resolve_url(url, PLACE)
    assert found is None or is_absolute(found)
