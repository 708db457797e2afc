"""Every error a caller may catch.

    PublisherError                 what, where and what to do, in one message; `exit_code` is the command's
    ├── UsageError                 the command line asks for something that cannot be (2)
    ├── ConfigError                config.yaml: all its problems at once (2)
    ├── StorageError               the database cannot be opened or is newer than the program (2)
    │   └── StorageBusy            another program has locked it for longer than we wait at once
    ├── TemplateError              a template is missing or wrong; names template and line (1)
    ├── IssueRefused               an issue has a fault that must not go out; names the rules (1)
    ├── SourceChanged              an article's file is not what it was when it was read; the next run sees it (1)
    ├── FeedError                  a feed could not be replaced; the last good one stays (1)
    ├── ServeError                 our server cannot be started: its address is taken (1)
    ├── FetchError                 another server did not give what was asked for; says why (1)
    │   └── AnswerLost             all was said to it and no answer came: it may have done it
    └── DeliveryError              trouble on the way out
        ├── TransportUnavailable   nobody to talk to just now: everything stays queued
        ├── TransportRefused       the relay will not have us (certificate, no such service): a person must act
        │   └── LoginRefused       user name or password: asking again and again would lock the account
        ├── IssueBroken            this issue cannot be written as a mail; the others can
        └── ClaimLost              this delivery is no longer ours; not a failure

Settings errors stand outside DeliveryError, so that "carry on after a failed send" never hides a wrong setting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a person's file: `file:line: field: message`.

    `file` is written as the person would type it; `line` counts from 1; `field` is a dotted key.
    """

    file: str
    message: str
    line: int | None = None
    field: str | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"


class PublisherError(Exception):
    """Something a person can put right; the message says what, where and what to do."""

    exit_code: ClassVar[int] = 1


class UsageError(PublisherError):
    """The command line asks for something that cannot be."""

    exit_code = 2


class ConfigError(PublisherError):
    """config.yaml has problems: `problems` holds them all, in the order of the file."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class StorageError(PublisherError):
    """The database cannot be opened, is locked, or was written by a newer program."""

    exit_code = 2


class StorageBusy(StorageError):
    """Another program has locked the database, for longer than we wait at once."""


class TemplateError(PublisherError):
    """A template is missing or wrong; the message names template and line."""


class IssueRefused(PublisherError):
    """An issue breaks rules that nobody should get to see broken; nothing was stored, and the next run tries again."""


class SourceChanged(PublisherError):
    """A file has changed or gone between being read for the index and being needed again."""


class FeedError(PublisherError):
    """A feed could not be written; the last good file stays in place."""


class FetchError(PublisherError):
    """Another server did not give what was asked for; the message follows an address and a colon."""


class AnswerLost(FetchError):
    """All that was to be said to another server has left this machine, and no answer came: it may have done it."""


class ServeError(PublisherError):
    """Our server cannot listen where it should; the message says where, why and what to do."""


class DeliveryError(PublisherError):
    """Trouble on the way out."""


class TransportUnavailable(DeliveryError):
    """The relay cannot be reached or asks us to come back later: everything stays queued."""


class TransportRefused(DeliveryError):
    """The relay refuses us as a client (login, certificate): a person must act."""


class LoginRefused(TransportRefused):
    """The relay does not take user name or password."""


class IssueBroken(DeliveryError):
    """This issue cannot be written as a mail, for nobody; the other issues must not wait for it."""


class ClaimLost(DeliveryError):
    """Somebody else holds this delivery now, or it was cancelled: drop the message."""
