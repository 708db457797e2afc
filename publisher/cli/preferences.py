"""What a person types about their choices, and how they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import typer

from publisher.app.context import Context
from publisher.cli import output
from publisher.errors import UsageError
from publisher.model.preferences import Choice, Preferences, Rhythm
from publisher.timing import parse_duration, parse_moment

_ALL = "all"
_SCHEDULE = "schedule"


@dataclass(frozen=True, slots=True)
class Wishes:
    """As they were typed; None: stays as it is. No `newsletters`: all that the person receives."""

    newsletters: tuple[str, ...] = ()
    topics: Sequence[str] | None = None
    rhythm: str | None = None
    language: str | None = None
    timezone: str | None = None
    hour: str | None = None
    name: str | None = None
    pause: str | None = None
    resume: bool = False


def apply_wishes(found: Preferences, wishes: Wishes, now: datetime, zone: ZoneInfo) -> Preferences:
    """Raises UsageError for what cannot be understood."""
    received = [choice.newsletter for choice in found.newsletters]
    strangers = [name for name in wishes.newsletters if name not in received]
    if strangers:
        raise UsageError(f"this person does not receive {', '.join(strangers)}; they receive {', '.join(received)}")
    named = wishes.newsletters or received
    choices = [_choose(choice, wishes) if choice.newsletter in named else choice for choice in found.newsletters]
    return Preferences(
        newsletters=tuple(choices),
        name=found.name if wishes.name is None else wishes.name,
        language=found.language if wishes.language is None else wishes.language,
        timezone=found.timezone if wishes.timezone is None else wishes.timezone,
        hour=found.hour if wishes.hour is None else _read_hour(wishes.hour),
        paused_until=_read_pause(found, wishes, now, zone),
    )


def print_preferences(opened: Context, email: str, found: Preferences, *, as_json: bool) -> None:
    if as_json:
        output.print_json({"email": email, **asdict(found)})
        return
    typer.echo(email)
    for choice in found.newsletters:
        rhythm = choice.rhythm.value if choice.rhythm else "as it comes"
        typer.echo(f"  {choice.newsletter}: {rhythm}, {', '.join(choice.topics) or 'all topics'}")
    if not found.newsletters:
        typer.echo("  receives nothing")
    hour = None if found.hour is None else f"{found.hour}:00"
    named = {"name": found.name, "language": found.language, "time zone": found.timezone, "hour": hour}
    for label, value in named.items():
        if value:
            typer.echo(f"  {label}: {value}")
    if found.paused_until is not None and found.paused_until > opened.clock():
        typer.echo(f"  paused until {output.show_time(found.paused_until, opened.config.site.timezone)}")


def _choose(choice: Choice, wishes: Wishes) -> Choice:
    if wishes.topics is not None:
        names = tuple(name.strip() for value in wishes.topics for name in value.split(",") if name.strip())
        choice = replace(choice, topics=() if names == (_ALL,) else names)
    if wishes.rhythm is not None:
        choice = replace(choice, rhythm=_read_rhythm(wishes.rhythm))
    return choice


def _read_rhythm(text: str) -> Rhythm | None:
    if text == _SCHEDULE:
        return None
    try:
        return Rhythm(text)
    except ValueError:
        raise UsageError(f"{text!r} is no rhythm; write {', '.join(Rhythm)} or {_SCHEDULE}") from None


def _read_hour(text: str) -> int | None:
    if not text.strip():
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 2):
        raise UsageError(f"{text!r} is no hour; write 0 to 23")
    return int(text)


def _read_pause(found: Preferences, wishes: Wishes, now: datetime, zone: ZoneInfo) -> datetime | None:
    if wishes.resume:
        return None
    if wishes.pause is None:
        return found.paused_until
    try:
        return now + parse_duration(wishes.pause)
    except ValueError:
        pass
    try:
        until = parse_moment(wishes.pause, now, zone)
    except ValueError:
        raise UsageError(f"--pause {wishes.pause}: write how long, such as 3w, or a day, such as 2026-12-24") from None
    if until <= now or until > now + timedelta(days=366):
        raise UsageError(f"--pause {wishes.pause}: name a day within the coming year")
    return until
