"""What is on the desk: previews, made anew when a file has changed; what went wrong, beside the last good one."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from publisher.app.context import load_checked_config
from publisher.app.previewing import (
    PatientFeeds,
    Preview,
    Wanted,
    Workplace,
    make_previews,
    open_workplace,
    take_fingerprint,
)
from publisher.config import Config
from publisher.errors import Problem, PublisherError

_MOST = 32  # of newsletters, templates and issues that are kept


@dataclass(frozen=True, slots=True)
class Sight:
    """With an `error` the `previews` are the last good ones, if there were any.

    `problems` are files that are no articles for what is wrong with them; `templates` those that make mails.
    """

    version: str
    previews: tuple[Preview, ...] = ()
    error: str = ""
    problems: tuple[Problem, ...] = ()
    templates: tuple[str, ...] = ()


class Desk:
    """For one configuration file. Any thread may ask; one of them reads and renders."""

    def __init__(self, config_path: Path, config: Config, clock: Callable[[], datetime]) -> None:
        self._path = config_path
        self._clock = clock
        self._lock = threading.RLock()
        self._config = config
        self._feeds = PatientFeeds()
        self._workplace: Workplace | PublisherError | None = None
        self._sights: OrderedDict[Wanted, Sight] = OrderedDict()
        self._fingerprint: object = None
        # Two starts of the command count alike; the page of the first must not take the second's for its own.
        self._start = secrets.token_hex(4)
        self._number = 0
        self.refresh()

    @property
    def version(self) -> str:
        """Another one with every change that was noticed."""
        return f"{self._start}-{self._number}"

    @property
    def config(self) -> Config:
        """The last one without problems."""
        return self._config

    def refresh(self) -> None:
        """Look whether a file has changed."""
        with self._lock:
            fingerprint = take_fingerprint(self._config, self._path)
            if fingerprint != self._fingerprint:
                self._fingerprint = fingerprint
                self._workplace = None
                self._number += 1

    def look(self, wanted: Wanted) -> Sight:
        """Raises nothing: what is wrong is told in the page."""
        with self._lock:
            self.refresh()
            held = self._sights.get(wanted)
            if held is None or held.version != self.version:
                held = self._make(wanted, held.previews if held else ())
                self._sights[wanted] = held
            self._sights.move_to_end(wanted)
            if len(self._sights) > _MOST:
                self._sights.popitem(last=False)
            return held

    def _make(self, wanted: Wanted, before: tuple[Preview, ...]) -> Sight:
        problems: tuple[Problem, ...] = ()
        templates: tuple[str, ...] = ()
        try:
            workplace = self._enter()
            problems, templates = workplace.problems, tuple(workplace.templates)
            previews, error = make_previews(workplace, wanted), ""
        except PublisherError as caught:
            previews, error = before, str(caught)
        except Exception as caught:  # noqa: BLE001 - one article that nobody thought of must not end the page
            previews, error = before, f"unexpected {type(caught).__name__}: {caught}; please report it"
        return Sight(self.version, previews, error, problems, templates)

    def _enter(self) -> Workplace:
        """Read once for all newsletters; so is what is wrong with it. Raises PublisherError."""
        if self._workplace is None:
            try:
                config = load_checked_config(self._path)
                if config != self._config:
                    self._config = config
                    self._fingerprint = take_fingerprint(config, self._path)  # it may name other folders
                self._workplace = open_workplace(config, self._clock(), self._feeds)
            except PublisherError as error:
                self._workplace = error
        if isinstance(self._workplace, PublisherError):
            raise self._workplace
        return self._workplace
