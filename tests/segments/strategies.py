"""Any expression."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import strategies as st

from publisher.segments.expression import (
    DayTest,
    Expression,
    LedgerTest,
    Not,
    NumberTest,
    RecentTest,
    TextTest,
    all_of,
    any_of,
)
from publisher.segments.parse import EVENTS

_VALUES = st.text(max_size=8) | st.sampled_from(["ja", "AI", "and", "松本市", 'a "b"', "\\", "has", "a b", ""])
_ONE = _VALUES.map(lambda value: (value,))
_SOME = st.lists(_VALUES, min_size=1, max_size=3, unique=True).map(tuple)
_DURATIONS = st.builds(
    lambda number, unit: timedelta(**{unit: number}),
    st.integers(0, 5000),
    st.sampled_from(["minutes", "hours", "days"]),
)
_SINGLE = st.sampled_from(["email", "name", "language", "source", "timezone", "newsletter"])
_FIELDS = st.text(min_size=1, max_size=6).map(lambda name: f"field.{name}")

TESTS = st.one_of(
    st.builds(TextTest, _SINGLE | _FIELDS, st.just("="), _SOME),
    st.builds(TextTest, _SINGLE | _FIELDS, st.just("contains"), _ONE),
    st.builds(TextTest, st.sampled_from(["topic", "tag"]) | _FIELDS, st.just("has"), _SOME),
    st.builds(TextTest, _SINGLE | _FIELDS | st.sampled_from(["topic", "tag", "rhythm"]), st.just("empty")),
    st.builds(TextTest, st.just("status"), st.just("="), st.just(("active", "pending"))),
    st.builds(TextTest, st.just("rhythm"), st.just("="), st.just(("weekly",))),
    st.builds(DayTest, st.just("joined"), st.sampled_from(["before", "after", "since", "on"]), st.dates()),
    st.builds(RecentTest, st.just("joined"), _DURATIONS),
    st.builds(NumberTest, st.just("hour"), st.sampled_from(["=", "<", ">="]), st.integers(0, 30)),
    st.builds(LedgerTest, st.sampled_from(EVENTS), st.integers(1, 9), st.none() | _DURATIONS),
)
EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=3).map(all_of),
        st.lists(inner, min_size=2, max_size=3).map(any_of),
    ),
    max_leaves=8,
)
