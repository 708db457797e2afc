"""What a reader's page sent, as what they choose. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from publisher.addresses import has_unsafe_characters
from publisher.model.preferences import Choice, Preferences, Rhythm
from publisher.subscribers.signup import LONGEST_NAME
from publisher.web.forms import Form

SHOWN, NEWSLETTER = "shown", "newsletter"  # all that the form offered, and those that are ticked
RHYTHM, TOPIC = "rhythm-", "topic-"  # before the name of a newsletter


def read_newsletters(form: Form) -> tuple[Collection[str], Collection[str]]:
    """Those that are wanted, of those that were offered."""
    return set(form.get_all(NEWSLETTER)), dict.fromkeys(form.get_all(SHOWN))


def read_preferences_form(form: Form, before: Preferences, topics: Mapping[str, Collection[str]]) -> Preferences:
    """`before` with what the form says. `topics` are those that the form showed of each newsletter: when all of them
    are ticked, that means all there will ever be, too. A field that was not sent stays as it was."""
    shown = set(form.get_all(SHOWN))
    choices = [
        _read_choice(form, choice, topics.get(choice.newsletter, ())) if choice.newsletter in shown else choice
        for choice in before.newsletters
    ]
    return replace(
        before,
        newsletters=tuple(choices),
        name=_either(form, "name", before.name),
        language=_either(form, "language", before.language),
        timezone=_either(form, "timezone", before.timezone),
        hour=_read_hour(form, before.hour),
    )


def find_name_problem(name: str) -> bool:
    return len(name) > LONGEST_NAME or has_unsafe_characters(name)


def _read_choice(form: Form, choice: Choice, offered: Collection[str]) -> Choice:
    """A newsletter whose part of the form was not there, since it begins just now, stays as it is."""
    if not any(key == RHYTHM + choice.newsletter for key, _ in form.fields):
        return choice
    ticked = tuple(dict.fromkeys(form.get_all(TOPIC + choice.newsletter)))
    is_all = not ticked or set(offered) <= set(ticked)
    rhythm = form.get(RHYTHM + choice.newsletter)
    wanted = Rhythm(rhythm) if rhythm in set(Rhythm) else None
    return replace(choice, topics=() if is_all else ticked, rhythm=wanted)


def _either(form: Form, field: str, before: str) -> str:
    return form.get(field) if any(key == field for key, _ in form.fields) else before


def _read_hour(form: Form, before: int | None) -> int | None:
    sent = _either(form, "hour", "-")
    if sent == "-":
        return before
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) <= 2 else None
