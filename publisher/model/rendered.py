"""An issue as mail will show it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Embedded:
    """A picture that is in the mail itself: the one that its HTML shows as `url`. `kind` is jpg or png."""

    url: str
    kind: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class RenderedIssue:
    """Subject and bodies of one variant, rendered once. `html` is inlined.

    Personal values are not in it: each stands as an opaque ASCII word that begins with `marker` (see mail.slots), so
    that nothing an article says can pass for one. `fields` are name and fallback of those that words have by number.
    `shortened` are the titles of full articles of which `html`, but not `text`, shows only the beginning.
    `embedded` are pictures of `html` that go with the message.
    """

    subject: str
    text: str
    html: str
    language: str
    marker: str
    fields: tuple[tuple[str, str], ...] = ()
    shortened: tuple[str, ...] = ()
    embedded: tuple[Embedded, ...] = ()
