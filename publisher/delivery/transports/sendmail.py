"""Messages into the standard input of a `sendmail` program: Postfix, Exim, OpenSMTPD and msmtp all bring one.

What becomes of a message is said by the exit status, in the numbers of sysexits.h, which all of these keep to.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, ClassVar

from publisher.addresses import envelope_form, normalise
from publisher.delivery.transports.base import StartHook
from publisher.delivery.transports.wire import LONGEST_REPLY, clean_reply, refuse_addresses
from publisher.errors import TransportRefused, TransportUnavailable
from publisher.model.message import Message, Outcome, Receipt

DEFAULT_PLACES = ("/usr/sbin/sendmail", "/usr/lib/sendmail")
_PATIENCE = 600.0  # seconds for one message, as for the answer to one over SMTP

# sysexits.h: outcome, SMTP code and status code of RFC 3463 that say the same.
_MEANINGS = {
    os.EX_OK: (Outcome.ACCEPTED, 250, ""),
    os.EX_DATAERR: (Outcome.FAILED, 554, "5.6.0"),
    os.EX_NOUSER: (Outcome.FAILED, 550, "5.1.1"),
    os.EX_NOHOST: (Outcome.FAILED, 550, "5.1.2"),
    os.EX_UNAVAILABLE: (Outcome.FAILED, 554, "5.3.0"),
    os.EX_PROTOCOL: (Outcome.FAILED, 554, "5.5.0"),
    os.EX_OSERR: (Outcome.DEFERRED, 451, "4.3.0"),
    os.EX_CANTCREAT: (Outcome.DEFERRED, 451, "4.3.0"),
    os.EX_IOERR: (Outcome.DEFERRED, 451, "4.3.0"),
    os.EX_TEMPFAIL: (Outcome.DEFERRED, 451, "4.3.0"),
}


class SendmailTransport:
    """One process for each message. `program` is a path, None for where sendmail usually lies."""

    repeatable: ClassVar[bool] = False

    def __init__(self, program: Path | None = None, *, patience: float = _PATIENCE) -> None:
        self._program = program
        self._patience = patience
        self._refusal = ""

    def send(self, message: Message, start: StartHook) -> Receipt:
        """See `Transport.send`. A status that is about the program and not about the message defers this one, and
        refuses those that come after it.
        """
        refusal = refuse_addresses(message)
        if refusal is not None:
            return refusal
        if self._refusal:
            raise TransportRefused(self._refusal)
        with tempfile.TemporaryFile() as said:
            process = self._launch(message, said)
            try:
                start()
                return self._hand_over(process, message, said)
            except BaseException:
                # Killed before its input ends: a program that saw the end could take what it has for a message.
                process.kill()
                raise
            finally:
                _bury(process)

    def close(self) -> None:
        """Nothing is kept open."""

    def _launch(self, message: Message, said: IO[bytes]) -> subprocess.Popen[bytes]:
        program = self._find_program()
        sender = envelope_form(normalise(message.sender)) if message.sender else "<>"
        # -i: a line with a lone dot is not the end.
        recipient = envelope_form(normalise(message.recipient)).encode()  # UTF-8 in every locale
        words: list[str | bytes] = [program, "-i", "-f", sender, "--", recipient]
        try:
            # A session of its own: Ctrl-C stops us after the message in hand, and must not stop that message.
            return subprocess.Popen(  # noqa: S603 - a path of the configuration, addresses that were checked, no shell
                words, stdin=subprocess.PIPE, stdout=said, stderr=said, start_new_session=True
            )
        except BlockingIOError as error:  # no more processes just now
            raise TransportUnavailable(f"cannot start {program}: {error.strerror}") from error
        except OSError as error:
            raise TransportRefused(f"cannot start {program}: {error.strerror or error}; {_ADVICE}") from error

    def _find_program(self) -> str:
        if self._program is not None:
            return str(self._program)
        for place in DEFAULT_PLACES:
            if os.access(place, os.X_OK):
                return place
        found = shutil.which("sendmail")
        if found is None:
            raise TransportRefused(f"there is no sendmail in {', '.join(DEFAULT_PLACES)} or on the PATH; {_ADVICE}")
        return found

    def _hand_over(self, process: subprocess.Popen[bytes], message: Message, said: IO[bytes]) -> Receipt:
        # Programs in a pipe expect the line ends of the system, and some would double a CR.
        content = message.content.replace(b"\r\n", b"\n")
        try:
            process.communicate(content, timeout=self._patience)
        except subprocess.TimeoutExpired:
            process.kill()
            return Receipt(Outcome.UNCERTAIN, 0, f"did not end within {self._patience:g} s", _SERVER)
        status = process.returncode
        said.seek(0)
        words = clean_reply(said.read(LONGEST_REPLY * 4))
        if status < 0:
            return Receipt(Outcome.UNCERTAIN, 0, f"ended by signal {-status}: {words}"[:LONGEST_REPLY], _SERVER)
        outcome, code, enhanced = _MEANINGS.get(status, (Outcome.DEFERRED, 451, "4.3.5"))
        if status not in _MEANINGS:
            self._refusal = f"sendmail ended with status {status}: {words or 'without a word'}; {_ADVICE}"
        shown = words or ("" if outcome is Outcome.ACCEPTED else "without a word")
        reply = f"exit status {status}: {shown}" if status else shown
        return Receipt(outcome, code, reply[:LONGEST_REPLY], _SERVER, enhanced)


_SERVER = "sendmail"
_ADVICE = "check delivery.transport, and the program by hand: echo test | sendmail -i you@example.com"


def _bury(process: subprocess.Popen[bytes]) -> None:
    """Wait for a process that has ended or was killed, and let go of its input."""
    process.wait()
    if process.stdin is not None and not process.stdin.closed:
        with suppress(BrokenPipeError):
            process.stdin.close()
