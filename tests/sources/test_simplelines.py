"""Simple front matter, read without YAML: the same as with it, or not at all."""

from __future__ import annotations

import time

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from publisher.sources.frontmatter import compose_fields
from publisher.sources.lookup import Field, FrontMatterError
from publisher.sources.simplelines import read_simple_lines

SIMPLE = """\
title: "🚀 山の上の\u3000図書館: 「灯り」"
date: 2026-01-08
at: 2026-01-08T09:30:00+09:00
slug: 007
draft: No
url: https://site.example/a?b=1&c=[2]
excerpt: 'it is "quoted" here'
nothing:

tags: ["電池", '港: 町', 省エネ , AI, true]
empty: []
series:
- 一
- "二 # つ"

- 三:さん
topics:
  - a, b [c]
  -  'd'
  - no
Title: 二つめ
"""
_PIECES = st.one_of(
    st.sampled_from(
        ["title", "tags", "on", "null", "Yes", "~", "<<", "=", "2026-01-08", "0o17", "1e3", ".inf", "12:30"]
    ),
    st.sampled_from(
        [": ", ":", ": [", "]", "{", "}", ", ", ",", '"', "'", "\\", "#", " #", "- ", "-", "? ", "|", ">", "&a"]
    ),
    st.sampled_from(
        ["\n", "\n ", "\n  - ", " ", "  ", "*a", "!", "!!str ", "%", "@", "`", "---", "...", "\t", "電池", "🚀"]
    ),
    st.sampled_from(["\u3000", "\u200d", "\ufe0f", "\xa0", "\x85", "\u2028", "\ufeff", "é", "_", "a"]),
    st.text(max_size=3),
)
_VALUES = st.one_of(
    st.sampled_from(["a", "電池 b ", '"c: d"', "' #'", "e, [f]", "No", "2026-01-08", "g:h", "", "i #", "j: k"]),
    st.lists(_PIECES, max_size=6).map("".join),
    st.lists(_PIECES, max_size=4).map(lambda pieces: '"' + "".join(pieces) + '"'),
    st.lists(_PIECES, max_size=4).map(lambda pieces: "[" + ", ".join(pieces) + "]"),
)
_LINES = st.builds(
    "{}:{}{}".format, st.sampled_from(["title", "Tags", "a-b", "on", "a_1"]), st.sampled_from([" ", "", "  "]), _VALUES
)
_LISTS = st.builds(
    lambda name, blanks, entries: "\n".join([name, *map("{}- {}".format, blanks, entries)]),
    st.sampled_from(["tags:", "Tags: ", "a-b:", "on: x", "a_1:\n"]),
    st.one_of(st.lists(st.sampled_from(["", " ", "  ", "  - "]), max_size=3), st.sampled_from([[""] * 3, ["  "] * 3])),
    st.lists(_VALUES, max_size=3),
)
_DOCUMENTS = st.lists(st.one_of(_LINES, _LINES, _LISTS, st.lists(_PIECES, max_size=5).map("".join)), max_size=5).map(
    "\n".join
)


def by_yaml(content: str) -> dict[str, Field] | None:
    try:
        return compose_fields(content, 2)
    except (yaml.YAMLError, FrontMatterError):
        return None


def test_most_front_matter_is_simple() -> None:
    found = read_simple_lines(SIMPLE, 2)
    assert found is not None
    assert found == by_yaml(SIMPLE)
    assert {name: field.value for name, field in found.items()} == {
        "title": "二つめ",
        "date": "2026-01-08",
        "at": "2026-01-08T09:30:00+09:00",
        "slug": "007",
        "draft": False,
        "url": "https://site.example/a?b=1&c=[2]",
        "excerpt": 'it is "quoted" here',
        "nothing": None,
        "tags": ["電池", "港: 町", "省エネ", "AI", True],
        "empty": [],
        "series": ["一", "二 # つ", "三:さん"],
        "topics": ["a, b [c]", "d", False],
    }
    assert found["tags"].line == 11


@pytest.mark.parametrize(
    "content",
    [
        "title: one: two",
        "title: a # b",
        'title: "a \\" b"',
        'title: "a" b',
        "tags:\n  - a\n - b",
        "tags:\n  - a\n   - b",
        "tags:\n  - a\n    b",
        "tags:\n  - a: b",
        "tags:\n  - a:",
        "tags:\n  - - a",
        "tags:\n  -",
        "tags:\n  -a",
        "tags: a\n  - b",
        "tags: null\n- b",
        "tags: []\n- b",
        "tags:\n  - [a]",
        "title: a\n  b",
        "title: |\n  a",
        "tags: [a, [b]]",
        "tags: [a: b]",
        "tags: [a, ]",
        "a: &x b",
        "- a",
        "title",
        "title:a",
        "a: b\tc",
        "a: b\u2028c: d",
        "{a: b}",
        "---",
    ],
)
def test_what_only_yaml_can_tell_is_left_to_it(content: str) -> None:
    assert read_simple_lines(content, 1) is None


@settings(max_examples=1500)
@given(_DOCUMENTS)
@example("a: 'b'\n\n\nc: d ")
@example("a: b\nA: c\na: ")
@example("on: off\nyes: Null\nno: nO")
@example("a:\n- b\n\n- c\nA:\n  - d\n\n")
@example("a:\n\n  - b\nc:\n- d\nc: e\na:")
def test_the_result_is_the_one_of_yaml(content: str) -> None:
    found = read_simple_lines(content, 2)
    if found is not None:
        assert found == by_yaml(content)
        assert list(found) == list(by_yaml(content) or ())


def test_long_lines_take_no_more_than_linear_time() -> None:
    started = time.process_time()
    for content in (
        "a: [" + "b , " * 4_900,
        "a: [" + "b" + " " * 9_000 + ", c" + " " * 9_000,
        'a: ["' + '", "' * 4_900,
        "a:\n- b" + " " * 9_000 + ":" * 9_000,
        "a:\n" + " " * 18_000 + "-",
    ):
        assert read_simple_lines(content, 1) is None
    assert time.process_time() - started < 1
