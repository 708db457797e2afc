"""What holds back the messages that wait: when the rules of `delivery:` let the last one go, who is left alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from publisher.app.context import Context
from publisher.app.rates import make_rules
from publisher.delivery.forecast import OTHERS, Forecast, Used, foretell, limited_providers
from publisher.delivery.gate import ALL_MAIL, RELAY
from publisher.delivery.providers import provider_of
from publisher.storage import numbers, rates
from publisher.storage.database import Connection


@dataclass(frozen=True, slots=True)
class Closed:
    """A provider that is left alone until then, because of what it has refused; so many messages wait for it."""

    provider: str
    until: datetime
    waiting: int


def find_closed(context: Context) -> list[Closed]:
    """Those for which something waits, by name."""
    with context.database.read() as connection:
        closed = rates.load_closed(connection, context.clock())
        domains = numbers.count_waiting_by_domain(connection) if closed else {}
    waiting: Counter[str] = Counter()
    for domain, number in domains.items():
        waiting[provider_of(domain)] += number
    return [Closed(name, until, waiting[name]) for name, until in closed.items() if waiting[name]]


def forecast_end(context: Context) -> tuple[int, Forecast | None]:
    """How many messages of live issues wait, and when the last of them goes out; None where no rule delays it.

    Looks at whom they are for only where a provider has a limit, or has asked us to go slower.
    """
    rules, now = make_rules(context.config), context.clock()
    with context.database.read() as connection:
        meters = rates.load_troubled(connection)
        for name in [ALL_MAIL, *map(provider_of, rules.domains)]:
            meters[name] = rates.load_meter(connection, name)
        relays = [(relay.limits, rates.load_meter(connection, RELAY + relay.name)) for relay in context.routes.relays]
        used = Used({name: meter for name, meter in meters.items() if not name.startswith(RELAY)}, relays)
        waiting = _count_waiting(connection, limited_providers(rules, used))
    return waiting.total(), foretell(waiting, rules, used, now)


def _count_waiting(connection: Connection, limited: Collection[str]) -> Counter[str]:
    """By provider, those without a limit together."""
    if not limited:
        return Counter({OTHERS: numbers.count_waiting(connection)})
    waiting: Counter[str] = Counter()
    for domain, number in numbers.count_waiting_by_domain(connection).items():
        group = provider_of(domain)
        waiting[group if group in limited else OTHERS] += number
    return waiting
