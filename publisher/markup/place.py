"""Where a body stands. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from publisher.model.article import BodyFormat


def _find_nothing(_: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Place:
    """What turns the addresses of a body into absolute ones.

    `a.png` is relative to `article_url`, `/a.png` to `site_url`. With `breaks` a single newline is a line break.
    `prefix` goes before every id, so that several bodies can share one document. Links to footnotes carry it too; a
    link to any other part of the article does not, because the page at `article_url` knows nothing of it.

    `base_url` is what bare names are relative to, where that is not `article_url`: the folder of a bundle.

    `format` is what the body is written in. `aliases` are beginnings of addresses and what they stand for (`~/` ->
    `/assets/`). `find_article` gives the URL of the article that a file name in the body means, None for one that is
    not there.
    """

    article_url: str
    site_url: str
    breaks: bool = False
    prefix: str = ""
    format: BodyFormat = BodyFormat.MARKDOWN
    aliases: tuple[tuple[str, str], ...] = ()
    find_article: Callable[[str], str | None] = field(default=_find_nothing, compare=False)
    base_url: str = ""

    @property
    def base(self) -> str:
        return self.base_url or self.article_url
