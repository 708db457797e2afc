"""What the command line itself was told, and the context that commands work in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from publisher.pool import calm_collector

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
            calm_collector()  # what has been loaded stays
            yield context

    def load_config(self) -> Config:
        from publisher.app.context import load_checked_config

        config = load_checked_config(self.config)
        calm_collector()
        return config


def settings_of(context: typer.Context) -> Settings:
    found = context.obj
    if not isinstance(found, Settings):
        raise TypeError("the command was called without its options")
    return found
