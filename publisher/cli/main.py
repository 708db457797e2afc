"""The `publisher` command: options of all commands, exit codes, what becomes of an error.

Commands import what they need when they run: `publisher --help` loads neither SQLAlchemy nor premailer.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from publisher import __version__
from publisher.cli.settings import Settings
from publisher.errors import PublisherError

# Where each command is, in the order of `--help`: a function, or the program of a group of commands.
COMMANDS = {
    "init": "init:init",
    "check": "check:check",
    "build": "build:build",
    "import-feed": "import_feed:import_feed",
    "digest": "digest:digest",
    "preview": "preview:preview",
    "plan": "plan:plan",
    "run": "run:run",
    "serve": "serve:serve",
    "subscribers": "subscribers:app",
    "suppressions": "suppressions:app",
    "issues": "issues:app",
    "deliveries": "deliveries:app",
    "segments": "segments:list_segments",
    "bounces": "bounces:app",
    "status": "status:status",
    "backup": "backup:backup",
    "restore": "backup:restore",
}


def make_program(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """The command line with these commands, whose modules it loads, and no others."""
    program = typer.Typer(
        name="publisher",
        help="A folder of Markdown articles becomes feeds and newsletters.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    program.callback()(_options)
    for name in names:
        module, _, attribute = COMMANDS[name].partition(":")
        command = getattr(importlib.import_module(f"publisher.cli.{module}"), attribute)
        if isinstance(command, typer.Typer):
            program.add_typer(command, name=name)
        else:
            program.command(name)(command)
    return program


def choose_commands(words: Sequence[str]) -> Iterable[str]:
    """The command that these words ask for, alone: all take longer to load and to prepare than a small build takes.

    All commands where it is not plain to see, as for help, and for what is no command.
    """
    rest = list(words)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option in {"-c", "--config"}:
            del rest[:1]
        elif not option.startswith(("-c", "--config=")):
            return COMMANDS
    return rest[:1] if rest and rest[0] in COMMANDS else COMMANDS


def _show_version(value: bool) -> None:  # noqa: FBT001 - Typer's callback
    if value:
        typer.echo(f"publisher {__version__}")
        raise typer.Exit


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
        make_program(choose_commands(sys.argv[1:]))()
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


def _report_unexpected(error: Exception) -> None:
    from publisher.cli.crash import write_crash_log

    path = write_crash_log(error)
    typer.echo(
        f"publisher: unexpected {type(error).__name__}: this is a bug in publisher, not in your files.", err=True
    )
    typer.echo(f"Nothing that was sent is lost. Please report it with the contents of {path}", err=True)
