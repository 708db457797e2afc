"""Where a reader's own links lead: words in addresses of our own server. Pure.

There are some only where `web: url:` says how people reach the server; else a mail asks to be answered by mail.
"""

from __future__ import annotations

from dataclasses import dataclass

from publisher import urls
from publisher.config import Config
from publisher.mail import slots
from publisher.mail.slots import Slot


@dataclass(frozen=True, slots=True)
class Links:
    """With words in the places of what differs; all are empty where there is no server."""

    unsubscribe: str = ""
    preferences: str = ""
    view: str = ""


def make_links(config: Config, newsletter: str, marker: str) -> Links:
    if config.web is None or config.web.url is None:
        return Links()
    base = config.web.url
    found = config.newsletters.get(newsletter)
    return Links(
        unsubscribe=urls.unsubscribe_url(base, slots.word(marker, Slot.UNSUBSCRIBE)),
        preferences=urls.preferences_url(base, slots.word(marker, Slot.PREFERENCES)),
        view=_view_url(base, newsletter, found.archive if found else "off", marker),
    )


def _view_url(base: str, newsletter: str, archive: str, marker: str) -> str:
    """Of the issue in the archive; "" where there is none."""
    issue = slots.word(marker, Slot.ISSUE)
    if archive == "subscribers":
        return base + urls.issue_key_path(newsletter, issue, slots.word(marker, Slot.ARCHIVE))
    return base + urls.issue_path(newsletter, issue) if archive == "public" else ""
