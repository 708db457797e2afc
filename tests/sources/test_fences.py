"""Where front matter begins and ends."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.sources.fences import Syntax, find_block
from publisher.sources.lookup import FrontMatterError

BODY = "\n本文です。\n\n---\n\nつづき\n"


@pytest.mark.parametrize(
    ("text", "syntax", "line"),
    [
        ("---\ntitle: a\n---\n", Syntax.YAML, 2),
        ("------\ntitle: a\n------\n", Syntax.YAML, 2),
        ("--- \ntitle: a\n---\t\n", Syntax.YAML, 2),
        ("---yaml\ntitle: a\n---\n", Syntax.YAML, 2),
        ("--- yml\ntitle: a\n---\n", Syntax.YAML, 2),
        ("---\ntitle: a\n...\n", Syntax.YAML, 2),
        ("\n\n\ufeff---\ntitle: a\n---\n", Syntax.YAML, 4),
        ("---toml\ntitle = 'a'\n---\n", Syntax.TOML, 2),
        ("+++\ntitle = 'a'\n+++\n", Syntax.TOML, 2),
        ("```yaml\ntitle: a\n```\n", Syntax.YAML, 2),
        ("```\n---\ntitle: a\n---\n```\n", Syntax.YAML, 3),
        ("~~~ toml\n+++\ntitle = 'a'\n+++\n~~~\n", Syntax.TOML, 3),
        ("```toml\ntitle = 'a'\n```\n", Syntax.TOML, 2),
        ("title: a\ndate: 2026-01-08\n---\n", Syntax.YAML, 1),
        ("title: a\n\ntags:\n- b\n---\n", Syntax.YAML, 1),
    ],
)
def test_every_fence_is_found_with_its_line_and_its_body(text: str, syntax: Syntax, line: int) -> None:
    block = find_block(text + BODY)
    assert block is not None
    assert (block.syntax, block.first_line) == (syntax, line)
    assert "title" in block.text
    assert "本文" not in block.text
    assert block.body == BODY


def test_plain_lines_end_with_the_first_blank_one() -> None:
    block = find_block("Title: 麹\nDate: 2026-01-08\n  and more\n\n本文です。\n")
    assert block is not None
    assert (block.syntax, block.text) == (Syntax.LINES, "Title: 麹\nDate: 2026-01-08\n  and more\n")
    assert block.body == "本文です。\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "本文\n",
        "Note: this is a text\nthat goes on.\n",
        "Note: a heading\n---\n",
        "--- a dash begins a sentence\n",
        "---\u3000題\n",
        "```python\ntitle: a\n```\n",
        "```\nprint(1)\n```\n",
        "```yaml\ntitle: never closed\n",
        "title is: a text\n\nmore\n",
        "{{< toc >}}\n",
        "+++ a\n",
    ],
)
def test_a_text_is_no_front_matter(text: str) -> None:
    assert find_block(text) is None


@pytest.mark.parametrize("language", ["javascript", "js", "coffee", "TypeScript"])
def test_a_program_is_refused(language: str) -> None:
    with pytest.raises(FrontMatterError, match="is a program"):
        find_block(f"---{language}\n({{}})\n---\n")


@given(
    st.lists(
        st.sampled_from(
            ["---\n", "...\n", "+++\n", "```yaml\n", "```\n", "title: a\n", "a\n", "\n", " - b\n", "{", "}\n"]
        ),
        max_size=14,
    )
)
def test_nothing_is_lost_between_block_and_body(pieces: list[str]) -> None:
    text = "".join(pieces)
    block = None
    with suppress(FrontMatterError):  # one that is not closed
        block = find_block(text)
    if block is not None and block.syntax is not Syntax.JSON:
        assert block.text.rstrip("\n") in text
        assert text.endswith(block.body)
        assert text.split("\n")[block.first_line - 1 :][: block.text.count("\n")] == block.text.split("\n")[:-1]
