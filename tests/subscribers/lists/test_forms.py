"""Exports of other programs, in samples of our own with the columns that they write."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from publisher.model.lists import ListEntry
from publisher.model.subscriber import SubscriberState
from publisher.subscribers.lists.columns import fold
from publisher.subscribers.lists.entries import Reading, Row
from publisher.subscribers.lists.forms import PLAIN, recognise
from publisher.subscribers.lists.read import read_csv

SAMPLES = Path(__file__).parent / "samples"
ACTIVE, PENDING, LEFT, BAD = (
    SubscriberState.ACTIVE,
    SubscriberState.PENDING,
    SubscriberState.UNSUBSCRIBED,
    SubscriberState.SUPPRESSED,
)


def read(name: str, file: str = "") -> list[Row]:
    reading = Reading("imported from x", ZoneInfo("Asia/Tokyo"), file=file)
    with (SAMPLES / name).open(encoding="utf-8", newline="") as lines:
        return list(read_csv(lines, reading))


def entries(name: str, file: str = "") -> dict[str, ListEntry]:
    return {row.entry.email.partition("@")[0]: row.entry for row in read(name, file) if row.entry}


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("mailchimp-subscribed.csv", "mailchimp"),
        ("mailchimp-unsubscribed.csv", "mailchimp"),
        ("mailchimp-cleaned.csv", "mailchimp"),
        ("substack.csv", "substack"),
        ("ghost.csv", "ghost"),
        ("buttondown.csv", "buttondown"),
        ("listmonk.csv", "listmonk"),
    ],
)
def test_each_is_told_by_its_first_line(name: str, form: str) -> None:
    header = (SAMPLES / name).read_text(encoding="utf-8").splitlines()[0]
    assert recognise([fold(column) for column in header.split(",")]).name == form


def test_a_list_of_nobody_in_particular_is_plain() -> None:
    assert recognise(["email", "name", "status", "createdat", "tags"]) is PLAIN


def test_mailchimp_says_when_somebody_confirmed_and_what_they_are_tagged_with() -> None:
    people = entries("mailchimp-subscribed.csv")
    assert {name: person.status for name, person in people.items()} == {"hanako": ACTIVE, "emma": ACTIVE}
    hanako = people["hanako"]
    assert hanako.name == "佐藤 花子"
    assert hanako.joined == datetime(2025, 1, 5, 0, 5, 10, tzinfo=UTC)
    assert hanako.fields == {"ZIP Code": "390-0001", "NOTES": "展示会で", "tags": "AI, VIP"}
    assert people["emma"].joined == datetime(2024, 3, 1, 8, 0, tzinfo=UTC)


def test_mailchimp_says_who_left_and_who_cannot_be_reached() -> None:
    left = entries("mailchimp-unsubscribed.csv")["jiro"]
    assert (left.status, left.left_at) == (LEFT, datetime(2025, 6, 1, 12, 0, tzinfo=UTC))
    assert left.fields["UNSUB_REASON"] == "NORMAL"
    bad = entries("mailchimp-cleaned.csv")["saburo"]
    assert (bad.status, bad.left_at) == (BAD, datetime(2025, 7, 1, 12, 0, tzinfo=UTC))


def test_the_name_of_a_file_in_the_zip_says_it_where_a_date_is_missing() -> None:
    people = entries("mailchimp-subscribed.csv", file="unsubscribed_email_audience_export.csv")
    assert {person.status for person in people.values()} == {LEFT}
    people = entries("mailchimp-subscribed.csv", file="cleaned_email_audience_export.csv")
    assert {person.status for person in people.values()} == {BAD}


def test_substack_disables_mail_for_those_who_left() -> None:
    people = entries("substack.csv")
    assert {name: person.status for name, person in people.items()} == {"hanako": ACTIVE, "jiro": LEFT}
    assert people["hanako"].joined == datetime(2025, 1, 5, 0, 5, tzinfo=UTC)
    assert people["hanako"].fields["plan"] == "other"


def test_ghost_knows_who_gets_mail() -> None:
    people = entries("ghost.csv")
    assert {name: person.status for name, person in people.items()} == {"hanako": ACTIVE, "jiro": LEFT, "emma": LEFT}
    assert people["hanako"].fields == {"note": "展示会で", "tags": "AI, VIP", "tiers": "Free"}
    assert people["emma"].left_at == datetime(2025, 8, 1, tzinfo=UTC)


def test_buttondown_has_types_metadata_and_tags() -> None:
    people = entries("buttondown.csv")
    states = {name: person.status for name, person in people.items()}
    assert states == {"hanako": ACTIVE, "jiro": LEFT, "saburo": PENDING, "shiro": BAD, "emma": ACTIVE}
    assert (people["hanako"].name, people["hanako"].source) == ("佐藤 花子", "form")
    assert people["hanako"].fields == {"notes": "展示会で", "city": "松本市", "tags": "AI, VIP"}
    assert [row.problem for row in read("buttondown.csv") if row.problem] == [
        "'upcoming' is no state we know; write pending, active, unsubscribed, suppressed"
    ]


def test_listmonk_has_attributes_and_blocks() -> None:
    people = entries("listmonk.csv")
    assert {name: person.status for name, person in people.items()} == {"hanako": ACTIVE, "jiro": LEFT, "shiro": BAD}
    assert people["hanako"].fields == {"city": "松本市", "languages": "ja, en", "score": "3"}
    assert people["hanako"].joined == datetime(2025, 1, 5, 0, 5, tzinfo=UTC)
