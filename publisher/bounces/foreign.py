"""The one door to flufl.bounce: bounces of servers that keep to no standard. Pure.

Its faults: a detector may raise whatever it likes on a mail that is none, it writes every detector it tries into the
log, and it gives addresses as bytes. Some of its expressions take long on long lines, so it gets the beginning only.
"""

from __future__ import annotations

import email
import logging
import re

from flufl.bounce import all_failures

from publisher.bounces.letter import Letter

_LARGEST = 50_000  # bytes
_LONGEST_LINE = re.compile(rb"[^\r\n]{1000}[^\r\n]+")
_MOST_ADDRESSES = 100

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)


def find_failures(letter: Letter) -> tuple[list[str], list[str]]:
    """(addresses that may work later, addresses that will not), each sorted."""
    content = _LONGEST_LINE.sub(lambda match: match[0][:1000], letter.content[:_LARGEST])
    try:
        temporary, permanent = all_failures(email.message_from_bytes(content))
        return _decode(temporary), _decode(permanent)
    except Exception:  # noqa: BLE001 - see above
        return [], []


def _decode(addresses: frozenset[bytes]) -> list[str]:
    return sorted(address.decode("utf-8", "replace") for address in addresses)[:_MOST_ADDRESSES]
