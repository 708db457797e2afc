"""Automatic answers of people who are away (RFC 3834), told from reports of servers. Pure."""

from __future__ import annotations

import re

from publisher.bounces.letter import Letter

_SUBJECT = re.compile(
    r"^(?:(?:re|aw)\s*:\s*)?(?:auto(?:matic)?[ -]?(?:reply|response|respond)|out of (?:the )?office|vacation"
    r"|abwesenheit|automatische antwort|réponse automatique|respuesta automática|自動(?:返信|応答|回答|回复)|不在)",
    re.IGNORECASE,
)
_MARKS = ("X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-AutoReply-From", "X-Auto-Reply")


def is_autoreply(letter: Letter) -> bool:
    submitted = letter.header("Auto-Submitted").lower()
    if submitted.startswith("auto-") or any(name in letter.message for name in _MARKS):
        return True
    if letter.header("Precedence").lower() in {"auto_reply", "auto-reply"}:
        return True
    return _SUBJECT.search(letter.header("Subject")) is not None
