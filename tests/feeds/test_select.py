from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher import urls
from publisher.config import FeedSelect, MoreFeed
from publisher.config.sections import WebSub
from publisher.feeds.select import plan_feeds
from publisher.model.article import Article
from publisher.model.feed import Cloud, FeedFormat, FeedSpec
from tests.feeds.builders import NOW, TOKYO, make_article, make_config


def plan(*articles: Article, **config: object) -> dict[str, FeedSpec]:
    specs = plan_feeds(articles, make_config(**config), NOW).specs  # type: ignore[arg-type]  # the test's own words
    by_folder = {spec.folder: spec for spec in specs}
    assert len(by_folder) == len(specs)
    return by_folder


def ids(spec: FeedSpec) -> list[str]:
    return [article.id for article in spec.articles]


def test_the_main_feed_is_there_without_any_article_and_does_not_change_with_the_clock() -> None:
    (spec,) = plan_feeds([], make_config(), NOW).specs
    assert (spec.folder, spec.articles) == ("", ())
    assert spec.updated.isoformat() == "1970-01-01T00:00:00+09:00"
    assert plan_feeds([], make_config(), NOW + timedelta(days=400)).specs == (spec,)


def test_the_main_feed_says_who_publishes() -> None:
    spec = plan(make_article())[""]
    assert spec.title == spec.description == "ほしぞら通信"
    assert (spec.id, spec.home_url) == ("tag:example.com,2026:feeds/", "https://example.com/")
    assert (spec.language, spec.author.name, spec.author.email) == ("ja", "編集部", "editor@example.com")
    assert spec.url(FeedFormat.ATOM) == "https://example.com/atom.xml"
    assert plan(make_article(), description="夜のたより")[""].description == "夜のたより"


def test_every_feed_names_the_hubs_and_the_rsscloud_server() -> None:
    websub = WebSub(hub=("self", "https://hub.example/"), rsscloud="http://rpc.example:5337/pleaseNotify")
    config = make_config().model_copy(update={"websub": websub})
    specs = plan_feeds([make_article(tags=("星",))], config, NOW).specs
    assert {spec.hubs for spec in specs} == {("https://example.com/hub", "https://hub.example/")}
    assert {spec.cloud for spec in specs} == {Cloud("rpc.example", 5337, "/pleaseNotify")}
    (bare,) = plan_feeds([], make_config(), NOW).specs
    assert (bare.hubs, bare.cloud) == ((), None)


def test_every_tag_and_category_has_a_feed_of_its_own_after_the_main_one() -> None:
    first = make_article(1, tags=("星", "月"), categories=("天文",))
    second = make_article(2, tags=("星",))
    feeds = plan(first, second)
    assert list(feeds) == ["", "categories/天文", "tags/星", "tags/月"]
    assert ids(feeds["tags/星"]) == [second.id, first.id]
    assert ids(feeds["tags/月"]) == ids(feeds["categories/天文"]) == [first.id]
    assert feeds["tags/星"].title == "星 - ほしぞら通信"
    assert feeds["tags/星"].url(FeedFormat.RSS) == "https://example.com/tags/%E6%98%9F/rss.xml"
    assert len({spec.id for spec in feeds.values()}) == 4


def test_feeds_lie_where_the_config_says_the_output_is_served() -> None:
    spec = plan(make_article(tags=("星",)), url="/feeds")["tags/星"]
    assert spec.folder_url == "https://example.com/feeds/tags/%E6%98%9F/"
    assert spec.home_url == "https://example.com/"


def test_only_what_is_public_and_wanted_in_feeds_is_shown() -> None:
    feeds = plan(
        make_article(1),
        make_article(2, draft=True, tags=("秘密",)),
        make_article(3, in_feeds=False, tags=("内緒",)),
        make_article(4, published=NOW + timedelta(seconds=1), tags=("未来",)),
        make_article(5, published=NOW),
    )
    assert list(feeds) == [""]
    assert [article.path for article in feeds[""].articles] == ["articles/5.md", "articles/1.md"]


def test_the_newest_comes_first_and_what_was_seen_last_breaks_a_tie() -> None:
    day = datetime(2026, 1, 8, tzinfo=TOKYO)
    articles = [
        make_article(1, published=day, seq=1),
        make_article(2, published=day, seq=2),
        make_article(3, published=day - timedelta(days=1), seq=9),
        make_article(4, published=day.astimezone(UTC), seq=None),
        make_article(6, published=day, seq=None),
    ]
    assert [article.path[9] for article in plan(*articles)[""].articles] == ["4", "6", "2", "1", "3"]


def test_a_repeated_hour_does_not_turn_the_order_round() -> None:
    zone = ZoneInfo("Europe/Berlin")
    earlier = datetime(2025, 10, 26, 2, 50, tzinfo=zone)  # summer time
    later = datetime(2025, 10, 26, 2, 10, tzinfo=zone, fold=1)  # twenty minutes after it
    feed = plan(make_article(1, published=earlier), make_article(2, published=later), zone=zone)[""]
    assert [article.published for article in feed.articles] == [later, earlier]
    assert feed.updated.isoformat() == "2025-10-26T02:10:00+01:00"


def test_a_feed_is_cut_to_the_limit_and_dated_by_what_it_holds() -> None:
    articles = [make_article(number) for number in range(1, 10)]
    touched = make_article(1, updated=datetime(2026, 5, 1, tzinfo=TOKYO))
    spec = plan(touched, *articles[1:], limit=3)[""]
    assert [article.path[9] for article in spec.articles] == ["9", "8", "7"]
    assert spec.updated == articles[-1].updated
    assert plan(touched, *articles[1:], limit=9)[""].updated == touched.updated


def test_every_date_comes_out_in_the_zone_of_the_site() -> None:
    article = make_article(published=datetime(2026, 1, 7, 15, tzinfo=UTC), tags=("星",))
    for spec in plan(article).values():
        assert spec.articles[0].published.isoformat() == "2026-01-08T00:00:00+09:00"
        assert spec.articles[0].updated.isoformat() == spec.updated.isoformat() == "2026-01-08T00:00:00+09:00"


def test_a_tag_used_too_rarely_has_no_feed_but_a_category_always_has() -> None:
    articles = [make_article(1, tags=("星", "月"), categories=("天文",)), make_article(2, tags=("星",))]
    hidden = make_article(3, tags=("月",), draft=True)
    assert list(plan(*articles, hidden, tags_min=2)) == ["", "categories/天文", "tags/星"]


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("CI/CD", "tags/CI%2FCD"),
        ("..", "tags/%2E."),
        (".", "tags/%2E"),
        ("/", "tags/%2F"),
        ("C#", "tags/C#"),
        ("C++", "tags/C++"),
        ("👩‍👩‍👧‍👦", "tags/👩‍👩‍👧‍👦"),
        ("a\\b:c*?", "tags/a%5Cb%3Ac%2A%3F"),
        ("か\u3099", "tags/が"),
    ],
)
def test_no_name_of_a_tag_leaves_its_folder(name: str, folder: str) -> None:
    feeds = plan(make_article(tags=(name,)))
    assert list(feeds) == ["", folder]
    url = feeds[folder].url(FeedFormat.RSS)
    assert url.isascii()
    assert "#" not in url
    assert "?" not in url


def test_a_category_may_have_the_name_of_a_tag() -> None:
    assert list(plan(make_article(tags=("/",), categories=("/",)))) == ["", "categories/%2F", "tags/%2F"]


def test_names_that_case_or_width_alone_tells_apart_share_the_feed_of_the_first() -> None:
    articles = [make_article(1, tags=("ＡＩ",)), make_article(2, tags=("AI",)), make_article(3, tags=("ai", "Ai"))]
    feeds = plan(*reversed(articles))
    assert list(feeds) == ["", "tags/ＡＩ"]
    assert feeds["tags/ＡＩ"].title == "ＡＩ - ほしぞら通信"
    assert ids(feeds["tags/ＡＩ"]) == [article.id for article in reversed(articles)]


def test_a_tie_for_the_first_goes_to_the_smallest_id() -> None:
    day = datetime(2026, 1, 1, tzinfo=TOKYO)
    articles = [make_article(number, published=day, tags=(tag,)) for number, tag in ((1, "ai"), (2, "AI"))]
    assert list(plan(*articles)) == list(plan(*reversed(articles))) == ["", "tags/ai"]


def test_two_spellings_in_one_article_count_once() -> None:
    assert list(plan(make_article(tags=("AI", "ai", "ＡＩ")), tags_min=2)) == [""]


@pytest.mark.parametrize("order", [1, -1])
def test_names_whose_folders_a_disk_would_not_tell_apart_share_a_feed(order: int) -> None:
    names = ["a:b", "a%3Ab", "A%3aB"][::order]
    articles = [make_article(number, tags=(name,)) for number, name in enumerate(names, 1)]
    feeds = plan(*articles)
    assert list(feeds) == ["", "tags/" + urls.folder_name(names[0])]
    assert len(feeds["tags/" + urls.folder_name(names[0])].articles) == 3


def test_a_blank_name_has_no_feed() -> None:
    assert list(plan(make_article(tags=("\u3000", " ")))) == [""]


def test_fifty_tags_make_fifty_feeds() -> None:
    assert len(plan(make_article(tags=tuple(f"タグ{number}" for number in range(50))))) == 51


def test_every_spelling_leads_to_the_feed_that_holds_it() -> None:
    articles = [make_article(1, tags=("AI", "稀"), categories=("天文",)), make_article(2, tags=("ＡＩ", "天文"))]
    found = plan_feeds(articles, make_config(tags_min=2), NOW).category_urls
    assert found == {
        "天文": "https://example.com/categories/%E5%A4%A9%E6%96%87/",
        "AI": "https://example.com/tags/AI/",
        "ＡＩ": "https://example.com/tags/AI/",
    }


_NAMES = st.sampled_from(
    ["AI", "ai", "ＡＩ", "a:b", "a%3ab", "..", "%2E.", "/", "%2f", "C#", "🎉", "ß", "SS", "é", "e\u0301"]
)
_tagged = st.lists(
    st.builds(
        lambda day, tags, categories: (day, tuple(tags), tuple(categories)),
        st.integers(1, 28),
        st.lists(_NAMES, max_size=4),
        st.lists(_NAMES, max_size=2),
    ),
    max_size=8,
)


def tagged_articles(rows: list[tuple[int, tuple[str, ...], tuple[str, ...]]]) -> list[Article]:
    return [
        make_article(number, published=datetime(2026, 1, day, tzinfo=TOKYO), tags=tags, categories=categories)
        for number, (day, tags, categories) in enumerate(rows, 1)
    ]


@settings(deadline=None, max_examples=60)
@given(_tagged, st.randoms(use_true_random=False))
def test_the_plan_depends_on_the_articles_and_not_on_their_order(
    rows: list[tuple[int, tuple[str, ...], tuple[str, ...]]], chance: random.Random
) -> None:
    articles = tagged_articles(rows)
    shuffled = chance.sample(articles, len(articles))
    assert plan_feeds(articles, make_config(), NOW) == plan_feeds(shuffled, make_config(), NOW)


@settings(deadline=None, max_examples=60)
@given(_tagged)
def test_no_two_feeds_share_a_folder_and_every_article_is_in_the_feed_of_each_name(
    rows: list[tuple[int, tuple[str, ...], tuple[str, ...]]],
) -> None:
    articles = tagged_articles(rows)
    made = plan_feeds(articles, make_config(), NOW)
    specs, found = made.specs, made.category_urls
    assert len({spec.folder.casefold() for spec in specs}) == len(specs)
    by_url = {spec.folder_url: spec for spec in specs}
    for article in articles:
        for name in article.tags + article.categories:
            spec = by_url[found[name]]
            assert (article in spec.articles) or (spec.folder.startswith("categories/") and name in article.tags)


@settings(deadline=None, max_examples=60)
@given(_tagged, st.lists(_NAMES, max_size=4))
def test_a_later_article_moves_no_feed(
    rows: list[tuple[int, tuple[str, ...], tuple[str, ...]]], tags: list[str]
) -> None:
    before = tagged_articles(rows)
    later = make_article(20, published=datetime(2026, 2, 1, tzinfo=TOKYO), tags=tuple(tags), categories=tuple(tags))
    folders = {spec.folder for spec in plan_feeds(before, make_config(), NOW).specs}
    assert folders <= {spec.folder for spec in plan_feeds([*before, later], make_config(), NOW).specs}


def test_ten_thousand_articles_with_ten_tags_each_give_one_feed_per_tag() -> None:
    articles = [
        make_article(
            1 + number % 28,
            id=f"tag:example.com,2026:{number}",
            tags=tuple(f"タグ{(number * 7 + step * 13) % 500}" for step in range(10)),
        )
        for number in range(10_000)
    ]
    specs = plan_feeds(articles, make_config(), NOW).specs
    assert len(specs) == 501


def plan_more(*articles: Article, **more: Any) -> dict[tuple[str, str, int], FeedSpec]:
    config = make_config()
    feeds = config.feeds.model_copy(update={"more": {name: MoreFeed(**given) for name, given in more.items()}})
    specs = plan_feeds(articles, config.model_copy(update={"feeds": feeds}), NOW).specs
    return {spec.key: spec for spec in specs}


def test_a_feed_of_ones_own_lies_in_a_folder_of_its_name() -> None:
    articles = [make_article(1, tags=("AI",)), make_article(2), make_article(3, tags=("ai",), language="en")]
    spec = plan_more(*articles, japanese={"select": FeedSelect(tags=("AI",), languages=("ja",))})["japanese", "", 0]
    assert ids(spec) == [articles[0].id]
    assert spec.title == "japanese - ほしぞら通信"
    assert spec.id == "tag:example.com,2026:feeds/japanese"
    assert spec.url(FeedFormat.ATOM) == "https://example.com/japanese/atom.xml"
    assert (spec.formats, spec.in_full) == (tuple(FeedFormat), True)


def test_a_feed_of_one_file_has_one_format() -> None:
    found = plan_more(make_article(), old={"file": "blog/index.xml", "limit": 1, "content": "summary", "title": "旧"})
    spec = found["blog", "index.xml", 0]
    assert (spec.formats, spec.in_full, spec.title) == ((FeedFormat.RSS,), False, "旧")
    assert spec.id == "tag:example.com,2026:feeds/blog/index.xml"
    assert spec.url(FeedFormat.RSS) == "https://example.com/blog/index.xml"


def test_a_feed_of_ones_own_is_there_even_when_it_holds_nothing() -> None:
    found = plan_more(make_article(), none={"select": FeedSelect(tags=("犬",)), "description": "犬の話"})
    assert ids(found["none", "", 0]) == []
    assert found["none", "", 0].description == "犬の話"


def test_what_a_feed_of_ones_own_does_not_say_is_as_for_the_others() -> None:
    articles = [make_article(number) for number in range(1, 6)]
    found = plan_more(*articles, all={}, two={"limit": 2})
    main = found["", "", 0]
    assert ids(found["all", "", 0]) == ids(main)
    assert ids(found["two", "", 0]) == ids(main)[:2]
    names = ("language", "author", "max_bytes", "with_markdown", "hubs", "icon", "formats")
    assert all(getattr(found["all", "", 0], name) == getattr(main, name) for name in names)


def test_every_feed_has_the_pictures_and_rights_of_the_site() -> None:
    config = make_config(icon="/icon.png", logo="https://cdn.example/logo.png", rights="© 星")
    for spec in plan_feeds([make_article(tags=("星",))], config, NOW).specs:
        assert (spec.icon, spec.logo) == ("https://example.com/icon.png", "https://cdn.example/logo.png")
        assert spec.rights == "© 星"


def test_a_change_that_is_dated_ahead_has_not_happened_yet() -> None:
    article = make_article(published=NOW - timedelta(days=3), updated=NOW + timedelta(days=900))
    (main,) = plan_feeds([article], make_config(), NOW).specs
    assert main.articles[0].updated == main.updated == article.published
    (later,) = plan_feeds([article], make_config(), NOW + timedelta(days=901)).specs
    assert later.updated == article.updated
