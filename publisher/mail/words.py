"""What the product itself says in a newsletter, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from publisher.catalogue import Catalogue, find_catalogue, write_date
from publisher.markup.direction import direction_of


@dataclass(frozen=True, slots=True)
class Words:
    """Templates use these as `words.read_more`, `words.date(…)` and so on."""

    language: str
    read_more: str
    read_on_web: str
    more_articles: str
    nothing_new: str
    published_by: str
    address: str
    contact: str
    unsubscribe: str
    unsubscribe_how: str
    unsubscribe_open: str
    preferences: str
    view_in_browser: str
    separator: str
    colon: str
    _of_dates: str
    _catalogue: Catalogue = field(repr=False)

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`: words that fall back to English may run against the issue."""
        return direction_of(self.language)

    def say(self, message: str, title: str) -> str:
        """A message of the catalogue, with the title of the newsletter in its place."""
        return self._catalogue.say(message).replace("{title}", title)

    def why(self, title: str) -> str:
        """Why somebody gets this mail."""
        return self.say("You get this e-mail because you signed up for “{title}”.", title)

    def others(self, number: int) -> str:
        """`ほか3本`: the end of a subject that names one article of several; nothing for none."""
        return self._catalogue.count("+ {number} more", "+ {number} more", number) if number > 0 else ""

    def count(self, number: int) -> str:
        """How many articles an issue holds."""
        return self._catalogue.count("{number} article", "{number} articles", number)

    def date(self, moment: datetime) -> str:
        """`2026年11月20日(金)` or `Fri, Nov 20, 2026`."""
        return write_date(moment, self._of_dates)


def words_for(language: str, own: Path | None = None) -> Words:
    """The words for a language tag such as `ja`, `ja-JP` or `en-GB`; `own` is a folder of a person's own catalogues.

    Raises TemplateError for a catalogue that cannot be used.
    """
    catalogue = find_catalogue(language, own)
    say = catalogue.say
    return Words(
        language=catalogue.language,
        read_more=say("Read on"),
        read_on_web=say("Read on the web"),
        more_articles=say("More articles"),
        nothing_new=say("There is nothing new this time."),
        published_by=say("Published by"),
        address=say("Address"),
        contact=say("Contact"),
        unsubscribe=say("Unsubscribe"),
        unsubscribe_how=say("To unsubscribe, open this link and send the e-mail as it is"),
        unsubscribe_open=say("To unsubscribe, open this link"),
        preferences=say("Change what you get"),
        view_in_browser=say("View in a browser"),
        separator=say("·"),
        colon=say(": "),
        _of_dates=language,
        _catalogue=catalogue,
    )
