"""`publisher bounces`: what came back."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.settings import settings_of

if TYPE_CHECKING:  # loading these takes longer than `--help` may
    from publisher.app.bouncing import BounceReport

app = typer.Typer(help="Read what came back.", no_args_is_help=True)

_TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h: the mail server keeps the mail and pipes it once more


@app.command("read")
def read(
    context: typer.Context,
    files: Annotated[
        list[str] | None, typer.Argument(metavar="[FILE…|-]", help="Mails; - is one on standard input.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Read reports of failure and complaints. Those in the named files, what a mail server pipes in (-), or else in
    delivery.bounce_mailbox."""
    from publisher.app.bouncing import BounceReport, Verdict, take_mail
    from publisher.app.mailboxes import read_mailbox
    from publisher.bounces.letter import LARGEST_MAIL
    from publisher.cli import output

    report = BounceReport()
    with settings_of(context).open() as opened:
        if not files:
            report = read_mailbox(opened)
        for file in files or []:
            content = sys.stdin.buffer.read(LARGEST_MAIL) if file == "-" else _read_file(Path(file), LARGEST_MAIL)
            if take_mail(opened, content, report) is Verdict.UNKNOWN:
                output.warn(f"{file}: says nothing about a mail that was sent from here")
    if as_json:
        output.print_json(asdict(report))
    elif files != ["-"]:
        typer.echo(describe_report(report))
    if report.later and files:
        raise typer.Exit(_TRY_AGAIN)


def describe_report(report: BounceReport) -> str:
    """`3 mails read: 1 hard, 1 complaint; 2 addresses suppressed.`; what is not there is left out."""
    from publisher.cli import output

    named = {
        "hard": report.hard,
        "soft": report.soft,
        "for policy": report.policy,
        "complaints": report.complaints,
        "unsubscribed": report.left,
        "say nothing": report.ignored,
        "not ours": report.unmatched,
        "not understood": report.unknown,
        "read before": report.again,
        "to be read later": report.later,
    }
    shown = ", ".join(f"{number:,} {name}" for name, number in named.items() if number)
    suppressed = f"; {output.count(report.suppressed, 'address', 'addresses')} suppressed" if report.suppressed else ""
    return f"{output.count(report.read, 'mail')} read{': ' if shown else ''}{shown}{suppressed}."


def _read_file(path: Path, limit: int) -> bytes:
    from publisher.errors import UsageError

    try:
        with path.open("rb") as file:
            return file.read(limit)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
