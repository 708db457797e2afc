"""The verb that gives a list out."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from publisher.app.context import Context
from publisher.app.segments import local_now, read_segment
from publisher.errors import UsageError
from publisher.model.lists import ListEntry
from publisher.storage import exports, segments
from publisher.subscribers.lists.forms import NAMES
from publisher.subscribers.lists.write import write_csv, write_json

_MOST_COLUMNS = 1000


def export_list(
    context: Context, form: str, newsletter: str | None = None, segment: str | None = None
) -> Iterator[str]:
    """The lines of a list, people in any state, in bounded memory. With `newsletter`, who has it or had it.

    Raises UsageError before the first line.
    """
    if form not in NAMES:
        raise UsageError(f"--format: {form!r} is not known; write one of {', '.join(NAMES)}")
    if newsletter is not None:
        context.newsletter(newsletter)
    expression = read_segment(context, segment) if segment is not None else None
    zone = context.config.site.timezone
    with context.database.read() as connection:
        ids = segments.matching_ids(connection, expression, local_now(context)) if expression is not None else None
        entries: Iterator[ListEntry] = exports.list_entries(connection, newsletter, ids)
        if form == "json":
            yield from write_json(entries, zone)
            return
        fields = exports.field_names(connection, _MOST_COLUMNS + 1) if form == "csv" else []
        if len(fields) > _MOST_COLUMNS:
            raise UsageError(f"there are more than {_MOST_COLUMNS:,} different fields, too many columns; --format json")
        yield from write_csv(entries, form, fields, zone)


@contextmanager
def open_output(path: Path, form: str) -> Iterator[Callable[[str], object]]:
    """A file that is there when all is written, for its owner alone. A CSV of ours has the mark that Excel needs.

    Raises UsageError when it cannot be written.
    """
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".publisher-{os.getpid()}-", suffix=".tmp", dir=path.parent)
        try:
            with os.fdopen(handle, "w", encoding="utf-8-sig" if form == "csv" else "utf-8", newline="") as file:
                yield file.write
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
