"""What feeds have shown: places in archives, and what became of the articles."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from publisher.errors import Problem
from publisher.model.source import SourceFile
from publisher.storage import archives as rows
from publisher.storage import articles
from publisher.storage.archives import Shown
from publisher.storage.database import Database
from tests.storage.rows import NOW, make_article, save_articles


def test_a_place_is_kept_for_ever(database: Database) -> None:
    with database.write() as connection:
        rows.save_parts(connection, "feed", {"a": 1, "b": 1})
        rows.save_parts(connection, "feed", {"a": 2, "c": 2})
        rows.save_parts(connection, "other", {"a": 7})
        rows.save_parts(connection, "other", {})
        assert rows.load_parts(connection) == {"feed": {"a": 1, "b": 1, "c": 2}, "other": {"a": 7}}


def test_a_place_goes_with_an_article_to_its_new_id(database: Database) -> None:
    with database.write() as connection:
        save_articles(connection, make_article(1))
        rows.save_parts(connection, "feed", {make_article(1).id: 1})
        articles.rename_article(connection, make_article(1).id, "new")
        assert rows.load_parts(connection) == {"feed": {"new": 1}}


def test_what_is_shown_goes_and_comes_back(database: Database) -> None:
    one, two = make_article(1, tags=("猫",), categories=("技術",)), make_article(2)
    with database.write() as connection:
        save_articles(connection, one, two)
        assert rows.load_shown(connection) == {}
        rows.mark_shown(connection, [one.id], NOW)
        assert rows.load_shown(connection) == {one.id: Shown(None, is_hidden=False)}
        rows.mark_gone(connection, [one.id], NOW)
        assert rows.load_shown(connection) == {one.id: Shown(NOW, is_hidden=False)}
        assert rows.load_gone(connection, NOW - timedelta(days=1), 9) == [(one.id, NOW, ("技術", "猫"))]
        assert rows.load_gone(connection, NOW, 9) == []
        assert rows.load_gone(connection, NOW - timedelta(days=1), 0) == []
        rows.mark_returned(connection, [one.id])
        assert rows.load_shown(connection) == {one.id: Shown(None, is_hidden=False)}


def test_a_file_that_cannot_be_read_hides_its_article(database: Database) -> None:
    article = make_article(1)
    broken = articles.KnownFile(SourceFile(article.path, 1, 1), Problem(article.path, "is broken"))
    with database.write() as connection:
        save_articles(connection, article)
        rows.mark_shown(connection, [article.id], NOW)
        articles.save_files(connection, [broken])
        assert rows.load_shown(connection)[article.id].is_hidden
        articles.save_files(connection, [replace(broken, problem=None)])
        assert not rows.load_shown(connection)[article.id].is_hidden
        articles.forget_files(connection, [article.path])
        assert not rows.load_shown(connection)[article.id].is_hidden


def test_saving_an_article_again_keeps_what_became_of_it(database: Database) -> None:
    with database.write() as connection:
        save_articles(connection, make_article(1))
        rows.mark_shown(connection, [make_article(1).id], NOW)
        rows.mark_gone(connection, [make_article(1).id], NOW)
        save_articles(connection, make_article(1, title="直した題"))
        assert rows.load_shown(connection) == {make_article(1).id: Shown(NOW, is_hidden=False)}
