"""Who holds a claim: a name that tells whether its process still lives."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Iterable


def make_owner() -> str:
    """`host:pid:random`; unique for every sender."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def find_gone(owners: Iterable[str], mine: str) -> list[str]:
    """Those of `owners` that ran on this machine and are certainly not running any more.

    Their work is taken back at once; whoever runs elsewhere is waited for until the lease is over. A process sends with
    one sender at a time, so another name with our own process id is gone too: an earlier sender that could not clean
    up, or a process of the same number before a restart.
    """
    return [owner for owner in owners if owner != mine and _is_gone(owner)]


def _is_gone(owner: str) -> bool:
    host, _, rest = owner.rpartition(":")[0].rpartition(":")
    if host != socket.gethostname() or not rest.isdigit():
        return False
    if int(rest) == os.getpid():
        return True
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except OSError:  # it lives, as somebody else's process
        return False
    return False
