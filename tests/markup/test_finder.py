"""Which article a body means by a file's name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.markup.finder import ArticleFinder
from publisher.model.article import Article

MOMENT = datetime(2026, 11, 19, tzinfo=UTC)


def make(path: str) -> Article:
    return Article(
        id=path,
        path=path,
        url=f"https://note.example/{path}",
        title=path,
        published=MOMENT,
        updated=MOMENT,
        summary="",
        language="ja",
        body_hash="0",
    )


SITE = [
    make(path)
    for path in (
        "posts/koji.md",
        "posts/味噌 汁.md",
        "posts/bundle/index.md",
        "news/koji.md",
        "news/2026-01-08-sake.md",
        "top.mdx",
    )
]


def find(name: str, *, beside: str = "posts/koji.md") -> str | None:
    url = ArticleFinder(SITE).beside(make(beside))(name)
    return url and url.removeprefix("https://note.example/")


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("koji.md", "posts/koji.md"),
        ("./koji.md#part", "posts/koji.md"),
        ("../news/koji.md", "news/koji.md"),
        ("bundle/index.md", "posts/bundle/index.md"),
        ("bundle", "posts/bundle/index.md"),
        ("bundle/", "posts/bundle/index.md"),
        ("/news/koji.md", "news/koji.md"),
        ("@/news/koji.md", "news/koji.md"),
        ("news/koji", "news/koji.md"),
        ("_posts/news/2026-01-08-sake.md", "news/2026-01-08-sake.md"),
        ("2026-01-08-sake", "news/2026-01-08-sake.md"),
        ("%E5%91%B3%E5%99%8C%20%E6%B1%81.md", "posts/味噌 汁.md"),
        ("../top.md", "top.mdx"),
        ("top", "top.mdx"),
        ("koji", "posts/koji.md"),
        ("../nothing.md", None),
        ("nothing", None),
        ("", None),
        ("#part", None),
        ("https://other.example/koji.md", None),
        ("/".join("a" * 100), None),
    ],
)
def test_names_as_tools_take_them(name: str, path: str | None) -> None:
    assert find(name) == path


def test_a_last_part_that_several_have_names_nobody() -> None:
    assert find("koji", beside="top.mdx") is None


def test_folders_beside_each_other_are_searched_below_their_own_top() -> None:
    assert find("/koji.md", beside="news/2026-01-08-sake.md") == "news/koji.md"


@given(st.text(max_size=60), st.sampled_from(SITE))
def test_any_text_is_looked_up(name: str, article: Article) -> None:
    found = ArticleFinder(SITE).beside(article)(name)
    assert found is None or found in {other.url for other in SITE}
