"""Messages as files in a Maildir: for trying out, and for mail that something else collects.

A file's name follows from its message alone, so a message that was written before a crash is found again instead of
being written twice. On disk lines end with LF, as Maildir tools expect, and two lines stand in front that a delivering
server adds (RFC 5321 4.4): Return-Path with the sender and Delivered-To with the recipient of the envelope.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import ClassVar
from urllib.parse import quote

from publisher.delivery.transports.base import StartHook
from publisher.delivery.transports.wire import refuse_addresses
from publisher.errors import TransportRefused, TransportUnavailable
from publisher.model.message import Message, Outcome, Receipt

_IDENTITY_LINE = re.compile(rb"^(?:message-id|date):[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*", re.IGNORECASE | re.MULTILINE)
# What does not pass by itself.
_FOR_A_PERSON = {errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EROFS}
# What file systems without hard links answer (FAT, some network shares).
_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


class MaildirTransport:
    """Writes into `folder/new`; makes the folders when they are missing."""

    repeatable: ClassVar[bool] = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: frozenset[str] | None = None

    def send(self, message: Message, start: StartHook) -> Receipt:
        """See `Transport.send`; a message that is already there is accepted as it is."""
        refusal = refuse_addresses(message)
        if refusal is not None:
            return refusal
        name = file_name(message)
        try:
            temporary = None if self._holds(name) else self._write(message)
        except OSError as error:
            raise explain_folder(self._folder, error) from error
        if temporary is None:
            start()
            return _accept(name)
        try:
            start()
            return self._publish(temporary, name)
        finally:
            temporary.unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing is kept open."""

    def _holds(self, name: str) -> bool:
        """Whether the message is there, read or unread. The folders are listed once; what comes later has its name."""
        for folder in (self._folder, *(self._folder / part for part in ("tmp", "new", "cur"))):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._known is None:
            self._known = frozenset(
                entry.name.partition(":")[0] for part in ("new", "cur") for entry in os.scandir(self._folder / part)
            )
        return name in self._known or any((self._folder / part / name).exists() for part in ("new", "cur"))

    def _write(self, message: Message) -> Path:
        """The whole message, on disk, where no mail program looks."""
        new = self._folder / "new"
        if not os.access(new, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(new))
        handle, path = tempfile.mkstemp(prefix="publisher-", dir=self._folder / "tmp")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_as_file(message))
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            Path(path).unlink(missing_ok=True)
            raise
        return Path(path)

    def _publish(self, temporary: Path, name: str) -> Receipt:
        target = self._folder / "new" / name
        try:
            link_file(temporary, target)
            sync_folder(target.parent)
        except OSError as error:
            return Receipt(Outcome.DEFERRED, 0, f"cannot write {target}: {error.strerror or error}")
        return _accept(name)


def file_name(message: Message) -> str:
    """`key.digest.publisher`, where other programs put time, something unique, and the host."""
    return f"{message_name(message)}.publisher"


def message_name(message: Message) -> str:
    """`key.digest`, the same for the same message, with no character that a file name must not have.

    The digest is of Message-ID and Date, which a delivery keeps: keys begin anew with a new database, and its first
    issue must not pass for one that an older database left in the same folder.
    """
    head = message.content.partition(b"\r\n\r\n")[0]
    digest = hashlib.sha256(b"\n".join(sorted(_IDENTITY_LINE.findall(head)))).hexdigest()
    return f"{quote(message.key, safe='').replace('.', '%2E')}.{digest[:12]}"


def trace_lines(message: Message, line_end: bytes) -> bytes:
    """The sender and the recipient of the envelope, as a delivering server writes them down (RFC 5321 4.4)."""
    return b"".join(
        line.encode() + line_end for line in (f"Return-Path: <{message.sender}>", f"Delivered-To: {message.recipient}")
    )


def explain_folder(folder: Path, error: OSError) -> TransportRefused | TransportUnavailable:
    """What keeps mail out of `folder`, in words: for a person, or what may pass by itself, as a full disk may."""
    kind = TransportRefused if error.errno in _FOR_A_PERSON else TransportUnavailable
    return kind(f"cannot write to the mail folder {folder}: {error.strerror or error}; everything stays queued")


def _as_file(message: Message) -> bytes:
    return trace_lines(message, b"\n") + message.content.replace(b"\r\n", b"\n")


def _accept(name: str) -> Receipt:
    return Receipt(Outcome.ACCEPTED, 0, f"written as {name}")


def link_file(temporary: Path, target: Path) -> None:
    """Give the finished file its name, at once as a whole; a file that has this name already stays."""
    try:
        target.hardlink_to(temporary)
    except FileExistsError:
        return
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        temporary.rename(target)


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
