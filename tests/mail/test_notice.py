"""Notices: what each says, in which words, and what stands in it for whom."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from lxml import etree

from publisher.errors import TemplateError
from publisher.mail import slots
from publisher.mail.compile import compile_issue, unsubscribe_mailto
from publisher.mail.lint.check import lint
from publisher.mail.lint.proof import Facts
from publisher.mail.notice import NoticeContext, build_notice_variables, render_notice
from publisher.mail.slots import Slot
from publisher.mail.view import NOTICE_VARIABLES, NOTICES, NoticeView
from publisher.model.notice import NoticeKind
from publisher.templating import Templates
from tests.mail.newsletters import MARKER, UNSUBSCRIBE_ADDRESS, make_config
from tests.mail.test_compile import HANAKO, LETTERHEAD

GOLDENS = Path(__file__).parent / "goldens"
LINK = f"https://example.com/confirm/{slots.word(MARKER, Slot.UNSUBSCRIBE)}"
UNSUBSCRIBE = unsubscribe_mailto(UNSUBSCRIBE_ADDRESS, slots.word(MARKER, Slot.UNSUBSCRIBE))
FACTS = Facts("合同会社夜明けラボ", "〒600-0000 京都市見本区架空町4-5", "https://example.com/contact?a=1&b=2")


def make_context(language: str = "ja", own: Path | None = None, action_url: str = LINK) -> NoticeContext:
    config = make_config()
    return NoticeContext(
        config=config,
        newsletter_name="weekly",
        newsletter=config.newsletters["weekly"],
        templates=Templates(own),
        language=language,
        marker=MARKER,
        unsubscribe_address=UNSUBSCRIBE_ADDRESS,
        action_url=action_url,
    )


def links_of(html: str) -> list[str]:
    root = etree.fromstring(html.encode(), etree.HTMLParser(encoding="utf-8"))
    return [str(link.get("href")) for link in root.iter("a")]


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("language", ["ja", "en", "ar"])
@pytest.mark.parametrize("part", ["subject.txt", "body.txt", "body.html"])
def test_a_notice_looks_as_it_did(kind: NoticeKind, language: str, part: str) -> None:
    """After a wanted change: REGENERATE_GOLDENS=1 pytest tests/mail/test_notice.py, then read the difference."""
    rendered = render_notice(kind, make_context(language))
    found = {"subject.txt": rendered.subject + "\n", "body.txt": rendered.text, "body.html": rendered.html}[part]
    golden = GOLDENS / f"{kind}.{language}.{part}"
    if os.environ.get("REGENERATE_GOLDENS"):
        golden.write_text(found, encoding="utf-8", newline="")
    assert found == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", NoticeKind)
def test_a_notice_says_who_sends_it_and_can_be_sent(kind: NoticeKind) -> None:
    rendered = render_notice(kind, make_context())
    for part in (rendered.text, rendered.html):
        for fact in ("合同会社夜明けラボ", "〒600-0000 京都市見本区架空町4-5", "週刊 夜明けラボ"):
            assert fact in part
    message = message_from_bytes(compile_issue(rendered, LETTERHEAD).splice(HANAKO), policy=default)
    assert message["Subject"] == rendered.subject
    allowed = {"unsubscribe-missing", "subject-cut", "feature-extra"}  # who is not on the list has nothing to leave
    assert {finding.rule for finding in lint(rendered, FACTS)} <= allowed


def test_only_who_is_on_the_list_can_leave_it() -> None:
    for kind in NoticeKind:
        rendered = render_notice(kind, make_context(action_url="https://example.com/go"))
        has_link = kind is NoticeKind.WELCOME
        assert (UNSUBSCRIBE in links_of(rendered.html)) == has_link
        assert (UNSUBSCRIBE in rendered.text.splitlines()) == has_link


@pytest.mark.parametrize("kind", NoticeKind)
def test_the_button_leads_where_it_is_told_and_its_link_may_be_personal(kind: NoticeKind) -> None:
    rendered = render_notice(kind, make_context())
    assert LINK in links_of(rendered.html)
    assert LINK in rendered.text.splitlines()
    assert Slot.UNSUBSCRIBE in slots.split(rendered.html, MARKER)


def test_a_language_without_a_catalogue_makes_an_english_notice() -> None:
    rendered = render_notice(NoticeKind.CONFIRM, make_context("he"))
    assert rendered.language == "en"
    assert '<html lang="en" dir="ltr"' in rendered.html
    assert '<html lang="ar" dir="rtl"' in render_notice(NoticeKind.CONFIRM, make_context("ar")).html


def test_without_a_link_a_goodbye_has_no_button_and_a_welcome_leads_to_the_site() -> None:
    goodbye = render_notice(NoticeKind.GOODBYE, make_context(action_url=""))
    assert "もう一度登録する" not in goodbye.html + goodbye.text
    assert (
        "https://example.com/lab/" in render_notice(NoticeKind.WELCOME, make_context(action_url="")).text.splitlines()
    )
    with pytest.raises(ValueError, match="needs the link"):
        render_notice(NoticeKind.CONFIRM, make_context(action_url=""))


def test_the_documented_variables_are_the_ones_there_are() -> None:
    for kind in NoticeKind:
        assert {*build_notice_variables(kind, make_context()), "subject"} == set(NOTICE_VARIABLES)
    assert tuple(kind.value for kind in NoticeKind) == NOTICES


def test_every_notice_is_worded_and_the_title_stands_in_its_place() -> None:
    for kind in NoticeKind:
        for language in ("ja", "en"):
            notice = build_notice_variables(kind, make_context(language))["notice"]
            assert isinstance(notice, NoticeView)
            shown = [notice.subject, notice.heading, notice.text, notice.label, notice.remark, notice.why]
            assert all(shown)
            assert "{" not in "".join(shown)
            assert "週刊 夜明けラボ" in notice.subject
            assert bool(re.search("[ぁ-ん]", notice.remark)) == (language == "ja")


def test_a_title_that_looks_like_a_place_or_like_html_is_only_a_title() -> None:
    context = make_context()
    newsletter = context.newsletter.model_copy(update={"title": "{number} <b>{title}</b>"})
    rendered = render_notice(NoticeKind.WELCOME, replace(context, newsletter=newsletter))
    assert "「{number} <b>{title}</b>」" in rendered.subject
    assert "「{number} &lt;b&gt;{title}&lt;/b&gt;」" in rendered.html


def test_one_notice_of_ones_own_leaves_the_others_alone(tmp_path: Path) -> None:
    own = tmp_path / "email" / "confirm"
    own.mkdir(parents=True)
    (own / "body.txt").write_text("{{ notice.label }}\n{{ action_url }}\n", encoding="utf-8")
    assert render_notice(NoticeKind.CONFIRM, make_context(own=tmp_path)).text == f"登録を完了する\n{LINK}\n"
    (own / "body.txt").write_text("\n{{ notice.titel }}", encoding="utf-8")
    with pytest.raises(TemplateError, match=r"templates/email/confirm/body.txt:2: NoticeView has no 'titel'"):
        render_notice(NoticeKind.CONFIRM, make_context(own=tmp_path))
    assert render_notice(NoticeKind.GOODBYE, make_context(own=tmp_path)).subject
