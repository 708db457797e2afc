"""The `publisher` command: options of all commands, exit codes, what becomes of an error.

Commands import what they need when they run: `publisher --help` loads neither SQLAlchemy nor premailer.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from publisher import __version__
from publisher.cli import (
    backup,
    bounces,
    build,
    check,
    deliveries,
    digest,
    import_feed,
    init,
    issues,
    plan,
    preview,
    run,
    segments,
    serve,
    status,
    subscribers,
    suppressions,
)
from publisher.cli.settings import Settings
from publisher.errors import PublisherError

app = typer.Typer(
    name="publisher",
    help="A folder of Markdown articles becomes feeds and newsletters.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("init")(init.init)
app.command("check")(check.check)
app.command("build")(build.build)
app.command("import-feed")(import_feed.import_feed)
app.command("digest")(digest.digest)
app.command("preview")(preview.preview)
app.command("plan")(plan.plan)
app.command("run")(run.run)
app.command("serve")(serve.serve)
app.add_typer(subscribers.app, name="subscribers")
app.add_typer(suppressions.app, name="suppressions")
app.add_typer(issues.app, name="issues")
app.add_typer(deliveries.app, name="deliveries")
app.command("segments")(segments.list_segments)
app.add_typer(bounces.app, name="bounces")
app.command("status")(status.status)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)


def _show_version(value: bool) -> None:  # noqa: FBT001 - Typer's callback
    if value:
        typer.echo(f"publisher {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    config: Annotated[Path, typer.Option("--config", "-c", metavar="FILE", help="The configuration file.")] = Path(
        "config.yaml"
    ),
    version: Annotated[  # noqa: ARG001 - handled by its callback
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    context.obj = Settings(config=config)


def main() -> None:
    """Exit codes: 0 fine, 1 something failed for good, 2 usage or config, 3 unexpected, 130 interrupted."""
    try:
        choose_commands(sys.argv[1:])()
    except PublisherError as error:
        typer.echo(f"publisher: {error}" if error.exit_code != 2 else str(error), err=True)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # `publisher … | head`
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a person sees a sentence, not a traceback
        _report_unexpected(error)
        sys.exit(3)


def choose_commands(words: Sequence[str]) -> typer.Typer:
    """The command that these words ask for, alone: Typer takes as long to prepare all of them as a small build takes.

    All commands where it is not plain to see, as for help, and for what is no command.
    """
    rest = list(words)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in {"-c", "--config"}:
            del rest[:1]
        elif not option.startswith(("-c", "--config=")):
            return app
    name = rest[0] if rest else ""
    chosen = copy.copy(app)
    chosen.registered_commands = [info for info in app.registered_commands if info.name == name]
    chosen.registered_groups = [info for info in app.registered_groups if info.name == name]
    return chosen if chosen.registered_commands or chosen.registered_groups else app


def _report_unexpected(error: Exception) -> None:
    from publisher.cli.crash import write_crash_log

    path = write_crash_log(error)
    typer.echo(
        f"publisher: unexpected {type(error).__name__}: this is a bug in publisher, not in your files.", err=True
    )
    typer.echo(f"Nothing that was sent is lost. Please report it with the contents of {path}", err=True)
