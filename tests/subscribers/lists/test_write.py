"""Any person that a list can have comes back as they went out."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.markup.characters import clean_line
from publisher.model.lists import Enrolment, ListEntry
from publisher.model.subscriber import SubscriberState
from publisher.subscribers.lists.entries import Reading
from publisher.subscribers.lists.read import read_csv, read_json
from publisher.subscribers.lists.write import write_csv, write_json

TOKYO = ZoneInfo("Asia/Tokyo")
READING = Reading("", TOKYO)

_TEXTS = (st.text(max_size=20) | st.sampled_from(["=1+1", "'", "'-x", "''@", '"', "+81", ";", ","])).map(clean_line)
_KEYS = st.sampled_from(["都市", "field", "a b", "状態", "name", "0"])
_MOMENTS = st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001 - hypothesis wants naive ones
_ENROLMENTS = st.lists(
    st.builds(
        Enrolment,
        st.sampled_from(["weekly", "new-article", "monthly"]),
        _MOMENTS,
        st.none() | _MOMENTS,
        st.lists(_TEXTS.filter(bool), max_size=2).map(tuple),
        st.sampled_from(["", "daily"]),
    ),
    max_size=3,
    unique_by=lambda item: item.newsletter,
).map(tuple)
ENTRIES = st.builds(
    ListEntry,
    email=st.sampled_from(["a@reader.example", "-a@reader.example", "a..b@docomo.ne.jp", "+x@reader.example"]),
    name=_TEXTS,
    language=st.sampled_from(["", "ja", "en-GB"]),
    status=st.sampled_from([state for state in SubscriberState if state is not SubscriberState.FORGOTTEN]),
    joined=st.none() | _MOMENTS,
    left_at=st.none() | _MOMENTS,
    source=_TEXTS,
    enrolments=_ENROLMENTS,
    timezone=st.sampled_from(["", "Asia/Tokyo", "Europe/Paris"]),
    hour=st.none() | st.integers(0, 23),
    paused_until=st.none() | _MOMENTS,
    fields=st.dictionaries(_KEYS, _TEXTS.filter(bool), max_size=4),
)


@settings(deadline=None, max_examples=200)
@given(st.lists(ENTRIES, max_size=4))
def test_json_keeps_everything(entries: list[ListEntry]) -> None:
    rows = list(read_json("".join(write_json(entries, TOKYO)).splitlines(keepends=True), READING))
    assert [row.problem for row in rows if row.problem] == []
    assert [row.entry for row in rows] == entries


@settings(deadline=None, max_examples=200)
@given(st.lists(ENTRIES, max_size=4))
def test_a_csv_keeps_every_cell(entries: list[ListEntry]) -> None:
    fields = sorted({name for entry in entries for name in entry.fields})
    lines = list(write_csv(entries, "csv", fields, TOKYO))
    rows = list(read_csv("".join(lines).splitlines(keepends=True), READING))
    assert [row.problem for row in rows if row.problem] == []
    for row, entry in zip(rows, entries, strict=True):
        assert row.entry is not None
        for name in (
            "email",
            "name",
            "language",
            "status",
            "joined",
            "left_at",
            "source",
            "timezone",
            "hour",
            "fields",
        ):
            assert getattr(row.entry, name) == getattr(entry, name), name
        names = {item.newsletter for item in entry.enrolments or () if item.ended_at is None}
        assert {item.newsletter for item in row.entry.enrolments or () if item.ended_at is None} == names


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+81", "-1", "@x"])
def test_no_cell_is_a_formula(text: str) -> None:
    line = list(write_csv([ListEntry("a@reader.example", name=text)], "csv", [], TOKYO))[1]
    assert f",'{text}," in line
