"""Messages into a sendmail program: small shell scripts stand in for one."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from publisher.delivery.transports import sendmail
from publisher.delivery.transports.base import Transport
from publisher.delivery.transports.sendmail import SendmailTransport
from publisher.errors import ClaimLost, TransportRefused
from publisher.model.message import Message, Outcome, Receipt
from tests.delivery.messages import BODY, Starts, make_message


def write_program(folder: Path, script: str) -> Path:
    path = folder / "sendmail"
    path.write_text(f"#!/bin/sh\ncd '{folder}'\n{script}\n")
    path.chmod(0o700)
    return path


def send(folder: Path, script: str, message: Message | None = None) -> Receipt:
    return SendmailTransport(write_program(folder, script)).send(message or make_message(), Starts())


def test_a_message_goes_in_with_its_envelope_as_arguments(tmp_path: Path) -> None:
    message = make_message()
    receipt = send(tmp_path, """cat >taken; printf '%s\\n' "$@" >arguments; echo 'queued as 4711'""", message)
    assert receipt == Receipt(Outcome.ACCEPTED, 250, "queued as 4711", "sendmail")
    assert (tmp_path / "taken").read_bytes() == message.content.replace(b"\r\n", b"\n")
    assert BODY.replace("\r\n", "\n") in (tmp_path / "taken").read_text("utf-8")
    words = (tmp_path / "arguments").read_text().splitlines()
    assert words == ["-i", "-f", "bounces+7-42@example.com", "--", "hanako@example.com"]


def test_mail_that_nobody_must_answer_has_an_empty_sender(tmp_path: Path) -> None:
    message = Message("n-1", "", "hanako@例え.jp", make_message().content)
    send(tmp_path, """cat >taken; printf '%s\\n' "$@" >arguments""", message)
    words = (tmp_path / "arguments").read_text().splitlines()
    assert words == ["-i", "-f", "<>", "--", "hanako@xn--r8jz45g.jp"]


def test_an_international_address_is_an_argument_in_utf8(tmp_path: Path) -> None:
    message = make_message(to="花子@例え.jp")
    assert send(tmp_path, """cat >taken; printf '%s\\n' "$@" >arguments""", message).outcome is Outcome.ACCEPTED
    assert (tmp_path / "arguments").read_bytes().decode().splitlines()[-1] == "花子@xn--r8jz45g.jp"
    assert (tmp_path / "taken").read_bytes() == message.content.replace(b"\r\n", b"\n")


@pytest.mark.parametrize(
    ("status", "outcome", "code", "enhanced"),
    [
        (os.EX_DATAERR, Outcome.FAILED, 554, "5.6.0"),
        (os.EX_NOUSER, Outcome.FAILED, 550, "5.1.1"),
        (os.EX_NOHOST, Outcome.FAILED, 550, "5.1.2"),
        (os.EX_UNAVAILABLE, Outcome.FAILED, 554, "5.3.0"),
        (os.EX_PROTOCOL, Outcome.FAILED, 554, "5.5.0"),
        (os.EX_OSERR, Outcome.DEFERRED, 451, "4.3.0"),
        (os.EX_IOERR, Outcome.DEFERRED, 451, "4.3.0"),
        (os.EX_TEMPFAIL, Outcome.DEFERRED, 451, "4.3.0"),
    ],
)
def test_the_exit_status_says_what_became_of_it(
    tmp_path: Path, status: int, outcome: Outcome, code: int, enhanced: str
) -> None:
    transport = SendmailTransport(write_program(tmp_path, f"cat >/dev/null; echo なぜなら >&2; exit {status}"))
    expected = Receipt(outcome, code, f"exit status {status}: なぜなら", "sendmail", enhanced)
    assert transport.send(make_message(), Starts()) == expected
    assert transport.send(make_message(), Starts()) == expected


@pytest.mark.parametrize("status", [os.EX_USAGE, os.EX_CONFIG, os.EX_NOPERM, os.EX_SOFTWARE, 1, 127])
def test_a_program_that_is_set_up_wrongly_costs_one_try_and_wants_a_person(tmp_path: Path, status: int) -> None:
    transport = SendmailTransport(write_program(tmp_path, f"cat >/dev/null; echo 'no config' >&2; exit {status}"))
    assert transport.send(make_message(), Starts()).outcome is Outcome.DEFERRED
    starts = Starts()
    with pytest.raises(TransportRefused, match=rf"status {status}: no config; check delivery\.transport"):
        transport.send(make_message("7-43"), starts)
    assert starts.count == 0


def test_a_program_that_does_not_read_everything_has_said_what_it_thinks(tmp_path: Path) -> None:
    large = make_message(body="長い本文です。\r\n" * 100_000)
    assert send(tmp_path, "echo 'too large' >&2; exit 69", large).reply == "exit status 69: too large"


def test_a_program_that_talks_without_end_is_heard_for_a_while(tmp_path: Path) -> None:
    receipt = send(tmp_path, "cat >/dev/null; head -c 1000000 /dev/zero | tr '\\0' 'x'; exit 75")
    assert receipt.outcome is Outcome.DEFERRED
    assert len(receipt.reply) == 500


def test_a_program_that_hangs_after_reading_leaves_doubt_and_no_process(tmp_path: Path) -> None:
    program = write_program(tmp_path, "echo $$ >pid; cat >/dev/null; exec sleep 600")
    receipt = SendmailTransport(program, patience=0.5).send(make_message(), Starts())
    assert receipt.outcome is Outcome.UNCERTAIN
    assert "did not end within 0.5 s" in receipt.reply
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_program_that_is_killed_leaves_doubt(tmp_path: Path) -> None:
    receipt = send(tmp_path, "cat >/dev/null; kill -9 $$")
    assert receipt.outcome is Outcome.UNCERTAIN
    assert f"signal {signal.SIGKILL.value}" in receipt.reply


def test_a_lost_claim_never_ends_the_input(tmp_path: Path) -> None:
    program = write_program(tmp_path, "cat >/dev/null && touch taken")
    with pytest.raises(ClaimLost):
        SendmailTransport(program).send(make_message(), Starts(ClaimLost("not ours")))
    assert not (tmp_path / "taken").exists()


@pytest.mark.parametrize("mode", [None, 0o600])
def test_a_program_that_cannot_be_started_refuses_everything_before_the_start(tmp_path: Path, mode: int | None) -> None:
    path = tmp_path / "sendmail"
    if mode is not None:
        path.write_text("#!/bin/sh\n")
        path.chmod(mode)
    starts = Starts()
    with pytest.raises(TransportRefused, match=r"sendmail: .*check delivery\.transport"):
        SendmailTransport(path).send(make_message(), starts)
    assert starts.count == 0


def test_a_machine_without_sendmail_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sendmail, "DEFAULT_PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TransportRefused, match="there is no sendmail"):
        SendmailTransport().send(make_message(), Starts())
    write_program(tmp_path, "cat >/dev/null")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert SendmailTransport().send(make_message(), Starts()).outcome is Outcome.ACCEPTED


@pytest.mark.parametrize("to", ["-X@example.com", "a@example.com\nb@example.com", "a b@example.com"])
def test_an_address_is_never_an_option_and_never_two(tmp_path: Path, to: str) -> None:
    message = Message("7-1", "news@example.com", to, make_message().content)
    receipt = send(tmp_path, """cat >/dev/null; printf '%s\\n' "$@" >arguments""", message)
    if receipt.outcome is Outcome.FAILED:
        assert not (tmp_path / "arguments").exists()
    else:
        words = (tmp_path / "arguments").read_text().splitlines()
        assert words == ["-i", "-f", "news@example.com", "--", to]


def test_repeating_may_double_and_the_sender_may_know() -> None:
    transport: Transport = SendmailTransport()
    assert not transport.repeatable
    transport.close()
