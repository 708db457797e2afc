"""Structured log lines for the process that nobody watches: one event a line, no addresses at info level."""

from __future__ import annotations

import sys
from typing import Any

import structlog


def configure_log(*, as_json: bool) -> None:
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
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def get_log() -> Any:
    return structlog.get_logger()
