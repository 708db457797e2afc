"""Messages as `.eml` files in a folder, which mail programs open with a double click.

A file has the bytes that a server would get, with the two lines in front that a delivering server adds (RFC 5321 4.4).
Its name follows from its message alone, as in a Maildir, so that nothing is written twice.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import ClassVar

from publisher.delivery.transports.base import StartHook
from publisher.delivery.transports.maildir import explain_folder, link_file, message_name, sync_folder, trace_lines
from publisher.delivery.transports.wire import refuse_addresses
from publisher.model.message import Message, Outcome, Receipt


class EmlTransport:
    """Writes into `folder`, which is made when it is missing."""

    repeatable: ClassVar[bool] = True

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: Message, start: StartHook) -> Receipt:
        """See `Transport.send`; a message that is already there is accepted as it is."""
        refusal = refuse_addresses(message)
        if refusal is not None:
            return refusal
        target = self._folder / f"{message_name(message)}.eml"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary = None if target.exists() else self._write(message)
        except OSError as error:
            raise explain_folder(self._folder, error) from error
        if temporary is None:
            start()
            return _accept(target)
        try:
            start()
            return _publish(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing is kept open."""

    def _write(self, message: Message) -> Path:
        """The whole message, on disk, under a hidden name that nothing which looks for `.eml` takes."""
        handle, path = tempfile.mkstemp(prefix=".publisher-", suffix=".tmp", dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(trace_lines(message, b"\r\n") + message.content)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            Path(path).unlink(missing_ok=True)
            raise
        return Path(path)


def _publish(temporary: Path, target: Path) -> Receipt:
    try:
        link_file(temporary, target)
        sync_folder(target.parent)
    except OSError as error:
        return Receipt(Outcome.DEFERRED, 0, f"cannot write {target}: {error.strerror or error}")
    return _accept(target)


def _accept(target: Path) -> Receipt:
    return Receipt(Outcome.ACCEPTED, 0, f"written as {target.name}")
