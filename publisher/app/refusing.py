"""What follows when servers refuse readers as their messages are offered: the same as when a report says so later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from publisher.app.context import Context
from publisher.app.suppressing import LONGEST_SOURCE, suppress
from publisher.bounces.codes import classify
from publisher.bounces.rule import count_days, find_reason
from publisher.delivery.sender import SendReport
from publisher.model.bounce import BounceKind
from publisher.model.suppression import Suppression, SuppressionReason
from publisher.storage import bounces as rows
from publisher.storage.database import Connection
from publisher.storage.deliveries import Settlement

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class _Refused:
    answer: Settlement
    kind: BounceKind

    @property
    def key(self) -> tuple[int, int]:
        return self.answer.claim.delivery.issue_id, self.answer.claim.delivery.subscriber_id

    @property
    def row(self) -> rows.Refusal:
        return rows.Refusal(self.key, self.kind, self.answer.now, self.answer.enhanced, self.answer.reply)


def suppress_refused(context: Context, report: SendReport) -> Counter[SuppressionReason]:
    """Write down whom servers did not take in this run, and suppress those of whom it was said often enough.

    Returns how many are suppressed now that were not, by reason. `delivery.gone` says who is believed.
    """
    refused = [_Refused(answer, _classify(answer)) for answer in report.gone]
    refused += [
        _Refused(answer, BounceKind.SOFT) for answer in report.soft if _classify(answer) is not BounceKind.POLICY
    ]
    counted = [item for item in refused if item.kind is not BounceKind.POLICY]
    added: Counter[SuppressionReason] = Counter()
    for start in range(0, len(counted), _BATCH):
        with context.database.write() as connection:
            added += _suppress(context, connection, counted[start : start + _BATCH])
    return added


def count_soft_days(context: Context, connection: Connection, subscriber_ids: Sequence[int]) -> dict[int, int]:
    """On how many days mail to these readers came back softly, within the time that counts."""
    since = context.clock() - context.config.delivery.soft_bounces.within
    zone = context.config.site.timezone
    found = rows.list_soft(connection, subscriber_ids, since)
    return {subscriber_id: count_days(moments, zone) for subscriber_id, moments in found.items()}


def _classify(answer: Settlement) -> BounceKind:
    return classify(answer.enhanced, answer.reply, answer.claim.delivery.email)


def _suppress(context: Context, connection: Connection, refused: Sequence[_Refused]) -> Counter[SuppressionReason]:
    """What is queued again by now, because the relay refused everybody, was no word about anybody."""
    failed = rows.find_failed(connection, [item.key for item in refused])
    refused = [item for item in refused if item.key in failed]
    rows.note_refusals(connection, [item.row for item in refused])
    soft_days = count_soft_days(context, connection, [item.key[1] for item in refused])
    enough = context.config.delivery.soft_bounces.count
    added: Counter[SuppressionReason] = Counter()
    for wanted in (SuppressionReason.HARD, SuppressionReason.SOFT):
        items = [
            _bury(item.answer, wanted)
            for item in refused
            if find_reason(item.kind, soft_days.get(item.key[1], 0), enough) is wanted
        ]
        added[wanted] += suppress(context, connection, items)
    return added


def _bury(answer: Settlement, reason: SuppressionReason) -> Suppression:
    delivery = answer.claim.delivery
    source = f"issue {delivery.issue_id}: {answer.code} {answer.reply}"[:LONGEST_SOURCE].strip()
    return Suppression(delivery.email, reason, answer.now, source)
