"""The verb that removes what nobody needs to know any more about deliveries."""

from __future__ import annotations

from datetime import datetime, timedelta

from publisher.app.context import Context
from publisher.storage import articles, retention

_LOOKED = "deliveries looked over"  # fact, ISO 8601: when no more was left to remove
_EVERY = timedelta(hours=1)
_BATCH = 2000  # rows in one transaction, which others wait for
_MOST = 100  # transactions in one pass


def remove_old_deliveries(context: Context) -> int:
    """Rows settled longer ago than `delivery.keep`, of issues that are over; returns how many.

    A bounded number at a time; the next pass goes on. The numbers of the issue stay as they were.
    """
    now = context.clock()
    before = now - context.config.delivery.keep
    with context.database.read() as connection:
        looked = articles.get_fact(connection, _LOOKED)
        if looked is not None and timedelta(0) <= now - datetime.fromisoformat(looked) < _EVERY:
            return 0
        old = retention.list_old_issues(connection, before)
    removed = batches = 0
    for issue_id in old:
        number = _BATCH
        while number == _BATCH:
            if batches == _MOST or context.stop.is_set():
                return removed
            with context.database.write() as connection:
                number = retention.remove_deliveries(connection, issue_id, before, _BATCH)
            removed += number
            batches += 1
    with context.database.write() as connection:
        articles.set_fact(connection, _LOOKED, now.isoformat())
    return removed
