"""The list of addresses that must not be written to, and reports that were read."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.model.bounce import Bounce, BounceKind
from publisher.model.consent import Circumstances, ConsentEntry, ConsentEvent
from publisher.model.delivery import DeliveryState
from publisher.model.suppression import Suppression, SuppressionReason
from publisher.storage import bounces, consents, deliveries, suppressions
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
        assert bounces.list_soft(connection, [2, 3], NOW) == {2: [NOW]}
        assert bounces.list_soft(connection, [2], NOW + MONTH) == {}


def test_of_each_issue_the_first_soft_word_counts(database: Database) -> None:
    later = NOW + MONTH
    with database.write() as connection:
        bounces.note(connection, Bounce(BounceKind.SOFT, "mail:1:0"), (1, 2), later)
        bounces.note(connection, Bounce(BounceKind.SOFT, "mail:2:0"), (None, 2), NOW)  # about no issue
        refusals = [
            bounces.Refusal((issue, person), kind, NOW, "5.2.2", "full")
            for issue, person, kind in [(1, 2, BounceKind.SOFT), (11, 2, BounceKind.SOFT), (1, 3, BounceKind.HARD)]
        ]
        bounces.note_refusals(connection, [*refusals, *refusals])
        assert bounces.list_soft(connection, [2, 3], NOW) == {2: [NOW, NOW]}
        bounces.forget_refusals(connection, 11, [1, 3])
        assert bounces.list_soft(connection, [2], NOW) == {2: [NOW, NOW]}
        bounces.forget_refusals(connection, 1)
        assert bounces.list_soft(connection, [2, 3], NOW) == {2: [later, NOW]}
        assert [one.kind for one in bounces.list_reports(connection, 3)] == []
        bounces.forget_refusals(connection, 11, [1, 2])
        assert bounces.list_soft(connection, [2], NOW) == {2: [later]}


def test_what_was_said_before_the_address_was_lifted_or_changed_does_not_count(database: Database) -> None:
    told = Circumstances("operator")
    with database.write() as connection:
        freeze(connection, 2)
        refusals = [bounces.Refusal((1, person), BounceKind.SOFT, NOW, "5.2.2", "full") for person in (1, 2)]
        bounces.note_refusals(connection, refusals)
        assert set(bounces.list_soft(connection, [1, 2], NOW)) == {1, 2}
        consents.record(connection, 1, ConsentEntry(NOW, ConsentEvent.LIFTED, (), told))
        consents.record(connection, 2, ConsentEntry(NOW, ConsentEvent.ADDED, (), told))
        assert set(bounces.list_soft(connection, [1, 2], NOW)) == {2}
        consents.record(connection, 2, ConsentEntry(NOW, ConsentEvent.MOVED, (), told))
        assert bounces.list_soft(connection, [1, 2], NOW) == {}


def test_only_what_has_failed_is_a_word_about_a_reader(database: Database) -> None:
    with database.write() as connection:
        issue_id = freeze(connection, 2)
        claims = {item.delivery.subscriber_id: item for item in claim(connection, issue_id)}
        first, second = sorted(claims)
        deliveries.settle(connection, deliveries.Settlement(claims[first], DeliveryState.FAILED, NOW, 550, "no"))
        keys = [(issue_id, first), (issue_id, second), (issue_id, 99)]
        assert bounces.find_failed(connection, keys) == {(issue_id, first)}


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
