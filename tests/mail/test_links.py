"""Links of the reader: where they stand, that they are signed, and that there are none without a server."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from publisher import tokens, urls
from publisher.config import Config, parse_config
from publisher.errors import TemplateError
from publisher.mail import slots
from publisher.mail.compile import Personal, compile_issue
from publisher.mail.dkim import COVERED
from publisher.mail.links import Links, make_links
from publisher.mail.notice import build_notice_variables
from publisher.mail.slots import Slot
from publisher.model.notice import NoticeKind
from publisher.model.rendered import RenderedIssue
from tests.mail.dkimverifiers import verify_all
from tests.mail.newsletters import CONFIG, MARKER, SEVERAL, make_context, render
from tests.mail.test_compile import HANAKO, LETTERHEAD
from tests.mail.test_dkim import KEYS
from tests.mail.test_notice import make_context as make_notice

WEB = "https://letters.example.com"
KEY = b"key"
ISSUE = f"{WEB}/newsletters/weekly/issues/7/"


def config_with(web: str) -> Config:
    return parse_config(CONFIG + web, Path(__file__).with_name("config.yaml"), {})


@pytest.fixture(scope="module")
def rendered() -> RenderedIssue:
    config = config_with(f"web: {{url: {WEB}/}}\n")
    return render(SEVERAL, replace(make_context(), config=config, newsletter=config.newsletters["weekly"]))


def person(number: int = 12) -> Personal:
    return replace(
        HANAKO,
        unsubscribe_token=tokens.sign(KEY, tokens.UNSUBSCRIBE, number, "weekly"),
        preferences_token=tokens.sign(KEY, tokens.PREFERENCES, number, "weekly"),
        issue="7",
    )


def parse(content: bytes) -> EmailMessage:
    return message_from_bytes(content, policy=default)


def test_each_reader_gets_links_of_their_own_in_both_parts_and_in_the_header(rendered: RenderedIssue) -> None:
    letterhead = replace(LETTERHEAD, unsubscribe_page=urls.unsubscribe_url(WEB, ""))
    compiled = compile_issue(rendered, letterhead)
    for number in (12, 2**40):
        reader = person(number)
        message = parse(compiled.splice(reader))
        unsubscribe = f"{WEB}/unsubscribe/{reader.unsubscribe_token}"
        for part in ("plain", "html"):
            body = message.get_body((part,))
            assert body is not None
            text = body.get_content()
            assert unsubscribe in text
            assert f"{WEB}/preferences/{reader.preferences_token}" in text
            assert ISSUE in text
            assert "mailto:" not in text
            assert MARKER not in text
        mailto = f"mailto:unsubscribe@news.example.com?subject=unsubscribe%20{reader.unsubscribe_token}"
        assert message["List-Unsubscribe"] == f"<{unsubscribe}>, <{mailto}>"
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_one_click_needs_a_signature_over_its_headers(rendered: RenderedIssue) -> None:
    assert {"List-Unsubscribe", "List-Unsubscribe-Post"} <= set(COVERED), "RFC 8058 4"
    letterhead = replace(LETTERHEAD, unsubscribe_page=urls.unsubscribe_url(WEB, ""))
    content = compile_issue(rendered, letterhead).splice(person(), KEYS)
    assert verify_all(content, KEYS) == [True, True]
    for name in (b"List-Unsubscribe:", b"List-Unsubscribe-Post:"):
        assert content.count(b"\r\n" + name) == 1
        changed = content.replace(b"\r\n" + name, b"\r\nX-Was-" + name)
        assert verify_all(changed, KEYS) == [False, False]


def test_a_server_without_tls_gets_no_one_click(rendered: RenderedIssue) -> None:
    letterhead = replace(LETTERHEAD, unsubscribe_page="http://localhost:8000/unsubscribe/")
    message = parse(compile_issue(rendered, letterhead).splice(person()))
    assert message["List-Unsubscribe"].startswith("<http://localhost:8000/unsubscribe/")
    assert message["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize("web", ["", "web: {}\n"])
def test_without_an_address_of_the_server_all_is_by_mail(web: str) -> None:
    config = config_with(web)
    assert make_links(config, "weekly", MARKER) == Links()
    issue = render(SEVERAL, replace(make_context(), config=config))
    for part in (issue.text, issue.html):
        assert "mailto:" in part
        assert not {Slot.PREFERENCES, Slot.ISSUE} & set(slots.split(part, MARKER))
    message = parse(compile_issue(issue, LETTERHEAD).splice(person()))
    assert message["List-Unsubscribe"].startswith("<mailto:")
    assert message["List-Unsubscribe-Post"] is None


def test_the_text_part_says_what_to_do_with_the_link(rendered: RenderedIssue) -> None:
    assert "次のリンクを開いてください" in rendered.text
    assert "そのままメールを" not in rendered.text
    assert "そのままメールを" in render(SEVERAL).text


def test_a_welcome_leads_to_the_preferences(rendered: RenderedIssue) -> None:
    config = config_with(f"web: {{url: {WEB}}}\n")
    for kind in NoticeKind:
        variables = build_notice_variables(kind, replace(make_notice(), config=config))
        is_on_list = kind is NoticeKind.WELCOME
        assert str(variables["preferences_url"]).startswith(f"{WEB}/preferences/") is is_on_list
        assert str(variables["unsubscribe_url"]).startswith(f"{WEB}/unsubscribe/") is is_on_list
    assert rendered.subject


@pytest.mark.parametrize("slot", [Slot.PREFERENCES, Slot.ACTION, Slot.ISSUE])
def test_no_link_of_a_reader_gets_into_a_subject(rendered: RenderedIssue, slot: Slot) -> None:
    broken = replace(rendered, subject=f"a {slots.word(rendered.marker, slot)}")
    with pytest.raises(TemplateError, match="the subject cannot hold"):
        compile_issue(broken, LETTERHEAD)


@pytest.mark.parametrize("field", ["preferences_token", "action_token", "issue", "unsubscribe_token"])
def test_a_token_that_could_break_out_is_refused_and_not_repeated(rendered: RenderedIssue, field: str) -> None:
    compiled = compile_issue(rendered, LETTERHEAD)
    for token in ("a b", 'a"b', "a>b", "a\r\nb", "鍵"):
        changed: dict[str, Any] = {field: token}
        with pytest.raises(ValueError, match="a token is not URL-safe") as caught:
            compiled.splice(replace(person(), **changed))
        assert token not in str(caught.value)
