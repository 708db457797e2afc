"""Where a mailbox on a server is, and who may open it, as its address says. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

_PORTS = {"imaps": 993, "imap": 143, "pop3s": 995, "pop3": 110}


@dataclass(frozen=True, slots=True)
class Login:
    """`is_encrypted`: TLS from the first byte. Without it the server is on this machine."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str
    is_encrypted: bool

    @property
    def place(self) -> str:
        """Where it is, for people; without user and password."""
        return f"{self.host}:{self.port}"


def parse_login(url: str) -> Login:
    """`imaps://user:password@host:port/folder`; each part percent-encoded, the folder INBOX if none is named."""
    parts = urlsplit(url)
    return Login(
        host=parts.hostname or "",
        port=parts.port or _PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        folder=unquote(parts.path.strip("/")) or "INBOX",
        is_encrypted=parts.scheme.endswith("s"),
    )
