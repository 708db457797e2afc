"""Templates are found file by file, and what is wrong in one is told with its file and line."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from publisher.errors import TemplateError
from publisher.files import packaged_templates
from publisher.templating import Templates, mark_safe


@dataclass(frozen=True)
class Card:
    title: str
    date: str


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def complaint(templates: Templates, name: str, **variables: object) -> str:
    with pytest.raises(TemplateError) as caught:
        templates.render(name, **variables)
    return str(caught.value)


# ------------------------------------------------------------------------------------------------ finding


def test_a_persons_own_file_stands_in_for_the_packaged_one_and_the_others_stay(tmp_path: Path) -> None:
    write(tmp_path, "email/partials/subject.txt", "【自家製】{{ cards[0].title }}")
    card = Card(title="豆腐の3Dプリンター🧊", date="")
    assert (
        Templates(tmp_path).render("email/digest/subject.txt", cards=[card]).strip() == "【自家製】豆腐の3Dプリンター🧊"
    )
    assert Templates(tmp_path).exists("email/base.html")


def test_a_file_added_or_changed_later_counts_at_once(tmp_path: Path) -> None:
    templates = Templates(tmp_path)
    write(tmp_path, "email/palette.css", "赤")
    first = templates.render("email/palette.css")
    write(tmp_path, "email/palette.css", "青")
    os.utime(tmp_path / "email/palette.css", ns=(0, 0))
    second = templates.render("email/palette.css")
    (tmp_path / "email/palette.css").unlink()
    assert (first, second) == ("赤", "青")
    with pytest.raises(TemplateError, match="packaged"):
        templates.render("email/palette.css")  # ours wants to know the theme


def test_without_a_folder_of_ones_own_the_packaged_templates_serve(tmp_path: Path) -> None:
    assert Templates(None).exists("email/digest/body.html")
    assert Templates(tmp_path / "nowhere").exists("email/digest/body.html")
    assert Templates(packaged_templates()).names() == Templates(None).names()


def test_nothing_outside_the_folders_can_be_reached(tmp_path: Path) -> None:
    write(tmp_path, "secret.txt", "ひみつ")
    own = tmp_path / "templates"
    own.mkdir()
    write(own, "a.txt", "{% include '../secret.txt' %}")
    templates = Templates(own)
    assert not templates.exists("../secret.txt")
    assert "../secret.txt, which is not there" in complaint(templates, "a.txt")


# ------------------------------------------------------------------------------------------------ escaping


def test_html_is_escaped_and_text_is_not(tmp_path: Path) -> None:
    title = "<script>「&」</script> {{ 7 * 7 }} {% if %} %7B"
    write(tmp_path, "a.html", "<p>{{ title }}</p>")
    write(tmp_path, "a.txt", "{{ title }}")
    write(tmp_path, "outer.html", "{% include 'a.html' %}")
    templates = Templates(tmp_path)
    escaped = "<p>&lt;script&gt;「&amp;」&lt;/script&gt; {{ 7 * 7 }} {% if %} %7B</p>"
    assert templates.render("a.html", title=title) == escaped
    assert templates.render("outer.html", title=title) == escaped
    assert templates.render("a.txt", title=title) == title
    assert templates.render("a.html", title=mark_safe("<b>強</b>")) == "<p><b>強</b></p>"


def test_a_template_cannot_climb_from_a_value_to_the_program(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "{{ wrap.__globals__ }}")
    write(tmp_path, "b.txt", "{{ cards.append(1) }}")
    templates = Templates(tmp_path)
    assert "templates/a.txt:1" in complaint(templates, "a.txt", wrap=write)
    assert "templates/b.txt:1" in complaint(templates, "b.txt", cards=[])


# ------------------------------------------------------------------------------------------------ complaints


def test_an_unknown_variable_names_template_line_and_the_likely_one(tmp_path: Path) -> None:
    write(tmp_path, "email/mine/body.html", "<p>\n\n{{ newsleter.title }}</p>")
    message = complaint(Templates(tmp_path), "email/mine/body.html", newsletter=1, date=2)
    assert message == "templates/email/mine/body.html:3: 'newsleter' is not known here; did you mean \"newsletter\"?"


def test_an_unknown_attribute_says_what_there_is_instead(tmp_path: Path) -> None:
    write(tmp_path, "a.txt", "{% for card in cards %}\n{{ card.titel }}\n{% endfor %}")
    write(tmp_path, "b.txt", "{{ card.zzz }}")
    card = Card("題", "日")
    message = complaint(Templates(tmp_path), "a.txt", cards=[card])
    assert message == "templates/a.txt:2: Card has no 'titel'; did you mean \"title\"?"
    assert complaint(Templates(tmp_path), "b.txt", card=card).endswith("Card has no 'zzz'; known here: title, date")


def test_a_fault_in_a_packaged_template_says_that_it_is_packaged(tmp_path: Path) -> None:
    message = complaint(Templates(tmp_path), "email/digest/body.txt")
    assert message.startswith("templates/email/base.txt:")
    assert "(packaged): 'newsletter' is not known here" in message


def test_a_fault_in_an_included_template_names_that_template(tmp_path: Path) -> None:
    write(tmp_path, "outer.txt", "一行目\n{% include 'inner.txt' %}")
    write(tmp_path, "inner.txt", "\n\n{{ nothing }}")
    assert complaint(Templates(tmp_path), "outer.txt").startswith("templates/inner.txt:3: 'nothing'")


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("題\n{% if %}", "templates/a.txt:2: Expected an expression"),
        ("{% for x in y %}\n", "templates/a.txt:1: Unexpected end of template"),
        ("{{ x | shout }}", "templates/a.txt:1: No filter named 'shout'"),
        ("\n{{ 1 + 'a' }}", "templates/a.txt:2: unsupported operand"),
        ("{{ 1 / 0 }}", "templates/a.txt:1: division by zero"),
        ("\n\n{{ x() }}", "templates/a.txt:3: 'str' object is not callable"),
        ("{% extends 'a.txt' %}", "templates/a.txt:1: templates extend or include each other in a circle"),
        ("{% include 'a.txt' %}", "templates/a.txt:1: templates extend or include each other in a circle"),
        ("\n{% include 'nowhere.txt' %}", "templates/a.txt:2: uses nowhere.txt, which is not there; known here: a.txt"),
    ],
)
def test_every_kind_of_mistake_is_told_with_its_line(tmp_path: Path, source: str, expected: str) -> None:
    write(tmp_path, "a.txt", source)
    assert complaint(Templates(tmp_path), "a.txt", x="値").startswith(expected)


def test_a_missing_template_lists_what_there_is() -> None:
    templates = Templates(None)
    assert complaint(templates, "email/digest/body.htm") == (
        'templates/email/digest/body.htm: not found; did you mean "email/digest/body.html"?'
    )
    assert "email/article/subject.txt" in complaint(templates, "zzz")


def test_a_template_in_another_encoding_is_named(tmp_path: Path) -> None:
    (tmp_path / "inner.txt").write_bytes("週刊".encode("shift_jis"))
    write(tmp_path, "outer.txt", "{% include 'inner.txt' %}")
    assert complaint(Templates(tmp_path), "outer.txt") == "templates/inner.txt:1: is not UTF-8; save it as UTF-8"


def test_a_mark_at_the_start_of_a_file_does_not_reach_the_mail(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("題", encoding="utf-8-sig")
    assert Templates(tmp_path).render("a.txt") == "題"
