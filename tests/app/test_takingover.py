"""What a restored database learns from the one that it replaces."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from publisher import tokens
from publisher.app.consent import Outcome, ask, confirm
from publisher.app.context import Context, Reporter, load_checked_config
from publisher.app.issuing import cancel, create_due_issues, get_issue
from publisher.app.leaving import leave
from publisher.app.ledger import resume
from publisher.app.noticing import deliver_notices
from publisher.app.operating import run_pass
from publisher.app.people import add_subscriber, get_subscriber, remove_subscriber
from publisher.app.persondata import forget, get_person
from publisher.app.reading import scan
from publisher.app.restoring import Restored, restore
from publisher.app.sending import deliver
from publisher.app.suppressing import add_suppression, iterate_suppressions
from publisher.app.takingover import Take, TakenOver
from publisher.errors import UsageError
from publisher.model.consent import Circumstances, ConsentEvent
from publisher.model.issue import IssueState
from publisher.model.subscriber import SubscriberState
from publisher.storage import subscribers
from publisher.subscribers.signup import SignUp
from tests.app.test_restoring import copy, emails
from tests.site import CONFIG, Site

NAMES = ("hanako", "taro", "jiro", "emma")


def put_back(site: Site, name: str = "copy.db", take: Take = Take.EVERY_NO) -> Restored:
    return restore(load_checked_config(site.config), site.folder / name, site.clock.now, Reporter(), take)


def taken(done: Restored) -> TakenOver:
    assert done.taken is not None
    return done.taken


def at(name: str) -> str:
    return f"{name}@reader.example"


@pytest.fixture
def kept(site: Site) -> Site:
    """Four readers, an article that is history, and a backup."""
    site.write("old.md", "むかしの記事", date="2026-11-17")
    with site.open() as context:
        for name in NAMES:
            add_subscriber(context, at(name), ["new-article", "weekly"])
        run_pass(context)
    copy(site)
    site.clock.advance(hours=5)
    return site


def go(context: Context, name: str, *newsletters: str) -> None:
    with context.database.write() as connection:
        person = subscribers.find_by_email(connection, at(name))
        assert person is not None
        for newsletter in newsletters or person.newsletters:
            leave(context, connection, person, (newsletter, newsletter), Circumstances("one-click"))


def state(context: Context, name: str) -> SubscriberState:
    return get_subscriber(context, at(name)).state


def test_who_said_no_after_the_backup_gets_no_mail_again(kept: Site) -> None:
    with kept.open() as context:
        go(context, "hanako")
        go(context, "taro", "weekly")
        add_suppression(context, at("jiro"), "asked by telephone")
        forget(context, at("emma"))
    done = taken(put_back(kept))
    assert (done.left, done.suppressed, done.forgotten, done.unread) == (2, 1, 1, [])
    with kept.open() as context:
        assert emails(context) == [at("hanako"), at("taro"), at("jiro")]
        assert state(context, "hanako") is SubscriberState.UNSUBSCRIBED
        assert get_subscriber(context, at("taro")).newsletters == ("new-article",)
        assert state(context, "jiro") is SubscriberState.SUPPRESSED
        (item,) = iterate_suppressions(context)
        assert item.source == "asked by telephone"
        last = get_person(context, at("hanako")).log[-1]
        assert (last.event, last.circumstances.how) == (ConsentEvent.LEFT, "restore")
        assert last.circumstances.reason == "had left on 2026-11-19, says publisher.db.before-restore"
        kept.clock.advance(days=1)
        kept.write("new.md", "新しい記事", date=f"{kept.clock.now:%Y-%m-%d}")
        assert run_pass(context).sent.accepted == 1
    assert [mail["To"].addresses[0].username for mail in kept.mails()] == ["taro"]


def test_whom_the_old_database_has_forgotten_no_import_brings_back(kept: Site) -> None:
    with kept.open() as context:
        forget(context, at("emma"))
    put_back(kept)
    with kept.open() as context, context.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM forgotten").scalar_one() == 1
        assert connection.exec_driver_sql("SELECT count(*) FROM subscribers WHERE email LIKE 'emma%'").scalar_one() == 0


def test_who_was_mailed_and_then_forgotten_is_forgotten_too(kept: Site) -> None:
    """Their row stays in the old database, without a name, for the numbers of the ledger."""
    with kept.open() as context:
        kept.write("new.md", "新しい記事", date="2026-11-19")
        assert run_pass(context).sent.accepted == 4
        forget(context, at("emma"), may_return=True)
    assert taken(put_back(kept)).forgotten == 1
    with kept.open() as context:
        assert at("emma") not in emails(context)


def test_as_it_was_takes_nothing(kept: Site) -> None:
    with kept.open() as context:
        go(context, "hanako")
        forget(context, at("emma"))
    assert put_back(kept, take=Take.NOTHING).taken is None
    with kept.open() as context:
        assert emails(context) == [at(name) for name in NAMES]
        assert state(context, "hanako") is SubscriberState.ACTIVE


def test_who_came_back_before_the_backup_stays(kept: Site) -> None:
    with kept.open() as context:
        go(context, "hanako")
    kept.clock.advance(hours=1)
    old = kept.folder / "left.db"
    copy(kept, "left.db")
    with kept.open() as context:
        kept.clock.advance(hours=1)
        add_subscriber(context, at("hanako"), ["weekly", "new-article"])
    copy(kept, "back.db")
    put_back(kept, "left.db")
    assert old.exists()
    assert taken(put_back(kept, "back.db")).left == 0
    with kept.open() as context:
        assert state(context, "hanako") is SubscriberState.ACTIVE


def test_who_joined_before_the_backup_is_not_taken_for_erased(kept: Site) -> None:
    """The database that is replaced was itself restored, from an older backup that did not know them."""
    with kept.open() as context:
        add_subscriber(context, at("late"), ["weekly"])
    copy(kept, "newer.db")
    kept.clock.advance(hours=1)
    assert taken(put_back(kept)).joined == 1
    done = taken(put_back(kept, "newer.db"))
    assert (done.forgotten, done.left) == (0, 0)
    with kept.open() as context:
        assert at("late") in emails(context)


def test_who_has_moved_and_then_left_is_known_by_their_number(kept: Site) -> None:
    with kept.open() as context:
        with context.database.write() as connection:
            person = subscribers.find_by_email(connection, at("taro"))
            assert person is not None
            moved = {"email": at("taro-new"), "email_key": at("taro-new")}
            subscribers.change(connection, person.id, moved)
        go(context, "taro-new")
    assert taken(put_back(kept)).left == 1
    with kept.open() as context:
        assert state(context, "taro") is SubscriberState.UNSUBSCRIBED


def test_an_issue_that_went_out_after_the_backup_is_not_sent_twice(kept: Site) -> None:
    kept.write("new.md", "途中の記事", date="2026-11-19")
    with kept.open() as context:
        issue_id = create_due_issues(context, scan(context).articles).created[0].id
        copy(kept, "halfway.db")
        deliver(context)
    done = put_back(kept, "halfway.db")
    assert (taken(done).deliveries, done.paused) == (4, [])
    with kept.open() as context:
        issue = get_issue(context, issue_id)
        assert (issue.state, issue.counts.accepted) == (IssueState.DONE, 4)
        run_pass(context)
    assert len(kept.mails()) == 4


def test_an_issue_that_was_on_its_way_goes_on_where_it_was(kept: Site) -> None:
    kept.write("new.md", "途中の記事", date="2026-11-19")
    with kept.open() as context:
        issue_id = create_due_issues(context, scan(context).articles).created[0].id
        copy(kept, "halfway.db")
        with context.database.write() as connection:  # one is out, one was on its way when the machine stopped
            change = "UPDATE deliveries SET state = ?, attempts = 1, message_id = 'm' WHERE subscriber_id = ?"
            connection.exec_driver_sql(change, ("accepted", 1))
            connection.exec_driver_sql(change, ("sending", 2))
    done = put_back(kept, "halfway.db")
    assert (taken(done).deliveries, [issue.id for issue in done.paused]) == (2, [issue_id])
    with kept.open() as context:
        counts = get_issue(context, issue_id).counts
        assert (counts.accepted, counts.uncertain, counts.queued) == (1, 1, 2)
        resume(context, issue_id)
        assert run_pass(context).sent.accepted == 2
        assert get_issue(context, issue_id).state is IssueState.DONE


def test_an_issue_that_was_cancelled_stays_so(kept: Site) -> None:
    kept.write("new.md", "取り消しの記事", date="2026-11-19")
    with kept.open() as context:
        issue_id = create_due_issues(context, scan(context).articles).created[0].id
        copy(kept, "before.db")
        cancel(context, issue_id)
    put_back(kept, "before.db")
    with kept.open() as context:
        assert get_issue(context, issue_id).state is IssueState.CANCELLED


# ---------------------------------------------------------------------------------------------------- who said yes


def confirm_one(context: Context, site: Site, name: str) -> int:
    """Through the front door; returns the number."""
    ask(context, SignUp(at(name), ("new-article",), page="/subscribe", wording="登録する"))
    folder = site.folder / "outbox" / "new"
    before = set(folder.glob("*"))
    assert deliver_notices(context).accepted == 1
    (path,) = set(folder.glob("*")) - before
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    part = mail.get_body(("plain",))
    assert part is not None
    found = re.search(r"/confirm/([A-Za-z0-9_-]+)", part.get_content())
    assert found is not None
    assert confirm(context, found[1], Circumstances("button")).outcome is Outcome.DONE
    deliver_notices(context)
    return get_subscriber(context, at(name)).id


@pytest.fixture
def open_door(kept: Site) -> Site:
    kept.configure(CONFIG + "web: {url: https://letters.note.example}\n")
    return kept


def test_who_has_confirmed_since_is_taken_over_where_that_is_wanted(open_door: Site) -> None:
    site = open_door
    with site.open() as context:
        number = confirm_one(context, site, "late")
        token = tokens.sign(context.key, tokens.UNSUBSCRIBE, number, "new-article")
        add_subscriber(context, at("added"), ["new-article"])
    site.write("between.md", "あいだの記事", date="2026-11-19")
    done = taken(put_back(site, take=Take.CONFIRMED_TOO))
    assert (done.confirmed, done.joined) == (1, 1)
    mailed = len(site.mails())
    with site.open() as context:
        assert set(emails(context)) == {at(name) for name in (*NAMES, "late")}
        assert get_subscriber(context, at("late")).id == number
        assert [entry.event for entry in get_person(context, at("late")).log] == [
            ConsentEvent.ASKED,
            ConsentEvent.CONFIRMED,
        ]
        assert tokens.verify(context.keys, tokens.UNSUBSCRIBE, token, ["new-article"]) == (number, "new-article")
        assert run_pass(context).sent.accepted == 0, "what was there is history for them, too"
        site.clock.advance(days=1)
        site.write("new.md", "新しい記事", date=f"{site.clock.now:%Y-%m-%d}")
        assert run_pass(context).sent.accepted == 5
    assert len(site.mails()) == mailed + 5
    assert taken(put_back(site, take=Take.CONFIRMED_TOO)).confirmed == 1, "from the one that was restored, too"


def test_who_was_asked_before_the_backup_and_said_yes_after_it(open_door: Site) -> None:
    site = open_door
    with site.open() as context:
        ask(context, SignUp(at("late"), ("weekly",)))
        copy(site, "asked.db")
        site.clock.advance(hours=25)
        deliver_notices(context)
        number = confirm_one(context, site, "late")
    assert taken(put_back(site, "asked.db", Take.CONFIRMED_TOO)).confirmed == 1
    with site.open() as context:
        found = get_subscriber(context, at("late"))
        assert (found.id, found.state, found.newsletters) == (number, SubscriberState.ACTIVE, ("new-article",))


def test_who_confirmed_and_left_again_or_must_not_be_written_to_stays_away(open_door: Site) -> None:
    site = open_door
    with site.open() as context:
        confirm_one(context, site, "left")
        confirm_one(context, site, "barred")
        go(context, "left")
        with context.database.write() as connection:  # on the list, as by hand in another program
            row = (at("barred"), at("barred"), "manual", "2026-11-19T08:00:00.000000Z", "asked")
            connection.exec_driver_sql("INSERT INTO suppressions VALUES (?, ?, ?, ?, ?)", row)
    put_back(site, take=Take.CONFIRMED_TOO)
    with site.open() as context:
        assert at("left") not in emails(context)
        assert state(context, "barred") is SubscriberState.SUPPRESSED


# ---------------------------------------------------------------------------------------------------- numbers, damage


@pytest.mark.parametrize("take", list(Take))
def test_no_number_in_a_link_comes_to_mean_somebody_else(kept: Site, take: Take) -> None:
    """Or the link in somebody's mail would open the page of whoever got their number."""
    with kept.open() as context:
        add_subscriber(context, at("late"), ["weekly"])
        late = get_subscriber(context, at("late")).id
        token = tokens.sign(context.key, tokens.PREFERENCES, late, "weekly")
    put_back(kept, take=take)
    with kept.open() as context:
        add_subscriber(context, at("another"), ["weekly"])
        found = tokens.verify(context.keys, tokens.PREFERENCES, token, ["weekly"])
        assert found is not None
        assert get_subscriber(context, at("another")).id > found[0]


def damage(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 1000)


def pretend_older(path: Path) -> None:
    """It cannot be brought up to date: what a former version had not, it has."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version=2")


def make_older(path: Path) -> None:
    """As version 3 was."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE used_proofs")
        connection.execute("PRAGMA user_version=3")


def make_newer(path: Path) -> None:
    """As a later version may be: with columns and words of its own."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("ALTER TABLE subscribers ADD COLUMN colour VARCHAR NOT NULL DEFAULT ''")
        connection.execute("ALTER TABLE suppressions ADD COLUMN weight INTEGER")
        connection.execute("UPDATE suppressions SET reason = 'whim'")
        connection.execute("PRAGMA user_version=99")
        connection.commit()


@pytest.mark.parametrize("change", [make_older, make_newer])
def test_a_database_of_another_version_is_read_as_far_as_it_can_be(
    kept: Site, change: Callable[[Path], object]
) -> None:
    kept.configure(CONFIG + "web: {url: https://letters.note.example}\n")
    with kept.open() as context:
        add_subscriber(context, at("late"), ["weekly"])
        go(context, "hanako")
        add_suppression(context, at("jiro"))
        forget(context, at("emma"))
        confirm_one(context, kept, "mio")
    database = kept.folder / "publisher.db"
    change(database)
    with closing(sqlite3.connect(database)) as connection:
        before = connection.execute("SELECT count(*) FROM subscribers").fetchone()
    done = taken(put_back(kept, take=Take.CONFIRMED_TOO))
    assert (done.reason, done.unread) == ("", [])
    assert (done.left, done.suppressed, done.forgotten, done.confirmed) == (1, 1, 1, 1)
    with kept.open() as context:
        assert state(context, "hanako") is SubscriberState.UNSUBSCRIBED
        assert state(context, "jiro") is SubscriberState.SUPPRESSED
        assert state(context, "mio") is SubscriberState.ACTIVE
    kept_file = kept.folder / "publisher.db.before-restore"
    with closing(sqlite3.connect(kept_file)) as connection:  # it stays what it was
        assert connection.execute("PRAGMA user_version").fetchone()[0] in {3, 99}
        assert connection.execute("SELECT count(*) FROM subscribers").fetchone() == before
    assert [path.name for path in kept.folder.glob(".publisher-*")] == []


def test_what_a_later_version_has_no_more_is_said(kept: Site) -> None:
    with kept.open() as context:
        go(context, "hanako")
    with closing(sqlite3.connect(kept.folder / "publisher.db")) as connection:
        connection.execute("ALTER TABLE suppressions RENAME TO stops")
        connection.execute("PRAGMA user_version=99")
    done = taken(put_back(kept))
    assert (done.left, done.unread) == (1, ["which addresses must not be written to"])
    assert "suppressions" in done.reason


@pytest.mark.parametrize("harm", [damage, pretend_older, Path.unlink])
def test_what_cannot_be_read_is_said_and_no_number_is_given_twice(kept: Site, harm: Callable[[Path], object]) -> None:
    with kept.open() as context:
        add_subscriber(context, at("late"), ["weekly"])
        late = get_subscriber(context, at("late")).id
        go(context, "hanako")
    harm(kept.folder / "publisher.db")
    done = put_back(kept)
    assert taken(done).reason
    assert taken(done).unread == [
        "who left",
        "which addresses must not be written to",
        "who was forgotten",
        "what was sent",
        "who joined",
    ]
    with kept.open() as context:
        assert state(context, "hanako") is SubscriberState.ACTIVE
        add_subscriber(context, at("another"), ["weekly"])
        assert get_subscriber(context, at("another")).id > late


def test_what_can_be_read_of_a_damaged_database_is_taken(kept: Site) -> None:
    with kept.open() as context:
        go(context, "hanako")
        add_suppression(context, at("jiro"))
    with closing(sqlite3.connect(kept.folder / "publisher.db")) as connection:
        root, size = connection.execute(
            "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_master WHERE name = 'suppressions'"
        ).fetchone()
        connection.execute("PRAGMA journal_mode=DELETE")
    content = bytearray((kept.folder / "publisher.db").read_bytes())
    content[(root - 1) * size : root * size] = b"\xa5" * size
    (kept.folder / "publisher.db").write_bytes(content)
    done = taken(put_back(kept))
    assert (done.left, done.suppressed, done.unread) == (1, 0, ["which addresses must not be written to"])
    with kept.open() as context:
        assert state(context, "hanako") is SubscriberState.UNSUBSCRIBED


def test_the_command_says_what_it_has_taken_over(kept: Site) -> None:
    with kept.open() as context:
        remove_subscriber(context, at("hanako"), [])
        add_subscriber(context, at("late"), ["weekly"])
    told = kept.run("restore", "copy.db").stdout
    assert "Taken over from the database before: 1 who had left.\n" in told
    assert "1 reader who joined since 2026-11-19 12:00 is in the kept file alone.\n" in told
    again = json.loads(kept.run("restore", "copy.db", "--json").stdout)
    assert again["taken_over"]["left"] == 1
    assert "choose one" in kept.run("restore", "copy.db", "--as-it-was", "--with-confirmed", code=2).stderr
    plain = kept.run("restore", "copy.db", "--as-it-was")
    assert "who left then gets mail again" in plain.stderr
    (kept.folder / "publisher.db").unlink()
    lost = kept.run("restore", "copy.db").stderr
    assert "The database before cannot be read (there is none)." in lost


def test_a_source_that_is_refused_takes_nothing(kept: Site) -> None:
    with pytest.raises(UsageError):
        put_back(kept, "config.yaml")
