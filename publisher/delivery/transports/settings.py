"""How a relay is reached. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """Where mail is handed over. Seconds, of RFC 5321 4.5.3.2: `timeout` for the greeting, each answer and each part of
    a content, `final_timeout` for the answer to the message; `write_timeout` is for the whole of a content.

    `recycle` is how many messages go over one connection: relays stop listening after some number, and 100 is below
    what is common.

    Raises ValueError for what smtplib could not say.
    """

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    timeout: float = 300.0
    final_timeout: float = 600.0
    write_timeout: float = 600.0
    recycle: int = 100
    local_hostname: str | None = None
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        if not (self.username + self.password).isascii():
            raise ValueError("user name and password may only have ASCII characters")

    @property
    def address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
