"""What a refusal is about: by its enhanced code (RFC 3463), then by its words, then by its reply code. Pure.

Words come second because servers choose them freely, and first only where the code is one that says nothing
(`4.7.1` is greylisting at one, a blocklist at the next).
"""

from __future__ import annotations

import re

from publisher.model.delivery import FailureClass
from publisher.model.message import Receipt

_MOST_READ = 1000  # characters; what a server says beyond them is a link to its help pages
_CODE = re.compile(r"(?:^|[\s<(\[])([45])\.(\d{1,3})\.(\d{1,3})\b")

# Subject and detail of the codes (RFC 3463 3, RFC 7505, RFC 7372), without the first digit.
_BY_CODE = {
    "1.1": FailureClass.ADDRESS,
    "1.2": FailureClass.ADDRESS,
    "1.3": FailureClass.ADDRESS,
    "1.4": FailureClass.ADDRESS,
    "1.6": FailureClass.ADDRESS,
    "1.10": FailureClass.ADDRESS,
    "1.7": FailureClass.POLICY,  # it is our own address that they do not take
    "1.8": FailureClass.POLICY,
    "2.1": FailureClass.ADDRESS,
    "2.2": FailureClass.MAILBOX,
    "2.3": FailureClass.CONTENT,
    "3.3": FailureClass.CONTENT,
    "3.4": FailureClass.CONTENT,
    "4.5": FailureClass.BUSY,
    "5.3": FailureClass.BUSY,
    "7.28": FailureClass.BUSY,  # what Gmail says to a sender that is too quick
}
_BY_SUBJECT = {
    "3": FailureClass.BUSY,
    "4": FailureClass.NETWORK,
    "6": FailureClass.CONTENT,
    "7": FailureClass.POLICY,
}

_WORDS: tuple[tuple[FailureClass, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (FailureClass.GREYLIST, r"gr[ea]y[ -]?list|temporarily rejected|not yet (?:been )?authori[sz]ed|retry in \d"),
        (FailureClass.BUSY, r"too many|rate.{0,12}(?:limit|exceed)|throttl|too (?:fast|quickly)|overload|busy"),
        (FailureClass.MAILBOX, r"quota|(?:mailbox|inbox|mail ?box).{0,30}full|full.{0,10}mailbox|over.{0,8}storage"),
        (
            FailureClass.ADDRESS,
            r"(?:no such|unknown|invalid|non-?existent) (?:user|recipient|mailbox|account|address)"
            r"|(?:user|recipient|mailbox|account|address).{0,40}(?:unknown|not found|n[o']t exist|disabled|no longer)",
        ),
        (
            FailureClass.POLICY,
            r"spam|block(?:ed|list)|black ?list|reputation|policy|dnsbl|rbl|spamhaus|dmarc|\bspf\b|dkim|unsolicited"
            r"|bad sender|access denied|not allowed|ptr record|reverse dns",
        ),
        (FailureClass.CONTENT, r"too (?:large|big|long)|size (?:limit|exceed)|exceeds.{0,20}size|virus|malformed"),
    )
)
# Two that say no more than their first digits; what is meant stands in the words.
_VAGUE = {"0.0", "2.0", "3.0", "4.0", "7.0", "7.1"}
_BY_REPLY = {
    421: FailureClass.BUSY,
    450: FailureClass.OTHER,
    452: FailureClass.BUSY,
    551: FailureClass.ADDRESS,
    552: FailureClass.MAILBOX,
    553: FailureClass.ADDRESS,
}

# How our own refusals begin, before a server was asked; all others are of connections.
_OURS = {"the address ": FailureClass.ADDRESS, "cannot be written as a mail": FailureClass.CONTENT}


def find_enhanced(reply: str) -> str:
    """The first enhanced code in a reply, such as `5.1.1`; "" without one."""
    match = _CODE.search(reply[:_MOST_READ])
    return f"{match[1]}.{int(match[2])}.{int(match[3])}" if match else ""


def classify(receipt: Receipt) -> FailureClass:
    """What stood in the way; of a Receipt that is no refusal, OTHER."""
    if receipt.code == 0:  # in our own words
        return next((kind for start, kind in _OURS.items() if receipt.reply.startswith(start)), FailureClass.NETWORK)
    if receipt.code < 400:
        return FailureClass.OTHER
    detail = (receipt.enhanced or find_enhanced(receipt.reply)).partition(".")[2]
    reply = receipt.reply[:_MOST_READ]
    words = next((kind for kind, pattern in _WORDS if pattern.search(reply)), None)
    if words is FailureClass.GREYLIST and receipt.code >= 500:  # greylisting is for a while (RFC 6647 2)
        words = FailureClass.POLICY
    by_code = _BY_CODE.get(detail) or _BY_SUBJECT.get(detail.partition(".")[0])
    if words is not None and (by_code is None or detail in _VAGUE or _says_more(words, detail)):
        return words
    return by_code or words or _BY_REPLY.get(receipt.code, FailureClass.OTHER)


def _says_more(words: FailureClass, detail: str) -> bool:
    """Gmail says 4.2.1 of a mailbox that gets too much mail at once, and many say 7.x of too many connections."""
    return words is FailureClass.BUSY and (detail == "2.1" or detail.startswith("7."))
