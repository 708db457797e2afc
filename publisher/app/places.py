"""Where in an article's file a fault stands: its words are looked for line by line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from publisher.app.folders import path_prefix, shown_path
from publisher.config import Config
from publisher.mail.lint.finding import Finding
from publisher.model.article import Article, BodyFormat

_LARGEST = 10_000_000  # bytes
_SHORTEST = 4  # characters of an address that are enough to know it by


def find_places(config: Config, findings: Sequence[Finding], articles: Sequence[Article]) -> list[Finding]:
    """With file (as a person would type it in the folder of the config) and line, where an article has the words."""
    if not any(finding.quote for finding in findings):
        return list(findings)
    files = [(shown_path(config, article.path), _read_lines(config, article)) for article in articles]
    return [_place(finding, files) for finding in findings]


def _place(finding: Finding, files: Sequence[tuple[str, list[str]]]) -> Finding:
    if not finding.quote or finding.file:
        return finding
    for words in _spellings(finding.quote):
        for file, lines in files:
            for number, line in enumerate(lines, start=1):
                if words in line:
                    return replace(finding, file=file, line=number)
    return finding


def _spellings(quote: str) -> Iterator[str]:
    """An address stands in the file as it is, readable, or relative."""
    yield quote
    yield unquote(quote)
    try:
        path = urlsplit(quote).path
    except ValueError:
        return
    if path == quote or not path.strip("/"):
        return
    name = path.rpartition("/")[2]
    for spelling in (path, name if "." in name else ""):
        for shown in (spelling, unquote(spelling)):
            if len(shown) >= _SHORTEST:
                yield shown


def _read_lines(config: Config, article: Article) -> list[str]:
    """Of an article with a file of its own; none when it cannot be read."""
    if article.format is BodyFormat.HTML:
        return []
    folder = config.folder_of(article)
    path = config.folder_path(folder) / article.path.removeprefix(path_prefix(config, folder))
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST).decode("utf-8", "replace").splitlines()
    except OSError:
        return []
