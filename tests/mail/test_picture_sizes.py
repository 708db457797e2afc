"""Sizes put into a finished document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from publisher.mail.inline import inline
from publisher.mail.pictures import find_addresses, fit_pictures
from publisher.mail.render import render_issue
from publisher.mail.shorten import SHORTENED_TO
from publisher.model.issue import Selection
from publisher.model.picture import Picture
from tests.mail.newsletters import BODIES, MOSS, SEVERAL, TRAIN, make_context, render

A = "https://images.example.com/a.png"


def put(attributes: str, source: str = A) -> str:
    return inline(f'<!DOCTYPE html><html><body><p>前<img src="{source}" {attributes}>後</p></body></html>')


def sized(attributes: str, width: int, height: int, column: int = 536) -> dict[str, str]:
    html = fit_pictures(put(attributes), {A: Picture("png", width, height)}, column)
    (image,) = etree.fromstring(html.encode(), etree.HTMLParser(encoding="utf-8")).iter("img")
    return {str(name): str(value) for name, value in image.attrib.items() if name != "src"}


@pytest.mark.parametrize(
    ("attributes", "size", "expected"),
    [
        ('width="536"', (1072, 600), {"width": "536", "height": "300"}),
        ('width="536"', (200, 100), {"width": "200", "height": "100"}),
        ('width="100"', (200, 100), {"width": "100", "height": "50"}),
        ("", (1000, 1), {"width": "536", "height": "1"}),
        ("", (99_999, 99_999), {"width": "536", "height": "536"}),
        ('width="50" height="40"', (200, 100), {"width": "50", "height": "40"}),
        ('width="100%"', (300, 300), {"width": "300", "height": "300"}),
        ('height="40"', (200, 100), {"width": "200", "height": "100"}),
        ("", (0, 0), {}),
    ],
)
def test_width_and_height(attributes: str, size: tuple[int, int], expected: dict[str, str]) -> None:
    assert sized(attributes, *size) == expected


def test_the_style_stays_fluid_and_blows_nothing_up() -> None:
    style = "width: 100%; max-width: 536px; height: auto"
    small = sized(f'width="536" style="{style}"', 200, 100)["style"].replace(" ", "")
    assert small == "width:100%;max-width:200px;height:auto;"
    large = sized(f'width="536" style="{style}"', 2000, 100)["style"].replace(" ", "")
    assert large == "width:100%;max-width:536px;height:auto;"
    assert "max-width:100%" in sized('style="max-width:100%"', 20, 10)["style"]


def test_a_document_without_news_is_left_to_the_byte() -> None:
    html = render(SEVERAL).html
    assert fit_pictures(html, {}, 536) == html
    assert fit_pictures(html, {A: Picture("svg", 0, 0)}, 536) == html


def test_nothing_but_the_pictures_changes() -> None:
    html = render(SEVERAL).html
    urls = find_addresses(html)
    known = {url: Picture("jpg", 1072, 536) for url in urls}
    changed = fit_pictures(html, known, 536)
    assert changed.replace(' height="268"', "") == html
    assert changed.count(' height="268"') == len(urls) == 3
    assert find_addresses(changed) == find_addresses(html) == urls


@settings(deadline=None)
@given(st.text(max_size=40), st.integers(0, 70_000), st.integers(0, 70_000))
def test_any_attribute_is_survived(value: str, width: int, height: int) -> None:
    document = etree.fromstring(put("").encode(), etree.HTMLParser(encoding="utf-8"))
    (image,) = document.iter("img")
    try:
        image.set("width", value)
    except ValueError:  # no character of XML
        return
    html = etree.tostring(document, method="html", encoding="unicode")
    found = fit_pictures(html, {A: Picture("png", width, height)}, 536)
    assert ('height="' in found) == (width > 0 and height > 0)


def test_addresses_are_those_of_the_web_each_once() -> None:
    html = put("") + '<img src="cid:a"><img src=""><img><img src="data:image/png;base64,x">' + put("")
    assert find_addresses(html) == [A]


# ------------------------------------------------------------------------------------------------ in an issue


class Measure:
    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, urls: Sequence[str]) -> Mapping[str, Picture]:
        self.asked.append(list(urls))
        return {url: Picture("png", 940, 650) for url in urls}


def test_an_issue_asks_for_what_it_shows() -> None:
    measure = Measure()
    rendered = render_issue(SEVERAL, BODIES, replace(make_context(), measure=measure))
    assert MOSS.image is not None
    assert TRAIN.image is not None
    assert measure.asked[0][:2] == [MOSS.image.url, TRAIN.image.url]
    assert rendered.html.count(' height="371"') == len(measure.asked[0])


def test_a_shortened_article_has_sizes_too() -> None:
    measure = Measure()
    body = "\n\n".join(f"![図](/images/{number}.png)\n\n{'苔。' * 200}" for number in range(150))
    context = replace(make_context("article", "fresh"), measure=measure)
    rendered = render_issue(Selection(articles=(MOSS,)), {MOSS.id: body}, context)
    assert rendered.shortened == (MOSS.title,)
    assert len(rendered.html.encode()) <= SHORTENED_TO
    assert rendered.html.count("<img") == rendered.html.count(' height="')
    assert len(find_addresses(rendered.html)) > 50


def test_a_mail_of_text_alone_has_no_pictures() -> None:
    assert find_addresses("") == []
