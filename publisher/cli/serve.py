"""`publisher serve`: the feeds over HTTP, and nothing else."""

from __future__ import annotations

import signal
import threading
from typing import Annotated

import typer

from publisher.cli.settings import settings_of


def serve(
    context: typer.Context,
    listen: Annotated[
        str | None,
        typer.Option("--listen", metavar="ADDRESS", help="Address and port, such as 127.0.0.1:8000; port 0 is any."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Log JSON lines.")] = False,
) -> None:
    """Serve the feeds and the pages over HTTP, until SIGTERM."""
    from publisher.cli.signals import stop_on_signals
    from publisher.cli.websub import websub_at_work
    from publisher.config import Web
    from publisher.config.values import parse_listen
    from publisher.errors import UsageError
    from publisher.files import show_path
    from publisher.log import configure_log, get_log
    from publisher.web.server import serving

    stop = threading.Event()
    signal_received = stop_on_signals(stop)
    with settings_of(context).open(stop) as opened:
        config = opened.config
        configure_log(as_json=as_json or config.log.format == "json", level=config.log.level)
        log = get_log()
        try:
            place = parse_listen(listen) if listen else (config.web or Web()).listen
        except ValueError as error:
            raise UsageError(f"--listen {listen}: {error}") from error
        with websub_at_work(opened, log), serving(opened, place) as address:
            log.info("listening", address=address, folder=show_path(config.output_dir), public=config.feeds_url)
            while not stop.wait(0.5):  # in short waits: only between them does the handler of a signal run
                pass
        log.info("stopped")
    raise typer.Exit(130 if signal_received() == signal.SIGINT else 0)
