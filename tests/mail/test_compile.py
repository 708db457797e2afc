from __future__ import annotations

import html
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.policy import compat32, default
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.addresses import Mailbox, has_unsafe_characters
from publisher.delivery.transports.wire import stuff_dots
from publisher.errors import TemplateError
from publisher.mail.compile import Letterhead, Personal, compile_issue, unsubscribe_mailto
from publisher.mail.encoding import canonicalise
from publisher.mail.slots import Slot, word
from publisher.model.rendered import RenderedIssue

MARKER = "PUB00112233445566AA"
TOKEN, NAME, EMAIL = (word(MARKER, slot) for slot in (Slot.UNSUBSCRIBE, Slot.NAME, Slot.EMAIL))
URI = unsubscribe_mailto("unsubscribe@news.example.com", TOKEN)

RENDERED = RenderedIssue(
    subject="📮 今週のミライ技術ノート：小さな衛星と大きな電池",
    text=f"{NAME} 様\n\n軽い電池の話🔋\nFrom here on\n.\n\n配信停止 {URI}\n{EMAIL}",
    html=f'<p>{NAME} 様</p><p>軽い電池の話🔋</p><a href="{URI}">配信停止</a> {EMAIL}\n',
    language="ja",
    marker=MARKER,
)
LETTERHEAD = Letterhead(
    sender=Mailbox("ミライ技術ノート", "news@example.com"),
    reply_to=Mailbox("編集部", "editor@example.com"),
    list_name="週刊ミライ技術ノート",
    list_id="weekly.news.example.com",
    unsubscribe_address="unsubscribe@news.example.com",
    feedback_id="7:weekly:digest:publisher",
    archived_at="https://example.com/issues/7",
)
HANAKO = Personal(
    email="hanako@example.org",
    name="山田 花子🌸",
    unsubscribe_token="v1.8fJ-2_kq~x",
    message_id="7.12.c0ffee@news.example.com",
    date=datetime(2026, 1, 8, 8, 0, 5, tzinfo=ZoneInfo("Asia/Tokyo")),
)
ONCE = {
    "Date",
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Language",
    "List-Id",
    "List-Unsubscribe",
    "Feedback-ID",
    "Precedence",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "Archived-At",
}

safe = st.text(max_size=60).filter(lambda text: not has_unsafe_characters(text))
bodies = st.lists(st.one_of(st.text(max_size=80), st.sampled_from([TOKEN, NAME, EMAIL])), max_size=6).map("".join)


def parse(data: bytes) -> EmailMessage:
    message = message_from_bytes(data, policy=default)
    for part in message.walk():
        assert not part.defects
        assert not [header for header in part.values() if header.defects]
    return message


def bodies_of(message: EmailMessage) -> tuple[str, str]:
    plain, rich = message.iter_parts()
    return plain.get_content(), rich.get_content()


def check_wire_format(data: bytes) -> None:
    assert data.isascii()
    assert b"\0" not in data
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", data)
    assert data.endswith(b"--\r\n")
    assert stuff_dots(data) == data  # what Message.is_plain promises
    lines = data.split(b"\r\n")
    assert all(len(line) <= 998 for line in lines)
    assert all(len(line) <= 78 or line.startswith((b"List-Unsubscribe: ", b"Archived-At: ")) for line in lines)


def test_the_message_reads_back_as_it_was_meant() -> None:
    data = compile_issue(RENDERED, LETTERHEAD).splice(HANAKO)
    check_wire_format(data)
    message = parse(data)
    assert message["Subject"] == RENDERED.subject
    assert message["From"].addresses[0].display_name == "ミライ技術ノート"
    assert message["From"].addresses[0].addr_spec == "news@example.com"
    assert message["Reply-To"].addresses[0].display_name == "編集部"
    assert [(to.display_name, to.addr_spec) for to in message["To"].addresses] == [
        ("山田 花子🌸", "hanako@example.org")
    ]
    assert message["Date"].datetime == HANAKO.date
    assert message["Date"].datetime.utcoffset() == timedelta(hours=9)
    assert message["Message-ID"] == "<7.12.c0ffee@news.example.com>"
    assert message["List-Id"] == "週刊ミライ技術ノート <weekly.news.example.com>"
    assert message["Feedback-ID"] == "7:weekly:digest:publisher"
    assert message["Precedence"] == "bulk"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Archived-At"] == "<https://example.com/issues/7>"
    assert message["Content-Language"] == "ja"


def test_every_header_stands_exactly_once_and_no_other() -> None:
    message = parse(compile_issue(RENDERED, LETTERHEAD).splice(HANAKO))
    assert sorted(message.keys()) == sorted(ONCE)


def test_headers_without_a_value_are_left_out() -> None:
    letterhead = replace(LETTERHEAD, reply_to=None, archived_at=None)
    message = parse(compile_issue(replace(RENDERED, language=""), letterhead).splice(HANAKO))
    assert set(message.keys()) == ONCE - {"Reply-To", "Archived-At", "Content-Language"}


def test_a_test_message_says_so_and_is_otherwise_the_same() -> None:
    data = compile_issue(RENDERED, LETTERHEAD, test=True).splice(HANAKO)
    assert parse(data)["X-Publisher-Test"] == "yes"
    assert data.replace(b"X-Publisher-Test: yes\r\n", b"") == compile_issue(RENDERED, LETTERHEAD).splice(HANAKO)


def test_plain_text_comes_first_and_both_parts_name_charset_and_encoding() -> None:
    message = parse(compile_issue(RENDERED, LETTERHEAD).splice(HANAKO))
    assert message.get_content_type() == "multipart/alternative"
    assert message.preamble is None
    parts = list(message.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert [part.get_content_charset() for part in parts] == ["utf-8", "utf-8"]
    assert {part["Content-Transfer-Encoding"].cte for part in parts} <= {"base64", "quoted-printable"}


def test_bodies_hold_the_values_escaped_for_their_place() -> None:
    person = replace(HANAKO, name='O\'Neil & "Söhne" <花>')
    plain, rich = bodies_of(parse(compile_issue(RENDERED, LETTERHEAD).splice(person)))
    uri = unsubscribe_mailto("unsubscribe@news.example.com", HANAKO.unsubscribe_token)
    assert plain == (
        f"{person.name} 様\r\n\r\n軽い電池の話🔋\r\nFrom here on\r\n.\r\n\r\n配信停止 {uri}\r\nhanako@example.org"
    )
    assert f"<p>{html.escape(person.name)} 様</p>" in rich
    assert f'href="{uri}"' in rich


@settings(deadline=None, max_examples=80)
@given(
    subject=safe, name=safe, text=bodies, body=bodies, token=st.from_regex(r"[A-Za-z0-9._~-]{1,120}", fullmatch=True)
)
def test_any_issue_reads_back_for_any_person(subject: str, name: str, text: str, body: str, token: str) -> None:
    subject, name = subject.strip(), name.strip()
    body = body or "\n"  # without any HTML there is one part only, see below
    rendered = RenderedIssue(subject=subject, text=text, html=body, language="ja", marker=MARKER)
    person = replace(HANAKO, name=name, unsubscribe_token=token)
    data = compile_issue(rendered, LETTERHEAD).splice(person)
    check_wire_format(data)
    message = parse(data)

    def fill(body_text: str, person_name: str) -> str:
        values = {TOKEN: token, NAME: person_name, EMAIL: person.email}
        return canonicalise(re.sub("|".join(values), lambda match: values[match[0]], body_text))

    assert message["Subject"] == subject
    assert [to.addr_spec for to in message["To"].addresses] == [person.email]
    assert bodies_of(message) == (fill(text, name), fill(body, html.escape(name)))
    assert sorted(message.keys()) == sorted(ONCE)


@settings(deadline=None, max_examples=60)
@given(
    lines=st.lists(st.sampled_from([".", "..", "x.", "", " ", "From ", NAME, EMAIL, "あ", "\r", "\n.\n"]), max_size=12)
)
def test_no_line_begins_with_a_dot_wherever_there_are_dots(lines: list[str]) -> None:
    text = "\n".join(lines)
    rendered = RenderedIssue(subject=".", text=text, html=text or "\n", language="ja", marker=MARKER)
    for name in (".", ".." * 20, ""):
        data = compile_issue(rendered, LETTERHEAD).splice(replace(HANAKO, name=name, email=".a@example.com"))
        check_wire_format(data)


@settings(deadline=None, max_examples=60)
@given(subject=safe, name=safe)
def test_the_old_parser_reads_the_same(subject: str, name: str) -> None:
    rendered, person = replace(RENDERED, subject=subject.strip()), replace(HANAKO, name=name.strip())
    message: Message[Any, Any] = message_from_bytes(compile_issue(rendered, LETTERHEAD).splice(person), policy=compat32)
    assert not message.defects
    assert str(make_header(decode_header(unfold(message["Subject"])))) == rendered.subject
    assert sorted(message.keys()) == sorted(ONCE)


def unfold(value: str) -> str:
    return value.replace("\r\n", "").replace("\n", "")


@pytest.mark.parametrize(
    "subject", ["👨‍👩‍👧‍👦" * 20, "新しい技術を毎日ひとつ" * 19, "A" + "電池" * 100, "🇯🇵 日本 " * 25 + "!"]
)
def test_long_subjects_arrive_whole(subject: str) -> None:
    data = compile_issue(replace(RENDERED, subject=subject), LETTERHEAD).splice(HANAKO)
    check_wire_format(data)
    assert parse(data)["Subject"] == subject


# ------------------------------------------------------------------------------------------------ list headers


@pytest.mark.parametrize("length", [1, 60, 400])
def test_list_unsubscribe_is_one_item_on_one_line_however_long_the_token(length: int) -> None:
    token = ("tokEN-._~" * 50)[:length]
    data = compile_issue(RENDERED, LETTERHEAD).splice(replace(HANAKO, unsubscribe_token=token))
    line = f"List-Unsubscribe: <mailto:unsubscribe@news.example.com?subject=unsubscribe%20{token}>"
    assert line.encode() in data.split(b"\r\n")
    check_wire_format(data)


def test_there_is_no_one_click_header_without_an_https_address() -> None:
    assert b"list-unsubscribe-post" not in compile_issue(RENDERED, LETTERHEAD).splice(HANAKO).lower()


@pytest.mark.parametrize(
    "address", ["unsubscribe@example.com", "un+sub@example.com", "a..b@example.jp", "50%off?&@example.com"]
)
def test_the_mailto_names_the_address_and_the_subject(address: str) -> None:
    parts = urlsplit(unsubscribe_mailto(address, "tok-1"))
    assert unquote(parts.path).replace('"', "") == address
    assert unquote(parts.query) == "subject=unsubscribe tok-1"
    assert "," not in parts.path


# ------------------------------------------------------------------------------------------------ splicing


def test_the_same_person_gets_the_same_bytes_whatever_the_marker() -> None:
    other = "PUBFFEEDDCCBBAA9988"
    again = replace(
        RENDERED,
        text=RENDERED.text.replace(MARKER, other),
        html=RENDERED.html.replace(MARKER, other),
        marker=other,
    )
    compiled = compile_issue(RENDERED, LETTERHEAD)
    assert compiled.splice(HANAKO) == compiled.splice(HANAKO) == compile_issue(again, LETTERHEAD).splice(HANAKO)


def test_two_people_differ_only_where_they_must() -> None:
    long = replace(RENDERED, text=RENDERED.text + "電池の話\n" * 200, html=RENDERED.html + "<p>電池の話</p>\n" * 200)
    compiled = compile_issue(long, LETTERHEAD)
    jiro = replace(  # values as long as Hanako's, so that the lines can be compared one by one
        HANAKO,
        email="jiro_y@example.org",
        name="山田 次郎🚀",
        unsubscribe_token="v2.2aPq_1Zk-y",
        message_id="7.13.c0ffee@news.example.com",
    )
    one, two = (compiled.splice(person).split(b"\r\n") for person in (HANAKO, jiro))
    differing = [ours for ours, theirs in zip(one, two, strict=True) if ours != theirs]
    assert [line.split(b":")[0] for line in differing[:3]] == [b"To", b"Message-ID", b"List-Unsubscribe"]
    assert 3 < len(differing) <= 3 + 6 * 2 < len(one) // 4  # six slots, each on one line or two


def test_threads_may_share_a_compiled_issue() -> None:
    compiled = compile_issue(RENDERED, LETTERHEAD)
    people = [replace(HANAKO, email=f"r{number}@example.org", unsubscribe_token=f"t{number}") for number in range(64)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(compiled.splice, people)) == [compiled.splice(person) for person in people]


def test_no_value_can_look_like_the_boundary() -> None:
    boundary = parse(compile_issue(RENDERED, LETTERHEAD).splice(HANAKO)).get_boundary()
    assert boundary is not None
    assert boundary.startswith("=_")
    rendered = replace(RENDERED, text=f"--{boundary}\n{NAME}\n--{boundary}--\n", html=f"{NAME}\n")
    first = parse(compile_issue(rendered, LETTERHEAD).splice(HANAKO)).get_boundary()
    data = compile_issue(rendered, LETTERHEAD).splice(replace(HANAKO, name=f"--{first}--"))
    message = parse(data)
    assert data.partition(b"\r\n\r\n")[2].count(f"--{first}".encode()) == 3
    assert bodies_of(message)[1] == f"--{first}--\r\n"


def test_an_issue_without_slots_or_text_is_still_a_message() -> None:
    empty = RenderedIssue(subject="", text="", html="\n", language="ja", marker=MARKER)
    message = parse(compile_issue(empty, LETTERHEAD).splice(HANAKO))
    assert message["Subject"] == ""
    assert [content.strip() for content in bodies_of(message)] == ["", ""]


@settings(deadline=None, max_examples=60)
@given(text=bodies, name=safe)
def test_without_html_the_text_is_the_whole_message(text: str, name: str) -> None:
    data = compile_issue(replace(RENDERED, text=text, html=""), LETTERHEAD).splice(replace(HANAKO, name=name.strip()))
    message = parse(data)
    values = {TOKEN: HANAKO.unsubscribe_token, NAME: name.strip(), EMAIL: HANAKO.email}
    filled = canonicalise(re.sub("|".join(values), lambda match: values[match[0]], text))
    assert message.get_content_type() == "text/plain"
    assert message.get_content().rstrip("\r\n") == filled.rstrip("\r\n")
    assert sorted(message.keys()) == sorted({*ONCE, "Content-Transfer-Encoding"})
    head, _, body = data.partition(b"\r\n\r\n")
    check_wire_format(head + b"\r\n--\r\n")
    assert not body or (body.endswith(b"\r\n") and not body.endswith(b"\r\n\r\n"))


# ------------------------------------------------------------------------------------------------ attacks


@pytest.mark.parametrize("character", ["\r\n", "\n", "\r", "\0", "\x85", "\u2028", "\u2029", "\u202e", "\ud83d"])
def test_an_unsafe_name_is_left_out_and_starts_no_header(character: str) -> None:
    person = replace(HANAKO, name=f"花子{character}Bcc: everyone@example.com")
    message = parse(compile_issue(RENDERED, LETTERHEAD).splice(person))
    assert sorted(message.keys()) == sorted(ONCE)
    assert str(message["To"]) == "hanako@example.org"
    assert "everyone" not in "".join(bodies_of(message))


def test_a_name_that_pretends_to_be_another_address_stays_a_name() -> None:
    person = replace(HANAKO, name='"x" <boss@example.com>, all@example.com')
    to = parse(compile_issue(RENDERED, LETTERHEAD).splice(person))["To"].addresses
    assert [address.addr_spec for address in to] == ["hanako@example.org"]


def test_a_name_of_absurd_length_is_left_out() -> None:
    message = parse(compile_issue(RENDERED, LETTERHEAD).splice(replace(HANAKO, name="長" * 101)))
    assert str(message["To"]) == "hanako@example.org"
    assert parse(compile_issue(RENDERED, LETTERHEAD).splice(replace(HANAKO, name="長" * 100)))["To"] != message["To"]


@pytest.mark.parametrize(
    "change",
    [
        {"email": "a@b.jp\r\nBcc: c@d.jp"},
        {"email": "a@b.jp>, <c@d.jp"},
        {"unsubscribe_token": "a>\r\nBcc: c@d.jp"},
        {"unsubscribe_token": ""},
        {"unsubscribe_token": "印"},
        {"unsubscribe_token": "x" * 401},
        {"message_id": "a@b>\r\nBcc: c@d.jp"},
        {"message_id": ""},
        {"date": datetime(2026, 1, 8)},  # noqa: DTZ001 - the point of the test
    ],
)
def test_a_personal_value_that_no_header_may_hold_is_refused(change: dict[str, Any]) -> None:
    compiled = compile_issue(RENDERED, LETTERHEAD)
    with pytest.raises(ValueError, match=r"header|token|time zone"):
        compiled.splice(replace(HANAKO, **change))


@pytest.mark.parametrize(
    "change",
    [
        {"sender": Mailbox("a\r\nBcc: b@c.jp", "news@example.com")},
        {"reply_to": Mailbox("", "no address")},
        {"list_name": "週刊\u2028"},
        {"list_id": "weekly>\r\nBcc: b@c.jp"},
        {"unsubscribe_address": "a" * 1000 + "@example.com"},
        {"archived_at": "https://example.com/ a"},
        {"archived_at": "https://example.com/\r\nBcc:b@c.jp"},
    ],
)
def test_a_letterhead_that_no_header_may_hold_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"header|998"):
        compile_issue(RENDERED, replace(LETTERHEAD, **change))


@pytest.mark.parametrize(
    "feedback_id",
    ["", "a:b:c", "7:weekly:digest:abcd", "7:weekly:digest:abcdefghijklmnop", "7:週:d:publisher", "7:w k:d:publisher"],
)
def test_a_feedback_id_needs_a_sender_of_five_to_fifteen_characters(feedback_id: str) -> None:
    with pytest.raises(ValueError, match="senderid"):
        compile_issue(RENDERED, replace(LETTERHEAD, feedback_id=feedback_id))


@pytest.mark.parametrize("character", ["\r\n", "\u2028", "\0", "\u202e"])
def test_an_unsafe_subject_is_refused(character: str) -> None:
    with pytest.raises(ValueError, match="control character"):
        compile_issue(replace(RENDERED, subject=f"新刊{character}Bcc: b@c.jp"), LETTERHEAD)


def test_a_slot_in_the_subject_or_a_damaged_one_is_a_template_error() -> None:
    with pytest.raises(TemplateError, match="subject"):
        compile_issue(replace(RENDERED, subject=f"{TOKEN} 様"), LETTERHEAD)
    with pytest.raises(TemplateError, match="placeholder"):
        compile_issue(replace(RENDERED, html=RENDERED.html.lower()), LETTERHEAD)


def test_an_article_cannot_forge_a_slot() -> None:
    forged = word("PUBAAAAAAAAAAAAAAAA", Slot.UNSUBSCRIBE)
    plain, _ = bodies_of(parse(compile_issue(replace(RENDERED, text=forged), LETTERHEAD).splice(HANAKO)))
    assert plain.strip() == forged


def test_dates_keep_their_own_offset() -> None:
    compiled = compile_issue(RENDERED, LETTERHEAD)
    assert b"Date: Thu, 08 Jan 2026 08:00:05 +0900\r\n" in compiled.splice(HANAKO)
    in_utc = replace(HANAKO, date=HANAKO.date.astimezone(UTC))
    assert b"Date: Wed, 07 Jan 2026 23:00:05 +0000\r\n" in compiled.splice(in_utc)
