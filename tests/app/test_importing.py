"""Lists come in: nobody twice, nobody back who left, and again from where it was cut off."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from publisher.app import importing
from publisher.app.context import Context, Progress, Reporter
from publisher.app.importing import ImportOrder, ImportReport, import_list
from publisher.app.people import add_subscriber, get_subscriber, iterate_subscribers, remove_subscriber
from publisher.app.persondata import forget
from publisher.app.standing import is_barred
from publisher.app.suppressing import add_suppression
from publisher.errors import UsageError
from publisher.model.subscriber import Subscriber, SubscriberState
from publisher.storage import imports as rows
from publisher.storage import subscribers
from tests.site import Site

SAMPLES = Path(__file__).parent.parent / "subscribers" / "lists" / "samples"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.configure()
    return made


def take(context: Context, text: str | bytes | Path, **options: Any) -> ImportReport:
    path = text if isinstance(text, Path) else context.config.base / "people.csv"
    if not isinstance(text, Path):
        path.write_bytes(text.encode() if isinstance(text, str) else text)
    return import_list(context, ImportOrder(path, **options))


def everybody(context: Context) -> list[Subscriber]:
    return list(iterate_subscribers(context, None))


def test_an_international_address_is_added_once_however_it_is_written(site: Site) -> None:
    with site.open() as context:
        text = "email\n例え@例え.example\nJu\u0308rgen@reader.example\n"
        assert take(context, text, newsletters=["weekly"]).counts == {"added": 2}
        again = "email\n例え@xn--r8jz45g.example\nj\u00fcrgen@reader.example\n"
        assert take(context, again, newsletters=["weekly"]).counts == {"unchanged": 2}
        assert {person.email for person in everybody(context)} == {
            "例え@xn--r8jz45g.example",
            "J\u00fcrgen@reader.example",
        }


def test_people_are_added_once_with_the_day_they_agreed(site: Site) -> None:
    text = "email,name,登録日\na@reader.example,甲,2025-01-05\nb@reader.example,乙,\n"
    with site.open() as context:
        assert take(context, text, newsletters=["weekly"]).counts == {"added": 2}
        people = everybody(context)
        assert [(person.email, person.newsletters) for person in people] == [
            ("a@reader.example", ("weekly",)),
            ("b@reader.example", ("weekly",)),
        ]
        assert [person.created_at for person in people] == [datetime(2025, 1, 4, 15, tzinfo=UTC), site.clock.now]
        assert take(context, text, newsletters=["weekly"]).counts == {"unchanged": 2}
        assert everybody(context) == people


def test_what_differs_is_taken_over_and_an_empty_cell_says_nothing(site: Site) -> None:
    with site.open() as context:
        take(context, "email,name,city\na@reader.example,甲,松本市\nb@reader.example,乙,\n", newsletters=["weekly"])
        report = take(context, "email,name,city,hour\nA@reader.example,,長野市,7\nb@reader.example,,,\n")
        assert report.counts == {"updated": 2}  # they receive the other newsletter now too
        person = get_subscriber(context, "a@reader.example")
        assert (person.name, person.fields, person.newsletters) == ("甲", {"city": "長野市"}, ("new-article", "weekly"))


def test_who_left_stays_away(site: Site) -> None:
    with site.open() as context:
        add_subscriber(context, "all@reader.example", [])
        add_subscriber(context, "one@reader.example", [])
        remove_subscriber(context, "all@reader.example", [])
        remove_subscriber(context, "one@reader.example", ["weekly"])
        report = take(context, "email\nall@reader.example\none@reader.example\n")
        assert report.counts == {"left": 1, "unchanged": 1}
        assert [person.newsletters for person in everybody(context)] == [(), ("new-article",)]
        with context.database.read() as connection:
            assert not is_barred(context, connection, "one@reader.example")
        forget(context, "all@reader.example")
        assert take(context, "email\nALL@reader.example\nb@reader.example\n").counts == {"left": 1, "added": 1}
        with context.database.read() as connection:
            assert is_barred(context, connection, "ALL@reader.example")


def test_who_left_elsewhere_is_noted_so_that_no_list_brings_them_in(site: Site) -> None:
    with site.open() as context:
        gone = "email,status,left_at\na@reader.example,unsubscribed,2025-01-05\nb@reader.example,bounced,\n"
        assert take(context, gone).counts == {"gone": 2}
        assert take(context, "email\na@reader.example\nb@reader.example\n").counts == {"left": 2}
        assert [person.state for person in everybody(context)] == [
            SubscriberState.UNSUBSCRIBED,
            SubscriberState.SUPPRESSED,
        ]
        assert take(context, gone).counts == {"unchanged": 2}


def test_a_list_takes_out_who_is_here(site: Site) -> None:
    with site.open() as context:
        for name in ("a", "b", "c"):
            add_subscriber(context, f"{name}@reader.example", [])
        assert take(context, "email,status\na@reader.example,unsubscribed\n", newsletters=["weekly"]).counts == {
            "gone": 1
        }
        assert get_subscriber(context, "a@reader.example").newsletters == ("new-article",)
        assert take(context, "email,status\na@reader.example,left\nb@reader.example,complained\n").counts == {"gone": 2}
        assert [person.state.value for person in everybody(context)] == ["unsubscribed", "suppressed", "active"]


def test_who_joined_here_after_they_left_there_stays(site: Site) -> None:
    with site.open() as context:
        add_subscriber(context, "a@reader.example", [])
        report = take(context, "email,status,left_at\na@reader.example,unsubscribed,2020-01-05\n")
        assert report.counts == {"unchanged": 1}
        assert take(context, "email,status,left_at\na@reader.example,bounced,2020-01-05\n").counts == {"unchanged": 1}
        assert len(get_subscriber(context, "a@reader.example").newsletters) == 2


def test_who_has_not_confirmed_there_waits_here(site: Site) -> None:
    with site.open() as context:
        take(context, SAMPLES / "buttondown.csv", newsletters=["weekly"])
        assert get_subscriber(context, "saburo@reader.example").state is SubscriberState.PENDING
        with context.database.read() as connection:
            assert subscribers.count_receivers(connection, "weekly") == 2


def test_newsletters_of_the_list_are_followed_where_none_is_named(site: Site) -> None:
    text = 'email,newsletters,left\na@reader.example,"weekly, daily",new-article\nb@reader.example,,\n'
    with site.open() as context:
        report = take(context, text)
        assert (report.counts, report.unknown) == ({"added": 2}, {"daily"})
        assert [person.newsletters for person in everybody(context)] == [("weekly",), ()]
        take(context, "email\na@reader.example\n")
        assert get_subscriber(context, "a@reader.example").newsletters == ("weekly",)


def test_a_person_who_is_there_twice_is_one(site: Site) -> None:
    text = "email,name\na@reader.example,甲\nA@reader.example,乙\na@reader.example,乙\n"
    with site.open() as context:
        assert take(context, text).counts == {"added": 1, "updated": 1, "unchanged": 1}
        assert [person.name for person in everybody(context)] == ["乙"]


def test_a_dry_run_says_the_same_and_writes_nothing(site: Site) -> None:
    text = "email,name,status\n" + "".join(f"r{number}@reader.example,甲,\n" for number in range(5))
    text += "r1@reader.example,甲,\nnobody,,\nx@reader.example,,bounced\n"
    with site.open() as context:
        rehearsed = take(context, text, dry_run=True)
        assert everybody(context) == []
        assert rehearsed == take(context, text)
        assert take(context, text, dry_run=True) == take(context, text)


def test_a_report_names_every_row(site: Site) -> None:
    text = "email,name\na@reader.example,甲\nnobody,乙\ngone@reader.example,丙\n"
    with site.open() as context:
        add_subscriber(context, "gone@reader.example", [])
        remove_subscriber(context, "gone@reader.example", [])
        take(context, text, report=site.folder / "report.csv")
        with (site.folder / "report.csv").open(encoding="utf-8", newline="") as file:
            found = [(row["line"], row["address"], row["outcome"], row["reason"]) for row in csv.DictReader(file)]
        assert found == [
            ("2", "a@reader.example", "added", ""),
            ("3", "nobody", "skipped", "the address 'nobody' is not of the form name@domain"),
            ("4", "gone@reader.example", "left", "is unsubscribed here, and stays so"),
        ]
        with pytest.raises(UsageError, match="the report cannot be written"):
            take(context, text, report=site.folder / "none" / "report.csv")


class _Killed(BaseException):
    """As a process that ends in the middle: nothing in the code catches it."""


def _die_after(batches: int) -> Callable[..., None]:
    done = 0
    save = rows.save_progress

    def save_and_die(*arguments: Any) -> None:
        nonlocal done
        save(*arguments)  # within the transaction, which is lost with it
        done += 1
        if done > batches:
            raise _Killed

    return save_and_die


def _cut_off(context: Context, text: str, monkeypatch: pytest.MonkeyPatch, batches: int) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(rows, "save_progress", _die_after(batches))
        with pytest.raises(_Killed):
            take(context, text)


@pytest.mark.parametrize("batches", [0, 1, 3])
def test_cut_off_anywhere_it_goes_on_and_ends_the_same(
    site: Site, monkeypatch: pytest.MonkeyPatch, batches: int
) -> None:
    monkeypatch.setattr(importing, "_BATCH", 3)
    text = "email,name\n" + "".join(f"r{number}@reader.example,{number}\n" for number in range(10)) + "nobody,\n"
    with site.open() as context:
        _cut_off(context, text, monkeypatch, batches)
        assert len(everybody(context)) == 3 * batches
        report = take(context, text)
        assert (report.counts, report.resumed) == ({"added": 10, "skipped": 1}, 3 * batches)
        assert [person.name for person in everybody(context)] == [str(number) for number in range(10)]
        assert take(context, text).counts == {"unchanged": 10, "skipped": 1}


def test_another_file_or_another_order_begins_anew(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_BATCH", 1)
    text = "email\na@reader.example\nb@reader.example\n"
    with site.open() as context:
        _cut_off(context, text, monkeypatch, 1)
        assert take(context, text, newsletters=["weekly"]).resumed == 0
        assert take(context, text + "c@reader.example\n").resumed == 0
        assert take(context, text).resumed == 1


def test_the_zip_of_mailchimp_is_read_whole(site: Site) -> None:
    path = site.folder / "audience.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for kind in ("subscribed", "unsubscribed", "cleaned"):
            archive.write(SAMPLES / f"mailchimp-{kind}.csv", f"export/{kind}_email_audience_export_1a2b.csv")
        archive.writestr("export/nonsubscribed_email_audience_export_1a2b.csv", "Email Address\nx@reader.example\n")
    with site.open() as context:
        report = take(context, path)
        assert report.counts == {"added": 2, "gone": 2}
        assert report.left_out == ("export/nonsubscribed_email_audience_export_1a2b.csv",)
        assert {person.email: person.state.value for person in everybody(context)} == {
            "saburo@reader.example": "suppressed",
            "jiro@reader.example": "unsubscribed",
            "hanako@reader.example": "active",
            "emma@reader.example": "active",
        }


@pytest.mark.parametrize("name", ["substack", "ghost", "buttondown", "listmonk"])
def test_exports_of_other_programs_are_read(site: Site, name: str) -> None:
    with site.open() as context:
        report = take(context, SAMPLES / f"{name}.csv")
        assert report.counts["added"] >= 1
        assert report.counts["gone"] >= 1
        assert get_subscriber(context, "jiro@reader.example").state is SubscriberState.UNSUBSCRIBED


def test_shift_jis_and_utf_16_are_read(site: Site) -> None:
    text = "メールアドレス,氏名\r\na@reader.example,髙橋\r\n"
    with site.open() as context:
        assert take(context, text.encode("cp932")).counts == {"added": 1}
        assert take(context, text.encode("utf-16")).counts == {"unchanged": 1}
        assert take(context, text.encode("euc_jp", "replace"), encoding="euc_jp").counts["updated"] == 1


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        (b"email\nandr\xe9,\n", {}, "neither UTF-8, UTF-16 nor Shift_JIS text"),
        (b"email\nandr\xe9\n", {"encoding": "utf-8"}, "is not utf-8 text; leave --encoding out"),
        (b"email\n", {"encoding": "klingon"}, "'klingon' is not known"),
        (b"email\n", {"form": "excel"}, "'excel' is not known; write one of csv, json, mailchimp"),
        (b"email\n", {"columns": {"mail": "x"}}, "'mail' cannot be mapped"),
        (b"email\n", {"newsletters": ["daily"]}, "there is no newsletter 'daily'"),
        (b"PK\x05\x06" + b"\0" * 18, {}, "has no files subscribed"),
    ],
)
def test_what_cannot_be_read_says_why(site: Site, content: bytes, options: dict[str, Any], message: str) -> None:
    with site.open() as context, pytest.raises(UsageError, match=message):
        take(context, content, **options)


def test_a_zip_that_is_broken_or_locked_says_so(site: Site) -> None:
    path = site.folder / "audience.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("subscribed.csv", "email\n" + "a@reader.example\n" * 1000)
    content = bytearray(path.read_bytes())
    content[50:60] = b"\xff" * 10
    path.write_bytes(content)
    with site.open() as context, pytest.raises(UsageError, match="is a ZIP that cannot be unpacked"):
        take(context, path)


class _Listener(Reporter):
    def __init__(self) -> None:
        self.total = self.heard = 0

    @contextmanager
    def bar(self, title: str, total: int) -> Iterator[Progress]:
        assert title == "Importing"
        self.total = total
        yield self._advance

    def _advance(self, done: int) -> None:
        self.heard += done


def test_the_bar_hears_of_all_that_was_read(site: Site) -> None:
    listener = _Listener()
    with site.open() as context:
        context.reporter = listener
        take(context, "email\n" + "a@reader.example\n" * 100)
    assert listener.total == listener.heard > 0


@pytest.mark.parametrize("dry_run", [True, False])
def test_an_address_that_must_not_be_written_to_is_not_brought_in(site: Site, *, dry_run: bool) -> None:
    with site.open() as context:
        add_suppression(context, "a@reader.example")
        add_subscriber(context, "b@reader.example", ["weekly"])
        add_suppression(context, "b@reader.example")
        report = take(context, "email\nA@Reader.example\nb@reader.example\nc@reader.example\n", dry_run=dry_run)
        assert report.counts == {"left": 2, "added": 1}
        known = {person.email: person.state for person in everybody(context)}
        expected = {"b@reader.example": SubscriberState.SUPPRESSED}
        assert known == expected | ({} if dry_run else {"c@reader.example": SubscriberState.ACTIVE})
