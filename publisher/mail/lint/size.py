"""Rules about size and about style blocks that mail programs would drop. Pure.

The figures: Gmail shows about 102 KB of HTML, decoded, and hides the rest behind a link, the footer with it; it reads
16,384 bytes of style blocks, and none at all of a block with one `@` rule inside another (caniemail, html-style).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.mail.inline import STYLE_LIMIT
from publisher.mail.lint.finding import Finding
from publisher.mail.lint.proof import Proof, show
from publisher.mail.shorten import HTML_LIMIT
from publisher.model.rendered import RenderedIssue

HTML_LARGE = 85_000

_URL = re.compile(r"url\(", re.IGNORECASE)


def check_html_size(issue: RenderedIssue) -> Iterator[Finding]:
    size = len(issue.html.encode("utf-8", "replace"))
    if size > HTML_LIMIT:
        message = (
            f"has {size:,} bytes of {HTML_LIMIT:,}; Gmail would hide its end, with the way to unsubscribe: "
            "show fewer articles in full, or shorter ones"
        )
        yield Finding("html-too-large", message, "the HTML")
    elif size > HTML_LARGE and not issue.shortened:
        message = f"has {size:,} bytes; above {HTML_LIMIT:,} it is not sent, because Gmail would hide its end"
        yield Finding("html-large", message, "the HTML")
    for title in issue.shortened:
        message = f"ends early and leads to the rest: in full the mail would have more than {HTML_LIMIT:,} bytes"
        yield Finding("html-shortened", message, f"“{title}”", title)
    if issue.embedded:
        weight = sum(len(picture.content) for picture in issue.embedded)
        message = f"go with each message, {len(issue.embedded)} of them with {weight:,} bytes together"
        yield Finding("mail-embedded", message, "embedded pictures")


def check_styles(proof: Proof) -> Iterator[Finding]:
    size = sum(len(css.encode("utf-8", "replace")) for css in proof.css_blocks)
    if size > STYLE_LIMIT:
        message = f"have {size:,} bytes; Gmail drops what is beyond {STYLE_LIMIT:,}: shorten templates/email/kept.css"
        yield Finding("style-too-large", message, "the style blocks")
    if any(sheet.is_nested for sheet in proof.sheets):
        message = "has an @ rule inside another; Gmail drops the whole block: put them one after the other"
        yield Finding("style-nested", message, "a style block")
    for element, style in proof.styles.items():
        if any(_URL.search(item.value) for item in style):
            message = "loads something in its style; Gmail may drop the whole attribute: use <img>"
            yield Finding("style-url", message, show(element), quote=element.get("style") or "")
    if any(_URL.search(css) for css in proof.css_blocks):
        yield Finding("style-url", "loads something, which many programs block: use <img>", "a style block")
