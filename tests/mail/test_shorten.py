"""Mails that are too large: what is left out, and that nothing else is."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.mail.render import render_issue
from publisher.mail.shorten import HTML_LIMIT, SHORTENED_TO, Shortened, mark_body, shorten
from publisher.markup.blocks import split_blocks
from publisher.model.article import Article
from publisher.model.issue import Selection
from publisher.model.rendered import RenderedIssue
from tests.mail.newsletters import BARE, DAWN, MARKER, MOSS, TRAIN, make_context

ENDING = '<p><a href="https://example.com/a">続き</a></p>'
HEAD, FOOT = "<html><body><h1>題</h1>", "<p>配信を停止する</p></body></html>"
BLOCKS = (
    "<p>一</p>",
    "<p>" + "長い段落。" * 12 + "</p>",
    "<h3>章</h3>",
    "<ul><li>一</li><li>二</li></ul>\n",
    '<table class="data"><tr><td>値</td></tr></table>',
    '<table class="code"><tr><td>a<br>b</td></tr></table>',
    "<hr>",
    "裸の行<br>もう一行",
)
articles = st.lists(st.lists(st.sampled_from(BLOCKS), max_size=12).map("".join), max_size=4)


def build(bodies: list[str]) -> str:
    marked = (mark_body(body, number, ENDING, MARKER) for number, body in enumerate(bodies))
    return HEAD + "".join(f"<div>{body}</div>" for body in marked) + FOOT


def shown(html: str) -> list[str]:
    """What is left of each article."""
    return re.findall("<div>(.*?)</div>", html, re.DOTALL)


def cut(bodies: list[str], limit: int) -> Shortened:
    found = shorten(build(bodies), MARKER, limit)
    assert found is not None
    return found


def size(html: str) -> int:
    return len(html.encode())


def blocks_of(html: str) -> list[str]:
    return [block.html for block in split_blocks(html, "PUBWORD").blocks]


# ------------------------------------------------------------------------------------------------ what stays


def test_what_fits_stays_as_it_is() -> None:
    bodies = ["<p>一</p><p>二</p>", "<h3>章</h3>"]
    whole = HEAD + "".join(f"<div>{body}</div>" for body in bodies) + FOOT
    assert cut(bodies, size(whole)) == Shortened(whole, frozenset())
    assert cut(bodies, size(whole) - 1).html != whole or size(bodies[0]) < size(ENDING)


def test_the_longest_loses_first_and_never_after_a_heading() -> None:
    paragraph = "<p>" + "あ" * 100 + "</p>"
    long, short = (paragraph + "<h3>章</h3>") * 10, paragraph * 2
    room = size(HEAD + FOOT + "<div></div>" * 2 + ENDING + paragraph * 5 + "<h3>章</h3>" * 3)
    found = cut([long, short], room)
    assert found.articles == {0}
    assert shown(found.html) == [(paragraph + "<h3>章</h3>") * 2 + paragraph + ENDING, short]


def test_articles_of_one_length_lose_the_same() -> None:
    bodies = ["<p>" + letter * 60 + "</p>" for letter in "いろは"]
    found = cut([body * 20 for body in bodies], size(HEAD + FOOT) + 6000)
    lengths = {piece.count("<p>") for piece in shown(found.html)}
    assert len(lengths) == 1
    assert found.articles == {0, 1, 2}


def test_an_ending_longer_than_what_it_saves_is_not_taken() -> None:
    found = cut(["<p>一</p>", "<p>" + "あ" * 400 + "</p>"], 300)
    assert shown(found.html) == ["<p>一</p>", ENDING]
    assert found.articles == {1}


@settings(deadline=None)
@given(articles, st.integers(0, 6000))
def test_never_over_the_limit_and_never_within_a_block(bodies: list[str], limit: int) -> None:
    whole = HEAD + "".join(f"<div>{body}</div>" for body in bodies) + FOOT
    least = size(HEAD + FOOT) + sum(size("<div></div>") + min(size(body), size(ENDING)) for body in bodies)
    found = cut(bodies, limit)
    assert size(found.html) <= max(limit, least)
    assert found == cut(bodies, limit)
    assert bool(found.articles) == (found.html != whole)
    if size(whole) <= limit:
        assert not found.articles
    for number, (body, left) in enumerate(zip(bodies, shown(found.html), strict=True)):
        if number in found.articles:
            kept = blocks_of(left.removesuffix(ENDING))
            assert left.endswith(ENDING)
            assert blocks_of(body)[: len(kept)] == kept
            assert not (kept and kept[-1].startswith(("<h3", "<hr")))
        else:
            assert left == body


# ------------------------------------------------------------------------------------------------ odd templates


def test_an_article_printed_twice_weighs_twice() -> None:
    body = mark_body("<p>" + "あ" * 100 + "</p><p>い</p>", 0, ENDING, MARKER)
    found = shorten(f"{body}|{body}", MARKER, 200)
    assert found == Shortened(f"{ENDING}|{ENDING}", frozenset({0}))


MARKED = mark_body("<p>一</p><p>二</p>", 0, ENDING, MARKER)


@pytest.mark.parametrize(
    "html",
    [
        MARKED[:-5] + FOOT,
        MARKED.replace(f"<!--{MARKER}0CUT:e:0:0-->", "") + FOOT,
        MARKED.replace(f"<!--{MARKER}0CUT:b:0:0-->", "") + FOOT,
        MARKED.replace("<!--", "&lt;!--").replace("-->", "--&gt;") + FOOT,
        MARKED.partition("<p>二")[0] + FOOT,
        MARKED.partition("<p>二")[0] + MARKED,
    ],
)
def test_a_body_that_the_template_has_changed_is_left_alone(html: str) -> None:
    """Else what stands behind it, the footer, would be taken for a part of it."""
    assert shorten(html, MARKER, 10) is None


# ------------------------------------------------------------------------------------------------ a whole issue


def long_body(paragraphs: int, letters: str) -> str:
    return "\n\n".join(
        f"## 第{number}節\n\n{letters * 40}\n\n- 一\n- 二\n\n| 名 | 値 |\n|---|---|\n| {letters} | {number} |"
        for number in range(paragraphs)
    )


def render(bodies: dict[Article, str], own: Path | None = None) -> RenderedIssue:
    selection = Selection(articles=tuple(bodies))
    markdown = {article.id: body for article, body in bodies.items()}
    context = make_context("full" if own else "article", "fresh", own)
    return render_issue(selection, markdown, context)


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Templates that show every article in full."""
    folder = tmp_path / "email" / "full"
    folder.mkdir(parents=True)
    for part in ("subject.txt", "body.txt"):
        (folder / part).write_text(f'{{% include "email/digest/{part}" %}}', encoding="utf-8")
    (folder / "body.html").write_text(
        '{% extends "email/base.html" %}{% block content %}{% for card in cards %}<tr><td class="cell">'
        '<h2>{{ card.title }}</h2><div class="prose">{{ card.html }}</div></td></tr>{% endfor %}{% endblock %}',
        encoding="utf-8",
    )
    return tmp_path


def test_a_long_article_leads_to_its_rest_in_the_look_of_the_newsletter() -> None:
    rendered = render({MOSS: long_body(120, "苔は朝に育つ。")})
    assert rendered.shortened == (MOSS.title,)
    assert SHORTENED_TO - 3_000 < size(rendered.html) <= SHORTENED_TO
    end = rendered.html.index("続きを読む →")
    assert 'style="color:#0b5d8a">' in rendered.html[end - 30 : end]
    assert "https://example.com/lab/articles/moss?a=1&amp;b=2" in rendered.html[end - 100 : end]
    assert "合同会社夜明けラボ" in rendered.html[end:]
    assert "0CUT" not in rendered.html
    assert "第119節" in rendered.text


def test_an_article_that_fits_is_not_touched() -> None:
    rendered = render({MOSS: long_body(40, "苔は朝に育つ。")})
    assert rendered.shortened == ()
    assert 50_000 < size(rendered.html) <= SHORTENED_TO
    assert "続きを読む" not in rendered.html


def test_of_several_the_long_ones_are_shortened(own: Path) -> None:
    bodies = {MOSS: long_body(100, "苔。"), BARE: "短い記事です。", TRAIN: long_body(60, "車。" * 4)}
    rendered = render(bodies, own)
    assert rendered.shortened == (MOSS.title, TRAIN.title)
    assert size(rendered.html) <= SHORTENED_TO
    assert "短い記事です。" in rendered.html


@settings(max_examples=6, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 150), st.sampled_from(["あ", "word ", "長い「文」。", "<b>&amp;</b>"])), max_size=3
    )
)
def test_no_issue_is_over_the_limit(shapes: list[tuple[int, str]]) -> None:
    found = [replace(DAWN, id=f"tag:example.com,2026:{number}") for number in range(len(shapes))]
    bodies = {article: long_body(*shape) for article, shape in zip(found, shapes, strict=True)}
    assert size(render(bodies).html) <= HTML_LIMIT


def test_without_an_article_in_full_a_large_issue_stays_large() -> None:
    tags = tuple(f"印{number:05}" for number in range(12_000))
    rendered = render({replace(MOSS, tags=tags): "短い"})
    assert size(rendered.html) > HTML_LIMIT
    assert rendered.shortened == ()
