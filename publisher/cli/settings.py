"""What the command line itself was told, and the context that commands work in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:  # loading these takes longer than `--help` may
    from publisher.app.context import Context
    from publisher.config import Config


@dataclass(frozen=True, slots=True)
class Settings:
    config: Path

    @contextmanager
    def open(self, stop: threading.Event | None = None) -> Iterator[Context]:
        from publisher.app.context import open_context
        from publisher.cli.progress import make_reporter

        with open_context(self.config, reporter=make_reporter(), stop=stop) as context:
            yield context

    def load_config(self) -> Config:
        from publisher.app.context import load_checked_config

        return load_checked_config(self.config)


def settings_of(context: typer.Context) -> Settings:
    found = context.obj
    if not isinstance(found, Settings):
        raise TypeError("the command was called without its options")
    return found
