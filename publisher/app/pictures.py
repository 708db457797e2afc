"""Sizes of the pictures in an issue: files are looked into, other servers asked, and what they said is remembered.

No issue waits longer than WAIT for all of them. What is not known by then goes out without a height, which only Outlook
for Windows minds, and is asked for again when the next issue shows it.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NamedTuple, TypeVar
from urllib.parse import unquote, urljoin

from publisher.app.context import Context
from publisher.app.folders import path_prefix
from publisher.app.picturecopies import LARGEST, Copier
from publisher.config import Config
from publisher.errors import FetchError
from publisher.model.article import Article, BodyFormat
from publisher.model.picture import Picture
from publisher.pictures import START, read_picture
from publisher.storage.pictures import KnownPicture, forget_pictures, load_pictures, save_pictures

WAIT = 10.0  # seconds

_AT_ONCE = 6
_MOST = 200  # pictures of one issue
_LONGEST = 2_000  # characters of an address
_GOOD_FOR = timedelta(days=30)
_BAD_FOR = timedelta(hours=1)
_FORGOTTEN_AFTER = timedelta(days=365)
_RANGE = re.compile(r"bytes \d{1,15}-\d{1,15}/(\d{1,15})")
_STATIC = ("public", "static", "source", ".")  # folders that generators copy to the root of the site


_Answer = TypeVar("_Answer")


class LocalPicture(NamedTuple):
    """`size` is in bytes."""

    kind: str
    size: int


class PictureReader:
    """What is known of pictures, by address. In one issue nothing is looked for twice."""

    def __init__(self, context: Context, articles: Sequence[Article], wait: float = WAIT) -> None:
        self._context = context
        self._places = list(_list_places(context.config, articles))
        self._wait = wait
        self._copier = Copier(context.config) if context.config.mail.images.has_copies else None
        self._known: dict[str, Picture] = {}

    def __call__(self, urls: Sequence[str]) -> Mapping[str, Picture]:
        new = [url for url in urls if url not in self._known and len(url) <= _LONGEST]
        new = new[: max(0, _MOST - len(self._known))]
        files = {url: path for url in new if (path := _find_file(self._places, url)) is not None}
        found = {url: _read_file(path) for url, path in files.items()}
        if self._context.config.mail.images.measure:
            found |= self._ask([url for url in new if url not in files])
        if self._copier is not None:
            found |= _copy_all(self._copier, files, found, self._wait)
            if self._copier.trouble:
                self._context.reporter.note(self._copier.trouble)
        self._known.update({url: found.get(url) or Picture("", 0, 0) for url in new})
        return self._known

    def _ask(self, urls: Sequence[str]) -> dict[str, Picture]:
        if not urls:
            return {}
        context, copier, now = self._context, self._copier, self._context.clock()
        known = load_facts(context, urls)
        due = [url for url in urls if url not in known or not self._is_settled(known[url], now)]
        if due:
            answers = _wait_for(due, lambda url: _ask_one(context.config, copier, KnownPicture(url, now)), self._wait)
            news = [_keep_size(answer, known.get(answer.url)) for answer in answers]
            with context.database.write() as connection:
                save_pictures(connection, news)
                forget_pictures(connection, now - _FORGOTTEN_AFTER)
            known |= {answer.url: answer for answer in news}
        return {url: replace(one.picture, copy=copier.url_of(one.copy) if copier else "") for url, one in known.items()}

    def _is_settled(self, known: KnownPicture, now: datetime) -> bool:
        is_copied = self._copier is None or bool(known.problem) or self._copier.is_current(known.copy)
        return is_copied and _is_fresh(known, now - known.checked_at)


def load_facts(context: Context, urls: Sequence[str]) -> dict[str, KnownPicture]:
    """What is remembered of pictures of other sites; nobody is asked."""
    with context.database.read() as connection:
        return load_pictures(connection, urls)


def read_local_pictures(config: Config, articles: Sequence[Article], urls: Sequence[str]) -> dict[str, LocalPicture]:
    """Of the pictures that are files here: what they are, and how many bytes; nobody is asked."""
    places = list(_list_places(config, articles))
    found: dict[str, LocalPicture] = {}
    for url in urls[:_MOST]:
        path = _find_file(places, url)
        if path is not None:
            with contextlib.suppress(OSError):
                found[url] = LocalPicture(_read_file(path).kind, path.stat().st_size)
    return found


# ---------------------------------------------------------------------------------------------------- other servers


def _is_fresh(known: KnownPicture, age: timedelta) -> bool:
    return timedelta(0) <= age < (_BAD_FOR if known.problem else _GOOD_FOR)


def _keep_size(answer: KnownPicture, before: KnownPicture | None) -> KnownPicture:
    """A server that is down for an hour does not make its pictures unknown."""
    if answer.problem is None or before is None:
        return answer
    return replace(before, checked_at=answer.checked_at, problem=answer.problem)


def _wait_for(urls: Sequence[str], ask: Callable[[str], _Answer], wait: float) -> list[_Answer]:
    """What has been answered within `wait` seconds. Threads that still wait then hold up no exit: the system's resolver
    cannot be interrupted.
    """
    waiting: SimpleQueue[str] = SimpleQueue()
    answers: SimpleQueue[_Answer] = SimpleQueue()
    for url in urls:
        waiting.put(url)
    is_over = threading.Event()

    def work() -> None:
        while not is_over.is_set():
            try:
                url = waiting.get_nowait()
            except Empty:
                return
            answers.put(ask(url))

    for _ in range(min(_AT_ONCE, len(urls))):
        threading.Thread(target=work, name="pictures", daemon=True).start()
    found: list[_Answer] = []
    end = time.monotonic() + wait
    while len(found) < len(urls):
        try:
            found.append(answers.get(timeout=max(0.001, end - time.monotonic())))
        except Empty:
            break
    is_over.set()
    return found


def _ask_one(config: Config, copier: Copier | None, asked: KnownPicture) -> KnownPicture:
    """Raises nothing for what a server does."""
    from publisher.fetch import Limits, fetch  # noqa: PLC0415 - httpx takes 0.3 s to load

    headers = {"Accept": "image/*", "Accept-Encoding": "identity"}
    if copier is None:
        headers["Range"] = f"bytes=0-{START - 1}"
    limits = Limits(connect=4, total=8, size=LARGEST if copier else START, redirects=3, whole=copier is not None)
    try:
        answer = fetch(asked.url, config.agent, headers, allow_private=config.mail.images.allow_private, limits=limits)
    except FetchError as error:
        return replace(asked, problem=str(error))
    if answer.status not in {200, 206}:
        return replace(asked, problem=f"is not to be had (HTTP status {answer.status})")
    picture = read_picture(answer.content[:START])
    problem = None if picture.width or picture.kind == "svg" else "is no picture of a known format and size"
    return replace(
        asked,
        kind=picture.kind,
        width=picture.width,
        height=picture.height,
        size=_size_of_file(answer.status, answer.headers),
        problem=problem,
        copy=copier.copy(answer.content) if copier and not problem else None,
    )


def _size_of_file(status: int, headers: Mapping[str, str]) -> int | None:
    """RFC 9110 14.4: an answer in part says how much there is."""
    part = _RANGE.fullmatch(headers.get("content-range", ""))
    if part:
        return int(part[1])
    length = headers.get("content-length", "")
    return int(length) if status == 200 and length.isascii() and length.isdigit() and len(length) < 16 else None


# ---------------------------------------------------------------------------------------------------- files


def _list_places(config: Config, articles: Sequence[Article]) -> Iterator[tuple[str, Path]]:
    """Beginnings of addresses, and the folders whose files readers find there."""
    yield config.feeds_url, config.output_dir
    for article in articles:
        if article.format is not BodyFormat.HTML:
            folder = config.folder_of(article)
            file = config.folder_path(folder) / article.path.removeprefix(path_prefix(config, folder))
            yield urljoin(article.base_url or article.url, "."), file.parent
    for name in _STATIC:
        yield f"{config.site.url}/", config.base / name


def _find_file(places: Sequence[tuple[str, Path]], url: str) -> Path | None:
    for beginning, directory in places:
        if url.startswith(beginning):
            parts = unquote(re.split(r"[?#]", url.removeprefix(beginning), maxsplit=1)[0]).split("/")
            if any(part in {"", ".", ".."} or "\0" in part for part in parts):
                return None
            path = directory.joinpath(*parts)
            try:
                if path.is_file():
                    return path
            except (OSError, ValueError):
                return None
    return None


def _copy_all(
    copier: Copier, files: Mapping[str, Path], found: Mapping[str, Picture], wait: float
) -> dict[str, Picture]:
    def copy(url: str) -> tuple[str, Picture]:
        return url, replace(found[url], copy=copier.url_of(copier.copy_file(files[url])))

    return dict(_wait_for(list(files), copy, wait))


def _read_file(path: Path) -> Picture:
    try:
        with path.open("rb") as file:
            return read_picture(file.read(START))
    except OSError:
        return Picture("", 0, 0)
