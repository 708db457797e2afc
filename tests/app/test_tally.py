"""What a process has done: counted from any thread, while it goes on and afterwards."""

from __future__ import annotations

import threading

import pytest

from publisher.app.tally import Tally
from publisher.delivery.sender import SendReport


def test_a_run_counts_while_it_goes_on_and_once_afterwards() -> None:
    tally, report = Tally(), SendReport()
    with tally.counting(report):
        report.accepted += 2
        assert tally.sent() == {"accepted": 2, "deferred": 0, "failed": 0, "uncertain": 0}
        report.deferred += 1
    report.accepted += 100  # whatever becomes of it, it is over
    assert tally.sent() == {"accepted": 2, "deferred": 1, "failed": 0, "uncertain": 0}
    second = SendReport(accepted=1)
    with tally.counting(second):
        assert tally.sent()["accepted"] == 3


def test_a_run_that_breaks_counts_what_it_did() -> None:
    tally, report = Tally(), SendReport(accepted=3)
    with pytest.raises(ZeroDivisionError), tally.counting(report):
        raise ZeroDivisionError
    assert tally.sent()["accepted"] == 3


def test_a_failed_pass_is_remembered_until_one_gets_through() -> None:
    tally = Tally()
    assert not tally.is_failing
    tally.note_pass(0.5, 0.25, 7)
    tally.note_failed_pass()
    assert tally.is_failing
    tally.note_pass(1.5, 0.75, 1)
    assert not tally.is_failing
    passes = tally.passes()
    assert (passes.done, passes.failed, passes.feeds_written) == (2, 1, 8)
    assert (passes.scan_seconds, passes.build_seconds) == (1.5, 0.75)


def test_no_answer_is_lost_between_threads() -> None:
    tally = Tally()

    def answer() -> None:
        for _ in range(2000):
            tally.note_answer(200)

    threads = [threading.Thread(target=answer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.note_answer(404)
    assert tally.answers() == {200: 8000, 404: 1}
