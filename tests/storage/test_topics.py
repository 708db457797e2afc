"""Rows of feeds that can be subscribed to, of hubs, and of what hubs are still to be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from publisher.model.topic import Topic
from publisher.storage.database import Connection, Database
from publisher.storage.topics import (
    Hub,
    add_hub,
    add_pings,
    count_pings,
    drop_old_pings,
    end_pings,
    find_topic,
    forget_other_hubs,
    forget_topics,
    has_topics,
    hubs_with_pings,
    load_hubs,
    load_topics,
    put_off_pings,
    save_hub,
    save_topics,
    waiting_pings,
)
from tests.storage.rows import NOW

RSS = Topic("https://note.example/rss.xml", "rss.xml", "application/rss+xml", "aa")
STAR = Topic("https://note.example/tags/%E6%98%9F/rss.xml", "tags/星/rss.xml", "application/rss+xml", "bb")
HUB, OTHER = "https://hub.example/", "https://other.example/hub"
LATER = NOW + timedelta(hours=1)


def waiting(connection: Connection, hub: str = HUB) -> list[str]:
    return [ping.topic for ping in waiting_pings(connection, hub, 100)]


def test_topics_come_back_as_they_were(database: Database) -> None:
    with database.write() as connection:
        assert not has_topics(connection)
        save_topics(connection, [RSS, STAR])
        changed = replace(STAR, sha256="cc")
        save_topics(connection, [changed])
        save_topics(connection, [])
        assert load_topics(connection) == {RSS.url: RSS, STAR.url: changed}
        assert (find_topic(connection, RSS.url), find_topic(connection, "rss.xml")) == (RSS, None)
        assert has_topics(connection)


def test_nobody_is_told_of_a_feed_that_is_gone(database: Database) -> None:
    with database.write() as connection:
        save_topics(connection, [RSS, STAR])
        add_pings(connection, HUB, [RSS, STAR], NOW)
        forget_topics(connection, [STAR.url])
        forget_topics(connection, [])
        assert (list(load_topics(connection)), waiting(connection)) == ([RSS.url], [RSS.url])


def test_a_feed_waits_once_for_each_hub_with_its_newest_version(database: Database) -> None:
    with database.write() as connection:
        add_pings(connection, HUB, [STAR, RSS], NOW)
        add_pings(connection, OTHER, [RSS], NOW)
        add_pings(connection, HUB, [replace(RSS, sha256="zz")], LATER)
        add_pings(connection, HUB, [], LATER)
        assert waiting(connection) == [RSS.url, STAR.url]  # that of the whole site first
        assert waiting_pings(connection, HUB, 1)[0].since == LATER
        assert count_pings(connection) == 3
        assert sorted(hubs_with_pings(connection)) == [HUB, OTHER]


def test_a_feed_that_changed_while_its_hub_was_told_goes_on_waiting(database: Database) -> None:
    with database.write() as connection:
        add_pings(connection, HUB, [RSS, STAR], NOW)
        said = waiting_pings(connection, HUB, 100)
        add_pings(connection, HUB, [replace(RSS, sha256="zz")], LATER)
        end_pings(connection, HUB, said)
        assert waiting(connection) == [RSS.url]


def test_a_feed_that_a_hub_chokes_on_comes_last(database: Database) -> None:
    with database.write() as connection:
        add_pings(connection, HUB, [RSS, STAR], NOW)
        put_off_pings(connection, HUB, waiting_pings(connection, HUB, 1), NOW)
        assert waiting(connection) == [STAR.url, RSS.url]


def test_what_waited_too_long_is_dropped_and_counted(database: Database) -> None:
    with database.write() as connection:
        add_pings(connection, HUB, [RSS], NOW)
        add_pings(connection, OTHER, [RSS], NOW)
        add_pings(connection, HUB, [STAR], LATER)
        assert drop_old_pings(connection, HUB, LATER) == 1
        assert (waiting(connection), waiting(connection, OTHER)) == ([STAR.url], [RSS.url])


def test_hubs_come_back_and_go_with_the_config(database: Database) -> None:
    bad = Hub(HUB, LATER, 3, NOW, "has trouble of its own (HTTP status 503)", NOW, 7)
    with database.write() as connection:
        save_hub(connection, bad)
        save_hub(connection, Hub(OTHER))
        assert load_hubs(connection) == {HUB: bad, OTHER: Hub(OTHER)}
        good = Hub(HUB, told_at=LATER, dropped=7)
        save_hub(connection, good)
        add_pings(connection, HUB, [RSS], NOW)
        add_pings(connection, OTHER, [RSS], NOW)
        forget_other_hubs(connection, [HUB])
        assert (load_hubs(connection), hubs_with_pings(connection)) == ({HUB: good}, [HUB])
        add_hub(connection, HUB)
        add_hub(connection, OTHER)
        assert load_hubs(connection) == {HUB: good, OTHER: Hub(OTHER)}
