"""The verb `serve_hub`: what is due in our own hub: subscribers asked whether they mean it, changed feeds sent to them.

Many subscribers at a time, few of one host, so that a slow one is waited for by itself alone. Work is claimed in the
database before it is begun and settled after: what a crash leaves begun is done again, so a subscriber may get the same
feed twice, and none goes without.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from publisher.app.context import Context
from publisher.errors import FetchError
from publisher.hub.distribution import SendOutcome, judge_send, make_headers
from publisher.hub.requests import LONGEST_LEASE
from publisher.hub.subscriptions import GIVE_UP_AFTER, take_outcome, take_verdict
from publisher.hub.verification import LARGEST_ECHO, Verdict, judge_echo, make_denial_url, make_verification_url
from publisher.model.hub import HubMode, HubQuestion, HubSubscription
from publisher.model.topic import Topic
from publisher.storage import subscriptions, topics
from publisher.storage.database import Connection
from publisher.storage.subscriptions import Farthest
from publisher.timing import read_retry_after

if TYPE_CHECKING:
    from publisher.fetch import Limits

_AT_ONCE = 16
_OF_ONE_HOST = 2
_QUESTIONS = 8  # so that a flood of them leaves room for sending
_CONNECT_SECONDS = 5.0
_TOTAL_SECONDS = 10.0
# How long work is ours; much longer than it may take, name servers included.
_LEASE = timedelta(minutes=2)
# As far as a clock reaches that is set right a little every day; what lies further ahead, one has made that had jumped.
_STEP = timedelta(minutes=1)
_FARTHEST = Farthest(wait=GIVE_UP_AFTER + _STEP, claim=_LEASE + _STEP, lease=LONGEST_LEASE + _STEP)
# Another process may have written feeds; nobody tells us.
LONGEST_PAUSE = 5.0  # seconds


def serve_hub(context: Context) -> Counter[str]:
    """Do all that is due, and what becomes due meanwhile; counts what came of it, by outcome.

    Raises nothing for what a subscriber does.
    """
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="hub") as pool:
        return _Round(context, pool).run()


def pause_of_hub(context: Context) -> float:
    """Seconds until something is due; never longer than `LONGEST_PAUSE`."""
    with context.database.read() as connection:
        due = subscriptions.next_hub_work(connection)
    left = (due - context.clock()).total_seconds() if due is not None else LONGEST_PAUSE
    return min(max(left, 0.0), LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of sending, and how long the subscriber wants to be left alone."""

    outcome: SendOutcome
    wait: timedelta = timedelta(0)


class _Round:
    """Work begun while there is room for it, until nothing is due and nothing under way."""

    def __init__(self, context: Context, pool: ThreadPoolExecutor) -> None:
        self._context = context
        self._pool = pool
        self._under_way: dict[Future[str], str] = {}  # and the host
        self._questions: set[Future[str]] = set()
        self._outcomes: Counter[str] = Counter()

    def run(self) -> Counter[str]:
        context = self._context
        with context.database.write() as connection:
            subscriptions.bring_back(connection, _FARTHEST, context.clock())
            self._outcomes["expired"] += subscriptions.end_old_subscriptions(connection, context.clock())
            subscriptions.forget_old_turns(connection, context.clock())
        while True:
            context.hub_wake.clear()
            while not context.stop.is_set() and self._begin():
                pass
            if not self._under_way:
                return +self._outcomes
            context.hub_wake.wait(LONGEST_PAUSE)
            self._collect()

    def _begin(self) -> bool:
        """Claim one piece of work and start it; False when there is none, or no room."""
        hosts = Counter(self._under_way.values())
        busy = [host for host, number in hosts.items() if number >= _OF_ONE_HOST]
        now = self._context.clock()
        if len(self._under_way) >= _AT_ONCE or not self._is_due(now, busy):
            return False
        with self._context.database.write() as connection:
            room = len(self._questions) < _QUESTIONS
            asked = subscriptions.claim_question(connection, now, _LEASE, busy) if room else None
            sent = None if asked else subscriptions.claim_send(connection, now, _LEASE, busy)
        if asked:
            claim, question = asked
            self._questions.add(self._start(question.host, lambda: _ask(self._context, question, claim)))
        elif sent:
            claim, subscription = sent
            self._start(subscription.host, lambda: _send(self._context, subscription, claim))
        return bool(asked or sent)

    def _is_due(self, now: datetime, busy: list[str]) -> bool:
        """A look that does not take the lock for writing."""
        with self._context.database.read() as connection:
            return subscriptions.has_hub_work(connection, now, busy)

    def _start(self, host: str, work: Callable[[], str]) -> Future[str]:
        future = self._pool.submit(work)
        self._under_way[future] = host
        future.add_done_callback(lambda _done: self._context.hub_wake.set())
        return future

    def _collect(self) -> None:
        for future in [future for future in self._under_way if future.done()]:
            del self._under_way[future]
            self._questions.discard(future)
            self._outcomes[future.result()] += 1


# ---------------------------------------------------------------------------------------------------- asking


def _ask(context: Context, question: HubQuestion, claim: str) -> str:
    with context.database.read() as connection:
        is_ours = topics.find_topic(connection, question.topic) is not None
    if question.mode is HubMode.DENIED or not is_ours:
        return _deny(context, question, claim)
    verdict = _find_verdict(context, question)
    with context.database.write() as connection:
        is_ours = settle_question(connection, question, claim, verdict, context.clock())
    return f"{question.mode.value} {verdict.value}" if is_ours else "overtaken"


def settle_question(connection: Connection, question: HubQuestion, claim: str, verdict: Verdict, now: datetime) -> bool:
    """False when somebody else has the question now, or there is another in its place."""
    current = subscriptions.find_question(connection, question, claim)
    if current is None:
        return False
    held = subscriptions.find_subscription(connection, question.topic, question.callback)
    waiting, settled = take_verdict(current, held, verdict, now)
    if waiting is None:
        subscriptions.end_question(connection, current)
    else:
        subscriptions.save_question(connection, waiting)
    if settled is None:
        subscriptions.end_subscription(connection, question.topic, question.callback)
    elif settled != held:
        subscriptions.save_subscription(connection, settled)
    return True


def _find_verdict(context: Context, question: HubQuestion) -> Verdict:
    challenge = token_urlsafe(24)
    url = make_verification_url(question.callback, question.mode, question.topic, challenge, question.lease)
    try:
        status, content = _get(context, url)
    except FetchError:
        return Verdict.UNREACHABLE
    return judge_echo(status, content, challenge)


def _deny(context: Context, question: HubQuestion, claim: str) -> str:
    """Said once; who does not hear it notices when the lease is over."""
    with suppress(FetchError):
        _get(context, make_denial_url(question.callback, question.topic, "this site has no such feed any more"))
    with context.database.write() as connection:
        current = subscriptions.find_question(connection, question, claim)
        if current is not None:
            subscriptions.end_question(connection, current)
    return "denied"


def _get(context: Context, url: str) -> tuple[int, bytes]:
    from publisher.fetch import fetch  # noqa: PLC0415 - httpx takes 0.3 s to load, and most sites have no hub

    config = context.config
    answer = fetch(url, config.agent, allow_private=config.websub.allow_private, limits=_limits())
    return answer.status, answer.content


# ---------------------------------------------------------------------------------------------------- sending


def _send(context: Context, subscription: HubSubscription, claim: str) -> str:
    with context.database.read() as connection:
        topic = topics.find_topic(connection, subscription.topic)
    sent = Sent(SendOutcome.LATER) if topic is None else _post(context, subscription, topic)
    with context.database.write() as connection:
        return settle_send(connection, subscription, claim, sent, context.clock())


def settle_send(connection: Connection, subscription: HubSubscription, claim: str, sent: Sent, now: datetime) -> str:
    """`overtaken` when it has ended, or somebody else is sending to it."""
    current = subscriptions.find_claimed(connection, subscription, claim)
    if current is None:
        return "overtaken"
    settled = take_outcome(current, subscription.version, sent.outcome, sent.wait, now)
    if settled is None:
        subscriptions.end_subscription(connection, current.topic, current.callback)
        return "gone"
    subscriptions.save_subscription(connection, settled)
    subscriptions.release(connection, settled)
    if settled.dropped > current.dropped:
        return "dropped"
    return "sent" if sent.outcome is SendOutcome.TAKEN else "put off"


def _post(context: Context, subscription: HubSubscription, topic: Topic) -> Sent:
    """The feed as it lies on the disk now, which may be newer than what was claimed."""
    from publisher.fetch import post  # noqa: PLC0415 - as above

    config = context.config
    try:
        content = (config.output_dir / topic.path).read_bytes()
        headers = make_headers(topic.media_type, topic.url, config.hub_urls, subscription.secret, content)
        answer = post(
            subscription.callback,
            config.agent,
            content,
            headers,
            allow_private=config.websub.allow_private,
            limits=_limits(),
        )
    except (FetchError, OSError):
        return Sent(SendOutcome.LATER)
    return Sent(judge_send(answer.status), _asked_wait(answer.headers.get("retry-after", ""), context.clock()))


def _asked_wait(text: str, now: datetime) -> timedelta:
    return min(read_retry_after(text, now), timedelta(days=1))


def _limits() -> Limits:
    from publisher.fetch import Limits  # noqa: PLC0415 - as above

    return Limits(connect=_CONNECT_SECONDS, total=_TOTAL_SECONDS, size=LARGEST_ECHO, redirects=0)
