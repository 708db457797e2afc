"""Front matter in the shapes people write."""

from __future__ import annotations

from contextlib import suppress

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.sources.frontmatter import split_front_matter
from publisher.sources.lookup import Field, FrontMatterError

ARTICLE = """\
---
title: "【速報】新しい半導体"
date: "2026-01-08"
tags: ["AI", "半導体"]
draft: false
image: "https://img.example/a.png?x=1&y=2"
count: 007
nothing:
---

    indented code first

---

after a rule
"""


def test_values_come_out_as_written_with_their_lines() -> None:
    matter = split_front_matter(ARTICLE)
    assert matter is not None
    values = {name: field.value for name, field in matter.fields.items()}
    assert values == {
        "title": "【速報】新しい半導体",
        "date": "2026-01-08",
        "tags": ["AI", "半導体"],
        "draft": False,
        "image": "https://img.example/a.png?x=1&y=2",
        "count": "007",
        "nothing": None,
    }
    assert {name: field.line for name, field in matter.fields.items()} == {
        "title": 2,
        "date": 3,
        "tags": 4,
        "draft": 5,
        "image": 6,
        "count": 7,
        "nothing": 8,
    }


def test_the_body_keeps_its_indent_and_its_rules() -> None:
    matter = split_front_matter(ARTICLE)
    assert matter is not None
    assert matter.body.lstrip("\n").startswith("    indented code first")
    assert matter.body.count("---") == 1


def test_blank_lines_before_the_block_count_in_the_line_numbers() -> None:
    for text, line in (
        ("\n\n---\ntitle: 題\n---\n", 4),
        ("---\n\n\ntitle: 題\n---\n", 4),
        ("--- \ntitle: 題\n---\n", 2),
    ):
        matter = split_front_matter(text)
        assert matter is not None
        assert matter.fields["title"].line == line


@pytest.mark.parametrize("text", ["", "# 見出し\n", "text\n---\nmore\n---\n", "{{< toc >}}\n", "{: .note}\n", "++ a\n"])
def test_a_file_without_a_block_has_none(text: str) -> None:
    assert split_front_matter(text) is None


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("---\ntitle: 題\n", 1, "not closed"),
        ('---\ntitle: "a"\nexcerpt: say: "hi"\n---\n', 3, "not valid YAML"),
        ("---\ntitle: a\ntags: [a, b\n---\n", 4, "not valid YAML"),
        ('---\ntitle: "a\nx: "b\n---\n', 3, "not valid YAML"),
        ("---\n- a\n- b\n---\n", 2, "lines of `key: value`"),
        ("---\njust words\n---\n", 2, "lines of `key: value`"),
        ("+++\ntitle = 1\n", 1, "not closed; end it with a line of \\+\\+\\+"),
        ("\n+++\ntitle = 1\ndate = 2026-02-30\n+++\n", 4, "not valid TOML"),
        ('{\n  "title": "a"\n  "date": 1\n}\n', 3, "not valid JSON"),
        ('{"a":' * 5000, 1, "not valid JSON|more than anyone can mean"),
        ('{"a":' * 40 + "1" + "}" * 40, 1, "more than anyone can mean"),
        ("\n---javascript\nthrow 1\n---\n", 2, "is a program .javascript., which is never run"),
        ("--- coffee\ntitle: 1\n---\n", 1, "is a program"),
    ],
)
def test_a_block_that_cannot_be_read_names_the_line(text: str, line: int, words: str) -> None:
    with pytest.raises(FrontMatterError, match=words) as caught:
        split_front_matter(text)
    assert caught.value.line == line


def test_aliases_cannot_blow_up_memory() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    with pytest.raises(FrontMatterError, match="more than anyone can mean"):
        split_front_matter("---\n" + "\n".join(lines) + "\n---\n")


TOML = """
+++
title = "題"  # with a remark
date = 2026-01-08T09:05:00+09:00
day = 2026-01-08
draft = false
weight = 007.5e0
tags = [
  "AI",
]

[taxonomies]
categories = ["暮らし"]
+++
本文
"""
JSON = """
  {
    "title": "題 {1}",
    "date": "2026-01-08", "weight": 1.50,
    "draft": false, "image": null,
    "tags": ["AI"]
  }
本文 }
"""


def test_toml_comes_out_as_yaml_would_with_its_lines() -> None:
    matter = split_front_matter(TOML.replace("007.5e0", "7.5"))
    assert matter is not None
    assert matter.body == "本文\n"
    assert matter.fields == {
        "title": Field("題", 3),
        "date": Field("2026-01-08T09:05:00+09:00", 4),
        "day": Field("2026-01-08", 5),
        "draft": Field(value=False, line=6),
        "weight": Field("7.5", 7),
        "tags": Field(["AI"], 8),
        "taxonomies": Field({"categories": ["暮らし"]}, 12),
    }


def test_json_comes_out_as_yaml_would_with_its_lines() -> None:
    matter = split_front_matter(JSON)
    assert matter is not None
    assert matter.body == "\n本文 }\n"
    assert {name: field.value for name, field in matter.fields.items()} == {
        "title": "題 {1}",
        "date": "2026-01-08",
        "weight": "1.50",
        "draft": False,
        "image": None,
        "tags": ["AI"],
    }
    assert (matter.fields["title"].line, matter.fields["tags"].line) == (3, 6)


def test_tabs_are_treated_alike_whether_or_not_libyaml_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def outcome(text: str) -> object:
        try:
            return split_front_matter(text)
        except FrontMatterError as error:
            return str(error)

    texts = ["---\ntitle:\t題\n---\n", "---\n\ttitle: 題\n---\n", "---\ntitle: a\tb\n---\n"]
    with_libyaml = [outcome(text) for text in texts]
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert [outcome(text) for text in texts] == with_libyaml


@pytest.mark.parametrize(("start", "end"), [("---", "---"), ("+++", "+++"), ("{", "}"), ('{"a":', "}")])
@settings(deadline=None, max_examples=100)
@given(block=st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=120))
def test_any_block_gives_fields_or_one_clear_error(start: str, end: str, block: str) -> None:
    with suppress(FrontMatterError):
        matter = split_front_matter(f"{start}\n{block}\n{end}\nbody\n")
        assert matter is None or all(field.line >= 1 for field in matter.fields.values())
