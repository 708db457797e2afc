"""Mailboxes over IMAP and POP3, from servers on the loopback interface."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from publisher.bounces.letter import LARGEST_MAIL
from publisher.bounces.login import parse_login
from publisher.bounces.mailbox import Fate, Item, Mailbox
from publisher.bounces.mailboxes import open_mailbox
from publisher.errors import FetchError
from tests.bounces.mailservers import PASSWORD, Box, serve_imap, serve_pop
from tests.delivery.smtpserver import CERTIFICATE

MAILS = [
    b"Subject: one\r\n\r\n.a dot\r\nend\r\n",
    b"Subject: two\r\n\r\n" + b"x" * 5000 + b"\r\n",
    "件名: 三\r\n".encode(),
]


def open_(url: str, known: set[str] | None = None) -> Mailbox:
    return open_mailbox(url, Path("/nowhere"), lambda name: name in (known or set()))


def read(mailbox: Mailbox, limit: int = 100) -> list[Item]:
    try:
        return list(mailbox.read(limit))
    finally:
        mailbox.close()


def take_all(mailbox: Mailbox) -> None:
    for item in mailbox.read(100):
        mailbox.settle(item, Fate.DONE)


def test_an_address_says_where_and_who() -> None:
    login = parse_login("imaps://a%40b:p%2Fw@mail.example/INBOX/Bounces")
    assert (login.host, login.port, login.user, login.password) == ("mail.example", 993, "a@b", "p/w")
    assert (login.folder, login.is_encrypted, login.place) == ("INBOX/Bounces", True, "mail.example:993")
    assert "p/w" not in repr(login)
    assert (parse_login("pop3://u:p@localhost").port, parse_login("pop3s://u:p@h:1").port) == (110, 1)
    assert parse_login("imap://u:p@localhost").folder == "INBOX"


# ---------------------------------------------------------------------------------------------------- IMAP


def test_imap_hands_out_what_is_new_and_marks_it() -> None:
    with serve_imap(Box(list(MAILS))) as box:
        mailbox = open_(box.imap("Re%20turned"))
        fates = dict(zip("123", (Fate.DONE, Fate.FLAG, Fate.KEEP), strict=True))
        found = []
        for item in mailbox.read(100):
            found.append(item)
            mailbox.settle(item, fates[item.id])
        mailbox.close()
        assert [item.content for item in found] == MAILS
        assert box.flags == {1: {"\\Seen"}, 2: {"\\Seen", "\\Flagged"}}
        assert 'SELECT "Re turned"' in box.commands
        assert [item.id for item in read(open_(box.imap()))] == ["3"]


def test_imap_takes_no_more_than_is_asked_for() -> None:
    with serve_imap(Box([b"x" * (LARGEST_MAIL + 10), *MAILS])) as box:
        (item,) = read(open_(box.imap()), limit=1)
        assert len(item.content) == LARGEST_MAIL
        assert sum(command.startswith("FETCH") for command in box.commands) == 1


def test_imap_takes_any_user_and_password() -> None:
    with serve_imap(Box(list(MAILS))) as box:
        assert len(read(open_(f"imap://b%20x:p%C3%A4ss@localhost:{box.port}"))) == 3
        assert "\0b x\0päss" in box.commands


# ---------------------------------------------------------------------------------------------------- POP3


def test_pop_deletes_what_is_done_and_remembers_the_rest() -> None:
    with serve_pop(Box(list(MAILS))) as box:
        mailbox = open_(box.pop())
        fates = dict(zip("123", (Fate.DONE, Fate.FLAG, Fate.KEEP), strict=True))
        found = []
        for item in mailbox.read(100):
            found.append(item)
            mailbox.settle(item, fates[item.id])
        assert box.deleted == set()
        mailbox.close()
        assert [item.content for item in found] == MAILS
        assert box.deleted == {1}
        assert [item.id for item in read(open_(box.pop(), {found[1].kept_as}))] == ["3"]
        assert len({item.kept_as for item in found}) == 3


def test_pop_takes_no_more_than_is_asked_for() -> None:
    with serve_pop(Box([b"x" * (LARGEST_MAIL + 10), *MAILS])) as box:
        found = read(open_(box.pop()), limit=2)
        assert [len(item.content) for item in found] == [LARGEST_MAIL, len(MAILS[0])]


# ---------------------------------------------------------------------------------------------------- trouble


@pytest.mark.parametrize("verb", ["LOGIN", "SELECT", "SEARCH", "FETCH", "STORE"])
@pytest.mark.parametrize("answer", ["", "NO not now", "BAD what", "nonsense"])
def test_imap_trouble_is_named_and_keeps_the_password_to_itself(verb: str, answer: str) -> None:
    with serve_imap(Box(list(MAILS), broken=verb, answer=answer)) as box:
        mailbox = open_(box.imap())
        with pytest.raises(FetchError, match=rf"the mailbox at localhost:{box.port}: ") as caught:
            take_all(mailbox)
        mailbox.close()
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize("verb", ["USER", "PASS", "UIDL", "RETR", "DELE"])
@pytest.mark.parametrize("answer", ["", "-ERR not now", "nonsense"])
def test_pop_trouble_is_named_and_keeps_the_password_to_itself(verb: str, answer: str) -> None:
    with serve_pop(Box(list(MAILS), broken=verb, answer=answer)) as box:
        mailbox = open_(box.pop())
        with pytest.raises(FetchError, match=rf"the mailbox at localhost:{box.port}: ") as caught:
            take_all(mailbox)
        mailbox.close()
    assert PASSWORD not in str(caught.value)


def test_nobody_there_is_named() -> None:
    with serve_pop(Box()) as box:
        gone = box.pop(), box.imap()
    for url in gone:
        with pytest.raises(FetchError, match=r"the mailbox at localhost:\d+: Connection refused$"):
            read(open_(url))


@pytest.mark.parametrize(
    ("serve", "verb", "answer", "words"),
    [
        (serve_imap, "LOGIN", "NO [AUTHENTICATIONFAILED] who are you", "[AUTHENTICATIONFAILED] who are you"),
        (serve_pop, "PASS", "-ERR who are you", "-ERR who are you"),
    ],
)
def test_the_words_of_a_server_are_words(
    serve: Callable[[Box], AbstractContextManager[Box]], verb: str, answer: str, words: str
) -> None:
    with serve(Box(list(MAILS), broken=verb, answer=answer)) as box:
        url = box.imap() if verb == "LOGIN" else box.pop()
        with pytest.raises(FetchError) as caught:
            read(open_(url))
    assert str(caught.value) == f"the mailbox at localhost:{box.port}: {words}"


@pytest.mark.parametrize("scheme", ["imap", "pop"])
def test_tls_is_verified(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    serve = serve_imap if scheme == "imap" else serve_pop
    with serve(Box(list(MAILS)), tls=True) as box:
        url = (box.imap() if scheme == "imap" else box.pop()).replace("://", "s://", 1)
        with pytest.raises(FetchError, match="its certificate cannot be trusted: self-signed certificate"):
            read(open_(url))
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
        assert len(read(open_(url))) == 3
