"""What an issue holds, decided from values alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.config import Newsletter, Select
from publisher.issues.select import Request, select_articles, split_on_publish
from publisher.model.article import Article
from publisher.model.issue import Selection

NOON = datetime(2026, 11, 19, 3, 0, tzinfo=UTC)
WEEKLY = Newsletter(title="週刊", limit=3)


def make_article(
    number: int, *, age: timedelta = timedelta(), seq: int | None = None, tags: tuple[str, ...] = ()
) -> Article:
    published = NOON - age
    return Article(
        id=f"tag:note.example,2026:{number}",
        path=f"{number}.md",
        url=f"https://note.example/articles/{number}",
        title=f"記事{number}",
        published=published,
        updated=published,
        summary="",
        language="ja",
        body_hash=str(number),
        tags=tags,
        seq=number if seq is None else seq,
        seen_at=NOON,
    )


def titles(selection: Selection) -> list[str]:
    return [article.title for article in selection.articles]


def test_only_what_came_after_the_last_issue_is_new() -> None:
    articles = [make_article(number) for number in (1, 2, 3, 4)]
    assert titles(select_articles(articles, WEEKLY, Request(), last_seq=2, sent=set(), now=NOON)) == ["記事4", "記事3"]


def test_the_newest_are_shown_and_the_rest_are_links() -> None:
    articles = [make_article(number, age=timedelta(hours=number)) for number in range(1, 6)]
    selection = select_articles(articles, WEEKLY, Request(), last_seq=0, sent=set(), now=NOON)
    assert titles(selection) == ["記事1", "記事2", "記事3"]
    assert [article.title for article in selection.links] == ["記事4", "記事5"]


def test_an_article_dated_seven_days_back_is_news_and_a_minute_more_is_not() -> None:
    edge = make_article(1, age=timedelta(days=7))
    beyond = make_article(2, age=timedelta(days=7, minutes=1))
    selection = select_articles([edge, beyond], WEEKLY, Request(), last_seq=0, sent=set(), now=NOON)
    assert titles(selection) == ["記事1"]
    assert selection.too_old == (beyond,)


def test_since_takes_history_by_date_with_both_ends_included() -> None:
    articles = [make_article(number, age=timedelta(days=number)) for number in range(1, 6)]
    request = Request(since=NOON - timedelta(days=4), until=NOON - timedelta(days=2))
    assert titles(select_articles(articles, WEEKLY, request, last_seq=99, sent=set(), now=NOON)) == [
        "記事2",
        "記事3",
        "記事4",
    ]


def test_what_was_sent_is_left_out_and_counted_unless_again() -> None:
    articles = [make_article(1), make_article(2)]
    request = Request(since=NOON - timedelta(days=1))
    selection = select_articles(articles, WEEKLY, request, last_seq=2, sent={articles[0].id}, now=NOON)
    assert (titles(selection), selection.already_sent) == (["記事2"], 1)
    again = select_articles(articles, WEEKLY, replace(request, again=True), last_seq=2, sent={articles[0].id}, now=NOON)
    assert (titles(again), again.already_sent) == (["記事2", "記事1"], 0)


def test_tags_match_whatever_their_case_or_width_and_categories_count_for_the_tag_option() -> None:
    articles = [
        make_article(1, tags=("ＡＩ",)),
        make_article(2, tags=("猫",)),
        replace(make_article(3), categories=("ai",)),
    ]
    request = Request(tags=("AI",))
    assert titles(select_articles(articles, WEEKLY, request, last_seq=0, sent=set(), now=NOON)) == ["記事3", "記事1"]


def test_a_newsletter_with_tags_and_categories_wants_one_of_each() -> None:
    newsletter = Newsletter(title="AI週報", select=Select(tags=("AI", "猫"), categories=("技術",)))
    articles = [
        replace(make_article(1, tags=("AI",)), categories=("技術",)),
        replace(make_article(2, tags=("AI",)), categories=("日記",)),
        replace(make_article(3), categories=("技術",)),
    ]
    assert titles(select_articles(articles, newsletter, Request(), last_seq=0, sent=set(), now=NOON)) == ["記事1"]


def test_articles_that_were_never_public_are_never_selected() -> None:
    unseen = replace(make_article(1), seq=None, seen_at=None)
    assert select_articles(
        [unseen], WEEKLY, Request(since=NOON - timedelta(days=9)), last_seq=0, sent=set(), now=NOON
    ).is_empty


def test_an_article_that_was_withdrawn_is_not_mailed() -> None:
    articles = [replace(make_article(1), draft=True), make_article(2, age=timedelta(days=-1)), make_article(3)]
    assert titles(select_articles(articles, WEEKLY, Request(), last_seq=0, sent=set(), now=NOON)) == ["記事3"]


def test_up_to_burst_articles_go_one_by_one_and_more_are_held_together() -> None:
    selection = Selection(articles=tuple(make_article(number) for number in (3, 2)), links=(make_article(1),))
    single, held = split_on_publish(selection, burst=3)
    assert [titles(item) for item in single] == [["記事1"], ["記事2"], ["記事3"]]
    assert held is None
    single, held = split_on_publish(selection, burst=2)
    assert single == []
    assert held is not None
    assert len(held.articles) == 3


@settings(deadline=None, max_examples=60)
@given(
    ages=st.lists(st.integers(0, 20), max_size=12),
    last_seq=st.integers(0, 12),
    sent=st.sets(st.integers(0, 11)),
    limit=st.integers(1, 5),
)
def test_every_article_ends_in_exactly_one_place(ages: list[int], last_seq: int, sent: set[int], limit: int) -> None:
    articles = [make_article(number, age=timedelta(days=age), seq=number + 1) for number, age in enumerate(ages)]
    sent_ids = {article.id for number, article in enumerate(articles) if number in sent}
    selection = select_articles(articles, WEEKLY, Request(limit=limit), last_seq=last_seq, sent=sent_ids, now=NOON)
    shown = [*selection.articles, *selection.links, *selection.too_old]
    new = [article for article in articles if (article.seq or 0) > last_seq]
    assert {article.id for article in shown} | {a.id for a in new if a.id in sent_ids} == {a.id for a in new}
    assert len(shown) == len({article.id for article in shown})
    assert not {article.id for article in shown} & sent_ids
    assert len(selection.articles) <= limit
    assert selection.articles or not selection.links
