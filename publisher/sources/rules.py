"""What the reading of a file depends on besides its bytes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from publisher.model.article import Author
from publisher.sources.address import AddressRule
from publisher.sources.presets import FALLBACK, PRESETS, Preset

# Part of every index: when reading changes its mind about a file, everything is read again.
READER_VERSION = 4


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """How the files of one folder are read.

    `url_pattern` is that of `articles.url`; without it the preset has one, below `base`. `fields` are a person's own
    names for roles, `aliases` beginnings of addresses and what they stand for, `authors` those of an authors file.
    `languages` are the top folders that stand for one. `source` is what an article says of its origin; `prefix` stands
    before every path, where several folders are read.
    """

    site_url: str
    url_pattern: str | None
    language: str
    zone: ZoneInfo
    preset: Preset = PRESETS[FALLBACK]
    base: str = ""
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    authors: Mapping[str, Author] = field(default_factory=dict)
    languages: frozenset[str] = frozenset()
    source: str = ""
    prefix: str = ""
    aliases: tuple[tuple[str, str], ...] = ()

    @property
    def address(self) -> AddressRule:
        return AddressRule(self.site_url, self.preset, self.url_pattern, self.base, self.language)

    @property
    def key(self) -> str:
        """The same for the same rules, in every process."""
        parts = (
            (self.site_url, self.url_pattern, self.language, self.zone.key),
            (self.preset.name, self.base, sorted(self.languages), self.prefix, self.aliases),
            sorted(self.fields.items()),
            sorted(self.authors.items()),
        )
        return f"{READER_VERSION}|{parts!r}"
