"""A backup in the place of the database: nothing is mailed by itself, nothing is lost, nobody is disturbed."""

from __future__ import annotations

import gzip
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from publisher.app.backups import BackupRequest, back_up
from publisher.app.consent import ask
from publisher.app.context import Context, Reporter, load_checked_config
from publisher.app.issuing import create_due_issues, get_issue
from publisher.app.lock import hold_run_lock
from publisher.app.operating import run_pass
from publisher.app.people import add_subscriber, iterate_subscribers
from publisher.app.reading import scan
from publisher.app.restoring import Restored, restore
from publisher.errors import StorageError, UsageError
from publisher.model.issue import IssueState
from publisher.storage import deliveries
from publisher.storage.database import open_database
from publisher.subscribers.signup import SignUp
from tests.site import CONFIG, Site


def copy(site: Site, name: str = "copy.db", *, compress: bool = False) -> Path:
    request = BackupRequest(site.folder / name, site.clock.now, compress)
    return back_up(load_checked_config(site.config), request, Reporter()).path


def put_back(site: Site, name: str = "copy.db") -> Restored:
    return restore(load_checked_config(site.config), site.folder / name, site.clock.now, Reporter())


def emails(context: Context) -> list[str]:
    return [person.email for person in iterate_subscribers(context, None)]


def names(site: Site) -> set[str]:
    return {path.name for path in site.folder.iterdir()}


@pytest.fixture
def read(site: Site) -> Site:
    """One reader, and an article that is history."""
    site.write("old.md", "むかしの記事", date="2026-11-17")
    with site.open() as context:
        add_subscriber(context, "a@reader.example", ["new-article", "weekly"])
        run_pass(context)
    return site


@pytest.mark.parametrize("compress", [False, True])
def test_what_was_there_is_kept_and_the_backup_is_in_its_place(read: Site, *, compress: bool) -> None:
    copy(read, compress=compress)
    with read.open() as context:
        add_subscriber(context, "late@reader.example", ["weekly"])
    done = put_back(read)
    assert (done.subscribers, done.made_at, done.paused, done.dropped) == (1, read.clock.now.isoformat(), [], 0)
    assert done.kept == read.folder / "publisher.db.before-restore"
    with read.open() as context:
        assert emails(context) == ["a@reader.example"]
    with closing(sqlite3.connect(done.kept)) as connection:
        assert connection.execute("SELECT count(*) FROM subscribers").fetchone()[0] == 2
    assert not [name for name in names(read) if name.startswith(".publisher-")]


def test_a_second_restore_keeps_both_databases_that_were_there(read: Site) -> None:
    copy(read)
    assert {put_back(read).kept, put_back(read).kept} == {
        read.folder / "publisher.db.before-restore",
        read.folder / "publisher.db.before-restore-2",
    }


def test_a_lost_database_is_put_back(read: Site) -> None:
    copy(read)
    (read.folder / "publisher.db").unlink()
    assert put_back(read).kept is None
    with read.open() as context:
        assert emails(context) == ["a@reader.example"]


def test_what_was_mailed_after_the_backup_is_not_mailed_again(read: Site) -> None:
    copy(read)
    read.clock.advance(hours=1)
    read.write("new.md", "あとの記事", date="2026-11-18")
    with read.open() as context:
        assert run_pass(context).sent.accepted == 1
    put_back(read)
    for _ in range(3):
        read.clock.advance(days=3)
        with read.open() as context:
            assert run_pass(context).sent.accepted == 0
    assert len(read.mails()) == 1
    read.write("newest.md", "そのあとの記事", date=f"{read.clock.now:%Y-%m-%d}")
    with read.open() as context:
        assert run_pass(context).sent.accepted == 1, "what comes now is new"


def test_a_digest_that_was_sent_after_the_backup_is_not_sent_again(read: Site) -> None:
    read.write("new.md", "週末の記事", date="2026-11-19")
    with read.open() as context:
        run_pass(context)
    copy(read)
    read.clock.advance(days=4)  # over Monday, 8:00
    with read.open() as context:
        assert [issue.newsletter for issue in run_pass(context).issues.created] == ["weekly"]
    put_back(read)
    with read.open() as context:
        assert run_pass(context).issues.created == []


def test_an_article_that_is_put_there_while_nothing_runs_counts_as_history(read: Site) -> None:
    copy(read)
    read.write("between.md", "あいだの記事", date="2026-11-18")
    put_back(read)
    with read.open() as context:
        assert run_pass(context).sent.accepted == 0


def test_without_the_articles_the_next_scan_closes_the_history(read: Site) -> None:
    copy(read)
    read.articles.rename(read.folder / "elsewhere")
    done = put_back(read)
    assert done.unread is not None
    assert "articles" in done.unread
    (read.folder / "elsewhere").rename(read.articles)
    read.write("between.md", "あいだの記事", date="2026-11-18")
    with read.open() as context:
        assert run_pass(context).sent.accepted == 0


def test_an_issue_on_its_way_is_paused_until_somebody_says(read: Site) -> None:
    read.write("new.md", "途中の記事", date="2026-11-18")
    with read.open() as context:
        add_subscriber(context, "b@reader.example", ["new-article"])
        issue_id = create_due_issues(context, scan(context).articles).created[0].id
        with context.database.write() as connection:  # as a sender in the middle of its work
            now, lease = context.clock(), context.clock().replace(year=2030)
            first, _second = deliveries.claim(connection, issue_id, "1@here", 2, now=now, lease_until=lease)
            deliveries.start(connection, first, message_id="m@note.example", date=now, lease_until=lease)
    copy(read)
    done = put_back(read)
    assert [issue.id for issue in done.paused] == [issue_id]
    with read.open() as context:
        found = get_issue(context, issue_id)
        assert (found.state, found.counts.uncertain, found.counts.queued) == (IssueState.PAUSED, 1, 1)
        run_pass(context)
        assert get_issue(context, issue_id).state is IssueState.PAUSED
        with context.database.read() as connection:
            reason = connection.exec_driver_sql("SELECT pause_reason FROM issues").scalar_one()
    assert "restored from a backup" in reason
    assert read.mails() == []


def test_a_confirmation_that_waited_is_not_sent_out_of_the_past(read: Site) -> None:
    read.configure(CONFIG + "web: {url: https://letters.note.example}\n")
    with read.open() as context:
        ask(context, SignUp("new@reader.example", ("weekly",), page="/subscribe", wording="登録する"))
    copy(read)
    assert put_back(read).dropped == 1
    with read.open() as context:
        assert run_pass(context).notices.accepted == 0
    assert read.mails() == []


def test_it_is_refused_while_run_goes_on(read: Site) -> None:
    copy(read)
    before = names(read)
    refusal = pytest.raises(UsageError, match=r"already running here \(process \d+.*; stop it first")
    with hold_run_lock(read.folder / "publisher.db", read.clock.now), refusal:
        put_back(read)
    assert names(read) - before <= {"publisher.db.lock"}


def test_it_is_refused_while_another_command_has_the_database_open(read: Site) -> None:
    copy(read)
    with read.open() as context:
        assert emails(context)
        with pytest.raises(StorageError, match="is in use by another command"):
            put_back(read)
        assert emails(context) == ["a@reader.example"]
        add_subscriber(context, "b@reader.example", ["weekly"])
    assert not [name for name in names(read) if "before-restore" in name or name.startswith(".publisher-")]


def test_a_damaged_database_is_replaced_and_kept_as_it_is(read: Site) -> None:
    copy(read)
    current = read.folder / "publisher.db"
    current.write_bytes(b"not a database at all" * 1000)
    done = put_back(read)
    assert done.kept is not None
    assert done.kept.read_bytes().startswith(b"not a database")
    with read.open() as context:
        assert emails(context) == ["a@reader.example"]


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _spoil(content: bytes) -> bytes:
    half = len(content) // 2
    return content[:half] + b"\xa5" * (len(content) - half)


@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("harm", [_cut, _spoil])
def test_a_damaged_backup_changes_nothing(read: Site, harm: object, *, compress: bool) -> None:
    assert callable(harm)
    path = copy(read, compress=compress)
    path.write_bytes(harm(path.read_bytes()))
    before, content = names(read), (read.folder / "publisher.db").read_bytes()
    with pytest.raises(UsageError, match=r"cannot be restored|cannot be read|is no backup"):
        put_back(read)
    assert names(read) - before <= {"publisher.db.lock"}
    assert (read.folder / "publisher.db").read_bytes() == content


def test_what_is_no_backup_is_refused_in_words(read: Site) -> None:
    with closing(sqlite3.connect(read.folder / "other.db")) as other:
        other.execute("CREATE TABLE mine (x)")
    (read.folder / "junk.gz").write_bytes(gzip.compress(b"nothing of ours"))
    for name, words in {
        "config.yaml": "is no backup of publisher",
        "junk.gz": "is no backup of publisher",
        "other.db": "it is no database of publisher",
        "publisher.db": "is the database itself",
        "nowhere.db": "cannot be read",
        "articles": "cannot be read",
    }.items():
        with pytest.raises(UsageError, match=words):
            put_back(read, name)


def test_a_backup_of_a_newer_program_is_refused(read: Site) -> None:
    path = copy(read)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version=99")
    with pytest.raises(StorageError, match="written by a newer publisher"):
        put_back(read)
    with read.open() as context:
        assert emails(context) == ["a@reader.example"]


def test_a_plain_copy_with_its_log_can_be_restored_too(read: Site) -> None:
    """As somebody made it who knew no better, while a command had the database open."""
    with read.open() as context:
        add_subscriber(context, "b@reader.example", ["weekly"])
        for ending in ("", "-wal"):
            content = (read.folder / f"publisher.db{ending}").read_bytes()
            (read.folder / f"plain.db{ending}").write_bytes(content)
    open_database(read.folder / "publisher.db").close()
    assert put_back(read, "plain.db").subscribers == 2
