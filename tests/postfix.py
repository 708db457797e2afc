"""A Postfix of our own on the loopback interface: its own folder, its own port, and nothing leaves the machine.

with Postfix() as postfix:
    ... speak SMTP to postfix.port, and look at postfix.mails("hanako") ...
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Self

PROGRAM = "/usr/sbin/postfix"
SENDMAIL = "/usr/sbin/sendmail"
# Why there is none, or "".
MISSING = (
    "Postfix is not installed"
    if not os.access(PROGRAM, os.X_OK)
    else "only root may start Postfix"
    if os.geteuid() != 0
    else ""
)
_WHO_OWNS_MAIL = 65534  # "nobody": Postfix delivers into no folder of a system user
_PATIENCE = 30.0

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/data/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.reader.example
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
local_recipient_maps =
local_transport = error:there is no local mail
default_transport = error:nothing leaves this machine
virtual_mailbox_domains = reader.example note.example
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ {readers} {{@note.example=sender/}} }}
virtual_uid_maps = static:{owner}
virtual_gid_maps = static:{owner}
smtpd_reject_unlisted_recipient = no
smtpd_recipient_restrictions = permit_mynetworks, reject
"""
_MASTER = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 1 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """Takes every address of reader.example and finds only later that most of them have no mailbox; what goes back to
    note.example lies in the Maildir `sender`."""

    def __init__(self, *readers: str) -> None:
        # Not in pytest's folder: the daemons are other users, who may not look into that.
        self.folder = Path(tempfile.mkdtemp(prefix="publisher-postfix-"))
        self.port = _find_port()
        self._readers = readers

    def __enter__(self) -> Self:
        self.folder.chmod(0o755)
        for name in ("conf", "queue", "data", "mail"):
            (self.folder / name).mkdir()
        os.chown(self.folder / "data", pwd.getpwnam("postfix").pw_uid, -1)
        os.chown(self.folder / "mail", _WHO_OWNS_MAIL, -1)
        readers = " ".join(f"{{{name}@reader.example={name}/}}" for name in self._readers)
        main = _MAIN.format(folder=self.folder, readers=readers, owner=_WHO_OWNS_MAIL)
        (self.folder / "conf/main.cf").write_text(main)
        (self.folder / "conf/master.cf").write_text(_MASTER.format(port=self.port))
        try:
            self._control("start")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if (self.folder / "queue/pid/master.pid").exists():
            self._control("stop")
        shutil.rmtree(self.folder)

    def mails(self, name: str, number: int = 1) -> list[EmailMessage]:
        """What lies in a mailbox, as soon as it is so many; an AssertionError with the log when they do not come."""
        folder, pause = self.folder / "mail" / name / "new", threading.Event()
        end = time.monotonic() + _PATIENCE
        while len(found := sorted(folder.glob("*"))) < number:
            assert time.monotonic() < end, (self.folder / "data/log").read_text("utf-8", "replace")
            pause.wait(0.05)  # another program's folder: nobody calls us
        return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in found]

    def write_sendmail(self) -> Path:
        """A sendmail program that hands over to this Postfix."""
        path = self.folder / "sendmail"
        path.write_text(f"#!/bin/sh\nexec {SENDMAIL} -C '{self.folder}/conf' \"$@\"\n")
        path.chmod(0o755)
        return path

    def _control(self, verb: str) -> None:
        command = [PROGRAM, "-c", str(self.folder / "conf"), verb]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def _find_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
