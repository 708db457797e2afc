"""Which articles a feed of one's own takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from publisher.config import ArticleFolder, Config, FeedSelect, Site
from publisher.config.sources import ArticleFeed
from publisher.feeds.choose import choose_articles
from publisher.model.article import Author
from tests.feeds.builders import make_article, make_config

ARTICLES = [
    make_article(1, tags=("AI", "半導体"), categories=("技術",), path="2026/01/a.md", language="ja"),
    make_article(2, tags=("ＡＩ",), categories=("文化",), path="2026/02/b.md", language="en-GB"),
    make_article(3, tags=("猫",), authors=(Author("星野 光"),), path="memo/日記.md", language="en"),
    make_article(4, authors=(Author("月島"), Author("星野 光")), path="draft.md", language="eng"),
]


def chosen(**select: Any) -> list[int]:
    given = FeedSelect(**{name: tuple(values) for name, values in select.items()})
    return [int(article.id[-1]) for article in choose_articles(ARTICLES, given, make_config())]


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ({}, [1, 2, 3, 4]),
        ({"tags": ["ai"]}, [1, 2]),
        ({"tags": ["猫", "半導体"]}, [1, 3]),
        ({"tags": ["犬"]}, []),
        ({"categories": ["技術", "文化"]}, [1, 2]),
        ({"tags": ["AI"], "categories": ["文化"]}, [2]),
        ({"authors": ["星野 光"]}, [3, 4]),
        ({"authors": ["編集部"]}, [1, 2]),
        ({"languages": ["EN"]}, [2, 3]),
        ({"languages": ["en-gb"]}, [2]),
        ({"languages": ["ja", "en"]}, [1, 2, 3]),
        ({"paths": ["2026/*"]}, [1, 2]),
        ({"paths": ["2026/0[12]/?.MD"]}, [1, 2]),
        ({"paths": ["*/日記.md", "draft.md"]}, [3, 4]),
        ({"paths": ["a.md"]}, []),
        ({"paths": ["2026"]}, []),
    ],
)
def test_every_key_must_match_one_of_its_values(select: dict[str, list[str]], expected: list[int]) -> None:
    assert chosen(**select) == expected


def test_a_path_is_that_in_its_own_source() -> None:
    feed = "https://shop.example/feed"
    config = Config(
        base=Path("/nowhere"),
        site=Site(title="題", url="https://example.com"),
        articles=(ArticleFolder(path="posts"), ArticleFolder(path="notes"), ArticleFeed(feed=feed)),
    )
    articles = [
        make_article(1, path="posts/2026/a.md", source="posts"),
        make_article(2, path="notes/a.md", source="notes"),
        make_article(3, path=f"{feed}#a.md", source=feed),
    ]

    def numbers(*paths: str) -> list[str]:
        return [article.id[-1] for article in choose_articles(articles, FeedSelect(paths=paths), config)]

    assert numbers("a.md") == ["2", "3"]
    assert numbers("2026/*") == ["1"]
    assert numbers("posts/*") == []


def test_a_hostile_pattern_takes_no_time() -> None:
    article = make_article(path="a" * 5_000)
    assert choose_articles([article], FeedSelect(paths=("*a" * 200 + "b",)), make_config()) == []
