"""Structured log lines for the process that nobody watches: one event a line, and no address of anybody in it."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, Literal

import structlog

Level = Literal["debug", "info", "warning", "error"]

_LONGEST = 2000  # characters of one value: what another server says may be of any length
# Every quantifier has an end, so that a long value takes no more than time in proportion to it.
_ADDRESS = re.compile(
    r"""(?:"[^"\n]{1,64}"|[\w.!#$%&'*+=?^`{|}~-]{1,64})@(?=(?:[\w-]{1,63}\.){1,9}[\w-]{1,63}|\[[\w.:]{1,60}\])"""
)


def configure_log(*, as_json: bool, level: Level = "info") -> None:
    """Lines on standard error: JSON for machines, aligned text for people."""
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0, sort_keys=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            hide_addresses,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=_Lines,
        cache_logger_on_first_use=False,
    )


def get_log() -> Any:
    return structlog.get_logger()


def hide_addresses(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Of an e-mail address only the domain is left, wherever it stands: relays like to repeat whom they refuse."""
    return {key: _hide(value) for key, value in event.items()}


def _hide(value: Any) -> Any:
    if isinstance(value, str):
        return _ADDRESS.sub("…@", value[:_LONGEST])
    if isinstance(value, list | tuple | set | frozenset):
        return [_hide(item) for item in value]
    if isinstance(value, dict):
        return {_hide(key): _hide(item) for key, item in value.items()}
    return value


class _Lines:
    """Standard error, as it is when the line is written. A log that cannot be written must not end the service."""

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError):  # a full disk, a reader that has gone, a closed stream
            # With its end, as one piece: the threads of the service and its workers write to one stream.
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()

    debug = info = warning = warn = error = critical = exception = log = msg
