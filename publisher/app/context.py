"""What every verb is given: configuration, database, clock, templates, the way to tell a person what goes on."""

from __future__ import annotations

import os
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.app.tally import Tally
from publisher.config import Config, Newsletter, load_config
from publisher.config import Transport as TransportSection
from publisher.errors import UsageError
from publisher.files import show_path
from publisher.mail.lint.finding import RULES
from publisher.pool import Pool
from publisher.storage.database import Database, open_database

if TYPE_CHECKING:  # these take a while to load, and a build needs none
    from publisher.delivery.relays import Relay, Routes
    from publisher.delivery.transports.base import Transport
    from publisher.mail.dkim import Key
    from publisher.templating import Templates

_SHORTEST_KEY = 16  # bytes
# What processes of the pool are started for, and the program they are started by; Pillow counts letters for the first.
_WORK = ("publisher.sources.read", "PIL.Image", "publisher.app.rendering", "publisher.cli.main")

Progress = Callable[[int], None]


class Reporter:
    """How a verb shows long work. This one is silent; the command line has one that draws a bar."""

    @contextmanager
    def bar(self, title: str, total: int) -> Iterator[Progress]:  # noqa: ARG002 - a silent bar needs no title
        yield lambda _done: None

    def note(self, text: str) -> None:
        """One line the person should see, though nothing is wrong."""


@dataclass
class Context:
    """The running program. `stop` asks long work to end after the step in hand. `ping_wake` and `hub_wake` say that
    hubs of others, or our own, may have something to do."""

    config: Config
    database: Database
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    reporter: Reporter = field(default_factory=Reporter)
    stop: threading.Event = field(default_factory=threading.Event)
    ping_wake: threading.Event = field(default_factory=threading.Event)
    hub_wake: threading.Event = field(default_factory=threading.Event)
    pool: Pool = field(default_factory=lambda: Pool(preload=_WORK))
    tally: Tally = field(default_factory=Tally)

    @cached_property
    def templates(self) -> Templates:
        from publisher.templating import Templates  # noqa: PLC0415 - see above

        return Templates(self.config.templates_dir)

    @property
    def key(self) -> bytes:
        """The secret that signs tokens and makes message ids; made at first need when none is configured."""
        return self.keys[0]

    @cached_property
    def keys(self) -> tuple[bytes, ...]:
        """`key`, and those that were used before: what they have signed is good as well."""
        if self.config.secret_key:
            return tuple(key.get_secret_value().encode("utf-8") for key in self.config.secret_key)
        return _load_or_make_keys(self.config.key_path, self.reporter)

    @cached_property
    def signing_keys(self) -> tuple[Key, ...]:
        """What mail is signed with, read at first need.

        Raises UsageError for one that cannot be used.
        """
        if not self.config.delivery.dkim:
            return ()
        from publisher.app.signing import load_keys  # noqa: PLC0415 - cryptography takes a while to load

        return load_keys(self.config)

    def check_signing(self) -> None:
        """Before anything is made or sent. Raises UsageError for a key that cannot be used."""
        _ = self.signing_keys

    def newsletter(self, name: str) -> Newsletter:
        """The newsletter of this name.

        Raises UsageError with the names there are.
        """
        found = self.config.newsletters.get(name)
        if found is None:
            known = ", ".join(self.config.newsletters) or "none; add one under newsletters: in config.yaml"
            raise UsageError(f"there is no newsletter {name!r}; known: {known}")
        return found

    @cached_property
    def routes(self) -> Routes:
        """All ways out; nothing is connected yet."""
        from publisher.delivery.relays import Routes  # noqa: PLC0415 - see above

        delivery = self.config.delivery
        relays = [self._make_relay(item) for item in delivery.transport]
        return Routes(relays, delivery.connections, resends=delivery.on_uncertain == "resend")

    def open_transport(self) -> Transport:
        """The first of them, for a message by hand. Nothing is connected before its first message."""
        return self.routes.relays[0].open()

    def _make_relay(self, item: TransportSection) -> Relay:
        from publisher.app.rates import make_limits  # noqa: PLC0415 - see above
        from publisher.delivery.relays import Relay  # noqa: PLC0415 - see above
        from publisher.delivery.transports.factory import name_transport, parse_transport  # noqa: PLC0415 - see above

        open_ = partial(
            parse_transport, item.url.get_secret_value(), self.config.base, recycle=self.config.delivery.recycle
        )
        name, limits = name_transport(item.url.get_secret_value()), make_limits(item.rate)
        most = item.connections or 0
        return Relay(open_, item.weight, most, repeatable=open_().repeatable, name=name, limits=limits)


@contextmanager
def open_context(
    config_path: Path,
    *,
    clock: Callable[[], datetime] | None = None,
    reporter: Reporter | None = None,
    stop: threading.Event | None = None,
) -> Iterator[Context]:
    """Load the config, open (make, migrate) the database, close it at the end.

    Raises ConfigError, StorageError.
    """
    config = load_checked_config(config_path)
    database = open_database(config.database_path)
    context = Context(config, database)
    try:
        if clock is not None:
            context.clock = clock
        if reporter is not None:
            context.reporter = reporter
        if stop is not None:
            context.stop = stop
        yield context
    finally:
        context.pool.close()
        database.close()


def load_checked_config(path: Path) -> Config:
    """As `load_config`, and transport and rules are those we have; config lies below the rooms that know."""
    return load_config(path, check_transport=_check_transport, rules=RULES)


def _check_transport(url: str) -> None:
    from publisher.delivery.transports.factory import check_transport_url  # noqa: PLC0415 - see above

    check_transport_url(url)


def _load_or_make_keys(path: Path, reporter: Reporter) -> tuple[bytes, ...]:
    """One key on each line, the newest first."""
    try:
        if not path.exists() and _make_key(path):
            note = "keep it with your backups, old unsubscribe links need it"
            reporter.note(f"made a secret key in {show_path(path)}; {note}")
        keys = tuple(line.strip() for line in path.read_bytes().splitlines() if line.strip())
    except OSError as error:
        raise UsageError(f"{path}: the secret key cannot be read or made: {error.strerror}") from error
    if not keys or min(map(len, keys)) < _SHORTEST_KEY:
        raise UsageError(
            f"{path}: is too short to be a secret key; restore it from a backup, or remove it for a new one"
        )
    return keys


def _make_key(path: Path) -> bool:
    """Whole or not at all; False when another process made it in this very moment."""
    handle, temporary = tempfile.mkstemp(prefix=".publisher-", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_urlsafe(32).encode("ascii") + b"\n")
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(temporary)
    except FileExistsError:
        return False
    finally:
        Path(temporary).unlink(missing_ok=True)
    return True
