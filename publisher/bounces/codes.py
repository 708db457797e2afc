"""What a refusal means: the address, a fault of the moment, or ourselves. Pure.

Status codes after RFC 3463 and the IANA registry of enhanced status codes; words after what servers really say.
"""

from __future__ import annotations

import re

from publisher.model.bounce import BounceKind

LONGEST_WORDS = 2000  # characters of an explanation that are looked at

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])", re.ASCII)
_BASIC = re.compile(r"(?<![\d.])([45]\d\d)(?=[ \-])", re.ASCII)

_HARD_CODES = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"}
# Message too large, wrong in form, or in a language the other side does not speak: the next issue may be none of it.
_POLICY_CODES = {"5.2.3", "5.3.4", "5.1.7", "5.1.8"}
_POLICY_CLASSES = {"5", "6", "7"}

_HARD_WORDS = re.compile(
    r"user unknown|unknown (?:user|recipient|mailbox|account)|no such (?:user|recipient|mailbox|address|account|person)"
    r"|(?:recipient|user|mailbox|account|address)[^.\n]{0,60}(?:does not|doesn't|do not|not) exist"
    r"|(?:address|recipient|mailbox|user|account) (?:was )?(?:not found|unknown)|invalid (?:recipient|mailbox|address)"
    r"|host (?:unknown|not found)|domain (?:name )?not found|not our customer|no mailbox here"
    r"|unrouteable address|no longer (?:exists|valid)"
    r"|(?:アドレス|宛先|あて先|ユーザ|ユーザー|受信者|メールボックス)[^。\n]{0,30}(?:見つかりません|存在しません|存在しない|不明)"
    r"|未知のユーザ|收件人不存在|用户不存在|用户未找到|존재하지 않는"
    r"|adresse (?:introuvable|inconnue)|empfänger (?:unbekannt|existiert nicht)|usuario desconocido",
    re.IGNORECASE,
)
_SOFT_WORDS = re.compile(
    r"mailbox (?:is )?full|over ?quota|quota|insufficient (?:disk )?(?:storage|space)|disabled|inactive|suspended"
    r"|容量[^。\n]{0,20}(?:超|オーバー|いっぱい|不足)|いっぱいです|空きがあり?ません|一時的|邮箱已满",
    re.IGNORECASE,
)
_POLICY_WORDS = re.compile(
    r"spam|unsolicited|block(?:ed|list)|black ?list|dmarc|\bspf\b|\bdkim\b|policy|reputation|rate.?limit"
    r"|too (?:large|big)|not authenticated|迷惑メール|ブロック|規制|拒否設定",
    re.IGNORECASE,
)
# A user's own block list and an address that nobody has get the same answer there.
_AMBIGUOUS_DOMAINS = ("docomo.ne.jp",)


def find_code(text: str) -> str:
    """The first enhanced status code in `text`, as `5.1.1`; "" without one."""
    match = _ENHANCED.search(text[:LONGEST_WORDS])
    return ".".join(str(int(part)) for part in match.groups()) if match else ""


def classify(code: str, text: str, address: str = "") -> BounceKind:
    """HARD, SOFT or POLICY. `code` is an enhanced status code or ""; `text` what the server said, in any language.

    What nobody can tell is SOFT: it counts only when it happens again.
    """
    text = text[:LONGEST_WORDS]
    kind = _classify(code if code.count(".") == 2 else find_code(text), text)
    if kind is BounceKind.HARD and address.lower().endswith(_AMBIGUOUS_DOMAINS):
        return BounceKind.SOFT
    return kind


def _classify(code: str, text: str) -> BounceKind:
    if code in _HARD_CODES:
        return BounceKind.HARD
    if code.startswith("4.") or (not code and _is_temporary(text)):
        return BounceKind.SOFT
    if _HARD_WORDS.search(text) and not code.startswith("5.2."):
        return BounceKind.HARD
    if code in _POLICY_CODES or (code.startswith("5.") and code.split(".")[1] in _POLICY_CLASSES):
        return BounceKind.POLICY
    if code.startswith("5.2.") or _SOFT_WORDS.search(text):
        return BounceKind.SOFT
    return BounceKind.POLICY if _POLICY_WORDS.search(text) else BounceKind.SOFT


def _is_temporary(text: str) -> bool:
    match = _BASIC.search(text)
    return match is not None and match[1].startswith("4")
