"""The verbs for what readers choose: topics, rhythm, language, time zone, hour, name, and a pause."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from publisher import urls
from publisher.app.audiences import find_zone
from publisher.app.context import Context
from publisher.config import Newsletter
from publisher.errors import UsageError
from publisher.issues.rhythm import Wall, next_time, out_of_quiet
from publisher.issues.select import Request, find_wanted
from publisher.issues.variants import to_topics
from publisher.model.article import Article
from publisher.model.preferences import Choice, Preferences, Rhythm
from publisher.storage import articles, rhythms
from publisher.storage.database import Connection
from publisher.subscribers.check import check_subscriber

_MOST_TOPICS = 100  # in one newsletter
LONGEST_PAUSE = timedelta(days=366)
_SOMEBODY = "reader@example.com"  # an address that is right, when the rest is to be looked at
_LONGEST_NAME = 100  # that is compared with those there are


def read_preferences(context: Context, subscriber_id: int) -> Preferences:
    """As chosen so far, topics spelt as the articles spell them.

    Raises UsageError when there is no such person.
    """
    stored = _load(context, subscriber_id)
    spelt = list_all_topics(context, [choice.newsletter for choice in stored.newsletters if choice.topics])
    choices = [
        replace(choice, topics=tuple(spelt[choice.newsletter].get(key, key) for key in choice.topics))
        if choice.topics
        else choice
        for choice in stored.newsletters
    ]
    return replace(stored, newsletters=tuple(choices))


def list_article_languages(context: Context) -> list[str]:
    """What articles are written in, the most frequent first."""
    with context.database.read() as connection:
        return articles.list_languages(connection)


def list_topics(context: Context, name: str) -> dict[str, str]:
    """What may be chosen of a newsletter: tags and categories of its articles, as most of them spell them, by key."""
    return list_all_topics(context, [name])[name]


def list_all_topics(context: Context, names: Collection[str]) -> dict[str, dict[str, str]]:
    """`list_topics` of each: all articles are read once. Nothing of a newsletter that is not configured."""
    configured = {name: context.config.newsletters[name] for name in names if name in context.config.newsletters}
    known: list[Article] = []
    if configured:
        with context.database.read() as connection:
            known = articles.load_articles(connection)
    now = context.clock()
    found = {name: _spell(find_wanted(known, one, Request(), now)) for name, one in configured.items()}
    return {name: found.get(name, {}) for name in names}


def _spell(found: Iterable[Article]) -> dict[str, str]:
    spelt = Counter(topic for article in found for topic in (*article.tags, *article.categories))
    best: dict[str, str] = {}
    for topic, _ in spelt.most_common():
        best.setdefault(urls.folder_key(topic), topic)
    return dict(sorted(best.items()))


def change_preferences(context: Context, subscriber_id: int, wanted: Preferences) -> Preferences:
    """Everything as `wanted` has it; newsletters that it does not name stay as they are. Returns what holds then.

    Raises UsageError, and changes nothing, for what nobody can choose.
    """
    checked = check_preferences(context, subscriber_id, wanted)
    with context.database.write() as connection:
        save_checked(context, connection, subscriber_id, checked)
    return read_preferences(context, subscriber_id)


@dataclass(frozen=True, slots=True)
class CheckedPreferences:
    """`wanted`, as far as it is the person's own, and `choices`, instead of what holds `before`."""

    before: Preferences
    wanted: Preferences
    choices: tuple[Choice, ...]


def check_preferences(context: Context, subscriber_id: int, wanted: Preferences) -> CheckedPreferences:
    """Raises UsageError for what nobody can choose."""
    before = _load(context, subscriber_id)
    wanted = _check_person(wanted, before, context.clock())
    chosen = {choice.newsletter: choice for choice in before.newsletters}
    changed = [_check_choice(context, choice, chosen) for choice in wanted.newsletters]
    chosen |= {choice.newsletter: choice for choice in changed}
    return CheckedPreferences(before, wanted, tuple(chosen.values()))


def save_checked(context: Context, connection: Connection, subscriber_id: int, checked: CheckedPreferences) -> None:
    """Within a transaction of the caller's; subscriptions that have ended since stay as they are."""
    rhythms.save_preferences(connection, subscriber_id, checked.wanted)
    for choice in checked.choices:
        rhythms.save_choice(connection, subscriber_id, choice)
        newsletter = context.config.newsletters.get(choice.newsletter)
        if newsletter is not None and _is_moved(choice, checked.wanted, checked.before):
            next_at = plan_next(context, newsletter, choice, checked.wanted, context.clock())
            rhythms.set_next(connection, subscriber_id, choice.newsletter, next_at)


def _load(context: Context, subscriber_id: int) -> Preferences:
    with context.database.read() as connection:
        stored = rhythms.load_preferences(connection, subscriber_id)
    if stored is None:
        raise UsageError(f"there is no subscriber {subscriber_id}")
    return stored


def _check_person(wanted: Preferences, before: Preferences, now: datetime) -> Preferences:
    problem = check_subscriber(_SOMEBODY, wanted.name, wanted.language)
    if problem:
        raise UsageError(problem)
    if wanted.timezone and wanted.timezone != before.timezone:
        _check_zone(wanted.timezone)
    if wanted.hour is not None and not 0 <= wanted.hour <= 23:
        raise UsageError(f"the hour {wanted.hour} is none; write 0 to 23")
    if wanted.paused_until is not None and wanted.paused_until <= now:
        wanted = replace(wanted, paused_until=None)
    if wanted.paused_until is not None and wanted.paused_until > now + LONGEST_PAUSE:
        raise UsageError("a pause lasts a year at most; `subscribers remove` ends a subscription")
    return wanted


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        close = difflib.get_close_matches(name[:_LONGEST_NAME], available_timezones(), n=1, cutoff=0.6)
        hint = f"did you mean {close[0]}?" if close else "write one such as Asia/Tokyo or UTC"
        raise UsageError(f"{name!r} is not a time zone; {hint}") from None


def _check_choice(context: Context, choice: Choice, chosen: Mapping[str, Choice]) -> Choice:
    """With its topics in the form in which they are kept. What was chosen before may stay."""
    before = chosen.get(choice.newsletter)
    if before is None:
        known = ", ".join(chosen) or "nothing"
        raise UsageError(f"{choice.newsletter} is not among what this person receives: {known}")
    newsletter = context.newsletter(choice.newsletter)
    if choice.rhythm not in {None, before.rhythm, *newsletter.rhythms}:
        allowed = ", ".join(newsletter.rhythms)
        hint = f"it allows {allowed}" if allowed else "it lets nobody choose; see rhythms: in config.yaml"
        raise UsageError(f"{choice.newsletter} has no rhythm {choice.rhythm}; {hint}")
    topics = to_topics(choice.topics)
    if len(topics) > _MOST_TOPICS:
        raise UsageError(f"{len(topics)} topics are too many; {_MOST_TOPICS} are enough, none means all")
    if not set(topics) <= set(before.topics):
        _check_topics(choice, list_topics(context, choice.newsletter), before.topics)
    return replace(choice, topics=topics)


def _check_topics(choice: Choice, known: Mapping[str, str], before: Collection[str]) -> None:
    for name in choice.topics:
        key = urls.folder_key(name)
        if key and key not in known and key not in before:
            close = difflib.get_close_matches(key[:_LONGEST_NAME], known, n=1, cutoff=0.6)
            some = ", ".join(list(known.values())[:10]) or "no tags or categories so far"
            hint = f"did you mean {known[close[0]]}?" if close else f"there are {some}"
            raise UsageError(f"no article of {choice.newsletter} has the topic {name!r}; {hint}")


def _is_moved(choice: Choice, wanted: Preferences, before: Preferences) -> bool:
    """When it is due may have changed; else what is due at this very moment stays so."""
    own = next((one for one in before.newsletters if one.newsletter == choice.newsletter), None)
    times = [(one.timezone, one.hour, one.paused_until) for one in (wanted, before)]
    return own is None or own.rhythm != choice.rhythm or times[0] != times[1]


def plan_anew(
    context: Context, connection: Connection, subscriber_id: int, names: Collection[str], *, has_missed: bool = False
) -> None:
    """These newsletters begin again: what was due while the person was away, or never was, is not due now.

    With `has_missed` they go on as if they had never ended, and what came meanwhile is still to come.
    """
    chosen = rhythms.load_preferences(connection, subscriber_id) if names else None
    for choice in chosen.newsletters if chosen else ():
        newsletter = context.config.newsletters.get(choice.newsletter)
        if choice.newsletter not in names or newsletter is None or chosen is None:
            continue
        is_by_the_clock = choice.rhythm not in {None, Rhythm.EACH}
        if is_by_the_clock and has_missed:  # their hour will come, or has been missed with the mail that was due then
            continue
        is_due = is_by_the_clock or has_missed
        next_at = plan_next(context, newsletter, choice, chosen, context.clock()) if is_due else None
        rhythms.set_next(connection, subscriber_id, choice.newsletter, next_at)


def plan_next(
    context: Context, newsletter: Newsletter, choice: Choice, wanted: Preferences, now: datetime
) -> datetime | None:
    """When their own next mail is due; None: with the newsletter, or with the next article."""
    zone = find_zone(wanted.timezone, context.config.zone_of(newsletter))
    hour = newsletter.hour if wanted.hour is None else wanted.hour
    wall = Wall(zone, hour, newsletter.weekday, newsletter.quiet)
    begin = wanted.paused_until or now
    if choice.rhythm in {None, Rhythm.EACH}:
        # What was missed comes at once, except where the newsletter's own day will bring it.
        comes_by_itself = choice.rhythm is None and not newsletter.is_on_publish
        return None if comes_by_itself else out_of_quiet(begin, wall)
    return next_time(choice.rhythm or Rhythm.DAILY, wall, begin)
