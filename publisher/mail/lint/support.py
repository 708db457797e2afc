"""Which mail program knows what: the facts of caniemail.com, cut down to the programs that matter here.

`support.json` holds them, one letter a program: y(es), n(o), a (in part), u(nknown). To bring it up to date:

    npm pack caniemail && tar xzf caniemail-*.tgz
    python -m publisher.mail.lint.support package/data/caniemail.json VERSION

and then read the difference. The newest tested version of each program counts. Nobody has tested Yahoo! JAPAN, LINE or
the mail programs of docomo, au and SoftBank; they are not in the table.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("support.json")

# As caniemail calls them, and as people do.
CLIENTS: Mapping[str, str] = {
    "gmail.desktop-webmail": "Gmail",
    "gmail.ios": "Gmail (iOS)",
    "gmail.android": "Gmail (Android)",
    "outlook.windows": "Outlook (Windows)",
    "outlook.macos": "Outlook (Mac)",
    "outlook.outlook-com": "Outlook.com",
    "outlook.ios": "Outlook (iOS)",
    "outlook.android": "Outlook (Android)",
    "apple-mail.macos": "Apple Mail (Mac)",
    "apple-mail.ios": "Apple Mail (iOS)",
    "yahoo.desktop-webmail": "Yahoo",
    "yahoo.ios": "Yahoo (iOS)",
    "yahoo.android": "Yahoo (Android)",
    "samsung-email.android": "Samsung Email",
    "thunderbird.macos": "Thunderbird",
}
_FAMILIES = {
    "gmail": "Gmail",
    "outlook": "Outlook",
    "apple-mail": "Apple Mail",
    "yahoo": "Yahoo",
    "samsung-email": "Samsung Email",
    "thunderbird": "Thunderbird",
}
_SEMANTIC = "article aside details figcaption figure footer header main mark nav section summary time"
# Titles of features that are not just the name of what they are about.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "css-display-flex": ("value:display:flex",),
    "css-display-grid": ("value:display:grid",),
    "css-display-none": ("value:display:none",),
    "css-flex-direction": ("property:flex-direction",),
    "css-flex-wrap": ("property:flex-wrap",),
    "css-color-scheme": ("property:color-scheme",),
    "css-font": ("property:font",),
    "css-variables": ("function:var",),
    "css-unit-calc": ("function:calc",),
    "css-unit-percent": ("unit:%",),
    "css-unit-initial": ("keyword:initial",),
    "css-linear-gradient": ("function:linear-gradient",),
    "css-radial-gradient": ("function:radial-gradient",),
    "css-conic-gradient": ("function:conic-gradient",),
    "css-rgb": ("function:rgb",),
    "css-rgba": ("function:rgba",),
    "css-modern-color": ("function:lch", "function:oklch", "function:lab", "function:oklab"),
    "html-semantics": tuple(f"element:{name}" for name in _SEMANTIC.split()),
    "html-svg": ("element:svg",),
    "html-base": ("element:base",),
    "html-image-maps": ("element:map",),
    "html-srcset": ("attribute:srcset", "attribute:sizes"),
    "html-loading-attribute": ("attribute:loading",),
}
# The table is drawn from their data, and goes with their notice.
_NOTICE = (
    "MIT License. Facts: caniemail.com. Package: Copyright © Avi Goldman, Copyright © Andrew Powell "
    "<andrew@shellscape.org>. Permission is hereby granted, free of charge, to any person obtaining a copy of "
    'this software and associated documentation files (the "Software"), to deal in the Software without '
    "restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, "
    "sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to "
    "do so, subject to the following conditions: The above copyright notice and this permission notice shall be "
    'included in all copies or substantial portions of the Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT '
    "WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, "
    "FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE "
    "LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, "
    "ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE."
)
_PLAIN_NAME = re.compile(r"[a-z]+(?:-[a-z]+)*")
_ELEMENT = re.compile(r"<([a-z0-9]+)>(?: element)?")


@cache
def load_table() -> Mapping[str, str]:
    """A letter for each of CLIENTS, by feature: `property:max-width`, `element:ruby`, `unit:rem`, `image:webp` …"""
    table: dict[str, str] = json.loads(TABLE.read_text(encoding="utf-8"))["features"]
    return table


@cache
def clients_without(feature: str) -> tuple[str, ...]:
    """The programs that are known not to know it; none for a feature that is not in the table.

    A family is named once when none of it does.
    """
    missing = [client for client, letter in zip(CLIENTS, load_table().get(feature, ""), strict=False) if letter == "n"]
    names: dict[str, None] = {}
    for client in missing:
        family = client.partition(".")[0]
        is_whole = all(other in missing for other in CLIENTS if other.startswith(f"{family}."))
        names[_FAMILIES[family] if is_whole else CLIENTS[client]] = None
    return tuple(names)


def distil(facts: Mapping[str, Any], version: str) -> dict[str, object]:
    """What `support.json` holds, from the `caniemail.json` of the npm package."""
    features = {
        key: "".join(_newest(entry["stats"], client) for client in CLIENTS)
        for entry in facts["data"]
        for key in _keys_of(entry["slug"], entry["title"])
    }
    day = str(facts["last_update_date"])[:10]
    return {
        "source": f"https://www.caniemail.com/ as of {day}, by the npm package caniemail {version}",
        "licence": _NOTICE,
        "clients": list(CLIENTS),
        "features": dict(sorted(features.items())),
    }


def _newest(stats: Mapping[str, Any], client: str) -> str:
    family, _, platform = client.partition(".")
    versions = list(stats.get(family, {}).get(platform, {}).values())
    return versions[-1][0] if versions else "u"


def _keys_of(slug: str, title: str) -> Iterator[str]:
    """None for what the rules have no use for: selectors, and features of several names in one."""
    kind, _, rest = slug.partition("-")
    if slug in _KEYS:
        yield from _KEYS[slug]
    elif kind == "image":
        yield f"image:{rest}"
    elif kind == "html":
        yield from _keys_of_html(title)
    elif kind == "css":
        yield from _keys_of_css(rest, title)


def _keys_of_html(title: str) -> Iterator[str]:
    element = _ELEMENT.fullmatch(title)
    if element:
        yield f"element:{element[1]}"
    elif title.endswith(" attribute"):
        yield f"attribute:{title.removesuffix(' attribute')}"


def _keys_of_css(rest: str, title: str) -> Iterator[str]:
    for start, kind in (("at-media-", "media"), ("at-", "at"), ("unit-", "unit"), ("function-", "function")):
        if rest.startswith(start):
            yield f"{kind}:{rest.removeprefix(start)}"
            return
    names = re.split(r", | & ", title.removesuffix(" property").strip())
    if all(_PLAIN_NAME.fullmatch(name) for name in names):
        yield from (f"property:{name}" for name in names)


def _write(table: Mapping[str, object]) -> None:
    TABLE.write_text(json.dumps(table, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    _write(distil(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), sys.argv[2]))
