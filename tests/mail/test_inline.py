"""The premailer door: what it must do, and the faults of premailer 3.10 that it walks round."""

from __future__ import annotations

import logging
import re
import threading
from pathlib import Path

import css_inline
import cssutils
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from premailer import Premailer

from publisher.errors import TemplateError
from publisher.mail import inline as door
from publisher.mail.inline import DOCTYPE, STYLE_LIMIT, css_blocks, inline


def document(body: str, css: str = "", kept: str = "") -> str:
    kept_block = f'<style data-premailer="ignore">{kept}</style>' if kept else ""
    head = f'<meta charset="utf-8"><title>題</title><style>{css}</style>{kept_block}'
    return f'{DOCTYPE}\n<html lang="ja"><head>{head}</head><body>{body}</body></html>'


def style_of(html: str, tag: str = "p") -> dict[str, str]:
    element = next(etree.fromstring(html, etree.HTMLParser()).iter(tag))
    return declarations(element.get("style") or "")


def declarations(style: str) -> dict[str, str]:
    pairs = (part.split(":", 1) for part in style.split(";") if ":" in part)
    return {name.strip(): value.strip() for name, value in pairs}


# ------------------------------------------------------------------------------------------------ what it does


def test_types_classes_and_descendants_are_inlined_and_the_block_goes_away() -> None:
    css = "p { margin: 0 0 16px; } .cell p { color: #24292f; } .strong { font-weight: 700; }"
    html = inline(document('<div class="cell"><p class="strong">和紙📄</p></div>', css))
    assert style_of(html) == {"margin": "0 0 16px", "color": "#24292f", "font-weight": "700"}
    assert css_blocks(html) == []
    assert "和紙📄" in html


def test_the_doctype_stays_first_even_in_lower_case() -> None:
    html = document("<p>絵文字👩‍💻も</p>").replace(DOCTYPE, "<!doctype html>")
    assert inline(html).startswith(DOCTYPE + "\n<html")


def test_what_is_marked_to_stay_stays_to_the_letter() -> None:
    kept = (
        "@media (prefers-color-scheme: dark) { .ink { color: #eee !important; } }\n[data-ogsc] .ink > p { color: red; }"
    )
    html = inline(document('<p class="ink">本文</p>', ".ink { color: #24292f; }", kept))
    assert css_blocks(html) == [kept]
    assert 'class="ink"' in html


def test_classes_that_no_remaining_rule_mentions_go_away() -> None:
    html = inline(
        document('<p class="ink text">本文</p>', ".text { margin: 0; }", "@media print { .ink { color: red; } }")
    )
    assert 'class="ink"' in html
    assert style_of(html) == {"margin": "0"}


def test_sizes_and_alignments_written_by_the_template_stay() -> None:
    image = '<img src="https://example.com/a.png" width="536" alt="">'
    body = f'<table width="600"><tr><td align="center">{image}</td></tr></table>'
    html = inline(document(body, "table { width: 100%; } img { width: 100%; height: auto; } td { text-align: left; }"))
    assert 'width="536"' in html
    assert 'width="600"' in html
    assert 'align="center"' in html
    assert "height=" not in html.replace("line-height", "")
    assert "bgcolor" not in html


def test_comments_for_outlook_stay() -> None:
    comment = '<!--[if mso]><table role="presentation" width="600"><tr><td><![endif]-->'
    assert comment in inline(document(f"{comment}<p>本文</p><!--[if mso]></td></tr></table><![endif]-->"))


@pytest.mark.parametrize(
    "text", ["{{ name }}", "{% if x %}", "100%7B", "%7b%7D", "PUB0123", "__UNSUB__", "&lt;a href='{{ x }}'&gt;"]
)
def test_what_looks_like_a_template_in_an_article_is_left_alone(text: str) -> None:
    html = inline(document(f'<p title="{text}">{text}</p>', "p { margin: 0; }"))
    assert html.count(text) == 2


def test_inlining_twice_at_once_gives_the_same_as_one_by_one() -> None:
    pages = [document(f'<p class="a{n}">{n}本</p>', f".a{n} {{ margin: {n}px; }}") for n in range(1, 9)]
    expected, found = [inline(page) for page in pages], [""] * len(pages)

    def work(index: int) -> None:
        found[index] = inline(pages[index])

    threads = [threading.Thread(target=work, args=(index,)) for index in range(len(pages))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == expected


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Co"], exclude_characters="<>&\ufeff"), max_size=60))
@settings(max_examples=60, deadline=None)
def test_any_text_comes_through_unchanged(text: str) -> None:
    html = inline(document(f"<p>{text}</p>", "p { margin: 0; }"))
    paragraph = etree.fromstring(html.encode(), etree.HTMLParser(encoding="utf-8")).find(".//p")
    assert paragraph is not None
    assert (paragraph.text or "") == text


# ------------------------------------------------------------------------------------------------ what it refuses


@pytest.mark.parametrize(
    "css", ["@import 'https://example.com/a.css';", "p { background: url(https://example.com/a.png); }"]
)
def test_nothing_outside_the_mail_may_be_loaded_by_either_block(css: str) -> None:
    with pytest.raises(TemplateError, match="nothing outside the mail may be loaded"):
        inline(document("<p></p>", css))
    with pytest.raises(TemplateError, match="nothing outside the mail may be loaded"):
        inline(document("<p></p>", "", css))


@pytest.mark.parametrize("css", ["p { color: #12345; }", "p color: red }", "p { color: red margin: 0 }"])
def test_css_that_premailer_would_skip_silently_is_an_error(css: str) -> None:
    assert "color" not in style_of(raw(document("<p></p>", css)))
    with pytest.raises(TemplateError, match="not readable CSS"):
        inline(document("<p></p>", css))


def test_a_word_that_must_stay_is_missed() -> None:
    page = document('<p class="PUB42UNSUBSCRIBE0">本文</p>')
    with pytest.raises(TemplateError, match="PUB42UNSUBSCRIBE0"):
        inline(page, keep=["PUB42UNSUBSCRIBE0"])
    kept = document('<p><a href="mailto:a@example.com?subject=unsubscribe%20PUB42UNSUBSCRIBE0">停止</a></p>')
    assert inline(kept, keep=["PUB42UNSUBSCRIBE0"]).count("PUB42UNSUBSCRIBE0") == 1


def test_an_address_that_was_never_filled_in_is_noticed() -> None:
    with pytest.raises(TemplateError, match="was not filled in"):
        inline(document('<a href="{{ unsubscribe_url }}">停止</a>'))


def test_more_css_than_gmail_reads_is_an_error() -> None:
    rule = ".x { color: red; }\n"
    inline(document("<p></p>", "", rule * (STYLE_LIMIT // len(rule))))
    with pytest.raises(TemplateError, match="Gmail drops"):
        inline(document("<p></p>", "", rule * (STYLE_LIMIT // len(rule) + 1)))


# ------------------------------------------------------------------------------------------------ faults of premailer


def raw(html: str) -> str:
    return str(Premailer(html).transform(pretty_print=False))


def test_fault_important_is_stripped_from_the_block_that_stays() -> None:
    page = document("<p>本文</p>", "p { color: #000; } @media print { p { color: red !important; } }")
    assert "!important" not in raw(page)
    assert "!important" in inline(page)


def test_fault_sizes_of_images_are_overwritten_from_the_css() -> None:
    page = document('<img src="https://example.com/a.png" width="536">', "img { width: 100%; }")
    assert 'width="100%"' in raw(page)
    assert 'width="536"' in inline(page)


def test_fault_a_lower_case_doctype_is_lost() -> None:
    page = document("<p></p>").replace(DOCTYPE, "<!doctype html>")
    assert not raw(page).lower().startswith("<!doctype")
    assert inline(page).startswith(DOCTYPE)


@pytest.mark.parametrize("style", ["head", "style", ".cell"])
def test_fault_a_style_attribute_that_reads_like_a_selector_is_an_exception(style: str) -> None:
    page = document(f'<p style="{style}">本文</p>', ".cell { margin: 0; } p { color: red; }")
    with pytest.raises(TypeError):
        raw(page)
    assert style_of(inline(page)) == {"color": "red"}


def test_fault_rules_for_outlook_in_dark_mode_are_dropped_unless_they_are_kept_apart() -> None:
    rule = "[data-ogsc] .ink { color: #fff; }"
    assert "data-ogsc" not in raw(document('<p class="ink"></p>', rule))
    assert css_blocks(inline(document('<p class="ink"></p>', "p { margin: 0; }", rule))) == [rule]


def test_fault_an_overridden_property_keeps_its_first_place() -> None:
    """Why styles.css sets no property twice on one element: the browser test compares computed styles."""
    page = document('<p class="a b">本文</p>', "p { margin: 5px; } p.a { margin-top: 10px; } p.a.b { margin: 0; }")
    assert re.sub(r"\s", "", style_attribute(raw(page))) == "margin:0;margin-top:10px"
    assert re.sub(r"\s", "", style_attribute(css_inline.inline(page))).endswith("margin:0;")


def style_attribute(html: str) -> str:
    return next(etree.fromstring(html, etree.HTMLParser()).iter("p")).get("style") or ""


def test_fault_an_import_is_fetched_whatever_the_options_say(tmp_path: Path) -> None:
    """Only if it comes in by a way that the search for `@import` does not see; then nothing is opened either."""
    sheet = tmp_path / "a.css"
    sheet.write_text("p { color: red; }", encoding="utf-8")
    with pytest.raises(TemplateError, match="wants to load"):
        cssutils.parseString(f"@import url({sheet.as_uri()});", validate=False)
    with pytest.raises(TemplateError):
        inline(document("<p></p>", f"@\\69mport '{sheet.as_uri()}';"))


def test_the_logger_of_cssutils_stays_as_it_was(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("CSSUTILS")
    before = (logger.level, list(logger.filters), list(logger.handlers))
    with caplog.at_level(logging.DEBUG), pytest.raises(TemplateError):
        inline(document("<p></p>", "p { color: #12345; }"))
    assert caplog.records == []
    assert (logger.level, list(logger.filters), list(logger.handlers)) == before


def test_only_this_threads_messages_are_taken() -> None:
    listener = door._Listener()
    record = logging.LogRecord("CSSUTILS", logging.ERROR, "", 1, "まずい", None, None)
    assert not listener.filter(record)
    assert listener.complaints == ["まずい"]
    record.thread = -1
    assert listener.filter(record)
    assert listener.complaints == ["まずい"]
