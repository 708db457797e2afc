"""Rules about what e-mail law and mailbox providers ask of every mail. Pure.

Japan: 特定電子メール法 4 and 施行規則 9; United States: CAN-SPAM; the way to unsubscribe: RFC 2369, and what Gmail and
Yahoo ask of senders.
"""

from __future__ import annotations

from collections.abc import Iterator

from publisher.mail.lint.finding import Finding
from publisher.mail.lint.proof import Proof

_PARTS = {"the HTML": "body.html", "the text part": "body.txt"}


def check_footer(proof: Proof) -> Iterator[Finding]:
    """A line may have been broken anywhere, so blanks do not count."""
    facts = proof.facts
    html = proof.text + " ".join(link.get("href") or "" for link in proof.body.iter("a"))
    for where, text in (("the HTML", html), ("the text part", proof.issue.text)):
        if not _is_there(proof, where):
            continue
        said = _squeeze(text)
        for field, value in (("name", facts.name), ("address", facts.address), ("contact", facts.contact)):
            if _squeeze(value) not in said:
                message = (
                    f"does not say {value!r}, which the law asks for: print organisation.{field} in {_PARTS[where]}"
                )
                yield Finding("footer-missing", message, where)


def check_unsubscribe(proof: Proof) -> Iterator[Finding]:
    word = proof.unsubscribe_word()
    links = [link.get("href") or "" for link in proof.body.iter("a") if link not in proof.hidden]
    for where, is_there in (
        ("the HTML", any(word in link for link in links)),
        ("the text part", word in proof.issue.text),
    ):
        if not is_there and _is_there(proof, where):
            message = f"has no way to unsubscribe: print unsubscribe_url in {_PARTS[where]}"
            yield Finding("unsubscribe-missing", message, where)
    if not proof.facts.has_list_unsubscribe:
        message = "has no List-Unsubscribe, so mail programs show no button: set delivery.unsubscribe"
        yield Finding("list-unsubscribe-missing", message, "the message")


def _is_there(proof: Proof, where: str) -> bool:
    """A mail may be of text alone."""
    return bool(proof.issue.html) or _PARTS[where] != "body.html"


def _squeeze(text: str) -> str:
    return "".join(text.split())
