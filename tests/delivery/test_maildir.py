"""Messages as files in a Maildir."""

from __future__ import annotations

import errno
import mailbox
import os
import stat
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from publisher.delivery.transports.base import Transport
from publisher.delivery.transports.maildir import MaildirTransport, file_name
from publisher.errors import ClaimLost, TransportUnavailable
from publisher.model.message import Outcome
from tests.delivery.messages import BODY, Starts, make_message


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "送信箱" / "outbox"


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_mail_program_finds_the_message_with_its_envelope(folder: Path) -> None:
    receipt = MaildirTransport(folder).send(make_message(), Starts())
    assert receipt.outcome is Outcome.ACCEPTED
    box = mailbox.Maildir(folder, create=False)
    [key] = box.keys()
    message = BytesParser(policy=policy.default).parsebytes(box.get_bytes(key))
    assert message["Return-Path"] == "<bounces+7-42@example.com>"
    assert message["Delivered-To"] == "hanako@example.com"
    assert message["Subject"] == "週刊ミライ🚀"


def test_lines_end_as_maildir_tools_expect_and_nothing_else_changes(folder: Path) -> None:
    message = make_message()
    MaildirTransport(folder).send(message, Starts())
    [path] = files_in(folder)
    head = b"Return-Path: <bounces+7-42@example.com>\nDelivered-To: hanako@example.com\n"
    assert path.read_bytes() == head + message.content.replace(b"\r\n", b"\n")
    assert BODY.replace("\r\n", "\n") in path.read_text("utf-8")


def test_nobody_else_may_read_the_mail(folder: Path) -> None:
    MaildirTransport(folder).send(make_message(), Starts())
    for part in (folder, folder / "tmp", folder / "new", folder / "cur"):
        assert stat.S_IMODE(part.stat().st_mode) == 0o700
    assert stat.S_IMODE(files_in(folder)[0].stat().st_mode) == 0o600


def test_the_name_tells_the_delivery_and_holds_nothing_that_a_maildir_forbids(folder: Path) -> None:
    for key in ("7-42", "test:a/b", "../../etc", ".hidden", "確認-1"):
        MaildirTransport(folder).send(make_message(key), Starts())
    names = [path.name for path in files_in(folder)]
    assert [path.parent.name for path in files_in(folder)] == ["new"] * 5
    assert any(name.startswith("7-42.") for name in names)
    assert all(name.count(".") == 2 and ":" not in name and not name.startswith(".") for name in names)


@pytest.mark.parametrize("keeps_transport", [True, False])
def test_a_message_that_is_there_is_accepted_and_left_alone(folder: Path, *, keeps_transport: bool) -> None:
    transport = MaildirTransport(folder)
    transport.send(make_message(), Starts())
    [before] = files_in(folder)
    inode = before.stat().st_ino
    starts = Starts()
    again = transport if keeps_transport else MaildirTransport(folder)
    assert again.send(make_message(body="別の本文\r\n"), starts).outcome is Outcome.ACCEPTED
    assert starts.count == 1
    assert [path.stat().st_ino for path in files_in(folder)] == [inode]


@pytest.mark.parametrize("suffix", ["", ":2,", ":2,FS"])
def test_a_message_that_was_read_already_is_not_written_again(folder: Path, suffix: str) -> None:
    MaildirTransport(folder).send(make_message(), Starts())
    [path] = files_in(folder)
    path.rename(folder / "cur" / (path.name + suffix))
    assert MaildirTransport(folder).send(make_message(), Starts()).outcome is Outcome.ACCEPTED
    assert [found.parent.name for found in files_in(folder)] == ["cur"]


def test_the_first_issue_of_a_new_database_is_not_taken_for_an_older_one(folder: Path) -> None:
    transport = MaildirTransport(folder)
    transport.send(make_message(message_id="<old@example.com>"), Starts())
    transport.send(make_message(message_id="<new@example.com>"), Starts())
    assert len(files_in(folder)) == 2


def test_a_folded_message_id_counts_as_a_whole() -> None:
    assert file_name(make_message(message_id="\r\n <a@example.com>")) != file_name(
        make_message(message_id="\r\n <b@example.com>")
    )


def test_a_lost_claim_leaves_no_trace(folder: Path) -> None:
    with pytest.raises(ClaimLost):
        MaildirTransport(folder).send(make_message(), Starts(ClaimLost("not ours")))
    assert files_in(folder) == []


def test_nothing_can_be_read_before_the_start_is_written_down(folder: Path) -> None:
    seen: list[str] = []
    MaildirTransport(folder).send(make_message(), lambda: seen.extend(path.parent.name for path in files_in(folder)))
    assert seen == ["tmp"]
    assert [path.parent.name for path in files_in(folder)] == ["new"]


def test_a_message_that_somebody_else_writes_meanwhile_is_there_once(folder: Path) -> None:
    def overtaken() -> None:
        MaildirTransport(folder).send(make_message(), Starts())

    assert MaildirTransport(folder).send(make_message(), overtaken).outcome is Outcome.ACCEPTED
    assert len(files_in(folder)) == 1


def test_a_folder_that_is_removed_while_we_run_is_made_again(folder: Path) -> None:
    transport = MaildirTransport(folder)
    transport.send(make_message("7-1"), Starts())
    folder.rename(folder.with_name("collected"))
    assert transport.send(make_message("7-2"), Starts()).outcome is Outcome.ACCEPTED
    assert len(files_in(folder)) == 1


def test_a_folder_that_cannot_be_written_keeps_everything_queued_and_is_named(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file, not a folder")
    starts = Starts()
    with pytest.raises(TransportUnavailable, match="outbox") as caught:
        MaildirTransport(tmp_path / "outbox").send(make_message(), starts)
    assert "exists" in str(caught.value) or "directory" in str(caught.value)
    assert starts.count == 0


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_the_right_to_write_keeps_everything_queued(folder: Path) -> None:
    transport = MaildirTransport(folder)
    transport.send(make_message("7-1"), Starts())
    (folder / "new").chmod(0o500)
    starts = Starts()
    with pytest.raises(TransportUnavailable, match="outbox"):
        transport.send(make_message("7-2"), starts)
    assert starts.count == 0
    (folder / "new").chmod(0o700)


def test_a_disk_that_fills_up_keeps_everything_queued_and_leaves_no_half(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    starts = Starts()
    with pytest.raises(TransportUnavailable, match="No space left"):
        MaildirTransport(folder).send(make_message(), starts)
    assert starts.count == 0
    assert files_in(folder) == []


def test_trouble_after_the_start_is_tried_again_later(folder: Path) -> None:
    def break_folder() -> None:
        (folder / "new").rmdir()

    receipt = MaildirTransport(folder).send(make_message(), break_folder)
    assert receipt.outcome is Outcome.DEFERRED
    assert "new" in receipt.reply
    assert files_in(folder) == []


def test_a_file_system_without_hard_links_serves_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: Path, _target: Path) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    assert MaildirTransport(folder).send(make_message(), Starts()).outcome is Outcome.ACCEPTED
    assert [path.parent.name for path in files_in(folder)] == ["new"]


def test_an_address_that_could_forge_a_header_fails_for_good(folder: Path) -> None:
    starts = Starts()
    receipt = MaildirTransport(folder).send(make_message(to="a@example.com\nBcc: b@example.com"), starts)
    assert receipt.outcome is Outcome.FAILED
    assert starts.count == 0


def test_repeating_is_harmless_and_the_sender_may_know() -> None:
    transport: Transport = MaildirTransport(Path("outbox"))
    assert transport.repeatable
    transport.close()
