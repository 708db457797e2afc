"""Articles named by people, and the order in which an issue shows them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.errors import UsageError
from publisher.issues.arrange import Index, Order, in_order, read_order
from publisher.issues.select import Request, select_articles
from publisher.model.article import Article
from tests.issues.test_select import NOON, WEEKLY, make_article, titles

ARTICLES = [make_article(number, age=timedelta(hours=number)) for number in range(1, 6)]
BELOW = replace(make_article(6), path="2026/spring/index.md")
TWIN = replace(make_article(7), path="2026/autumn/index.md")
COMMA = replace(make_article(8), path="one, two.md")


def make_index(*articles: Article) -> Index:
    return Index(articles, {article.id: f"blog/{article.path}" for article in articles})


INDEX = make_index(*ARTICLES, BELOW, TWIN, COMMA)


@pytest.mark.parametrize(
    "name",
    ["2026/spring/index.md", "blog/2026/spring/index.md", BELOW.id, BELOW.url, f"{BELOW.url}/"],
)
def test_an_article_goes_by_its_path_its_id_and_its_address(name: str) -> None:
    assert INDEX.get(name, "--exclude") == BELOW


def test_the_name_of_a_file_is_enough_when_one_file_has_it() -> None:
    assert make_index(*ARTICLES, BELOW).get("index.md", "--exclude") == BELOW
    with pytest.raises(UsageError, match=r"'index\.md' is 2 articles: 2026/spring/index\.md, 2026/autumn/index\.md"):
        INDEX.get("index.md", "--exclude")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("blog/2.mdx", "did you mean blog/2.md"),
        ("https://note.example/article/3", "did you mean https://note.example/articles/3"),
        ("kitchen", "name it by its file, its address or its id"),
        ("", "there is no such article"),
    ],
)
def test_an_unknown_article_is_an_error_that_names_near_ones(name: str, words: str) -> None:
    with pytest.raises(UsageError, match="--exclude ") as caught:
        INDEX.get(name, "--exclude")
    assert words in str(caught.value)


def test_an_order_is_a_word_or_articles_or_both() -> None:
    assert read_order([], INDEX) == ((), Order.NEWEST)
    assert read_order(["title"], INDEX) == ((), Order.TITLE)
    assert read_order(["3.md, 1.md,oldest"], INDEX) == ((ARTICLES[2].id, ARTICLES[0].id), Order.OLDEST)
    assert read_order(["3.md", "oldest", "1.md,3.md"], INDEX)[0] == (ARTICLES[2].id, ARTICLES[0].id)


def test_a_comma_within_a_name_does_not_divide_it() -> None:
    ids = [ARTICLES[4].id, ARTICLES[1].id]
    assert read_order([",".join([*ids, "one, two.md"])], INDEX)[0] == (*ids, COMMA.id)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ("newest,title", "--order: choose one of newest and title"),
        ("latest", "or one of newest, oldest, title"),
        ("1.md,9.md", "--order '9.md': there is no such article"),
    ],
)
def test_an_order_that_is_none_is_an_error(order: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_order([order], INDEX)
    assert words in str(caught.value)


def test_orders_of_an_issue() -> None:
    mixed = [replace(article, title=title) for article, title in zip(ARTICLES, "bＢCａc", strict=True)]

    def order(order: Order, *first: str) -> str:
        return "".join(article.title for article in in_order(mixed, first, order))

    assert order(Order.NEWEST) == "bＢCａc"
    assert order(Order.OLDEST) == "cａCＢb"
    assert order(Order.TITLE) == "ａbＢCc", "upper case and width make no difference, and then the newest leads"
    assert order(Order.OLDEST, mixed[2].id, mixed[0].id) == "Cbcａ" + "Ｂ"


def test_the_limit_counts_in_the_order_that_was_asked_for() -> None:
    request = Request(order=Order.OLDEST, first=(ARTICLES[1].id,), limit=2)
    selection = select_articles(ARTICLES, WEEKLY, request, last_seq=0, sent=(), now=NOON)
    assert titles(selection) == ["記事2", "記事5"]
    assert [article.title for article in selection.links] == ["記事4", "記事3", "記事1"]


def test_what_is_excluded_is_named_and_not_counted_twice() -> None:
    sent = {ARTICLES[0].id}
    request = Request(excluded=frozenset({ARTICLES[0].id, ARTICLES[1].id}), intro="やあ")
    selection = select_articles(ARTICLES, WEEKLY, request, last_seq=0, sent=sent, now=NOON)
    assert titles(selection) == ["記事3", "記事4", "記事5"]
    assert ([article.title for article in selection.excluded], selection.already_sent) == (["記事2"], 1)
    assert selection.intro == "やあ"


@settings(deadline=None)
@given(
    st.permutations(ARTICLES),
    st.lists(st.sampled_from([*(article.id for article in ARTICLES), "tag:elsewhere"]), unique=True),
    st.sampled_from(Order),
)
def test_every_article_has_one_place_whatever_they_came_in(
    articles: list[Article], first: list[str], order: Order
) -> None:
    arranged = in_order(articles, first, order)
    assert sorted(article.id for article in arranged) == sorted(article.id for article in ARTICLES)
    leading = [id_ for id_ in first if id_ != "tag:elsewhere"]
    assert [article.id for article in arranged[: len(leading)]] == leading
    assert arranged == in_order(ARTICLES, first, order)


@settings(deadline=None)
@given(st.lists(st.text(max_size=30), max_size=3))
def test_any_words_give_an_order_or_an_error(words: list[str]) -> None:
    try:
        first, order = read_order(words, INDEX)
    except UsageError:
        return
    assert order in Order
    assert len(set(first)) == len(first)
