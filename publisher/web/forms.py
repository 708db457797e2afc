"""What a form sent: urlencoded or multipart, within limits. The one door to python-multipart, by way of Starlette."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.formparsers import FormParser, MultiPartException
from starlette.requests import ClientDisconnect

from publisher.markup.characters import clean_line
from publisher.web.guard import LARGEST_BODY

LONGEST_VALUE = 4_000  # characters of one field

_MOST_FIELDS = 100
_KINDS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, slots=True)
class Form:
    """Fields with their values in the order they came, each one line without control characters."""

    fields: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str:
        """The first value without blanks around it; "" for a field that was not sent."""
        return next((value for key, value in self.fields if key == name), "")

    def get_all(self, name: str) -> tuple[str, ...]:
        """What boxes with this name were ticked."""
        return tuple(value for key, value in self.fields if key == name)


async def read_form(request: Request, *, most_fields: int = _MOST_FIELDS, is_any_kind: bool = False) -> Form:
    """Raises HTTPException: 415 for another kind of body, 413 for too much of it, 400 for one that cannot be read.

    With `is_any_kind`, a body that does not say that it is a form, or says that it is something else, is read as one.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _KINDS and not is_any_kind:
        raise HTTPException(415)
    try:
        if kind in _KINDS:
            data = await request.form(max_files=0, max_fields=most_fields, max_part_size=LARGEST_BODY)
        else:
            parser = FormParser(request.headers, request.stream(), max_fields=most_fields, max_part_size=LARGEST_BODY)
            data = await parser.parse()
    except MultiPartException:
        raise HTTPException(400) from None
    except ClientDisconnect:  # the guard ended a body that was too long; or nobody is there to read the answer
        raise HTTPException(413) from None
    except (UnicodeDecodeError, LookupError):  # of a charset that it names
        raise HTTPException(400) from None
    return _collect(data)


def _collect(data: FormData) -> Form:
    found = [(clean_line(key), clean_line(value)) for key, value in data.multi_items() if isinstance(value, str)]
    if any(len(value) > LONGEST_VALUE for _, value in found):
        raise HTTPException(413)
    return Form(tuple(found))
