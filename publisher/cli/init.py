"""`publisher init`: a working start for a new site."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIRECTORY", help="Where to start; made if missing.")] = Path(),
) -> None:
    """Write config.yaml and a first article for a new site. Files that are there are left alone."""
    from publisher.app.starting import start_site

    for path, written in start_site(directory):
        typer.echo(f"{'wrote ' if written else 'kept  '} {path}")
    prefix = "" if directory == Path() else f"cd {directory} && "
    typer.echo(f"\nNext: change site: in config.yaml, then  {prefix}publisher check && publisher build")
