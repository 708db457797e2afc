"""`publisher preview`: the next mail in a browser, while it is written."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.issueid import parse_issue_id
from publisher.cli.settings import settings_of
from publisher.errors import UsageError

if TYPE_CHECKING:  # loading it takes longer than `--help` may
    from publisher.config import Config
    from publisher.web.preview.desk import Desk


def preview(
    context: typer.Context,
    newsletter: Annotated[
        str | None, typer.Argument(metavar="NEWSLETTER", help="Its name in config.yaml; without it, all of them.")
    ] = None,
    issue: Annotated[
        int | None, typer.Option(metavar="ID", parser=parse_issue_id, help="Show this issue, which is made already.")
    ] = None,
    template: Annotated[
        str | None, typer.Option(metavar="NAME", help="Show another template: headlines, welcome … (needs NEWSLETTER).")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65_535, metavar="N", help="The port on 127.0.0.1; 0 is any.")] = 0,
    is_opened: Annotated[
        bool | None, typer.Option("--open/--no-open", help="Open a browser; by default when at a terminal.")
    ] = None,
) -> None:
    """Show the next mail in a browser while you write it. Sends and changes nothing."""
    from datetime import UTC, datetime

    from publisher.cli.signals import stop_on_signals
    from publisher.config.values import Listen
    from publisher.log import configure_log
    from publisher.web.preview.application import showing
    from publisher.web.preview.desk import Desk

    settings = settings_of(context)
    config = settings.load_config()
    path = _find_path(config, newsletter, issue, template)
    stop = threading.Event()
    stop_on_signals(stop)
    configure_log(as_json=False)
    desk = Desk(settings.config, config, lambda: datetime.now(UTC))
    with showing(desk, Listen("127.0.0.1", port)) as address:
        for watcher in _watch(config, desk, stop):
            watcher.start()
        typer.echo(f"Preview at {address}{path}")
        typer.echo("It is shown anew when an article, a template or config.yaml is saved. Ctrl-C ends it.")
        if sys.stdout.isatty() if is_opened is None else is_opened:
            import webbrowser

            webbrowser.open(f"{address}{path}")
        while not stop.wait(0.5):  # in short waits: only between them does the handler of a signal run
            pass


def _find_path(config: Config, newsletter: str | None, issue: int | None, template: str | None) -> str:
    """What is to be opened, below the address. Raises UsageError for what is not there."""
    from publisher.app.previewing import Wanted, find_newsletter
    from publisher.web.preview.pages import Asked

    if issue is not None and template:
        raise UsageError("--issue is shown as it was made; leave out --template")
    if template and newsletter is None:
        raise UsageError("--template needs a newsletter: `publisher preview NEWSLETTER --template NAME`")
    found = find_newsletter(config, issue) if issue is not None else newsletter
    if found is None:
        return ""
    if newsletter not in {None, found}:
        raise UsageError(f"issue {issue} is one of {found}, not of {newsletter}")
    if found not in config.newsletters:
        known = ", ".join(config.newsletters) or "none; add one under newsletters: in config.yaml"
        raise UsageError(f"there is no newsletter {found!r}; known: {known}")
    return Asked(Wanted(found, template or "", issue)).url().removeprefix("/")


def _watch(config: Config, desk: Desk, stop: threading.Event) -> list[threading.Thread]:
    """Of the folder of the configuration only what lies in it itself: it may hold anything."""
    from publisher.scheduler import watch_folders

    folders = [config.folder_path(folder) for folder in config.folders]
    folders += [folder for folder in (config.templates_dir, config.locale_dir) if folder.is_dir()]
    return [
        threading.Thread(
            target=watch_folders,
            args=(watched, desk.refresh, stop),
            kwargs={"recursive": recursive},
            name="watcher",
            daemon=True,
        )
        for watched, recursive in ((folders, True), ([config.base], False))
    ]
