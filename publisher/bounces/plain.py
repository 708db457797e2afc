"""Reports in plain words: of Japanese carriers and portals, and of old servers everywhere. Pure.

They name an address and say why in a line near it. What those of docomo, au,
SoftBank and Yahoo! JAPAN look like is from published descriptions; the words are in `codes`.
"""

from __future__ import annotations

import re

from publisher.bounces.codes import LONGEST_WORDS, classify, find_code
from publisher.bounces.dsn import Status
from publisher.bounces.foreign import find_failures
from publisher.bounces.letter import Letter
from publisher.model.bounce import BounceKind

_DAEMON = re.compile(
    r"(?:mailer-daemon|mail-daemon|mdaemon|postmaster|mailerdaemon|mmd)@|mail delivery s", re.IGNORECASE
)
_SUBJECT = re.compile(
    r"undeliver|delivery (?:status|failure|report|has failed)|delivery.{0,20}failed|failure notice|returned mail"
    r"|mail (?:system|delivery) (?:error|failed|failure)|non.?remis|unzustellbar|nicht zugestellt|系统退信|投递失败"
    r"|配信(?:できません|不能|エラー|失敗)|送信(?:できません|エラー|失敗)|届けられません|宛先不明|エラーメール|不達",
    re.IGNORECASE,
)
_DELAY = re.compile(
    r"delayed|could not be delivered yet|not yet been delivered|still trying|will (?:keep|continue) trying|遅延",
    re.IGNORECASE,
)
# Where a report gives the mail back that it is about; what stands there is not its own word.
_RETURNED = re.compile(
    r"^[ \t>*=-]{0,40}(?:below this line is a copy|original message|returned message|this is a copy of the message"
    r"|unsent message|元のメール|送信メール|以下は)",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(
    r"(?<![\w.+-])([A-Za-z0-9][\w.!#$%&'*+/=?^`{|}~-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5})", re.ASCII
)


def is_report(letter: Letter) -> bool:
    """Whether a server wrote this mail, to say that another one did not arrive."""
    if _DAEMON.search(letter.header("From")):
        return True
    return letter.header("Return-Path") == "<>" and _SUBJECT.search(letter.header("Subject")) is not None


def read_plain(letter: Letter) -> list[Status]:
    """One for each address that the report names; one without an address when it names none."""
    words = _own_words(letter)
    subject = letter.header("Subject")
    if _DELAY.search(subject) or (_DELAY.search(words) and not _SUBJECT.search(subject)):
        return [Status(BounceKind.NOTICE, "", find_code(words), _shorten(words))]
    temporary, permanent = find_failures(letter)
    if not temporary and not permanent:
        match = _ADDRESS.search(words)
        permanent = [match[1]] if match else [""]
    found = [_read_address(address, words) for address in permanent]
    return found + [Status(BounceKind.NOTICE, address, "", _shorten(words)) for address in temporary]


def _read_address(address: str, words: str) -> Status:
    """What is said near the address goes before what is said elsewhere."""
    place = max(words.find(address), 0) if address else 0
    near = words[place : place + LONGEST_WORDS // 2]
    code = find_code(near) or find_code(words)
    kind = classify(code, near, address)
    if kind is not BounceKind.HARD and not code:
        kind = classify("", words, address)
    return Status(kind, address, code, _shorten(near))


def _own_words(letter: Letter) -> str:
    text = "\n".join(letter.texts[:2])[:20_000]
    match = _RETURNED.search(text)
    return text[: match.start()] if match and match.start() > 40 else text


def _shorten(text: str) -> str:
    return " ".join(text.split())[:300]
