"""Does the client have it already? If-None-Match and If-Modified-Since (RFC 9110 13). Pure."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC
from email.utils import parsedate_to_datetime

_TAG = re.compile(rb'"[^"]*"')


def list_tags(if_none_match: bytes) -> list[bytes]:
    """The entity tags of the header with their quotes; a weak one without its `W/`, since we compare weakly."""
    return _TAG.findall(if_none_match)


def find_match(if_none_match: bytes, tags: Collection[bytes]) -> bytes | None:
    """The one of `tags` that the client names, or the first of them for `*`; None when it names none (13.1.2)."""
    if if_none_match in tags:  # as nearly all clients send it
        return if_none_match
    if if_none_match.strip() == b"*":
        return next(iter(tags), None)
    return next((tag for tag in list_tags(if_none_match) if tag in tags), None)


def is_unmodified(if_modified_since: bytes, modified: int, written: bytes) -> bool:
    """Nothing has changed since that moment (13.1.3); what is no date is no condition.

    `modified` is in seconds since 1970, `written` the same as we send it.
    """
    if if_modified_since == written:
        return True
    try:
        moment = parsedate_to_datetime(if_modified_since.decode("latin-1"))
        return modified <= (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).timestamp()
    except (ValueError, OverflowError):
        return False
