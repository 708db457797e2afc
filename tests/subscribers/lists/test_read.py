"""A list of people, row by row."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.model.lists import LONG_AGO, Enrolment, ListEntry
from publisher.model.subscriber import SubscriberState
from publisher.subscribers.lists.columns import ColumnError, check_mapping
from publisher.subscribers.lists.entries import Reading, Row
from publisher.subscribers.lists.read import form_of, is_json, read_csv, read_json

TOKYO = ZoneInfo("Asia/Tokyo")


def reading(form: str = "", columns: Mapping[str, str] | None = None, file: str = "") -> Reading:
    return Reading("imported from people.csv", TOKYO, form_of(form), columns or {}, file)


def read(text: str, **options: object) -> list[Row]:
    return list(read_csv(io.StringIO(text, newline=""), reading(**options)))  # type: ignore[arg-type] # passed on


def entries(text: str, **options: object) -> list[ListEntry]:
    rows = read(text, **options)
    assert [row.problem for row in rows if row.problem] == []
    return [row.entry for row in rows if row.entry]


def problems(text: str, **options: object) -> list[str]:
    return [f"{row.line}: {row.field}: {row.problem}" for row in read(text, **options) if row.problem]


def read_objects(text: str) -> list[Row]:
    return list(read_json(io.StringIO(text, newline=""), reading()))


def test_known_columns_are_taken_and_others_become_fields() -> None:
    person = entries('Email,Name,LANGUAGE,都市,\n taro@Reader.Example ,"佐藤, 太郎",ja,大阪,x\n')[0]
    assert (person.email, person.name, person.language) == ("taro@reader.example", "佐藤, 太郎", "ja")
    assert person.fields == {"都市": "大阪"}
    assert person.source == "imported from people.csv"
    assert person.enrolments is None


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("メールアドレス,氏名", "佐藤 花子"),
        ("Ｅメール,お名前", "佐藤 花子"),
        ("E-Mail Address;Full Name", "佐藤 花子"),
        ("e_mail\tdisplay-name", "佐藤 花子"),
    ],
)
def test_names_of_columns_are_known_in_english_and_japanese(header: str, name: str) -> None:
    delimiter = next(mark for mark in "\t;," if mark in header)
    person = entries(f"{header}\na@reader.example{delimiter}佐藤 花子\n")[0]
    assert (person.email, person.name) == ("a@reader.example", name)


def test_a_name_in_two_parts_is_put_together_as_its_letters_ask() -> None:
    people = entries("email,名,姓\na@reader.example,花子,佐藤\nb@reader.example,Emma,Walker\nc@reader.example,,鈴木\n")
    assert [person.name for person in people] == ["佐藤 花子", "Emma Walker", "鈴木"]


def test_consent_state_and_choices_come_along() -> None:
    text = (
        "email,状態,登録日,配信停止日,登録元,タグ,メルマガ,timezone,hour\n"
        'a@reader.example,購読中,2025年1月5日,,展示会,AI; 開発,"weekly, new-article",Europe/Paris,7\n'
        "b@reader.example,配信停止,2024/1/5 9:05,2025-02-03T04:05:06Z,,,weekly,,\n"
    )
    active, gone = entries(text)
    assert active.joined == datetime(2025, 1, 5, tzinfo=TOKYO)
    assert (active.source, active.fields, active.timezone, active.hour) == (
        "展示会",
        {"tags": "AI, 開発"},
        "Europe/Paris",
        7,
    )
    assert active.enrolments == (Enrolment("weekly"), Enrolment("new-article"))
    assert (gone.status, gone.joined) == (SubscriberState.UNSUBSCRIBED, datetime(2024, 1, 5, 9, 5, tzinfo=TOKYO))
    assert gone.left_at == datetime(2025, 2, 3, 4, 5, 6, tzinfo=UTC)


def test_newsletters_somebody_left_are_known_without_a_date() -> None:
    person = entries("email,newsletters,left\na@reader.example,weekly,new-article\n")[0]
    assert person.enrolments == (Enrolment("weekly"), Enrolment("new-article", ended_at=LONG_AGO))


@pytest.mark.parametrize(
    ("column", "value", "problem"),
    [
        ("joined", "01/02/2025", "'01/02/2025' is no date; write one such as 2026-01-31 or 2026-01-31 09:05"),
        ("joined", "2025-02-31", "'2025-02-31' is no date; write one such as 2026-01-31 or 2026-01-31 09:05"),
        ("status", "CA", "'CA' is no state we know; write pending, active, unsubscribed, suppressed"),
        ("timezone", "Tokio", "'Tokio' is no time zone; write one such as Asia/Tokyo"),
        ("hour", "24", "'24' is no hour; write 0 to 23"),
        ("language", "日本語", "the language '日本語' is none; write one such as ja or en-GB"),
        ("fields", "[1]", 'is no JSON object such as {"city": "松本市"}'),
        ("fields", "{", "'{' is no JSON object"),
        (
            "subscriptions",
            "[{}]",
            'is no list such as [{"newsletter": "weekly", "since": "2026-01-31T09:00:00+09:00"}]',
        ),
    ],
)
def test_a_value_that_cannot_be_is_named(column: str, value: str, problem: str) -> None:
    assert problems(f"email,{column}\na@reader.example,{value}\n") == [f"2: {column}: {problem}"]


def test_a_second_column_of_a_kind_becomes_a_field() -> None:
    person = entries("email,mail,name\na@reader.example,b@reader.example,甲\n")[0]
    assert (person.email, person.fields) == ("a@reader.example", {"mail": "b@reader.example"})


def test_mapping_goes_before_names() -> None:
    text = "連絡先,email,名前,会社\na@reader.example,old@reader.example,甲,試験社\n"
    person = entries(text, columns={"email": "連絡先", "name": "", "field.company": "会社"})[0]
    assert (person.email, person.name) == ("a@reader.example", "")
    assert person.fields == {"email": "old@reader.example", "名前": "甲", "company": "試験社"}


def test_a_mapping_that_cannot_be_is_refused() -> None:
    with pytest.raises(ColumnError, match="'mail' cannot be mapped; write one of email, name"):
        check_mapping({"mail": "x"})
    check_mapping({"field.city": "x", "joined": "y"})
    assert read("a,b\n1,2\n", columns={"email": "c"})[0].problem == "has no column 'c' for email; its columns: a, b"


def test_a_short_row_is_filled_up_and_a_blank_line_is_nothing() -> None:
    rows = read("email,name\na@reader.example\n\n,\nb@reader.example,乙,too,many\n")
    assert [row.entry.email for row in rows if row.entry] == ["a@reader.example", "b@reader.example"]


def test_odd_addresses_of_japanese_carriers_are_taken() -> None:
    assert problems("email\na..b@docomo.ne.jp\nc.@ezweb.ne.jp\n.a@ezweb.ne.jp\n") == []


def test_international_addresses_are_taken() -> None:
    people = entries("email\n例え@例え.example\nju\u0308rgen@Example.com\n")
    assert [person.email for person in people] == ["例え@xn--r8jz45g.example", "j\u00fcrgen@example.com"]


def test_a_bad_address_is_named_with_its_line_and_the_others_are_read() -> None:
    text = "email,name\ngood@reader.example,甲\nnobody,乙\nfine@reader.example,丙\n"
    assert problems(text) == ["3: email: the address 'nobody' is not of the form name@domain"]
    assert [row.email for row in read(text)] == ["good@reader.example", "nobody", "fine@reader.example"]


def test_a_file_without_an_email_column_says_what_it_found_and_what_to_do() -> None:
    hint = "; --map email=COLUMN says which one has the address"
    start = "1: None: the first line must name the columns, one of them email; found "
    assert problems("氏名,連絡先\n甲,a@reader.example\n") == [f"{start}氏名, 連絡先{hint}"]
    assert problems("") == [f"{start}nothing{hint}"]


def test_a_line_break_in_a_name_cannot_reach_a_header() -> None:
    person = entries('email,name\na@reader.example,"甲\r\nBcc: victim@reader.example"\n')[0]
    assert person.name == "甲 Bcc: victim@reader.example"


def test_a_cell_without_an_end_costs_its_lines_and_no_more() -> None:
    rows = read('email,name\na@reader.example,"' + "x" * 200_000 + "\nb@reader.example,乙\n")
    assert [row.entry.email for row in rows if row.entry] == ["b@reader.example"]
    assert [row.problem for row in rows if row.problem] == [
        "is not a line of a CSV: field larger than field limit (131072)"
    ]


def test_objects_are_read_from_an_array_or_from_lines() -> None:
    people = [
        {"email": "a@reader.example", "name": '甲 "A" {}', "fields": {"都市": "松本市", "n": 3}, "tags": ["x", "y"]},
        {
            "email": "b@reader.example",
            "status": "unsubscribed",
            "subscriptions": [
                {"newsletter": "weekly", "since": "2025-01-05T09:00:00+09:00", "topics": ["AI"], "rhythm": "daily"}
            ],
        },
    ]
    texts = (
        json.dumps(people, ensure_ascii=False),
        json.dumps(people, indent=2),
        "\n".join(map(json.dumps, people)),
        "\ufeff" + json.dumps(people, ensure_ascii=False),
    )
    for text in texts:
        assert is_json(text)
        first, second = [row.entry for row in read_objects(text) if row.entry]
        assert (first.name, first.fields) == ('甲 "A" {}', {"都市": "松本市", "n": "3", "tags": "x, y"})
        assert second.enrolments == (
            Enrolment("weekly", datetime(2025, 1, 5, tzinfo=UTC), topics=("AI",), rhythm="daily"),
        )


def test_a_wrong_object_is_named_and_the_others_are_read() -> None:
    rows = read_objects('{"email": "a@reader.example"}\n{"email": nonsense}\n{"email": "b@reader.example"}\n')
    assert [row.email for row in rows if row.entry] == ["a@reader.example", "b@reader.example"]
    assert [(row.line, row.problem) for row in rows if row.problem] == [(2, "is not JSON: Expecting value")]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[1, 2]", "is not JSON: an array of objects, or one object a line"),
        ('{"email": "a@reader.example"', "is not JSON: it ends in the middle of an object"),
        ('[{"email": "a@reader.example"}, "x"]', "is not JSON: an array of objects, or one object a line"),
        ('{"a": "' + "x" * 1_000_001, "has an object of more than 1,000,000 characters, or one that is not closed"),
        ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "is not JSON that we read: a number or a nesting without end"),
    ],
)
def test_json_that_is_none_of_ours_says_so(text: str, problem: str) -> None:
    assert problem in [row.problem for row in read_objects(text)]


@settings(deadline=None, max_examples=100)
@given(st.text(max_size=200), st.sampled_from(["email,name\n", "email;登録日;fields\n", "", "email\tsubscriptions\n"]))
def test_whatever_is_in_the_file_it_is_rows_or_problems(text: str, header: str) -> None:
    for row in read(header + text):
        assert (row.entry is None) != (row.problem == "")


@settings(deadline=None, max_examples=100)
@given(st.text(alphabet='{}[]",:\\\n aé1', max_size=80), st.integers(1, 20))
def test_whatever_is_in_the_json_it_is_rows_or_problems(text: str, size: int) -> None:
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    for row in read_json(pieces, reading()):
        assert (row.entry is None) != (row.problem == "")


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.dictionaries(st.sampled_from(["email", "name", "fields", "joined", "hour", "x"]), _VALUES)))
def test_whatever_json_holds_it_is_rows_or_problems(objects: list[dict[str, object]]) -> None:
    for row in read_objects(json.dumps(objects)):
        assert (row.entry is None) != (row.problem == "")
    assert len(read_objects(json.dumps(objects))) == len(objects)
