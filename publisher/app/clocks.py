"""What a clock that was ahead has left behind: mail put off until moments that nothing is ever put off to."""

from __future__ import annotations

from datetime import timedelta

from publisher.app.context import Context
from publisher.delivery.rate import as_of
from publisher.storage import issues, ledger, notices, rates, rhythms

# The longest that a delivery waits for a reader's hour and the end of their quiet hours, which is longer than any
# limit or any pause between tries.
_LONGEST_WAIT = timedelta(days=3)
_LONGEST_RHYTHM = timedelta(days=35)  # a month, and the same again
_STEP = timedelta(minutes=1)  # as clocks are set right every day


def mend_moments(context: Context) -> None:
    """After a clock was put back, nobody waits until it has come as far again: what lies beyond is due now.

    Reads little where there is nothing of the kind.
    """
    now = context.clock()
    beyond, beyond_rhythm = now + _LONGEST_WAIT, now + _LONGEST_RHYTHM
    with context.database.read() as connection:
        late = ledger.list_put_off(connection, issues.live_issues(connection), beyond)
        has_notices = notices.has_put_off(connection, beyond)
        names = [name for name in context.config.newsletters if rhythms.has_put_off(connection, name, beyond_rhythm)]
        meters = rates.load_ahead(connection, now + _STEP)
    if meters:
        with context.database.write() as connection:
            for name, meter in meters.items():
                rates.save_meter(connection, name, as_of(meter, now))
    if not (late or has_notices or names):
        return
    context.reporter.note("mail was put off until a moment that a clock must have made that was ahead; it is due now")
    with context.database.write() as connection:
        for issue_id in late:
            ledger.bring_back(connection, issue_id, beyond, now)
        notices.bring_back(connection, beyond, now)
        for name in names:
            rhythms.bring_back(connection, name, beyond_rhythm, now)
