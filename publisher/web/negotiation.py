"""What the client can read, by the weights of its headers: Accept, Accept-Encoding, Accept-Language (RFC 9110 12.5),
and A-IM (RFC 3229). Pure."""

from __future__ import annotations

import re
from functools import lru_cache

IDENTITY = ""
_WEIGHT = re.compile(r"q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")
_LONGEST = 1000  # characters of a header that is looked at


@lru_cache(maxsize=256)
def choose_encoding(accept: bytes, available: tuple[str, ...]) -> str | None:
    """One of `available`, our best first, else IDENTITY; None when the client refuses what is left.

    A coding that the client names wins over none at all, unless it gives `identity` more weight.
    """
    weights = _parse_weights(accept)
    identity = weights.get("identity", weights.get("*", -1.0))
    best, weight = IDENTITY, identity if "identity" in weights else 0.0
    for name in available:
        offered = weights.get(name, weights.get("*", 0.0))
        if offered > weight or (offered == weight > 0 and best == IDENTITY):
            best, weight = name, offered
    return None if best == IDENTITY and identity == 0 else best


@lru_cache(maxsize=64)
def wants_new_entries(a_im: bytes) -> bool:
    """The client asks for new and changed entries alone (`A-IM: feed`), possibly among other manipulations."""
    return _parse_weights(a_im).get("feed", 0.0) > 0


@lru_cache(maxsize=256)
def choose_media_type(accept: bytes, offered: tuple[str, ...], default: str) -> str:
    """The one of `offered` that the client names and likes best, our first of equals; ranges name nothing."""
    weights = _parse_weights(accept)
    best, weight = default, 0.0
    for name in offered:
        if weights.get(name, 0.0) > weight:
            best, weight = name, weights[name]
    return best


@lru_cache(maxsize=256)
def choose_language(accept: bytes, known: tuple[str, ...], default: str) -> str:
    """The one of `known` that the client likes best (RFC 4647 3.4, lookup), else `default`."""
    weights = _parse_weights(accept)
    for wanted in sorted(weights, key=lambda tag: -weights[tag]):
        if weights[wanted] <= 0:
            break
        found = default if wanted == "*" else find_language(wanted, known)
        if found:
            return found
    return default


def find_language(tag: str, known: tuple[str, ...]) -> str:
    """The one of `known` for a language tag, or for its beginning (`en` for `en-GB`); "" when there is none."""
    spelled = {name.lower().replace("_", "-"): name for name in known}
    parts = tag.lower().replace("_", "-").split("-")
    tags = ("-".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((spelled[name] for name in tags if name in spelled), "")


def _parse_weights(header: bytes) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in header[:_LONGEST].decode("latin-1").lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = next((match for match in map(_WEIGHT.fullmatch, parameters) if match), None)
        if name:
            found["gzip" if name == "x-gzip" else name] = float(weight[1]) if weight else 1.0
    return found
