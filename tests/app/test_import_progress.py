"""Who comes with a list is as far as who joins by themselves, and gets what they chose elsewhere."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from publisher.app.context import Context
from publisher.app.exporting import export_list
from publisher.app.importing import ImportOrder, ImportReport, import_list
from publisher.app.issuing import create_due_issues
from publisher.app.people import add_subscriber, get_subscriber, iterate_subscribers
from publisher.app.persondata import export_data, forget, get_person
from publisher.app.preferences import read_preferences
from publisher.app.reading import scan
from publisher.app.sending import deliver
from publisher.model.preferences import Choice, Rhythm
from publisher.model.subscriber import SubscriberState
from publisher.storage import subscribers
from tests.app.test_rhythms import CHOICES, A, B, got, join, run, to_monday
from tests.site import Site
from tests.storage.rows import add_issue

LISTED = "listed@reader.example"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.configure(CHOICES)
    return made


def take(context: Context, people: list[dict[str, object]]) -> ImportReport:
    path = context.config.base / "people.json"
    path.write_text(json.dumps(people), encoding="utf-8")
    return import_list(context, ImportOrder(path))


def subscription(context: Context, email: str) -> list[tuple[object, ...]]:
    id_ = get_subscriber(context, email).id
    query = "SELECT newsletter, last_seq, ahead, topics, rhythm, next_at FROM subscriptions WHERE subscriber_id = ?"
    with context.database.read() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query, (id_,))]


def test_who_comes_with_a_list_gets_the_next_issue_and_no_backlog(site: Site) -> None:
    join(site, A)
    site.write("1.md", "先週の記事", date="2026-11-19")
    to_monday(site)
    run(site)
    site.write("2.md", "今週の記事", date="2026-11-24")
    with site.open() as context:
        scan(context)
        add_subscriber(context, B, ["weekly", "new-article"])
        take(context, [{"email": LISTED}])
        assert sorted(subscription(context, LISTED)) == sorted(subscription(context, B))
    to_monday(site, weeks=1)
    run(site)
    assert len(got(site, A)) == 2
    assert got(site, LISTED) == got(site, B)
    assert got(site, LISTED) == ["今週の記事", "今週の記事"]  # of either newsletter


def test_a_list_before_the_first_scan_brings_nobody_everything(site: Site) -> None:
    with site.open() as context:
        take(context, [{"email": LISTED}])
        for number in range(9):
            site.write(f"{number}.md", f"記事{number}", date="2026-11-10")
        scan(context)
        take(context, [{"email": A}])
        assert create_due_issues(context, scan(context).articles).created == []
        deliver(context)
    assert site.mails() == []


def test_topics_rhythm_hour_and_pause_come_along_and_hold(site: Site) -> None:
    site.write("0.md", "昔の記事", tags=["麹"], date="2026-11-10")
    pause = site.clock.now + timedelta(days=20)
    chosen = {"newsletter": "weekly", "topics": ["麹", "ＡＩ"], "rhythm": "daily"}
    with site.open() as context:
        scan(context)
        person: dict[str, object] = {"email": LISTED, "timezone": "Europe/Paris", "hour": 7, "subscriptions": [chosen]}
        other: dict[str, object] = {"email": B, "paused_until": pause.isoformat(), "subscriptions": [chosen]}
        over: dict[str, object] = {"email": A, "paused_until": "2020-01-31T00:00:00+00:00", "subscriptions": [chosen]}
        assert take(context, [person, other, over]).counts == {"added": 3}
        found = read_preferences(context, get_subscriber(context, LISTED).id)
        assert found.newsletters == (Choice("weekly", ("ai", "麹"), Rhythm.DAILY),)
        assert (found.timezone, found.hour, found.paused_until) == ("Europe/Paris", 7, None)
        ((*_, next_at),) = subscription(context, LISTED)
        assert str(next_at).startswith("2026-11-19T06:00")  # 7:00 in Paris
        assert read_preferences(context, get_subscriber(context, B).id).paused_until == pause
        assert read_preferences(context, get_subscriber(context, A).id).paused_until is None
        assert take(context, [person, other, over]).counts == {"unchanged": 3}
    site.write("1.md", "麹の話", tags=["麹"], date="2026-11-19")
    site.write("2.md", "別の話", tags=["味噌"], date="2026-11-19")
    site.clock.now = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
    run(site)
    assert (got(site, LISTED), got(site, A), got(site, B)) == (["麹の話"], ["麹の話"], [])


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_pause_goes_out_and_comes_in(site: Site, tmp_path: Path, form: str) -> None:
    pause = site.clock.now + timedelta(days=9)
    with site.open() as context:
        take(context, [{"email": LISTED, "paused_until": pause.isoformat()}, {"email": A}])
        path = tmp_path / f"out.{form}"
        path.write_text("".join(export_list(context, form)), encoding="utf-8")
    other = Site(tmp_path / "two")
    other.folder.mkdir()
    other.configure(CHOICES)
    with other.open() as context:
        import_list(context, ImportOrder(path))
        assert read_preferences(context, get_subscriber(context, LISTED).id).paused_until == pause
        assert read_preferences(context, get_subscriber(context, A).id).paused_until is None


@pytest.mark.parametrize("rhythm", ["hourly", "Daily", "schedule"])
def test_a_rhythm_that_is_none_is_told_with_its_row(site: Site, rhythm: str) -> None:
    with site.open() as context:
        report = take(context, [{"email": LISTED, "subscriptions": [{"newsletter": "weekly", "rhythm": rhythm}]}])
        assert [problem.message for problem in report.problems] == [
            f"'{rhythm}' is no rhythm; write each, daily, weekly, monthly"
        ]


def test_what_somebody_chose_is_in_what_they_are_told(site: Site) -> None:
    chosen = {"newsletter": "weekly", "topics": ["麹"], "rhythm": "monthly"}
    with site.open() as context:
        take(context, [{"email": LISTED, "timezone": "Europe/Paris", "hour": 7, "subscriptions": [chosen]}])
        told = export_data(get_person(context, LISTED))
        assert (told["timezone"], told["hour"], told["paused_until"]) == ("Europe/Paris", 7, None)
        subscriptions = told["subscriptions"]
        assert isinstance(subscriptions, list)
        assert [(one["topics"], one["rhythm"]) for one in subscriptions] == [(["麹"], "monthly")]


def test_who_is_forgotten_is_in_no_list_and_no_count(site: Site) -> None:
    with site.open() as context:
        take(context, [{"email": LISTED, "timezone": "Europe/Paris", "hour": 7}, {"email": A}])
        id_ = get_subscriber(context, LISTED).id
        with context.database.write() as connection:
            issue = add_issue(connection)
            connection.exec_driver_sql(
                "INSERT INTO deliveries (issue_id, subscriber_id, variant, state, due_at) VALUES (?, ?, 'ja', ?, ?)",
                (issue, id_, "accepted", "2026-11-19T00:00:00.000000Z"),
            )
        forget(context, LISTED)
        with context.database.read() as connection:
            query = "SELECT state, timezone, hour, paused_until FROM subscribers WHERE id = ?"
            row = connection.exec_driver_sql(query, (id_,)).one()
            assert tuple(row) == (SubscriberState.FORGOTTEN.value, "", None, None)
            assert subscribers.count_by_state(connection) == {"active": 1}
        for segment in (None, "not name contains x", "never bounced"):
            assert [person.email for person in iterate_subscribers(context, segment=segment)] == [A]
            for form in ("csv", "json", "mailchimp", "substack", "ghost", "buttondown", "listmonk"):
                text = "".join(export_list(context, form, None, segment))
                assert text.count("@reader.example") == 1
