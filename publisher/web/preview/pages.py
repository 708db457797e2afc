"""The pages of the preview: which there are, and what their templates are told. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from publisher.app.previewing import Origin, Preview, Wanted
from publisher.catalogue import Catalogue, write_number
from publisher.mail.cut import Measure, Size
from publisher.mail.lint.finding import Severity
from publisher.web.preview.looks import Look

LONGEST_ERROR = 4_000  # characters


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: `number` of the mail (from 1) where there are several, `view` one of `list_views`."""

    wanted: Wanted
    number: int = 1
    view: str = ""

    def url(self, **changes: str | int | None) -> str:
        """The address of the same page with other values; "" and None leave a value out."""
        return f"/newsletters/{quote(self.wanted.newsletter, safe='')}{self._query(changes)}"

    def frame_url(self, look: Look, version: str) -> str:
        """The mail itself, to be shown in a frame; another version is another address."""
        path = f"/newsletters/{quote(self.wanted.newsletter, safe='')}/mail"
        return path + self._query({"view": None, "look": look.value, "version": version})

    def _query(self, changes: dict[str, str | int | None]) -> str:
        values: dict[str, str | int | None] = {
            "template": self.wanted.template,
            "issue": self.wanted.issue,
            "number": self.number if self.number > 1 else None,
            "view": self.view,
            **changes,
        }
        kept = {name: value for name, value in values.items() if value}
        return f"?{urlencode(kept)}" if kept else ""


@dataclass(frozen=True, slots=True)
class Link:
    """`is_current`: it leads to what is shown."""

    label: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class SizeView:
    """`text` is the size in words, `share` what of the limit is used, 0 to 1 and beyond."""

    label: str
    text: str
    share: float
    has_limit: bool


def list_views(preview: Preview, catalogue: Catalogue) -> dict[str, str]:
    """What can be shown of a mail, by the word in the address; the first is shown unasked."""
    say = catalogue.say
    looks = {
        Look.LIGHT.value: say("Light"),
        Look.DARK.value: say("Dark"),
        Look.IMAGES_OFF.value: say("Without images"),
    }
    parts = {"text": say("Text part"), "source": say("Source"), "headers": say("Headers")}
    return {**(looks if preview.html else {}), **parts}


def choose_view(asked: str, preview: Preview, catalogue: Catalogue) -> str:
    """The one that was asked for, if this mail has it."""
    views = list_views(preview, catalogue)
    return asked if asked in views else next(iter(views))


def describe_origin(preview: Preview, catalogue: Catalogue) -> str:
    say = catalogue.say
    match preview.origin:
        case Origin.NEXT:
            return say("Goes out next")
        case Origin.NEWEST:
            return say("Nothing is new: the newest articles")
        case Origin.MADE:
            return say("Issue {number}").replace("{number}", str(preview.wanted.issue))
        case Origin.NOTICE:
            return say("A notice to one person")


def describe_sizes(sizes: Sequence[Size], catalogue: Catalogue) -> list[SizeView]:
    return [_describe_size(size, catalogue) for size in sizes]


def count_findings(preview: Preview, catalogue: Catalogue) -> dict[Severity, str]:
    """`2 warnings`, by severity, of those that there are."""
    numbers = Counter(finding.severity for finding in preview.findings)
    say = {
        Severity.ERROR: catalogue.count("{number} error", "{number} errors", numbers[Severity.ERROR]),
        Severity.WARNING: catalogue.count("{number} warning", "{number} warnings", numbers[Severity.WARNING]),
        Severity.NOTE: catalogue.count("{number} note", "{number} notes", numbers[Severity.NOTE]),
    }
    return {severity: say[severity] for severity in Severity if numbers[severity]}


def _describe_size(size: Size, catalogue: Catalogue) -> SizeView:
    say = catalogue.say
    labels = {
        Measure.HTML: say("HTML; Gmail hides the rest"),
        Measure.STYLES: say("Style blocks; Gmail drops the rest"),
        Measure.HEADERS: say("Headers; SoftBank takes no more"),
        Measure.MESSAGE: say("The whole message"),
    }
    number = write_number(size.bytes, catalogue.language)
    if not size.limit:
        return SizeView(labels[size.measure], say("{size} bytes").replace("{size}", number), 0, has_limit=False)
    limit = write_number(size.limit, catalogue.language)
    text = say("{size} of {limit} bytes").replace("{size}", number).replace("{limit}", limit)
    return SizeView(labels[size.measure], text, size.bytes / size.limit, has_limit=True)
