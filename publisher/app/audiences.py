"""Groups of readers, what each of them gets, and when: the shares of an issue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from publisher.app.linting import BURST_TEMPLATE
from publisher.app.segments import audience_of
from publisher.config import Config
from publisher.issues.progress import Reach, read_progress
from publisher.issues.rhythm import Wall, next_hour, next_time, out_of_quiet
from publisher.issues.variants import Chooser, Offer, Taste, Variant, variant_key
from publisher.model.issue import Selection
from publisher.model.preferences import Rhythm
from publisher.storage.audience import Audience, Group, Readers, Share, load_groups
from publisher.storage.database import Connection
from publisher.timing import Occurrence


@dataclass(frozen=True, slots=True)
class NewIssue:
    """An issue about to be stored.

    `offer` is what its readers choose from; without one all get `selection` as it is. `reach`: how far it lets them
    come, and `pass_to` the newsletter itself (None: only what is in it is dealt with). `key` is that of the variant
    which a draft has already.
    """

    newsletter: str
    selection: Selection
    template: str
    pass_to: int | None = None
    reach: Reach | None = None
    offer: Offer | None = None
    audience: Audience = Audience.SCHEDULE
    occurrence: Occurrence | None = None
    hold: bool = False
    again: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Portion:
    """A variant for one group of readers, None for nothing."""

    group: Group
    readers: int
    variant: Variant | None


class Divider:
    """Divides an issue among its readers. What was chosen once is the same the next time it is asked for."""

    def __init__(self, config: Config, new: NewIssue, now: datetime) -> None:
        self._config, self._new, self.now = config, new, now
        self._newsletter = config.newsletters[new.newsletter]
        self.readers = Readers(new.newsletter, new.audience, now, audience_of(config, self._newsletter, now))
        self._chooser = Chooser(new.offer) if new.offer is not None else None
        self._alone = self._whole()

    def load(self, connection: Connection) -> list[Portion]:
        """As readers are at this moment."""
        groups = load_groups(connection, self.readers)
        return [Portion(group, number, self._choose(group)) for group, number in groups]

    def rank(self, portions: Sequence[Portion]) -> list[tuple[Variant, int]]:
        """Each variant with the number of its readers, the largest first."""
        return rank_variants(portions, self._config.site.language)

    @property
    def whole(self) -> Variant:
        """The issue undivided, as a draft has it."""
        return self._alone

    def share(self, portion: Portion) -> Share:
        """What is to be written down for the group."""
        new, group, wall = self._new, portion.group, self._wall(portion.group)
        progress = read_progress(group.last_seq, group.ahead)
        due_at = out_of_quiet(self.now, wall)
        next_at = None
        if new.audience is Audience.DUE:
            if due_at > self.now:  # at night nothing is begun; in the morning it may be more
                return Share(group, "", due_at, group.last_seq, group.ahead, due_at)
            next_at = next_time(Rhythm(group.rhythm), wall, self.now) if group.rhythm else None
        elif new.occurrence is not None and group.own_hour is not None:
            due_at = next_hour(wall, self.now)
        if group.receives and new.audience is not Audience.EVERYBODY:
            progress = progress.advance(portion.variant.seqs if portion.variant else (), new.reach)
        key = portion.variant.key if portion.variant and group.receives else ""
        return Share(group, key, due_at, progress.last_seq, progress.write_ahead(), next_at)

    def _choose(self, group: Group) -> Variant | None:
        if not group.receives or not group.is_meant:
            return None
        if self._chooser is None:
            return self._alone
        is_night = self._new.audience is Audience.DUE and out_of_quiet(self.now, self._wall(group)) > self.now
        if is_night:
            return None
        progress = read_progress(group.last_seq, group.ahead)
        return self._chooser.choose(progress, self._taste(group))

    def _taste(self, group: Group) -> Taste:
        taste = Taste(group.topic_keys, group.language, self._new.template)
        if self._new.audience is not Audience.DUE:
            return taste
        own = self._newsletter
        many = BURST_TEMPLATE if own.is_on_publish else own.template_name
        if group.rhythm in {"", Rhythm.EACH}:
            one = own.template_name if own.is_on_publish else (own.template or "article")
            return replace(taste, template=one, template_of_many=many)
        return replace(taste, template=many)

    def _wall(self, group: Group) -> Wall:
        own = self._newsletter
        hour = own.hour if group.own_hour is None else group.own_hour
        return Wall(find_zone(group.timezone, self._config.zone_of(own)), hour, own.weekday, own.quiet)

    def _whole(self) -> Variant:
        new = self._new
        language = self._config.site.language
        numbers = tuple(
            article.seq for article in (*new.selection.articles, *new.selection.links) if article.seq is not None
        )
        key = new.key or variant_key(new.selection, language, new.template)
        return Variant(key, language, new.template, new.selection, numbers)


def find_zone(name: str, default: ZoneInfo) -> ZoneInfo:
    """The time zone of a reader; `default` for none, and for one that this machine does not know."""
    try:
        return ZoneInfo(name) if name else default
    except (KeyError, ValueError, OSError):
        return default


def rank_variants(portions: Sequence[Portion], home: str) -> list[tuple[Variant, int]]:
    """Each variant with the number of its readers, the largest first; among equals one in the language `home`."""
    readers: dict[str, int] = {}
    variants: dict[str, Variant] = {}
    for portion in portions:
        if portion.variant is not None:
            variants.setdefault(portion.variant.key, portion.variant)
            readers[portion.variant.key] = readers.get(portion.variant.key, 0) + portion.readers

    def rank(pair: tuple[Variant, int]) -> tuple[int, bool, int, str]:
        variant, number = pair
        return -number, variant.language != home, -len(variant.seqs), variant.key

    return sorted(((variants[key], number) for key, number in readers.items()), key=rank)
