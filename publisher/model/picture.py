"""A picture that an article shows. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Picture:
    """`kind` is jpg, png, gif, webp, avif, heif or svg, "" for none of them. Pixels; 0 by 0: not known.

    `copy` is the address of a smaller one for mail.
    """

    kind: str
    width: int
    height: int
    copy: str = ""
