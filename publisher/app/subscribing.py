"""The verb `take_hub_request`: what somebody asks of our hub -> a row that waits to be verified, and what to answer."""

from __future__ import annotations

from publisher.app.context import Context
from publisher.fetch import is_public
from publisher.hub.requests import HubReply, PublishRequest, SubscriptionRequest, read_request
from publisher.hub.subscriptions import PACE, note_request
from publisher.model.hub import HubMode
from publisher.storage import subscriptions, topics
from publisher.storage.database import Connection

MOST_SUBSCRIPTIONS = 20_000
MOST_OF_HOST = 2_000  # subscriptions and questions; one aggregator may want every feed for several of its readers
MOST_QUESTIONS = 300  # that wait for one host
_ACCEPTED = HubReply(202, "accepted; the callback is asked soon")
_TRY_AGAIN = 600  # seconds


def take_hub_request(context: Context, content_type: str, body: bytes) -> HubReply:
    """Nobody is contacted here: what is asked is verified by the hub at work (`serve_hub`)."""
    request = read_request(content_type, body)
    if isinstance(request, HubReply):
        return request
    wanted = request.topics if isinstance(request, PublishRequest) else (request.topic,)
    with context.database.read() as connection:
        if not all(topics.find_topic(connection, topic) for topic in wanted):
            return HubReply(404, "this hub has no such feed; hub.topic is the address in its rel=self")
    if isinstance(request, PublishRequest):  # we know when our feeds change, and believe nobody else
        return HubReply(202, "accepted")
    if not context.config.websub.allow_private and _is_private(request.host):
        return HubReply(400, "hub.callback must be an address that this hub can reach, and that is a private one")
    with context.database.write() as connection:
        reply = _take(connection, request, context)
    context.hub_wake.set()
    return reply


def _is_private(host: str) -> bool:
    """Whether it is an IP address and no public one; what a name stands for is looked up when it is asked."""
    try:
        return not is_public(host)
    except ValueError:
        return False


def _take(connection: Connection, request: SubscriptionRequest, context: Context) -> HubReply:
    is_known = subscriptions.find_subscription(connection, request.topic, request.callback) is not None
    is_asked = subscriptions.has_question(connection, request.topic, request.callback)
    if request.mode is HubMode.UNSUBSCRIBE and not (is_known or is_asked):
        return _ACCEPTED  # it is as they want it already, and nobody need be asked
    if not is_asked and (refusal := _find_limit(connection, request.host, is_known=is_known)):
        return refusal
    # Asking again and again neither hurries a question nor puts it off.
    due = subscriptions.question_due(connection, request.topic, request.callback)
    due = due or subscriptions.take_turn(connection, request.host, context.clock(), PACE)
    subscriptions.save_question(connection, note_request(request, due))
    return _ACCEPTED


def _find_limit(connection: Connection, host: str, *, is_known: bool) -> HubReply | None:
    """Why one more is too many; a subscription that is there already may always be renewed or ended."""
    of_host = subscriptions.count_of_host(connection, host)
    if of_host.questions >= MOST_QUESTIONS:
        return HubReply(429, "many requests for this host wait already; come back later", _TRY_AGAIN)
    if is_known:
        return None
    if of_host.subscriptions + of_host.questions >= MOST_OF_HOST:
        return HubReply(429, "this host has as many subscriptions as one may have", _TRY_AGAIN)
    total = subscriptions.count_hub(connection)
    if total.subscriptions + total.questions >= MOST_SUBSCRIPTIONS:
        return HubReply(503, "this hub is full; read the feed instead", _TRY_AGAIN)
    return None
