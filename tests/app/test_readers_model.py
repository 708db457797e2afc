"""Articles appear, readers change their minds, clocks change: each reader gets each article once, and none at night.

A model against the real thing: a site on disk, its database, its issues. What went out is read from the ledger.
"""

from __future__ import annotations

import tempfile
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from publisher import tokens
from publisher.app.context import Context, open_context
from publisher.app.issuing import create_due_issues
from publisher.app.leaving import undo_unsubscribe, unsubscribe
from publisher.app.moving import ask_address_change, confirm_address_change
from publisher.app.people import add_subscriber
from publisher.app.preferences import change_preferences, read_preferences
from publisher.app.reading import scan
from publisher.app.standing import UNDO_WITHIN
from publisher.app.suppressing import add_suppression, remove_suppression
from publisher.model.consent import Circumstances
from publisher.model.preferences import Choice, Rhythm
from publisher.storage import consents, subscribers
from tests.site import CONFIG, Site

CHOICES = '\n    template: plain\n    quiet: "23:00-06:00"\n    rhythms: [each, daily, weekly, monthly]'
ZONES = ["Asia/Tokyo", "Europe/Berlin", "Africa/Cairo"]
TOPICS = ["麹", "味噌"]
# Two days before clocks go forward in Berlin; in Cairo they do a month later, at midnight.
START = datetime(2027, 3, 26, 3, 0, tzinfo=UTC)
READERS = st.integers(0, 2)
TOLD = Circumstances("one-click")


class Readers(RuleBasedStateMachine):
    """`topics` that each reader has; since when who is `away` has left, and who is `dead` cannot be written to.

    `missable`: articles that were there when somebody came back; they may come, or may not.
    """

    @initialize(newsletter=st.sampled_from(["weekly", "new-article"]))
    def begin(self, newsletter: str) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.site = Site(Path(self.folder.name))
        text = CONFIG.replace('schedule: "0 8 * * mon"', 'schedule: "0 8 * * mon"' + CHOICES)
        text = text.replace("schedule: on-publish", "schedule: on-publish" + CHOICES)
        self.site.configure(text.replace("burst: 3", "burst: 100"))
        self.site.clock.now = START
        self.opened = open_context(self.site.config, clock=self.site.clock)
        self.context: Context = self.opened.__enter__()
        self.newsletter = newsletter
        self.articles: dict[str, tuple[str, ...]] = {}
        self.site.write("0.md", "昔の記事", tags=TOPICS, date="2027-03-20")
        scan(self.context)
        self.ids = [add_subscriber(self.context, f"r{n}@reader.example", [newsletter]).id for n in range(3)]
        self.topics: list[tuple[str, ...]] = [(), (), ()]
        self.seen: dict[tuple[int, str], int] = {}
        self.away: dict[int, datetime] = {}
        self.dead: set[int] = set()
        self.missable: set[tuple[int, str]] = set()
        self.moves = 0

    @rule(tags=st.sampled_from([("麹",), ("味噌",), ("麹", "味噌")]), translated=st.booleans())
    def publish(self, tags: tuple[str, ...], translated: bool) -> None:  # noqa: FBT001 - drawn by name
        name = f"題{len(self.articles) + 1}号"
        self.articles[name] = tags
        number, date = len(self.articles), self.site.clock.now.date().isoformat()
        self.site.write(f"{number}.md", name, tags=list(tags), date=date)
        if translated:
            self.site.write(f"{number}.en.md", f"{name} in English", tags=list(tags), date=date)
        scan(self.context)  # or it would be too old when it is first seen a week later

    @rule(reader=READERS, rhythm=st.sampled_from([None, *Rhythm]))
    def choose_rhythm(self, reader: int, rhythm: Rhythm | None) -> None:
        self._choose(reader, rhythm=rhythm)

    @rule(reader=READERS, topics=st.sampled_from([(), ("麹",), ("味噌",), ("味噌", "麹")]))
    def choose_topics(self, reader: int, topics: tuple[str, ...]) -> None:
        self._choose(reader, topics=topics)
        if reader not in self.away:
            self.topics[reader] = topics

    @rule(reader=READERS, zone=st.sampled_from(ZONES), hour=st.sampled_from([None, 0, 2, 7, 21]))
    def choose_hour(self, reader: int, zone: str, hour: int | None) -> None:
        self._change(reader, timezone=zone, hour=hour)

    @rule(reader=READERS, language=st.sampled_from(["", "ja", "en-GB", "fr"]))
    def choose_language(self, reader: int, language: str) -> None:
        self._change(reader, language=language)

    @rule(reader=READERS, days=st.integers(1, 20))
    def pause(self, reader: int, days: int) -> None:
        self._change(reader, paused_until=self.site.clock.now + timedelta(days=days))

    @rule(reader=READERS)
    def resume(self, reader: int) -> None:
        self._change(reader, paused_until=None)

    @rule(reader=READERS)
    def leave(self, reader: int) -> None:
        """In one click; a second one changes nothing, not even until when it can be undone."""
        unsubscribe(self.context, self._token(reader, tokens.UNSUBSCRIBE), TOLD)
        self.away.setdefault(reader, self.site.clock.now)

    @rule(reader=READERS)
    def undo(self, reader: int) -> None:
        left = self.away.get(reader)
        undo_unsubscribe(self.context, self._token(reader, tokens.UNSUBSCRIBE), TOLD)
        if left is not None and left > self.site.clock.now - UNDO_WITHIN and reader not in self.dead:
            del self.away[reader]

    @rule(reader=READERS)
    def come_back(self, reader: int) -> None:
        if reader in self.away and reader not in self.dead:
            add_subscriber(self.context, self._email(reader), [self.newsletter])
            del self.away[reader]
            self.missable |= {(reader, name) for name in self.articles}

    @rule(reader=READERS)
    def bounce(self, reader: int) -> None:
        add_suppression(self.context, self._email(reader))
        self.dead.add(reader)

    @rule(reader=READERS)
    def lift(self, reader: int) -> None:
        if reader in self.dead:
            remove_suppression(self.context, self._email(reader))
            self._live_again(reader)

    @rule(reader=READERS)
    def move(self, reader: int) -> None:
        """To another address, which has to confirm; mail goes on there when the old one is dead, too."""
        self.moves += 1
        to = f"r{reader}-{self.moves}@new.example"
        told = Circumstances("form", network=f"2001:db8:{self.moves:x}::1")
        assert ask_address_change(self.context, self._token(reader, tokens.PREFERENCES), to, told).answer == "taken"
        with self.context.database.read() as connection:
            request = consents.open_requests(connection, self.ids[reader], self.site.clock.now)[-1]
        token = tokens.sign_until(self.context.key, tokens.ADDRESS_CHANGE, request.id, request.expires_at)
        assert confirm_address_change(self.context, token, told).outcome == "done"
        assert self._email(reader) == to
        self._live_again(reader)

    @rule(hours=st.sampled_from([1, 5, 11, 24, 24 * 7]))
    def pass_by(self, hours: int) -> None:
        self.site.clock.advance(hours=hours)
        self._pass()

    @invariant()
    def each_article_once(self) -> None:
        assert all(number == 1 for number in self.seen.values()), self.seen

    def teardown(self) -> None:
        if not hasattr(self, "context"):
            return
        try:
            for reader in range(3):
                self._change(reader, paused_until=None)
                self.lift(reader)
                self.come_back(reader)
            for _ in range(2):
                later = self.site.clock.now + timedelta(days=32)
                self.site.clock.now = later.replace(hour=9)  # by day in all of the zones
                self._pass()
            for name, tags in self.articles.items():
                for reader in range(3):
                    if set(tags) == set(TOPICS) and (reader, name) not in self.missable:  # fits whatever they chose
                        assert self.seen.get((reader, name)) == 1, (reader, name)
        finally:
            self.opened.__exit__(None, None, None)
            self.folder.cleanup()

    def _pass(self) -> None:
        before = self._last_issue()
        paused = [read_preferences(self.context, id_).paused_until for id_ in self.ids]
        zones = [read_preferences(self.context, id_).timezone or "Asia/Tokyo" for id_ in self.ids]
        report = create_due_issues(self.context, scan(self.context).articles)
        assert report.failed == {}
        now = self.site.clock.now
        for reader, text, due in self._frozen(before):
            assert (paused[reader] or now) <= now, "nothing for who pauses"
            assert reader not in self.away
            assert reader not in self.dead
            assert 6 <= due.astimezone(ZoneInfo(zones[reader])).hour < 23, "nothing begins at night"
            for name, tags in self.articles.items():
                if name in text:
                    self.seen[reader, name] = self.seen.get((reader, name), 0) + 1
                    assert not self.topics[reader] or set(tags) & set(self.topics[reader])

    def _frozen(self, after: int) -> list[tuple[int, str, datetime]]:
        query = (
            "SELECT subscriber_id, text, due_at FROM deliveries d JOIN variants v "
            "ON v.issue_id = d.issue_id AND v.key = d.variant WHERE d.issue_id > ?"
        )
        with self.context.database.read() as connection:
            rows = connection.exec_driver_sql(query, (after,)).all()
        return [
            (self.ids.index(row[0]), zlib.decompress(row[1]).decode(), datetime.fromisoformat(row[2])) for row in rows
        ]

    def _last_issue(self) -> int:
        with self.context.database.read() as connection:
            return int(connection.exec_driver_sql("SELECT coalesce(max(id), 0) FROM issues").scalar_one())

    def _token(self, reader: int, purpose: str) -> str:
        return tokens.sign(self.context.key, purpose, self.ids[reader], self.newsletter)

    def _email(self, reader: int) -> str:
        with self.context.database.read() as connection:
            found = subscribers.find_by_id(connection, self.ids[reader])
        assert found is not None
        return found.email

    def _live_again(self, reader: int) -> None:
        if reader in self.dead:
            self.dead.remove(reader)
            self.missable |= {(reader, name) for name in self.articles}

    def _choose(self, reader: int, **changes: object) -> None:
        found = read_preferences(self.context, self.ids[reader])
        if not found.newsletters:
            return
        choice: Choice = replace(found.newsletters[0], **changes)  # type: ignore[arg-type] # fields by name
        change_preferences(self.context, self.ids[reader], replace(found, newsletters=(choice,)))

    def _change(self, reader: int, **changes: object) -> None:
        found = read_preferences(self.context, self.ids[reader])
        change_preferences(self.context, self.ids[reader], replace(found, **changes))  # type: ignore[arg-type] # fields by name


TestReaders = Readers.TestCase
TestReaders.settings = settings(
    max_examples=6, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
