"""Feeds name what they held and what is no more."""

from __future__ import annotations

from datetime import timedelta

from publisher.feeds.select import plan_feeds
from publisher.feeds.tombstones import MOST, Gone, add_tombstones
from publisher.model.feed import FeedSpec
from tests.feeds.builders import NOW, TOKYO, make_article, make_config


def named(gone: list[Gone]) -> dict[str, list[str]]:
    articles = [make_article(1, tags=("猫",), categories=("技術",)), make_article(2, tags=("犬",))]
    plan = plan_feeds(articles, make_config(), NOW)
    specs: list[FeedSpec] = add_tombstones(plan.specs, gone, plan.category_urls, TOKYO)
    return {spec.folder: [stone.id for stone in spec.deleted] for spec in specs if spec.deleted}


def test_the_site_names_all_and_a_tag_what_had_it() -> None:
    gone = [Gone("a", NOW, ("猫", "消えた札")), Gone("b", NOW + timedelta(hours=1), ("技術", "猫"))]
    assert named(gone) == {"": ["b", "a"], "categories/技術": ["b"], "tags/猫": ["b", "a"]}


def test_what_a_feed_holds_is_not_gone_from_it() -> None:
    assert named([Gone(make_article(1).id, NOW, ("猫",))]) == {}


def test_a_feed_names_the_last_hundred() -> None:
    gone = [Gone(f"{number:04}", NOW - timedelta(minutes=number)) for number in range(MOST + 20)]
    assert named(gone) == {"": [one.id for one in gone[:MOST]]}


def test_moments_are_on_the_clocks_of_the_site() -> None:
    plan = plan_feeds([], make_config(), NOW)
    (spec,) = add_tombstones(plan.specs, [Gone("a", NOW)], {}, TOKYO)
    assert spec.deleted[0].when.isoformat() == "2026-06-01T21:00:00+09:00"
