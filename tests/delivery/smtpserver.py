"""A real SMTP server (aiosmtpd) on a free port of the loopback interface, for tests that send real mail.

with SmtpServer() as server:
    server.answer("RCPT", "450 4.2.0 灰色リスト", to="a@example.com", times=1)
    ... send to server.host, server.port ...
    assert server.messages[0].rcpt_tos == ["a@example.com"]
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from aiosmtpd.smtp import SMTP, AuthResult

CERTIFICATE = Path(__file__).with_name("localhost.pem")  # for the name localhost, not for 127.0.0.1
HOST = "127.0.0.1"
_PATIENCE = 10


class Received(NamedTuple):
    mail_from: str
    rcpt_tos: list[str]
    content: bytes


@dataclass(slots=True)
class _Rule:
    step: str
    reply: str
    to: str | None
    times: int | None


class SmtpServer:
    """`messages` are those it accepted, in order, `options` what MAIL said of each; `connections` counts who came."""

    def __init__(
        self,
        *,
        tls: Literal["none", "starttls", "implicit"] = "none",
        login: tuple[str, str] | None = None,
        extensions: tuple[str, ...] = ("PIPELINING",),
        largest: int = 33_554_432,
        utf8: bool = False,
        certificate: Path = CERTIFICATE,
    ) -> None:
        self.host = "localhost" if tls != "none" else HOST
        self.port = 0
        self.messages: list[Received] = []
        self.options: list[list[str]] = []
        self.connections = 0
        self._tls = tls
        self._login = login
        self._extensions = extensions
        self._largest = largest
        self._utf8 = utf8
        self._certificate = certificate
        self._rules: list[_Rule] = []
        self._sessions: list[Any] = []
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="smtp-server", daemon=True)

    def answer(
        self, step: Literal["MAIL", "RCPT", "CONTENT"], reply: str, *, to: str | None = None, times: int | None = None
    ) -> None:
        """Say `reply` at this step, for one recipient or (None) for all, so many times or (None) always.

        A reply other than 2xx refuses. MAIL comes before the recipient is known.
        """
        self._rules.append(_Rule(step, reply, to, times))

    def start(self) -> Self:
        self._thread.start()
        self._run(self._listen())
        return self

    def stop(self) -> None:
        if self._loop.is_closed():
            return
        self._run(self._shut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_PATIENCE)
        self._loop.close()

    def hang_up(self) -> None:
        """End every connection, as a server does with idle ones, and return when they are gone."""
        self._run(self._end_sessions())

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # ------------------------------------------------------------------------------- what aiosmtpd calls

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, session: Any, _envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [responses[0], *(f"250-{name}" for name in self._extensions), *responses[1:]]

    async def handle_MAIL(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        reply = self._reply("MAIL", []) or "250 2.1.0 ok"
        if reply.startswith("2"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return reply

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        reply = self._reply("RCPT", [address]) or "250 2.1.5 ok"
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        reply = self._reply("CONTENT", envelope.rcpt_tos) or "250 2.0.0 queued"
        if reply.startswith("2"):
            self.messages.append(Received(envelope.mail_from, list(envelope.rcpt_tos), bytes(envelope.content)))
            self.options.append(list(envelope.mail_options))
        return reply

    def _reply(self, step: str, recipients: list[str]) -> str | None:
        for rule in self._rules:
            if rule.step == step and rule.times != 0 and (rule.to is None or rule.to in recipients):
                rule.times = rule.times and rule.times - 1
                return rule.reply
        return None

    def _authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> Any:
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self._login, handled=False)

    # ------------------------------------------------------------------------------- the loop in its thread

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(_PATIENCE)

    async def _listen(self) -> None:
        context = None
        if self._tls != "none":
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(self._certificate)
        implicit = context if self._tls == "implicit" else None
        starttls = context if self._tls == "starttls" else None
        self._server = await self._loop.create_server(lambda: self._make_session(starttls), HOST, 0, ssl=implicit)
        self.port = self._server.sockets[0].getsockname()[1]

    def _make_session(self, context: ssl.SSLContext | None) -> Any:
        self.connections += 1
        session = SMTP(
            self,
            hostname="relay.example.com",
            loop=self._loop,
            data_size_limit=self._largest,
            enable_SMTPUTF8=self._utf8,
            tls_context=context,
            require_starttls=context is not None,
            authenticator=self._authenticate if self._login else None,
            auth_require_tls=context is not None,
            auth_required=self._login is not None and context is not None,
        )
        self._sessions.append(session)
        return session

    async def _shut(self) -> None:
        self._server.close()
        await self._end_sessions()

    async def _end_sessions(self) -> None:
        sessions, self._sessions = self._sessions, []
        for session in sessions:
            if session.transport is not None:
                session.transport.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        if others:
            await asyncio.wait(others, timeout=_PATIENCE)
