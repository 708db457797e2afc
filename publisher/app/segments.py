"""Which subscribers a segment means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from publisher.app.context import Context
from publisher.config import Config, Newsletter
from publisher.errors import UsageError
from publisher.segments.expression import Expression
from publisher.segments.parse import SegmentError
from publisher.storage import segments as rows


@dataclass(frozen=True, slots=True)
class SegmentLine:
    """A segment of the configuration, and how many it means; `newsletters` are those that go to nobody else."""

    name: str
    expression: str
    count: int
    newsletters: tuple[str, ...] = ()


def read_segment(context: Context, text: str) -> Expression:
    """A name under `segments:`, or an expression.

    Raises UsageError with the place and what to write instead.
    """
    try:
        return context.config.segment(text)
    except SegmentError as error:
        names = ", ".join(context.config.segments)
        known = f" (segments of config.yaml: {names})" if names else ""
        raise UsageError(f"--segment: {error}{known}") from None


def local_now(context: Context) -> datetime:
    """Now, on the clock by which days of segments are meant."""
    return context.clock().astimezone(context.config.site.timezone)


def audience_of(config: Config, newsletter: Newsletter, now: datetime) -> rows.Condition | None:
    """Who of its subscribers gets this newsletter; None: all of them."""
    expression = config.segment_of(newsletter)
    return rows.segment_condition(expression, now.astimezone(config.site.timezone)) if expression is not None else None


def list_segments(context: Context) -> list[SegmentLine]:
    """Those of the configuration, in its order."""
    config = context.config
    now = local_now(context)
    with context.database.read() as connection:
        return [
            SegmentLine(
                name,
                text,
                rows.count_matching(connection, config.segment(name), now),
                tuple(key for key, newsletter in config.newsletters.items() if newsletter.segment == name),
            )
            for name, text in config.segments.items()
        ]
