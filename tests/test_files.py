"""Files on a real disk: replaced as a whole, left alone when equal, nothing left behind."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.files import remove_copies, remove_orphans, write_files, write_if_changed

LONG_AGO = 1_600_000_000_000_000_000


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_a_new_file_is_written_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "タグ" / "ＡＩ" / "rss.xml"
    assert write_if_changed(path, "日記 🎉".encode())
    assert path.read_text(encoding="utf-8") == "日記 🎉"
    assert names_in(path.parent) == ["rss.xml"]


def test_anybody_may_read_the_file_whatever_the_mask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write_if_changed(tmp_path / "rss.xml", b"a")
        write_if_changed(tmp_path / "secret", b"a", mode=0o600)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "rss.xml").stat().st_mode) == 0o644
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_equal_bytes_keep_the_file_and_its_time(tmp_path: Path) -> None:
    path = tmp_path / "rss.xml"
    write_if_changed(path, b"same")
    os.utime(path, ns=(LONG_AGO, LONG_AGO))
    before = path.stat()
    assert not write_if_changed(path, b"same")
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (LONG_AGO, before.st_ino)


@pytest.mark.parametrize("content", [b"SAME", b"longer than before", b""])
def test_other_bytes_replace_the_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "rss.xml"
    write_if_changed(path, b"same")
    os.utime(path, ns=(LONG_AGO, LONG_AGO))
    assert write_if_changed(path, content)
    assert path.read_bytes() == content
    assert path.stat().st_mtime_ns > LONG_AGO
    assert names_in(tmp_path) == ["rss.xml"]


def test_a_reader_keeps_the_file_it_has_opened(tmp_path: Path) -> None:
    path = tmp_path / "rss.xml"
    write_if_changed(path, b"old " * 10_000)
    with path.open("rb") as reader:
        reader.read(4)
        write_if_changed(path, b"new")
        assert reader.read() == b"old " * 9_999


@pytest.mark.parametrize("broken", ["fsync", "fchmod"])
def test_a_failure_half_way_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    path = tmp_path / "rss.xml"
    write_if_changed(path, b"old")

    def fail(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, broken, fail)
    with pytest.raises(OSError, match="No space left"):
        write_if_changed(path, b"new")
    assert (path.read_bytes(), names_in(tmp_path)) == (b"old", ["rss.xml"])


def test_an_interrupted_write_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_if_changed(tmp_path / "rss.xml", b"new")
    assert names_in(tmp_path) == []


def test_a_folder_in_the_way_is_an_error_and_stays(tmp_path: Path) -> None:
    (tmp_path / "rss.xml" / "sub").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        write_if_changed(tmp_path / "rss.xml", b"new")
    assert names_in(tmp_path) == ["rss.xml"]
    assert names_in(tmp_path / "rss.xml") == ["sub"]


def test_a_file_in_place_of_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "tags").write_bytes(b"a file")
    with pytest.raises(OSError, match=r"."):
        write_if_changed(tmp_path / "tags" / "rss.xml", b"new")
    assert names_in(tmp_path) == ["tags"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_to_is_an_error(tmp_path: Path) -> None:
    folder = tmp_path / "public"
    write_if_changed(folder / "rss.xml", b"old")
    folder.chmod(0o500)
    try:
        with pytest.raises(PermissionError):
            write_if_changed(folder / "rss.xml", b"new")
        assert not write_if_changed(folder / "rss.xml", b"old")  # nothing to write, nothing to complain about
    finally:
        folder.chmod(0o700)
    assert (folder / "rss.xml").read_bytes() == b"old"


def test_a_folder_that_cannot_take_a_file_is_an_error_for_root_too() -> None:
    with pytest.raises(OSError, match=r"."):
        write_if_changed(Path("/dev/null/rss.xml"), b"new")


def test_two_writers_leave_one_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "rss.xml"
    contents = [bytes([number]) * 50_000 for number in range(8)]
    threads = [threading.Thread(target=write_if_changed, args=(path, content)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert path.read_bytes() in contents
    assert names_in(tmp_path) == ["rss.xml"]


def test_many_files_are_written_and_told_of_in_their_order(tmp_path: Path) -> None:
    files = [(tmp_path / f"{number % 7}" / f"{number}.xml", f"{number} 🎉".encode() * number) for number in range(60)]
    write_if_changed(*files[3])
    os.utime(files[3][0], ns=(LONG_AGO, LONG_AGO))
    written = list(write_files(files))
    assert [item.path for item in written] == [path for path, _ in files]
    assert [item.path for item in written if not item.changed] == [files[3][0]]
    for item, (path, content) in zip(written, files, strict=True):
        assert path.read_bytes() == content
        status = path.stat()
        assert (item.size, item.mtime_ns, item.error) == (status.st_size, status.st_mtime_ns, None)
        assert item.sha256 == hashlib.sha256(content).hexdigest()
    assert written[3].mtime_ns == LONG_AGO
    assert sum(len(names_in(tmp_path / f"{folder}")) for folder in range(7)) == 60


def test_a_file_that_cannot_be_written_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "1.xml").mkdir()
    written = list(write_files((tmp_path / f"{number}.xml", b"new") for number in range(4)))
    assert [item.error is None for item in written] == [True, False, True, True]
    assert isinstance(written[1].error, IsADirectoryError)
    assert names_in(tmp_path) == ["0.xml", "1.xml", "2.xml", "3.xml"]


def test_every_file_is_on_disk_before_it_takes_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: set[int] = set()
    too_early: list[str] = []
    sync, replace = os.fsync, Path.replace

    def note_sync(handle: int) -> None:
        sync(handle)
        synced.add(os.fstat(handle).st_ino)

    def note_replace(temporary: Path, target: Path) -> Path:
        if temporary.stat().st_ino not in synced:
            too_early.append(target.name)
        return replace(temporary, target)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(Path, "replace", note_replace)
    assert all(item.changed for item in write_files((tmp_path / f"{number}", b"new") for number in range(30)))
    assert (len(synced), too_early) == (30, [])


def test_files_are_taken_only_a_little_ahead(tmp_path: Path) -> None:
    taken: list[int] = []

    def give() -> Iterator[tuple[Path, bytes]]:
        for number in range(200):
            taken.append(number)
            yield tmp_path / f"{number}", b"x"

    for number, _ in enumerate(write_files(give())):
        assert len(taken) <= number + 20


def test_large_files_are_held_one_or_two_at_a_time(tmp_path: Path) -> None:
    taken: list[int] = []

    def give() -> Iterator[tuple[Path, bytes]]:
        for number in range(6):
            taken.append(number)
            yield tmp_path / f"{number}", bytes(2_000_000)

    for number, _ in enumerate(write_files(give())):
        assert len(taken) <= number + 2
    assert len(names_in(tmp_path)) == 6


def test_what_cannot_be_made_stops_the_writing_and_leaves_whole_files(tmp_path: Path) -> None:
    def give() -> Iterator[tuple[Path, bytes]]:
        for number in range(20):
            if number == 15:
                raise RuntimeError("no more")
            yield tmp_path / f"{number}", b"whole" * 1_000

    with pytest.raises(RuntimeError, match="no more"):
        list(write_files(give()))
    assert {path.read_bytes() for path in tmp_path.iterdir()} == {b"whole" * 1_000}
    assert len(names_in(tmp_path)) == 15


# ---------------------------------------------------------------------------------------------------- copies


def make_copies(content: bytes) -> dict[str, bytes | None]:
    return {".upper": content.upper(), ".none": None}


def test_copies_lie_beside_each_file_and_unwanted_ones_go(tmp_path: Path) -> None:
    (tmp_path / "a.none").write_bytes(b"from before")
    written = list(write_files([(tmp_path / name, name.encode()) for name in "abc"], make_copies))
    assert [one.path.name for one in written] == ["a", "b", "c"]
    assert names_in(tmp_path) == ["a", "a.upper", "b", "b.upper", "c", "c.upper"]
    assert (tmp_path / "b.upper").read_bytes() == b"B"


def test_a_lost_copy_of_a_file_that_stays_is_made_again(tmp_path: Path) -> None:
    list(write_files([(tmp_path / "a", b"a")], make_copies))
    (tmp_path / "a.upper").unlink()
    (again,) = write_files([(tmp_path / "a", b"a")], make_copies)
    assert not again.changed
    assert names_in(tmp_path) == ["a", "a.upper"]


def test_a_copy_that_cannot_be_written_is_an_error_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "a.upper").mkdir()
    (written,) = write_files([(tmp_path / "a", b"a")], make_copies)
    assert isinstance(written.error, IsADirectoryError)


def test_what_a_killed_process_left_is_removed_and_nothing_of_a_living_one(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    (tmp_path / "tags").mkdir()
    for name in (f"tags/.publisher-{gone.pid}-x.tmp", f".publisher-{os.getpid()}-x.tmp", "a.tmp"):
        (tmp_path / name).write_bytes(b"half")
    remove_orphans(tmp_path)
    assert names_in(tmp_path) == [f".publisher-{os.getpid()}-x.tmp", "a.tmp", "tags"]
    assert names_in(tmp_path / "tags") == []


def test_removing_copies_twice_is_no_error(tmp_path: Path) -> None:
    list(write_files([(tmp_path / "a", b"a")], make_copies))
    for _ in range(2):
        remove_copies(tmp_path / "a", [".upper", ".none"])
    assert names_in(tmp_path) == ["a"]
