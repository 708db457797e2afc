"""Signing end to end: from the configuration to mail that a verifier takes."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from publisher.app.context import Context
from publisher.app.issuing import create_due_issues
from publisher.app.letters import Compiler
from publisher.app.people import add_subscriber
from publisher.app.reading import scan
from publisher.app.sending import deliver
from publisher.app.signing import check_keys, load_keys
from publisher.delivery.sender import Letter, Sender
from publisher.errors import UsageError
from publisher.model.delivery import Delivery
from publisher.storage import deliveries
from tests.delivery.smtpserver import SmtpServer
from tests.mail.dkimverifiers import ed25519_secret, rsa_secret, verify_all, write_pem
from tests.site import CONFIG, Site

KEYS = """\
  dkim:
    - {domain: Note.example, selector: rsa1, key: rsa.pem}
    - {domain: note.example, selector: ed1, key: keys/ed.pem}
"""
READERS = 60  # more than one batch


def with_keys(keys: str = KEYS, transport: str = "maildir:outbox") -> str:
    return CONFIG.replace('delivery: {transport: "maildir:outbox"}\n', f'delivery:\n  transport: "{transport}"\n{keys}')


def write_keys(site: Site) -> None:
    (site.folder / "keys").mkdir(exist_ok=True)
    for name, secret in (("rsa.pem", rsa_secret()), ("keys/ed.pem", ed25519_secret())):
        (site.folder / name).write_bytes(write_pem(secret))
        (site.folder / name).chmod(0o600)


@pytest.fixture
def signed(site: Site) -> Site:
    site.configure(with_keys())
    write_keys(site)
    return site


def prepare(site: Site, readers: int) -> None:
    with site.open() as context:
        scan(context)
        for number in range(readers):
            add_subscriber(context, f"reader{number}@reader.example", ["new-article"], name=f"読者{number}")
        site.write("a.md", "署名のある記事 🖋", body="**本文**です。")
        create_due_issues(context, scan(context).articles)


def test_every_file_in_a_maildir_is_signed_with_every_key(signed: Site) -> None:
    prepare(signed, READERS)
    with signed.open() as context:
        assert deliver(context).accepted == READERS
        keys = load_keys(context.config)
    for path in (signed.folder / "outbox" / "new").iterdir():
        message = path.read_bytes().split(b"\n", 2)[2].replace(b"\n", b"\r\n")
        assert verify_all(message, keys) == [True, True]
    assert len({message["Message-ID"] for message in signed.mails()}) == READERS


def test_what_arrives_over_smtp_verifies(site: Site) -> None:
    with SmtpServer() as server:
        site.configure(with_keys(transport=f"smtp://127.0.0.1:{server.port}?tls=none"))
        write_keys(site)
        prepare(site, 3)
        with site.open() as context:
            assert deliver(context).accepted == 3
            keys = load_keys(context.config)
        assert [verify_all(message.content, keys) for message in server.messages] == [[True, True]] * 3


class StopAfter(Compiler):
    """Asks for an end while later letters of the batch are being signed."""

    def __init__(self, context: Context, letters: int) -> None:
        super().__init__(context)
        self._stop = context.stop
        self._left = letters

    def __call__(self, delivery: Delivery, now: datetime) -> Letter:
        self._left -= 1
        if not self._left:
            self._stop.set()
        return super().__call__(delivery, now)


def test_a_run_that_is_stopped_leaves_letters_unsent_and_the_next_signs_them_anew(signed: Site) -> None:
    prepare(signed, 12)
    with signed.open() as context:
        compiler = StopAfter(context, 5)
        sender = Sender(context.database, context.routes, compiler, context.clock, context.stop)
        first = sender.run(None, lambda _done: None)
        compiler.close()
    assert (first.accepted, first.is_stopped) == (4, True)  # the fifth was written while the fourth was started
    with signed.open() as context:
        assert deliver(context).accepted == 8
    recipients = [message["Delivered-To"] for message in signed.mails()]
    assert sorted(recipients) == sorted(f"reader{number}@reader.example" for number in range(12))


def test_a_second_try_has_the_same_signature(signed: Site) -> None:
    prepare(signed, 1)
    with signed.open() as context:
        with context.database.write() as connection:
            [claim] = deliveries.claim(connection, 1, "me", 1, now=signed.clock(), lease_until=signed.clock())
        delivery = claim.delivery
        compiler = Compiler(context)
        first = compiler(delivery, signed.clock())
        signed.clock.advance(hours=1)
        again = compiler(replace(delivery, message_id=first.message_id, date=first.date), signed.clock())
        compiler.close()
    assert first == again


def test_an_address_that_cannot_be_written_fails_alone(signed: Site) -> None:
    prepare(signed, 3)
    with signed.open() as context:
        with context.database.write() as connection:
            connection.exec_driver_sql("UPDATE subscribers SET email = 'a b' WHERE id = 2")
        report = deliver(context)
    assert (report.accepted, report.failed) == (2, 1)


def test_only_keys_that_speak_for_the_sender_sign(site: Site) -> None:
    keys = KEYS.replace("Note.example", "other.example").replace("domain: note", "domain: mail.note")
    site.configure(with_keys(keys))
    write_keys(site)
    prepare(site, 1)
    with site.open() as context:
        deliver(context)
    [message] = site.mails()
    assert [value.split("d=")[1].split(";")[0] for value in message.get_all("DKIM-Signature", [])] == [
        "mail.note.example"
    ]


def test_without_keys_no_thread_is_started_and_nothing_is_signed(site: Site) -> None:
    prepare(site, 2)
    with site.open() as context:
        compiler = Compiler(context)
        compiler.prepare([], site.clock())
        compiler.close()
        assert deliver(context).accepted == 2
    assert [message["DKIM-Signature"] for message in site.mails()] == [None, None]


def test_a_key_may_stand_in_the_environment(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.configure(with_keys(KEYS.replace("rsa.pem", "'${RSA}'").replace("keys/ed.pem", "'${ED}'")))
    pem = write_pem(rsa_secret()).decode("ascii")
    monkeypatch.setenv("RSA", pem)
    monkeypatch.setenv("ED", write_pem(ed25519_secret()).decode("ascii").replace("\n", "\\n"))  # on one line
    with site.open() as context:
        assert [key.algorithm for key in context.signing_keys] == ["rsa-sha256", "ed25519-sha256"]
        for shown in (repr(context), repr(context.config), repr(context.signing_keys)):
            assert pem.split("\n")[1] not in shown


# ------------------------------------------------------------------------------------------------ what is wrong


def test_a_bad_key_is_one_error_before_anything_is_made(signed: Site) -> None:
    problem = "delivery.dkim.0.key: rsa.pem cannot be read: No such file or directory; put the private key there"
    (signed.folder / "rsa.pem").unlink()
    signed.write("a.md", "記事", date="2026-11-10")
    signed.run("subscribers", "add", "a@reader.example")
    for command in (["run", "--once"], ["digest", "weekly", "--since", "2026-11-01", "--send"]):
        result = signed.run(*command, code=2)
        assert result.stderr.startswith(problem)
        assert result.stderr.count("\n") == 1
    assert signed.run_json("issues", "list") == []
    assert problem in signed.run("check", code=1).stderr
    signed.run("build")  # feeds need no key


def test_a_file_that_is_no_key_is_named_with_what_to_do(signed: Site) -> None:
    (signed.folder / "rsa.pem").write_bytes(b"x")
    with signed.open() as context, pytest.raises(UsageError) as caught:
        context.check_signing()
    assert str(caught.value).endswith(
        "rsa.pem is not a private key in PEM form; "
        "make one with: openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out dkim.pem"
    )


@pytest.mark.parametrize("text", ["MC4CAQAwBQYDK2VwBCIEIHVudGVyc3RpY2hlbmVzR2VoZWltbmlz", "M" * 1600, "M\0M"])
def test_a_key_without_its_first_line_is_not_repeated(site: Site, text: str) -> None:
    site.configure(with_keys(f'  dkim: [{{domain: note.example, selector: s1, key: "{text}"}}]\n'.replace("\0", "\\0")))
    with site.open() as context, pytest.raises(UsageError) as caught:
        context.check_signing()
    assert "cannot be read" in str(caught.value)
    assert text not in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_key_that_may_not_be_read_is_named(signed: Site) -> None:
    (signed.folder / "rsa.pem").chmod(0)
    with signed.open() as context, pytest.raises(UsageError, match=r"rsa\.pem.*Permission denied"):
        context.check_signing()


def test_check_notes_keys_that_others_can_read_short_ones_and_mail_that_is_not_signed(site: Site) -> None:
    site.configure(with_keys(KEYS.replace("domain: note", "domain: other").replace("Note.", "other.")))
    write_keys(site)
    (site.folder / "rsa.pem").write_bytes(write_pem(rsa_secret(1024)))
    (site.folder / "rsa.pem").chmod(0o644)
    with site.open() as context:
        keys, problems, notes = check_keys(context.config)
    assert ([key.selector for key in keys], problems) == (["rsa1", "ed1"], [])
    assert "others on this machine can read" in notes[0]
    assert "chmod 600" in notes[0]
    assert "has 1024 bits" in notes[1]
    assert notes[2:] == [
        f"newsletter {name}: is not signed, because no key under delivery.dkim is for note.example"
        for name in ("weekly", "new-article")
    ]


def test_check_prints_the_records_to_publish(signed: Site) -> None:
    with signed.open() as context:
        keys = load_keys(context.config)
    assert signed.run("check", "--dkim").stdout.splitlines() == [key.zone_line for key in keys]
    assert signed.run_json("check", "--dkim") == [
        {"name": key.record_name, "type": "TXT", "value": key.record} for key in keys
    ]
    assert "dkim" not in signed.run("check").stderr


def test_check_says_when_there_is_no_key(site: Site) -> None:
    result = site.run("check", "--dkim")
    assert result.stdout == ""
    assert "not signed" in result.stderr


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_keys_as_the_documents_make_them_work(signed: Site) -> None:
    commands = [
        "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem",
        "openssl genpkey -algorithm ed25519 -out keys/ed.pem",
    ]
    for command in commands:
        assert os.system(f"cd '{signed.folder}' && {command} 2>/dev/null") == 0  # noqa: S605 - as a person would
    with signed.open() as context:
        assert [key.bits for key in load_keys(context.config)] == [2048, 256]
        assert not Path(signed.folder / "publisher.key").exists()
