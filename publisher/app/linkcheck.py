"""Whether somebody answers behind links and pictures: asked of their servers, within limits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from publisher import __version__
from publisher.config import Config
from publisher.errors import FetchError
from publisher.fetch import Limits, fetch
from publisher.mail.lint.finding import Finding

_AT_ONCE = 8
_MOST = 500  # addresses in one run
_LIMITS = Limits(connect=5, total=15, body=False)
_GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Reply:
    """`status` is 0 when nobody answered, and `trouble` says why; `size` is what the server says of a picture."""

    status: int = 0
    trouble: str = ""
    size: int | None = None


@dataclass
class LinkChecker:
    """Remembers what it was told, so that each address is asked once in a run."""

    config: Config
    allow_private: bool = False
    _known: dict[str, Reply] = field(default_factory=dict)

    def ask(self, addresses: Iterable[str]) -> Mapping[str, Reply]:
        """What came of each address with http or https. Raises nothing for what a server does."""
        wanted = [
            address for address in dict.fromkeys(addresses) if address[:8].lower().startswith(("http:", "https:"))
        ]
        pages = list(dict.fromkeys(map(_page_of, wanted)))
        unknown = [page for page in pages if page not in self._known][: max(0, _MOST - len(self._known))]
        if unknown:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                self._known.update(zip(unknown, pool.map(self._ask_one, unknown), strict=True))
        return {address: self._known[page] for address in wanted if (page := _page_of(address)) in self._known}

    def _ask_one(self, page: str) -> Reply:
        agent = f"publisher/{__version__} (+{self.config.site.url})"
        try:
            answer = fetch(page, agent, allow_private=self.allow_private, limits=_LIMITS)
        except FetchError as error:
            return Reply(trouble=str(error).partition(";")[0])
        length = answer.headers.get("content-length", "")
        return Reply(
            answer.status, size=int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None
        )


def judge(replies: Mapping[str, Reply]) -> list[Finding]:
    """Pure."""
    found = []
    for address, reply in replies.items():
        where = f"the link {address[:90]}"
        if reply.status in _GONE:
            message = f"is dead ({reply.status}): mend it, or take it out"
            found.append(Finding("link-dead", message, where, address))
        elif reply.trouble or reply.status >= 400:
            message = f"cannot be reached ({reply.trouble or reply.status}): open it in a browser"
            found.append(Finding("link-unreachable", message, where, address))
    return found


def _page_of(address: str) -> str:
    """What is behind `#` is for browsers."""
    return address.partition("#")[0]
