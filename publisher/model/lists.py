"""Lists of people, on their way in or out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from publisher.model.subscriber import SubscriberState

# Left, and the list does not say when.
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A newsletter of a person as a list has it. `since` None: it does not say; `ended_at`: they left it then.

    No `rhythm`: the newsletter's own schedule.
    """

    newsletter: str
    since: datetime | None = None
    ended_at: datetime | None = None
    topics: tuple[str, ...] = ()
    rhythm: str = ""


@dataclass(frozen=True, slots=True)
class ListEntry:
    """A person as a list has them, on its way in or out.

    `joined` is when they agreed, `left_at` when they left everything or could not be written to any more; None where
    the list does not say. `enrolments` None: the list knows nothing of newsletters.
    """

    email: str
    name: str = ""
    language: str = ""
    status: SubscriberState = SubscriberState.ACTIVE
    joined: datetime | None = None
    left_at: datetime | None = None
    source: str = ""
    enrolments: tuple[Enrolment, ...] | None = None
    timezone: str = ""
    hour: int | None = None
    paused_until: datetime | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of somebody of a list who is here.

    `running` and `asked`: since when they receive a newsletter, and were asked whether they want it; `ended`: they
    left it.
    """

    id: int
    state: SubscriberState
    name: str
    language: str
    timezone: str
    hour: int | None
    paused_until: datetime | None
    fields: Mapping[str, str]
    running: Mapping[str, datetime]
    ended: frozenset[str]
    asked: Mapping[str, datetime] = field(default_factory=dict)
