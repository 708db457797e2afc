"""Files on a real disk: replaced as a whole, left alone when equal, nothing left behind."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from publisher.files import write_if_changed

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
