"""The verb `deliver_notices`: mails to one person that are no issue go out, each before any issue.

As with issues, a message is written down as on its way before its content goes out, and what a crash leaves there is
uncertain. Notices are few, so each has its own two transactions, on one connection.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from publisher.app.context import Context
from publisher.app.noticeletters import NoticeWriter
from publisher.app.suppressing import find_suppression
from publisher.delivery.owner import find_gone, make_owner
from publisher.delivery.retry import STANDARD, decide
from publisher.delivery.sender import Letter
from publisher.delivery.transports.base import Transport
from publisher.errors import ClaimLost, TemplateError, TransportRefused, TransportUnavailable
from publisher.model.delivery import DeliveryState
from publisher.model.message import Outcome, Receipt
from publisher.storage import consents, notices
from publisher.storage import subscribers as rows
from publisher.storage.database import Connection
from publisher.storage.notices import NoticeAnswer, NoticeClaim
from publisher.subscribers.notices import is_wanted

_BATCH = 20
_LEASE = timedelta(minutes=20)  # as for issues
# Another owner in our own process would be taken for one that has crashed.
_at_work = threading.Lock()


@dataclass(slots=True)
class NoticeReport:
    """What became of notices. `skipped` were no longer wanted; `trouble` says why it stopped early."""

    accepted: int = 0
    deferred: int = 0
    failed: int = 0
    uncertain: int = 0
    skipped: int = 0
    trouble: str | None = None
    refused: bool = False


def deliver_notices(context: Context) -> NoticeReport:
    """Send the notices that are due. Safe beside another process that does the same; a second thread does nothing."""
    report = NoticeReport()
    if not _at_work.acquire(blocking=False):
        return report
    try:
        with context.database.read() as connection:
            if not notices.has_open_notices(connection, context.clock()):
                return report
        transport = context.open_transport()
        try:
            _Sending(context, transport, report).run()
        except TransportRefused as error:
            report.trouble, report.refused = str(error), True
        except TransportUnavailable as error:
            report.trouble = str(error)
        finally:
            transport.close()
    finally:
        _at_work.release()
    return report


class _Sending:
    def __init__(self, context: Context, transport: Transport, report: NoticeReport) -> None:
        self._context = context
        self._transport = transport
        self._report = report
        self._owner = make_owner()
        self._writer = NoticeWriter(context)

    def run(self) -> None:
        """Raises TransportUnavailable, TransportRefused; what was not sent is free again."""
        self._recover()
        while not self._context.stop.is_set():
            now = self._context.clock()
            with self._context.database.write() as connection:
                left = notices.claim_notices(connection, self._owner, _BATCH, now=now, lease_until=now + _LEASE)
            if not left:
                return
            try:
                while left and not self._context.stop.is_set():
                    self._send(left[0])
                    left.pop(0)
            finally:
                with self._context.database.write() as connection:
                    notices.release_notices(connection, left)

    def _recover(self) -> None:
        with self._context.database.write() as connection:
            gone = find_gone(notices.notice_owners(connection), self._owner)
            repeatable, now = self._transport.repeatable, self._context.clock()
            self._report.uncertain += notices.recover_notices(connection, gone, now=now, repeatable=repeatable)

    def _send(self, claim: NoticeClaim) -> None:
        with self._context.database.read() as connection:
            wanted = self._is_wanted(connection, claim)
            request = consents.find_request(connection, claim.notice.request_id or 0)
        if not wanted:
            self._skip(claim)
            return
        try:
            letter = self._writer.write(claim.notice, request)
            receipt = self._transport.send(letter.message, partial(self._start, claim, letter))
        except ClaimLost:
            self._skip(claim)
            return
        except (ValueError, TemplateError) as error:
            receipt = Receipt(Outcome.FAILED, 0, f"cannot be written as a mail: {error}")
        self._settle(claim, receipt)

    def _start(self, claim: NoticeClaim, letter: Letter) -> None:
        """Called by the transport after the envelope was taken and before the content."""
        with self._context.database.write() as connection:
            started = self._is_wanted(connection, claim) and notices.start_notice(
                connection,
                claim,
                message_id=letter.message_id,
                date=letter.date,
                lease_until=self._context.clock() + _LEASE,
            )
        if not started:
            raise ClaimLost(f"notice {claim.notice.id} is not ours or not wanted any more")

    def _is_wanted(self, connection: Connection, claim: NoticeClaim) -> bool:
        notice = claim.notice
        if not set(notice.newsletters) <= self._context.config.newsletters.keys():
            return False
        if find_suppression(self._context, connection, notice.email) is not None:
            return False
        person = rows.find_by_id(connection, notice.subscriber_id)
        request = consents.find_request(connection, notice.request_id) if notice.request_id else None
        return is_wanted(notice, person, request, self._context.clock())

    def _skip(self, claim: NoticeClaim) -> None:
        self._report.skipped += 1
        answer = NoticeAnswer(DeliveryState.SUPPRESSED, self._context.clock(), reply="not wanted any more")
        with self._context.database.write() as connection:
            notices.settle_notice(connection, claim, answer)

    def _settle(self, claim: NoticeClaim, receipt: Receipt) -> None:
        notice, now = claim.notice, self._context.clock()
        verdict = decide(receipt, notice.attempts + 1, notice.date or now, now, STANDARD, notice.key)
        answer = NoticeAnswer(verdict.state, now, receipt.code, receipt.reply, verdict.due_at)
        with self._context.database.write() as connection:
            if notices.settle_notice(connection, claim, answer):
                name = verdict.state.value
                setattr(self._report, name, getattr(self._report, name) + 1)
