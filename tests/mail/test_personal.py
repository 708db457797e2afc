"""Values of the reader in subject, text and HTML: asked for once, filled in for each, escaped for their place."""

from __future__ import annotations

import html as html_module
import re
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import etree

from publisher.errors import TemplateError
from publisher.mail.compile import CompiledIssue, Personal, compile_issue
from publisher.mail.personal import Fields, fill_markdown, show_subject, without_person
from publisher.mail.places import split_html, split_text
from publisher.mail.slots import FieldSlot, Slot, field_slot, split, word
from publisher.markup.characters import clean_line
from publisher.model.issue import OneOff, Selection
from publisher.model.rendered import RenderedIssue
from tests.mail.dkimverifiers import make_keys, verify_all
from tests.mail.newsletters import MARKER, MOSS, make_context, render
from tests.mail.test_compile import HANAKO, LETTERHEAD, check_wire_format, parse

LETTER = OneOff('{{ subscriber.name | default("読者") }}さんへ', "letter.md", "0")
TEXT = """\
{{ subscriber.name | default("読者") }}さん、{{ subscriber.fields.city | default('どこか') }}の天気はいかがですか。

[予約](https://example.com/visit?city={{ subscriber.fields.city }}&from=mail) は {{ subscriber.email }} から。
"""


def compose(one_off: OneOff = LETTER, text: str = TEXT) -> RenderedIssue:
    return render(Selection(intro=text, one_off=one_off), make_context())


RENDERED = compose()
COMPILED = compile_issue(RENDERED, LETTERHEAD)


def person(name: str = "", **fields: str) -> Personal:
    return replace(HANAKO, name=name, fields=fields)


def read(compiled: CompiledIssue, who: Personal) -> tuple[str, str, etree._Element]:
    """Subject, text and HTML as a mail program reads them."""
    data = compiled.splice(who)
    check_wire_format(data)
    message: EmailMessage = parse(data)
    plain, rich = message.iter_parts()
    root = etree.fromstring(rich.get_content().encode(), etree.HTMLParser(encoding="utf-8"))
    return str(message["Subject"]), plain.get_content().replace("\r\n", "\n"), root


def link_of(root: etree._Element) -> str:
    return next(href for a in root.iter("a") if "/visit?" in (href := a.get("href") or ""))


def text_of(root: etree._Element) -> str:
    return str(root.xpath("string(//body)"))


def test_each_reader_is_spoken_to_by_name() -> None:
    subject, text, root = read(COMPILED, person("花子", city="京都 & 奈良"))
    assert subject == "花子さんへ"
    assert "花子さん、京都 & 奈良の天気" in text.replace("\n", "")
    assert "花子さん、京都 & 奈良の天気" in text_of(root)
    assert parse_qs(urlsplit(link_of(root)).query) == {"city": ["京都 & 奈良"], "from": ["mail"]}
    assert HANAKO.email in text_of(root)
    assert re.search(r"https://example\.com/visit\?city=%E4%BA%AC%E9%83%BD%20%26%20%E5%A5%88%E8%89%AF&from=mail", text)


def test_who_has_no_value_gets_the_words_for_everybody() -> None:
    subject, text, root = read(COMPILED, person())
    assert subject == "読者さんへ"
    assert "読者さん、どこかの天気" in text_of(root)
    assert "読者さん、どこかの天気" in text.replace("\n", "")
    assert parse_qs(urlsplit(link_of(root)).query) == {"from": ["mail"]}


HARD = [
    "מִרְיָם שלום",
    'Zoë "Q" O\'Neil <b>&amp;',
    "{{ subscriber.email }}",
    "a\r\nBcc: everybody@example.org\r\n\r\n<script>",
    "👩‍👩‍👧 家族",
    "あ" * 10_000,
    word(MARKER, Slot.EMAIL),
    "javascript:alert(1)",
    "=?utf-8?q?x?=",
    "../..?x=1&y#z",
]


@pytest.mark.parametrize("value", HARD)
def test_hard_values(value: str) -> None:
    check_value(value, value)


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
@example("\u202egnp.exe", "\x00\x85\u2028")
def test_any_value_is_shown_as_it_is_and_injects_nothing(name: str, city: str) -> None:
    check_value(name, city)


def check_value(name: str, city: str) -> None:
    subject, text, root = read(COMPILED, person(name, city=city))
    nobody = read(COMPILED, person())[2]
    assert [item.tag for item in root.iter(etree.Element)] == [item.tag for item in nobody.iter(etree.Element)]
    assert [sorted(item.keys()) for item in root.iter(etree.Element)] == [
        sorted(item.keys()) for item in nobody.iter(etree.Element)
    ]
    shown = clean_line(city[:10_000])
    expected = shown if 0 < len(shown) <= 1_000 else "どこか"
    assert f"さん、{expected}の天気" in text_of(root)
    in_link = shown if len(shown) <= 1_000 else ""
    query = parse_qs(urlsplit(link_of(root)).query, keep_blank_values=True)
    assert query == {"city": [in_link], "from": ["mail"]}
    assert subject.endswith("さんへ")
    assert f"{expected}の天気" in text
    lines = COMPILED.splice(person(name, city=city)).partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert not [line for line in lines if line.lower().startswith(b"bcc")]


def test_the_subject_is_signed_for_each_reader() -> None:
    keys = make_keys()
    signed = COMPILED.splice(person("花子"), keys)
    assert verify_all(signed, keys) == [True, True]
    subject = signed.partition(b"\r\nSubject: ")[2].partition(b"\r\n")[0]
    assert subject in COMPILED.splice(person("花子"))
    assert verify_all(signed.replace(subject, b"Win!"), keys) == [False, False]
    another = signed.replace(b"\r\nSubject: ", b"\r\nSubject: Win!\r\nSubject: ", 1)
    assert verify_all(another, keys) == [False, False], "a second one is against the signature"


def test_a_template_may_ask_for_fields(tmp_path: Path) -> None:
    folder = tmp_path / "email" / "digest"
    folder.mkdir(parents=True)
    greeting = '{{ subscriber.fields.city | default("町") }}の{{ subscriber.name | default("方") }}へ'
    (folder / "subject.txt").write_text(greeting, encoding="utf-8")
    link = '<a title="{{ subscriber.fields.note | default(\'"\') }}" href="/x/{{ subscriber.fields.note }}">x</a>'
    body = f"<!DOCTYPE html><html><body><p>{greeting}</p>{link}{{{{ unsubscribe_url }}}}</body></html>"
    (folder / "body.html").write_text(body, encoding="utf-8")
    (folder / "body.txt").write_text(f"{greeting}\n{{{{ unsubscribe_url }}}}\n", encoding="utf-8")
    rendered = render(Selection(articles=(MOSS,)), make_context(own=tmp_path))
    assert show_subject(rendered) == "町の方へ"
    compiled = compile_issue(rendered, LETTERHEAD)
    subject, text, root = read(compiled, person("A & B", city="<京都>", note='"><img src=x>'))
    assert (subject, text.split("\n")[0]) == ("<京都>のA & Bへ", "<京都>のA & Bへ")
    assert "<京都>のA & Bへ" in text_of(root)
    anchor = next(root.iter("a"))
    assert anchor.get("title") == '"><img src=x>'
    assert anchor.get("href") == "/x/%22%3E%3Cimg%20src%3Dx%3E"
    assert list(root.iter("img")) == []
    assert read(compiled, person())[2].find(".//a").get("title") == '"'  # type: ignore[union-attr] # there is one


def test_an_article_can_ask_for_nothing() -> None:
    title = 'Hello {{ subscriber.name | default("x") }}'
    article = replace(MOSS, title=title, summary="{{ subscriber.fields.city }}")
    rendered = render(Selection(articles=(article,)), make_context())
    assert rendered.fields == ()
    assert rendered.subject == title
    html = compile_issue(rendered, LETTERHEAD).splice(person("花子", city="京都"))
    rich = message_from_bytes(html, policy=default).get_body(("html",))
    assert rich is not None
    assert html_module.escape("{{ subscriber.fields.city }}") in rich.get_content()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a\n\n{{ subscriber.nmae }}", "the introduction, line 3 of the text: {{ subscriber.nmae }} is not known"),
        ("{{ subscriber.name | upper }}", "line 1 of the text: {{ subscriber.name | upper }} is not known"),
        ('{{ subscriber.fields.city | default("x" ~ 1) }}', "is not known; write {{ subscriber.name }}"),
        ("{{ subscriber }}", "is not known"),
    ],
)
def test_a_placeholder_that_is_none_is_an_error_with_its_line(text: str, words: str) -> None:
    with pytest.raises(TemplateError) as caught:
        render(Selection(articles=(MOSS,), intro=text), make_context())
    assert words in str(caught.value)


def test_nothing_else_of_jinja_is_known_in_markdown() -> None:
    fields = Fields(MARKER)
    text = "{% for x in y %}{{ site.title }}{{ config }}{# note #}"
    assert fill_markdown(text, fields, "it") == text
    assert fields.asked == ()


def test_a_fallback_is_for_everybody(tmp_path: Path) -> None:
    folder = tmp_path / "email" / "digest"
    folder.mkdir(parents=True)
    (folder / "subject.txt").write_text("{{ subscriber.name | default(subscriber.email) }}", encoding="utf-8")
    with pytest.raises(TemplateError, match=r"subject\.txt:1: the fallback of a personal value cannot be one"):
        render(Selection(articles=(MOSS,)), make_context(own=tmp_path))


def test_the_address_to_unsubscribe_is_not_for_the_subject() -> None:
    broken = replace(RENDERED, subject=word(MARKER, Slot.UNSUBSCRIBE))
    with pytest.raises(TemplateError, match="take unsubscribe_url out of it"):
        compile_issue(broken, LETTERHEAD)


def test_a_number_that_no_field_has_is_a_damaged_placeholder() -> None:
    with pytest.raises(TemplateError, match="changed the placeholder"):
        compile_issue(replace(RENDERED, fields=RENDERED.fields[:1]), LETTERHEAD)


@settings(deadline=None)
@given(st.integers(0, 65_535))
def test_a_field_is_found_by_its_number(number: int) -> None:
    slot = field_slot(number)
    assert slot.number == number
    assert split(f"x{word(MARKER, slot)}0A", MARKER) == ["x", slot, "0A"]
    assert FieldSlot(f"URL{slot}").plain == slot


def test_a_value_in_an_address_is_told_from_one_beside_it() -> None:
    name, in_url = word(MARKER, Slot.NAME), FieldSlot("URLNAME")
    html = f'<p title="{name}">href="{name}"</p><a href="x{name}"><img alt=\'{name}\' src=\'{name}\'></a>'
    found = [piece for piece in split_html(html, MARKER) if isinstance(piece, (Slot, FieldSlot))]
    assert found == [Slot.NAME, Slot.NAME, in_url, Slot.NAME, in_url]
    assert split_text(f"{name} https://x.example/{name}?{name} {name}", MARKER) == [
        Slot.NAME,
        " https://x.example/",
        in_url,
        "?",
        in_url,
        " ",
        Slot.NAME,
    ]


def test_a_text_for_nobody_has_the_fallbacks() -> None:
    fields = Fields(MARKER)
    text = fill_markdown(
        '{{subscriber.name|default("読者")}}さん{{ subscriber.fields.x }}{{ subscriber.email }}', fields, ""
    )
    assert without_person(text, MARKER, fields.asked) == "読者さん"
