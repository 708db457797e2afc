"""A copy of the database in use: whole, of one moment, and in nobody's way."""

from __future__ import annotations

import gzip
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from publisher.app.backups import Backup, BackupRequest, Interrupted, back_up
from publisher.app.context import Context, Progress, Reporter, load_checked_config
from publisher.app.people import add_subscriber, iterate_subscribers
from publisher.errors import StorageError, UsageError
from publisher.storage.backup import read_header
from publisher.storage.database import open_database
from tests.disk import room_for
from tests.site import CONFIG, START, Site


@dataclass
class Watching(Reporter):
    """Calls `then` at the first step."""

    then: object = None
    titles: list[str] = field(default_factory=list)
    steps: int = 0

    @contextmanager
    def bar(self, title: str, total: int) -> Iterator[Progress]:
        self.titles.append(f"{title} {total > 0}")

        def advance(_done: int) -> None:
            self.steps += 1
            if self.steps == 1 and callable(self.then):
                self.then()

        yield advance


def copy(site: Site, name: str = "copy.db", reporter: Reporter | None = None, *, compress: bool = False) -> Backup:
    request = BackupRequest(site.folder / name, START, compress)
    return back_up(load_checked_config(site.config), request, reporter or Reporter())


def addresses(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute("SELECT email FROM subscribers ORDER BY id")]


def names(site: Site) -> set[str]:
    return {path.name for path in site.folder.iterdir()}


def fill(context: Context, people: int) -> None:
    for number in range(people):
        add_subscriber(context, f"r{number}@reader.example", ["weekly"])


def test_a_backup_is_one_file_that_only_its_owner_can_read(site: Site) -> None:
    with site.open() as context:
        fill(context, 3)
        before = names(site)
        reporter = Watching()
        made = copy(site, reporter=reporter)
        assert names(site) - before == {"copy.db"}
    assert reporter.titles == ["Backing up True"]
    assert made.size == made.database == made.path.stat().st_size
    assert made.path.stat().st_mode & 0o777 == 0o600, "it holds addresses"
    assert addresses(made.path) == [f"r{number}@reader.example" for number in range(3)]
    header = read_header(made.path)
    assert header is not None
    assert header.is_backup


def test_what_is_written_meanwhile_is_not_in_it_and_does_not_wait(site: Site) -> None:
    with site.open() as context:
        fill(context, 3)
        with context.database.write() as connection:  # large enough for several steps
            connection.exec_driver_sql("INSERT INTO facts (name, value) VALUES ('ballast', hex(zeroblob(6000000)))")
        reporter = Watching(then=lambda: add_subscriber(context, "late@reader.example", ["weekly"]))
        made = copy(site, reporter=reporter)
        assert reporter.steps > 2
        assert len(list(iterate_subscribers(context, None))) == 4
    assert len(addresses(made.path)) == 3


def test_a_writer_in_another_thread_goes_on_during_a_backup(site: Site) -> None:
    stop, added = threading.Event(), threading.Semaphore(0)
    with site.open() as context:

        def write() -> None:
            for number in range(10_000):
                if stop.is_set():
                    return
                add_subscriber(context, f"w{number}@reader.example", ["weekly"])
                added.release()

        writer = threading.Thread(target=write)
        writer.start()
        assert added.acquire(timeout=30)
        made = copy(site)
        assert added.acquire(timeout=30), "it still writes"
        stop.set()
        writer.join()
        known = [person.email for person in iterate_subscribers(context, None)]
    found = addresses(made.path)
    assert 0 < len(found) <= len(known)
    assert set(found) <= set(known)


def test_a_compressed_backup_holds_the_same(site: Site) -> None:
    with site.open() as context:
        fill(context, 3)
        made = copy(site, "copy.db.gz", compress=True)
    assert made.size < made.database
    assert made.path.stat().st_mode & 0o777 == 0o600
    plain = site.folder / "plain.db"
    plain.write_bytes(gzip.decompress(made.path.read_bytes()))
    assert len(addresses(plain)) == 3


@pytest.mark.parametrize("compress", [False, True])
def test_an_older_backup_is_replaced(site: Site, *, compress: bool) -> None:
    with site.open() as context:
        copy(site, compress=compress)
        fill(context, 1)
        copy(site, compress=not compress)
        made = copy(site)
    assert len(addresses(made.path)) == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("config.yaml", "is there already and no backup"),
        ("publisher.db", "is there already and no backup"),
        ("other.db", "is there already and no backup"),
        ("live.db", "is there already and no backup"),
        ("articles", "is a folder"),
        ("nowhere/copy.db", "there is no folder"),
    ],
)
def test_nothing_but_a_backup_is_ever_overwritten(site: Site, name: str, words: str) -> None:
    with closing(sqlite3.connect(site.folder / "other.db")) as other:
        other.execute("CREATE TABLE mine (x)")
    open_database(site.folder / "live.db").close()
    with site.open():
        target = site.folder / name
        before = target.read_bytes() if target.is_file() else None
        with pytest.raises(UsageError, match=words):
            copy(site, name)
        assert (target.read_bytes() if target.is_file() else None) == before


def test_without_a_database_there_is_nothing_to_copy(site: Site) -> None:
    with pytest.raises(StorageError, match="there is no database yet"):
        copy(site)
    assert names(site) == {"articles", "config.yaml"}


def test_the_database_of_another_program_is_no_backup(site: Site) -> None:
    with closing(sqlite3.connect(site.folder / "publisher.db")) as other:
        other.execute("CREATE TABLE mine (x)")
    with pytest.raises(StorageError, match="no database of publisher"):
        copy(site)
    assert "copy.db" not in names(site)


def test_a_damaged_database_gives_no_backup_and_keeps_the_last_good_one(site: Site) -> None:
    with site.open() as context:
        fill(context, 200)
        copy(site)
    good = (site.folder / "copy.db").read_bytes()
    path = site.folder / "publisher.db"
    content = bytearray(path.read_bytes())
    content[8192:] = b"\xa5" * (len(content) - 8192)
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"backup of publisher\.db was not written"):
        copy(site)
    assert (site.folder / "copy.db").read_bytes() == good


def test_a_database_is_copied_as_it_is_before_an_upgrade_touches_it(site: Site) -> None:
    with site.open():
        pass
    with closing(sqlite3.connect(site.folder / "publisher.db")) as connection:
        connection.execute("PRAGMA user_version=1")
    header = read_header(copy(site).path)
    assert header is not None
    assert header.version == 1
    with closing(sqlite3.connect(site.folder / "publisher.db")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == 1


def test_a_signal_ends_it_and_leaves_nothing(site: Site) -> None:
    stop = threading.Event()
    stop.set()
    with site.open():
        before = names(site)
        request = BackupRequest(site.folder / "copy.db", START, stop=stop)
        with pytest.raises(Interrupted):
            back_up(load_checked_config(site.config), request, Reporter())
        assert names(site) == before


@pytest.mark.parametrize("compress", [False, True])
def test_a_full_disk_leaves_the_last_backup_and_no_stray_file(site: Site, *, compress: bool) -> None:
    with site.open() as context:
        made = copy(site, compress=compress)
        good, before = made.path.read_bytes(), names(site)
        fill(context, 50)
        with room_for(100_000), pytest.raises(StorageError, match="was not written: "):
            copy(site, compress=compress)
        assert names(site) == before
    assert made.path.read_bytes() == good


def test_what_a_killed_backup_left_is_swept_up_by_the_next(site: Site) -> None:
    with site.open():
        for name in (".publisher-999999999-x.tmp", ".publisher-999999999-x.tmp-journal"):
            (site.folder / name).write_bytes(b"half")
        copy(site)
    assert not [name for name in names(site) if name.startswith(".publisher-")]


def test_the_key_that_is_not_in_it_is_named(site: Site) -> None:
    with site.open():
        assert copy(site).key is None, "it stands in the config"
    site.configure(CONFIG.replace("secret_key: a-key-for-tests\n", ""))
    with site.open() as context:
        assert context.key
        assert copy(site).key == site.folder / "publisher.key"
