"""Where a mailbox on a server is, and who may open it, as its address says. Pure."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

_LONGEST_WORDS = 300
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

    def explain(self, error: Exception) -> str:
        """What a person should know of trouble with it: no numbers of the system, no password."""
        said = error.args[0] if error.args else ""
        if isinstance(error, OSError) and not isinstance(error, ssl.SSLError) and error.strerror:
            said = error.strerror  # without its number
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said or error)
        if isinstance(error, ssl.SSLCertVerificationError):
            words = f"its certificate cannot be trusted: {error.verify_message or error}"
        words = words.replace(self.password, "…") if self.password else words
        words = " ".join(words.split())[:_LONGEST_WORDS]
        return f"the mailbox at {self.place}: {words or type(error).__name__}"


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
