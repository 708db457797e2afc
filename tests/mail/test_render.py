"""An issue rendered: the goldens, what must be in every mail, and what an article may say without harm."""

from __future__ import annotations

import functools
import os
import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from zoneinfo import ZoneInfo

import css_inline
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from publisher.config import Newsletter, parse_config
from publisher.errors import TemplateError
from publisher.files import packaged_templates
from publisher.mail import inline as door
from publisher.mail import slots
from publisher.mail.compile import compile_issue, unsubscribe_mailto
from publisher.mail.lint.check import lint
from publisher.mail.lint.proof import Facts
from publisher.mail.render import RenderContext, build_variables, choose_language, render_issue
from publisher.mail.slots import Slot
from publisher.mail.view import TEXT_WIDTH, VARIABLES
from publisher.mail.words import words_for
from publisher.markup.direction import direction_of
from publisher.markup.width import display_width
from publisher.model.issue import OneOff, Selection
from publisher.model.rendered import RenderedIssue
from publisher.templating import Templates
from tests.mail.newsletters import (
    BARE,
    BODIES,
    CONFIG,
    DAWN,
    FAR,
    ISSUES,
    LINKS,
    LONG,
    MARKER,
    MOSS,
    NOW,
    SEVERAL,
    UNSUBSCRIBE_ADDRESS,
    WITH_HTML,
    make_context,
    render,
    render_before_inlining,
)
from tests.mail.test_compile import HANAKO, LETTERHEAD

FACTS = Facts("合同会社夜明けラボ", "〒600-0000 京都市見本区架空町4-5", "https://example.com/contact?a=1&b=2")
GOLDENS = Path(__file__).parent / "goldens"
UNSUBSCRIBE = unsubscribe_mailto(UNSUBSCRIBE_ADDRESS, slots.word(MARKER, Slot.UNSUBSCRIBE))


@functools.cache
def render_once(name: str) -> RenderedIssue:
    return render(*ISSUES[name])


@pytest.fixture(params=WITH_HTML)
def issue(request: pytest.FixtureRequest) -> RenderedIssue:
    return render_once(request.param)


@pytest.fixture(params=[name for name in ISSUES if name not in WITH_HTML])
def plain(request: pytest.FixtureRequest) -> RenderedIssue:
    return render_once(request.param)


def parse(html: str) -> etree._Element:
    return etree.fromstring(html.encode(), etree.HTMLParser(encoding="utf-8"))


def text_of(root: etree._Element) -> str:
    for style in list(root.iter("style", "title")):
        style.text = ""
    return " ".join(str(piece) for piece in root.itertext())


# ------------------------------------------------------------------------------------------------ goldens


@pytest.mark.parametrize("name", ISSUES)
@pytest.mark.parametrize("part", ["subject.txt", "body.txt", "body.html"])
def test_an_issue_looks_as_it_did(name: str, part: str) -> None:
    """After a wanted change: REGENERATE_GOLDENS=1 pytest tests/mail/test_render.py, then read the difference."""
    rendered = render_once(name)
    found = {"subject.txt": rendered.subject + "\n", "body.txt": rendered.text, "body.html": rendered.html}[part]
    golden = GOLDENS / f"{name}.{part}"
    if name not in WITH_HTML and part == "body.html":
        assert (found, golden.exists()) == ("", False)
        return
    if os.environ.get("REGENERATE_GOLDENS"):
        golden.write_text(found, encoding="utf-8", newline="")
    assert found == golden.read_text(encoding="utf-8")


def test_the_same_issue_gives_the_same_bytes() -> None:
    assert render(SEVERAL) == render(SEVERAL)


# ------------------------------------------------------------------------------------------------ every mail


def test_the_footer_has_what_the_law_asks_for(issue: RenderedIssue) -> None:
    shown = text_of(parse(issue.html))
    for part in (shown, issue.text):
        assert "合同会社夜明けラボ" in part
        assert "〒600-0000 京都市見本区架空町4-5" in part
        assert "https://example.com/contact?a=1&b=2" in part
    links = [str(link.get("href")) for link in parse(issue.html).iter("a")]
    assert UNSUBSCRIBE in links
    assert "https://example.com/contact?a=1&b=2" in links
    assert UNSUBSCRIBE in issue.text.splitlines()
    words = words_for(issue.language, make_context().config.locale_dir)
    assert words.unsubscribe in shown
    assert words.why("週刊 夜明けラボ") in shown or words.why("Dawn Lab fresh") in shown


def test_every_link_is_absolute_and_every_picture_has_alt_and_a_width_that_fits(issue: RenderedIssue) -> None:
    root = parse(issue.html)
    for link in root.iter("a"):
        if link.get("href") is not None:
            assert re.match(r"https?://|mailto:|#", str(link.get("href"))), link.get("href")
    for image in root.iter("img"):
        assert str(image.get("src")).startswith("https://")
        assert image.get("alt") is not None
        assert 0 < int(str(image.get("width"))) <= 536


def test_the_document_is_what_mail_programs_and_screen_readers_want(issue: RenderedIssue) -> None:
    assert issue.html.startswith("<!DOCTYPE html>\n<html lang=")
    root = parse(issue.html)
    assert (root.get("lang"), root.get("dir")) == (issue.language, direction_of(issue.language))
    article = root.find(".//div[@role='article']")
    assert article is not None
    assert article.get("aria-label") == root.findtext(".//title") == issue.subject
    assert {table.get("role") for table in root.iter("table") if table.find(".//th") is None} == {"presentation"}
    assert len(list(root.iter("h1"))) == 1
    assert [
        tag for tag in ("script", "link", "form", "iframe", "object", "svg") if root.find(f".//{tag}") is not None
    ] == []


def test_nothing_is_loaded_but_the_pictures_of_the_articles(issue: RenderedIssue) -> None:
    assert "url(" not in issue.html
    assert "@import" not in issue.html
    assert "@font-face" not in issue.html
    for image in parse(issue.html).iter("img"):
        assert re.match(
            r"https://(images\.example\.com|example\.com/lab/articles|i\.ytimg\.com/vi)/", str(image.get("src"))
        )


def test_the_text_part_is_text(issue: RenderedIssue) -> None:
    check_text(issue)


def test_a_template_without_html_makes_a_mail_of_text_alone(plain: RenderedIssue) -> None:
    assert plain.html == ""
    check_text(plain)
    assert UNSUBSCRIBE in plain.text.splitlines()
    assert "合同会社夜明けラボ" in plain.text
    message = message_from_bytes(compile_issue(plain, LETTERHEAD).splice(HANAKO), policy=default)
    assert message.get_content_type() == "text/plain"
    assert [finding for finding in lint(plain, FACTS) if finding.rule != "subject-cut"] == []


def test_headlines_are_titles_with_where_they_are_from() -> None:
    for part in (text_of(parse(render_once("headlines.ar").html)), render_once("headlines.ar").text):
        assert "tides.example.net" in part
        assert FAR.title in part
        assert FAR.summary not in part
        assert "example.com ·" not in part  # of the site itself everybody knows where it is


def check_text(issue: RenderedIssue) -> None:
    without_code = issue.text.replace('f"<b>{moss}</b> & {{ 光 }}"', "")
    assert not re.search(r"</?[a-z]+[ >]|&[a-z]+;|\{\{|style=", without_code)
    assert issue.text.endswith("\n")
    assert not issue.text.startswith("\n")
    assert "\n\n\n\n" not in issue.text
    assert [line for line in issue.text.split("\n") if line != line.rstrip()] == []
    too_long = [line for line in issue.text.split("\n") if display_width(line) > TEXT_WIDTH]
    assert [line for line in too_long if not re.match(r"\s*(\S+ )?(https?|mailto):", line)] == []


def test_no_control_characters_and_none_that_break_old_programs(issue: RenderedIssue) -> None:
    for part in (issue.subject, issue.text, issue.html):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ud800-\udfff]", part)
    assert "\n" not in issue.subject
    assert "&apos;" not in issue.html


def test_the_personal_words_stand_whole_in_both_parts(issue: RenderedIssue) -> None:
    for part in (issue.text, issue.html):
        pieces = slots.split(part, MARKER)
        assert [piece for piece in pieces if isinstance(piece, Slot)] == [Slot.UNSUBSCRIBE]


def test_the_mail_is_small_enough_for_gmail() -> None:
    ten = tuple(replace(MOSS, id=f"{n}", title=f"{n}本目：{MOSS.title}") for n in range(10))
    digest = render(Selection(articles=ten, links=LINKS * 5))
    long_body = "苔は光をゆっくり食べます。" * 20 + "\n\n"
    context = make_context("article", "fresh")
    article = render_issue(Selection(articles=(MOSS,)), {MOSS.id: f"## 見出し\n\n{long_body * 12}"}, context)
    assert len(article.text) > 3000
    assert len(digest.html.encode()) < 50_000
    assert len(article.html.encode()) < 50_000


def test_a_very_long_article_is_shown_as_far_as_gmail_shows_it() -> None:
    issue = render_once("article-long.ja")
    assert issue.shortened == (LONG.title,)
    assert len(issue.html.encode()) <= 100_000
    assert "第20日の記録" in issue.text
    assert "第20日の記録" not in issue.html
    assert render_once("digest-long.ja").shortened == ()


def test_an_issue_is_inlined_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    class Counting(door.Premailer):  # type: ignore[misc,name-defined] # premailer has no types
        def transform(self, *args: object, **options: object) -> object:
            calls.append(1)
            return super().transform(*args, **options)

    monkeypatch.setattr(door, "Premailer", Counting)
    render(SEVERAL)
    assert calls == [1]


@pytest.mark.parametrize("name", WITH_HTML)
def test_css_inline_finds_the_same_styles(name: str) -> None:
    """Another inliner as oracle: premailer orders and cascades wrongly, so the style sheet must give it no occasion."""
    selection, context = ISSUES[name]
    page = render_before_inlining(selection, context)
    other = css_inline.CSSInliner(load_remote_stylesheets=False).inline(page)
    ours, theirs = styles_of(door.inline(page)), styles_of(other)
    assert len(ours) == len(theirs) > 15
    assert [pair for pair in zip(ours, theirs, strict=True) if pair[0] != pair[1]] == []


def styles_of(html: str) -> list[tuple[str, dict[str, str]]]:
    """Every element of the body with its declarations; css-inline adds the <tbody> that HTML implies."""
    body = parse(html).find("body")
    assert body is not None
    return [
        (str(element.tag), normalise(element.get("style") or ""))
        for element in body.iter(etree.Element)
        if element.tag != "tbody"
    ]


def normalise(style: str) -> dict[str, str]:
    pairs = [part.split(":", 1) for part in style.lower().split(";") if ":" in part]
    values = {name.strip(): re.sub(r"\s*,\s*", ",", value.strip()) for name, value in pairs}
    return {name: re.sub(r"\b0px\b", "0", value).replace('"', "'") for name, value in values.items()}


# ------------------------------------------------------------------------------------------------ subjects


def test_the_subject_names_the_newest_article_and_how_many_more() -> None:
    assert render(SEVERAL).subject == f"{MOSS.title} ほか5本"
    assert render(Selection(articles=(MOSS,))).subject == MOSS.title


def test_an_article_may_bring_a_subject_of_its_own_for_its_own_mail() -> None:
    article = replace(MOSS, email_subject="🌿 今朝の発見")
    alone = Selection(articles=(article,))
    assert render(alone, make_context("article", "fresh")).subject == "🌿 今朝の発見"
    assert render(alone).subject == MOSS.title


def test_the_prefix_stands_before_any_subject_and_all_is_one_clean_line() -> None:
    article = replace(MOSS, email_subject="一行目\r\nBcc: all@example.com\u2028三行目\u202e")
    context = replace(make_context("article", "fresh"), subject_prefix="[テスト] ")
    subject = render(Selection(articles=(article,)), context).subject
    assert subject == "[テスト] 一行目 Bcc: all@example.com 三行目"


# ------------------------------------------------------------------------------------------------ languages


def test_the_language_is_the_one_all_articles_share_else_the_sites() -> None:
    assert choose_language(SEVERAL, "ja") == "ja"
    assert choose_language(Selection(articles=(DAWN,)), "ja") == "en"
    assert choose_language(Selection(), "de") == "de"


def test_an_article_in_another_language_says_so() -> None:
    assert re.findall(r'<(h2|p|li) lang="en"', render(SEVERAL).html) == ["h2", "p"]
    assert re.findall(r"<(h2|p|li) lang=", render(Selection(articles=(DAWN,))).html) == []


def test_dates_are_written_as_people_write_them() -> None:
    assert words_for("ja-JP").date(NOW) == "2026年11月20日(金)"
    assert words_for("en-GB").date(NOW) == "Fri, 20 Nov 2026"
    assert words_for("tlh").date(NOW) == "Fri, Nov 20, 2026"


def test_some_languages_run_from_right_to_left() -> None:
    assert [direction_of(tag) for tag in ("ja", "ar-EG", "he", "en")] == ["ltr", "rtl", "rtl", "ltr"]


@given(st.integers(0, 40))
def test_counts_read_well_in_both_languages(number: int) -> None:
    for language in ("ja", "en"):
        words = words_for(language)
        assert (str(number) in words.others(number)) == (number > 0)
        assert str(number) in words.count(number)
        assert ("articles" in words.count(number)) == (language == "en" and number != 1)


# ------------------------------------------------------------------------------------------------ harmless words

NASTY = [
    "<script>alert('「赤」')</script>",
    "{{ config.secret_key }} {% raw %} {# x #}",
    "100%7B と %7D",
    "PUB0000000000000000UNSUBSCRIBE0 __UNSUB__",
    "\"引用\" 'と' <b>太字</b> & &amp; ]]> -->",
    "</title></style><style>* { display: none }",
]


@pytest.mark.parametrize("title", NASTY)
@pytest.mark.parametrize("template", ["digest", "article"])
def test_whatever_a_title_says_is_shown_as_it_is(title: str, template: str) -> None:
    article = replace(MOSS, title=title, summary=title, tags=(title,), categories=(title,))
    rendered = render(Selection(articles=(article,), links=()), make_context(template))
    assert rendered.subject == title
    root = parse(rendered.html)
    assert title in text_of(root)
    assert root.find(".//script") is None
    assert len(door.css_blocks(rendered.html)) == len(door.css_blocks(render(Selection(articles=(MOSS,))).html))
    assert " ".join(title.split()) in " ".join(rendered.text.split())


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"]), min_size=1, max_size=40))
@settings(max_examples=8, deadline=None)
def test_any_title_comes_through(title: str) -> None:
    rendered = render(Selection(articles=(replace(BARE, title=title),)))
    heading = parse(rendered.html).find(".//h2/a")
    assert heading is not None
    assert (heading.text or "") == title


def test_braces_in_an_articles_code_stay_code() -> None:
    rendered = render(Selection(articles=(MOSS,)), make_context("article", "fresh"))
    assert "{{ 光 }}" in rendered.html
    assert "{{ 光 }}" in rendered.text


# ------------------------------------------------------------------------------------------------ templates


def test_the_documented_variables_are_the_ones_there_are() -> None:
    variables = build_variables(SEVERAL, BODIES, make_context(), "ja")
    assert set(VARIABLES) == {*variables, "subject"}


def test_no_secret_can_be_reached_from_a_template() -> None:
    shown = repr(build_variables(SEVERAL, BODIES, make_context(), "ja"))
    assert "ひみつ" not in shown
    assert "hunter2" not in shown


def write(folder: Path, name: str, text: str) -> None:
    path = folder / "email" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_one_partial_of_ones_own_changes_only_that_part(tmp_path: Path) -> None:
    write(tmp_path, "partials/footer.html", '<p>わが家の<a href="{{ unsubscribe_url }}">停止</a></p>')
    write(tmp_path, "palette.css", packaged("palette.css").replace("theme.light.accent", '"#8a1c3c"'))
    html = render(SEVERAL, make_context(own=tmp_path)).html
    assert "わが家の" in html
    assert "合同会社" not in html
    assert "#0b5d8a" not in html
    assert "#8a1c3c" in html
    assert MOSS.title in html


def test_the_theme_sets_colours_fonts_logo_and_width() -> None:
    theme = """
theme:
  width: 640
  light: {accent: "#8A1C3C", mark: "#fe9"}
  dark: {accent: "#ffb3c8"}
  fonts: {text: "'IBM Plex Sans JP', sans-serif", titles: "Shippori Mincho, serif"}
  logo: {url: /logo.png, width: 180, height: 48}
"""
    config = parse_config(CONFIG + theme, Path(__file__).with_name("config.yaml"), {})
    for template in ("digest", "article", "headlines"):
        html = render(Selection(articles=(MOSS,)), replace(make_context(template), config=config)).html
        for shown in ("#8a1c3c", "#ffb3c8", "IBM Plex Sans JP, sans-serif", 'width="640"', "max-width:640px"):
            assert shown in html, (template, shown)
        assert template == "article" or "#0b5d8a" not in html  # code has colours of its own
        root = parse(html)
        logo = root.find(".//h1//img")
        assert logo is not None
        assert dict(logo.items()) | {"src": "https://example.com/lab/logo.png", "alt": "週刊 夜明けラボ"} == dict(
            logo.items()
        )
        assert (logo.get("width"), logo.get("height")) == ("180", "48")
        assert {str(image.get("width")) for image in root.iter("img") if image is not logo} <= {"576"}


@pytest.mark.parametrize(
    ("language", "first"),
    [("ja", "Hiragino Sans"), ("zh-Hans", "PingFang SC"), ("zh-TW", "PingFang TC"), ("ko-KR", "Apple SD Gothic Neo")],
)
def test_the_language_decides_which_font_comes_first(language: str, first: str) -> None:
    html = render(Selection(articles=(replace(BARE, language=language),))).html
    assert f"BlinkMacSystemFont, {first}" in html


def packaged(name: str) -> str:
    return (packaged_templates() / "email" / name).read_text(encoding="utf-8")


def test_a_template_of_ones_own_may_greet_by_name(tmp_path: Path) -> None:
    for part in ("subject.txt", "body.html", "body.txt"):
        write(tmp_path, f"letter/{part}", f'{{% extends "email/digest/{part}" %}}')
    write(tmp_path, "letter/body.txt", "{{ subscriber.name }} 様\n{{ unsubscribe_url }}\n")
    context = make_context("letter", own=tmp_path)
    assert Slot.NAME in slots.split(render(SEVERAL, context).text, MARKER)


def test_a_faulty_template_of_ones_own_names_file_and_line(tmp_path: Path) -> None:
    write(tmp_path, "partials/card.html", "<tr><td>\n{{ card.titel }}</td></tr>")
    with pytest.raises(TemplateError, match=r'^templates/email/partials/card.html:2: .*did you mean "title"'):
        render(SEVERAL, make_context(own=tmp_path))


def test_an_unknown_or_unfinished_template_says_what_to_do(tmp_path: Path) -> None:
    write(tmp_path, "letter/body.html", "<p>題</p>")
    with pytest.raises(TemplateError) as caught:
        render(SEVERAL, make_context("letter", own=tmp_path))
    assert str(caught.value) == (
        "templates/email/letter: subject.txt, body.txt not found; write what is missing, or take one of article, "
        "digest, headlines, plain"
    )
    with pytest.raises(TemplateError, match="templates/email/fancy: subject"):
        render(SEVERAL, make_context("fancy"))


def test_a_subject_of_nothing_but_blanks_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, "digest/subject.txt", "{% if false %}題{% endif %}\n\u3000\n")
    with pytest.raises(TemplateError, match=r"templates/email/digest/subject\.txt: gives an empty subject"):
        render(SEVERAL, make_context(own=tmp_path))


def test_css_of_ones_own_that_reaches_outside_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "kept.css", "@import url('https://fonts.example.com/a.css');")
    with pytest.raises(TemplateError, match="@import"):
        render(SEVERAL, make_context(own=tmp_path))


def test_words_of_the_sender_stand_above_the_articles() -> None:
    rendered = render(replace(SEVERAL, intro="**今週**は短めです。\n\n- [一覧](/all)"))
    assert rendered.text.index("今週") < rendered.text.index(MOSS.title)
    assert rendered.html.index("今週") < rendered.html.index("<h2")
    assert "https://example.com/all" in rendered.html


def test_a_contact_may_be_a_page_a_mailbox_or_a_telephone_number() -> None:
    def footer(contact: str) -> str:
        context = make_context()
        assert context.config.organisation is not None
        organisation = context.config.organisation.model_copy(update={"contact": contact})
        config = context.config.model_copy(update={"organisation": organisation})
        return render(Selection(), replace(context, config=config)).html

    assert 'href="mailto:info@example.com"' in footer("info@example.com")
    assert 'href="https://example.com/"' in footer("https://example.com/")
    assert "03-0000-0000" in footer("03-0000-0000")
    assert 'href="03' not in footer("03-0000-0000")


def test_the_date_of_the_issue_is_in_the_sites_time_zone() -> None:
    context: RenderContext = replace(
        make_context(), newsletter=Newsletter(title="題", timezone=ZoneInfo("America/New_York"))
    )
    assert "2026年11月20日(金)" in render(SEVERAL, context).text
    assert Templates(None).exists("email/digest/body.html")


def test_a_letter_stands_in_place_of_articles() -> None:
    one_off = OneOff("お休み <8月>", "letter.md", "0", language="en")
    letter = render(
        Selection(intro="皆さまへ\n\nでは*また*。", one_off=one_off), replace(make_context(), subject_prefix="T ")
    )
    assert (letter.subject, letter.language) == ("T お休み <8月>", "en")
    assert "お休み &lt;8月&gt;</h2>" in letter.html
    assert letter.text.index("お休み <8月>") < letter.text.index("皆さまへ") < letter.text.rindex("=" * 72)
    assert letter.html.count("nothing new") == 0
    assert letter.html.count("皆さまへ") == 2, "once as the preheader"
