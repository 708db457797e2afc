"""Every URL and identifier we promise to keep. Pure.

A change here is a change of promise: readers show every article again when an id moves, and lose a feed when its
address does.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

# RFC 4151 wants a date on which the host belonged to whoever mints the id. One year for all keeps the id a pure
# function of host and path: a post whose date is corrected, or a lost database, changes nothing.
TAG_YEAR = 2026

ARCHIVE_KEY = "key"  # the parameter of a link that opens an archive for subscribers: their token

_PATH_SAFE = "/!$&'()*+,;=:@~-._%"
_QUERY_SAFE = "/?!$&'()*+,;=:@~-._%[]"
_ID_SAFE = "/!$&'()*+,;=:@~-._"
_URI = re.compile(r"""[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`\x00-\x1f]+""")  # or an IRI, which is as good
_USER_SAFE = "!$&'()*+,;=:~-._%"
# What no host can hold and no encoding repairs (WHATWG URL, forbidden domain code points, less the % of escapes).
_NO_HOST = re.compile(r"[\x00-\x20\x7f\"<>\\^`{|}]|%(?![0-9A-Fa-f]{2})")
# What an address of articles may hold besides {stem}, {path} and the parts of the date.
MORE_PARTS = ("lang", "categories", "slug", "id")
_NO_PARTS: Mapping[str, str] = MappingProxyType({})
# An address as nearly all are written: nothing is left to do.
_READY = re.compile(
    r"https?://[a-z0-9-]++(?:\.[a-z0-9-]++)++/(?:[A-Za-z0-9/!$&'()*+,=:@~._-]++|%[0-9A-Fa-f]{2}|\?(?=.))*+"
)
_MINTED = re.compile(rf"tag:[^,:]+,{TAG_YEAR}:[0-9a-f]{{20}}")
_WEB = re.compile(r"https?://[^/?#]")
_DOUBLE_SLASH = re.compile("(?<!:)//+")
_FORBIDDEN_IN_FOLDER = set('/\\:*?"<>|')
_SHORT = 100  # characters of a name that is worth remembering
_LONGEST_FOLDER = 200  # bytes; file systems stop at 255 and `rss.xml` is not the only thing inside


def article_id(host: str, path: str) -> str:
    """`tag:host,2026:hash` for a path at first sight (RFC 4151)."""
    digest = hashlib.sha256(unicodedata.normalize("NFC", path).encode("utf-8", "surrogatepass")).hexdigest()
    return f"tag:{host.lower()},{TAG_YEAR}:{digest[:20]}"


def own_id(host: str, text: str) -> str:
    """An id that a person chose, as a URI: Atom takes nothing else (RFC 4287 4.2.6). What is one stays as it is."""
    if _URI.fullmatch(text):
        return text
    return f"tag:{host.lower()},{TAG_YEAR}:{quote(unicodedata.normalize('NFC', text), safe=_ID_SAFE, errors='replace')}"


def is_minted(id_: str) -> bool:
    """Whether `article_id` made it, for whatever host."""
    return _MINTED.fullmatch(id_) is not None


def feed_id(host: str, folder: str) -> str:
    """The id of a feed document; one per folder, whatever its title becomes."""
    return f"tag:{host.lower()},{TAG_YEAR}:feeds/{quote(folder, safe='/')}"


def is_web(url: str) -> bool:
    """Whether an absolute address is one of the web, with a host."""
    return _WEB.match(url) is not None


@lru_cache(maxsize=32)
def host_of(url: str) -> str:
    return urlsplit(url).hostname or ""


def article_url(
    site_url: str, pattern: str, *, stem: str, path: str, published: datetime, more: Mapping[str, str] = _NO_PARTS
) -> str:
    """`pattern` with {stem}, {path}, {year}, {month}, {day} and the parts in `more` filled in, absolute and encoded.

    {stem} is the article's last address part (its `slug`, else its file name without the ending), {path} its folder
    and stem. The date parts are of the published date in its own zone. A part that is empty leaves no double slash.
    """
    parts = {name: _quote_path(more.get(name, "")) for name in MORE_PARTS if f"{{{name}}}" in pattern}
    if "{stem}" in pattern:
        parts["stem"] = _quote_part(stem)
    if "{path}" in pattern:
        folder = path.rpartition("/")[0]
        parts["path"] = _quote_path(f"{folder}/{stem}" if folder else stem)
    if "{year}" in pattern or "{month}" in pattern or "{day}" in pattern:
        parts |= {"year": f"{published.year:04d}", "month": f"{published.month:02d}", "day": f"{published.day:02d}"}
    filled = pattern.format(**parts)
    return below_site(_DOUBLE_SLASH.sub("/", filled) if "//" in filled else filled, site_url)


def below_site(address: str, site_url: str) -> str:
    """An address from the config: `/articles` lies under the site even when the site itself has a path.

    Raises ValueError for what is no address at all.
    """
    return to_uri(site_url + address) if address.startswith("/") else absolute(address, site_url + "/")


def absolute(url: str, base: str) -> str:
    """`url` made absolute against `base` and plain ASCII (RFC 3986, RFC 3987 3.1). Escapes already there stay.

    Raises ValueError for what is no address at all, such as `http://[`.
    """
    return url if _READY.fullmatch(url) else to_uri(urljoin(base, url.strip()))


def to_uri(url: str) -> str:
    """An IRI as a URI: host in punycode, the rest percent-encoded as NFC UTF-8, nothing encoded twice.

    Raises ValueError for what is no address at all, such as `http://[`.
    """
    if _READY.fullmatch(url):
        return url
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https", ""}:
        return _escape(url, _QUERY_SAFE + "#")
    return urlunsplit(
        (
            parts.scheme,
            _ascii_host(parts.netloc),
            _escape(parts.path, _PATH_SAFE),
            _escape(parts.query, _QUERY_SAFE),
            _escape(parts.fragment, _QUERY_SAFE),
        )
    )


def folder_name(name: str) -> str:
    """A tag or category as a folder: NFC, with what no file system takes percent-encoded."""
    name = unicodedata.normalize("NFC", name)
    encoded = "".join(
        _percent(character)
        if character in _FORBIDDEN_IN_FOLDER
        or unicodedata.category(character) in {"Cc", "Cs"}
        or (character == "." and index == 0)
        else character
        for index, character in enumerate(name)
    )
    raw = encoded.encode("utf-8")
    if len(raw) <= _LONGEST_FOLDER:
        return encoded
    return raw[: _LONGEST_FOLDER - 9].decode("utf-8", "ignore") + "-" + hashlib.sha256(raw).hexdigest()[:8]


@lru_cache(maxsize=1024)  # few names stand on many articles
def folder_key(name: str) -> str:
    """Names with the same key share one feed: case and width make no difference (`ＡＩ`, `AI`, `ai`)."""
    return _known_key(name) if len(name) <= _SHORT else _folder_key(name)


def _folder_key(name: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).strip()


_known_key = lru_cache(maxsize=4096)(_folder_key)  # ten thousand articles have the same few tags


def folder_url(base: str, folder: str) -> str:
    """The URL of an output folder, with its slash. A `%2F` in the folder's name is a `%252F` in its URL."""
    if not folder:
        return base
    return base + "/".join(quote(part, safe="~-._") for part in folder.split("/")) + "/"


def subscribe_url(web_url: str) -> str:
    """The page that asks for an address; `web_url` is that of our own server, without a slash at its end."""
    return f"{web_url}/subscribe"


def confirm_url(web_url: str, token: str) -> str:
    return f"{web_url}/confirm/{token}"


def unsubscribe_url(web_url: str, token: str) -> str:
    """GET shows a button, POST acts (RFC 8058)."""
    return f"{web_url}/unsubscribe/{token}"


def preferences_url(web_url: str, token: str) -> str:
    return f"{web_url}/preferences/{token}"


def archive_path(newsletter: str = "") -> str:
    """Below the address of our server: the list of a newsletter's issues, or that of all newsletters."""
    return f"/newsletters/{quote(newsletter, safe='~-._')}/" if newsletter else "/newsletters/"


def issue_path(newsletter: str, issue_id: int | str) -> str:
    """Of one issue; mails that went out hold it. Before there is a number, a word that stands for it."""
    return f"{archive_path(newsletter)}issues/{issue_id}/"


def issue_key_path(newsletter: str, issue_id: int | str, token: str) -> str:
    """Of one issue in an archive that is open to subscribers alone, with what opens it."""
    return f"{issue_path(newsletter, issue_id)}?{ARCHIVE_KEY}={token}"


def issue_tag(host: str, newsletter: str, issue_id: int) -> str:
    """The id of an issue in the feed of its newsletter."""
    return f"tag:{host.lower()},{TAG_YEAR}:newsletters/{quote(newsletter, safe='~-._')}/issues/{issue_id}"


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))


def _quote_part(text: str) -> str:
    return quote(unicodedata.normalize("NFC", text), safe="~-._!$&'()*+,;=:@", errors="replace")


def _quote_path(text: str) -> str:
    return "/".join(_quote_part(part) for part in text.split("/"))


def _escape(text: str, safe: str) -> str:
    """Percent-encode what needs it; a `%` that is not the start of an escape becomes `%25`."""
    out: list[str] = []
    pieces = unicodedata.normalize("NFC", text).split("%")
    out.append(quote(pieces[0], safe=safe, errors="replace"))
    for piece in pieces[1:]:
        is_escape = len(piece) >= 2 and all(c in "0123456789abcdefABCDEF" for c in piece[:2])
        out.append(("%" if is_escape else "%25") + quote(piece, safe=safe, errors="replace"))
    return "".join(out)


def _ascii_host(netloc: str) -> str:
    userinfo, at, hostport = netloc.rpartition("@")
    host, colon, port = hostport.partition(":")
    if not host.isascii():
        host = ".".join(_ascii_label(label) for label in _dots(host).split("."))
    if _NO_HOST.search(host + port) or not port.isascii():
        raise ValueError(f"{hostport!r} is not a host")
    return _escape(userinfo, _USER_SAFE) + at + host + colon + port


def _dots(host: str) -> str:
    """RFC 3490 3.1: three more characters end a label."""
    return re.sub("[\u3002\uff0e\uff61]", ".", host)


def _ascii_label(label: str) -> str:
    if set(label) & {"ß", "ς"}:  # IDNA 2003, which Python speaks, makes other letters of them; browsers do not
        return "xn--" + unicodedata.normalize("NFKC", label).lower().encode("punycode").decode("ascii")
    try:
        return label.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError(f"{label!r} cannot be part of a host") from None
