"""A rendered issue becomes the bytes of one message per subscriber. Pure.

`compile_issue` does, once, all that is the same for everybody: headers, transfer encoding, boundary. `splice` writes
four header lines, encodes the few bytes around each slot and joins the rest; with keys it signs what it joins. The same
issue, letterhead and person give the same bytes, whatever marker the issue was rendered with: a retry sends what the
first attempt sent.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from publisher.addresses import Mailbox, envelope_form, has_unsafe_characters
from publisher.errors import TemplateError
from publisher.mail.dkim import Coverage, Key, cover, write_signature
from publisher.mail.embedded import attach, wrap_related
from publisher.mail.encoding import Base64Part, EncodedPart, encode_base64, encode_part
from publisher.mail.headers import (
    check_structured,
    encode_address,
    encode_mailbox,
    encode_named,
    encode_text,
    encode_uris,
    write_header,
)
from publisher.mail.personal import LONGEST_VALUE
from publisher.mail.places import split_html, split_text
from publisher.mail.slots import AnySlot, FieldSlot, Slot, split
from publisher.mail.subject import PersonalSubject, prepare_subject
from publisher.markup.characters import clean_line
from publisher.model.rendered import RenderedIssue
from publisher.timing import format_mail_date

if TYPE_CHECKING:  # a name that only type checkers know hashes by
    from _hashlib import HASH

# A Message-ID and tokens, which are of RFC 3986's "unreserved": the same in a URI, in HTML and in a header.
_IDS = re.compile(r"[!-;=?-~]+ [A-Za-z0-9._~-]{1,400} [A-Za-z0-9._~-]{0,400}")
_STAND_IN = "~stand-in~"  # stands for one while the header around it is made
_FEEDBACK_ID = re.compile(r"[!-9;-~]*(?::[!-9;-~]*){2}:[!-9;-~]{5,15}")  # Gmail: a SenderId of 5 to 15 characters
_HTML_SPECIAL = re.compile("[&<>\"']")
_EMAIL, _NAME = Slot.EMAIL, Slot.NAME  # looking one up in an enum takes a while
_UNSUBSCRIBE, _PREFERENCES, _ACTION = Slot.UNSUBSCRIBE, Slot.PREFERENCES, Slot.ACTION
_ISSUE, _ARCHIVE = Slot.ISSUE, Slot.ARCHIVE
_PERSONAL = ("Date", "To", "Message-ID", "List-Unsubscribe")  # the headers that differ, as they are written
_MOST_READ = 10_000  # characters of a value that are looked at
_LONGEST_NAME = 100  # a longer one is no name, and some servers refuse a header section of 12 KB


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What a newsletter puts on every message. `list_id` is stable and looks like a host name (RFC 2919)."""

    sender: Mailbox
    reply_to: Mailbox | None
    list_name: str
    list_id: str
    unsubscribe_address: str
    feedback_id: str  # campaign:list:type:senderid
    archived_at: str | None = None
    unsubscribe_page: str = ""  # its address up to the token; empty: by mail only


@dataclass(frozen=True, slots=True)
class Personal:
    """What differs from message to message. `message_id` has no angle brackets, `date` is aware.

    `action_token` is that of what a notice asks for, `issue` the number of an issue,
    `archive_token` what opens an archive for subscribers.
    """

    email: str
    name: str
    unsubscribe_token: str
    message_id: str
    date: datetime
    fields: Mapping[str, str] = field(default_factory=dict)
    preferences_token: str = ""
    action_token: str = ""
    issue: str = ""
    archive_token: str = ""


class Wanted(NamedTuple):
    """A slot of an issue, the field that stands there, and what does without it."""

    slot: FieldSlot
    name: str
    fallback: str
    is_in_url: bool


@dataclass(frozen=True, slots=True)
class CompiledIssue:
    """One variant of an issue, ready for its subscribers. Immutable: threads may share it."""

    unsubscribe: tuple[str, ...]  # the List-Unsubscribe header, between its tokens
    head: bytes
    text: EncodedPart
    between: bytes
    html: EncodedPart
    end: bytes
    coverage: Coverage
    hashed: HASH = field(repr=False)  # what of the body is in `head`
    wanted: tuple[Wanted, ...] = ()
    wanted_in_subject: tuple[Wanted, ...] = ()
    subject: PersonalSubject | None = None  # with personal values in it; else it is in `head`

    @property
    def size(self) -> int:
        """Of a message with no values in it, about, in bytes."""
        parts: list[bytes] = []
        for part in (self.text, self.html):
            part.fill(parts, defaultdict(str))
        return sum(map(len, (self.head, self.between, self.end, *parts)))

    def splice(self, personal: Personal, keys: Sequence[Key] = ()) -> bytes:
        """The message for one person, signed with each of `keys`: CRLF, 7-bit, no line longer than 998.

        The To of an address that is not ASCII before the @ is UTF-8 (RFC 6532).
        Raises ValueError when the address, the token or the Message-ID cannot stand in a header.
        """
        name = _clean_name(personal.name)
        headers = self._write_personal_headers(personal, name)
        if self.subject is not None:
            values: dict[AnySlot, str] = {_EMAIL: personal.email, _NAME: name}
            values.update(_find_values(self.wanted_in_subject, personal, name, _LONGEST_NAME))
            headers += self.subject.write(values)
        pieces = [headers, self.head]
        self._fill(pieces, personal, name)
        if keys:
            pieces.insert(0, self._sign(personal, pieces, keys))
        return b"".join(pieces)

    def _fill(self, pieces: list[bytes], personal: Personal, name: str) -> None:
        in_text: dict[AnySlot, str] = {
            _UNSUBSCRIBE: personal.unsubscribe_token,
            _PREFERENCES: personal.preferences_token,
            _ACTION: personal.action_token,
            _ISSUE: personal.issue,
            _ARCHIVE: personal.archive_token,
            _EMAIL: personal.email,
            _NAME: name,
        }
        in_html = in_text
        if self.wanted:
            in_text.update(_find_values(self.wanted, personal, name, LONGEST_VALUE))
            if _HTML_SPECIAL.search("".join(in_text.values())):
                in_html = {slot: html.escape(value) for slot, value in in_text.items()}
        elif "&" in personal.email or "'" in personal.email or _HTML_SPECIAL.search(name):  # no address has < > "
            in_html = {slot: html.escape(value) for slot, value in in_text.items()}
        self.text.fill(pieces, in_text)
        pieces.append(self.between)
        self.html.fill(pieces, in_html)
        pieces.append(self.end)

    def _sign(self, personal: Personal, pieces: Sequence[bytes], keys: Sequence[Key]) -> bytes:
        """The signatures over a message in `pieces`, of which the first has the personal headers."""
        digest = self.hashed.copy()
        for piece in pieces[2:]:
            digest.update(piece)
        body_hash = digest.digest()
        return b"".join(write_signature(key, self.coverage, pieces[0], body_hash, personal.date) for key in keys)

    def _write_personal_headers(self, personal: Personal, name: str) -> bytes:
        others = personal.preferences_token + personal.action_token + personal.issue + personal.archive_token
        if not _IDS.fullmatch(f"{personal.message_id} {personal.unsubscribe_token} {others}"):
            check_structured(personal.message_id)
            raise ValueError("a token is not URL-safe")  # and is not repeated: who has it can act with it
        to = encode_address(name, personal.email, len("To: "))
        return (
            f"Date: {format_mail_date(personal.date)}\r\n"
            f"To: {to}\r\n"
            f"Message-ID: <{personal.message_id}>\r\n"
            f"{personal.unsubscribe_token.join(self.unsubscribe)}"
        ).encode()


def compile_issue(rendered: RenderedIssue, letterhead: Letterhead, *, test: bool = False) -> CompiledIssue:
    """Everything that all subscribers of this variant share; `test` marks the message with a header.

    Raises TemplateError for a damaged slot, ValueError for a value that no header may hold.
    """
    if not rendered.html:
        return _compile_text(rendered, letterhead, test=test)
    text = split_text(rendered.text, rendered.marker)
    attached = attach(rendered.html, rendered.embedded, letterhead.list_id)
    body = split_html(attached.html, rendered.marker)
    subject = _split_subject(rendered)
    boundary = _boundary(subject, text, body)
    personal_subject = prepare_subject(subject)
    headers = _write_shared_headers(rendered, letterhead, has_subject=personal_subject is None, test=test)
    headers += write_header("Content-Type", f'multipart/alternative;\r\n boundary="{boundary}"')
    plain_part, html_part = encode_part(text), encode_part(body)
    plain_start = f"--{boundary}\r\n{_write_part_headers('plain', plain_part)}\r\n".encode("ascii")
    related = wrap_related(attached, boundary, letterhead.list_id)
    html_start = f"\r\n--{boundary}\r\n{related.start}{_write_part_headers('html', html_part)}\r\n".encode("ascii")
    shared = headers.encode("ascii")
    body_start = plain_start + plain_part.static_start
    return CompiledIssue(
        unsubscribe=_split_unsubscribe(letterhead),
        head=shared + b"\r\n" + body_start,
        text=plain_part,
        between=html_start + html_part.static_start,
        html=html_part,
        end=related.end + f"\r\n--{boundary}--\r\n".encode("ascii"),
        coverage=cover(shared, (*_PERSONAL, "Subject") if personal_subject else _PERSONAL),
        hashed=hashlib.sha256(body_start),
        wanted=_list_wanted(rendered, [*text, *body]),
        wanted_in_subject=_list_wanted(rendered, subject),
        subject=personal_subject,
    )


def _compile_text(rendered: RenderedIssue, letterhead: Letterhead, *, test: bool) -> CompiledIssue:
    """A mail of one part. It ends in one line end, whatever the values: DKIM counts no empty lines at the end."""
    pieces = split_text(rendered.text.rstrip("\r\n"), rendered.marker)
    ends_in_slot = not pieces or isinstance(pieces[-1], (Slot, FieldSlot))
    part = encode_part(pieces)
    if ends_in_slot or isinstance(part, Base64Part):
        part = encode_base64(split_text(rendered.text, rendered.marker))
    subject = _split_subject(rendered)
    personal_subject = prepare_subject(subject)
    headers = _write_shared_headers(rendered, letterhead, has_subject=personal_subject is None, test=test)
    headers += _write_part_headers("plain", part)
    shared = headers.encode("ascii")
    return CompiledIssue(
        unsubscribe=_split_unsubscribe(letterhead),
        head=shared + b"\r\n" + part.static_start,
        text=part,
        between=b"",
        html=encode_base64(()),
        end=b"" if isinstance(part, Base64Part) else b"\r\n",
        coverage=cover(shared, (*_PERSONAL, "Subject") if personal_subject else _PERSONAL),
        hashed=hashlib.sha256(part.static_start),
        wanted=_list_wanted(rendered, pieces),
        wanted_in_subject=_list_wanted(rendered, subject),
        subject=personal_subject,
    )


def _split_unsubscribe(letterhead: Letterhead) -> tuple[str, ...]:
    """The page first: mail programs take the first that they know (RFC 2369 2)."""
    uris = [f"{letterhead.unsubscribe_page}{_STAND_IN}"] if letterhead.unsubscribe_page else []
    uris.append(unsubscribe_mailto(letterhead.unsubscribe_address, _STAND_IN))
    return tuple(write_header("List-Unsubscribe", encode_uris(uris)).split(_STAND_IN))


def unsubscribe_mailto(address: str, token: str) -> str:
    """The URI that asks, by mail, to be taken off the list (RFC 6068); `token` may be a slot's word."""
    return f"mailto:{quote(envelope_form(address), safe='@+!$*-._~')}?subject=unsubscribe%20{quote(token, safe='')}"


def _split_subject(rendered: RenderedIssue) -> list[str | AnySlot]:
    pieces = split(rendered.subject, rendered.marker)
    if not {_UNSUBSCRIBE, _PREFERENCES, _ACTION, _ISSUE, _ARCHIVE}.isdisjoint(pieces):
        raise TemplateError("the subject cannot hold the address to unsubscribe; take unsubscribe_url out of it")
    return pieces


def _list_wanted(rendered: RenderedIssue, pieces: Sequence[str | AnySlot]) -> tuple[Wanted, ...]:
    """Raises TemplateError for a number that no field has."""
    found: list[Wanted] = []
    for piece in dict.fromkeys(pieces):
        if not isinstance(piece, FieldSlot):
            continue
        slot = piece.plain
        if isinstance(slot, Slot):  # an address or a name, within a URL
            name, fallback = slot.value.lower(), ""
        elif slot.number < len(rendered.fields):
            name, fallback = rendered.fields[slot.number]
        else:
            raise TemplateError("a template changed the placeholder of a personal value; print it as it is")
        found.append(Wanted(piece, name, fallback, piece.is_in_url))
    return tuple(found)


def _find_values(wanted: Sequence[Wanted], personal: Personal, name: str, longest: int) -> dict[AnySlot, str]:
    """A value longer than `longest` characters is none."""
    found: dict[AnySlot, str] = {}
    for slot, field_name, fallback, is_in_url in wanted:
        if field_name == "name":
            value = name
        elif field_name == "email":
            value = personal.email
        else:
            value = clean_line(personal.fields.get(field_name, "")[:_MOST_READ])
        if not value or len(value) > longest:
            value = fallback
        found[slot] = quote(value, safe="") if is_in_url else value
    return found


def _write_shared_headers(rendered: RenderedIssue, letterhead: Letterhead, *, has_subject: bool, test: bool) -> str:
    if not _FEEDBACK_ID.fullmatch(letterhead.feedback_id):
        raise ValueError(f"{letterhead.feedback_id!r} is not campaign:list:type:senderid")
    list_id = check_structured(letterhead.list_id)
    headers = {
        "From": encode_mailbox(letterhead.sender),
        "Reply-To": encode_mailbox(letterhead.reply_to) if letterhead.reply_to else "",
        "Subject": encode_text(rendered.subject, len("Subject: ")) if has_subject else "",
        "List-Id": encode_named(letterhead.list_name, list_id, len("List-Id: ")),
        "Feedback-ID": letterhead.feedback_id,
        # RFC 8058 wants an https address for it.
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" if _is_one_click(letterhead) else "",
        "Precedence": "bulk",
        "Auto-Submitted": "auto-generated",  # RFC 3834
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "Archived-At": encode_uris([letterhead.archived_at]) if letterhead.archived_at else "",
        "Content-Language": check_structured(rendered.language) if rendered.language else "",
        "MIME-Version": "1.0",
        "X-Publisher-Test": "yes" if test else "",
    }
    return "".join(
        write_header(name, value) for name, value in headers.items() if value or (name == "Subject" and has_subject)
    )


def _is_one_click(letterhead: Letterhead) -> bool:
    return letterhead.unsubscribe_page.startswith("https://")


def _write_part_headers(subtype: str, part: EncodedPart) -> str:
    content_type = write_header("Content-Type", f"text/{subtype}; charset=utf-8")
    return content_type + write_header("Content-Transfer-Encoding", part.encoding)


def _boundary(*parts: Sequence[str | AnySlot]) -> str:
    """`=_` occurs neither in base64 nor in quoted-printable, so no value can ever look like the boundary."""
    digest = hashlib.sha256()
    for piece in (piece for part in parts for piece in part):
        digest.update((b"\0slot " if isinstance(piece, (Slot, FieldSlot)) else b"\0text ") + piece.encode("utf-8"))
    return f"=_{digest.hexdigest()[:32]}"


def _clean_name(name: str) -> str:
    """Names come from other people's files: what is unsafe in a header or no name at all is left out."""
    return "" if len(name) > _LONGEST_NAME or has_unsafe_characters(name) else name.strip()
