"""Players as mail shows them: a picture or a card of text that leads to the page."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from publisher.markup.html import render_html
from publisher.markup.mail import to_mail_html
from publisher.markup.posters import find_poster
from tests.markup.strategies import PLACE, bodies

WATCH = "https://www.youtube.com/watch?v=abcDEF-_123"
POSTER = "https://i.ytimg.com/vi/abcDEF-_123/hqdefault.jpg"


def _mail(markdown: str) -> str:
    return to_mail_html(render_html(markdown, PLACE)).strip()


@pytest.mark.parametrize(
    "url",
    [
        WATCH,
        "https://www.youtube.com/watch?feature=share&v=abcDEF-_123&t=10s",
        "https://m.youtube.com/watch?v=abcDEF-_123",
        "https://youtu.be/abcDEF-_123?si=x",
        "https://www.youtube.com/shorts/abcDEF-_123",
        "https://www.youtube.com/live/abcDEF-_123",
    ],
)
def test_the_picture_of_a_video_follows_from_its_address(url: str) -> None:
    assert find_poster(url) == POSTER


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/@hatoba",
        "https://www.youtube.com/watch?v=abcDEF-_1234",
        "https://www.youtube.com/watch?v=short",
        "https://example.com/watch?v=abcDEF-_123",
        "https://www.youtube.com/playlist?list=abcDEF-_123",
        "https://www.youtube.com/watch#v=abcDEF-_123",
    ],
)
def test_other_addresses_have_none(url: str) -> None:
    assert find_poster(url) is None


@pytest.mark.parametrize(
    "markdown",
    [
        WATCH,
        "{{< youtube abcDEF-_123 >}}",
        "@[youtube](abcDEF-_123)",
        '<iframe src="https://www.youtube.com/embed/abcDEF-_123?start=3"></iframe>',
        "- 一覧\n\n  https://www.youtube.com/watch?v=abcDEF-_123",
    ],
)
def test_a_video_is_its_picture_with_a_link(markdown: str) -> None:
    html = _mail(markdown)
    figure = re.search(r'<div class="figure">(.*?)</div>', html)
    assert figure
    assert figure[1] == (
        f'<a class="embed" href="{WATCH}"><img alt="" src="{POSTER}" width="536"><br>'
        "▶ youtube.com/watch?v=abcDEF-_123</a>"
    )


def test_its_title_is_the_text() -> None:
    html = _mail('<iframe src="https://www.youtube.com/embed/abcDEF-_123" title="苔の歌 &amp; 踊り"></iframe>')
    assert html.endswith("<br>▶ 苔の歌 &amp; 踊り</a></div>")
    assert html.count("苔の歌") == 1, "once: a screen reader reads the alt too"


def test_a_video_of_ones_own_has_the_poster_it_names() -> None:
    html = _mail('<video src="/v/a.mp4" poster="p.jpg" title="試運転"></video>')
    assert html == (
        '<div class="figure"><a class="embed" href="https://news.example.jp/v/a.mp4">'
        '<img alt="" src="https://news.example.jp/articles/p.jpg" width="536"><br>▶ 試運転</a></div>'
    )


@pytest.mark.parametrize(
    ("markdown", "inside"),
    [
        (
            '<iframe src="https://player.vimeo.com/video/12345?h=1" title="v"></iframe>',
            '<a class="embed" href="https://vimeo.com/12345">▶ v</a><br>vimeo.com',
        ),
        (
            '<iframe src="https://embed.nicovideo.jp/watch/sm12345"></iframe>',
            '<a class="embed" href="https://www.nicovideo.jp/watch/sm12345">▶ nicovideo.jp/watch/sm12345</a>',
        ),
        (
            "https://vimeo.com/12345",
            '<a class="embed" href="https://vimeo.com/12345">▶ vimeo.com/12345</a>',
        ),
        (
            '<iframe src="https://platform.twitter.com/embed/Tweet.html?dnt=true&amp;id=99"></iframe>',
            '<a class="embed" href="https://x.com/i/status/99">x.com/i/status/99</a>',
        ),
        (
            '{{< tweet user="hatoba" id="1" >}}',
            '<a class="embed" href="https://x.com/hatoba/status/1">x.com/hatoba/status/1</a>',
        ),
        (
            '<iframe src="https://maps.example.com/e?q=1" title="会場の地図"></iframe>',
            '<a class="embed" href="https://maps.example.com/e?q=1">▶ 会場の地図</a><br>maps.example.com',
        ),
        (
            '<audio src="/a.mp3"></audio>',
            '<a class="embed" href="https://news.example.jp/a.mp3">▶ news.example.jp/a.mp3</a>',
        ),
    ],
)
def test_what_has_no_picture_is_a_card(markdown: str, inside: str) -> None:
    assert _mail(markdown) == f'<div class="box"><p>{inside}</p></div>'


@pytest.mark.parametrize(
    "markdown",
    [
        "https://example.com/page",
        f"[苔の歌]({WATCH})",
        f"見てください {WATCH}",
        f"{WATCH} を見る",
        f"- {WATCH}",
        "文 <video src=a.mp4></video> 続き",
    ],
)
def test_a_link_that_is_read_stays_a_link(markdown: str) -> None:
    html = _mail(markdown)
    assert "ytimg" not in html
    assert 'class="box"' not in html
    assert "<a " in html


@given(bodies)
def test_every_address_is_still_there(markdown: str) -> None:
    html = render_html(markdown, PLACE)
    before, after = (set(re.findall(r'href="([^"]*)"', text)) for text in (html, to_mail_html(html)))
    notes = {address for address in before if "#a1-fn" in address}
    assert before - notes <= after
