"""Shared by the tests of this room."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from publisher.delivery.transports.smtp import SmtpSettings, SmtpTransport
from publisher.storage.database import Database, open_database
from tests.delivery.scriptedserver import ScriptedServer
from tests.delivery.smtpserver import SmtpServer


class Connector:
    """Makes transports that are closed when the test is over."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def __call__(
        self, server: SmtpServer | ScriptedServer, *, timeout: float = 5, final_timeout: float = 5
    ) -> SmtpTransport:
        """Without TLS, as for a relay on this machine."""
        settings = SmtpSettings(server.host, server.port, tls="none", timeout=timeout, final_timeout=final_timeout)
        return self.with_settings(settings)

    def with_settings(self, settings: SmtpSettings) -> SmtpTransport:
        transport = SmtpTransport(settings)
        self._stack.callback(transport.close)
        return transport


@pytest.fixture
def smtp_server() -> Iterator[SmtpServer]:
    """A running server without TLS or login."""
    with SmtpServer() as server:
        yield server


@pytest.fixture
def connect() -> Iterator[Connector]:
    with ExitStack() as stack:
        yield Connector(stack)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "publisher.db")
    yield opened
    opened.close()
