"""A WebSub subscriber (W3C WebSub 1.1 "Subscriber"), written against the specification and none of our code."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.webserver import Handler, WebServer


@dataclass
class Subscriber:
    """Its callbacks are paths of `server`. `confirms` is what it says to questions; it remembers all it was sent."""

    server: WebServer
    hub: str
    path: str = "/push"
    secret: str = "ひみつ"
    confirms: bool = True
    status: int = 204
    questions: list[dict[str, str]] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    links: list[dict[str, list[str]]] = field(default_factory=list)
    media_types: list[str] = field(default_factory=list)
    forged: int = 0

    def __post_init__(self) -> None:
        self.server.fallback[self.path] = self._answer

    @property
    def callback(self) -> str:
        return self.server.url(f"{self.path}?reader=7")

    def ask(self, topic: str, mode: str = "subscribe", **more: str) -> httpx.Response:
        form = {"hub.mode": mode, "hub.topic": topic, "hub.callback": self.callback}
        if self.secret and mode == "subscribe":
            form["hub.secret"] = self.secret
        form |= {f"hub.{name}": value for name, value in more.items()}
        return httpx.post(self.hub, data=form)

    def _answer(self, handler: Handler) -> None:
        if handler.command == "GET":
            query = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
            self.questions.append(query)
            echo = query.get("hub.challenge", "") if self.confirms else "no"
            handler.say(f"HTTP/1.1 200 Fine\nContent-Length: {len(echo)}", echo.encode())
            return
        self._take(handler)
        handler.say(f"HTTP/1.1 {self.status} Whatever\nContent-Length: 0")

    def _take(self, handler: Handler) -> None:
        content, signature = handler.content, handler.headers.get("X-Hub-Signature", "")
        if self.secret:
            expected = hmac.new(self.secret.encode(), content, hashlib.sha256).hexdigest()
            self.forged += not hmac.compare_digest(signature, f"sha256={expected}")
        found: dict[str, list[str]] = {}
        for url, name in re.findall(r'<([^>]*)>; rel="(\w+)"', handler.headers.get("Link", "")):
            found.setdefault(name, []).append(url)
        self.contents.append(content)
        self.links.append(found)
        self.media_types.append(handler.headers.get("Content-Type", ""))
