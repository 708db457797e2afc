"""One file -> one article, or one clear problem; and, when somebody needs it, the body of an article."""

from __future__ import annotations

import hashlib
import os
import stat
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote

from publisher import urls
from publisher.errors import Problem
from publisher.markup.characters import clean
from publisher.markup.plain import summarise
from publisher.markup.references import find_references
from publisher.model.article import Article, BodyFormat
from publisher.model.source import SourceFile
from publisher.sources import fields, names
from publisher.sources.address import Named, make_address, own_address
from publisher.sources.audio import read_audio
from publisher.sources.frontmatter import FrontMatter, split_front_matter
from publisher.sources.headings import split_heading, without_heading
from publisher.sources.location import Location, date_in_address, date_in_folders, date_in_name, locate, without_date
from publisher.sources.lookup import FrontMatterError, Lookup
from publisher.sources.outcome import ReadFile
from publisher.sources.people import read_authors
from publisher.sources.pictures import Base, read_image
from publisher.sources.rules import ReadingRules
from publisher.sources.sketch import sketch_text

_LARGEST_FILE = 5_000_000  # bytes; the largest post of 27,000 counted had 218 KB
_MANY = 100  # files
_UTF_16 = frozenset({BOM_UTF16_LE, BOM_UTF16_BE})
_PIECE = 1 << 16  # bytes
_NO_FRONT_MATTER = "has no front matter; start it with ---, title: ..., date: ... and ---"


@dataclass(frozen=True, slots=True)
class _Post:
    """A file taken apart. `path` is where it really is."""

    path: str
    file: SourceFile
    location: Location
    lookup: Lookup
    matter: FrontMatter

    def size_of(self, name: str) -> int:
        """The bytes of a file that lies beside the article or below, 0 when there is none."""
        beside = os.path.normpath(unquote(name).partition("?")[0])
        if beside.startswith(("..", "/")):
            return 0
        try:
            status = os.stat(os.path.join(os.path.dirname(self.path), beside))  # noqa: PTH116, PTH118, PTH120 - as above
        except (OSError, ValueError):
            return 0
        return status.st_size if stat.S_ISREG(status.st_mode) else 0


def read_files(work: tuple[Path, Sequence[SourceFile], ReadingRules]) -> list[ReadFile]:
    """`read_file` for some of them, in a shape that another process can be given."""
    folder, files, rules = work
    are_many = len(files) >= _MANY
    return [read_file(folder, file, rules, is_one_of_many=are_many) for file in files]


def read_file(folder: Path, file: SourceFile, rules: ReadingRules, *, is_one_of_many: bool = False) -> ReadFile:
    """Read one file. Never raises for what is in it. For `is_one_of_many` see `sketch_text`."""
    location = locate(file.path.removeprefix(rules.prefix), rules.languages)
    if location.is_section:
        return ReadFile(file, source=rules.source)
    path = f"{folder}/{file.path.removeprefix(rules.prefix)}"
    try:
        raw = load_file(path, file.size)
    except FrontMatterError as error:
        return ReadFile(file, problem=Problem(file.path, str(error)), source=rules.source)
    except OSError as error:
        problem = Problem(file.path, f"cannot be read: {error.strerror}")
        return ReadFile(file, problem=problem, is_settled=False, source=rules.source)
    sha256 = hashlib.sha256(raw).hexdigest()
    found = ReadFile(file, sha256, source=rules.source)
    try:
        text = decode_text(raw)
        matter = split_front_matter(text) or _headed(text, location, rules)
        if matter is None:
            return found if _is_text(file) else replace(found, problem=Problem(file.path, _NO_FRONT_MATTER, 1))
        lookup = Lookup(matter.fields, rules.fields)
        updated = fields.read_updated(lookup, rules.zone)
        article, has_own_id = _to_article(_Post(path, file, location, lookup, matter), rules, updated)
    except FrontMatterError as error:
        return replace(found, problem=Problem(file.path, str(error), error.line, error.field))
    notes = tuple(Problem(file.path, str(note), note.line, note.field) for note in (*matter.notes, *lookup.notes))
    return ReadFile(
        file,
        sha256,
        article,
        has_own_id=has_own_id,
        source=rules.source,
        notes=notes,
        sketch=sketch_text(matter.body, is_one_of_many=is_one_of_many),
        has_own_update=updated is not None,
    )


def read_body(folder: Path, article: Article, prefix: str = "") -> str | None:
    """The Markdown of an article of this folder, None when it is no more what the index says of it."""
    try:
        text = decode_text(load_file(f"{folder}/{article.path.removeprefix(prefix)}", 0))
        matter = split_front_matter(text)
    except (OSError, FrontMatterError):
        return None
    body = text if matter is None else matter.body
    if _hash(body) != article.body_hash:
        return None
    return clean(without_heading(body, article.title)).strip("\n") + "\n"


def load_file(path: str, size: int) -> bytes:
    """`size` is what it had when it was found.

    Raises OSError, and FrontMatterError for a file larger than anybody writes by hand.
    """
    if size <= _LARGEST_FILE:
        opened = os.open(path, os.O_RDONLY)  # a file object asks the system three things more
        try:
            # To ask for the most there may be would have that much memory made ready for each file.
            raw = os.read(opened, (size or min(os.fstat(opened).st_size, _LARGEST_FILE)) + 1)
            if len(raw) != size:  # it is another by now, or came in part
                raw += _read_rest(opened, _LARGEST_FILE + 1 - len(raw))
        finally:
            os.close(opened)
        if len(raw) <= _LARGEST_FILE:
            return raw
    raise FrontMatterError(f"is larger than {_LARGEST_FILE // 1_000_000} MB; not read")


def _read_rest(opened: int, limit: int) -> bytes:
    pieces: list[bytes] = []
    while limit > 0 and (piece := os.read(opened, min(limit, _PIECE))):
        pieces.append(piece)
        limit -= len(piece)
    return b"".join(pieces)


def decode_text(raw: bytes) -> str:
    """Text with `\\n` for every line end, else as it stands there.

    Raises FrontMatterError for what is not UTF-8.
    """
    # Python's own UTF-8 is decoded in C, the one that takes off a byte order mark is not.
    encoding = "utf-16" if raw[:2] in _UTF_16 else "utf-8-sig" if raw[:3] == BOM_UTF8 else "utf-8"
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise FrontMatterError("is not UTF-8 text; save it as UTF-8", line) from None
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _is_text(file: SourceFile) -> bool:
    return file.path.lower().endswith(".txt")


def _headed(text: str, location: Location, rules: ReadingRules) -> FrontMatter | None:
    """A file without front matter that has all the same a title, as its heading, and a date, in its name."""
    if date_in_name(location, rules.zone) and split_heading(text)[0]:
        return FrontMatter({}, text)
    return None


def _to_article(post: _Post, rules: ReadingRules, updated: datetime | None) -> tuple[Article, bool]:
    lookup, location = post.lookup, post.location
    own_id = fields.read_line(lookup, names.ID, "id")
    is_draft = fields.read_draft(lookup) or location.is_draft or (rules.preset.needs_id and own_id is None)
    title = _title(post, rules, is_draft=is_draft)
    published = _published(post, rules, is_draft=is_draft)
    at_blanks = rules.preset.splits_at_blanks
    categories = fields.read_categories(lookup, at_blanks=at_blanks)
    named = Named(published, title, fields.read_slug(lookup), categories, own_id)
    url = own_address(lookup, rules.address, location, named) or make_address(rules.address, location, named)
    base_url = _bundle_url(url) if location.is_bundle else ""
    base = Base(base_url or url, rules.site_url, rules.aliases)
    own_id = own_id if rules.preset.own_ids else None
    body = post.matter.body
    body_format = BodyFormat.MDX if post.file.path.lower().endswith(".mdx") else BodyFormat.MARKDOWN
    article = Article(
        id=own_id or urls.article_id(urls.host_of(rules.site_url), post.file.path),
        path=post.file.path,
        url=url,
        title=title,
        published=published,
        updated=max(updated or published, published),
        summary=fields.read_summary(lookup) or summarise(without_heading(clean(body), title), body_format=body_format),
        language=fields.read_language(lookup) or location.language or rules.language,
        body_hash=_hash(body),
        categories=categories,
        tags=fields.read_tags(lookup, at_blanks=at_blanks),
        image=read_image(lookup, base),
        audio=read_audio(lookup, base, post.size_of),
        authors=read_authors(lookup, rules.authors, rules.site_url),
        draft=is_draft,
        in_feeds=fields.read_flag(lookup, "feed", default=True),
        in_newsletters=fields.read_flag(lookup, "newsletter", default=True),
        email_subject=fields.read_line(lookup, ("email_subject", "emailsubject")),
        expires=fields.read_moment(lookup, names.EXPIRES, "expires", rules.zone),
        format=body_format,
        source=rules.source,
        references=find_references(body, body_format),
        base_url=base_url,
    )
    return article, own_id is not None


def _bundle_url(url: str) -> str:
    """The folder of a bundle, whose images lie beside its text, whether or not its address shows one."""
    return "" if url.endswith(("/", ".html")) else url + "/"


def _title(post: _Post, rules: ReadingRules, *, is_draft: bool) -> str:
    title = fields.read_title(post.lookup) or split_heading(post.matter.body)[0]
    if not title and (rules.preset.titles_from_names or is_draft):
        words = without_date(post.location.name).replace("-", " ").replace("_", " ").strip()
        title = words[:1].upper() + words[1:]
    if not title:
        line = post.lookup.line_of(names.TITLE)
        raise FrontMatterError('is missing; write a line such as title: "..."', line, "title")
    return title


def _published(post: _Post, rules: ReadingRules, *, is_draft: bool) -> datetime:
    """The field; else the name of the file, its address or its folders; else the last change."""
    wrong: FrontMatterError | None = None
    try:
        found = fields.read_moment(post.lookup, names.PUBLISHED, "date", rules.zone)
    except FrontMatterError as error:
        found, wrong = None, error
    found = found or date_in_name(post.location, rules.zone) or _date_in_addresses(post, rules)
    if found is None:
        in_folders, has_day = date_in_folders(post.location, rules.zone)
        last_change = None if wrong or has_day else fields.read_updated(post.lookup, rules.zone)
        found = last_change or in_folders
    if found is not None:
        if wrong is not None:
            post.lookup.note(wrong)
        return found
    if is_draft and wrong is None:
        return datetime.fromtimestamp(max(post.file.mtime_ns, 0) // 1_000_000_000, rules.zone)
    if wrong is not None:
        raise wrong
    line = post.lookup.line_of(names.PUBLISHED)
    raise FrontMatterError('is missing; write a line such as date: "2026-01-08"', line, "date")


def _date_in_addresses(post: _Post, rules: ReadingRules) -> datetime | None:
    for field in post.lookup.each((*names.URL, *names.SLUG)):
        if isinstance(field.value, str) and (found := date_in_address(field.value, rules.zone)):
            return found
    return None


def _hash(body: str) -> str:
    return hashlib.blake2b(body.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
