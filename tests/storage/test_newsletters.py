"""Where a newsletter's history ends, which minutes are spent; and which feed files we wrote."""

from __future__ import annotations

from datetime import timedelta

from publisher.storage import newsletters, outputs
from publisher.storage.database import Database
from publisher.storage.newsletters import NewsletterState
from publisher.storage.outputs import Output
from publisher.timing import Occurrence
from tests.storage.rows import NOW

MONDAY = Occurrence("2026-11-23T08:00", NOW + timedelta(days=4))
LATER = NOW + timedelta(days=30)


def test_history_is_closed_once(database: Database) -> None:
    with database.write() as connection:
        assert newsletters.load_states(connection) == {}
        newsletters.close_history(connection, ["weekly"], 7, NOW)
        newsletters.close_history(connection, ["weekly", "新着"], 99, LATER)
        newsletters.close_history(connection, [], 100, LATER)
        assert newsletters.load_states(connection) == {
            "weekly": NewsletterState("weekly", NOW, 7),
            "新着": NewsletterState("新着", LATER, 99),
        }


def test_what_was_passed_over_never_comes_back(database: Database) -> None:
    with database.write() as connection:
        newsletters.close_history(connection, ["weekly", "other"], 7, NOW)
        for seq, expected in [(9, 9), (8, 9), (9, 9), (12, 12)]:
            newsletters.pass_articles(connection, "weekly", seq)
            assert newsletters.load_states(connection)["weekly"].last_seq == expected
        newsletters.pass_articles(connection, "unknown", 99)
        states = newsletters.load_states(connection)
    assert states["other"] == NewsletterState("other", NOW, 7)
    assert set(states) == {"weekly", "other"}


def test_a_minute_is_spent_once_for_each_newsletter(database: Database) -> None:
    with database.write() as connection:
        assert newsletters.spend_occurrence(connection, "weekly", MONDAY)
        assert newsletters.spend_occurrence(connection, "other", MONDAY)
        assert not newsletters.spend_occurrence(connection, "weekly", MONDAY)
        # The same wall-clock minute again, an hour later: the clock was put back.
        again = Occurrence(MONDAY.key, MONDAY.at + timedelta(hours=1))
        assert not newsletters.spend_occurrence(connection, "weekly", again)
        assert newsletters.last_spent(connection, "weekly") == MONDAY.at


def test_a_minute_spent_by_another_process_is_spent(database: Database) -> None:
    with database.write() as connection:
        newsletters.spend_occurrence(connection, "weekly", MONDAY)
    with database.write() as connection:
        assert not newsletters.spend_occurrence(connection, "weekly", MONDAY)


def test_the_newest_spent_minute_counts(database: Database) -> None:
    with database.write() as connection:
        assert newsletters.last_spent(connection, "weekly") is None
        for days in (4, 11, 7):
            at = NOW + timedelta(days=days)
            newsletters.spend_occurrence(connection, "weekly", Occurrence(f"{at:%Y-%m-%dT%H:%M}", at))
        assert newsletters.last_spent(connection, "weekly") == NOW + timedelta(days=11)
        assert newsletters.last_spent(connection, "other") is None
        for days, expected in [(3, None), (4, 4), (10, 7), (11, 11)]:  # a clock had jumped ahead of these
            found = newsletters.last_spent(connection, "weekly", NOW + timedelta(days=days))
            assert found == (NOW + timedelta(days=expected) if expected else None)


def test_a_schedule_is_remembered_with_the_moment_it_changed(database: Database) -> None:
    with database.write() as connection:
        newsletters.close_history(connection, ["weekly", "other"], 7, NOW)
        for schedule, now, since in [
            ("0 8 * * mon", NOW, NOW),
            ("0 8 * * mon", LATER, NOW),
            ("0 9 * * mon", LATER, LATER),
            ("", LATER + timedelta(days=1), LATER + timedelta(days=1)),
        ]:
            newsletters.note_schedule(connection, "weekly", schedule, now)
            found = newsletters.load_states(connection)["weekly"]
            assert (found.schedule, found.schedule_since) == (schedule, since)
        newsletters.note_schedule(connection, "unknown", "0 8 * * mon", NOW)
        states = newsletters.load_states(connection)
    assert states["other"] == NewsletterState("other", NOW, 7)
    assert set(states) == {"weekly", "other"}


def test_feed_files_are_remembered_replaced_and_forgotten(database: Database) -> None:
    rss = Output("tags/技術/rss.xml", "signature", 10, 2**62)
    atom = Output("atom.xml", "signature", 20, 30)
    changed = Output(rss.path, "another", 11, 31)
    with database.write() as connection:
        outputs.save_outputs(connection, [])
        outputs.save_outputs(connection, [rss, atom])
        assert outputs.load_outputs(connection) == {rss.path: rss, atom.path: atom}
        outputs.save_outputs(connection, [changed])
        assert outputs.load_outputs(connection) == {rss.path: changed, atom.path: atom}
        outputs.forget_outputs(connection, [])
        outputs.forget_outputs(connection, [rss.path, "unknown"])
        assert outputs.load_outputs(connection) == {atom.path: atom}
