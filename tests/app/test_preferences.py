"""What readers choose, and that nobody can choose what there is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from publisher.app.context import Context
from publisher.app.people import add_subscriber
from publisher.app.preferences import change_preferences, list_topics, read_preferences
from publisher.app.reading import scan
from publisher.errors import UsageError
from publisher.model.preferences import Choice, Preferences, Rhythm
from tests.site import CONFIG, Site

WEEKLY = '    schedule: "0 8 * * mon"'
CHOICES = CONFIG.replace(WEEKLY, WEEKLY + "\n    rhythms: [each, daily, weekly]")


def open_reader(site: Site, context: Context) -> int:
    site.write("a.md", "麹の話", tags=["ＡＩ", "麹"], categories=["道具"])
    site.write("b.md", "AIの話", tags=["AI"])
    site.write("c.md", "もうひとつ", tags=["AI"])
    scan(context)
    return add_subscriber(context, "hanako@reader.example", ["weekly"], name="花子").id


def choose(context: Context, reader: int, **changes: object) -> Preferences:
    found = read_preferences(context, reader)
    return change_preferences(context, reader, replace(found, **changes))  # type: ignore[arg-type] # fields by name


def next_at(context: Context) -> str | None:
    with context.database.read() as connection:
        return connection.exec_driver_sql("SELECT next_at FROM subscriptions").scalar_one()  # type: ignore[no-any-return] # one column


def test_who_has_chosen_nothing_gets_what_the_newsletter_sends(site: Site) -> None:
    with site.open() as context:
        reader = open_reader(site, context)
        assert read_preferences(context, reader) == Preferences((Choice("weekly"),), name="花子")


def test_all_that_was_chosen_is_read_back_as_articles_spell_it(site: Site) -> None:
    site.configure(CHOICES)
    with site.open() as context:
        reader = open_reader(site, context)
        wanted = Preferences(
            (Choice("weekly", ("ai", "道具"), Rhythm.DAILY),),
            name="佐藤 花子",
            language="ja",
            timezone="Europe/Paris",
            hour=7,
            paused_until=site.clock.now + timedelta(weeks=3),
        )
        stored = change_preferences(context, reader, wanted)
        assert stored == replace(wanted, newsletters=(Choice("weekly", ("AI", "道具"), Rhythm.DAILY),))
        assert read_preferences(context, reader) == stored
        assert change_preferences(context, reader, stored) == stored, "twice is once"


def test_topics_are_tags_and_categories_of_what_the_newsletter_takes(site: Site) -> None:
    site.configure(CONFIG.replace(WEEKLY, WEEKLY + "\n    select: {tags: [麹]}"))
    with site.open() as context:
        open_reader(site, context)
        assert list_topics(context, "weekly") == {"ai": "ＡＩ", "道具": "道具", "麹": "麹"}
        assert list_topics(context, "new-article")["ai"] == "AI", "as most of them spell it"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"newsletters": (Choice("new-article"),)}, "not among what this person receives: weekly"),
        ({"newsletters": (Choice("weekly", rhythm=Rhythm.MONTHLY),)}, "it allows each, daily, weekly"),
        ({"newsletters": (Choice("weekly", ("aii",)),)}, "did you mean AI"),
        ({"newsletters": (Choice("weekly", ("zzz",)),)}, "there are AI"),
        ({"newsletters": (Choice("weekly", tuple(map(str, range(101)))),)}, "too many"),
        ({"timezone": "Europe/Pariss"}, "did you mean Europe/Paris"),
        ({"timezone": "../etc/passwd"}, "is not a time zone"),
        ({"language": "日本語"}, "language"),
        ({"hour": 24}, "0 to 23"),
        ({"paused_until": datetime(2030, 1, 1, tzinfo=UTC)}, "a year at most"),
    ],
)
def test_what_nobody_can_choose_is_refused_and_changes_nothing(
    site: Site, changes: dict[str, object], words: str
) -> None:
    site.configure(CHOICES)
    with site.open() as context:
        reader = open_reader(site, context)
        before = read_preferences(context, reader)
        with pytest.raises(UsageError, match=words):
            choose(context, reader, name="だれか", **changes)
        assert read_preferences(context, reader) == before


def test_a_newsletter_that_says_nothing_lets_nobody_choose_a_rhythm(site: Site) -> None:
    with site.open() as context:
        reader = open_reader(site, context)
        with pytest.raises(UsageError, match="rhythms: in"):
            choose(context, reader, newsletters=(Choice("weekly", rhythm=Rhythm.DAILY),))
        with pytest.raises(UsageError, match="no subscriber 99"):
            read_preferences(context, 99)


def test_a_rhythm_or_topic_that_is_no_longer_offered_may_stay(site: Site) -> None:
    site.configure(CHOICES)
    with site.open() as context:
        reader = open_reader(site, context)
        choose(context, reader, newsletters=(Choice("weekly", ("道具",), Rhythm.DAILY),))
    site.configure(CONFIG)
    (site.articles / "a.md").unlink()
    with site.open() as context:
        scan(context)
        kept = choose(context, reader, name="べつの名前")
        assert kept.newsletters == (Choice("weekly", ("道具",), Rhythm.DAILY),)


def test_the_next_mail_is_due_at_the_hour_of_the_readers_wall(site: Site) -> None:
    site.configure(CHOICES)
    with site.open() as context:
        reader = open_reader(site, context)
        daily = (Choice("weekly", rhythm=Rhythm.DAILY),)
        choose(context, reader, newsletters=daily)
        assert next_at(context) == "2026-11-19T23:00:00.000000Z", "08:00 in Tokyo, where nothing else is said"
        choose(context, reader, timezone="Europe/Paris", hour=7)
        assert next_at(context) == "2026-11-19T06:00:00.000000Z"
        choose(context, reader, paused_until=datetime(2026, 12, 1, 12, tzinfo=UTC))
        assert next_at(context) == "2026-12-02T06:00:00.000000Z"
        choose(context, reader, newsletters=(Choice("weekly"),), paused_until=None)
        assert next_at(context) is None, "the newsletter's own Monday brings it"


def test_a_change_of_something_else_does_not_put_off_what_is_due(site: Site) -> None:
    site.configure(CHOICES)
    with site.open() as context:
        reader = open_reader(site, context)
        choose(context, reader, newsletters=(Choice("weekly", rhythm=Rhythm.DAILY),))
        due = next_at(context)
        site.clock.advance(days=1)
        choose(context, reader, name="花", newsletters=(Choice("weekly", ("AI",), Rhythm.DAILY),))
        assert next_at(context) == due


def test_a_pause_that_is_over_is_none(site: Site) -> None:
    with site.open() as context:
        reader = open_reader(site, context)
        assert choose(context, reader, paused_until=site.clock.now).paused_until is None
