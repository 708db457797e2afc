"""What newsletters have dealt with, read from a database that is left as it is."""

from __future__ import annotations

from publisher.app.issuing import create_due_issues
from publisher.app.people import add_subscriber
from publisher.app.reading import scan
from publisher.storage.peek import Standing, peek_standing
from tests.site import Site


def test_without_a_database_nothing_is_known_and_none_is_made(site: Site) -> None:
    path = site.folder / "publisher.db"
    assert peek_standing(path) == Standing()
    assert not path.exists()
    path.write_bytes(b"no database at all, but longer than a header of one " * 20)
    assert peek_standing(path) == Standing()


def test_what_was_sent_and_what_is_history(site: Site) -> None:
    site.write("old.md", "昔の記事", date="2026-11-10")
    with site.open() as context:
        scan(context)
        add_subscriber(context, "a@reader.example", [])
        before = peek_standing(context.database.path)
        assert {path: number for path, (_, number, _) in before.articles.items()} == {"old.md": 1}
        assert before.passed == {"weekly": 1, "new-article": 1}
        assert set(before.sent.values()) == {frozenset()}
        site.write("new.md", "新しい記事")
        create_due_issues(context, scan(context).articles)
        after = peek_standing(context.database.path)
    identity, number, seen_at = after.articles["new.md"]
    assert number == 2
    assert after.sent["new-article"] == frozenset({identity})
    assert seen_at is not None
    assert seen_at.startswith("2026-11-19T03:00:00")
    assert after.sent["weekly"] == frozenset()
    content = (site.folder / "publisher.db").read_bytes()
    assert peek_standing(site.folder / "publisher.db") == after
    assert (site.folder / "publisher.db").read_bytes() == content
