"""Lists go out, and come in again as they were."""

from __future__ import annotations

import csv
import stat
from pathlib import Path

import pytest

from publisher.app.context import Context
from publisher.app.exporting import export_list, open_output
from publisher.app.importing import ImportOrder, import_list
from publisher.app.people import add_subscriber, remove_subscriber
from publisher.errors import UsageError
from publisher.model.lists import ListEntry
from publisher.storage import exports
from tests.site import CONFIG, Site

PEOPLE = (
    "email,name,language,status,joined,left_at,newsletters,left,hour,timezone,tags,都市,note\n"
    'a@reader.example,"佐藤, 花子",ja,,2025-01-05,,weekly,,7,Asia/Tokyo,"AI, VIP",松本市,=1+1\n'
    "b@reader.example,Emma,en-GB,unsubscribed,2024-01-05 09:05:10,2025-02-03,weekly,,,,,,\n"
    "c@reader.example,次郎,,suppressed,2023-01-05,2025-03-03,weekly,,,,,,'''-x\n"
    "d@reader.example,,,pending,2025-06-05,,new-article,,,,,,\n"
    "e@reader.example,,,,2025-06-05,2025-07-05,new-article,weekly,,,,,@here\n"
    "f@reader.example,,,,2025-06-05,,,,,,,,\n"
)


def make_site(folder: Path) -> Site:
    folder.mkdir()
    made = Site(folder)
    made.configure(CONFIG)
    return made


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = make_site(tmp_path / "one")
    (made.folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    with made.open() as context:
        assert import_list(context, ImportOrder(made.folder / "people.csv")).counts["skipped"] == 0
    return made


def entries(context: Context) -> list[ListEntry]:
    with context.database.read() as connection:
        return list(exports.list_entries(connection))


def export(context: Context, form: str, path: Path) -> None:
    with open_output(path, form) as write:
        for line in export_list(context, form):
            write(line)


@pytest.mark.parametrize("form", ["csv", "json"])
def test_what_goes_out_comes_in_as_it_was(site: Site, tmp_path: Path, form: str) -> None:
    path = tmp_path / f"list.{form}"
    with site.open() as context:
        before = entries(context)
        export(context, form, path)
    with make_site(tmp_path / "two").open() as other:
        assert import_list(other, ImportOrder(path)).counts["skipped"] == 0
        assert entries(other) == before
        assert [entry.fields.get("note") for entry in before][:3] == ["=1+1", None, "''-x"]
        export(other, form, tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("form", ["mailchimp", "substack", "ghost", "buttondown", "listmonk"])
def test_lists_for_other_programs_keep_who_may_be_written_to_and_since_when(
    site: Site, tmp_path: Path, form: str
) -> None:
    path = tmp_path / "list.csv"
    with site.open() as context:
        before = {entry.email: entry for entry in entries(context)}
        export(context, form, path)
    with make_site(tmp_path / "two").open() as other:
        assert import_list(other, ImportOrder(path, ["weekly"])).counts["skipped"] == 0
        after = {entry.email: entry for entry in entries(other)}
    assert after.keys() == before.keys()
    for email, entry in after.items():
        assert entry.joined == before[email].joined
        if before[email].status.value == "active":
            assert entry.status.value == "active"
        if before[email].status.value in {"unsubscribed", "suppressed"}:
            assert entry.status.value in {"unsubscribed", "suppressed"}
    if form != "substack":
        assert after["a@reader.example"].fields["tags"] == "AI, VIP"
    assert after["a@reader.example"].name == "佐藤, 花子"


def test_only_those_of_a_newsletter_or_a_segment(site: Site) -> None:
    with site.open() as context:
        assert _addresses("".join(export_list(context, "csv", "weekly"))) == ["a", "b", "c", "e"]
        assert _addresses("".join(export_list(context, "csv", None, "status = active"))) == ["a", "e", "f"]
        assert _addresses("".join(export_list(context, "csv", "weekly", "hour = 7"))) == ["a"]


def _addresses(text: str) -> list[str]:
    return [row["email"].partition("@")[0] for row in csv.DictReader(text.splitlines())]


def test_nobody_is_a_list_too(tmp_path: Path) -> None:
    with make_site(tmp_path / "none").open() as context:
        assert "".join(export_list(context, "json")) == "[]\n"
        assert len("".join(export_list(context, "csv")).splitlines()) == 1


def test_a_list_is_for_its_owner_and_has_the_mark_for_excel(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    with site.open() as context:
        export(context, "csv", path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbfemail,name,")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [item.name for item in tmp_path.iterdir() if item.name.startswith(".publisher")] == []


def test_what_cannot_be_written_says_why_and_leaves_nothing(site: Site, tmp_path: Path) -> None:
    with site.open() as context:
        with pytest.raises(UsageError, match="'excel' is not known; write one of csv, json"):
            list(export_list(context, "excel"))
        with pytest.raises(UsageError, match="cannot be written"):
            export(context, "csv", tmp_path / "none" / "list.csv")
        with pytest.raises(UsageError, match="there is no newsletter"):
            list(export_list(context, "csv", "daily"))
    assert list(tmp_path.glob(".publisher*")) == []


def test_an_exported_list_takes_out_who_left_in_between(site: Site, tmp_path: Path) -> None:
    with site.open() as context:
        add_subscriber(context, "g@reader.example", ["weekly"])
        export(context, "json", tmp_path / "list.json")
        remove_subscriber(context, "a@reader.example", [])
        import_list(context, ImportOrder(tmp_path / "list.json"))
        states = {entry.email: entry.status.value for entry in entries(context)}
    assert (states["a@reader.example"], states["g@reader.example"]) == ("unsubscribed", "active")
