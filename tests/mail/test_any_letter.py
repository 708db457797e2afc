"""Any words in, the same words out: from title, article, introduction and reader to what a mail program shows."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from publisher.addresses import has_unsafe_characters
from publisher.mail import slots
from publisher.mail.compile import Personal, compile_issue
from publisher.mail.places import split_text
from publisher.mail.render import render_issue
from publisher.mail.slots import AnySlot, FieldSlot, Slot
from publisher.markup.characters import clean_line
from publisher.model.issue import Selection
from publisher.model.rendered import RenderedIssue
from tests.mail.newsletters import BARE, MARKER, make_context
from tests.mail.test_compile import HANAKO, LETTERHEAD, check_wire_format, parse
from tests.markup.strategies import bodies

GREETING = '{{ subscriber.name | default("読者") }}さん、{{ subscriber.fields.city }}'
LANGUAGES = ("ja", "en", "ar", "zh-TW", "he", "tlh")

lines = st.text(max_size=60)
titles = lines.filter(lambda text: clean_line(text) != "")
# What no Markdown reads as markup, in any place; one word, so that no line end changes it.
words = st.text(
    st.characters(categories=["Lu", "Ll", "Lo", "So"], exclude_characters="\u3164\uffa0\u115f\u1160"),
    min_size=1,
    max_size=30,
)


def compose(template: str, language: str, title: str, body: str, intro: str) -> RenderedIssue:
    article = replace(BARE, title=clean_line(title), language=language)
    selection = Selection(articles=(article,), intro=intro)
    return render_issue(selection, {article.id: body}, make_context(template, language=language))


def person(name: str, city: str) -> Personal:
    return replace(HANAKO, name="" if has_unsafe_characters(name) else name, fields={"city": city})


def fill(rendered: RenderedIssue, who: Personal) -> str:
    """The text part by the plainest means, for the compiler to agree with."""

    ours = {Slot.UNSUBSCRIBE: who.unsubscribe_token, Slot.EMAIL: who.email, Slot.NAME: who.name}

    def value(piece: str | AnySlot) -> str:
        if isinstance(piece, FieldSlot):
            name, fallback = rendered.fields[piece.number]
            return (who.name.strip() if name == "name" else clean_line(who.fields.get(name, ""))) or fallback
        return ours[piece] if isinstance(piece, Slot) else piece

    return "".join(map(value, split_text(rendered.text, rendered.marker)))


def squeeze(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFC", text))


@dataclass(frozen=True)
class Said:
    language: str
    title: str
    body: str
    name: str
    city: str
    intro: str


anything = st.builds(
    Said,
    st.sampled_from(LANGUAGES),
    titles,
    st.one_of(bodies, st.text(max_size=300)),
    lines,
    lines,
    st.one_of(bodies.filter(lambda text: "{{" not in text), words),  # else it asks for a value
)


@pytest.mark.parametrize("template", ["article", "plain"])
@settings(deadline=None, max_examples=20)
@given(said=anything)
def test_any_words_make_a_message_without_a_defect(template: str, said: Said) -> None:
    rendered = compose(template, said.language, said.title, said.body, f"{GREETING}\n\n{said.intro}")
    who = person(said.name, said.city)
    data = compile_issue(rendered, LETTERHEAD).splice(who)
    message = parse(data)
    parts = list(message.iter_parts()) or [message]
    assert str(message["Subject"]) == clean_line(said.title)
    assert parts[0].get_content().replace("\r\n", "\n") == fill(rendered, who)
    if template == "article":
        check_wire_format(data)
        assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
        assert MARKER not in parts[1].get_content()
        assert rendered.html.count("<script") == 0


@settings(deadline=None, max_examples=25)
@given(st.sampled_from(LANGUAGES), titles, st.lists(words, min_size=1, max_size=12), words, words)
def test_the_words_are_there_in_both_parts(language: str, title: str, body: list[str], name: str, city: str) -> None:
    rendered = compose("article", language, title, "\n\n".join(body), GREETING)
    message = parse(compile_issue(rendered, LETTERHEAD).splice(person(name, city)))
    plain, rich = (part.get_content() for part in message.iter_parts())
    root = etree.fromstring(rich.encode(), etree.HTMLParser(encoding="utf-8"))
    for shown in (plain, str(root.xpath("string(//body)"))):
        told = squeeze(shown)
        assert squeeze(clean_line(title)) in told
        assert f"{squeeze(name)}さん、{squeeze(city)}" in told
        assert all(squeeze(word) in told for word in body)


def test_the_greeting_asks_for_both_values() -> None:
    rendered = compose("article", "ja", "題", "文", GREETING)
    assert rendered.fields == (("name", "読者"), ("city", ""))
    assert [piece for piece in slots.split(rendered.text, MARKER) if isinstance(piece, FieldSlot)]
