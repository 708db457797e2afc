"""YAML with the lines of its keys, and the environment filled in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.yamlfile import Location, YamlFile, read_yaml

ENVIRONMENT = {"NAME": "花子", "EMPTY": "", "TRICK": "${NAME}", "PORT_2": "587"}


def read(text: str, *, may_be_unset: frozenset[Location] = frozenset()) -> YamlFile:
    return read_yaml(text, "config.yaml", ENVIRONMENT, may_be_unset=may_be_unset)


def messages(file: YamlFile) -> list[str]:
    return [str(problem) for problem in file.problems]


def test_every_key_and_item_has_its_line() -> None:
    file = read("site:\n  title: 題\n\nlist:\n  - a\n  - {b: 1,\n     c: 2}\n")
    assert file.data == {"site": {"title": "題"}, "list": ["a", {"b": 1, "c": 2}]}
    assert file.lines == {
        ("site",): 1,
        ("site", "title"): 2,
        ("list",): 4,
        ("list", 0): 5,
        ("list", 1): 6,
        ("list", 1, "b"): 6,
        ("list", 1, "c"): 7,
    }


def test_a_missing_key_has_the_line_of_what_is_around_it() -> None:
    file = read("a: 1\nsite:\n  title: 題\n")
    assert file.line_of(("site", "url", "host")) == 2
    assert file.line_of(("nothing",)) is None


def test_plain_values_keep_their_types() -> None:
    file = read("a: 1\nb: true\nc: null\nd: 1.5\ne: 2026-01-08\nf: 2026-02-30\ng: '1'\n2026: h\n")
    assert [file.data[key] for key in "abcdg"] == [1, True, None, 1.5, "1"]
    assert str(file.data["e"]) == "2026-01-08"
    assert file.data["f"] == "2026-02-30"  # no such day, so it is text
    assert file.data["2026"] == "h"
    assert file.problems == []


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("${NAME}", "花子"),
        ("'${NAME}さん、${NAME}'", "花子さん、花子"),
        ("${PORT_2}", "587"),
        ("${UNSET:-既定}", "既定"),
        ("${UNSET:-}", ""),
        ("${EMPTY:-既定}", "既定"),
        ("${EMPTY}", ""),
        ("${NAME:-既定}", "花子"),
        ("${UNSET:-a:-b-$c}", "a:-b-$c"),
        ("smtp://u:${NAME}@h", "smtp://u:花子@h"),
        ("${TRICK}", "${NAME}"),  # what comes from outside is not read again
        ("$${NAME}", "${NAME}"),
        ("$${", "${"),
        ("$${not a name}", "${not a name}"),
        ("$$${NAME}", "$${NAME}"),
        ("$NAME $ {NAME} $$", "$NAME $ {NAME} $$"),
    ],
)
def test_the_environment_is_filled_in(written: str, read_as: str) -> None:
    file = read(f"key: {written}\n")
    assert (file.data, file.problems) == ({"key": read_as}, [])


def test_the_environment_is_filled_in_everywhere_but_in_keys() -> None:
    file = read("a:\n  - ${NAME}\n  - {b: '${NAME}'}\n'${NAME}': c\n")
    assert file.data == {"a": ["花子", {"b": "花子"}], "${NAME}": "c"}


def test_an_unset_variable_is_named_with_its_line() -> None:
    file = read("a: 1\nsite:\n  title: ${ONE} ${TWO} ${ONE}\n  url: ${ONE}\n")
    assert file.data["site"] == {"title": None, "url": None}
    assert messages(file) == [
        "config.yaml:3: site.title: the environment variables ONE and TWO are not set; "
        "set them, or write ${ONE:-default}",
        "config.yaml:4: site.url: the environment variable ONE is not set; set it, or write ${ONE:-default}",
    ]


def test_a_variable_that_may_be_unset_becomes_nothing() -> None:
    file = read("key: ${UNSET}\nother: {key: '${UNSET}'}\n", may_be_unset=frozenset({("key",)}))
    assert file.data["key"] is None
    assert [problem.field for problem in file.problems] == ["other.key"]


@pytest.mark.parametrize(
    "written", ["${SMTP-PASSWORD}", "${}", "${2ND}", "${NAME", "${A:-${B}}", "${NAME-x}", "$${A}${ x}"]
)
def test_a_variable_that_is_none_is_told(written: str) -> None:
    file = read(f"key: '{written}'\n")
    assert messages(file) == [
        "config.yaml:1: key: has a ${ that names no variable; write ${NAME}, or $${ for a literal ${"
    ]


def test_a_key_that_stands_twice_names_both_lines() -> None:
    file = read("a: 1\nb: {c: 1, c: 2}\na: 3\n")
    assert file.data == {"a": 1, "b": {"c": 1}}
    assert messages(file) == [
        "config.yaml:2: b.c: stands twice; the first is on line 2",
        "config.yaml:3: a: stands twice; the first is on line 1",
    ]


def test_an_alias_is_read_where_it_stands() -> None:
    file = read("a: &x {title: 題}\nb: *x\n")
    assert file.data["b"] == {"title": "題"}
    assert file.problems == []


def test_an_alias_of_itself_ends() -> None:
    file = read("a: &x\n  b: *x\n")
    assert file.data == {"a": {"b": None}}
    assert messages(file) == ["config.yaml:1: a.b: refers to itself"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", None, "is empty"),
        ("# nothing but a comment\n", None, "is empty"),
        ("- a\n- b\n", 1, "must be a list of keys and values"),
        ("title\n", 1, "must be a list of keys and values"),
        ("a: 1\nb: [1\n", 3, "expected ',' or ']'"),
        ("a: 1\n\tb: 2\n", 2, "cannot start any token"),
        ("a: b: c\n", 1, "mapping values are not allowed here"),
        ("a: @x\n", 1, "cannot start any token"),
        ("a: 1\n---\nb: 2\n", 2, "expected a single document"),
        ("a: 1\nb: \x07\n", 2, "has a character that YAML forbids (U+0007)"),
        ('a: "\\U00110000"\n', None, "a character that does not exist"),
        ('a: "\\UFFFFFFFF"\n', None, "a character that does not exist"),
        ("a: " + "[" * 600, None, "nested too deeply"),
        ("? [a, b]\n: c\n", 1, "has a key that is not a plain word"),
        ("a:\n  ? {b: c}\n  : d\n", 2, "has a key that is not a plain word"),
    ],
)
def test_what_is_no_configuration_is_explained(text: str, line: int | None, words: str) -> None:
    (problem,) = read(text).problems
    assert problem.line == line
    assert words in problem.message
    assert "\n" not in problem.message


@pytest.mark.parametrize(
    "written",
    [
        "*hunter2",
        "!hunter2",
        "!a!hunter2 x",
        "!<hunter2> x",
        "!!python/name:hunter2",
        "&hunter2 &hunter3 x",
        "%hunter2",
        "@hunter2",
    ],
)
def test_a_password_without_quotes_is_not_repeated(written: str) -> None:
    file = read(f"a: 1\nkey: {written}\n")
    assert [problem.line for problem in file.problems] == [2]
    assert not any("hunter" in message for message in messages(file))


def test_a_type_is_no_way_to_write_a_value() -> None:
    file = read("key: !secret value\n")
    assert file.data == {"key": None}
    assert messages(file) == ["config.yaml:1: key: begins with !, which YAML reads as a type; put it in quotes"]


@given(st.text(max_size=80))
def test_no_text_makes_it_fall_over(text: str) -> None:
    file = read(text)
    assert isinstance(file.data, dict)
    assert file.data or file.problems or text.strip()  # `{}` is fine, silence about anything else is not


@given(st.dictionaries(st.text("あa{}$:-_", min_size=1, max_size=6), st.text("あA{}$:-_", max_size=12), max_size=4))
def test_an_escaped_value_comes_back_as_it_was(values: dict[str, str]) -> None:
    lines = [f'"{key}": "{value.replace("${", "$${")}"' for key, value in values.items()]
    file = read("first: 1\n" + "\n".join(lines) + "\n")
    assert file.problems == []
    assert {key: file.data[key] for key in values} == values
