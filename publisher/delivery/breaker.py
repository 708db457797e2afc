"""A relay that refuses one message after the other for the same reason means us, and not the readers. Pure."""

from __future__ import annotations

import re
from collections import deque

from publisher.model.delivery import DeliveryState
from publisher.storage.deliveries import Claim, Settlement

REFUSALS = 10  # in a row
_MOST_KEPT = 1000  # claims
_OF_ONE_MESSAGE = re.compile(r"\S*@\S*|\S*\d\S*")
# RFC 3463 3.2 and 3.3: what is wrong with a recipient and with a mailbox; 1.7 and 1.8 are about the sender's address.
_OF_A_READER = re.compile(r"[45]\.(?:1\.(?!7$|8$)|2\.)\d+")
_WORDS_OF_A_READER = re.compile(r"user|mailbox|recipient|account|address|no such|unknown|quota", re.IGNORECASE)


class Breaker:
    """Counts the refusals of one issue that came one after the other, with nothing accepted in between."""

    def __init__(self) -> None:
        self._issue = 0
        self._reason = ""
        self._streak = 0
        self._refused: deque[Claim] = deque(maxlen=_MOST_KEPT)
        self._tripped: set[tuple[int, str]] = set()

    def note(self, answer: Settlement) -> list[Claim]:
        """Hear one answer. When it is one refusal too many: all those refused for that reason, with several connections
        some of them before the last that was accepted; after that, each that was still on its way. Else nothing.
        """
        if answer.state is DeliveryState.ACCEPTED or _is_about_the_reader(answer):
            self._streak = 0
        if not _is_refusal(answer):
            return []
        issue_id, reason = answer.claim.delivery.issue_id, describe_refusal(answer)
        if (issue_id, reason) in self._tripped:
            return [answer.claim]
        if (issue_id, reason) != (self._issue, self._reason):
            self._issue, self._reason, self._streak = issue_id, reason, 0
            self._refused.clear()
        self._refused.append(answer.claim)
        self._streak += 1
        if self._streak < REFUSALS:
            return []
        self._tripped.add((issue_id, reason))
        return list(self._refused)


def describe_refusal(answer: Settlement) -> str:
    """The reason without what differs from message to message: addresses, queue ids, numbers."""
    return f"{answer.code} {answer.enhanced} {_OF_ONE_MESSAGE.sub('', answer.reply)}"


def _is_refusal(answer: Settlement) -> bool:
    """For good, or for a while by policy (RFC 3463 3.8)."""
    return (answer.code >= 500 or answer.enhanced.startswith("4.7.")) and not _is_about_the_reader(answer)


def _is_about_the_reader(answer: Settlement) -> bool:
    if answer.code < 500:
        return False
    if answer.enhanced:
        return _OF_A_READER.fullmatch(answer.enhanced) is not None
    return _WORDS_OF_A_READER.search(answer.reply) is not None
