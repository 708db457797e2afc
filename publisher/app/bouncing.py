"""The verbs about what comes back: read a report, settle its delivery, keep the list of who must not be written to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import Enum, auto

from publisher.app.bouncetargets import Target, find_target, is_held
from publisher.app.context import Context
from publisher.app.leaving import leave
from publisher.app.refusing import count_soft_days
from publisher.app.suppressing import suppress
from publisher.bounces.read import read_bounces
from publisher.bounces.rule import find_reason
from publisher.model.bounce import Bounce, BounceKind
from publisher.model.consent import Circumstances
from publisher.model.delivery import DeliveryState
from publisher.model.suppression import Suppression, SuppressionReason
from publisher.storage import bounces as rows
from publisher.storage import notices, subscribers
from publisher.storage.database import Connection

_SAYS_NOTHING = {BounceKind.AUTOREPLY, BounceKind.NOTICE}


class Verdict(Enum):
    """What to do with the mail, or the event, that was read."""

    DONE = auto()
    UNKNOWN = auto()  # somebody should look at it
    LATER = auto()  # its delivery is not settled yet: read it once more


@dataclass(slots=True)
class BounceReport:
    """How many reports were what. `again`: read before. `unmatched`: about nothing that we can prove to have sent.

    `suppressed` counts addresses, not reports. `later`: to be read once more, because the answer to the message itself
    has not been written down yet.
    """

    read: int = 0
    hard: int = 0
    soft: int = 0
    policy: int = 0
    complaints: int = 0
    left: int = 0
    ignored: int = 0
    unmatched: int = 0
    unknown: int = 0
    again: int = 0
    later: int = 0
    suppressed: int = 0

    def add(self, other: BounceReport) -> None:
        for item in fields(self):
            setattr(self, item.name, getattr(self, item.name) + getattr(other, item.name))


def take_mail(context: Context, content: bytes, report: BounceReport) -> Verdict:
    """One mail, from wherever. It may be any mail at all."""
    return settle_bounces(context, read_bounces(content, context.keys), report)


def settle_bounces(context: Context, found: Sequence[Bounce], report: BounceReport) -> Verdict:
    """What one mail or event says, all of it or nothing, and each report once however often it is read."""
    mine = BounceReport(read=1)
    with context.database.write() as connection:
        targets = [find_target(context, connection, bounce) for bounce in found]
        if any(is_held(connection, target) for target in targets):
            report.add(BounceReport(read=1, later=1))
            return Verdict.LATER
        for bounce, target in zip(found, targets, strict=True):
            _settle(context, connection, bounce, target, mine)
    report.add(mine)
    return Verdict.UNKNOWN if mine.unknown or mine.unmatched else Verdict.DONE


def _settle(context: Context, connection: Connection, bounce: Bounce, target: Target, report: BounceReport) -> None:
    kind = bounce.kind
    if kind in _SAYS_NOTHING:
        report.ignored += 1
    elif kind is BounceKind.UNKNOWN:
        report.unknown += 1
    elif kind is BounceKind.UNSUBSCRIBE:
        _unsubscribe(context, connection, bounce, target, report)
    elif target.subscriber_id is None and not target.email:
        report.unmatched += 1
    elif not rows.note(connection, bounce, (target.issue_id, target.subscriber_id), context.clock()):
        report.again += 1
    else:
        _count(kind, report)
        _settle_mail(connection, bounce, target)
        _suppress(context, connection, bounce, target, report)


def _count(kind: BounceKind, report: BounceReport) -> None:
    report.hard += kind is BounceKind.HARD
    report.soft += kind is BounceKind.SOFT
    report.policy += kind is BounceKind.POLICY
    report.complaints += kind is BounceKind.COMPLAINT


def _settle_mail(connection: Connection, bounce: Bounce, target: Target) -> None:
    is_complaint = bounce.kind is BounceKind.COMPLAINT
    state = DeliveryState.COMPLAINED if is_complaint else DeliveryState.BOUNCED
    if target.notice is not None:
        notices.settle_reported(connection, target.notice.id, state, f"{bounce.code} {bounce.text}".strip())
    elif target.delivery is not None:
        rows.settle(connection, target.delivery, state, bounce.code, bounce.text)


def _suppress(context: Context, connection: Connection, bounce: Bounce, target: Target, report: BounceReport) -> None:
    """Anybody can type any address into a form. One whose owner has never said yes, and that does not work today, may
    work tomorrow: it gets no mail unless somebody asks again, and must not stay shut for them. A complaint is the
    owner's own word.
    """
    readers = [] if target.subscriber_id is None else [target.subscriber_id]
    soft_days = count_soft_days(context, connection, readers) if bounce.kind is BounceKind.SOFT else {}
    enough = context.config.delivery.soft_bounces.count
    reason = find_reason(bounce.kind, sum(soft_days.values()), enough)
    if reason is None or not target.email:
        return
    if not target.is_confirmed and reason is not SuppressionReason.COMPLAINT:
        return
    place = f"{target.mail}: " if target.mail else ""
    said = f"{bounce.code} {bounce.text}".strip() if bounce.code not in bounce.text else bounce.text
    item = Suppression(target.email, reason, context.clock(), f"{place}{said}"[:200].strip(": "))
    report.suppressed += suppress(context, connection, [item])


def _unsubscribe(
    context: Context, connection: Connection, bounce: Bounce, target: Target, report: BounceReport
) -> None:
    """By a token that we signed, or because a mail service says so, which ends all; twice is as good as once."""
    person = subscribers.find_by_email(connection, target.email)
    if person is None or not (target.newsletter or bounce.is_trusted):
        report.unmatched += 1
        return
    told = Circumstances("service" if bounce.is_trusted else "mail")
    ended = leave(context, connection, person, (target.newsletter, target.newsletter), told).changed
    report.left += len(ended)
    report.again += not ended
