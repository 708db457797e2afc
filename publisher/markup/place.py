"""Where a body stands. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """What turns the addresses of a body into absolute ones.

    `a.png` is relative to `article_url`, `/a.png` to `site_url`. With `breaks` a single newline is a line break.
    `prefix` goes before every id, so that several bodies can share one document. Links to footnotes carry it too; a
    link to any other part of the article does not, because the page at `article_url` knows nothing of it.
    """

    article_url: str
    site_url: str
    breaks: bool = False
    prefix: str = ""
