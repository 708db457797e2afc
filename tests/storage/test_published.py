"""Issues as readers on the web see them."""

from __future__ import annotations

import pytest

from publisher.errors import Problem
from publisher.model.issue import IssueState, OneOff, Selection
from publisher.model.source import SourceFile
from publisher.storage import articles, issues, letters, published
from publisher.storage.articles import KnownFile
from publisher.storage.database import Database
from tests.storage.rows import NOW, RENDERED, add_issue, make_article, make_issue, save_articles


@pytest.mark.parametrize("state", list(IssueState))
def test_only_what_was_approved_and_not_cancelled_is_there(database: Database, state: IssueState) -> None:
    is_shown = state not in {IssueState.DRAFT, IssueState.CANCELLED}
    with database.write() as connection:
        issue_id = add_issue(connection, state)
        found = published.find_published(connection, "weekly", issue_id)
        assert (found is not None) is is_shown
        assert published.count_published(connection, "weekly") == is_shown
        assert [issue.id for issue in published.list_published(connection, "weekly", 9)] == [issue_id] * is_shown
    if found is not None:
        assert (found.newsletter, found.subject, found.language) == ("weekly", RENDERED.subject, "ja")
        assert (found.created_at, found.is_letter) == (NOW, False)


def test_the_list_is_newest_first_and_of_one_newsletter(database: Database) -> None:
    with database.write() as connection:
        ids = [add_issue(connection, subject=f"第{number}号") for number in range(5)]
        other = add_issue(connection, newsletter="another")
        listed = published.list_published(connection, "weekly", 2, 1)
        assert [issue.id for issue in listed] == [ids[3], ids[2]]
        assert published.find_published(connection, "weekly", other) is None
        assert published.find_published(connection, "weekly", 2**70) is None
        assert published.find_published(connection, "weekly", 0) is None


def test_neighbours_skip_what_is_hidden(database: Database) -> None:
    with database.write() as connection:
        first = add_issue(connection)
        add_issue(connection, IssueState.CANCELLED)
        add_issue(connection, newsletter="another")
        last = add_issue(connection)
        found = [published.find_published(connection, "weekly", issue_id) for issue_id in (first, last)]
        assert found[0] is not None
        assert found[1] is not None
        assert published.find_neighbours(connection, found[0]) == (None, found[1])
        assert published.find_neighbours(connection, found[1]) == (found[0], None)


def test_what_is_in_an_issue_and_what_has_become_of_it(database: Database) -> None:
    one, two, three, four = (make_article(number) for number in (1, 2, 3, 4))
    with database.write() as connection:
        save_articles(connection, one, two, three, four)
        selection = Selection(articles=(two, one), links=(three, four))
        issue_id = issues.add_issue(connection, make_issue(), selection, RENDERED)
        empty = add_issue(connection)
        articles.forget_files(connection, [one.path])
        broken = KnownFile(SourceFile(three.path, 11, 21), Problem(three.path, "is not readable"))
        articles.save_files(connection, [broken])
        found = published.load_contents(connection, [issue_id, empty])
    assert list(found) == [issue_id]
    shown = [(item.article.id, item.is_link, item.is_there) for item in found[issue_id]]
    assert shown == [(two.id, False, True), (one.id, False, False), (three.id, True, False), (four.id, True, True)]
    assert found[issue_id][0].article == two


def test_words_of_the_sender_come_back(database: Database) -> None:
    with database.write() as connection:
        first, second = add_issue(connection), add_issue(connection)
        letters.add_introduction(connection, first, "こんにちは 👋\n")
        letters.add_letter(connection, second, OneOff("題", "a.md", "00"), "本文")
        assert letters.load_introduction(connection, first) == "こんにちは 👋\n"
        assert letters.load_introduction(connection, second) == ""
        assert letters.load_markdown(connection, first) is None
        assert [issue.is_letter for issue in published.list_published(connection, "weekly", 9)] == [True, False]
