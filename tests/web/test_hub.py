"""Our own hub: real subscribers, over real sockets, from the first request to the last feed."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from publisher.app import distributing, subscribing
from publisher.app.context import Context
from publisher.app.distributing import LONGEST_PAUSE, pause_of_hub, serve_hub
from publisher.app.operating import get_status
from publisher.app.publishing import publish_feeds
from publisher.app.reading import scan
from publisher.app.websubstatus import WebSubStatus
from publisher.hub.requests import LARGEST_FORM
from publisher.storage import subscriptions
from publisher.web.hub import hub_routes
from tests.site import CONFIG, Clock, Site
from tests.web.server import serve
from tests.web.subscriber import Subscriber
from tests.webserver import Handler, Page, WebServer

RSS = "https://note.example/rss.xml"
STAR = "https://note.example/tags/%E6%98%9F/atom.xml"
WEBSUB = "web: {listen: 127.0.0.1:0}\nwebsub: {hub: [self, https://hub.example/], allow_private: true}\n"


@pytest.fixture
def server() -> Iterator[WebServer]:
    """Where subscribers are."""
    with WebServer() as running:
        yield running


@pytest.fixture
def context(site: Site) -> Iterator[Context]:
    """A site with one article, published, and a hub."""
    site.configure(CONFIG + WEBSUB)
    site.write("a.md", "ひとつめ", tags=["星"])
    with site.open() as opened:
        publish_feeds(opened, scan(opened).articles)
        yield opened


@pytest.fixture
def hub(context: Context) -> Iterator[str]:
    """The address of the hub."""
    application = FastAPI(openapi_url=None)
    application.include_router(hub_routes(context))
    with serve(application) as address:
        yield f"{address}/hub"


@pytest.fixture
def reader(server: WebServer, hub: str) -> Subscriber:
    return Subscriber(server, hub)


def publish(site: Site, context: Context, name: str = "b.md", **front: Any) -> bytes:
    """A change, and the bytes of the main feed after it."""
    site.write(name, f"題は{name}", **front)
    publish_feeds(context, scan(context).articles)
    return (site.output / "rss.xml").read_bytes()


def status(context: Context) -> WebSubStatus:
    return get_status(context).websub


def subscribed(context: Context, reader: Subscriber, topic: str = RSS, **more: str) -> None:
    assert reader.ask(topic, **more).status_code == 202
    assert serve_hub(context)["subscribe confirmed"] == 1
    assert isinstance(context.clock, Clock)
    context.clock.advance(seconds=1)  # or the next question to this host would have to wait for its turn


# ---------------------------------------------------------------------------------------------------- the whole way


def test_a_subscriber_is_asked_and_then_sent_every_change(site: Site, context: Context, reader: Subscriber) -> None:
    answer = reader.ask(RSS, lease_seconds="86400")
    assert (answer.status_code, answer.headers["content-type"]) == (202, "text/plain; charset=utf-8")
    assert reader.questions == []  # not before the request is answered
    assert serve_hub(context) == Counter({"subscribe confirmed": 1})
    (question,) = reader.questions
    assert question.pop("hub.challenge")
    assert question == {"reader": "7", "hub.mode": "subscribe", "hub.topic": RSS, "hub.lease_seconds": "86400"}
    assert serve_hub(context) == Counter()
    assert reader.contents == []  # nothing has changed since

    feed = publish(site, context)
    assert serve_hub(context) == Counter({"sent": 1})
    assert (reader.contents, reader.forged) == ([feed], 0)
    assert reader.media_types == ["application/rss+xml; charset=utf-8"]
    assert reader.links == [{"hub": ["https://note.example/hub", "https://hub.example/"], "self": [RSS]}]

    publish(site, context, "c.md")
    newest = publish(site, context, "d.md")
    assert serve_hub(context) == Counter({"sent": 1})  # of two changes, the newest feed once
    assert reader.contents == [feed, newest]
    assert status(context) == WebSubStatus(pending_pings=3, subscriptions=1)


def test_without_a_secret_nothing_is_signed(site: Site, context: Context, server: WebServer, hub: str) -> None:
    reader = Subscriber(server, hub, secret="")
    subscribed(context, reader)
    publish(site, context)
    serve_hub(context)
    assert len(reader.contents) == 1
    assert "x-hub-signature" not in server.asked[-1].headers


def test_only_what_changed_is_sent(site: Site, context: Context, reader: Subscriber) -> None:
    subscribed(context, reader, STAR)
    publish(site, context, tags=["月"])
    assert serve_hub(context) == Counter()
    publish(site, context, "c.md", tags=["星"])
    assert serve_hub(context) == Counter({"sent": 1})
    assert reader.contents == [(site.output / "tags" / "星" / "atom.xml").read_bytes()]


def test_what_a_clock_that_was_ahead_put_off_goes_on_when_it_is_right_again(
    site: Site, context: Context, reader: Subscriber
) -> None:
    right = site.clock.now
    site.clock.advance(days=1000)
    subscribed(context, reader, lease_seconds="86400")
    reader.status = 503
    publish(site, context)
    assert serve_hub(context)["put off"] == 1
    assert reader.ask(STAR).status_code == 202
    reader.status = 204
    site.clock.now = right
    assert serve_hub(context) == Counter({"sent": 1, "subscribe confirmed": 1})
    site.clock.advance(days=31)
    assert serve_hub(context) == Counter({"expired": 2})  # not after a thousand days


def test_a_lease_ends_and_can_be_renewed_before(site: Site, context: Context, reader: Subscriber) -> None:
    subscribed(context, reader, lease_seconds="3600")
    site.clock.advance(minutes=59)
    subscribed(context, reader, lease_seconds="3600")
    site.clock.advance(minutes=59)
    publish(site, context)
    assert serve_hub(context) == Counter({"sent": 1})
    site.clock.advance(minutes=1)
    publish(site, context, "c.md")
    assert serve_hub(context) == Counter({"expired": 1})
    assert status(context).subscriptions == 0


def test_who_leaves_is_asked_too(site: Site, context: Context, reader: Subscriber) -> None:
    subscribed(context, reader)
    assert reader.ask(RSS, "unsubscribe").status_code == 202
    assert serve_hub(context) == Counter({"unsubscribe confirmed": 1})
    assert (reader.questions[-1]["hub.mode"], "hub.lease_seconds" in reader.questions[-1]) == ("unsubscribe", False)
    publish(site, context)
    assert serve_hub(context) == Counter()
    assert reader.contents == []


@pytest.mark.parametrize("mode", ["subscribe", "unsubscribe"])
def test_nobody_can_change_the_subscription_of_somebody_else(
    site: Site, context: Context, reader: Subscriber, mode: str
) -> None:
    subscribed(context, reader)
    reader.confirms = False
    reader.ask(RSS, mode, secret="of a stranger")
    assert serve_hub(context) == Counter({f"{mode} refused": 1})
    publish(site, context)
    assert serve_hub(context) == Counter({"sent": 1})
    assert (len(reader.contents), reader.forged) == (1, 0)


def test_a_renewal_takes_the_new_secret(site: Site, context: Context, reader: Subscriber) -> None:
    subscribed(context, reader)
    reader.secret = "あたらしい"
    subscribed(context, reader)
    publish(site, context)
    serve_hub(context)
    assert (len(reader.contents), reader.forged, status(context).subscriptions) == (1, 0, 1)


def test_asking_twice_is_asking_once(context: Context, reader: Subscriber) -> None:
    assert {reader.ask(RSS).status_code for _ in range(3)} == {202}
    assert serve_hub(context) == Counter({"subscribe confirmed": 1})
    assert (len(reader.questions), status(context).subscriptions) == (1, 1)


def test_leaving_what_one_never_had_asks_nobody(context: Context, reader: Subscriber) -> None:
    assert reader.ask(RSS, "unsubscribe").status_code == 202
    assert serve_hub(context) == Counter()
    assert reader.questions == []


def test_subscribers_of_a_feed_that_is_gone_are_told(site: Site, context: Context, reader: Subscriber) -> None:
    subscribed(context, reader, STAR)
    publish(site, context, "a.md", tags=[])
    assert serve_hub(context) == Counter({"denied": 1})
    said = reader.questions[-1]
    assert (said["hub.mode"], said["hub.topic"], bool(said["hub.reason"])) == ("denied", STAR, True)
    assert (serve_hub(context), status(context).subscriptions) == (Counter(), 0)


def test_a_feed_that_goes_before_its_subscriber_is_asked(site: Site, context: Context, reader: Subscriber) -> None:
    reader.ask(STAR)
    publish(site, context, "a.md", tags=[])
    assert serve_hub(context) == Counter({"denied": 1})
    assert [question["hub.mode"] for question in reader.questions] == ["denied"]


# ---------------------------------------------------------------------------------------------------- the door


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"hub.topic": "https://note.example/"}, 404, "no such feed"),
        ({"hub.topic": "https://elsewhere.example/rss.xml"}, 404, "no such feed"),
        ({"hub.callback": "file:///etc/passwd"}, 400, "hub.callback"),
        ({"hub.secret": "s" * 200}, 400, "hub.secret"),
        ({"hub.mode": "dance"}, 400, "hub.mode"),
        ({"hub.secret": "s" * 3 * LARGEST_FORM}, 413, "larger"),
    ],
)
def test_bad_requests_are_refused_in_words(
    context: Context, hub: str, changes: dict[str, str], code: int, words: str
) -> None:
    form = {"hub.mode": "subscribe", "hub.topic": RSS, "hub.callback": "https://reader.example/"}
    answer = httpx.post(hub, data=form | changes)
    assert (answer.status_code, words in answer.text) == (code, True)
    assert serve_hub(context) == Counter()


def test_a_body_of_another_kind_is_refused(hub: str) -> None:
    assert httpx.post(hub, json={"hub.mode": "subscribe"}).status_code == 415
    assert httpx.post(hub).status_code == 415


def test_people_who_come_by_are_told_what_this_is(hub: str) -> None:
    answer = httpx.get(hub)
    assert (answer.status_code, "WebSub hub of https://note.example" in answer.text) == (200, True)
    assert httpx.put(hub).status_code == 405


def test_we_know_ourselves_when_our_feeds_change(context: Context, reader: Subscriber) -> None:
    subscribed(context, reader)
    assert httpx.post(reader.hub, data={"hub.mode": "publish", "hub.url": RSS}).status_code == 202
    assert httpx.post(reader.hub, data={"hub.mode": "publish", "hub.url": "https://x.example/"}).status_code == 404
    assert serve_hub(context) == Counter()


def test_private_callbacks_are_never_called_unless_allowed(site: Site, server: WebServer) -> None:
    site.configure(CONFIG + WEBSUB.replace(", allow_private: true", ""))
    site.write("a.md", "ひとつめ")
    with site.open() as context:
        publish_feeds(context, scan(context).articles)
        application = FastAPI(openapi_url=None)
        application.include_router(hub_routes(context))
        with serve(application) as address:
            assert Subscriber(server, f"{address}/hub").ask(RSS).status_code == 400, "an address says so at once"
            named = {"hub.mode": "subscribe", "hub.topic": RSS, "hub.callback": f"http://localhost:{server.port}/push"}
            assert httpx.post(f"{address}/hub", data=named).status_code == 202, "a name is looked up later"
        assert serve_hub(context) == Counter({"subscribe unreachable": 1})
    assert server.asked == []


def test_a_host_is_asked_no_faster_than_once_a_second(
    site: Site, context: Context, server: WebServer, hub: str
) -> None:
    readers = [Subscriber(server, hub, path=f"/push/{number}") for number in range(4)]
    for reader in readers:
        assert reader.ask(RSS).status_code == 202
    seen = []
    for _ in range(5):
        serve_hub(context)
        seen.append(len(server.asked))
        site.clock.advance(seconds=1)
    assert seen == [1, 2, 3, 4, 4]


def test_asking_again_and_again_neither_hurries_nor_delays(site: Site, context: Context, reader: Subscriber) -> None:
    for _ in range(3):
        for _ in range(5):
            reader.ask(RSS)
        serve_hub(context)
    assert len(reader.questions) == 1  # the turns of this host are taken for a while
    site.clock.advance(seconds=1)
    serve_hub(context)
    assert len(reader.questions) == 2


def test_limits_of_one_host_and_of_all(context: Context, server: WebServer, hub: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(subscribing, "MOST_QUESTIONS", 2)
    readers = [Subscriber(server, hub, path=f"/push/{number}") for number in range(4)]
    codes = [reader.ask(RSS).status_code for reader in readers]
    assert codes == [202, 202, 429, 429]
    assert readers[3].ask(RSS).headers["retry-after"] == "600"
    assert readers[0].ask(RSS).status_code == 202  # it waits already
    monkeypatch.setattr(subscribing, "MOST_QUESTIONS", 100)
    monkeypatch.setattr(subscribing, "MOST_OF_HOST", 2)
    assert readers[2].ask(RSS).status_code == 429
    monkeypatch.setattr(subscribing, "MOST_OF_HOST", 100)
    monkeypatch.setattr(subscribing, "MOST_SUBSCRIPTIONS", 2)
    assert readers[2].ask(RSS).status_code == 503
    assert context.hub_wake.is_set()


def test_who_is_subscribed_may_renew_in_a_full_hub(context: Context, reader: Subscriber, monkeypatch: Any) -> None:
    subscribed(context, reader)
    monkeypatch.setattr(subscribing, "MOST_SUBSCRIPTIONS", 1)
    assert reader.ask(STAR).status_code == 503
    assert reader.ask(RSS).status_code == 202


# ---------------------------------------------------------------------------------------------------- trouble


def test_a_callback_that_is_away_is_asked_again_a_few_times(site: Site, context: Context, reader: Subscriber) -> None:
    reader.server.fallback["/push"] = Page(status=503)
    reader.ask(RSS)
    for _ in range(5):
        serve_hub(context)
        site.clock.advance(minutes=10)
    assert len(reader.server.asked) == 3
    assert status(context).pending_verifications == 0


@pytest.mark.parametrize(
    ("page", "outcome"),
    [
        (Page(b"wrong"), "refused"),
        (Page(status=404), "refused"),
        (Page(b"x" * 5_000), "unreachable"),
        (Page(status=302, headers={"Location": "/push/elsewhere"}), "unreachable"),
    ],
)
def test_only_the_challenge_confirms(context: Context, reader: Subscriber, page: Page, outcome: str) -> None:
    reader.server.fallback["/push"] = page
    reader.ask(RSS)
    assert serve_hub(context) == Counter({f"subscribe {outcome}": 1})
    assert (status(context).subscriptions, len(reader.server.asked)) == (0, 1)


def test_who_fails_gets_the_newest_feed_later(site: Site, context: Context, reader: Subscriber) -> None:
    subscribed(context, reader)
    reader.status = 500
    publish(site, context)
    assert serve_hub(context) == Counter({"put off": 1})
    assert serve_hub(context) == Counter()
    assert status(context).pending_deliveries == 1
    reader.status = 200
    newest = publish(site, context, "c.md")
    site.clock.advance(minutes=2)
    assert serve_hub(context) == Counter({"sent": 1})
    assert (reader.contents[-1], status(context).pending_deliveries) == (newest, 0)


def test_who_fails_for_hours_stays_subscribed_and_misses_one(site: Site, context: Context, reader: Subscriber) -> None:
    subscribed(context, reader)
    reader.status = 500
    publish(site, context)
    outcomes: Counter[str] = Counter()
    for _ in range(8):
        outcomes += serve_hub(context)
        site.clock.advance(hours=1, minutes=7)
    assert (outcomes["dropped"], outcomes["put off"] > 3) == (1, True)
    assert (status(context).subscriptions, status(context).dropped_deliveries) == (1, 1)
    reader.status = 200
    publish(site, context, "c.md")
    assert serve_hub(context) == Counter({"sent": 1})


def test_a_subscriber_may_ask_for_time(site: Site, context: Context, reader: Subscriber) -> None:
    subscribed(context, reader)
    reader.server.fallback["/push"] = Page(status=429, headers={"Retry-After": "3600"})
    publish(site, context)
    serve_hub(context)
    site.clock.advance(minutes=59)
    assert serve_hub(context) == Counter()
    site.clock.advance(minutes=1)
    assert serve_hub(context) == Counter({"put off": 1})


def test_410_is_a_goodbye(site: Site, context: Context, reader: Subscriber) -> None:
    subscribed(context, reader)
    reader.status = 410
    publish(site, context)
    assert serve_hub(context) == Counter({"gone": 1})
    assert status(context).subscriptions == 0


def test_a_redirect_is_not_followed_with_a_feed_in_hand(site: Site, context: Context, reader: Subscriber) -> None:
    subscribed(context, reader)
    reader.server.fallback["/push"] = Page(status=307, headers={"Location": "/other"})
    publish(site, context)
    assert serve_hub(context) == Counter({"put off": 1})
    assert "/other" not in reader.server.paths()


def test_a_slow_subscriber_is_waited_for_by_itself_alone(site: Site, context: Context, hub: str) -> None:
    with WebServer() as slow, WebServer() as quick:
        # Two hosts: the names are different, the machine is the same.
        sleepers = [Subscriber(slow, hub, path=f"/push/{number}") for number in range(4)]
        readers = [_at_localhost(quick, hub, f"/push/{number}") for number in range(6)]
        for one in (*sleepers, *readers):
            one.ask(RSS)
        for _ in range(7):
            serve_hub(context)
            site.clock.advance(seconds=1)
        assert status(context).subscriptions == 10
        for number in range(4):
            slow.fallback[f"/push/{number}"] = lambda _handler: slow.stopped.wait()
        publish(site, context)
        with _in_thread(context) as outcomes:
            _wait_until(lambda: sum(len(reader.contents) for reader in readers) == 6)
            assert not outcomes  # the slow ones are still waited for
            slow.stopped.set()
        assert outcomes == Counter({"sent": 6, "put off": 4})


class _AtLocalhost(Subscriber):
    @property
    def callback(self) -> str:
        return self.server.url(self.path, "localhost")


def _at_localhost(server: WebServer, hub: str, path: str) -> Subscriber:
    return _AtLocalhost(server, hub, path=path)


@contextmanager
def _in_thread(context: Context) -> Iterator[Counter[str]]:
    """The hub at work beside the test; what came of it is there when the block is over."""
    outcomes: Counter[str] = Counter()
    thread = threading.Thread(target=lambda: outcomes.update(serve_hub(context)))
    thread.start()
    try:
        yield outcomes
    finally:
        thread.join()


def _wait_until(is_so: Any, seconds: float = 30) -> None:
    """For what another thread does and says nobody."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it did not happen"
        threading.Event().wait(0.01)


def test_a_crash_between_claim_and_outcome_loses_nothing(
    site: Site, context: Context, reader: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribed(context, reader)
    feed = publish(site, context)

    def die(*_: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(distributing, "settle_send", die)
        with suppress(KeyboardInterrupt):
            serve_hub(context)
    assert reader.contents == [feed]  # it was sent, and nobody knows
    assert serve_hub(context) == Counter()
    site.clock.advance(minutes=2)
    assert serve_hub(context) == Counter({"sent": 1})
    assert reader.contents == [feed, feed]


def test_a_crash_before_anything_was_asked_loses_nothing(
    site: Site, context: Context, reader: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.ask(RSS)

    def die(*_: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(distributing, "_ask", die)
        with suppress(KeyboardInterrupt):
            serve_hub(context)
    site.clock.advance(minutes=2)
    assert serve_hub(context) == Counter({"subscribe confirmed": 1})


def test_a_change_while_a_feed_is_sent_is_sent_after_it(site: Site, context: Context, reader: Subscriber) -> None:
    subscribed(context, reader)
    take = reader.server.fallback["/push"]
    assert not isinstance(take, Page)

    def change(handler: Handler) -> None:
        reader.server.fallback["/push"] = take
        publish(site, context, "c.md")
        take(handler)

    publish(site, context)
    reader.server.fallback["/push"] = change
    assert serve_hub(context) == Counter({"sent": 2})
    assert reader.contents[1] == (site.output / "rss.xml").read_bytes() != reader.contents[0]


def test_two_processes_send_each_feed_once(site: Site, context: Context, server: WebServer, hub: str) -> None:
    readers = [Subscriber(server, hub, path=f"/push/{number}") for number in range(5)]
    for reader in readers:
        reader.ask(RSS)
    site.clock.advance(seconds=10)
    serve_hub(context)
    publish(site, context)
    with site.open() as other, _in_thread(other) as theirs:
        ours = serve_hub(context)
    assert ours + theirs == Counter({"sent": 5})
    assert [len(reader.contents) for reader in readers] == [1] * 5


def test_a_feed_file_that_is_away_is_sent_when_it_is_back(site: Site, context: Context, reader: Subscriber) -> None:
    subscribed(context, reader)
    feed = publish(site, context)
    (site.output / "rss.xml").unlink()
    assert serve_hub(context) == Counter({"put off": 1})
    publish_feeds(context, scan(context).articles)
    site.clock.advance(minutes=2)
    assert serve_hub(context) == Counter({"sent": 1})
    assert hashlib.sha256(reader.contents[0]).digest() == hashlib.sha256(feed).digest()


# ---------------------------------------------------------------------------------------------------- when


def test_the_pause_ends_when_something_is_due(site: Site, context: Context, server: WebServer, hub: str) -> None:
    assert pause_of_hub(context) == LONGEST_PAUSE
    first, second = Subscriber(server, hub), Subscriber(server, hub, path="/push/2")
    first.ask(RSS)
    assert pause_of_hub(context) == 0
    second.ask(RSS)
    serve_hub(context)
    assert pause_of_hub(context) == 1
    site.clock.advance(seconds=1)
    serve_hub(context)
    assert pause_of_hub(context) == LONGEST_PAUSE


def test_a_stop_ends_the_work_after_what_is_under_way(
    site: Site, context: Context, server: WebServer, hub: str
) -> None:
    readers = [Subscriber(server, hub, path=f"/push/{number}") for number in range(3)]
    for reader in readers:
        reader.ask(RSS)
    site.clock.advance(seconds=10)
    serve_hub(context)
    publish(site, context)
    context.stop.set()
    assert serve_hub(context) == Counter()
    context.stop.clear()
    assert serve_hub(context) == Counter({"sent": 3})


def test_a_subscription_survives_a_restart(site: Site, context: Context, reader: Subscriber) -> None:
    subscribed(context, reader)
    with site.open() as later, later.database.read() as connection:
        (held,) = subscriptions.subscriptions_to(connection, RSS)
    assert (held.callback, held.secret) == (reader.callback, reader.secret)
    assert held.lease_until == site.clock() + timedelta(days=10, seconds=-1)
