"""What a list does to somebody's consent is what the rules of consent decide, and stands in their log."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.app.consent import ask
from publisher.app.context import Context
from publisher.app.importing import ImportOrder, ImportReport, import_list
from publisher.app.people import add_subscriber, get_subscriber, iterate_subscribers, remove_subscriber
from publisher.app.persondata import forget, get_person
from publisher.app.standing import load_standing
from publisher.model.consent import ConsentEvent
from publisher.model.subscriber import Subscriber, SubscriberState
from publisher.storage import consents, subscribers
from publisher.subscribers.consent import Standing, decide
from publisher.subscribers.signup import SignUp
from tests.site import Site

HANAKO = "hanako@reader.example"
NEWSLETTERS = ("weekly", "new-article")
S, E = SubscriberState, ConsentEvent

BEFORE = {
    "nobody": (),
    "asked": ("ask weekly",),
    "asked for both": ("ask weekly", "ask new-article"),
    "waits by a list": ("list pending weekly",),
    "active": ("add weekly",),
    "active in both": ("add weekly", "add new-article"),
    "left one": ("add weekly", "add new-article", "remove weekly"),
    "active and asked": ("add weekly", "ask new-article"),
    "unsubscribed": ("add weekly", "remove weekly"),
    "unsubscribed and asked": ("add weekly", "remove weekly", "ask new-article"),
    "suppressed": ("add weekly", "list suppressed weekly"),
    "forgotten": ("add weekly", "forget"),
}
EVENTS = {"active": E.IMPORTED, "unsubscribed": E.LEFT, "suppressed": E.BOUNCED}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.configure()
    return made


def take(context: Context, text: str, newsletters: Iterable[str] = ()) -> ImportReport:
    path = context.config.base / "people.csv"
    path.write_text(text, encoding="utf-8")
    return import_list(context, ImportOrder(path, tuple(newsletters)))


def do(context: Context, site: Site, words: str) -> None:
    verb, *rest = words.split()
    match verb:
        case "ask":
            ask(context, SignUp(HANAKO, (rest[0],), page="/subscribe", wording="登録する", network="198.51.100.7"))
        case "add":
            add_subscriber(context, HANAKO, rest)
        case "remove":
            remove_subscriber(context, HANAKO, rest)
        case "list":
            take(context, f"email,status\n{HANAKO},{rest[0]}\n", rest[1:])
        case "forget":
            forget(context, HANAKO)
    site.clock.advance(hours=25)  # nobody is asked too often


def standing_of(context: Context) -> Standing:
    nobody = Subscriber(id=0, email=HANAKO, state=S.PENDING)
    with context.database.read() as connection:
        found = subscribers.find_by_email(connection, HANAKO)
        standing = load_standing(context, connection, found or nobody)
    return standing if found else replace(standing, state=None)


@pytest.mark.parametrize("newsletters", [("weekly",), ("new-article",), NEWSLETTERS])
@pytest.mark.parametrize("status", EVENTS)
@pytest.mark.parametrize("before", BEFORE)
def test_a_list_does_what_the_rules_of_consent_decide(
    site: Site, before: str, status: str, newsletters: tuple[str, ...]
) -> None:
    with site.open() as context:
        for words in BEFORE[before]:
            do(context, site, words)
        expected = decide(standing_of(context), EVENTS[status], newsletters)
        for _ in range(2):  # the second time changes nothing
            take(context, f"email,status\n{HANAKO},{status}\n", newsletters)
            after = standing_of(context)
            assert [after.gets(name) for name in NEWSLETTERS] == [expected.gets(name) for name in NEWSLETTERS]
            assert after.asked == expected.asked
            # Of people who are not here the rules know nothing; a list that calls them gone is remembered.
            assert after.state is expected.state or (expected.state is None and not after.receives)


@pytest.mark.parametrize("before", BEFORE)
def test_who_was_asked_and_has_not_said_yes_gets_nothing_more_by_a_list(site: Site, before: str) -> None:
    with site.open() as context:
        for words in BEFORE[before]:
            do(context, site, words)
        gets = [standing_of(context).gets(name) for name in NEWSLETTERS]
        take(context, f"email,status\n{HANAKO},pending\n")
        assert [standing_of(context).gets(name) for name in NEWSLETTERS] == gets


def events_of(context: Context, email: str = HANAKO) -> list[tuple[ConsentEvent, tuple[str, ...], str]]:
    return [(one.event, one.newsletters, one.circumstances.how) for one in get_person(context, email).log]


def test_each_change_is_in_the_log_of_its_person(site: Site) -> None:
    how = "imported from people.csv"
    with site.open() as context:
        text = "email,status\na@reader.example,\nb@reader.example,unsubscribed\nc@reader.example,bounced\n"
        take(context, text + f"d@reader.example,pending\n{HANAKO},\n", ["weekly"])
        assert events_of(context) == [(E.IMPORTED, ("weekly",), how)]
        assert events_of(context, "b@reader.example") == [(E.LEFT, ("weekly",), how)]
        assert events_of(context, "c@reader.example") == [(E.BOUNCED, ("weekly",), how)]
        assert events_of(context, "d@reader.example") == [(E.IMPORTED, (), how)]
        take(context, f"email,name\n{HANAKO},花子\n", NEWSLETTERS)
        take(context, f"email,name\n{HANAKO},山田 花子\n", NEWSLETTERS)  # a name is no consent
        take(context, f"email,status\n{HANAKO},unsubscribed\n", ["weekly"])
        assert events_of(context)[1:] == [(E.IMPORTED, ("new-article",), how), (E.LEFT, ("weekly",), how)]


def test_who_is_on_a_list_need_not_answer_any_more(site: Site) -> None:
    with site.open() as context:
        do(context, site, "ask weekly")
        assert take(context, f"email,name\n{HANAKO},花子\n", ["weekly"]).counts == {"updated": 1}
        person = get_subscriber(context, HANAKO)
        assert (person.state, person.name, person.newsletters) == (S.ACTIVE, "花子", ("weekly",))
        with context.database.read() as connection:
            assert consents.open_requests(connection, person.id, site.clock()) == []
        assert [event for event, _, _ in events_of(context)] == [E.ASKED, E.IMPORTED]


def test_the_forgotten_are_known_again_among_thousands_whatever_key_it_was(site: Site) -> None:
    addresses = [f"reader{number}@reader.example" for number in range(2500)]
    with site.open() as context:
        take(context, "email\n" + "\n".join(addresses) + "\n")
        forget(context, addresses[7])
    text = site.config.read_text(encoding="utf-8")
    site.configure(text.replace("secret_key: a-key-for-tests", "secret_key: [another-key-for-tests, a-key-for-tests]"))
    with site.open() as context:
        forget(context, addresses[2400])
        report = take(context, "email,name\n" + "\n".join(f"{one.upper()},花子" for one in addresses) + "\n")
        assert report.counts == {"updated": 2498, "left": 2}
        assert len(list(iterate_subscribers(context))) == 2498
