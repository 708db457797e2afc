"""Rules about pictures. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from publisher.mail.lint.finding import Finding
from publisher.mail.lint.proof import Element, Proof, show
from publisher.mail.lint.support import clients_without

COLUMN = 600  # pixels: the widest a picture may be
HEAVY = 1_000_000  # bytes of one picture
HEAVY_TOGETHER = 5_000_000

_ENDING = re.compile(r"\.([a-z0-9]{2,5})$")
_NUMBER = re.compile(r"\d{1,6}")
_FAMILIES = {"jpeg": "jpg", "jfif": "jpg", "tif": "tiff", "heic": "heif", "svgz": "svg"}


def check_images(proof: Proof) -> Iterator[Finding]:
    for image in proof.body.iter("img"):
        if image.get("alt") is None:
            message = 'has no alt: say what is to be seen, or write alt="" when it only decorates'
            yield Finding("image-no-alt", message, show(image), image.get("src") or "")
        yield from _check_width(image)
    seen: set[str] = set()
    for image in proof.body.iter("img"):
        source = (image.get("src") or "").strip()
        if source not in seen:
            seen.add(source)
            yield from _check_source(image, source)


def check_weights(weights: Mapping[str, int]) -> Iterator[Finding]:
    """Bytes of pictures by address, of those whose size is known."""
    for address, size in weights.items():
        if size > HEAVY:
            message = f"has {size:,} bytes, which is slow on a phone: make it smaller than {HEAVY:,}"
            yield Finding("image-heavy", message, f'<img src="{address[:80]}">', address)
    total = sum(weights.values())
    if total > HEAVY_TOGETHER:
        message = f"have {total:,} bytes together: make them smaller than {HEAVY_TOGETHER:,}"
        yield Finding("image-heavy", message, "the pictures")


def check_kinds(kinds: Mapping[str, str]) -> Iterator[Finding]:
    """Formats of pictures by address, as their files say; for those whose address says nothing, or something else."""
    for address, kind in kinds.items():
        missing = ", ".join(clients_without(f"image:{kind}")) if kind != _kind_of(address) else ""
        if missing:
            message = f"is {kind.upper()}, which is not shown by {missing}: take JPEG or PNG"
            yield Finding("image-format", message, f'<img src="{address[:80]}">', address)


def image_addresses(proof: Proof) -> list[str]:
    return list(dict.fromkeys(image.get("src") or "" for image in proof.body.iter("img")))


def _check_width(image: Element) -> Iterator[Finding]:
    """Outlook for Windows reads nothing but the attribute, and shows the file as wide as it is without one."""
    width = (image.get("width") or "").strip().removesuffix("px")
    if not _NUMBER.fullmatch(width):
        message = f"has no width in pixels, so Outlook shows it as wide as its file: write width, {COLUMN} at most"
        yield Finding("image-no-width", message, show(image), image.get("src") or "")
    elif int(width) > COLUMN:
        message = f"is {width} pixels wide, and the mail {COLUMN}: write a smaller width"
        yield Finding("image-too-wide", message, show(image), image.get("src") or "")


def _check_source(image: Element, source: str) -> Iterator[Finding]:
    if not source:
        yield Finding("image-no-address", "has no address: print the picture only where there is one", show(image))
        return
    if source[:5].lower() == "data:":
        missing = ", ".join(clients_without("image:base64"))
        message = f"stands in the mail itself, and {missing} do not show it: put the file on your site"
        yield Finding("image-inside", message, show(image), source[:200])
        return
    kind = _kind_of(source)
    missing = ", ".join(clients_without(f"image:{kind}")) if kind else ""
    if missing:
        message = f"is {kind.upper()}, which is not shown by {missing}: take JPEG or PNG"
        yield Finding("image-format", message, show(image), source)


def _kind_of(source: str) -> str:
    """By the ending of the path; "" when it says nothing."""
    try:
        name = PurePosixPath(urlsplit(source).path).name.lower()
    except ValueError:
        return ""
    ending = _ENDING.search(name[-10:])
    return _FAMILIES.get(ending[1], ending[1]) if ending else ""
