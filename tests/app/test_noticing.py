"""Notices go out once: through crashes, refusals and a relay that is away."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import ClassVar

import pytest

from publisher.app.consent import ask
from publisher.app.context import Context
from publisher.app.noticing import deliver_notices
from publisher.app.operating import run_pass
from publisher.delivery.transports.base import StartHook
from publisher.errors import TransportRefused, TransportUnavailable
from publisher.model.message import Message, Outcome, Receipt
from publisher.storage import notices
from publisher.subscribers.signup import SignUp
from tests.site import CONFIG, Site

WEB = CONFIG + "web: {url: https://letters.note.example}\n"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.configure(WEB)
    return site


class Relay:
    """Answers as told, one answer for each message; an exception stands for a connection that breaks."""

    repeatable: ClassVar[bool] = False

    def __init__(self, *answers: Outcome | BaseException) -> None:
        self._answers = list(answers)
        self.contents: list[bytes] = []

    def send(self, message: Message, start: StartHook) -> Receipt:
        answer = self._answers.pop(0) if self._answers else Outcome.ACCEPTED
        if isinstance(answer, (TransportRefused, TransportUnavailable)):
            raise answer
        start()
        self.contents.append(message.content)
        if isinstance(answer, BaseException):
            raise answer
        return Receipt(answer, 250, "as told")

    def close(self) -> None:
        """Nothing to close."""


def sign_up(context: Context, number: int) -> None:
    for each in range(number):
        ask(context, SignUp(f"reader{each}@reader.example", page="/subscribe"))


def deliver_by(context: Context, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr(Context, "open_transport", lambda _self: relay)
    return deliver_notices(context)


def counts(context: Context) -> dict[str, int]:
    with context.database.read() as connection:
        return notices.count_notices(connection)


def test_a_pass_sends_notices_even_when_there_is_no_issue(site: Site) -> None:
    with site.open() as context:
        sign_up(context, 2)
        report = run_pass(context)
        assert (report.notices.accepted, report.has_failed) == (2, False)
        assert sorted(str(mail["To"]) for mail in site.mails()) == ["reader0@reader.example", "reader1@reader.example"]
        assert run_pass(context).notices.accepted == 0
        assert run_pass(context, send=False).notices.accepted == 0


def test_what_a_crash_leaves_is_uncertain_and_the_rest_goes_out(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with site.open() as context:
        sign_up(context, 3)
        with pytest.raises(KeyboardInterrupt):
            deliver_by(context, Relay(Outcome.ACCEPTED, KeyboardInterrupt()), monkeypatch)
        relay = Relay()
        deliver_by(context, relay, monkeypatch)
        assert counts(context) == {"accepted": 2, "uncertain": 1}
        assert len(relay.contents) == 1


def test_a_deferred_one_is_tried_again_and_a_refused_one_is_not(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with site.open() as context:
        sign_up(context, 2)
        first = Relay(Outcome.DEFERRED, Outcome.FAILED)
        deliver_by(context, first, monkeypatch)
        assert counts(context) == {"deferred": 1, "failed": 1}
        site.clock.advance(minutes=10)
        second = Relay()
        deliver_by(context, second, monkeypatch)
        assert counts(context) == {"accepted": 1, "failed": 1}
        assert second.contents[0] == first.contents[0], "the same message, its date and its link too"


@pytest.mark.parametrize("error", [TransportUnavailable("away"), TransportRefused("who are you?")])
def test_a_relay_that_is_away_keeps_everything_in_the_queue(
    site: Site, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with site.open() as context:
        sign_up(context, 3)
        monkeypatch.setattr(Context, "open_transport", lambda _self: Relay(Outcome.ACCEPTED, error))
        report = deliver_notices(context)
        assert (report.accepted, report.trouble) == (1, str(error))
        assert report.refused is isinstance(error, TransportRefused)
        assert counts(context) == {"accepted": 1, "queued": 2}


def test_a_second_thread_leaves_the_first_alone(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    other: list[object] = []

    class Watched(Relay):
        def send(self, message: Message, start: StartHook) -> Receipt:
            thread = threading.Thread(target=lambda: other.append(deliver_notices(context)))
            thread.start()
            thread.join(30)
            return super().send(message, start)

    relay = Watched()
    with site.open() as context:
        sign_up(context, 1)
        monkeypatch.setattr(Context, "open_transport", lambda _self: relay)
        assert deliver_notices(context).accepted == 1
    assert len(relay.contents) == 1
    assert [getattr(report, "accepted", None) for report in other] == [0]


def test_a_newsletter_that_is_gone_says_nothing(site: Site) -> None:
    with site.open() as context:
        ask(context, SignUp("reader@reader.example", ("weekly",)))
    site.configure(WEB.replace("  weekly:\n", "  renamed:\n"))
    with site.open() as context:
        assert deliver_notices(context).skipped == 1
        assert counts(context) == {"suppressed": 1}


def test_a_template_that_is_broken_fails_one_notice_and_says_so(site: Site) -> None:
    own = site.folder / "templates" / "email" / "confirm"
    own.mkdir(parents=True)
    (own / "body.txt").write_text("{{ notice.titel }}", encoding="utf-8")
    with site.open() as context:
        sign_up(context, 1)
        assert deliver_notices(context).failed == 1
        with context.database.read() as connection:
            (reply,) = connection.exec_driver_sql("SELECT reply FROM notices").scalars()
    assert "templates/email/confirm/body.txt" in reply
