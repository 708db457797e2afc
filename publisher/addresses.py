"""E-mail addresses. Pure.

Lenient where people already have an address (Japanese carriers once gave out `a..b@` and `a.@`, others give out
letters beyond ASCII), strict about what could break a header or an SMTP command.
"""

from __future__ import annotations

import base64
import hmac
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

# What may never stand in a header value or an SMTP command: C0, DEL, C1, line and paragraph separators, and the
# bidirectional controls that make one name look like another (RFC 5322 2.2; RFC 5321 4.1.2).
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# RFC 5322 3.2.3, and what RFC 6532 3.2 adds to it.
_LOCAL = re.compile(r"(?:[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]|[^\x00-\x7f])+")
_ATOM = re.compile(
    r"(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|[^\x00-\x7f])+(?:\.(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|[^\x00-\x7f])+)*"
)
# What nearly every address looks like: nothing is wrong with it, and it is its own normal form and key. All others are
# looked at part by part; a property test holds the two against each other.
_PLAIN = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_FULL_WIDTH = re.compile("[\uff01-\uff5e]")
_LONGEST = 254  # RFC 5321 4.5.3.1.3, without the brackets
_LONGEST_LOCAL = 64  # bytes (RFC 5321 4.5.3.1.1)
_TOO_LONG = "is too long (64 bytes before the @, 254 in all)"
_MAILBOX = re.compile(r"\s*(?:(?P<name>[^<>]*)<(?P<email>[^<>]*)>|(?P<bare>[^<>]*))\s*")
# IDNA 2003, which Python's codec speaks, turns these into other letters, and so into somebody else's domain.
_AMBIGUOUS = set("ßẞς\u200c\u200d")
_BOUNCE = re.compile(r"\+([1-9][0-9]{0,17})-([1-9][0-9]{0,17})-([a-z2-7]{13})@", re.IGNORECASE | re.ASCII)
_NOTICE_BOUNCE = re.compile(r"\+n([1-9][0-9]{0,17})-([a-z2-7]{13})@", re.IGNORECASE | re.ASCII)
_MOST_BOUNCES = 20  # in one text; the rest is not looked at
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name (may be empty) and an address."""

    name: str
    email: str

    @property
    def domain(self) -> str:
        return domain_of(self.email)


def has_unsafe_characters(text: str) -> bool:
    """Whether `text` must not be put into a header."""
    return not text.isprintable() and _UNSAFE.search(text) is not None  # the first is quick, and true of most texts


@lru_cache(maxsize=1024)  # the sender's is looked at for each message
def problem_with(email: str) -> str | None:
    """Why this cannot be an address of ours or an author's, in words a person understands, or None when it can.

    ASCII before the @: mail that comes from other letters reaches nobody whose server does not know SMTPUTF8.
    """
    problem = problem_with_reader(email)
    if problem is None and needs_smtputf8(email):
        return "has letters before the @ that many mail servers refuse (only ASCII can stand here)"
    return problem


def is_plain(email: str) -> bool:
    """Whether this is an address without a problem that `normalise` and `identity_key` leave as it is: most are."""
    return len(email) <= _LONGEST and _PLAIN.fullmatch(email) is not None


def problem_with_reader(email: str) -> str | None:
    """The same of an address that is written to: any letters before the @ (RFC 6531)."""
    return None if is_plain(email) else _look_closely(email)


@lru_cache(maxsize=1024)  # a recipient's is looked at more than once
def _look_closely(email: str) -> str | None:
    if has_unsafe_characters(email) or any(character in email for character in ' <>,;:"\\()[]'):
        return "has a character that an address cannot have"
    local, at, domain = email.rpartition("@")
    if not at or not local or not domain:
        return "is not of the form name@domain"
    if len(email) > _LONGEST:
        return _TOO_LONG
    problem = _problem_with_local(_compose(local)) or _problem_with_domain(domain)
    if problem is None and len(normalise(email).encode()) > _LONGEST:
        return _TOO_LONG
    return problem


def needs_smtputf8(email: str) -> bool:
    """Whether only servers with SMTPUTF8 (RFC 6531) take the address: a domain alone can be written in ASCII."""
    return not email.rpartition("@")[0].isascii()


def normalise(email: str) -> str:
    """The address as it is stored: trimmed, in NFC (RFC 6532 3.1), the domain in lower-case ASCII (RFC 5890)."""
    local, _, domain = email.strip().rpartition("@")
    return f"{_compose(local)}@{_ascii_domain(domain)}"


def identity_key(email: str) -> str:
    """Two spellings with the same key are one person: no mail system of today tells `A@` from `a@`."""
    return email if is_plain(email) else _compose(normalise(email).casefold())


def domain_of(email: str) -> str:
    return _ascii_domain(email.rpartition("@")[2])


def envelope_form(email: str) -> str:
    """The address as it stands in MAIL and RCPT: odd local parts (`a..b`, `a.`) quoted (RFC 5321 4.1.2)."""
    local, _, domain = email.rpartition("@")
    return email if _ATOM.fullmatch(local) else f'"{local}"@{domain}'


def bounce_address(address: str, key: bytes, delivery: tuple[int, int]) -> str:
    """`address` with the delivery (issue id, subscriber id) and a signature in it, for reports to come back to (VERP).

    `address` itself when there is no room for that (64 characters, RFC 5321 4.5.3.1.1).
    """
    return _extend(address, f"{delivery[0]}-{delivery[1]}", _sign_delivery(key, delivery))


def notice_bounce_address(address: str, key: bytes, notice_id: int) -> str:
    """The same for a notice: an `n` stands before its number, so that neither is ever taken for the other."""
    return _extend(address, f"n{notice_id}", _sign_notice(key, notice_id))


def find_bounce_address(text: str, keys: Sequence[bytes]) -> tuple[int, int] | None:
    """The delivery of the first address in `text` that `bounce_address` has made with one of `keys`."""
    for match in islice(_BOUNCE.finditer(text), _MOST_BOUNCES):
        delivery = int(match[1]), int(match[2])
        if _is_signed(match[3], (_sign_delivery(key, delivery) for key in keys)):
            return delivery
    return None


def find_notice_address(text: str, keys: Sequence[bytes]) -> int | None:
    """The notice of the first address in `text` that `notice_bounce_address` has made with one of `keys`."""
    for match in islice(_NOTICE_BOUNCE.finditer(text), _MOST_BOUNCES):
        if _is_signed(match[2], (_sign_notice(key, int(match[1])) for key in keys)):
            return int(match[1])
    return None


def parse_mailbox(text: str, *, is_reader: bool = False) -> Mailbox:
    """`Name <name@example.com>` or a bare address. A name may hold commas and brackets, with quotes or without.

    `is_reader`: mail goes to it, not from it (see `problem_with_reader`).
    Raises ValueError with words for the person who wrote it.
    """
    if has_unsafe_characters(text):
        raise ValueError("has a control character")
    match = _MAILBOX.fullmatch(text)
    email = (match["bare"] if match["name"] is None else match["email"]).strip() if match else ""
    if match is None or not email:
        raise ValueError('is not an address; write it as "Name <news@example.com>"')
    problem = problem_with_reader(email) if is_reader else problem_with(email)
    if problem:
        raise ValueError(f"the address {email} {problem}")
    name = _unquote(" ".join((match["name"] or "").split()))
    if "@" in name:
        raise ValueError("has an @ in the name, which mail programs treat as a forgery")
    return Mailbox(name=name, email=normalise(email))


def _problem_with_domain(domain: str) -> str | None:
    if _AMBIGUOUS & set(domain):
        return f"has a domain that can be read in two ways; write its xn-- form ({domain!r})"
    labels = _ascii_domain(domain).split(".")
    if len(labels) < 2 and domain != "localhost":
        return f"has no complete domain after the @ ({domain!r})"
    # A last label of digits alone would be an IP address (RFC 3696 2).
    if not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        return f"has a domain that cannot exist ({domain!r})"
    return None


def _problem_with_local(local: str) -> str | None:
    if len(local.encode()) > _LONGEST_LOCAL:
        return _TOO_LONG
    if _FULL_WIDTH.search(local):  # of an input method that was left on
        return "has full-width characters before the @; write them in ASCII"
    # Not printable: spaces of every kind, what is invisible or has no meaning yet. A mark would join what is before it.
    if not _LOCAL.fullmatch(local) or not local.isprintable() or unicodedata.combining(local[0]):
        return "has a character that an address cannot have"
    return None


def _compose(text: str) -> str:
    """NFC. What is longer than any address stays as it is: a long run of marks takes more than linear time."""
    return text if text.isascii() or len(text) > 2 * _LONGEST else unicodedata.normalize("NFC", text)


def _extend(address: str, number: str, signature: str) -> str:
    local, _, domain = address.rpartition("@")
    longer = f"{local}+{number}-{signature}"
    return f"{longer}@{domain}" if len(longer) <= _LONGEST_LOCAL else address


def _is_signed(given: str, wanted: Iterable[str]) -> bool:
    signature = given.lower()  # some servers change the case of what they return
    return any(hmac.compare_digest(signature, one) for one in wanted)


def _sign_delivery(key: bytes, delivery: tuple[int, int]) -> str:
    return _sign(key, b"bounce\0%d\0%d" % delivery)


def _sign_notice(key: bytes, notice_id: int) -> str:
    return _sign(key, b"bounce-notice\0%d" % notice_id)


def _sign(key: bytes, words: bytes) -> str:
    """13 lower-case letters and digits, 64 bits: an address does not keep its case everywhere."""
    digest = hmac.digest(key, words, "sha256")[:8]
    return base64.b32encode(digest).decode("ascii").rstrip("=").lower()


def _unquote(name: str) -> str:
    if len(name) < 2 or not name.startswith('"') or not name.endswith('"'):
        return name
    return re.sub(r"\\(.)", r"\1", name[1:-1]).strip()


@lru_cache(maxsize=4096)  # a list of a million people has a few thousand domains
def _ascii_domain(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return domain.lower()
