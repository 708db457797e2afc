"""Bars and notes on standard error, so that standard output stays what was asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from publisher.app.context import Progress, Reporter

_WORTH_A_BAR = 20


class TerminalReporter(Reporter):
    """A bar while something long goes on; it leaves nothing behind."""

    @contextmanager
    def bar(self, title: str, total: int) -> Iterator[Progress]:
        if total < _WORTH_A_BAR:
            yield lambda _done: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with RichProgress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task(title, total=total)
            yield lambda done: progress.advance(task, done)

    def note(self, text: str) -> None:
        typer.echo(f"note: {text}", err=True)


class PlainReporter(Reporter):
    """For logs and pipes: notes, no bars."""

    def note(self, text: str) -> None:
        typer.echo(f"note: {text}", err=True)


def make_reporter() -> Reporter:
    return TerminalReporter() if sys.stderr.isatty() else PlainReporter()
