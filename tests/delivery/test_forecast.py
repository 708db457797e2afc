"""When the last message goes out, by the rules: held against a sender that keeps them, message by message."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.delivery.forecast import HORIZON, OTHERS, Forecast, Used, foretell
from publisher.delivery.gate import ALL_MAIL, Rules
from publisher.delivery.rate import NO_LIMITS, Limits, WarmUp, draw
from publisher.model.meter import Meter
from publisher.timing import DailyWindow

NOW = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)  # noon in Tokyo
TOKYO = ZoneInfo("Asia/Tokyo")
DOCOMO = "docomo.ne.jp"


def rules(total: Limits = NO_LIMITS, docomo: Limits = NO_LIMITS) -> Rules:
    return Rules(total, {DOCOMO: docomo} if docomo != NO_LIMITS else {}, zone=TOKYO)


def after(forecast: Forecast | None) -> tuple[timedelta | None, str]:
    assert forecast is not None
    return None if forecast.ends_at is None else forecast.ends_at - NOW, forecast.decided_by


@pytest.mark.parametrize(
    ("total", "end", "by"),
    [
        (Limits(per_second=10), timedelta(seconds=100), "per_second"),
        (Limits(per_hour=300), timedelta(hours=3, minutes=15), "per_hour"),  # counted in slots of five minutes
        (Limits(per_day=400), timedelta(days=2, hours=2), "per_day"),  # of an hour
        (Limits(per_second=0.1, per_day=900), timedelta(days=1, hours=1, seconds=1000), "per_day"),
        (Limits(per_second=0.1, per_hour=900), timedelta(seconds=10_000), "per_second"),
    ],
)
def test_each_limit_ends_where_it_must(total: Limits, end: timedelta, by: str) -> None:
    assert after(foretell({OTHERS: 1000}, rules(total), Used(), NOW)) == (end, f"delivery.rate.{by}")


def test_without_a_rule_nothing_can_be_foretold() -> None:
    assert foretell({OTHERS: 1_000_000}, rules(), Used(), NOW) is None
    assert foretell({}, rules(Limits(per_day=1)), Used(), NOW) is None
    assert foretell({OTHERS: 5}, rules(Limits(per_day=5)), Used(), NOW) is None


def test_a_provider_delays_its_own() -> None:
    slow = rules(docomo=Limits(per_second=0.5))
    assert foretell({OTHERS: 1000}, slow, Used(), NOW) is None
    end = after(foretell({OTHERS: 1000, DOCOMO: 100}, slow, Used(), NOW))
    assert end == (timedelta(seconds=200), f"delivery.domains.{DOCOMO}.per_second")


def test_what_is_used_up_counts() -> None:
    meter = draw(Meter(), Limits(per_day=100), NOW - timedelta(hours=10), 60).meter
    found = foretell({OTHERS: 50}, rules(Limits(per_day=100)), Used({ALL_MAIL: meter}), NOW)
    assert after(found) == (timedelta(hours=15), "delivery.rate.per_day")


def test_what_a_provider_has_answered_counts() -> None:
    closed = Used({"gmail.com": Meter(closed_until=NOW + timedelta(hours=3))})
    assert after(foretell({"gmail.com": 5}, rules(), closed, NOW)) == (timedelta(hours=3), "answers of gmail.com")
    slow = Used({"gmail.com": Meter(pace=0.5, paced_at=NOW)})
    end, by = after(foretell({"gmail.com": 1000}, rules(), slow, NOW))
    assert end is not None
    assert timedelta(seconds=100) < end <= timedelta(seconds=200)
    assert by == "answers of gmail.com"


def test_relays_add_up_and_one_without_a_limit_is_enough() -> None:
    two = [(Limits(per_second=4), Meter()), (Limits(per_second=1), Meter())]
    end, by = after(foretell({OTHERS: 3000}, rules(), Used(relays=two), NOW))
    assert (end, by) == (timedelta(minutes=10), "delivery.transport.rate.per_second")
    assert foretell({OTHERS: 3000}, rules(), Used(relays=[*two, (NO_LIMITS, Meter())]), NOW) is None


def test_the_warm_up_grows_by_the_day() -> None:
    warming = Rules(warmup=WarmUp(date(2026, 11, 19), 50, 2), zone=TOKYO)
    end, by = after(foretell({OTHERS: 140}, warming, Used(), NOW))
    assert by == "delivery.warmup"
    assert end is not None
    assert timedelta(hours=12) <= end <= timedelta(days=1, hours=1)


def test_nothing_goes_out_while_the_window_is_closed() -> None:
    closed = Rules(window=DailyWindow(time(13), time(14)), zone=TOKYO)
    assert after(foretell({OTHERS: 5}, closed, Used(), NOW)) == (timedelta(hours=1), "delivery.window")
    slow = replace(closed, total=Limits(per_second=0.1))
    end, by = after(foretell({OTHERS: 540}, slow, Used(), NOW))
    assert (end, by) == (timedelta(days=1, hours=1, minutes=30), "delivery.window")


def test_beyond_two_months_is_far_away() -> None:
    assert after(foretell({OTHERS: 1_000_000}, rules(Limits(per_second=0.01)), Used(), NOW)) == (
        None,
        "delivery.rate.per_second",
    )


LIMITS = st.builds(
    Limits,
    per_second=st.none() | st.floats(0.01, 50),
    per_hour=st.none() | st.integers(1, 5000),
    per_day=st.none() | st.integers(1, 20_000),
)


@settings(max_examples=40, deadline=None)
@given(LIMITS, st.integers(1, 3000))
def test_a_sender_that_keeps_the_rules_ends_then(limits: Limits, number: int) -> None:
    forecast = foretell({OTHERS: number}, rules(limits), Used(), NOW)
    meter, at, left = Meter(), NOW, number
    while left and at - NOW < HORIZON:
        found = draw(meter, limits, at, left)
        meter, left = found.meter, left - found.granted
        at = found.not_before or at
    if forecast is None:
        assert at - NOW <= timedelta(seconds=1)
    elif forecast.ends_at is None:
        assert at - NOW > HORIZON * 0.97
    else:
        allowed = timedelta(minutes=35) + (at - NOW) * 0.03
        assert abs(forecast.ends_at - at) <= allowed
