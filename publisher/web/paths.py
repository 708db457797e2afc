"""From the path of a request to a file's path below the output folder. Pure."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote, unquote_to_bytes, urlsplit

LONGEST = 8000  # bytes of a request's target; more is answered with 414


@lru_cache(maxsize=1024)
def find_relative(raw: bytes, prefix: str) -> str | None:
    """`tags/AI%2FML/rss.xml` for `/tags/AI%252FML/rss.xml`; ends with `/`, or is empty, where a folder is asked for.

    None for what lies outside of `prefix`, and for what is no name of a file that may be shown: parts that are empty,
    begin with a dot, hold a slash of their own or a NUL, or are no UTF-8.
    """
    path = raw.decode("latin-1")
    if not path.startswith(prefix):
        return None
    *folders, name = path[len(prefix) :].split("/")
    parts = [_decode(part) for part in folders]
    last = _decode(name) if name else ""
    if last is None or None in parts:
        return None
    return "/".join([part for part in parts if part is not None] + [last])


def find_prefix(feeds_url: str, web_url: str) -> str:
    """Where the server shows the output folder, with a slash at both ends.

    That is what `feeds_url` has behind `web_url`; the whole path when it lies elsewhere, which a proxy has to send on.
    """
    if feeds_url.startswith(web_url + "/"):
        return quote(feeds_url[len(web_url) :], safe="/%~-._!$&'()*+,;=:@")
    return urlsplit(feeds_url).path or "/"


def _decode(part: str) -> str | None:
    try:
        decoded = unquote_to_bytes(part).decode("utf-8")
    except UnicodeDecodeError:
        return None
    is_hidden = decoded.startswith(".") or not decoded
    return None if is_hidden or "/" in decoded or "\0" in decoded else decoded
