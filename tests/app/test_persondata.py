"""All that is held of somebody: every table that has anything of a person is told, and lets go of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, Table, select

from publisher import tokens
from publisher.app.consent import Answer, ask
from publisher.app.context import Context
from publisher.app.importing import ImportOrder, import_list
from publisher.app.moving import ask_address_change, confirm_address_change
from publisher.app.people import add_subscriber
from publisher.app.persondata import export_data, forget, get_person
from publisher.app.suppressing import add_suppression, find_suppression, iterate_suppressions, remove_suppression
from publisher.errors import UsageError
from publisher.model.bounce import Bounce, BounceKind
from publisher.model.suppression import Suppression, SuppressionReason
from publisher.storage import bounces, suppressions
from publisher.storage.schema import metadata
from tests.app.test_consent import BY_BUTTON, HANAKO, WEB, dump, join, send, sign_up, token_in
from tests.site import Site
from tests.storage.rows import add_issue, freeze_audience

NAME, WORDS = "山田 花子", "550 5.2.2 <hanako@reader.example>: mailbox full"
MOVED = "hanako@new.example"
# By what columns a row is somebody's; a test finds every table that has one of them.
_OWNED_BY = ("subscriber_id", "email_key", "hash")
# Keys, and the notes of whoever sends; they say nothing about a person that another column does not.
_BOOKKEEPING = {
    "id", "subscriber_id", "email_key", "hash", "key", "owner", "epoch", "lease_until", "due_at", "variant",
    "request_id", "source_id",
}  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.configure(WEB)
    return site


@pytest.fixture
def context(site: Site) -> Iterator[Context]:
    """With somebody of whom every table has something, but that of who was forgotten."""
    with site.open() as context:
        id_ = join(context, site, HANAKO, "weekly")
        token = tokens.sign(context.key, tokens.PREFERENCES, id_, "weekly")
        assert ask_address_change(context, token, MOVED, BY_BUTTON).answer is Answer.TAKEN
        assert ask(context, sign_up()).answer is Answer.TAKEN
        with context.database.write() as connection:
            issue_id = add_issue(connection)
            freeze_audience(connection, issue_id, "weekly", "ja", site.clock())
            connection.exec_driver_sql(
                "UPDATE deliveries SET state = 'bounced', attempts = 1, message_id = 'x@note.example', reply = ?",
                (WORDS,),
            )
            connection.exec_driver_sql(
                "INSERT INTO attempts VALUES (?, ?, 1, ?, 'mx.reader.example', 452, '4.2.2', ?, 'deferred')",
                (issue_id, id_, "2026-11-19T03:00:00.000000Z", WORDS),
            )
            connection.exec_driver_sql(
                "UPDATE subscribers SET name = ?, language = 'ja', hour = 7, timezone = 'Asia/Tokyo', fields = ?",
                (NAME, json.dumps({"city": "京都"})),
            )
            connection.exec_driver_sql("UPDATE subscriptions SET topics = '雪', rhythm = 'daily'")
            bounce = Bounce(BounceKind.SOFT, "mail:1:0", code="5.2.2", text=WORDS)
            bounces.note(connection, bounce, (issue_id, id_), site.clock())
            suppressions.add(connection, [Suppression(HANAKO, SuppressionReason.HARD, site.clock(), WORDS)])
        yield context


def tables_of_people() -> list[Table]:
    return [table for table in metadata.sorted_tables if set(table.columns.keys()) & {*_OWNED_BY, "email"}]


def rows_of_all(context: Context, table: Table) -> list[Row[Any]]:
    with context.database.read() as connection:
        return list(connection.execute(select(table)))


def leaves(value: object) -> Iterator[str]:
    """What a document of JSON says, value by value."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from leaves(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from leaves(item)
    elif value is not None:
        yield value.isoformat() if isinstance(value, datetime) else str(value)


def test_every_table_that_has_something_of_a_person_is_known_here() -> None:
    assert {table.name for table in tables_of_people()} == {
        "attempts",
        "bounces",
        "consents",
        "deliveries",
        "forgotten",
        "notices",
        "requests",
        "sign_up_attempts",
        "subscribers",
        "subscriptions",
        "suppressions",
    }, "a new table of people belongs in persondata.export_data and persons.erase_person, and then here"


def test_all_of_it_is_told(context: Context) -> None:
    told = set(leaves(export_data(get_person(context, HANAKO))))
    for table in tables_of_people():
        rows = rows_of_all(context, table)
        assert rows or table.name == "forgotten", f"{table.name} proves nothing"
        for row in rows:
            if row in rows_of_others(context, table):
                continue
            for name, value in row._mapping.items():
                if name not in _BOOKKEEPING and value not in (None, "", 0):
                    assert set(leaves(value)) <= told, f"{table.name}.{name}: {value!r}"


def rows_of_others(context: Context, table: Table) -> list[Row[Any]]:
    """Sign-ups are counted by network and form, too, which are nobody's."""
    if table.name != "sign_up_attempts":
        return []
    own = tokens.keyed_hash(context.key, "sign-up address", HANAKO)
    return [row for row in rows_of_all(context, table) if row.hash != own]


def test_what_they_may_ask_for_is_a_document_of_json(context: Context) -> None:
    told = json.loads(json.dumps(export_data(get_person(context, HANAKO)), default=str))
    assert told["suppression"]["reason"] == "hard"
    assert [(one["kind"], one["code"], one["text"]) for one in told["reports"]] == [("soft", "5.2.2", WORDS)]
    assert told["issues"][0]["tries"][0]["server"] == "mx.reader.example"
    assert [one["email"] for one in told["requests"]] == [HANAKO, MOVED]
    assert told["requests"][0]["done_at"], "what was confirmed is told as long as it is kept"
    assert len(told["sign_ups"]) == 1


def test_all_of_it_is_let_go(context: Context) -> None:
    assert forget(context, HANAKO).was_known
    held = dump(context)
    for secret in (HANAKO, MOVED, "hanako", NAME, "京都", "雪", "mailbox full", "x@note.example"):
        assert secret not in held, secret
    for name in ("bounces", "consents", "notices", "requests", "subscriptions"):
        rows = rows_of_all(context, metadata.tables[name])
        assert [row for row in rows if row.subscriber_id is not None] == [], name


def test_what_others_have_of_the_address_is_let_go_too(site: Site) -> None:
    with site.open() as context:
        other = join(context, site, "other@reader.example")
        token = tokens.sign(context.key, tokens.PREFERENCES, other, "weekly")
        assert ask_address_change(context, token, "Hanako@Reader.example", BY_BUTTON).answer is Answer.TAKEN
        (mail,) = send(context, site)
        with context.database.write() as connection:
            bounces.note(connection, Bounce(BounceKind.HARD, "hook:1", text=WORDS), (None, None), site.clock())
        assert "hanako@reader.example" in dump(context).lower()
        forget(context, HANAKO)
        assert "hanako" not in dump(context).lower()
        assert confirm_address_change(context, token_in(mail), BY_BUTTON).outcome == "expired"
        assert get_person(context, "other@reader.example").person.id == other


def test_nobody_writes_to_who_was_forgotten_and_must_not_be_written_to(context: Context, site: Site) -> None:
    people = site.folder / "people.csv"
    people.write_text(f"email\n{HANAKO}\nother@reader.example\n", encoding="utf-8")
    forget(context, HANAKO, may_return=True)
    assert list(iterate_suppressions(context)) == []
    with pytest.raises(UsageError, match="must not be written to since 2026-11-20"):
        get_person(context, HANAKO)
    with pytest.raises(UsageError, match="it is suppressed"):
        add_subscriber(context, HANAKO, ["weekly"])
    assert import_list(context, ImportOrder(people)).counts == {"left": 1, "added": 1}
    site.clock.advance(days=1)
    assert ask(context, sign_up()).answer is Answer.TAKEN, "whoever asks learns nothing"
    assert send(context, site) == []
    assert not forget(context, "nobody@reader.example").was_known
    assert remove_suppression(context, HANAKO) is None
    with pytest.raises(UsageError, match="is not suppressed"):
        remove_suppression(context, HANAKO)
    assert add_subscriber(context, HANAKO, ["weekly"]).newsletters == ("weekly",)


def test_somebody_on_the_list_alone_can_be_forgotten_too(site: Site) -> None:
    with site.open() as context:
        add_suppression(context, HANAKO, "asked by telephone")
        with pytest.raises(UsageError, match=r"\(manual, asked by telephone\)"):
            get_person(context, HANAKO)
        assert forget(context, HANAKO).was_known
        assert HANAKO not in dump(context)
        with context.database.read() as connection:
            found = find_suppression(context, connection, "Hanako@Reader.example")
        assert found == Suppression("", SuppressionReason.MANUAL, datetime(2026, 11, 19, 3, tzinfo=UTC))
        add_suppression(context, HANAKO)  # and once more, by its address
        assert remove_suppression(context, HANAKO) is None
        assert add_subscriber(context, HANAKO, ["weekly"]).newsletters == ("weekly",)


def test_a_new_address_that_must_not_be_written_to_by_now_is_not_taken(context: Context, site: Site) -> None:
    token = token_in(send(context, site)[0])
    add_suppression(context, MOVED)
    forget(context, MOVED)
    assert confirm_address_change(context, token, BY_BUTTON).outcome == "expired"
    assert get_person(context, HANAKO).person.email == HANAKO
