"""The list of addresses that must not be written to, and reports that were read."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.model import Bounce, BounceKind, DeliveryState, Suppression, SuppressionReason
from publisher.storage import bounces, suppressions
from publisher.storage.database import Database
from tests.storage.rows import NOW, add_reader, claim, freeze, start

MONTH = timedelta(days=30)


def make(email: str, reason: SuppressionReason = SuppressionReason.HARD) -> Suppression:
    return Suppression(email, reason, NOW, "issue 1: 550 5.1.1 いません")


def test_an_address_is_on_the_list_once_whatever_its_spelling(database: Database) -> None:
    with database.write() as connection:
        assert suppressions.add(connection, [make("Taro@Reader.Example")]) == 1
        assert suppressions.add(connection, [make("taro@reader.example", SuppressionReason.MANUAL)]) == 0
        found = suppressions.find(connection, "TARO@reader.example")
        assert found == make("Taro@reader.example")
        assert suppressions.count_by_reason(connection) == {"hard": 1}
        assert suppressions.remove(connection, "taro@READER.example")
        assert not suppressions.remove(connection, "taro@reader.example")
        assert suppressions.find(connection, "taro@reader.example") is None


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 3000), max_size=40))
def test_all_of_them_come_by_address(database: Database, numbers: list[int]) -> None:
    wanted = {f"r{number:04}@reader.example" for number in numbers}
    with database.write() as connection:
        for item in list(suppressions.iterate(connection)):
            suppressions.remove(connection, item.email)
        assert suppressions.add(connection, [make(email) for email in wanted]) == len(wanted)
        assert [item.email for item in suppressions.iterate(connection)] == sorted(wanted)


def test_more_than_a_page_of_them(database: Database) -> None:
    with database.write() as connection:
        assert suppressions.add(connection, [make(f"r{number:04}@reader.example") for number in range(2500)]) == 2500
        assert sum(1 for _ in suppressions.iterate(connection)) == 2500


def test_a_report_is_noted_once(database: Database) -> None:
    bounce = Bounce(BounceKind.SOFT, "mail:1:0", code="5.2.2", text="full " * 1000)
    with database.write() as connection:
        assert bounces.note(connection, bounce, (1, 2), NOW)
        assert not bounces.note(connection, bounce, (3, 2), NOW)
        assert bounces.is_known(connection, "mail:1:0")
        assert not bounces.is_known(connection, "mail:2:0")
        assert bounces.count_soft(connection, 2, NOW) == 1
        assert bounces.count_soft(connection, 2, NOW + MONTH) == 0
        assert bounces.count_soft(connection, 3, NOW) == 0


def test_only_what_went_out_comes_back(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 1)
        (item,) = claim(connection, issue_id)
        delivery = (issue_id, item.delivery.subscriber_id)
        for state in (DeliveryState.CLAIMED, DeliveryState.SENDING):
            assert bounces.find_state(connection, delivery) is state
            assert not bounces.settle(connection, delivery, DeliveryState.BOUNCED, "5.1.1", "no")
            start(connection, item)
        assert bounces.find_message(connection, delivery[1], "m@note.example") == delivery
        assert bounces.find_message(connection, delivery[1], "other@note.example") is None
        assert bounces.find_state(connection, (issue_id, 99)) is None


def test_a_complaint_outlives_a_bounce(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 1)
        (item,) = claim(connection, issue_id)
        delivery = (issue_id, item.delivery.subscriber_id)
        connection.exec_driver_sql("UPDATE deliveries SET state = 'accepted'")
        assert bounces.settle(connection, delivery, DeliveryState.BOUNCED, "5.1.1", "no")
        assert not bounces.settle(connection, delivery, DeliveryState.BOUNCED, "5.1.1", "no")
        assert bounces.settle(connection, delivery, DeliveryState.COMPLAINED, "", "abuse")
        assert not bounces.settle(connection, delivery, DeliveryState.BOUNCED, "5.1.1", "no")


def test_people_are_found_by_any_spelling(database: Database) -> None:
    with database.write() as connection:
        id_ = add_reader(connection, 5)
        assert bounces.find_subscriber(connection, "READER5@reader.example") == id_
        assert bounces.find_subscriber(connection, "x@y.example") is None
