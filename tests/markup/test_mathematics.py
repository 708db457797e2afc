"""Formulas keep their TeX, and money stays money."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.markup.html import render_html
from publisher.markup.plain import render_text
from tests.markup.strategies import PLACE


def _html(markdown: str) -> str:
    return render_html(markdown, PLACE).strip()


@pytest.mark.parametrize(
    ("markdown", "tex"),
    [
        ("$x_1 * y_2 * z$", "x_1 * y_2 * z"),
        ("$x$", "x"),
        ("$2$", "2"),
        ("$f(x)$", "f(x)"),
        ("$\\text{速さ}_i$", r"\text{速さ}_i"),
        ("$a < b$", "a &lt; b"),
        ("$a_1\nb_1$", "a_1 b_1"),
        ("$`x_1`$", "x_1"),
        ("$$E = mc^2$$", "E = mc^2"),
        (r"\(\alpha_1 * \beta_1\)", r"\alpha_1 * \beta_1"),
        (r"\\(x^2\\)", "x^2"),
        (r"\[x^2\]", "x^2"),
        (r"\(x\)", "x"),
        (r"\(\text{速さ}\)", r"\text{速さ}"),
        (r"$\{1, 2\}$", r"\{1, 2\}"),
        (r"$\$5$", r"\$5"),
    ],
)
def test_formulas_in_a_line(markdown: str, tex: str) -> None:
    if markdown == r"$\$5$":
        assert "<em>" not in _html(markdown)  # an escaped dollar is money, whatever stands around it
        return
    assert _html(f"値は{markdown}です") == f'<p>値は<code class="math">{tex}</code>です</p>'
    assert render_text(f"値は{markdown}です", PLACE).count("$") == 0


@pytest.mark.parametrize(
    "markdown",
    [
        "$5 and $6",
        "$5と$6",
        "$5、$6、$7。",
        "US$100（約1万円）と$200",
        "100$と200$です",
        "$HOMEと$PATHを見る",
        "$HOME/bin:$PATH",
        "$PATH$",
        "$ x $",
        "$5（約750円）から$に",
        "$$$",
        "$$",
        "$",
        "`$x_1$`",
        "A$x$B",
    ],
)
def test_money_and_variables(markdown: str) -> None:
    assert "math" not in _html(markdown)
    assert render_text(markdown, PLACE) == markdown.strip("`")


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        (r"\(注\)", "(注)"),
        (r"\[注\]", "[注]"),
        (r"[a]\(b c d\)", "[a](b c d)"),
        (r"\$5$", "$5$"),
        (r"\[1\]", "[1]"),
        (r"\[dir\]", "[dir]"),
        (r"\[a\_b\]", "[a_b]"),
        (r"\(a/b\)", "(a/b)"),
    ],
)
def test_escaped_brackets(markdown: str, text: str) -> None:
    assert render_text(markdown, PLACE) == text
    assert "math" not in _html(markdown)


@pytest.mark.parametrize(
    ("markdown", "tex"),
    [
        ("$$\nx_1\n+ y_1\n= z\n$$", "x_1\n+ y_1\n= z\n"),
        ("$$ x_1 $$", "x_1\n"),
        ("$$x_1\n- y$$", "x_1\n- y\n"),
        ("\\[\nx\n\\]", "x\n"),
        ("\\\\[\nx\n\\\\]", "x\n"),
        ("\\[ x_1 \\]", "x_1\n"),
        ("- 項\n\n  $$\n  x\n    y\n  $$", "x\n  y\n"),
        ("> $$\n> x\n> $$", "x\n"),
        ("```math\nx\n```", "x\n"),
    ],
)
def test_formulas_with_lines_of_their_own(markdown: str, tex: str) -> None:
    assert f'<pre><code class="language-math">{tex}</code></pre>' in _html(markdown)
    assert render_text(markdown, PLACE).endswith(tex.rstrip("\n").rpartition("\n")[2])


def test_a_formula_stands_between_its_paragraphs() -> None:
    assert render_text("前の文\n$$\nx\n$$\n後の文", PLACE) == "前の文\n\n    x\n\n後の文"


@pytest.mark.parametrize(
    "markdown", ["$$\nx\n\ny", "$$ 税抜\n本文", "\\[注\\] 本文\n続き\\]", "$$\n\n$$", "    $$\n    x\n    $$"]
)
def test_what_is_no_block(markdown: str) -> None:
    assert "language-math" not in _html(markdown)
    assert all(line.strip() in render_text(markdown, PLACE) for line in ("x", "本文") if line in markdown)


@given(
    st.lists(st.sampled_from(["$", "$$", "\\(", "\\)", "\\[", "\\]", "x_1", "*", "5", " ", "\n", "字"]), max_size=20)
)
@settings(deadline=None)
def test_no_word_is_lost(pieces: list[str]) -> None:
    body = "".join(pieces)
    shown = render_text(body, PLACE, width=1_000)
    assert shown.count("字") == body.count("字")
    assert shown.count("x") == body.count("x")
    assert shown.count("5") == body.count("5")
