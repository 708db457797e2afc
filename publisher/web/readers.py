"""Who reads which feed, in numbers alone: no cookie, no address kept.

A client is a keyed hash of address and program; the key lives in memory for one day and is then thrown away, so nothing
can be traced from one day to the next, nor from what is stored. What a crash loses is that day's count so far.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from publisher.storage.readers import ALL_CLIENTS, ReaderCount
from publisher.web.agents import parse_subscribers
from publisher.web.sketch import Sketch

_MOST_FEEDS = 5000  # a day; at worst some 50 MB
_LONGEST_AGENT = 500  # bytes of it that a service says its number in
_MOST_SERVICES = 50  # a feed and day
_SAME_DAY = 10.0  # seconds for which the day need not be asked for again


class Readers:
    """`note` is called by the server for every request, `take` from time to time to store what is new."""

    def __init__(self, zone: ZoneInfo, clock: Callable[[], datetime]) -> None:
        self._zone = zone
        self._clock = clock
        self._lock = threading.Lock()
        self._key = secrets.token_bytes(32)
        self._day = self._today()
        self._day_until = 0.0
        self._clients: dict[str, Sketch] = {}
        self._services: dict[str, dict[str, int]] = {}
        self._changed: set[str] = set()
        self._finished: list[ReaderCount] = []

    def note(self, path: str, address: str, agent: bytes) -> None:
        """Somebody asked for the feed file `path`; a service that fetches for many counts as they, not as a client."""
        with self._lock:
            self._turn_page()
            sketch = self._clients.get(path)
            if sketch is None:
                if len(self._clients) >= _MOST_FEEDS:
                    return
                sketch = self._clients[path] = Sketch()
            self._changed.add(path)
            service = parse_subscribers(agent[:_LONGEST_AGENT]) if b"ubscriber" in agent or b"eader" in agent else None
            if service is None:
                sketch.add(self._hash(address, agent))
            else:
                self._note_service(path, *service)

    def take(self) -> list[ReaderCount]:
        """The counts that changed since the last call, of today and of a day that ended since."""
        with self._lock:
            self._turn_page()
            taken = self._finished + self._list_changed()
            self._finished = []
            self._changed.clear()
            return taken

    def _note_service(self, path: str, name: str, subscribers: int) -> None:
        services = self._services.setdefault(path, {})
        if name in services or len(services) < _MOST_SERVICES:
            services[name] = max(subscribers, services.get(name, 0))

    def _list_changed(self) -> list[ReaderCount]:
        found: list[ReaderCount] = []
        for path in self._changed:
            clients = self._clients[path].count()
            found += [ReaderCount(self._day, path, ALL_CLIENTS, clients)] if clients else []
            found += [ReaderCount(self._day, path, *item) for item in self._services.get(path, {}).items()]
        return found

    def _hash(self, address: str, agent: bytes) -> int:
        words = address.encode() + b"\0" + agent
        return int.from_bytes(hashlib.blake2b(words, key=self._key, digest_size=8).digest(), "big")

    def _turn_page(self) -> None:
        if time.monotonic() < self._day_until:
            return
        self._day_until = time.monotonic() + _SAME_DAY
        today = self._today()
        if today != self._day:
            self._finished += self._list_changed()
            self._key = secrets.token_bytes(32)
            self._day = today
            self._clients, self._services = {}, {}
            self._changed.clear()

    def _today(self) -> date:
        return self._clock().astimezone(self._zone).date()
