"""A CSV of people, row by row."""

from __future__ import annotations

import io

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.subscribers.rows import Row, read_rows


def read(text: str) -> list[Row]:
    return list(read_rows(io.StringIO(text, newline=""), "people.csv", "imported from people.csv"))


def problems(text: str) -> list[str]:
    return [str(row.problem) for row in read(text) if row.problem]


def test_known_columns_are_taken_and_others_become_fields() -> None:
    row = read('Email,Name,LANGUAGE,都市,\n taro@Reader.Example ,"佐藤, 太郎",ja,大阪,x\n')[0]
    assert row.subscriber is not None
    person = row.subscriber
    assert (person.email, person.name, person.language) == ("taro@reader.example", "佐藤, 太郎", "ja")
    assert person.fields == {"都市": "大阪"}
    assert person.source == "imported from people.csv"


def test_a_short_row_is_filled_up_and_a_blank_line_is_nothing() -> None:
    rows = read("email,name\na@reader.example\n\n,\nb@reader.example,乙,too,many\n")
    assert [row.subscriber.email for row in rows if row.subscriber] == ["a@reader.example", "b@reader.example"]


def test_odd_addresses_of_japanese_carriers_are_taken() -> None:
    assert problems("email\na..b@docomo.ne.jp\nc.@ezweb.ne.jp\n") == []


def test_a_bad_address_is_named_with_its_line() -> None:
    assert problems("email,name\ngood@reader.example,甲\nnobody,乙\n") == [
        "people.csv:3: email: the address 'nobody' is not of the form name@domain"
    ]


def test_a_file_without_an_email_column_says_what_it_found() -> None:
    assert problems("name,mail\n甲,a@reader.example\n") == [
        "people.csv:1: the first line must name the columns, one of them email; found name, mail"
    ]
    assert problems("") == ["people.csv:1: the first line must name the columns, one of them email; found nothing"]


def test_a_line_break_in_a_name_cannot_reach_a_header() -> None:
    row = read('email,name\na@reader.example,"甲\r\nBcc: victim@reader.example"\n')[0]
    assert row.subscriber is not None
    assert row.subscriber.name == "甲 Bcc: victim@reader.example"


@settings(deadline=None, max_examples=80)
@given(st.text(max_size=200))
def test_whatever_is_in_the_file_it_is_rows_or_problems(text: str) -> None:
    for row in read("email,name\n" + text):
        assert (row.subscriber is None) != (row.problem is None)
