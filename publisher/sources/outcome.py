"""What comes of reading a file. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.errors import Problem
from publisher.model.article import Article, Image
from publisher.model.source import SourceFile
from publisher.pool import pickle_by_values


@dataclass(frozen=True, slots=True)
class ReadFile:
    """`article` carries a provisional id (`has_own_id` tells whether front matter gave it); identity settles it.

    With neither article nor problem the file is none of ours (a `.txt` without front matter, a section). Unless
    `is_settled`, the outcome depends on more than the file's bytes, so that the next scan must look again. `source` is
    that of the article. `notes` are fields that the article had to be read without. `markdown` is the body of what has
    no file to read it from again. `sketch` is of the body. With `has_own_update` front matter says when the article was
    last changed.
    """

    file: SourceFile
    sha256: str = ""
    article: Article | None = None
    markdown: str = ""
    has_own_id: bool = False
    problem: Problem | None = None
    is_settled: bool = True
    source: str = ""
    notes: tuple[Problem, ...] = ()
    sketch: bytes = b""
    has_own_update: bool = False


for _kind in (ReadFile, Article, Image):
    pickle_by_values(_kind)
