"""The headers that pages have, whatever they show. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.web.representation import Headers

_YEAR = 31_536_000  # seconds
_FEATURES = (
    "accelerometer",
    "autoplay",
    "browsing-topics",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "usb",
)
NO_INDEX: Headers = [(b"x-robots-tag", b"noindex")]


@dataclass(frozen=True, slots=True)
class PagePolicy:
    """What a browser may do with a page. No page has a script, or a style, in its own text.

    `shows_pictures`: of any site, as articles have them. `may_be_framed`: by pages of other sites. `runs_scripts`:
    files of ours, which may ask our server.
    """

    shows_pictures: bool = False
    may_be_framed: bool = False
    runs_scripts: bool = False

    @property
    def csp(self) -> bytes:
        pictures = "'self' https: http:" if self.shows_pictures else "'self'"
        frames = "*" if self.may_be_framed else "'none'"
        scripts = "script-src 'self'; connect-src 'self'; " if self.runs_scripts else ""
        return (
            f"default-src 'none'; {scripts}style-src 'self'; img-src {pictures}; form-action 'self'; base-uri 'none'; "
            f"frame-ancestors {frames}"
        ).encode()


def page_headers(*, is_https: bool, policy: PagePolicy | None = None) -> Headers:
    """`is_https`: people reach the server that way, which browsers then remember for a year."""
    headers: Headers = [
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"permissions-policy", ", ".join(f"{name}=()" for name in _FEATURES).encode()),
        (b"content-security-policy", (policy or PagePolicy()).csp),
    ]
    if is_https:
        headers.append((b"strict-transport-security", f"max-age={_YEAR}".encode()))
    return headers
