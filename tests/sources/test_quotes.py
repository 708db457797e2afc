"""Values that a generator put in quotes without looking into them."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from publisher.sources.quotes import repair_quotes


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ('title: "手元で "動く" AI"', {"title": '手元で "動く" AI'}),
        ('title: "C:\\new\\quiet"', {"title": "C:\new\\quiet"}),
        ('tags: ["a "b" c", "d"]', {"tags": ['a "b" c', "d"]}),
        ('tags: [ "a\\q","d" ]', {"tags": ["a\\q", "d"]}),
        ('- "a "b""', ['a "b"']),
        ('a: "ends with \\"', {"a": "ends with \\"}),
    ],
)
def test_a_line_is_read_as_it_was_meant(line: str, meant: object) -> None:
    with pytest.raises(yaml.YAMLError):
        yaml.safe_load(line)
    repaired, changed = repair_quotes(line)
    assert yaml.safe_load(repaired) == meant
    assert [number for number, _name in changed] == [0]


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"], exclude_characters='\\"\ufeff'), max_size=30
    )
)
def test_a_line_that_is_right_stays_as_it_is(text: str) -> None:
    for line in (f'title: "{text}"', f'tags: ["{text}", "b"]', f"title: {text}", f'title: "a \\"{text}\\" b"'):
        repaired, changed = repair_quotes(line)
        assert repaired == line
        assert changed == []


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp"], exclude_characters="\ufeff"), max_size=30
    )
)
def test_whatever_stands_between_the_quotes_can_be_read_afterwards(text: str) -> None:
    for line in (f'title: "{text}"', f'tags: ["{text}", "b"]'):
        repaired, _changed = repair_quotes(line)
        assert yaml.safe_load(repaired).keys() <= {"title", "tags"}
