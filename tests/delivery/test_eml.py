"""Messages as .eml files in a folder."""

from __future__ import annotations

import errno
import os
import stat
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from publisher.delivery.transports.base import Transport
from publisher.delivery.transports.eml import EmlTransport
from publisher.errors import ClaimLost, TransportRefused, TransportUnavailable
from publisher.model.message import Outcome
from tests.delivery.messages import Starts, make_message


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "送信箱" / "eml"


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_file_is_the_message_with_its_envelope_in_front(folder: Path) -> None:
    message = make_message()
    starts = Starts()
    receipt = EmlTransport(folder).send(message, starts)
    [path] = files_in(folder)
    assert receipt.outcome is Outcome.ACCEPTED
    assert path.name in receipt.reply
    assert starts.count == 1
    head = b"Return-Path: <bounces+7-42@example.com>\r\nDelivered-To: hanako@example.com\r\n"
    assert path.read_bytes() == head + message.content
    parsed = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    assert parsed["Subject"] == "週刊ミライ🚀"
    assert parsed.defects == []


def test_nobody_else_may_read_the_mail(folder: Path) -> None:
    EmlTransport(folder).send(make_message(), Starts())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(files_in(folder)[0].stat().st_mode) == 0o600


def test_the_name_tells_the_delivery_and_stays_in_the_folder(folder: Path) -> None:
    for key in ("7-42", "test:a/b", "../../etc", ".hidden", "確認-1"):
        EmlTransport(folder).send(make_message(key), Starts())
    names = [path.name for path in files_in(folder)]
    assert [path.parent for path in files_in(folder)] == [folder] * 5
    assert any(name.startswith("7-42.") for name in names)
    assert all(name.count(".") == 2 and name.endswith(".eml") and not name.startswith(".") for name in names)


def test_a_message_that_is_there_is_accepted_and_left_alone(folder: Path) -> None:
    EmlTransport(folder).send(make_message(), Starts())
    [before] = files_in(folder)
    inode = before.stat().st_ino
    starts = Starts()
    assert EmlTransport(folder).send(make_message(body="別の本文\r\n"), starts).outcome is Outcome.ACCEPTED
    assert starts.count == 1
    assert [path.stat().st_ino for path in files_in(folder)] == [inode]


def test_nothing_that_ends_in_eml_is_there_before_the_start_is_written_down(folder: Path) -> None:
    seen: list[str] = []
    EmlTransport(folder).send(make_message(), lambda: seen.extend(path.name for path in files_in(folder)))
    [name] = seen
    assert name.startswith(".")
    assert not name.endswith(".eml")
    assert [path.suffix for path in files_in(folder)] == [".eml"]


def test_a_lost_claim_leaves_no_trace(folder: Path) -> None:
    with pytest.raises(ClaimLost):
        EmlTransport(folder).send(make_message(), Starts(ClaimLost("not ours")))
    assert files_in(folder) == []


def test_trouble_after_the_start_is_tried_again_later(folder: Path) -> None:
    def move_folder() -> None:
        folder.rename(folder.with_name("gone"))

    receipt = EmlTransport(folder).send(make_message(), move_folder)
    assert receipt.outcome is Outcome.DEFERRED
    assert "cannot write" in receipt.reply


def test_a_folder_below_a_file_wants_a_person(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file, not a folder")
    starts = Starts()
    with pytest.raises(TransportRefused, match="outbox"):
        EmlTransport(tmp_path / "outbox" / "eml").send(make_message(), starts)
    assert starts.count == 0


def test_a_full_disk_keeps_everything_queued_and_leaves_no_half(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    starts = Starts()
    with pytest.raises(TransportUnavailable, match="No space left"):
        EmlTransport(folder).send(make_message(), starts)
    assert starts.count == 0
    assert files_in(folder) == []


def test_an_address_that_could_forge_a_header_fails_for_good(folder: Path) -> None:
    starts = Starts()
    receipt = EmlTransport(folder).send(make_message(to="a@example.com\nBcc: b@example.com"), starts)
    assert receipt.outcome is Outcome.FAILED
    assert starts.count == 0


def test_repeating_is_harmless_and_the_sender_may_know() -> None:
    transport: Transport = EmlTransport(Path("outbox"))
    assert transport.repeatable
    transport.close()
