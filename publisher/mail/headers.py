"""Header values, encoded and folded (RFC 5322, RFC 2047). Pure.

Not `email.headerregistry`: it turns a long List-Unsubscribe into an encoded-word, after which no mail program shows its
button. What could start a header of its own is refused, not cleaned: titles were cleaned where they were read, so a
control character that comes this far is a bug or an attack.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from publisher.addresses import Mailbox, envelope_form, has_unsafe_characters
from publisher.mail.encodedwords import FOLD, LINE, encode_words

_LONGEST_LINE = 998  # RFC 5322 2.1.1
_PLAIN_TEXT = re.compile(r"[!-~]+(?: [!-~]+)*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
# Letters beyond ASCII stand in a header as they are (RFC 6532 3.2).
_ADDRESS = re.compile(r"(?:[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]|[^\x00-\x7f]){1,64}@[A-Za-z0-9.-]{1,253}")
# Most addresses: nothing to quote, and short of every limit.
_USUAL_ADDRESS = re.compile(r"[A-Za-z0-9_+-]{1,31}(?:\.[A-Za-z0-9_+-]{1,31})?@[A-Za-z0-9.-]{1,253}")
_STRUCTURED = re.compile(r"[!-;=?-~]+")


def encode_text(text: str, first_line_used: int) -> str:
    """The value of an unstructured header, such as a subject; `first_line_used` columns are taken by the name.

    Raises ValueError when `text` has a character that no header may hold.
    """
    _check_safe(text)
    if not text:
        return ""
    if _PLAIN_TEXT.fullmatch(text) and "=?" not in text:
        folded = _fold_at_spaces(text, first_line_used)
        if folded is not None:
            return folded
    return encode_words(text, first_line_used)


def encode_mailbox(mailbox: Mailbox, first_line_used: int = len("Reply-To: ")) -> str:
    """`Name <address>`, or the bare address when there is no name, of a sender: in ASCII.

    Raises ValueError for an unsafe name and for what is not an address.
    """
    if not mailbox.email.isascii():
        raise ValueError(f"{mailbox.email!r} cannot be written as the address of a sender, which is ASCII")
    return encode_address(mailbox.name.strip(), mailbox.email, first_line_used)


def encode_address(name: str, email: str, first_line_used: int) -> str:
    """As `encode_mailbox`, for a name, without space around it, and an address by themselves, which may be a reader's.

    Letters beyond ASCII before the @ come out as they are (RFC 6532).
    """
    address = email if _USUAL_ADDRESS.fullmatch(email) else _odd_address(email)
    return encode_named(name, address, first_line_used) if name else address


def _odd_address(email: str) -> str:
    if not _ADDRESS.fullmatch(email) or not email.isprintable():
        raise ValueError(f"{email!r} cannot be written as an address in a header")
    return envelope_form(email)


def encode_named(name: str, item: str, first_line_used: int) -> str:
    """A display name before `<item>`, as From and List-Id have it; `item` alone when there is no name.

    Raises ValueError for an unsafe name.
    """
    _check_safe(name)
    name = name.strip()
    if not name:
        return f"<{item}>"
    phrase = _encode_phrase(name, first_line_used)
    column = len(phrase.rpartition("\r\n")[2]) if "\r\n" in phrase else first_line_used + len(phrase)
    return f"{phrase} <{item}>" if column + len(item) + 3 <= LINE else f"{phrase}{FOLD}<{item}>"


def encode_uris(uris: Iterable[str]) -> str:
    """`<uri>, <uri>` as List-Unsubscribe has it: never encoded, folded only between the items.

    Raises ValueError for what is not plain ASCII; a comma must be percent-encoded, because readers split there.
    """
    items = [f"<{check_structured(uri)}>" for uri in uris]
    if any("," in item for item in items):
        raise ValueError(f"{items!r} has a comma inside an item")
    return f",{FOLD}".join(items)


def check_structured(value: str) -> str:
    """`value` itself: one word of printable ASCII without `<` and `>`, to be neither encoded nor folded.

    Raises ValueError.
    """
    if not _STRUCTURED.fullmatch(value):
        raise ValueError(f"{value!r} cannot stand in a header: it takes printable ASCII only, no space, no < or >")
    return value


def write_header(name: str, value: str) -> str:
    """The whole header with its line end.

    Raises ValueError when a line is longer than mail servers take.
    """
    header = f"{name}: {value}\r\n"
    if max(map(len, header.split("\r\n"))) > _LONGEST_LINE:
        raise ValueError(f"{name} has a line of more than {_LONGEST_LINE} characters")
    return header


def _check_safe(text: str) -> None:
    if has_unsafe_characters(text):
        raise ValueError(f"{text!r} has a control character, which must not stand in a header")


def _fold_at_spaces(text: str, used: int) -> str | None:
    """`text` on lines of at most 76, or None when one of its words is longer."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        candidate = f"{line} {word}" if line else word
        if len(candidate) <= LINE - (1 if lines else used):
            line = candidate
            continue
        if not line or len(word) >= LINE:
            return None
        lines.append(line)
        line = word
    return FOLD.join([*lines, line])


def _encode_phrase(name: str, used: int) -> str:
    """Atoms, a quoted-string, or encoded-words: an encoded-word inside quotes would be shown as it is."""
    if name.isascii() and "=?" not in name:
        phrase = name if _ATOMS.fullmatch(name) else '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
        if used + len(phrase) <= LINE:
            return phrase
    return encode_words(name, used)
