"""The verbs that let mail out: deliver what is queued, send a test, write an issue to a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from publisher.addresses import Mailbox, parse_mailbox
from publisher.app.clocks import mend_moments
from publisher.app.context import Context
from publisher.app.letters import Compiler, make_letterhead, make_single
from publisher.app.rates import make_rules
from publisher.app.refusing import suppress_refused
from publisher.delivery.gate import Gate
from publisher.delivery.sender import Sender, SendReport
from publisher.errors import UsageError
from publisher.files import write_if_changed
from publisher.mail.embedded import detach
from publisher.mail.personal import show_subject
from publisher.model.message import Outcome, Receipt
from publisher.model.rendered import RenderedIssue
from publisher.model.subscriber import Subscriber
from publisher.model.suppression import SuppressionReason
from publisher.storage import deliveries, issues, subscribers

_MOST_NAMED = 3  # providers, of those that are not believed


@dataclass(frozen=True, slots=True)
class TestReceipt:
    """What the relay said to one test message."""

    address: str
    receipt: Receipt


def deliver(context: Context, issue_ids: Sequence[int] | None = None) -> SendReport:
    """Send everything that is due, of these issues or of all. Safe beside another process that does the same."""
    mend_moments(context)
    _reopen(context)
    with context.database.read() as connection:
        live = issues.live_newsletters(connection)
        chosen = {id_: name for id_, name in live.items() if issue_ids is None or id_ in issue_ids}
        wanted = [id_ for id_, name in chosen.items() if name in context.config.newsletters]
        total = deliveries.count_due(connection, wanted, context.clock())
    for id_, name in chosen.items():
        if id_ not in wanted:
            context.reporter.note(f"issue {id_} waits: {name} is not in config.yaml any more")
    if not wanted:
        return SendReport()
    compiler = Compiler(context)
    try:
        gate = Gate(context.database, make_rules(context.config))
        sender = Sender(context.database, context.routes, compiler, context.clock, context.stop, gate)
        with context.reporter.bar("Sending", total) as advance, context.tally.counting(sender.report):
            report = sender.run(wanted, advance)
    finally:
        compiler.close()
    _take_off(context, report)
    return report


def _take_off(context: Context, report: SendReport) -> None:
    """Whoever is gone gets nothing more."""
    added = suppress_refused(context, report)
    if number := added[SuppressionReason.HARD]:
        are = "address is" if number == 1 else "addresses are"
        context.reporter.note(
            f"{number:,} {are} unknown to their own mail servers and will not be written to again; "
            "`publisher suppressions list` names them"
        )
    if number := added[SuppressionReason.SOFT]:
        were = "address has" if number == 1 else "addresses have"
        days = context.config.delivery.soft_bounces.count
        context.reporter.note(
            f"{number:,} {were} been refused on {days} {'day' if days == 1 else 'days'} by now and will not be written "
            "to again; `publisher suppressions list` names them, and docs/bounces.md the rule"
        )
    worst = sorted(report.doubted.items(), key=lambda item: -item[1][0])
    for provider, (unknown, answered) in worst[:_MOST_NAMED]:
        context.reporter.note(
            f"{provider} says of {unknown:,} of {answered:,} readers that there is no such mailbox, which is hard to "
            "believe: nobody is taken off the list for it at once, it counts as a soft bounce; "
            "`publisher deliveries --issue N --state failed` has its words"
        )
    if len(worst) > _MOST_NAMED:
        context.reporter.note(
            f"{len(worst) - _MOST_NAMED:,} more say the same: is it the relay that refuses everybody?"
        )


def _reopen(context: Context) -> None:
    with context.database.read() as connection:
        unsettled = issues.list_unsettled(connection)
    if unsettled:
        with context.database.write() as connection:
            issues.reopen_unsettled(connection)


def has_failed(report: SendReport) -> bool:
    """A delivery failed for good, or a person must act before anything goes on."""
    return bool(report.failed or report.refused or report.broken)


def unfinished(context: Context, newsletter: str) -> list[int]:
    """Issues of this newsletter that an earlier run did not bring to an end."""
    with context.database.read() as connection:
        return issues.live_issues(connection, newsletter)


def send_test(context: Context, name: str, rendered: RenderedIssue, addresses: Sequence[str]) -> list[TestReceipt]:
    """A marked copy to each address, outside the ledger; with the values of the subscriber who has it, if one does.

    Raises UsageError for an address that cannot be, TransportUnavailable, TransportRefused.
    """
    mailboxes = [_parse(address) for address in addresses]
    people = _find_people(context, mailboxes)
    transport = context.open_transport()
    moment = context.clock().strftime("%Y%m%d%H%M%S%f")
    try:
        receipts = []
        for number, person in enumerate(people):
            key = f"test-{moment}-{number}"
            message = make_single(context, name, rendered, person, key=key, test=True)
            receipts.append(TestReceipt(person.email, transport.send(message, lambda: None)))
        return receipts
    finally:
        transport.close()


def _find_people(context: Context, mailboxes: Sequence[Mailbox]) -> list[Mailbox | Subscriber]:
    """A name that stands beside the address goes before the one that is known."""
    with context.database.read() as connection:
        known = [(mailbox, subscribers.find_by_email(connection, mailbox.email)) for mailbox in mailboxes]
    return [
        mailbox if person is None else replace(person, email=mailbox.email, name=mailbox.name or person.name)
        for mailbox, person in known
    ]


def mark_test(context: Context) -> str:
    """What stands before the subject of a test, so that nobody takes it for the real issue."""
    return "【テスト】" if context.config.site.language.startswith("ja") else "[Test] "


def write_preview(context: Context, name: str, rendered: RenderedIssue, folder: Path) -> list[Path]:
    """subject.txt, body.txt, body.html and message.eml as a reader gets them, addressed to the newsletter's sender.

    A mail of text alone has no body.html, and an old one is taken away. In body.html pictures stand by their addresses,
    whatever the message does.
    """
    sender = context.config.sender_of(context.newsletter(name))
    message = make_single(context, name, rendered, sender, key=f"preview-{name}", test=False)
    parts = read_parts(message.content)
    if "html" in parts:
        list_id = make_letterhead(context.config, name, "preview").list_id
        parts["html"] = detach(parts["html"], rendered.embedded, list_id)
    contents = {
        "subject.txt": (show_subject(rendered) + "\n").encode("utf-8"),
        "body.txt": parts["plain"].encode("utf-8"),
        **({"body.html": parts["html"].encode("utf-8")} if "html" in parts else {}),
        "message.eml": message.content,
    }
    written = []
    if "html" not in parts:
        _remove(folder / "body.html")
    for filename, content in contents.items():
        path = folder / filename
        try:
            write_if_changed(path, content)
        except OSError as error:
            raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
        written.append(path)
    return written


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{path}: cannot be removed: {error.strerror}") from error


def read_parts(content: bytes) -> dict[str, str]:
    """The bodies of a message by subtype, read back from the very bytes that would be sent."""
    # The parser costs 30 ms to load, and only `--out` needs it.
    from email import message_from_bytes, policy  # noqa: PLC0415

    message = message_from_bytes(content, policy=policy.default)
    return {
        part.get_content_subtype(): part.get_content().replace("\r\n", "\n")
        for part in message.walk()
        if part.get_content_maintype() == "text"
    }


def all_accepted(receipts: Sequence[TestReceipt]) -> bool:
    return all(item.receipt.outcome is Outcome.ACCEPTED for item in receipts)


def _parse(address: str) -> Mailbox:
    try:
        return parse_mailbox(address, is_reader=True)
    except ValueError as error:
        raise UsageError(f"--to {address!r}: {error}") from None
