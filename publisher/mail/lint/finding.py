"""One thing that is wrong with an issue. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad it is; members stand in the order in which findings are told."""

    ERROR = "error"  # the issue is not sent
    WARNING = "warning"  # it is sent, and somebody should look
    NOTE = "note"  # good to know


@dataclass(frozen=True, slots=True)
class Finding:
    """`message` says what is wrong and what to do, `where` names the element or the part of the mail.

    `quote` are words by which the place can be found in an article's file; `file` and `line` (from 1) are set where it
    was found.
    """

    rule: str
    message: str
    where: str = ""
    quote: str = ""
    file: str = ""
    line: int | None = None

    @property
    def severity(self) -> Severity:
        return RULES[self.rule]

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.rule, f"{self.where} {self.message}".strip()) if part)


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

# Names that people write into their configuration: a promise. What each one means: docs/lint.md.
RULES: Mapping[str, Severity] = {
    # Nothing else can be looked at then.
    "template-broken": _E,
    # size.py
    "html-too-large": _E,
    "html-large": _W,
    "html-shortened": _W,
    "mail-embedded": _N,
    "style-too-large": _E,
    "style-nested": _W,
    "style-url": _W,
    # document.py
    "active-content": _E,
    "control-character": _E,
    "anchor-broken": _W,
    "form": _W,
    "no-doctype": _W,
    "no-lang": _W,
    "no-title": _W,
    "text-small": _W,
    "zero-width": _W,
    # footer.py
    "footer-missing": _E,
    "unsubscribe-missing": _E,
    "list-unsubscribe-missing": _E,
    # subject.py
    "subject-empty": _E,
    "subject-shouting": _W,
    "preheader-empty": _W,
    "subject-cut": _N,
    # placeholders.py
    "placeholder-left": _E,
    "placeholder-in-article": _W,
    "value-missing": _W,
    # links.py
    "link-empty": _E,
    "link-relative": _E,
    "link-no-scheme": _E,
    "link-malformed": _W,
    "link-scheme": _W,
    "link-http": _W,
    "link-no-text": _W,
    "link-shortened": _W,
    "link-text-differs": _W,
    # images.py
    "image-no-address": _E,
    "image-no-alt": _W,
    "image-no-width": _W,
    "image-too-wide": _W,
    "image-format": _W,
    "image-inside": _W,
    "image-heavy": _W,
    # wording.py
    "image-only": _W,
    "text-differs": _W,
    "text-empty": _E,
    # contrast.py
    "contrast": _W,
    "contrast-dark": _W,
    "contrast-unknown": _N,
    # features.py
    "feature-missing": _W,
    "feature-extra": _N,
    # Asked of other servers, with --links alone.
    "link-dead": _E,
    "link-unreachable": _W,
}
