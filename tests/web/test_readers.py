"""Readers in numbers: by day, bounded, nothing that leads back to anybody."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from publisher.storage.readers import ALL_CLIENTS, ReaderCount
from publisher.web import readers
from publisher.web.readers import Readers
from tests.site import Clock

TODAY = date(2026, 11, 19)
TOKYO = ZoneInfo("Asia/Tokyo")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A day may end between any two requests."""
    monkeypatch.setattr(readers, "_SAME_DAY", 0.0)
    return Clock()


def test_clients_are_told_apart_by_address_and_program(clock: Clock) -> None:
    counted = Readers(TOKYO, clock)
    for address, agent in [("192.0.2.1", b"A"), ("192.0.2.1", b"A"), ("192.0.2.1", b"B"), ("192.0.2.2", b"A")]:
        counted.note("rss.xml", address, agent)
    counted.note("atom.xml", "192.0.2.1", b"A")
    assert set(counted.take()) == {
        ReaderCount(TODAY, "rss.xml", ALL_CLIENTS, 3),
        ReaderCount(TODAY, "atom.xml", ALL_CLIENTS, 1),
    }


def test_a_service_counts_as_its_subscribers_with_the_largest_number_of_the_day(clock: Clock) -> None:
    counted = Readers(TOKYO, clock)
    for number in (7, 9, 8):
        counted.note("rss.xml", "192.0.2.1", f"Feedly/1.0 (x; {number} subscribers)".encode())
    assert counted.take() == [ReaderCount(TODAY, "rss.xml", "Feedly", 9)]


def test_only_what_is_new_is_taken_and_as_a_whole(clock: Clock) -> None:
    counted = Readers(TOKYO, clock)
    counted.note("rss.xml", "192.0.2.1", b"A")
    assert len(counted.take()) == 1
    assert counted.take() == []
    counted.note("rss.xml", "192.0.2.2", b"A")
    assert counted.take() == [ReaderCount(TODAY, "rss.xml", ALL_CLIENTS, 2)]


def test_a_day_ends_on_the_clock_of_the_site_and_with_it_the_key(clock: Clock) -> None:
    counted = Readers(TOKYO, clock)
    counted.note("rss.xml", "192.0.2.1", b"A")
    key = counted._key
    clock.advance(hours=12)  # 00:00 in Tokyo
    counted.note("rss.xml", "192.0.2.1", b"A")
    counted.note("rss.xml", "192.0.2.2", b"A")
    assert counted.take() == [
        ReaderCount(TODAY, "rss.xml", ALL_CLIENTS, 1),
        ReaderCount(date(2026, 11, 20), "rss.xml", ALL_CLIENTS, 2),
    ]
    assert counted._key != key


def test_invented_agents_and_feeds_cost_bounded_memory(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "_MOST_FEEDS", 3)
    counted = Readers(TOKYO, clock)
    for number in range(2000):
        letters = "".join(chr(ord("a") + int(digit)) for digit in str(number))
        counted.note("rss.xml", "192.0.2.1", f"Service{letters}/1 ({number} subscribers)".encode())
        counted.note(f"tags/{number}/rss.xml", "192.0.2.1", f"agent {number}".encode())
        counted.note("rss.xml", "192.0.2.1", f"agent {number}".encode())
    taken = counted.take()
    assert len([count for count in taken if count.service]) == 50
    assert {count.path for count in taken} == {"rss.xml", "tags/0/rss.xml", "tags/1/rss.xml"}
    clients = next(count.number for count in taken if (count.path, count.service) == ("rss.xml", ALL_CLIENTS))
    assert clients == pytest.approx(2000, rel=0.1)


def test_nothing_that_is_kept_holds_an_address(clock: Clock) -> None:
    counted = Readers(TOKYO, clock)
    counted.note("rss.xml", "192.0.2.77", b"Secret Agent")
    kept = repr([counted._clients["rss.xml"]._members, counted._services, counted.take()])
    assert "192.0.2.77" not in kept
    assert "Secret" not in kept
