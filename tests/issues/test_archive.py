"""What a page shows of an issue by now, and pages of a list."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.issues.archive import Contents, describe_issue, sort_contents, span_of
from publisher.model.issue import IssueArticle, PublishedIssue
from tests.storage.rows import NOW, make_article

ISSUE = PublishedIssue(1, "weekly", "第1号 🌟 ほか2本", "ja", NOW)


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans(), st.booleans()), max_size=8))
def test_nothing_is_lost_and_nothing_withdrawn_is_shown(states: list[tuple[bool, bool, bool, bool]]) -> None:
    items = [
        IssueArticle(
            make_article(number, draft=is_draft, expires=NOW if is_over else None), is_link=is_link, is_there=is_there
        )
        for number, (is_link, is_there, is_draft, is_over) in enumerate(states)
    ]
    found = sort_contents(items, NOW)
    assert len(found.cards) + len(found.links) + len(found.gone) == len(items)
    shown = {article.id for article in (*found.cards, *found.links)}
    for item in items:
        is_public = item.is_there and item.article.is_public(NOW)
        assert (item.article.id in shown) is is_public
        assert (item.article.title in found.gone) is not is_public


def test_an_article_is_the_whole_issue_only_when_nothing_else_was() -> None:
    one, two = make_article(1), make_article(2)
    assert Contents(cards=(one,)).single is one
    assert Contents(cards=(one,), links=(two,)).single is None
    assert Contents(cards=(one,), gone=("以前の記事",)).single is None
    assert Contents(cards=(one, two)).single is None
    assert Contents().single is None


def test_a_description_says_what_the_subject_does_not() -> None:
    one, two, three = (make_article(number) for number in (1, 2, 3))
    assert describe_issue(ISSUE, Contents(cards=(one, two), links=(three,))) == "第2号 🌟 / 第3号 🌟"
    assert describe_issue(ISSUE, Contents(cards=(one,))) == "要約"
    assert describe_issue(ISSUE, Contents(cards=(replace(one, summary=""),))) == "第1号 🌟"
    assert describe_issue(ISSUE, Contents(), "手紙\n のはじめ") == "手紙 のはじめ"
    assert describe_issue(ISSUE, Contents()) == ""


@given(st.text())
def test_a_description_is_one_short_line(text: str) -> None:
    found = describe_issue(ISSUE, Contents(), text)
    assert len(found) <= 160
    assert "\n" not in found


@pytest.mark.parametrize("number", ["0", "x", "-1", "1.5", "٣", "9" * 5000, " 1"])
def test_what_is_no_page_is_not_there(number: str) -> None:
    assert not span_of(number, 100, 20).is_there


@given(st.integers(0, 500), st.integers(1, 50))
def test_every_issue_is_on_one_page(count: int, size: int) -> None:
    total = span_of("", count, size).total
    spans = [span_of(str(number), count, size) for number in range(1, total + 1)]
    assert all(span.is_there for span in spans)
    assert not span_of(str(total + 1), count, size).is_there
    assert [span.offset for span in spans] == [size * number for number in range(total)]
    assert total * size >= count
    assert (total - 1) * size < max(count, 1)
    assert [span.older for span in spans] == [*range(2, total + 1), 0]
    assert [span.newer for span in spans] == [*range(total)]


def test_an_article_that_is_due_tomorrow_is_not_shown() -> None:
    assert sort_contents([IssueArticle(make_article(1, published=NOW + timedelta(days=1)))], NOW).cards == ()
