"""The rule by which an address is written to no more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.bounces.rule import count_days, find_reason
from publisher.model.bounce import BounceKind
from publisher.model.suppression import SuppressionReason

TOKYO = ZoneInfo("Asia/Tokyo")
MIDNIGHT = datetime(2026, 11, 19, 15, 0, tzinfo=UTC)  # in Tokyo


@pytest.mark.parametrize("days", [0, 1, 2, 3, 10])
def test_hard_ones_and_complaints_count_at_once_soft_ones_add_up_and_others_never_do(days: int) -> None:
    assert find_reason(BounceKind.HARD, days, 3) is SuppressionReason.HARD
    assert find_reason(BounceKind.COMPLAINT, days, 3) is SuppressionReason.COMPLAINT
    assert find_reason(BounceKind.SOFT, days, 3) is (SuppressionReason.SOFT if days >= 3 else None)
    assert find_reason(BounceKind.POLICY, days, 3) is None


def test_days_are_those_of_the_site() -> None:
    around = [MIDNIGHT - timedelta(minutes=1), MIDNIGHT, MIDNIGHT + timedelta(hours=23)]
    assert count_days(around, TOKYO) == 2
    assert count_days(around, UTC) == 2
    assert count_days(around[1:], TOKYO) == 1


@given(st.lists(st.integers(0, 40 * 24), max_size=40))
def test_never_more_days_than_issues_and_never_more_than_there_were(hours: list[int]) -> None:
    counted = count_days([MIDNIGHT + timedelta(hours=hour) for hour in hours], TOKYO)
    assert counted == len({hour // 24 for hour in hours})
    assert counted <= len(hours)
