"""What can be subscribed to through a WebSub hub. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """A feed document that can be subscribed to; `path` is relative to the output, `sha256` that of its bytes."""

    url: str
    path: str
    media_type: str
    sha256: str = ""
