from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from lxml import html as lxml_html

from publisher.feeds.entries import add_lead_image, build_entries, image_type, spell_as_html
from publisher.model.article import Author, Image
from tests.feeds.builders import images, make_article, make_feed, one_line_texts


class TextReader(HTMLParser):
    """The text that a browser would show."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []

    def handle_data(self, data: str) -> None:
        self.shown.append(data)


URL = "https://images.example.com/photos/1/a.png?auto=compress&w=940"
ESCAPED = "https://images.example.com/photos/1/a.png?auto=compress&amp;w=940"


def test_the_image_comes_first_with_its_credit() -> None:
    article = make_article(image=Image(URL, alt="望遠鏡", credit="Hoshi & Co. <photo>"))
    assert add_lead_image("<p>本文</p>", article) == (
        f'<figure><img src="{ESCAPED}" alt="望遠鏡">'
        "<figcaption>Hoshi &amp; Co. &lt;photo&gt;</figcaption></figure>\n<p>本文</p>"
    )


def test_an_image_without_credit_has_no_caption() -> None:
    assert add_lead_image("", make_article(image=Image(URL))) == f'<figure><img src="{ESCAPED}" alt=""></figure>\n'


def test_an_article_without_image_stays_as_it_is() -> None:
    assert add_lead_image("<p>本文</p>", make_article()) == "<p>本文</p>"


@pytest.mark.parametrize(
    "html",
    [
        f'<p><img src="{ESCAPED}" alt=""></p>',
        f"<p><IMG alt='' SRC='{URL}'></p>",
        f'<picture><source srcset="{ESCAPED} 2x, https://example.com/b.png 3x"></picture>',
        f'<img srcset="https://example.com/b.png, {ESCAPED}, https://example.com/c.png">',
    ],
)
def test_an_image_that_the_text_shows_is_not_shown_twice(html: str) -> None:
    assert add_lead_image(html, make_article(image=Image(URL))) == html


@pytest.mark.parametrize(
    "html",
    [
        f'<p><img src="{ESCAPED}&amp;dpr=2" alt=""></p>',
        f'<p><a href="{ESCAPED}">大きな絵</a></p>',
        f"<pre>{ESCAPED}</pre>",
        f"<pre>&lt;img src=&quot;{ESCAPED}&quot;&gt;</pre>",
    ],
)
def test_a_link_a_code_block_or_another_size_is_not_the_image(html: str) -> None:
    assert add_lead_image(html, make_article(image=Image(URL))).startswith(f'<figure><img src="{ESCAPED}"')


def test_an_entry_without_author_has_the_feeds() -> None:
    own = make_article(2, authors=(Author("星野"), Author("月島", "tsuki@example.jp")))
    first, second = build_entries(make_feed(make_article(), own))
    assert [author.name for author in first.authors] == ["編集部"]
    assert second.authors == own.authors


def test_a_name_that_is_tag_and_category_stands_once() -> None:
    article = make_article(categories=("天文", "星"), tags=("星", "月", "月"))
    (entry,) = build_entries(make_feed(article, urls={"星": "https://example.com/categories/x/"}))
    assert [category.name for category in entry.categories] == ["天文", "星", "月"]
    assert [category.url for category in entry.categories] == [None, "https://example.com/categories/x/", None]


def test_a_language_is_told_only_where_it_differs() -> None:
    entries = build_entries(make_feed(make_article(), make_article(2, language="en")))
    assert [entry.language for entry in entries] == ["", "en"]


def test_a_summary_feed_shows_no_text_and_no_image_in_it() -> None:
    (entry,) = build_entries(make_feed(make_article(image=Image(URL)), html={}))
    assert entry.html is None


def test_an_article_that_is_only_an_image_still_shows_it() -> None:
    article = make_article(image=Image(URL))
    shown, empty = build_entries(make_feed(article, make_article(2), html={article.id: "", make_article(2).id: ""}))
    assert shown.html is not None
    assert shown.html.startswith("<figure>")
    assert empty.html is None


@pytest.mark.parametrize(
    ("url", "media_type"),
    [
        (URL, "image/png"),
        ("https://example.com/A.JPEG", "image/jpeg"),
        ("https://example.com/a.jpg?format=webp", "image/jpeg"),
        ("https://example.com/a.b/image", None),
        ("https://example.com/?file=a.png", None),
        ("https://example.com/a.exe", None),
    ],
)
def test_the_type_of_an_image_comes_from_the_ending_of_its_path(url: str, media_type: str | None) -> None:
    assert image_type(url) == media_type


@pytest.mark.parametrize("text", ["3 < 5 & 5 > 3", "AT&T", "R&D部門の話 🎉", "a <- b"])
def test_text_that_means_the_same_as_html_stays_as_it_is(text: str) -> None:
    assert spell_as_html(text) == text


@settings(deadline=None, max_examples=60)
@given(one_line_texts)
def test_any_text_spelt_as_html_shows_what_was_written(text: str) -> None:
    reader = TextReader()
    reader.feed(spell_as_html(text))
    reader.close()
    assert "".join(reader.shown) == text


@settings(deadline=None, max_examples=60)
@given(images)
def test_any_image_can_be_read_back_and_is_not_added_again(image: Image) -> None:
    article = make_article(image=image)
    once = add_lead_image("<p>本文</p>", article)
    figure = lxml_html.fragments_fromstring(once)[0]
    assert not isinstance(figure, str)
    assert figure.xpath("string(img/@src)") == image.url
    assert figure.xpath("string(img/@alt)") == image.alt
    assert figure.xpath("string(figcaption)") == image.credit
    assert add_lead_image(once, article) == once
