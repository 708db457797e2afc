"""Words about subscribers are understood, or it is said where they are not."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from publisher.segments.expression import (
    And,
    DayTest,
    Expression,
    LedgerTest,
    Not,
    NumberTest,
    Or,
    RecentTest,
    TextTest,
    write,
)
from publisher.segments.parse import SegmentError, parse_segment
from tests.segments.strategies import EXPRESSIONS

JA = TextTest("language", "=", ("ja",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("language = ja", JA),
        ('LANGUAGE = "ja"', JA),
        ("language != ja", Not(JA)),
        ("language in (ja, en, ja)", TextTest("language", "=", ("ja", "en"))),
        ("language not in (ja)", Not(JA)),
        ("name is empty", TextTest("name", "empty")),
        ("name is not empty", Not(TextTest("name", "empty"))),
        ('topic has "AI"', TextTest("topic", "has", ("AI",))),
        ("topic = AI", TextTest("topic", "has", ("AI",))),
        ("newsletter has weekly", TextTest("newsletter", "=", ("weekly",))),
        ('field.city = "松本 市"', TextTest("field.city", "=", ("松本 市",))),
        ('field."会社 名" contains 試験', TextTest("field.会社 名", "contains", ("試験",))),
        ('name = "and"', TextTest("name", "=", ("and",))),
        (r'name = "\"\\"', TextTest("name", "=", ('"\\',))),
        ("joined after 2026-01-01", DayTest("joined", "after", date(2026, 1, 1))),
        ("joined last 30d", RecentTest("joined", timedelta(days=30))),
        ("hour = 7", NumberTest("hour", "=", 7)),
        ("hour <= 7", NumberTest("hour", "<", 8)),
        ("hour > 7", NumberTest("hour", ">=", 8)),
        ("accepted last 90d", LedgerTest("accepted", 1, timedelta(days=90))),
        ("accepted count >= 5", LedgerTest("accepted", 5)),
        ("accepted count < 5 last 4w", Not(LedgerTest("accepted", 5, timedelta(weeks=4)))),
        ("bounced count <= 1", Not(LedgerTest("bounced", 2))),
        ("never accepted", Not(LedgerTest("accepted"))),
        ("not not language = ja", Not(Not(JA))),
        ("(((language = ja)))", JA),
    ],
)
def test_each_test_can_be_written(text: str, expected: Expression) -> None:
    assert parse_segment(text) == expected
    assert parse_segment(write(expected)) == expected


def test_and_binds_more_than_or_and_not_most() -> None:
    found = parse_segment("language = ja or not hour = 7 and name is empty or (hour = 8 or hour = 9) and hour = 1")
    hours = {number: NumberTest("hour", "=", number) for number in (1, 7, 8, 9)}
    assert found == Or((JA, And((Not(hours[7]), TextTest("name", "empty"))), And((Or((hours[8], hours[9])), hours[1]))))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "column 1: something is missing; write one of email, name, language"),
        ("langauge = ja", "column 1: 'langauge' is no property; did you mean language?"),
        ("opened last 30d", "column 1: 'opened' is not known: nobody is tracked; accepted and bounced say what"),
        ("language = ja name = x", "column 15: 'name' does not belong here; between two tests stands and, or or"),
        ("(language = ja", "column 15: a ) is missing"),
        ("language ja", "column 10: after language stands =, !=, in (…), contains or is empty"),
        ("language =", "column 11: a value for language is missing; words such as and stand in quotes"),
        ("language = and", "column 12: a value for language is missing; words such as and stand in quotes"),
        ("language in ja", "column 13: after in stands a list in parentheses: in (ja, en)"),
        ("status = activ", "column 10: status is never 'activ'; did you mean active?"),
        ("rhythm = yearly", "column 10: rhythm is never 'yearly'; write each, daily, weekly, monthly"),
        ("name = “x”", 'column 8: quotes are straight: "…"'),
        ('name = "x', 'column 8: a " that nothing closes'),
        ("name = a\\b", "column 9: '\\\\' cannot stand here; texts with such signs stand in quotes"),
        ("name is nobody", "column 9: after is stands empty, or not empty"),
        ("joined 2026-01-01", "column 8: after joined stands before, after, since or on and a day, or last"),
        ("joined after 2026-13-01", "column 14: '2026-13-01' is no day; write one such as 2026-01-31"),
        ("joined last month", "column 13: 'month' is not a duration; write a number and m, h, d or w"),
        ("hour = seven", "column 8: a number is missing"),
        ("hour = 7777777", "column 8: is too large a number"),
        ("hour 7", "column 6: after hour stands =, !=, <, <=, > or >="),
        ("never opened", "column 7: after never stands one of accepted, bounced"),
        ("accepted count = 5", "column 16: after count stands >=, >, < or <="),
        ("accepted count < 0", "column 19: count is compared with 1 or more"),
        ("(" * 60, "column 51: is more than 50 deep"),
        ("name = " + "x" * 2000, "column 2001: is longer than 2,000 characters"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, message: str) -> None:
    with pytest.raises(SegmentError) as caught:
        parse_segment(text)
    assert str(caught.value).startswith(message)


@settings(deadline=None, max_examples=300)
@given(EXPRESSIONS)
@example(TextTest("email", "=", ("«",)))
def test_what_is_written_is_read_as_the_same(expression: Expression) -> None:
    assert parse_segment(write(expression)) == expression


_WORDS = st.sampled_from(
    [*"()=<>,", "!=", "and", "or", "not", "language", "joined", "last", "30d", "ja", "never", "accepted", "is", "empty"]
)


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=60) | st.lists(_WORDS, max_size=14).map(" ".join))
def test_any_text_is_an_expression_or_a_clear_error(text: str) -> None:
    found = _parse(text)
    if isinstance(found, SegmentError):
        assert 1 <= found.column <= len(text) + 1
    else:
        assert parse_segment(write(found)) == found


def _parse(text: str) -> Expression | SegmentError:
    try:
        return parse_segment(text)
    except SegmentError as error:
        return error
