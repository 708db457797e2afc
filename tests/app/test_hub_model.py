"""Our own hub against a model: requests of anybody, feeds that change, workers that crash, wake late and overtake.

Whatever happens: only what the subscriber confirmed changes a subscription, a secret is never mixed up with another's,
and in the end every subscriber has the newest feed, unless it failed for hours.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from publisher.app.distributing import Sent, settle_question, settle_send
from publisher.hub.distribution import SendOutcome
from publisher.hub.requests import SubscriptionRequest
from publisher.hub.subscriptions import GIVE_UP_AFTER, note_request
from publisher.hub.verification import Verdict
from publisher.model.hub import HubMode, HubQuestion, HubSubscription
from publisher.storage import subscriptions as rows
from publisher.storage.database import Database, open_database
from tests.storage.rows import NOW

TOPIC = "https://note.example/rss.xml"
HELD_FOR = timedelta(minutes=2)
READERS = ("a", "b")
readers = st.sampled_from(READERS)
picks = st.integers(0, 3)


@cache
def shared_database() -> Database:
    """One for all runs; making one takes longer than a run."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    database = open_database(folder / "publisher.db")
    atexit.register(database.close)
    return database


@dataclass
class Reader:
    """`question` and `sender` are the claims under which somebody is at work for it; "" for free, None for nothing."""

    mode: HubMode = HubMode.SUBSCRIBE
    asked_secret: str = ""
    question: str | None = None
    secret: str | None = None  # of the subscription, None without one
    version: int = 0
    seen: int = 0
    waits: bool = False
    sender: str = ""
    dropped: int = 0


class Hub(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.database = shared_database()
        self.now = NOW
        self.model = {name: Reader() for name in READERS}
        self.questions: list[tuple[str, HubQuestion]] = []  # what workers believe to hold, asleep or not
        self.sends: list[tuple[str, HubSubscription]] = []
        with self.database.write() as connection:
            for table in ("hub_questions", "hub_subscriptions"):
                connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - two words of ours

    @initialize(subscribed=st.sets(readers), waiting=st.booleans())
    def begin(self, subscribed: set[str], waiting: bool) -> None:  # noqa: FBT001 - hypothesis passes it by name
        """Most of what can go wrong needs somebody who is subscribed."""
        for name in sorted(subscribed):
            self.request(name, HubMode.SUBSCRIBE, "x")
            self.claim_question()
            self.answer(0, Verdict.CONFIRMED)
        if waiting:
            self.feed_changes()

    def teardown(self) -> None:
        """Once everybody has answered, nothing waits, and who is subscribed has the newest feed."""
        self.crash()
        for _ in range(40):
            self.time_passes()
            self.claim_question()
            self.claim_send()
            if self.questions:
                self.answer(0, Verdict.CONFIRMED)
            if self.sends:
                self.outcome(0, SendOutcome.TAKEN)
            self.rows_are_as_the_model_says()
        for reader in self.model.values():
            assert (reader.question, reader.waits) == (None, False)
            assert reader.secret is None or reader.seen == reader.version or reader.dropped

    # ------------------------------------------------------------------------------------------------ the world

    @rule(name=readers, mode=st.sampled_from([HubMode.SUBSCRIBE, HubMode.UNSUBSCRIBE]), secret=st.sampled_from("xyz"))
    def request(self, name: str, mode: HubMode, secret: str) -> None:
        """By anybody: the hub cannot know who asks."""
        asked = SubscriptionRequest(mode, TOPIC, f"https://{name}.example/", f"{name}.example", secret)
        with self.database.write() as connection:
            rows.save_question(connection, note_request(asked, self.now))
        reader = self.model[name]
        reader.mode, reader.asked_secret, reader.question = mode, secret, ""

    @rule()
    def feed_changes(self) -> None:
        with self.database.write() as connection:
            rows.mark_changed(connection, [TOPIC], self.now)
        for reader in self.model.values():
            if reader.secret is not None:
                reader.version, reader.waits = reader.version + 1, True

    @rule()
    def time_passes(self) -> None:
        """Longer than any claim and any wait; what is held may be taken by others then."""
        self.now += timedelta(hours=2)

    # ------------------------------------------------------------------------------------------------ workers

    @rule()
    def claim_question(self) -> None:
        with self.database.write() as connection:
            found = rows.claim_question(connection, self.now, HELD_FOR, [])
        if found is not None:
            claim, question = found
            reader = self.model[question.host[0]]
            assert reader.question is not None
            assert (question.mode, question.secret) == (reader.mode, reader.asked_secret)
            reader.question = claim
            self.questions.append(found)

    @precondition(lambda self: self.questions)
    @rule(pick=picks, verdict=st.sampled_from(Verdict))
    def answer(self, pick: int, verdict: Verdict) -> None:
        claim, question = self.questions.pop(pick % len(self.questions))
        reader = self.model[question.host[0]]
        is_ours = reader.question == claim
        with self.database.write() as connection:
            assert settle_question(connection, question, claim, verdict, self.now) is is_ours
            remains = rows.has_question(connection, TOPIC, question.callback)
        if not is_ours:
            return
        assert not remains or verdict is Verdict.UNREACHABLE
        reader.question = "" if remains else None
        if verdict is Verdict.CONFIRMED and question.mode is HubMode.SUBSCRIBE:
            if reader.secret is None:
                reader.version = reader.seen = reader.dropped = 0
                reader.waits, reader.sender = False, ""
            reader.secret = question.secret
        elif verdict is Verdict.CONFIRMED:
            self.end(reader)

    @rule()
    def claim_send(self) -> None:
        with self.database.write() as connection:
            found = rows.claim_send(connection, self.now, HELD_FOR, [])
        if found is not None:
            claim, subscription = found
            reader = self.model[subscription.host[0]]
            assert reader.waits
            assert (subscription.secret, subscription.version) == (reader.secret, reader.version)
            reader.sender = claim
            self.sends.append(found)

    @precondition(lambda self: self.sends)
    @rule(pick=picks, outcome=st.sampled_from(SendOutcome))
    def outcome(self, pick: int, outcome: SendOutcome) -> None:
        claim, subscription = self.sends.pop(pick % len(self.sends))
        reader = self.model[subscription.host[0]]
        is_ours = reader.secret is not None and reader.sender == claim
        with self.database.write() as connection:
            said = settle_send(connection, subscription, claim, Sent(outcome), self.now)
        assert (said != "overtaken") is is_ours
        if not is_ours:
            return
        reader.sender = ""
        if outcome is SendOutcome.GONE:
            self.end(reader)
        elif subscription.version == reader.version:
            reader.waits = said == "put off"
            reader.dropped += said == "dropped"
            reader.seen = reader.version if outcome is SendOutcome.TAKEN else reader.seen
            assert said != "dropped" or self.now >= NOW + GIVE_UP_AFTER - timedelta(hours=2)

    # Chance alone seldom puts these in a row, and they are where hubs go wrong.

    @rule(outcome=st.sampled_from(SendOutcome))
    def send_while_the_feed_changes(self, outcome: SendOutcome) -> None:
        self.claim_send()
        self.feed_changes()
        if self.sends:
            self.outcome(0, outcome)

    @rule(name=readers, verdict=st.sampled_from(Verdict))
    def ask_while_another_request_comes(self, name: str, verdict: Verdict) -> None:
        self.claim_question()
        self.request(name, HubMode.UNSUBSCRIBE, "z")
        if self.questions:
            self.answer(0, verdict)

    @rule()
    def crash(self) -> None:
        """The process is gone, and with it everything it knew."""
        self.questions.clear()
        self.sends.clear()

    def end(self, reader: Reader) -> None:
        reader.secret, reader.waits, reader.sender = None, False, ""

    # ------------------------------------------------------------------------------------------------ what holds

    @invariant()
    def rows_are_as_the_model_says(self) -> None:
        with self.database.read() as connection:
            held = {one.host[0]: one for one in rows.subscriptions_to(connection, TOPIC)}
            asked = {name: rows.has_question(connection, TOPIC, f"https://{name}.example/") for name in READERS}
        for name, reader in self.model.items():
            assert asked[name] is (reader.question is not None)
            assert (name in held) is (reader.secret is not None)
            if name in held:
                found = held[name]
                assert (found.secret, found.version, found.dropped) == (reader.secret, reader.version, reader.dropped)
                assert (found.due_at is not None) is reader.waits


TestHub = Hub.TestCase
TestHub.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)
