"""Readers who join, leave and come back: what the verbs answer, what is mailed, and what is written down."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from publisher import tokens
from publisher.app.consent import Answer, Outcome, ask, confirm, find_confirmation
from publisher.app.context import Context
from publisher.app.importing import ImportOrder, import_list
from publisher.app.leaving import Departure, find_reader, undo_unsubscribe, unsubscribe, unsubscribe_address
from publisher.app.moving import ask_address_change, confirm_address_change
from publisher.app.noticing import deliver_notices
from publisher.app.people import add_subscriber, get_subscriber, remove_subscriber
from publisher.app.persondata import (
    export_data,
    forget,
    forget_reader,
    forget_what_is_over,
    get_person,
    get_person_by_id,
)
from publisher.app.preferences import change_preferences, read_preferences
from publisher.app.suppressing import add_suppression
from publisher.errors import UsageError
from publisher.model.consent import Circumstances, ConsentEvent, RequestKind
from publisher.model.subscriber import Subscriber, SubscriberState
from publisher.storage import deliveries, issues
from publisher.storage import subscribers as rows
from publisher.storage.schema import metadata
from publisher.subscribers.signup import SignUp
from tests.site import CONFIG, START, Site
from tests.storage.rows import add_issue, freeze_audience, start

WEB = CONFIG + "web: {url: https://letters.note.example}\n"
BY_BUTTON = Circumstances("button", network="198.51.100.7")
HANAKO = "hanako@reader.example"
S, E = SubscriberState, ConsentEvent


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.configure(WEB)
    return site


def sign_up(email: str = HANAKO, *newsletters: str, **more: Any) -> SignUp:
    values = {"page": "/subscribe", "wording": "登録する", "network": "198.51.100.7"} | more
    return SignUp(email, newsletters or ("weekly",), **values)


def send(context: Context, site: Site) -> list[EmailMessage]:
    """What the notices in the queue have become."""
    before = {path.name for path in (site.folder / "outbox" / "new").glob("*")}
    deliver_notices(context)
    names = sorted((site.folder / "outbox" / "new").glob("*"), key=lambda path: int(path.name.split(".")[0][7:]))
    new = [path.name for path in names if path.name not in before]
    by_name = dict(zip(sorted(before | set(new)), site.mails(), strict=True))
    return [by_name[name] for name in new]


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def token_in(mail: EmailMessage, path: str = "confirm") -> str:
    found = re.search(rf"^https://letters\.note\.example/{path}/([A-Za-z0-9_-]+)$", text_of(mail), re.MULTILINE)
    assert found, text_of(mail)
    return found[1]


def join(context: Context, site: Site, email: str = HANAKO, *newsletters: str) -> int:
    """Through the front door; returns the id."""
    assert ask(context, sign_up(email, *newsletters)).answer is Answer.TAKEN
    (mail,) = send(context, site)
    assert confirm(context, token_in(mail), BY_BUTTON).outcome is Outcome.DONE
    send(context, site)
    site.clock.advance(hours=25)
    return get_subscriber(context, email).id


def leave_token(context: Context, subscriber_id: int, newsletter: str = "weekly") -> str:
    return tokens.sign(context.key, tokens.UNSUBSCRIBE, subscriber_id, newsletter)


def events_of(context: Context, email: str = HANAKO) -> list[ConsentEvent]:
    return [entry.event for entry in get_person(context, email).log]


def test_who_asks_and_confirms_is_on_the_list_and_the_log_says_how(site: Site) -> None:
    with site.open() as context:
        assert ask(context, sign_up(name="山田 花子", language="en")).answer is Answer.TAKEN
        pending = get_subscriber(context, HANAKO)
        assert (pending.state, pending.newsletters, pending.name) == (S.PENDING, (), "")
        (mail,) = send(context, site)
        assert (mail["To"], mail["Content-Language"]) == ("山田 花子 <hanako@reader.example>", "en")
        assert "週刊試験ノート" in mail["Subject"]
        token = token_in(mail)
        assert find_confirmation(context, token).outcome is Outcome.DONE
        assert get_subscriber(context, HANAKO).state is S.PENDING, "looking changes nothing"
        done = confirm(context, token, BY_BUTTON)
        assert (done.outcome, done.newsletters) == (Outcome.DONE, ("weekly",))
        person = get_subscriber(context, HANAKO)
        assert (person.state, person.newsletters) == (S.ACTIVE, ("weekly",))
        assert (person.name, person.language) == ("山田 花子", "en")
        (welcome,) = send(context, site)
        assert "Welcome" in welcome["Subject"]
        assert token_in(welcome, "preferences") == tokens.sign(context.key, tokens.PREFERENCES, person.id, "weekly")
        log = get_person(context, HANAKO).log
    assert [(entry.event, entry.newsletters) for entry in log] == [(E.ASKED, ("weekly",)), (E.CONFIRMED, ("weekly",))]
    assert (log[0].circumstances.how, log[0].circumstances.page, log[0].circumstances.wording) == (
        "form",
        "/subscribe",
        "登録する",
    )
    assert re.fullmatch("[0-9a-f]{32}", log[0].circumstances.network), "a keyed hash"
    assert log[0].circumstances.network == log[1].circumstances.network


def test_the_answer_is_the_same_whoever_is_on_the_list(site: Site) -> None:
    with site.open() as context:
        join(context, site, "known@reader.example")
        join(context, site, "gone@reader.example")
        remove_subscriber(context, "gone@reader.example", [])
        with context.database.write() as connection:
            dead = rows.add(connection, Subscriber(0, "dead@reader.example", state=S.SUPPRESSED), START)
        for name in ("known", "gone", "dead", "new"):
            assert ask(context, sign_up(f"{name}@reader.example")) == ask(context, sign_up("other@reader.example"))
        mails = {str(mail["To"]): mail for mail in send(context, site)}
        assert get_person_by_id(context, dead) is not None
    assert set(mails) == {f"{name}@reader.example" for name in ("known", "gone", "new", "other")}, "not to dead@"
    assert "/confirm/" not in text_of(mails["known@reader.example"]), "who has it already is told so"


def test_confirming_twice_is_as_good_as_once_and_does_not_bring_back_who_left(site: Site) -> None:
    with site.open() as context:
        ask(context, sign_up())
        (mail,) = send(context, site)
        token = token_in(mail)
        confirm(context, token, BY_BUTTON)
        assert confirm(context, token, BY_BUTTON).outcome is Outcome.ALREADY
        person = get_subscriber(context, HANAKO)
        unsubscribe(context, leave_token(context, person.id), BY_BUTTON)
        assert confirm(context, token, BY_BUTTON).outcome is Outcome.ALREADY
        assert get_subscriber(context, HANAKO).state is S.UNSUBSCRIBED
        assert events_of(context) == [E.ASKED, E.CONFIRMED, E.LEFT]


def test_a_question_that_nobody_answers_is_over_after_a_week_and_leaves_nothing(site: Site) -> None:
    with site.open() as context:
        ask(context, sign_up())
        (mail,) = send(context, site)
        site.clock.advance(days=6, hours=23)
        assert forget_what_is_over(context) == 0
        site.clock.advance(hours=1)
        assert confirm(context, token_in(mail), BY_BUTTON).outcome is Outcome.EXPIRED
        assert forget_what_is_over(context) == 1
        assert find_confirmation(context, token_in(mail)).outcome is Outcome.EXPIRED
        with pytest.raises(UsageError, match="nobody has the address"):
            get_subscriber(context, HANAKO)
        assert HANAKO not in dump(context)


def test_a_made_up_token_confirms_nothing(site: Site) -> None:
    with site.open() as context:
        id_ = join(context, site)
        for token in ("", "x", "あ", leave_token(context, id_), "A" * 32):
            assert confirm(context, token, BY_BUTTON).outcome is Outcome.INVALID
            assert find_confirmation(context, token).outcome is Outcome.INVALID
            assert confirm_address_change(context, token, BY_BUTTON).outcome is Outcome.INVALID
        assert unsubscribe(context, "x", BY_BUTTON) is None
        assert undo_unsubscribe(context, "x", BY_BUTTON) is None
        assert unsubscribe(context, leave_token(context, 0), BY_BUTTON) is None, "that of a test"
        assert unsubscribe(context, leave_token(context, 999), BY_BUTTON) is None


def test_what_is_wrong_is_told_and_nothing_is_mailed(site: Site) -> None:
    with site.open() as context:
        wrong = [
            sign_up("hanako.reader.example"),
            sign_up("a@mailinator.com"),
            sign_up(name="a\nb"),
            sign_up(language="??"),
            SignUp(HANAKO, ("nothing",)),
            sign_up("a" * 1_000_000),
        ]
        replies = [ask(context, item) for item in wrong]
        assert all(reply.answer is Answer.REFUSED for reply in replies)
        codes = [[problem.code for problem in reply.problems] for reply in replies]
        assert codes == [["malformed"], ["disposable"], ["name"], ["language"], ["newsletter"], ["malformed"]]
        assert send(context, site) == []
    site.configure(WEB + "subscribers: {disposable: allow}\n")
    with site.open() as context:
        assert ask(context, sign_up("a@mailinator.com")).answer is Answer.TAKEN


def test_nobody_can_be_bombed_with_confirmations(site: Site) -> None:
    with site.open() as context:
        mailed = []
        for _minute in range(0, 24 * 60, 5):
            assert ask(context, sign_up()).answer is Answer.TAKEN, "whoever asks is not told"
            mailed += [context.clock() for _ in send(context, site)]
            site.clock.advance(minutes=5)
        assert len(mailed) == 3, "a day"
        assert mailed[1] - mailed[0] >= timedelta(minutes=10)
        site.clock.advance(days=1)
        ask(context, sign_up())
        assert len(send(context, site)) == 1


def test_one_network_asks_for_so_many_an_hour_and_no_more(site: Site) -> None:
    site.configure(WEB + "subscribers: {limits: {network_per_hour: 3, form_per_hour: 5}}\n")
    with site.open() as context:
        answers = [ask(context, sign_up(f"a{n}@reader.example", network=f"198.51.100.{n}")).answer for n in range(4)]
        assert answers == [Answer.TAKEN] * 3 + [Answer.BUSY]
        others = [ask(context, sign_up(f"b{n}@reader.example", network=f"2001:db8:{n}::1")).answer for n in range(3)]
        assert others == [Answer.TAKEN] * 2 + [Answer.BUSY], "the form has its own"
        assert ask(context, sign_up("c@reader.example", network="", page="/other")).answer is Answer.TAKEN
        site.clock.advance(minutes=61)
        assert ask(context, sign_up("d@reader.example")).answer is Answer.TAKEN
        assert len(send(context, site)) == 7
        with context.database.read() as connection:
            kept = connection.exec_driver_sql("SELECT hash FROM sign_up_attempts").scalars().all()
        assert all(re.fullmatch("[0-9a-f]{32}", hash_) for hash_ in kept)
        site.clock.advance(days=2)
        ask(context, sign_up("e@reader.example"))
        with context.database.read() as connection:
            count = connection.exec_driver_sql("SELECT count(*) FROM sign_up_attempts").scalar_one()
        assert count == 4, "of the last one alone: form, all forms, network, address"


def test_leaving_works_at_once_and_can_be_undone_for_a_week_with_nothing_missed(site: Site) -> None:
    with site.open() as context:
        id_ = join(context, site, HANAKO, "weekly", "new-article")
        before = subscription_rows(context)
        token = leave_token(context, id_)
        told = Circumstances("one-click", reason="多すぎる")
        left = unsubscribe(context, token, told)
        assert left is not None
        assert (left.newsletter, left.changed, left.person.newsletters) == ("weekly", ("weekly",), ("new-article",))
        assert unsubscribe(context, token, told) == Departure(left.person, "weekly", ()), "twice"
        undone = undo_unsubscribe(context, token, BY_BUTTON)
        assert undone is not None
        assert undone.changed == ("weekly",)
        assert subscription_rows(context) == before
        log = get_person(context, HANAKO).log
        assert [entry.event for entry in log][2:] == [E.LEFT, E.UNDONE]
        assert (log[2].circumstances.how, log[2].circumstances.reason) == ("one-click", "多すぎる")
        everything = unsubscribe(context, token, told, everything=True)
        assert everything is not None
        assert (everything.changed, everything.person.state) == (("new-article", "weekly"), S.UNSUBSCRIBED)
        back = undo_unsubscribe(context, token, BY_BUTTON)
        assert back is not None
        assert back.person.newsletters == ("new-article", "weekly"), "what ended together comes back together"
        unsubscribe(context, token, told)
        site.clock.advance(days=7)
        late = undo_unsubscribe(context, token, BY_BUTTON)
        assert late is not None
        assert late.changed == ()


def subscription_rows(context: Context) -> list[tuple[Any, ...]]:
    with context.database.read() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT * FROM subscriptions ORDER BY newsletter")]


def test_a_link_of_years_ago_works_whatever_became_of_key_and_newsletter(site: Site) -> None:
    with site.open() as context:
        id_ = join(context, site)
        token = leave_token(context, id_)
    rotated = WEB.replace("secret_key: a-key-for-tests", "secret_key: [the-new-key, a-key-for-tests]")
    site.configure(rotated.replace("  weekly:\n", "  renamed:\n"))
    site.clock.advance(days=5 * 365)
    with site.open() as context:
        assert context.key == b"the-new-key"
        found = find_reader(context, tokens.UNSUBSCRIBE, token)
        assert found is not None
        assert found[1] == "weekly"
        assert find_reader(context, tokens.PREFERENCES, token) is None
        left = unsubscribe(context, token, BY_BUTTON)
        assert left is not None
        assert left.person.state is S.UNSUBSCRIBED
    site.configure(WEB.replace("a-key-for-tests", "the-new-key"))
    with site.open() as context:
        assert unsubscribe(context, token, BY_BUTTON) is None


def test_a_mail_that_asks_to_leave_is_as_good_as_a_link(site: Site) -> None:
    with site.open() as context:
        join(context, site, HANAKO, "weekly", "new-article")
        left = unsubscribe_address(context, "Hanako@Reader.example", "weekly", Circumstances("mail"))
        assert left is not None
        assert left.changed == ("weekly",)
        left = unsubscribe_address(context, HANAKO, "", Circumstances("mail"))
        assert left is not None
        assert left.person.state is S.UNSUBSCRIBED
        assert unsubscribe_address(context, "nobody@reader.example", "", Circumstances("mail")) is None


def test_a_goodbye_and_a_welcome_are_mailed_where_they_are_wanted(site: Site) -> None:
    site.configure(WEB.replace("    burst: 3\n", "    burst: 3\n    welcome: false\n    goodbye: true\n"))
    with site.open() as context:
        ask(context, sign_up(HANAKO, "weekly", "new-article"))
        (mail,) = send(context, site)
        assert "週刊試験ノート / 試験ノート 新着" in mail["Subject"]
        confirm(context, token_in(mail), BY_BUTTON)
        (welcome,) = send(context, site)
        assert "週刊試験ノート" in welcome["Subject"]
        assert "新着" not in welcome["Subject"]
        id_ = get_subscriber(context, HANAKO).id
        unsubscribe(context, leave_token(context, id_), BY_BUTTON, everything=True)
        (goodbye,) = send(context, site)
        assert "試験ノート 新着" in goodbye["Subject"]
        assert "https://letters.note.example/subscribe" in text_of(goodbye).splitlines()


def test_a_notice_that_is_not_true_any_more_stays_at_home(site: Site) -> None:
    with site.open() as context:
        ask(context, sign_up())
        with context.database.write() as connection:
            rows.change(connection, get_subscriber(context, HANAKO).id, {"state": S.SUPPRESSED})
        report = deliver_notices(context)
        assert (report.skipped, report.accepted) == (1, 0)
        assert site.mails() == []


def test_an_address_changes_when_the_new_one_says_yes_and_the_old_one_hears_of_it(site: Site) -> None:
    new = "hanako@new.example"
    with site.open() as context:
        id_ = join(context, site)
        token = tokens.sign(context.key, tokens.PREFERENCES, id_, "weekly")
        assert ask_address_change(context, token, "nonsense", BY_BUTTON).answer is Answer.REFUSED
        assert ask_address_change(context, "x", new, BY_BUTTON).answer is Answer.REFUSED
        assert ask_address_change(context, token, new, BY_BUTTON).answer is Answer.TAKEN
        assert get_subscriber(context, HANAKO).id == id_, "nothing has changed yet"
        (mail,) = send(context, site)
        assert mail["To"] == new
        link = token_in(mail)
        found = find_confirmation(context, link)
        assert (found.outcome, found.kind) == (Outcome.DONE, RequestKind.MOVE)
        assert confirm(context, link, BY_BUTTON).outcome is Outcome.INVALID, "another purpose"
        done = confirm_address_change(context, link, BY_BUTTON)
        assert (done.outcome, done.person and done.person.email) == (Outcome.DONE, new)
        assert confirm_address_change(context, link, BY_BUTTON).outcome is Outcome.ALREADY
        person = get_subscriber(context, new)
        assert (person.id, person.newsletters) == (id_, ("weekly",))
        (notice,) = send(context, site)
        assert notice["To"] == HANAKO
        assert events_of(context, new)[-1] is E.MOVED


def test_a_reader_whose_address_is_dead_goes_on_at_another_one(site: Site) -> None:
    new = "hanako@new.example"
    with site.open() as context:
        id_ = join(context, site)
        token = tokens.sign(context.key, tokens.PREFERENCES, id_, "weekly")
        add_suppression(context, HANAKO, "mailbox is gone")
        assert ask_address_change(context, token, new, BY_BUTTON).answer is Answer.TAKEN
        (mail,) = send(context, site)
        assert mail["To"] == new
        assert confirm_address_change(context, token_in(mail), BY_BUTTON).outcome is Outcome.DONE
        person = get_subscriber(context, new)
        assert (person.id, person.state, person.newsletters) == (id_, S.ACTIVE, ("weekly",))
        assert events_of(context, new)[-2:] == [E.MOVED, E.LIFTED]
        assert send(context, site) == [], "nothing to the old one"
        with pytest.raises(UsageError, match="must not be written to"):
            add_subscriber(context, HANAKO, [])


def test_an_address_that_a_list_calls_dead_stays_so_when_its_reader_moves_or_is_forgotten(site: Site) -> None:
    people = site.folder / "people.csv"
    people.write_text(f"email,status\n{HANAKO},suppressed\ntaro@reader.example,suppressed\n", encoding="utf-8")
    with site.open() as context:
        id_ = join(context, site)
        assert import_list(context, ImportOrder(people)).counts == {"gone": 2}
        token = tokens.sign(context.key, tokens.PREFERENCES, id_, "weekly")
        ask_address_change(context, token, "hanako@new.example", BY_BUTTON)
        (mail,) = send(context, site)
        assert confirm_address_change(context, token_in(mail), BY_BUTTON).outcome is Outcome.DONE
        forget(context, "taro@reader.example", may_return=True)
        for dead in (HANAKO, "taro@reader.example"):
            with pytest.raises(UsageError, match="must not be written to"):
                add_subscriber(context, dead, [])


def test_who_comes_back_after_leaving_everything_has_no_pause(site: Site) -> None:
    with site.open() as context:
        id_ = join(context, site, HANAKO, "weekly", "new-article")
        pause = replace(read_preferences(context, id_), paused_until=site.clock() + timedelta(weeks=12))
        change_preferences(context, id_, pause)
        unsubscribe(context, leave_token(context, id_), BY_BUTTON)
        join(context, site, HANAKO, "weekly")
        assert read_preferences(context, id_).paused_until, "one more newsletter ends no pause"
        unsubscribe(context, leave_token(context, id_), BY_BUTTON, everything=True)
        undo_unsubscribe(context, leave_token(context, id_), BY_BUTTON)
        assert read_preferences(context, id_).paused_until, "as if nothing had been"
        unsubscribe(context, leave_token(context, id_), BY_BUTTON, everything=True)
        join(context, site)
        assert read_preferences(context, id_).paused_until is None


def test_an_address_that_somebody_else_has_is_not_taken_over(site: Site) -> None:
    with site.open() as context:
        id_ = join(context, site)
        token = tokens.sign(context.key, tokens.PREFERENCES, id_, "weekly")
        assert ask_address_change(context, token, "taken@reader.example", BY_BUTTON).answer is Answer.TAKEN
        (mail,) = send(context, site)
        add_subscriber(context, "taken@reader.example", [])
        assert confirm_address_change(context, token_in(mail), BY_BUTTON).outcome is Outcome.IN_USE
        assert get_subscriber(context, HANAKO).id == id_
        assert ask_address_change(context, token, HANAKO, BY_BUTTON).answer is Answer.TAKEN, "their own: nothing"
        assert send(context, site) == []


def test_who_is_forgotten_is_in_no_row_any_more_and_no_import_brings_them_back(site: Site) -> None:
    site.write("one.md", "一つ目")
    people = site.folder / "people.csv"
    people.write_text(f"email,name\n{HANAKO},山田 花子\n", encoding="utf-8")
    with site.open() as context:
        id_ = join(context, site)
        assert HANAKO in dump(context)
        assert forget(context, " Hanako@reader.example ").was_known
        assert HANAKO not in dump(context)
        assert get_person_by_id(context, id_) is None
        assert import_list(context, ImportOrder(people)).counts == {"left": 1}
        assert not forget(context, HANAKO).was_known, "twice is as good as once"
        assert not forget_reader(context, id_)
        join(context, site)
        assert get_subscriber(context, HANAKO).state is S.ACTIVE, "their own wish counts"
        forget(context, HANAKO)
        add_subscriber(context, HANAKO, [])
        forget(context, HANAKO, may_return=True)
        assert import_list(context, ImportOrder(people)).counts == {"added": 1}
        with pytest.raises(UsageError, match="not of the form"):
            forget(context, "hanako")


def dump(context: Context) -> str:
    """Every value of every table."""
    with context.database.read() as connection:
        return "\n".join(
            repr(tuple(row)) for table in metadata.sorted_tables for row in connection.execute(select(table))
        )


def test_the_ledger_keeps_its_numbers_and_forgets_the_person(site: Site) -> None:
    with site.open() as context:
        join(context, site)
        add_subscriber(context, "other@reader.example", ["weekly"])
        with context.database.write() as connection:
            issue_id = add_issue(connection)
            freeze_audience(connection, issue_id, "weekly", "ja", site.clock())
            held, other = deliveries.claim(
                connection, issue_id, "a", 2, now=site.clock(), lease_until=site.clock() + timedelta(minutes=20)
            )
        assert [item.newsletter for item in get_person(context, HANAKO).received] == ["weekly"]
        assert forget(context, HANAKO).was_known
        assert not forget(context, HANAKO).was_known
        with context.database.write() as connection:
            assert not start(connection, held, now=site.clock()), "not even what a sender has in its hands"
            assert start(connection, other, now=site.clock())
            issue = issues.get_issue(connection, issue_id)
            assert issue is not None
            assert issue.counts.suppressed == 1
            assert rows.count_by_state(connection) == {"active": 1}
            assert [person.email for person in rows.iterate(connection)] == ["other@reader.example"]
        assert HANAKO not in dump(context)


def test_all_that_is_held_of_somebody_can_be_told_as_json(site: Site) -> None:
    with site.open() as context:
        id_ = join(context, site)
        unsubscribe(context, leave_token(context, id_), BY_BUTTON)
        data = get_person(context, HANAKO)
        told = json.loads(json.dumps(export_data(data), default=str))
        assert export_data(data) == export_data(get_person_by_id(context, id_) or data)
    assert (told["email"], told["state"], told["newsletters"]) == (HANAKO, "unsubscribed", [])
    assert [entry["event"] for entry in told["log"]] == ["asked", "confirmed", "left"]
    assert [(item["kind"], item["state"]) for item in told["notices"]] == [
        ("confirm", "accepted"),
        ("welcome", "accepted"),
    ]
    assert told["subscriptions"][0]["newsletter"] == "weekly"


@pytest.mark.parametrize(("setting", "kept"), [("none", ""), ("plain", "198.51.100.7")])
def test_the_log_keeps_the_network_as_the_config_says(site: Site, setting: str, kept: str) -> None:
    site.configure(WEB + f"subscribers: {{network: {setting}}}\n")
    with site.open() as context:
        ask(context, sign_up())
        assert [entry.circumstances.network for entry in get_person(context, HANAKO).log] == [kept]


def test_what_the_operator_does_is_in_the_log_too(site: Site) -> None:
    people = site.folder / "people.csv"
    people.write_text("email\ntaro@reader.example\n", encoding="utf-8")
    with site.open() as context:
        add_subscriber(context, HANAKO, ["weekly"])
        add_subscriber(context, HANAKO, ["weekly"])
        remove_subscriber(context, HANAKO, [])
        assert events_of(context) == [E.ADDED, E.LEFT]
        import_list(context, ImportOrder(people))
        (entry,) = get_person(context, "taro@reader.example").log
    assert (entry.event, entry.circumstances.how) == (E.IMPORTED, "imported from people.csv")
