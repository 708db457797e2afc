"""Rows of notices: claimed, started and settled by their fence; what a crash leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from publisher.model.delivery import DeliveryState
from publisher.model.notice import Notice, NoticeKind
from publisher.storage import notices as rows
from publisher.storage.database import Connection, Database
from publisher.storage.notices import NoticeAnswer, NoticeClaim
from tests.storage.rows import LEASE, NOW, add_reader

D = DeliveryState


def add(connection: Connection, key: str = "confirm:1") -> bool:
    reader = add_reader(connection, int(key.partition(":")[2]))
    return rows.add_notice(connection, Notice(0, NoticeKind.CONFIRM, key, reader, ("weekly",), "a@b.example"), NOW)


def claim(connection: Connection, owner: str = "a", limit: int = 9, minutes: int = 0) -> list[NoticeClaim]:
    now = NOW + timedelta(minutes=minutes)
    return rows.claim_notices(connection, owner, limit, now=now, lease_until=now + LEASE)


def start(connection: Connection, item: NoticeClaim, message_id: str = "m@note.example") -> bool:
    return rows.start_notice(connection, item, message_id=message_id, date=NOW, lease_until=NOW + LEASE)


def test_the_same_key_is_written_down_once(database: Database) -> None:
    with database.write() as connection:
        assert add(connection)
        notice = claim(connection)[0].notice
        assert not rows.add_notice(connection, notice, NOW)
        assert rows.count_notices(connection) == {"claimed": 1}
        assert (notice.kind, notice.newsletters, notice.email) == (NoticeKind.CONFIRM, ("weekly",), "a@b.example")


def test_two_senders_never_hold_the_same_one(database: Database) -> None:
    with database.write() as connection:
        for number in range(5):
            add(connection, f"confirm:{number}")
        first, second = claim(connection, "a", 3), claim(connection, "b", 3)
        assert [len(first), len(second)] == [3, 2]
        assert not {item.notice.id for item in first} & {item.notice.id for item in second}
        assert sorted(rows.notice_owners(connection)) == ["a", "b"]
        rows.release_notices(connection, first[1:])
        assert len(claim(connection, "c")) == 2


def test_a_notice_is_settled_by_who_holds_it_and_by_nobody_else(database: Database) -> None:
    with database.write() as connection:
        add(connection)
        (old,) = claim(connection)
        rows.recover_notices(connection, ["a"], now=NOW, repeatable=False)
        (new,) = claim(connection, "b")
        assert not start(connection, old)
        assert not rows.settle_notice(connection, old, NoticeAnswer(D.ACCEPTED, NOW))
        assert start(connection, new)
        assert not start(connection, new), "once"
        assert rows.settle_notice(connection, new, NoticeAnswer(D.ACCEPTED, NOW, 250, "2.0.0 ok"))
        assert not rows.settle_notice(connection, new, NoticeAnswer(D.FAILED, NOW))
        assert rows.count_notices(connection) == {"accepted": 1}


def test_a_deferred_one_comes_back_as_the_same_message(database: Database) -> None:
    with database.write() as connection:
        add(connection)
        (item,) = claim(connection)
        start(connection, item, "first@note.example")
        later = NOW + timedelta(minutes=5)
        rows.settle_notice(connection, item, NoticeAnswer(D.DEFERRED, NOW, 451, "later", later))
        assert not rows.has_open_notices(connection, NOW)
        assert claim(connection, minutes=4) == []
        assert rows.has_open_notices(connection, later)
        (again,) = claim(connection, minutes=5)
        assert (again.notice.attempts, again.notice.message_id, again.notice.date) == (1, "first@note.example", NOW)
        start(connection, again, "second@note.example")
        rows.settle_notice(connection, again, NoticeAnswer(D.DEFERRED, NOW, 451, "later", later))
        (third,) = claim(connection, minutes=5)
        assert (third.notice.attempts, third.notice.message_id) == (2, "first@note.example")


@pytest.mark.parametrize(("repeatable", "after"), [(True, {"queued": 2}), (False, {"queued": 1, "uncertain": 1})])
@pytest.mark.parametrize(("gone", "later"), [(["a"], timedelta(0)), ([], LEASE)], ids=["crash", "lease"])
def test_what_a_crash_leaves(
    database: Database,
    repeatable: bool,  # noqa: FBT001 - a case of the test
    after: dict[str, int],
    gone: list[str],
    later: timedelta,
) -> None:
    with database.write() as connection:
        add(connection, "confirm:1")
        add(connection, "confirm:2")
        started, _ = claim(connection)
        start(connection, started)
        rows.recover_notices(connection, ["b"], now=NOW, repeatable=repeatable)
        assert rows.count_notices(connection) == {"claimed": 1, "sending": 1}, "who lives keeps what it holds"
        found = rows.recover_notices(connection, gone, now=NOW + later, repeatable=repeatable)
        assert found == after.get("uncertain", 0)
        assert rows.count_notices(connection) == after


def test_what_was_settled_long_ago_is_deleted_and_nothing_else(database: Database) -> None:
    with database.write() as connection:
        for number in range(3):
            add(connection, f"confirm:{number}")
        first, second, third = claim(connection)
        rows.settle_notice(connection, first, NoticeAnswer(D.ACCEPTED, NOW))
        rows.settle_notice(connection, second, NoticeAnswer(D.FAILED, NOW + timedelta(days=1)))
        assert rows.forget_settled(connection, NOW) == 1
        assert rows.find_notices(connection, first.notice.subscriber_id) == []
        assert [item.state for item in rows.find_notices(connection, third.notice.subscriber_id)] == [D.CLAIMED]
