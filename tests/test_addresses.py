"""Addresses as people write them, and what must never reach a header or an SMTP command."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher import addresses
from publisher.addresses import (
    Mailbox,
    bounce_address,
    domain_of,
    envelope_form,
    find_bounce_address,
    find_notice_address,
    has_unsafe_characters,
    identity_key,
    is_plain,
    needs_smtputf8,
    normalise,
    notice_bounce_address,
    parse_mailbox,
    problem_with,
    problem_with_reader,
)

locals_ = st.from_regex(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,20}", fullmatch=True)
domains = st.sampled_from(["example.com", "Example.CO.jp", "例え.jp", "docomo.ne.jp", "localhost", "xn--r8jz45g.jp"])
emails = st.builds("{}@{}".format, locals_, domains)


@pytest.mark.parametrize(
    "email",
    [
        "hanako@example.com",
        "a..b@docomo.ne.jp",  # handed out by carriers for years
        "a.@ezweb.ne.jp",
        ".a@example.com",
        "news+tag@example.com",
        "花子".encode("punycode").decode() + "@例え.jp",
        "a@例え。jp",
        "o'brien/x@example.com",
        "root@localhost",
        "a" * 64 + "@example.com",
    ],
)
def test_an_address_that_exists_can_be_written_to(email: str) -> None:
    assert problem_with(email) is None


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("", "not of the form"),
        ("hanako", "not of the form"),
        ("@example.com", "not of the form"),
        ("hanako@", "not of the form"),
        ("hanako＠example.com", "not of the form"),
        ("ha nako@example.com", "character that an address cannot have"),
        ('"a b"@example.com', "character that an address cannot have"),
        ("a@b@example.com", "character that an address cannot have"),
        ("a,b@example.com", "character that an address cannot have"),
        ("a@example.com\r\nRCPT TO:<b@example.com>", "character that an address cannot have"),
        ("a@[127.0.0.1]", "character that an address cannot have"),
        ("花子@example.com", "only ASCII"),
        ("hanako@example", "no complete domain"),
        ("hanako@example..com", "cannot exist"),
        ("hanako@.example.com", "cannot exist"),
        ("hanako@example.com.", "cannot exist"),
        ("hanako@-example.com", "cannot exist"),
        ("hanako@exa_mple.com", "cannot exist"),
        ("hanako@192.168.0.1", "cannot exist"),
        ("hanako@" + "日" * 64 + ".jp", "cannot exist"),
        ("hanako@straße.example", "xn--"),  # would go to strasse.example
        ("a" * 65 + "@example.com", "too long"),
        ("a@" + "b" * 60 + "." + "c" * 60 + "." + "d" * 60 + "." + "e" * 60 + "." + "f" * 60 + ".jp", "too long"),
    ],
)
def test_an_address_that_cannot_exist_is_explained(email: str, words: str) -> None:
    assert words in (problem_with(email) or "")


@pytest.mark.parametrize(
    "email",
    [
        "花子@例え.jp",
        "例え@例え.example",
        "jürgen.müller@example.com",
        "δοκιμή@παράδειγμα.example",
        "उदाहरण@example.com",
        "あ" * 21 + "@example.com",
        "🚀@example.com",
    ],
)
def test_a_reader_may_have_any_letters_before_the_at_and_a_sender_may_not(email: str) -> None:
    assert problem_with_reader(email) is None
    assert "only ASCII" in (problem_with(email) or "")
    assert needs_smtputf8(normalise(email))


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("ｈａｎａｋｏ@example.com", "full-width"),
        ("hanako＋news@example.com", "full-width"),
        ("花 子@example.com", "cannot have"),
        ("花\u3000子@example.com", "cannot have"),
        ("花\u00a0子@example.com", "cannot have"),
        ("花\u200b子@example.com", "cannot have"),  # not to be seen
        ("花@子@example.com", "cannot have"),
        ("花,子@example.com", "cannot have"),
        ("花\u037e子@example.com", "cannot have"),  # a semicolon in NFC
        ("花\x85子@example.com", "cannot have"),
        ("\u0338花@example.com", "cannot have"),  # joins what stands before it
        ("花\ud800@example.com", "cannot have"),
        ("花\ue000@example.com", "cannot have"),
        ("あ" * 22 + "@example.com", "64 bytes"),
        ("花子@" + "あいうえおかき." * 29 + "jp", "254 in all"),  # shorter as it is written
    ],
)
def test_what_no_reader_has_before_the_at_is_explained(email: str, words: str) -> None:
    assert words in (problem_with_reader(email) or "")


def test_only_letters_before_the_at_need_an_extension() -> None:
    assert not needs_smtputf8("hanako@例え.jp")
    assert not needs_smtputf8("a..b@docomo.ne.jp")


def test_spellings_of_international_letters_are_one_person() -> None:
    composed, apart = "J\u00dcRGEN@example.com", "ju\u0308rgen@EXAMPLE.com"
    assert normalise(apart) == "j\u00fcrgen@example.com"
    assert identity_key(composed) == identity_key(apart)
    assert identity_key("花子@例え.jp") != identity_key("華子@例え.jp")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
@example("\u0390\u0345\u0301")
def test_what_is_stored_of_an_international_address_is_stable_and_fits_a_command(local: str) -> None:
    email = f"{local}@例え.jp"
    if problem_with_reader(email) is None:
        once = normalise(email)
        assert normalise(once) == once
        assert problem_with_reader(once) is None
        assert identity_key(once) == identity_key(email)
        assert once.isprintable()
        assert not set(envelope_form(once)) & set("\r\n \t<>,;")
        assert len(once.rpartition("@")[0].encode()) <= 64


def test_a_long_run_of_marks_takes_no_time() -> None:
    assert problem_with_reader("a" + "\u0301\u0323" * 200_000 + "@example.com") is not None
    assert identity_key("a" + "\u0301\u0323" * 200_000 + "@example.com")


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        (" Hanako@Example.COM ", "Hanako@example.com"),
        ("hanako@例え.jp", "hanako@xn--r8jz45g.jp"),
        ("hanako@ＥＸＡＭＰＬＥ．com", "hanako@example.com"),
        ("a@b@例え.jp", "a@b@xn--r8jz45g.jp"),
    ],
)
def test_an_address_is_stored_with_an_ascii_domain(written: str, stored: str) -> None:
    assert normalise(written) == stored


def test_two_spellings_are_one_person() -> None:
    assert identity_key("Hanako@例え.JP") == identity_key("hanako@xn--r8jz45g.jp")
    assert identity_key("hanako+a@example.com") != identity_key("hanako@example.com")


@given(
    st.one_of(
        st.from_regex(addresses._PLAIN, fullmatch=True),
        st.text("ab0.-_+@Aé ", max_size=30),
        st.builds(
            "{}@{}.{}".format, st.text("ab.", max_size=70), st.text("ab-.", max_size=260), st.text("a-0", max_size=70)
        ),
    )
)
@example("a@xn--r8jz45g.jp")
@example("a@b.0")
@example("A@b.example")
@example("a@" + "b." * 126 + "cd")
@example("a" * 65 + "@b.example")
def test_the_quick_way_says_what_the_long_way_says(email: str) -> None:
    if is_plain(email):
        assert addresses._look_closely(email) is None
        assert normalise(email) == normalise(email).casefold() == email
    assert (problem_with_reader(email) is None) == (addresses._look_closely(email) is None)


@pytest.mark.parametrize(
    "email", ["hanako@reader.example", "a.b+c@mail.co.jp", "a..b.@docomo.ne.jp", "x@xn--r8jz45g.jp"]
)
def test_most_addresses_take_the_quick_way(email: str) -> None:
    assert is_plain(email)


@given(emails)
def test_normalising_again_changes_nothing(email: str) -> None:
    once = normalise(email)
    assert once.isascii()
    assert normalise(once) == once
    assert identity_key(once) == identity_key(email.upper()) == identity_key(f" {email} ")
    assert domain_of(email) == once.rpartition("@")[2]


@pytest.mark.parametrize(
    ("email", "envelope"),
    [
        ("hanako@example.com", "hanako@example.com"),
        ("a.b+c@example.com", "a.b+c@example.com"),
        ("a..b@docomo.ne.jp", '"a..b"@docomo.ne.jp'),
        ("a.@ezweb.ne.jp", '"a."@ezweb.ne.jp'),
        (".a@example.com", '".a"@example.com'),
        ("花.子@example.com", "花.子@example.com"),
        ("花..子@example.com", '"花..子"@example.com'),
    ],
)
def test_odd_local_parts_are_quoted_in_the_envelope(email: str, envelope: str) -> None:
    assert envelope_form(email) == envelope


@given(st.text(max_size=40))
@example("a@例え.jp\u2028x@b.jp")
@example("a@b.jp\x85")
def test_whatever_has_no_problem_is_safe_on_the_wire(text: str) -> None:
    if problem_with(text) is None:
        wire = envelope_form(normalise(text))
        assert wire.isascii()
        assert not set(wire) & set("\r\n \t<>,;")


@pytest.mark.parametrize("character", "\0\t\n\r\x1f\x7f\x80\x85\x9f\u2028\u2029\u202e\u2066\u2069\ud800")
def test_a_header_holds_no_control_character(character: str) -> None:
    assert has_unsafe_characters(f"花{character}子")


@pytest.mark.parametrize("text", ["", "花子 🎉", "👩\u200d💻", "e\u0301", "Ünïcode", "\u3000"])
def test_a_header_holds_any_other_text(text: str) -> None:
    assert not has_unsafe_characters(text)


@pytest.mark.parametrize(
    ("text", "name", "email"),
    [
        ("news@example.com", "", "news@example.com"),
        ("<news@example.com>", "", "news@example.com"),
        ("  技術だより 🎉   <news@例え.jp>  ", "技術だより 🎉", "news@xn--r8jz45g.jp"),
        ('"技術, だより" <news@example.com>', "技術, だより", "news@example.com"),
        ("技術, だより <news@example.com>", "技術, だより", "news@example.com"),
        ("[週刊] (技術) だより <news@example.com>", "[週刊] (技術) だより", "news@example.com"),
        (r'"a \"b\" \\ c" <news@example.com>', r'a "b" \ c', "news@example.com"),
        ('say "hi" <news@example.com>', 'say "hi"', "news@example.com"),
        ('"<news@example.com>', '"', "news@example.com"),
        ("Dr. A. B.<a..b@docomo.ne.jp>", "Dr. A. B.", "a..b@docomo.ne.jp"),
    ],
)
def test_a_mailbox_is_a_name_and_an_address(text: str, name: str, email: str) -> None:
    assert parse_mailbox(text) == Mailbox(name, email)


def test_a_mailbox_that_is_written_to_may_be_international() -> None:
    assert parse_mailbox("花子 <花子@例え.jp>", is_reader=True) == Mailbox("花子", "花子@xn--r8jz45g.jp")
    with pytest.raises(ValueError, match="only ASCII"):
        parse_mailbox("花子 <花子@例え.jp>")


def test_a_mailbox_knows_its_domain() -> None:
    assert parse_mailbox("技術だより <news@例え.jp>").domain == "xn--r8jz45g.jp"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is not an address"),
        ("技術だより", "not of the form"),
        ("技術だより <>", "is not an address"),
        ("技術だより <news@example.com> です", "is not an address"),
        ("A <a@example.com>, B <b@example.com>", "is not an address"),
        ("a@example.com, b@example.com", "character that an address cannot have"),
        ("Name news@example.com", "character that an address cannot have"),
        ("Group: a@example.com;", "character that an address cannot have"),
        ("news@example.com\nBcc: x@example.com", "control character"),
        ("\u202eNews <news@example.com>", "control character"),
        ("support@bank.example <news@example.com>", "forgery"),
    ],
)
def test_what_is_no_mailbox_is_explained(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_mailbox(text)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="@<>"), max_size=20), emails)
def test_a_mailbox_written_with_quotes_comes_back(name: str, email: str) -> None:
    name = " ".join(name.split())
    if has_unsafe_characters(name):
        return
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    assert parse_mailbox(f'"{quoted}" <{email}>') == Mailbox(name, normalise(email))


# ---------------------------------------------------------------------------------------------------- bounce addresses

_NUMBERS = st.integers(min_value=1, max_value=10**12)


@given(_NUMBERS, _NUMBERS, st.binary(min_size=1, max_size=40))
def test_a_bounce_address_names_its_delivery(issue: int, person: int, key: bytes) -> None:
    made = bounce_address("bounces@note.example", key, (issue, person))
    assert problem_with(made) is None
    assert made.startswith(f"bounces+{issue}-{person}-")
    for spelt in (made, made.upper(), f"Return-Path: <{made}>", f"x <a@b.example>, {made} y"):
        assert find_bounce_address(spelt, [b"another key", key]) == (issue, person)
    assert find_bounce_address(made, [key + b"x"]) is None


@given(_NUMBERS, _NUMBERS, _NUMBERS)
def test_a_bounce_address_signs_both_numbers(issue: int, person: int, other: int) -> None:
    made = bounce_address("bounces@note.example", b"key", (issue, person))
    changed = made.replace(f"+{issue}-{person}-", f"+{issue}-{other}-")
    assert (find_bounce_address(changed, [b"key"]) == (issue, person)) is (person == other)
    changed = made.replace(f"+{issue}-{person}-", f"+{other}-{person}-")
    assert (find_bounce_address(changed, [b"key"]) == (issue, person)) is (issue == other)


def test_the_first_true_bounce_address_counts() -> None:
    one, two = (bounce_address("bounces@note.example", b"key", (1, number)) for number in (1, 2))
    forged = one.replace("+1-1-", "+1-3-")
    assert find_bounce_address(f"{forged} {two} {one}", [b"key"]) == (1, 2)
    assert find_bounce_address(f"{forged} " * 25 + one, [b"key"]) is None


def test_an_address_without_room_stays_as_it_is() -> None:
    long = f"{'a' * 50}@note.example"
    assert bounce_address(long, b"key", (1, 1)) == long


def test_a_plus_of_its_own_does_no_harm() -> None:
    made = bounce_address("mail+bounces@note.example", b"key", (3, 4))
    assert find_bounce_address(made, [b"key"]) == (3, 4)


@given(_NUMBERS, _NUMBERS, st.binary(min_size=1, max_size=40))
def test_a_notice_has_a_bounce_address_that_no_delivery_has(notice: int, person: int, key: bytes) -> None:
    made = notice_bounce_address("bounces@note.example", key, notice)
    assert problem_with(made) is None
    assert made.startswith(f"bounces+n{notice}-")
    for spelt in (made, made.upper(), f"Return-Path: <{made}>", f"x <a@b.example>, {made} y"):
        assert find_notice_address(spelt, [b"another key", key]) == notice
        assert find_bounce_address(spelt, [key]) is None
    assert find_notice_address(made, [key + b"x"]) is None
    assert find_notice_address(made.replace(f"+n{notice}-", f"+n{notice + 1}-"), [key]) is None
    assert find_notice_address(bounce_address("bounces@note.example", key, (notice, person)), [key]) is None


def test_the_signature_of_a_delivery_is_none_of_a_notice() -> None:
    made = bounce_address("bounces@note.example", b"key", (1, 2))
    signature = made.partition("@")[0].rpartition("-")[2]
    assert find_notice_address(f"bounces+n1-{signature}@note.example", [b"key"]) is None
    forged = notice_bounce_address("bounces@note.example", b"other", 1)
    assert find_notice_address(f"{forged} " * 25 + notice_bounce_address("b@c.example", b"key", 1), [b"key"]) is None
