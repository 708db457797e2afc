"""The limits of `delivery:` as the gate takes them."""

from __future__ import annotations

from publisher.config import Config
from publisher.config.sections import DomainRate, Rate
from publisher.delivery.gate import Rules
from publisher.delivery.rate import Limits, WarmUp


def make_rules(config: Config) -> Rules:
    delivery = config.delivery
    warmup = delivery.warmup
    return Rules(
        total=make_limits(delivery.rate),
        domains={domain: make_limits(rate) for domain, rate in delivery.domains.items()},
        warmup=WarmUp(warmup.start, warmup.first, warmup.factor) if warmup is not None else None,
        window=delivery.window,
        zone=config.site.timezone,
    )


def make_limits(rate: Rate) -> Limits:
    concurrency = rate.concurrency if isinstance(rate, DomainRate) else None
    return Limits(rate.per_second, rate.per_hour, rate.per_day, concurrency)
