"""The gate: two processes and their threads never have more than the limit together."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from publisher.delivery.gate import ALL_MAIL, Gate, Granted, NotBefore, Rules
from publisher.delivery.rate import Limits, WarmUp
from publisher.model.delivery import FailureClass
from publisher.model.meter import Meter
from publisher.storage import rates
from publisher.storage.database import Database
from publisher.timing import DailyWindow

NOW = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DOMAIN = "reader.example"


def count_granted(gate: Gate, now: datetime, domain: str = DOMAIN, most: int = 1000) -> int:
    """How many go at this moment."""
    for number in range(most):
        if isinstance(gate.take(domain, now), NotBefore):
            return number
        gate.finish(domain, None, now)
    return most


def not_before(gate: Gate, now: datetime, domain: str = DOMAIN) -> NotBefore:
    answer = gate.take(domain, now)
    assert isinstance(answer, NotBefore)
    assert answer.at > now
    return answer


def load(database: Database, name: str) -> Meter:
    with database.read() as connection:
        return rates.load_meter(connection, name)


def test_without_rules_everything_goes_and_nothing_is_written(database: Database) -> None:
    assert count_granted(Gate(database, Rules()), NOW) == 1000
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM rates").scalar_one() == 0


def test_two_processes_share_what_there_is(database: Database) -> None:
    rules = Rules(total=Limits(per_second=20))
    one, other = Gate(database, rules), Gate(database, rules)
    now, granted = NOW, 0
    for _ in range(40):
        granted += count_granted(one, now) + count_granted(other, now)
        now += SECOND / 4
    assert 180 <= granted <= 220  # ten seconds, and the first second's worth


def test_threads_share_too(database: Database) -> None:
    gate = Gate(database, Rules(domains={DOMAIN: Limits(per_second=30)}))
    granted = [0] * 8

    def ask(number: int) -> None:
        for _ in range(50):
            granted[number] += isinstance(gate.take(DOMAIN, NOW), Granted)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 30


def test_a_closed_domain_does_not_keep_the_others_waiting(database: Database) -> None:
    gate = Gate(database, Rules())
    now = NOW
    for _ in range(3):
        now += SECOND
        assert gate.take("gmail.com", now) == Granted()
        gate.finish("gmail.com", FailureClass.POLICY, now)
    answer = not_before(gate, now, "googlemail.com")
    assert (answer.at, answer.for_all) == (now + timedelta(hours=1), False)
    assert gate.take(DOMAIN, now) == Granted()
    other = Gate(database, Rules())  # another process knows it from the database
    assert not_before(other, now, "gmail.com").at == answer.at
    assert isinstance(other.take("gmail.com", answer.at), Granted)


def test_another_process_hears_of_a_complaint_within_a_second(database: Database) -> None:
    one, other = Gate(database, Rules()), Gate(database, Rules())
    assert other.take(DOMAIN, NOW) == Granted()
    one.take(DOMAIN, NOW)
    one.finish(DOMAIN, FailureClass.BUSY, NOW)
    assert count_granted(other, NOW + SECOND) == 5


def test_what_was_drawn_and_not_used_is_given_back(database: Database) -> None:
    rules = Rules(total=Limits(per_day=50))
    gate = Gate(database, rules)
    gate.take(DOMAIN, NOW)
    assert sum(number for _, number in load(database, ALL_MAIL).day) == 50
    gate.close()
    gate.close()
    assert sum(number for _, number in load(database, ALL_MAIL).day) == 1
    assert count_granted(Gate(database, rules), NOW + SECOND) == 49


def test_what_did_not_go_out_uses_up_nothing(database: Database) -> None:
    gate = Gate(database, Rules(total=Limits(per_day=2)))
    for _ in range(5):
        assert gate.take(DOMAIN, NOW) == Granted()
        gate.drop(DOMAIN)
    assert count_granted(gate, NOW) == 2


def test_a_limit_of_all_mail_is_for_all(database: Database) -> None:
    gate = Gate(database, Rules(total=Limits(per_hour=3)))
    assert count_granted(gate, NOW) == 3
    assert not_before(gate, NOW).for_all


def test_concurrency_counts_those_at_work_with_the_provider(database: Database) -> None:
    gate = Gate(database, Rules(domains={"docomo.ne.jp": Limits(concurrency=2)}))
    assert gate.take("docomo.ne.jp", NOW) == gate.take("docomo.ne.jp", NOW) == Granted()
    assert not not_before(gate, NOW, "docomo.ne.jp").for_all
    assert gate.take(DOMAIN, NOW) == Granted()
    gate.finish("docomo.ne.jp", FailureClass.ADDRESS, NOW)
    assert gate.take("docomo.ne.jp", NOW) == Granted()


def test_those_that_wait_are_told_one_moment_after_the_other(database: Database) -> None:
    gate = Gate(database, Rules(domains={DOMAIN: Limits(per_second=2)}))
    assert count_granted(gate, NOW) == 2
    moments = [not_before(gate, NOW).at for _ in range(6)]
    assert [later - earlier for earlier, later in pairwise(moments)][1:] == [SECOND / 2] * 4
    assert moments == sorted(moments)
    last = max(not_before(gate, NOW).at for _ in range(10_000))
    assert last <= NOW + timedelta(hours=1, seconds=1)
    assert all(isinstance(gate.take(DOMAIN, at), Granted) for at in moments[1:])


def test_two_domains_of_one_provider_have_the_stricter_limit(database: Database) -> None:
    limits = {"gmail.com": Limits(per_second=9), "googlemail.com": Limits(per_second=4)}
    assert count_granted(Gate(database, Rules(domains=limits)), NOW, "gmail.com") == 4


def test_a_clock_that_goes_back_opens_nothing_twice(database: Database) -> None:
    gate = Gate(database, Rules(total=Limits(per_hour=10)))
    assert count_granted(gate, NOW) == 10
    assert count_granted(gate, NOW - timedelta(minutes=1)) == 0


def test_warming_up_is_counted_on_the_clock_of_the_site(database: Database) -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    rules = Rules(warmup=WarmUp(date(2026, 12, 1), first=5, factor=2), zone=tokyo)
    gate = Gate(database, rules)
    late = datetime(2026, 12, 1, 23, 59, tzinfo=tokyo)
    assert count_granted(gate, late) == 5
    assert count_granted(gate, late + timedelta(minutes=2)) == 5  # ten a day by then, of which five are gone


def test_outside_its_hours_nothing_goes(database: Database) -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    gate = Gate(database, Rules(window=DailyWindow(time(7), time(22)), zone=tokyo))
    night = datetime(2026, 12, 1, 23, 30, tzinfo=tokyo)
    assert not_before(gate, night) == NotBefore(datetime(2026, 12, 2, 7, tzinfo=tokyo), for_all=True)
    assert gate.take(DOMAIN, datetime(2026, 12, 2, 7, tzinfo=tokyo)) == Granted()


def test_what_says_nothing_any_more_is_forgotten(database: Database) -> None:
    gate = Gate(database, Rules())
    gate.take(DOMAIN, NOW)
    gate.finish(DOMAIN, FailureClass.BUSY, NOW)
    assert load(database, DOMAIN) != Meter()
    Gate(database, Rules()).take(DOMAIN, NOW + timedelta(days=3))
    assert load(database, DOMAIN) == Meter()
