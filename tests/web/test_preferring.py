"""The reader's own page over real sockets: every choice, another address, their data, and deleting it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from publisher import tokens
from publisher.app.persondata import get_person
from publisher.app.preferences import read_preferences
from publisher.app.reading import scan
from publisher.app.suppressing import add_suppression
from publisher.model.consent import ConsentEvent
from publisher.model.preferences import Choice, Preferences, Rhythm
from publisher.model.subscriber import SubscriberState
from tests.site import Site
from tests.web.readers import HANAKO, HTML, find_link, link_to, mails_to, person, post, serve_readers
from tests.web.served import WEB, Served
from tests.web.unchanged import assert_database_unchanged

CONFIG = WEB.replace("web: {", "web: {url: 'https://letters.note.example', ").replace(
    "    title: 週刊試験ノート\n",
    "    title: 週刊試験ノート\n    description: 月曜の朝に。\n    rhythms: [daily, weekly]\n",
)
Fields = dict[str, str | list[str]]
SAVED: Fields = {"shown": ["weekly", "new-article"], "newsletter": ["weekly", "new-article"]}
PARTS = ("", "/data", "/data.json", "/delete")


@pytest.fixture
def served(site: Site) -> Iterator[Served]:
    site.configure(CONFIG)
    for number, tag in enumerate(("雪", "お茶", "苔")):
        site.write(f"{number}.md", f"記事{number}", tags=[tag])
    with serve_readers(site, CONFIG) as found:
        scan(found.context)
        yield found


@pytest.fixture
def path(served: Served) -> str:
    return link_to(served.context, tokens.PREFERENCES)


def chosen(served: Served) -> Preferences:
    return read_preferences(served.context, person(served.context).id)


def choice_of(served: Served, newsletter: str = "weekly") -> Choice:
    return next(one for one in chosen(served).newsletters if one.newsletter == newsletter)


def test_looking_at_it_changes_nothing(served: Served, path: str) -> None:
    with assert_database_unchanged(served.context):
        for part in PARTS:
            answer = served.get(path + part, **HTML)
            assert answer.status_code == 200, part
            assert served.ask("HEAD", path + part).status_code == 200, part
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert answer.headers["x-robots-tag"] == "noindex"
            assert "set-cookie" not in answer.headers
    page = served.get(path, **HTML).text
    assert "月曜の朝に。" in page
    assert page.count('name="newsletter"') == page.count('name="shown"') == 2
    assert 'value="佐藤 花子"' in page


def test_topics_rhythm_language_clock_and_name(served: Served, path: str) -> None:
    more: Fields = {
        "rhythm-weekly": "daily",
        "topic-weekly": ["雪", "苔"],
        "rhythm-new-article": "",
        "name": "花子",
        "language": "en",
        "timezone": "Europe/Berlin",
        "hour": "21",
    }
    answer = post(served, path, SAVED | more)
    assert answer.status_code == 200
    assert '<p class="notice" role="status">Saved.</p>' in answer.text
    now = chosen(served)
    assert (now.name, now.language, now.timezone, now.hour) == ("花子", "en", "Europe/Berlin", 21)
    assert choice_of(served) == Choice("weekly", ("苔", "雪"), Rhythm.DAILY)
    assert '<option value="21" selected>' in answer.text
    assert answer.text.count('name="topic-weekly" value="お茶">') == 1, "not ticked"
    with assert_database_unchanged(served.context):
        assert '<option value="daily" selected>' in served.get(path, **HTML).text
    post(served, path, SAVED | {"rhythm-weekly": "", "hour": "", "timezone": "", "topic-weekly": ["雪", "苔", "お茶"]})
    now = chosen(served)
    assert (now.hour, now.timezone, now.name) == (None, "", "花子"), "what was not sent stays"
    assert choice_of(served) == Choice("weekly"), "all topics, those to come too"


def test_languages_are_those_of_pages_and_of_articles(served: Served, path: str) -> None:
    served.site.write("de.md", "Über Moos", language="de")
    served.site.write("gb.md", "On moss", language="en-GB")
    scan(served.context)
    offered = re.findall(r'<option value="(\w[^"]*)" lang=', served.get(path, **HTML).text)
    assert offered == ["ja", "en", "de"], "British articles are for who reads English"
    post(served, path, SAVED | {"language": "de"})
    assert chosen(served).language == "de"


def test_newsletters_begin_and_end_at_once(served: Served, path: str) -> None:
    post(served, path, {"shown": ["weekly", "new-article"], "newsletter": ["weekly"]})
    assert person(served.context).newsletters == ("weekly",)
    post(served, path, {"shown": ["weekly"], "newsletter": ["weekly"]})
    assert person(served.context).newsletters == ("weekly",), "what was not shown stays"
    post(served, path, SAVED)
    assert person(served.context).newsletters == ("new-article", "weekly")
    log = [
        (entry.event, entry.newsletters, entry.circumstances.how) for entry in get_person(served.context, HANAKO).log
    ]
    assert log[1:] == [
        (ConsentEvent.LEFT, ("new-article",), "preferences"),
        (ConsentEvent.ASKED, ("new-article",), "preferences"),
        (ConsentEvent.CONFIRMED, ("new-article",), "preferences"),
    ]
    assert len(mails_to(served, HANAKO)) == 1, "a welcome"


def test_leaving_everything_and_coming_back(served: Served, path: str) -> None:
    post(served, path, {"shown": ["weekly", "new-article"]})
    assert person(served.context).state is SubscriberState.UNSUBSCRIBED
    assert " checked" not in served.get(path, **HTML).text
    post(served, path, SAVED)
    assert person(served.context).state is SubscriberState.ACTIVE
    assert person(served.context).newsletters == ("new-article", "weekly")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"name": "x" * 101}, "Shorten your name to 100"),
        ({"timezone": "Mars/Olympus"}, "cannot be chosen any more"),
        ({"language": "?!"}, "cannot be chosen any more"),
        ({"hour": "99"}, "cannot be chosen any more"),
        ({"rhythm-weekly": "monthly"}, "cannot be chosen any more"),
        ({"rhythm-weekly": "", "topic-weekly": ["nothing"]}, "cannot be chosen any more"),
    ],
)
def test_what_nobody_can_choose_changes_nothing(served: Served, path: str, more: Fields, says: str) -> None:
    with assert_database_unchanged(served.context):
        answer = post(served, path, SAVED | more)
    assert answer.status_code == 422
    assert says in answer.text


def test_a_pause_and_its_end(served: Served, path: str) -> None:
    answer = post(served, path + "/pause", {"weeks": "4"})
    assert chosen(served).paused_until == served.context.clock() + timedelta(weeks=4)
    assert "You pause until" in answer.text
    assert "17" in answer.text.partition("You pause until ")[2][:16]
    post(served, path + "/pause", {"weeks": "0"})
    assert chosen(served).paused_until is None
    post(served, path + "/pause", {"weeks": "5000000000"})
    assert chosen(served).paused_until is None


def test_another_address(served: Served, path: str) -> None:
    answer = post(served, path + "/address", {"email": "hana@new.example"})
    assert "A mail is on its way to hana@new.example." in answer.text
    assert answer.elapsed.total_seconds() >= 0.39
    link = find_link(mails_to(served, "hana@new.example")[0], "confirm")
    with assert_database_unchanged(served.context):
        assert "Yes, use this address" in served.get(link, **HTML).text
    assert person(served.context).email == HANAKO
    assert "Your newsletters come to hana@new.example." in post(served, link, {"act": "confirm"}).text
    assert person(served.context, "hana@new.example").newsletters == ("new-article", "weekly")
    assert len(mails_to(served, HANAKO)) == 1, "the old one is told"


def test_an_address_that_cannot_be(served: Served, path: str) -> None:
    with assert_database_unchanged(served.context):
        answer = post(served, path + "/address", {"email": "hana"})
    assert answer.status_code == 422
    assert '<a href="#email">Check your e-mail address' in answer.text


def test_all_that_is_kept_to_take_away(served: Served, path: str) -> None:
    assert HANAKO in served.get(path + "/data", **HTML).text
    answer = served.get(path + "/data.json")
    assert answer.headers["content-disposition"] == 'attachment; filename="my-data.json"'
    found = json.loads(answer.text)
    assert (found["email"], found["name"], len(found["log"])) == (HANAKO, "佐藤 花子", 1)


def test_deleting_takes_two_steps(served: Served, path: str) -> None:
    with assert_database_unchanged(served.context):
        assert post(served, path + "/delete", {"x": ""}).status_code == 422
    answer = post(served, path + "/delete", {"sure": "yes"})
    assert "Everything about you is deleted" in answer.text
    for part in PARTS:
        assert served.get(path + part, **HTML).status_code == 404
    assert post(served, path, SAVED).status_code == 404


@pytest.mark.parametrize("part", ["", "/pause", "/address", "/delete"])
@pytest.mark.parametrize("token", ["x", "A" * 34])
def test_a_link_that_is_not_ours(served: Served, token: str, part: str) -> None:
    with assert_database_unchanged(served.context):
        answer = post(served, f"/preferences/{token}{part}", SAVED | {"sure": "yes", "email": "a@new.example"})
    assert answer.status_code == 404
    assert "This link is not complete" in answer.text


def test_a_link_to_leave_opens_no_preferences(served: Served) -> None:
    token = link_to(served.context, tokens.UNSUBSCRIBE).rpartition("/")[2]
    assert served.get(f"/preferences/{token}", **HTML).status_code == 404


def test_a_reader_of_a_dead_address_is_told_and_can_enter_another(served: Served, path: str) -> None:
    add_suppression(served.context, HANAKO)
    page = served.get(path + "?lang=en", **HTML)
    assert "came back or was reported as spam" in page.text
    answer = post(served, path + "/address", {"email": "hanako@new.example"})
    assert answer.status_code == 200
    (mail,) = mails_to(served, "hanako@new.example")
    assert post(served, find_link(mail, "confirm"), {"x": ""}).status_code == 200
    assert "came back or was reported" not in served.get(path + "?lang=en", **HTML).text
    assert person(served.context, "hanako@new.example").state is SubscriberState.ACTIVE
