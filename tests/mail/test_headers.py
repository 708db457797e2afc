from __future__ import annotations

import base64
import locale
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_string
from email.header import decode_header, make_header
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from publisher.addresses import Mailbox, has_unsafe_characters
from publisher.mail.graphemes import cluster_starts
from publisher.mail.headers import (
    check_structured,
    encode_address,
    encode_mailbox,
    encode_named,
    encode_text,
    encode_uris,
    write_header,
)
from publisher.timing import format_mail_date

FAMILY = "👨‍👩‍👧‍👦"
GRAPHEMES = (
    "日",
    "a",
    "é",
    "か\u3099",
    FAMILY,
    "👩🏽‍💻",
    "🇯🇵",
    "🏴\U000e0067\U000e0062\U000e007f",
    "❤️",
    "ﾊﾟ",
    "한",
    " ",
    "_",
    "?",
    "=",
)
UNSAFE = ("\r", "\n", "\0", "\t", "\x0b", "\x1b", "\x7f", "\x85", "\u2028", "\u2029", "\u202e", "\u2066", "\ud83d")

titles = st.one_of(
    st.text(max_size=120).filter(lambda text: not has_unsafe_characters(text)),
    st.lists(st.sampled_from(GRAPHEMES), max_size=90).map("".join),
    st.text("日本語x", max_size=200),
    st.text("ab =?_", max_size=160),
).map(str.strip)


def decode_words(value: str) -> str:
    """A strict reader of RFC 2047: every word stands alone, so a split character cannot hide."""
    pieces = []
    for word in re.split(r"\r\n ", value):
        match = re.fullmatch(r"=\?UTF-8\?([BQ])\?([!->@-~]*)\?=", word)
        assert match, word
        if match[1] == "B":
            raw = base64.b64decode(match[2], validate=True)
        else:
            raw = re.sub(
                rb"=([0-9A-F]{2})", lambda m: bytes.fromhex(m[1].decode()), match[2].replace("_", " ").encode()
            )
        pieces.append(raw.decode("utf-8"))
    return "".join(pieces)


def parse(header: str) -> EmailMessage:
    return message_from_string(f"{header}\r\n\r\n", policy=default)


def check_lines(name: str, value: str) -> None:
    assert value.isascii()
    lines = f"{name}: {value}".split("\r\n")
    assert all(len(line) <= 76 for line in lines)
    assert all(re.fullmatch(r" \S[ -~]*", line) for line in lines[1:])


# ------------------------------------------------------------------------------------------------ text


@settings(deadline=None, max_examples=120)
@given(title=titles)
@example(title="AIが変える" + "日本語の長い題名" * 25)
@example(title=FAMILY * 12)
@example(title="x" * 300)
def test_a_subject_reads_back_as_it_was_written(title: str) -> None:
    value = encode_text(title, len("Subject: "))
    check_lines("Subject", value)
    parsed = parse(f"Subject: {value}")["Subject"]
    assert str(parsed) == title
    assert not parsed.defects
    assert str(make_header(decode_header(value.replace("\r\n", "")))) == title
    if "=?" in value:
        assert decode_words(value) == title


@settings(deadline=None, max_examples=60)
@given(title=titles, used=st.integers(0, 80))
def test_words_before_the_last_have_no_padding_and_fit(title: str, used: int) -> None:
    value = encode_text(title, used)
    if "=?" not in value:
        return
    words = value.split("\r\n ")
    assert all(len(word) <= 75 for word in words)
    assert used + len(words[0]) <= 76 or words[0] == ""
    assert not any(word.endswith("=?=") for word in words[:-1])


@pytest.mark.parametrize(
    "title", ["日本語" * 66, "A" + "日本語" * 66, "AI" + "日本語" * 66, "日本語" * 20 + "x" + "です" * 40]
)
def test_a_title_of_two_hundred_characters_takes_no_more_words_than_it_must(title: str) -> None:
    words = encode_text(title, 9).split("\r\n ")
    assert decode_words("\r\n ".join(words)) == title
    assert len(words) <= len(title.encode()) // 45 + 2


@pytest.mark.parametrize("grapheme", ["か\u3099", "👩🏽‍💻", "🇯🇵", "❤️", "👍🏿", "ﾊﾟ", "🏳️‍🌈"])
def test_words_end_between_graphemes(grapheme: str) -> None:
    text = grapheme * 30
    words = encode_text(text, 9).split("\r\n ")
    assert len(words) > 1
    for word in words:
        assert decode_words(word) == grapheme * (len(decode_words(word)) // len(grapheme))


def test_a_family_among_japanese_words_is_kept_together_where_that_is_possible() -> None:
    title = "家族のための新しい技術を毎日ひとつ紹介しますAI" + FAMILY + "週末に読みたい記事をまとめて"
    assert any(FAMILY in decode_words(word) for word in encode_text(title, 9).split("\r\n "))


def test_ascii_stays_readable_and_is_folded_at_spaces() -> None:
    assert encode_text("Batteries and satellites", 9) == "Batteries and satellites"
    assert encode_text("word " * 30 + "end", 9) == "\r\n ".join(
        [("word " * 13).strip(), ("word " * 15).strip(), "word word end"]
    )


def test_mostly_ascii_is_q_and_japanese_is_base64() -> None:
    assert encode_text("Café society", 9) == "=?UTF-8?Q?Caf=C3=A9_society?="
    assert encode_text("日本語", 9) == "=?UTF-8?B?5pel5pys6Kqe?="


def test_what_looks_like_an_encoded_word_is_encoded() -> None:
    value = encode_text("=?UTF-8?B?5pel?= means 日?", 9)
    assert decode_words(value) == "=?UTF-8?B?5pel?= means 日?"
    assert decode_words(encode_text("=?us-ascii?q?x?=", 9)) == "=?us-ascii?q?x?="


def test_spaces_that_folding_would_lose_are_encoded() -> None:
    assert decode_words(encode_text("two  spaces", 9)) == "two  spaces"
    assert decode_words(encode_text(" ends ", 9)) == " ends "


def test_an_empty_text_stays_empty() -> None:
    assert encode_text("", 9) == ""


@pytest.mark.parametrize("character", UNSAFE)
def test_characters_that_could_start_a_header_are_refused(character: str) -> None:
    with pytest.raises(ValueError, match="control character"):
        encode_text(f"新刊{character}Bcc: everyone@example.com", 9)
    with pytest.raises(ValueError, match="control character"):
        encode_mailbox(Mailbox(f"花子{character}Bcc: everyone@example.com", "a@example.com"))
    with pytest.raises(ValueError, match="control character"):
        encode_named(f"週刊{character}", "weekly.example.com", 9)


# ------------------------------------------------------------------------------------------------ mailboxes


@settings(deadline=None, max_examples=120)
@given(name=titles)
@example(name='O"Neil \\ Söhne, "GmbH" <x@example.com>')
@example(name="news@example.com")
@example(name="ミライ技術ノート編集部より愛を込めて📮" * 4)
def test_a_mailbox_reads_back_as_it_was_written(name: str) -> None:
    value = encode_mailbox(Mailbox(name, "news@example.com"))
    check_lines("Reply-To", value)
    header = cast("AddressHeader", parse(f"Reply-To: {value}")["Reply-To"])
    assert [address.addr_spec for address in header.addresses] == ["news@example.com"]
    phrase = value.removesuffix("<news@example.com>").removesuffix("\r\n ").removesuffix(" ")
    assert value == "news@example.com" if not name else read_phrase(phrase) == name
    assert "=?" not in "".join(re.findall(r'"(?:[^"\\]|\\.)*"', value))


def read_phrase(phrase: str) -> str:
    if phrase.startswith("=?"):
        return decode_words(phrase)
    if phrase.startswith('"'):
        return re.sub(r"\\(.)", r"\1", phrase[1:-1])
    return phrase


def test_names_are_written_in_the_simplest_form_that_holds_them() -> None:
    assert encode_mailbox(Mailbox("", "a@example.com")) == "a@example.com"
    assert encode_mailbox(Mailbox("  ", "a@example.com")) == "a@example.com"
    assert encode_mailbox(Mailbox("Mirai Notes", "a@example.com")) == "Mirai Notes <a@example.com>"
    assert encode_mailbox(Mailbox("Mirai, Inc.", "a@example.com")) == '"Mirai, Inc." <a@example.com>'
    assert encode_mailbox(Mailbox("未来", "a@example.com")) == "=?UTF-8?B?5pyq5p2l?= <a@example.com>"


def test_an_odd_local_part_is_quoted() -> None:
    assert encode_mailbox(Mailbox("", "a..b@example.jp")) == '"a..b"@example.jp'
    assert encode_mailbox(Mailbox("花", "a.@example.jp")).endswith(' <"a."@example.jp>')


@pytest.mark.parametrize(
    "email",
    ["", "a", "a@", "@b", "a b@c.jp", "a@b>,<c@d.jp", 'a"@b.jp', "a@b.jp\r\nBcc: c@d.jp", "あ@b.jp", "a@日本.jp"],
)
def test_what_is_no_address_is_refused(email: str) -> None:
    with pytest.raises(ValueError, match="address"):
        encode_mailbox(Mailbox("花子", email))


def test_a_readers_address_keeps_its_letters_and_its_name_is_encoded() -> None:
    assert encode_address("", "花子@b.jp", 4) == "花子@b.jp"
    assert encode_address("", "花..子@b.jp", 4) == '"花..子"@b.jp'
    assert encode_address("花子", "花子@b.jp", 4) == "=?UTF-8?B?6Iqx5a2Q?= <花子@b.jp>"


@pytest.mark.parametrize(
    "email", ["花 子@b.jp", "花\u3000子@b.jp", "花\x85@b.jp", "花\u202e@b.jp", "花>@b.jp", "花\r\n@b.jp", "花@日本.jp"]
)
def test_letters_that_would_break_a_header_are_refused(email: str) -> None:
    with pytest.raises(ValueError, match="address"):
        encode_address("花子", email, 4)


def test_a_long_address_goes_on_a_line_of_its_own() -> None:
    email = "a" * 50 + "@news.example.com"
    assert encode_mailbox(Mailbox("ミライ", email)) == f"=?UTF-8?B?44Of44Op44Kk?=\r\n <{email}>"


def test_a_list_id_has_its_name_in_front() -> None:
    assert encode_named("Weekly", "weekly.example.com", 9) == "Weekly <weekly.example.com>"
    assert encode_named("", "weekly.example.com", 9) == "<weekly.example.com>"


# ------------------------------------------------------------------------------------------------ structured values


def test_uris_are_never_encoded_and_folded_only_between_items() -> None:
    long = "https://example.com/u/" + "t" * 300
    assert encode_uris([long]) == f"<{long}>"
    assert encode_uris([long, "mailto:a@example.com"]) == f"<{long}>,\r\n <mailto:a@example.com>"


@pytest.mark.parametrize("uri", ["", "https://例え.jp/", "a b", "a>b", "<a", "a\r\nBcc: b", "a,b"])
def test_a_uri_that_would_break_the_header_is_refused(uri: str) -> None:
    with pytest.raises(ValueError, match=r"header|comma"):
        encode_uris([uri])


@pytest.mark.parametrize("value", ["", "a b", "<a>", "a\n", "印"])
def test_a_structured_value_is_one_ascii_word(value: str) -> None:
    assert check_structured("7.12.abc@example.com") == "7.12.abc@example.com"
    with pytest.raises(ValueError, match="header"):
        check_structured(value)


def test_a_line_that_servers_refuse_is_refused_here() -> None:
    assert write_header("X", "v" * 995) == f"X: {'v' * 995}\r\n"
    with pytest.raises(ValueError, match="998"):
        write_header("X", "v" * 996)


# ------------------------------------------------------------------------------------------------ dates


@settings(deadline=None, max_examples=60)
@given(moment=st.datetimes(datetime(1970, 1, 1), datetime(2199, 1, 1)), minutes=st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001 - the zone is added below
def test_a_date_is_what_the_standard_library_writes(moment: datetime, minutes: int) -> None:
    aware = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert format_mail_date(aware) == format_datetime(aware)


def test_a_date_keeps_the_offset_of_its_zone() -> None:
    moment = datetime(2026, 1, 8, 8, 0, 5, 999999, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert format_mail_date(moment) == "Thu, 08 Jan 2026 08:00:05 +0900"
    assert format_mail_date(moment.astimezone(UTC)) == "Wed, 07 Jan 2026 23:00:05 +0000"
    assert format_mail_date(moment.astimezone(ZoneInfo("America/St_Johns"))) == "Wed, 07 Jan 2026 19:30:05 -0330"


@pytest.fixture
def foreign_locale() -> Iterator[None]:
    before = locale.setlocale(locale.LC_TIME)
    for name in ("ja_JP.UTF-8", "de_DE.UTF-8"):
        try:
            locale.setlocale(locale.LC_TIME, name)
        except locale.Error:
            continue
        break
    yield
    locale.setlocale(locale.LC_TIME, before)


@pytest.mark.usefixtures("foreign_locale")
def test_a_date_has_english_names_in_every_locale() -> None:
    assert format_mail_date(datetime(2026, 5, 12, tzinfo=UTC)) == "Tue, 12 May 2026 00:00:00 +0000"


def test_a_date_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        format_mail_date(datetime(2026, 1, 8))  # noqa: DTZ001 - the point of the test


# ------------------------------------------------------------------------------------------------ graphemes


@settings(deadline=None, max_examples=50)
@given(st.lists(st.sampled_from([g for g in GRAPHEMES if g != "한"] + ["\u1112\u1161\u11ab"]), max_size=20))
def test_clusters_start_where_a_person_sees_a_new_character(graphemes: list[str]) -> None:
    # Two flags in a row are four letters: only their pairs tell where one ends.
    starts, at = [], 0
    for grapheme in graphemes:
        starts.append(at)
        at += len(grapheme)
    assert list(cluster_starts("".join(graphemes))) == starts
