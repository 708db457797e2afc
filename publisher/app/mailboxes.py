"""The verb that reads the mailbox of reports."""

from __future__ import annotations

from publisher.app.bouncing import BounceReport, Verdict, take_mail
from publisher.app.context import Context
from publisher.bounces.mailbox import Fate
from publisher.bounces.mailboxes import open_mailbox
from publisher.errors import UsageError
from publisher.model.bounce import Bounce, BounceKind
from publisher.storage import bounces

_MOST_MAILS = 1000  # in one go

_FATES = {Verdict.DONE: Fate.DONE, Verdict.UNKNOWN: Fate.FLAG, Verdict.LATER: Fate.KEEP}


def read_mailbox(context: Context) -> BounceReport:
    """All that has come into `delivery.bounce_mailbox`, up to a thousand mails.

    Raises UsageError when there is none, FetchError when it cannot be read; what was read before that stays settled.
    """
    section = context.config.delivery.bounce_mailbox
    if section is None:
        raise UsageError(
            "there is no mailbox to read; set delivery.bounce_mailbox, or name files (- is standard input)"
        )
    report = BounceReport()
    mailbox = open_mailbox(section.url.get_secret_value(), context.config.base, lambda name: _is_known(context, name))
    try:
        for item in mailbox.read(_MOST_MAILS):
            fate = _FATES[take_mail(context, item.content, report)]
            if fate is Fate.FLAG and item.kept_as:
                _remember(context, item.kept_as)
            mailbox.settle(item, fate)
            if context.stop.is_set():
                break
    finally:
        mailbox.close()
    return report


def _is_known(context: Context, name: str) -> bool:
    with context.database.read() as connection:
        return bounces.is_known(connection, name)


def _remember(context: Context, name: str) -> None:
    with context.database.write() as connection:
        bounces.note(connection, Bounce(BounceKind.UNKNOWN, name), (None, None), context.clock())
