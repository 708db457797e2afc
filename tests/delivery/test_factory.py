"""The setting `delivery.transport` and what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.delivery.transports.factory import check_transport_url, name_transport, parse_transport
from publisher.delivery.transports.maildir import MaildirTransport
from publisher.delivery.transports.sendmail import SendmailTransport
from publisher.delivery.transports.smtp import SmtpSettings, SmtpTransport
from tests.delivery.messages import Starts, make_message

SECRET = "hunter2-ひみつ"


def settings_of(url: str) -> SmtpSettings:
    transport = parse_transport(url, Path())
    assert isinstance(transport, SmtpTransport)
    return transport._settings


@pytest.mark.parametrize("folder", ["outbox", "郵便 箱/outbox", "a?b#c"])
def test_a_maildir_lies_relative_to_the_config_file(tmp_path: Path, folder: str) -> None:
    transport = parse_transport(f"maildir:{folder}", tmp_path)
    assert isinstance(transport, MaildirTransport)
    transport.send(make_message(), Starts())
    assert len(list((tmp_path / folder / "new").iterdir())) == 1


def test_a_maildir_may_be_absolute(tmp_path: Path) -> None:
    parse_transport(f"maildir:{tmp_path}/outbox", Path("/nowhere")).send(make_message(), Starts())
    assert len(list((tmp_path / "outbox" / "new").iterdir())) == 1


def test_a_folder_of_eml_files_lies_relative_to_the_config_file(tmp_path: Path) -> None:
    parse_transport("eml:郵便 箱", tmp_path).send(make_message(), Starts())
    assert [path.suffix for path in (tmp_path / "郵便 箱").iterdir()] == [".eml"]


@pytest.mark.parametrize(
    ("url", "program"), [("sendmail:", None), ("SENDMAIL:/opt/mail/sendmail", "/opt/mail/sendmail")]
)
def test_sendmail_is_named_by_its_path_or_looked_for(url: str, program: str | None) -> None:
    transport = parse_transport(url, Path("/elsewhere"))
    assert isinstance(transport, SendmailTransport)
    assert transport._program == (None if program is None else Path(program))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.com", SmtpSettings("mail.example.com", 587)),
        ("SMTP://user:pass@mail.example.com:2525/", SmtpSettings("mail.example.com", 2525, "user", "pass")),
        ("smtps://user:pass@mail.example.com", SmtpSettings("mail.example.com", 465, "user", "pass", "implicit")),
        ("smtp://localhost:25?tls=none", SmtpSettings("localhost", 25, tls="none")),
        ("smtp://127.9.9.9:25?tls=none", SmtpSettings("127.9.9.9", 25, tls="none")),
        ("smtp://[::1]:25?tls=none", SmtpSettings("::1", 25, tls="none")),
        ("smtp://u%40example.com:p%2F%25+:@relay", SmtpSettings("relay", 587, "u@example.com", "p/%+:")),
        ("smtp://u:p@ss@mail.例え.jp", SmtpSettings("mail.xn--r8jz45g.jp", 587, "u", "p@ss")),
    ],
)
def test_an_smtp_address_says_everything_about_the_relay(url: str, expected: SmtpSettings) -> None:
    assert settings_of(url) == expected


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "write maildir:outbox"),
        ("outbox", "write maildir:outbox"),
        ("smpt://mail.example.com", "did you mean smtp:?"),
        ("https://mail.example.com", "no known kind"),
        ("maildir:", "no folder"),
        ("maildir://outbox", "// before the folder"),
        ("maildir:out\nbox", "line break"),
        ("eml:", "write eml:outbox"),
        ("eml://outbox", "eml:/var/mail/outbox"),
        ("sendmail:sendmail", "whole path"),
        ("sendmail://localhost", "whole path"),
        ("smtp:mail.example.com", "no // before the host"),
        ("smtp://", "no host"),
        ("smtp://:587", "no host"),
        ("smtp://-mail-.example.com", "cannot exist"),
        ("smtp://mail..example.com", "cannot exist"),
        ("smtp://mail.example.com:0", "port"),
        ("smtp://mail.example.com:65536", "port"),
        ("smtp://mail.example.com/inbox", "more than a host"),
        ("smtp://user@mail.example.com", "without a password"),
        ("smtp://user:@mail.example.com", "without a password"),
        ("smtp://:pass@mail.example.com", "without a password"),
        ("smtp://mail.example.com?tls=none", "only to localhost"),
        ("smtp://10.0.0.1?tls=none", "only to localhost"),
        ("smtp://localhost.example.com?tls=none", "only to localhost"),
        ("smtps://localhost?tls=none", "not known"),
        ("smtp://localhost?tls=off", "not known"),
    ],
)
def test_a_wrong_setting_is_explained(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        check_transport_url(url)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "smpt://user:{}@mail.example.com",
        "user:{}@mail.example.com",
        "{}:x",
        "smtp:user:{}@mail.example.com",
        "smtp://user:{}@mail.example.com:99999",
        "smtp://user:{}@mail.example.com/x",
        "smtp://user:{}@mail.example.com?tls=none",
        "smtp://user:{}#x@mail.example.com",
        "smtp://user:a/{}@mail.example.com",
        "smtp://user:a?{}@mail.example.com",
        "smtp://user:[{}@mail.example.com",
        "smtp://user:{}℀@mail.example.com",
        "smtp://user:%FF{}@mail.example.com",
        "smtp://user:{}",
        "smtp://mail.example.com?{}",
        "smtp://user:{}@",
        "smtp://user:{}\n@mail.example.com",
        "smtp://{}@mail.example.com",
    ],
)
def test_a_password_is_never_repeated(url: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        check_transport_url(url.format(SECRET))
    error: BaseException | None = caught.value
    while error is not None and not error.__suppress_context__:
        assert "hunter2" not in str(error)
        error = error.__cause__ or error.__context__
    assert "hunter2" not in str(caught.value)


def test_a_password_shows_in_no_repr() -> None:
    transport = parse_transport("smtp://user:hunter2@mail.example.com", Path())
    assert "hunter2" not in repr(transport)
    assert "hunter2" not in repr(settings_of("smtp://user:hunter2@mail.example.com"))


@settings(deadline=None, max_examples=200)
@given(
    st.text(max_size=30),
    st.sampled_from(["", "smtp:", "smtp://", "smtps://user:", "maildir:", "eml:", "sendmail:", "smtp://u:p@"]),
)
def test_whatever_stands_there_is_taken_or_explained(text: str, prefix: str) -> None:
    problem: ValueError | None = None
    try:
        check_transport_url(prefix + text)
    except ValueError as error:
        problem = error
    assert problem is None or (type(problem) is ValueError and str(problem))


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        ("smtp://news:old@mail.example.com:587", "smtp://news:new@mail.example.com:587", True),
        ("smtp://news:a@mail.example.com", "smtp://list:a@mail.example.com", False),
        ("smtp://news:a@mail.example.com", "smtp://news:a@mail.example.org", False),
        ("maildir:outbox", "maildir:outbox", True),
        ("maildir:outbox", "maildir:other", False),
    ],
)
def test_a_relay_is_counted_under_a_name_without_secrets(one: str, other: str, *, are_same: bool) -> None:
    assert (name_transport(one) == name_transport(other)) is are_same
    assert not any(secret in name_transport(one) for secret in ("old", "news:", ":a@"))
