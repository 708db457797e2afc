"""One file -> one article with its Markdown, or one clear problem."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher import urls
from publisher.errors import Problem
from publisher.markup.characters import clean
from publisher.markup.plain import summarise
from publisher.model import Article, SourceFile
from publisher.sources.fields import Fields
from publisher.sources.frontmatter import FrontMatterError, split_front_matter

# Part of every index: when reading changes its mind about a file, everything is read again.
READER_VERSION = 2
_USUAL_URL = "/articles/{stem}"
_LARGEST_FILE = 5_000_000  # bytes; the largest post of 27,000 counted had 218 KB


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """What a file's reading depends on besides its bytes.

    `fields` are other names for a role, `aliases` beginnings of addresses and what they stand for. `source` is what an
    article says of its origin; `prefix` stands before every path, where several folders are read.
    """

    site_url: str
    url_pattern: str | None
    language: str
    zone: ZoneInfo
    fields: tuple[tuple[str, tuple[str, ...]], ...] = ()
    source: str = ""
    prefix: str = ""
    aliases: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        parts = (self.site_url, self.url_pattern, self.language, self.zone.key, self.fields, self.aliases, self.prefix)
        return f"{READER_VERSION}|{parts!r}"


@dataclass(frozen=True, slots=True)
class ReadFile:
    """`article` carries a provisional id (`has_own_id` tells whether front matter gave it); identity settles it.

    With neither article nor problem the file is none of ours (a `.txt` without front matter). Unless `is_settled`, the
    outcome depends on more than the file's bytes, so that the next scan must look again. `source` is that of the
    article. `notes` are fields that the article had to be read without.
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


def read_file(folder: Path, file: SourceFile, rules: ReadingRules) -> ReadFile:
    """Read one file. Never raises for what is in it."""
    return replace(_read(folder, file, rules), source=rules.source)


def _read(folder: Path, file: SourceFile, rules: ReadingRules) -> ReadFile:
    if file.size > _LARGEST_FILE:
        return ReadFile(file, problem=_too_large(file))
    try:
        with (folder / file.path.removeprefix(rules.prefix)).open("rb") as opened:
            raw = opened.read(_LARGEST_FILE + 1)
    except OSError as error:
        return ReadFile(file, problem=Problem(file.path, f"cannot be read: {error.strerror}"), is_settled=False)
    if len(raw) > _LARGEST_FILE:
        return ReadFile(file, problem=_too_large(file))
    sha256 = hashlib.sha256(raw).hexdigest()
    try:
        matter = split_front_matter(_decode(raw))
        if matter is None:
            return _without_front_matter(file, sha256)
        markdown = clean(matter.body).strip("\n") + "\n"
        article, has_own_id = _to_article(Fields(matter.fields), markdown, file.path, rules)
    except FrontMatterError as error:
        return ReadFile(file, sha256, problem=Problem(file.path, str(error), error.line, error.field))
    return ReadFile(file, sha256, article, markdown, has_own_id)


def _too_large(file: SourceFile) -> Problem:
    return Problem(file.path, f"is larger than {_LARGEST_FILE // 1_000_000} MB; not read")


def _without_front_matter(file: SourceFile, sha256: str) -> ReadFile:
    if file.path.lower().endswith(".txt"):
        return ReadFile(file, sha256)
    message = "has no front matter; start it with ---, title: ..., date: ... and ---"
    return ReadFile(file, sha256, problem=Problem(file.path, message, 1))


def _decode(raw: bytes) -> str:
    encoding = "utf-16" if raw[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise FrontMatterError("is not UTF-8 text; save it as UTF-8", line) from None
    # YAML refuses a control character anywhere in the block; one pasted by accident must not cost the article.
    return clean(text)


def _to_article(fields: Fields, markdown: str, path: str, rules: ReadingRules) -> tuple[Article, bool]:
    inner_path = path.removeprefix(rules.prefix)
    file_stem = inner_path.rpartition("/")[2].rpartition(".")[0]
    published = fields.published(rules.zone, file_stem)
    title = fields.title()
    stem = fields.slug() or file_stem
    pattern = rules.url_pattern or _USUAL_URL
    url = urls.article_url(rules.site_url, pattern, stem=stem, path=inner_path, published=published)
    own_id = fields.own_id()
    article = Article(
        id=own_id or urls.article_id(urls.host_of(rules.site_url), path),
        path=path,
        url=url,
        title=title,
        published=published,
        updated=max(fields.updated(rules.zone) or published, published),
        summary=fields.summary() or summarise(markdown),
        language=fields.language() or rules.language,
        body_hash=hashlib.sha256(markdown.encode("utf-8")).hexdigest()[:32],
        categories=fields.categories(),
        tags=fields.tags(),
        image=fields.image(url),
        authors=fields.authors(rules.site_url),
        draft=fields.draft(),
        in_feeds=fields.flag("feed", default=True),
        in_newsletters=fields.flag("newsletter", default=True),
        email_subject=fields.email_subject(),
        source=rules.source,
    )
    return article, own_id is not None
