"""Coloured code."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.markup.highlight import _LANGUAGES, CLASSES, highlight
from publisher.markup.html import render_html
from tests.markup.strategies import PLACE


@pytest.mark.parametrize(
    ("language", "code", "parts"),
    [
        ("python", "def f(): # 注", [("k", "def"), ("", " "), ("nf", "f"), ("", "(): "), ("c", "# 注")]),
        ("js", "const a = `x`", [("k", "const"), ("", " a = "), ("s", "`x`")]),
        ("HTML", "<b>字</b>", [("", "<"), ("nt", "b"), ("", ">字</"), ("nt", "b"), ("", ">")]),
        ("diff", "-a\n+b\n", [("gd", "-a"), ("", "\n"), ("gi", "+b"), ("", "\n")]),
        ("json", '{"a": 1.5}', [("", "{"), ("nt", '"a"'), ("", ": "), ("m", "1.5"), ("", "}")]),
    ],
)
def test_parts_have_a_class(language: str, code: str, parts: list[tuple[str, str]]) -> None:
    assert highlight(code, language) == parts


@pytest.mark.parametrize(
    ("language", "code"),
    [
        ("klingon", "if x"),
        ("", "if x"),
        ("text", "if x"),
        ("mermaid", "graph TD"),
        ("python", "x = 1\n" * 1_334),
        ("python", "x = '" + "a " * 100 + "'"),
        ("python", "x = '" + "a" * 81 + "'"),
        ("java", "a b\n" * 61),
        ("c", "x;" + "\n" * 7),
    ],
)
def test_what_is_shown_in_one_colour(language: str, code: str) -> None:
    assert highlight(code, language) == []


@pytest.mark.parametrize("language", sorted(_LANGUAGES))
def test_every_language_has_a_lexer_that_keeps_all_there_is(language: str) -> None:
    code = "\n\n  if (x < 1) { return \"a\"; } # 注\n\tdef 字: 'b' /* c */ -- d\n\n"
    parts = highlight(code, language)
    assert "".join(text for _, text in parts) == code
    assert {name for name, _ in parts} <= {*CLASSES, ""}


@given(st.sampled_from(sorted(_LANGUAGES)), st.text(alphabet="\"'`<>{}()[]/*\\#-=$@:; \n\tab1字", max_size=60))
@settings(deadline=None, max_examples=200)
def test_any_code_is_kept_and_never_two_neighbours_of_one_colour(language: str, code: str) -> None:
    parts = highlight(code, language)
    assert "".join(text for _, text in parts) in {code, ""}
    assert all(before[0] != after[0] for before, after in itertools.pairwise(parts))
    assert all(name == "" or text == text.rstrip() for name, text in parts)


@given(st.text(alphabet="ab<&>\"' \n\t{}#", max_size=60))
@settings(deadline=None)
def test_the_page_shows_the_code_as_it_is(code: str) -> None:
    html = render_html(f"~~~~~python\n{code}\n~~~~~", PLACE)
    inner = re.fullmatch(r'<pre><code class="language-python">(.*)</code></pre>\n', html, re.DOTALL)
    assert inner
    text = re.sub(r"</?span[^>]*>", "", inner[1]).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert text == code + "\n"


def test_only_classes_of_colours_pass_and_only_on_spans() -> None:
    html = render_html('<p class="k">a<span class="k evil">b</span><span class="task">c</span></p>', PLACE)
    assert html == '<p>a<span class="k">b</span><span>c</span></p>'


def _loads_pygments(statement: str) -> bool:
    program = f"import sys\n{statement}\nprint('pygments' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip().endswith("True")


_RENDER = "from publisher.markup.html import render_html\nfrom tests.markup.strategies import PLACE\n"


def test_pygments_is_loaded_for_code_that_it_knows_only() -> None:
    assert not _loads_pygments("import publisher.cli.main")
    assert not _loads_pygments(_RENDER + "render_html('# a\\n\\n```klingon\\nb\\n```', PLACE)")
    assert _loads_pygments(_RENDER + "render_html('```python\\nb\\n```', PLACE)")
