"""The index: articles keep their identity through everything that happens to their files."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from publisher.errors import Problem
from publisher.model.article import Article, Author, Image
from publisher.model.issue import Selection
from publisher.model.source import SourceFile
from publisher.storage import articles as rows
from publisher.storage import issues
from publisher.storage.articles import Fingerprint, KnownArticle, KnownFile, StoredArticle
from publisher.storage.database import Connection, Database
from publisher.storage.schema import Instant, articles
from tests.storage.rows import NOW, RENDERED, make_article, make_issue, save_articles

TOKYO = ZoneInfo("Asia/Tokyo")
SECOND = timedelta(seconds=1)

FULL = make_article(
    1,
    published=datetime(2026, 11, 18, 0, 0, tzinfo=timezone(timedelta(hours=9))),
    categories=("技術", "C/C++"),
    tags=("AI", "機械学習 🤖"),
    image=Image("https://images.example/p?a=1&b=2", "図 🖼", "撮影: 花子"),
    authors=(Author("花子", "hanako@note.example", None), Author("太郎", None, "https://taro.example/")),
    draft=True,
    in_feeds=False,
    in_newsletters=False,
    email_subject="件名 📮",
)


def by_id(connection: Connection) -> dict[str, Article]:
    return {article.id: article for article in rows.load_articles(connection)}


def unseen(connection: Connection) -> set[str]:
    return {article.id for article in rows.load_articles(connection) if article.seq is None}


def test_an_article_comes_back_as_it_was(database: Database) -> None:
    plain = make_article(2)
    with database.write() as connection:
        save_articles(connection, FULL, plain)
    with database.read() as connection:
        found = by_id(connection)
    assert found == {FULL.id: FULL, plain.id: plain}
    assert found[FULL.id].published.isoformat() == "2026-11-18T00:00:00+09:00"  # its own offset, not ours


def test_saving_again_changes_the_text_and_keeps_the_number(database: Database) -> None:
    with database.write() as connection:
        save_articles(connection, make_article(1))
        rows.number_new(connection, [make_article(1).id], NOW)
        save_articles(connection, make_article(1, title="直した題", seq=99, seen_at=NOW + SECOND), sha256="11")
        (found,) = rows.load_articles(connection)
        (known,) = rows.load_known(connection)
    assert (found.title, found.seq, found.seen_at) == ("直した題", 1, NOW)
    assert (known.title, known.sha256) == ("直した題", "11")


def test_two_files_may_swap_their_names(database: Database) -> None:
    one, two = make_article(1), make_article(2)
    with database.write() as connection:
        save_articles(connection, one, two)
        save_articles(connection, replace(one, path=two.path), replace(two, path=one.path))
        assert {article.id: article.path for article in by_id(connection).values()} == {
            one.id: two.path,
            two.id: one.path,
        }


def test_a_new_article_takes_the_place_of_an_old_one(database: Database) -> None:
    old, new = make_article(1), make_article(2, path=make_article(1).path)
    with database.write() as connection:
        save_articles(connection, old)
        save_articles(connection, new)
        assert list(by_id(connection)) == [new.id]
        assert {known.id: known.path for known in rows.load_known(connection)} == {old.id: None, new.id: new.path}


def test_an_article_whose_file_is_gone_is_known_and_comes_back(database: Database) -> None:
    article = make_article(1)
    with database.write() as connection:
        save_articles(connection, article)
        rows.number_new(connection, [article.id], NOW)
        rows.forget_files(connection, [article.path, "記事/なかった.md"])
        assert rows.load_articles(connection) == []
        assert rows.load_fingerprints(connection) == {}
        assert rows.load_known(connection) == [
            KnownArticle(article.id, None, "00", article.title, article.published, seq=1, url=article.url)
        ]
        save_articles(connection, replace(article, path="移した.md"))
        assert by_id(connection)[article.id].seq == 1


def test_a_file_that_is_no_article_any_more_is_let_go(database: Database) -> None:
    with database.write() as connection:
        save_articles(connection, make_article(1))
        rows.detach_articles(connection, [make_article(1).path])
        assert rows.load_articles(connection) == []
        assert list(rows.load_fingerprints(connection)) == [make_article(1).path]


def test_a_file_with_a_problem_hides_its_article_until_it_is_mended(database: Database) -> None:
    article, problem = make_article(1), Problem("記事/1.md", "is no date", 3, "date")
    broken = KnownFile(SourceFile(article.path, 11, 2**62), problem)
    with database.write() as connection:
        save_articles(connection, article)
        rows.save_files(connection, [broken])
        assert rows.load_articles(connection) == []
        assert rows.load_remarked_files(connection) == [broken]
        assert rows.load_fingerprints(connection) == {article.path: Fingerprint(broken.file, "")}
        rows.save_files(connection, [replace(broken, problem=None)])
        assert rows.load_articles(connection) == [article]


def test_new_articles_are_numbered_in_the_order_given(database: Database) -> None:
    ids = [make_article(number).id for number in (3, 1, 2)]
    with database.write() as connection:
        save_articles(connection, *(make_article(number) for number in (1, 2, 3, 4)))
        assert rows.last_seq(connection) == 0
        rows.number_new(connection, ids[:2], NOW)
        assert unseen(connection) == {make_article(2).id, make_article(4).id}
        rows.number_new(connection, [*ids, make_article(4).id], NOW + SECOND)
        found = by_id(connection)
        numbers = [found[id_].seq for id_ in ids]
        assert numbers[:2] == [1, 2]  # seen once is seen for ever
        assert [found[id_].seen_at for id_ in ids] == [NOW, NOW, NOW + SECOND]
        assert numbers[2] is not None
        assert rows.last_seq(connection) == found[make_article(4).id].seq == numbers[2] + 1
        rows.number_new(connection, [], NOW)
        assert unseen(connection) == set()


def test_an_article_under_another_id_keeps_its_number_and_its_past(database: Database) -> None:
    old = make_article(1)
    with database.write() as connection:
        save_articles(connection, old, make_article(2))
        rows.number_new(connection, [old.id], NOW)
        issue_id = issues.add_issue(connection, make_issue(), Selection(articles=(old, make_article(2))), RENDERED)
        rows.rename_article(connection, old.id, "https://old.example/?p=1")
    with database.read() as connection:
        found = by_id(connection)
        assert set(found) == {"https://old.example/?p=1", make_article(2).id}
        assert found["https://old.example/?p=1"].seq == 1
        assert issues.sent_articles(connection, "weekly") == set(found)
        titles = issues.article_titles(connection, issue_id)
        assert [id_ for id_, _title, _role in titles] == ["https://old.example/?p=1", make_article(2).id]


def test_an_article_takes_the_id_of_no_other(database: Database) -> None:
    one, two = make_article(1), make_article(2)
    with database.write() as connection:
        save_articles(connection, one, two)
    with pytest.raises(sqlite3.IntegrityError), database.write() as connection:
        rows.rename_article(connection, one.id, two.id)


def test_bodies_are_loaded_by_the_thousand(database: Database) -> None:
    many = [make_article(number) for number in range(1100)]
    with database.write() as connection:
        rows.save_articles(connection, [StoredArticle(item, "00", f"本文{item.id}") for item in many])
        found = rows.load_markdown(connection, (item.id for item in many))
        assert rows.load_markdown(connection, ["unknown"]) == {}
    assert found == {item.id: f"本文{item.id}" for item in many}


def test_nothing_to_save_is_no_work(database: Database) -> None:
    with database.read() as connection:  # which could not write
        rows.save_articles(connection, [])
        rows.save_files(connection, [])
        rows.forget_files(connection, [])
        rows.detach_articles(connection, [])
        assert rows.load_markdown(connection, []) == {}


def test_facts_are_remembered(database: Database) -> None:
    with database.write() as connection:
        assert rows.get_fact(connection, "規則") is None
        for value in ("一", "二 🎉"):
            rows.set_fact(connection, "規則", value)
            assert rows.get_fact(connection, "規則") == value


# ---------------------------------------------------------------------------------------------------- instants


def store_and_load(database: Database, moment: datetime) -> datetime:
    with database.write() as connection:
        save_articles(connection, make_article(1, published=moment))
        found: datetime = connection.execute(select(articles.c.published)).scalar_one()
    return found


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 11, 19, 12, tzinfo=TOKYO), datetime(2026, 11, 19, 3, tzinfo=UTC)),
        (datetime(2026, 11, 19, 12, 0, 0, 7, tzinfo=TOKYO), datetime(2026, 11, 19, 3, 0, 0, 7, tzinfo=UTC)),
        (datetime(1, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)),  # "no date" in some programs
        (datetime(1, 1, 1, tzinfo=TOKYO), datetime(1, 1, 1, tzinfo=UTC)),
        (datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=5))), datetime.max.replace(tzinfo=UTC)),
        (datetime(202, 1, 8, tzinfo=UTC), datetime(202, 1, 8, tzinfo=UTC)),  # a digit was lost
    ],
)
def test_any_date_that_a_person_writes_can_be_stored(database: Database, moment: datetime, expected: datetime) -> None:
    found = store_and_load(database, moment)
    assert (found, found.utcoffset()) == (expected, timedelta(0))


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        store_and_load(database, datetime(2026, 11, 19))  # noqa: DTZ001 - that is the mistake


moments = st.datetimes(
    timezones=st.sampled_from([UTC, TOKYO, ZoneInfo("America/St_Johns"), timezone(timedelta(hours=-12))])
)


@given(moments, moments)
@example(datetime(999, 12, 31, tzinfo=UTC), datetime(1000, 1, 1, tzinfo=UTC))
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
def test_the_order_of_texts_is_the_order_of_moments(one: datetime, other: datetime) -> None:
    first, second = (Instant().process_bind_param(moment, None) for moment in (one, other))  # type: ignore[arg-type] # no dialect is looked at
    assert first is not None
    assert second is not None
    assert len(first) == len(second) == 27
    if one < other:
        assert first <= second
    if first < second:
        assert one < other


def test_what_is_at_hand_is_not_read_again_and_what_is_out_of_sight_is(database: Database) -> None:
    seen, hidden, gone = make_article(1), make_article(2), make_article(3)
    with database.write() as connection:
        save_articles(connection, seen, hidden, gone)
        rows.save_files(connection, [KnownFile(SourceFile(hidden.path, 1, 1), Problem(hidden.path, "is no date"))])
        rows.forget_files(connection, [gone.path])
        at_hand = rows.load_hashed(connection)
        assert [article for article, _ in at_hand] == [seen]
        assert [one.path for one in rows.load_articles(connection)] == [seen.path]
        assert rows.load_all_known(connection, at_hand) == rows.load_known(connection)
        assert {known.id for known in rows.load_known(connection)} == {seen.id, hidden.id, gone.id}


def test_articles_and_files_can_be_asked_for_by_path(database: Database) -> None:
    articles = [make_article(number) for number in range(1, 700)]
    wanted = [article.path for article in articles[::-1]][:600]  # more than one statement
    with database.write() as connection:
        save_articles(connection, *articles)
        found = rows.load_hashed(connection, [*wanted, "なかった.md"])
        assert sorted(article.path for article, _ in found) == sorted(wanted)
        assert set(rows.load_fingerprints(connection, [*wanted, "なかった.md"])) == set(wanted)
        assert rows.load_fingerprints(connection, []) == {}


def test_loaded_articles_know_their_numbers(database: Database) -> None:
    with database.write() as connection:
        save_articles(connection, make_article(1), make_article(2))
        rows.number_new(connection, [make_article(1).id], NOW)
        new = by_id(connection)[make_article(2).id]
        rows.number_loaded(connection, [new], NOW + SECOND)
        assert (new.seq, new.seen_at) == (2, NOW + SECOND)
        assert by_id(connection)[new.id] == new
