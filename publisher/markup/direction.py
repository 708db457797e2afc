"""Which way a language is written. Pure."""

from __future__ import annotations

_RIGHT_TO_LEFT = {"ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"}


def direction_of(language: str) -> str:
    """`rtl` or `ltr`, for the `dir` attribute; of a language tag such as `ar-EG`."""
    return "rtl" if language.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"
