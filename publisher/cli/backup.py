"""`publisher backup` and `publisher restore`."""

from __future__ import annotations

import signal
import threading
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.settings import settings_of
from publisher.errors import UsageError

if TYPE_CHECKING:  # loading these takes longer than `--help` may
    from publisher.app.restoring import Restored
    from publisher.config import Config

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes; an older one is replaced.")],
    compress: Annotated[bool, typer.Option("--gzip", help="Compress it.")] = False,
    as_json: Json = False,
) -> None:
    """Copy the database into a file while everything goes on."""
    from publisher.app.backups import BackupRequest, Interrupted, back_up
    from publisher.cli import output
    from publisher.cli.progress import make_reporter
    from publisher.cli.signals import stop_on_signals
    from publisher.files import show_path

    config = settings_of(context).load_config()
    stop = threading.Event()
    received = stop_on_signals(stop)
    request = BackupRequest(file, datetime.now(UTC), compress, stop)
    try:
        made = back_up(config, request, make_reporter())
    except Interrupted:
        typer.echo("Interrupted; nothing was written.", err=True)
        raise typer.Exit(130 if received() == signal.SIGINT else 1) from None
    if as_json:
        output.print_json(
            {"file": str(made.path), "bytes": made.size, "database_bytes": made.database, "made_at": made.made_at}
        )
        return
    typer.echo(f"Copied {config.database_path.name} into {file}: {made.size:,} bytes, looked over and whole.")
    if made.key is not None:
        typer.echo(f"{show_path(made.key)} is not in it; keep a copy of that, too: links in old mails need it.")


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `publisher backup` made.")],
    as_it_was: Annotated[
        bool, typer.Option("--as-it-was", help="Take nothing over from the database that is replaced.")
    ] = False,
    with_confirmed: Annotated[
        bool, typer.Option("--with-confirmed", help="Take over who has confirmed since, too.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Put a backup in the place of the database. Nothing is mailed by itself because of that."""
    from publisher.app.restoring import restore as put_back
    from publisher.app.takingover import Take
    from publisher.cli import output
    from publisher.cli.progress import make_reporter
    from publisher.cli.sent import issue_as_mapping

    if as_it_was and with_confirmed:
        raise UsageError("choose one of --as-it-was and --with-confirmed")
    wanted = Take.CONFIRMED_TOO if with_confirmed else Take.EVERY_NO
    config = settings_of(context).load_config()
    done = put_back(config, file, datetime.now(UTC), make_reporter(), Take.NOTHING if as_it_was else wanted)
    if as_json:
        output.print_json(
            {
                "database": str(done.database),
                "kept": str(done.kept) if done.kept else None,
                "made_at": done.made_at,
                "subscribers": done.subscribers,
                "paused": [issue_as_mapping(issue) for issue in done.paused],
                "dropped_notices": done.dropped,
                "taken_over": asdict(done.taken) if done.taken else None,
                "unread": done.unread,
            }
        )
        return
    _print_restored(config, file, done)


def _print_restored(config: Config, file: Path, done: Restored) -> None:
    from publisher.app.takingover import SENT
    from publisher.cli import output
    from publisher.files import show_path

    moment = datetime.fromisoformat(done.made_at) if done.made_at else None
    made = f", made {output.show_time(moment, config.site.timezone)}" if moment else ""
    people = output.count(done.subscribers, "subscriber")
    typer.echo(f"Restored {done.database.name} from {file}{made}: {people}.")
    if done.kept is not None:
        typer.echo(f"What was there before is kept as {show_path(done.kept)}.")
    if done.unread is None:
        typer.echo("All articles that are there now are history: none of them is mailed by itself.")
    else:
        output.warn(f"The articles could not be looked at: {done.unread}")
        typer.echo("All articles that the next build or run finds are history: none of them is mailed by itself.")
    is_known = done.taken is not None and SENT not in done.taken.unread
    for issue in done.paused:
        told = "what was sent of it is taken over" if is_known else "nobody knows what of it was sent after the backup"
        typer.echo(
            f"Issue {issue.id} “{issue.subject}” is paused: {told}. `publisher issues resume {issue.id}` goes on"
            f"{'' if is_known else ', perhaps twice for some'}; `publisher issues cancel {issue.id}` ends it."
        )
    if done.dropped:
        typer.echo(f"{output.count(done.dropped, 'notice')} that waited will not be sent.")
    _print_taken(config, done, f"since {output.show_time(moment, config.site.timezone)}" if moment else "")


def _print_taken(config: Config, done: Restored, since: str) -> None:
    """What of the time since the backup is known, and what is not."""
    from publisher.cli import output

    time = f"of the time {since}" if since else "of the time after the backup"
    if done.taken is None:
        output.warn(f"Nothing {time} is in it: who left then gets mail again, and what was sent may be sent again.")
        return
    if done.taken.reason:
        unread = ", ".join(done.taken.unread)
        output.warn(f"The database before cannot be read ({done.taken.reason}). Not known {time}: {unread}.")
        if config.delivery.bounce_mailbox is not None:
            output.warn("Mails of that time in the mailbox of bounces can be read again: publisher bounces read FILE…")
    named = {
        "who had left": done.taken.left,
        "addresses that must not be written to": done.taken.suppressed,
        "people to be forgotten": done.taken.forgotten,
        "deliveries": done.taken.deliveries,
        "who had confirmed": done.taken.confirmed,
    }
    if shown := ", ".join(f"{number:,} {name}" for name, number in named.items() if number):
        typer.echo(f"Taken over from the database before: {shown}.")
    if done.taken.joined:
        people, are = output.count(done.taken.joined, "reader"), "is" if done.taken.joined == 1 else "are"
        typer.echo(f"{people} who joined {since or 'after the backup'} {are} in the kept file alone.")
