"""From requests to the numbers of `status`."""

from __future__ import annotations

from datetime import timedelta

import pytest

from publisher.app.readers import get_readers
from publisher.config.values import Listen
from publisher.web.server import serving
from tests.site import CONFIG, Site
from tests.web.served import Served, serve


def ask(served: Served, agent: str, client: str, path: str = "/rss.xml", method: str = "GET") -> None:
    served.ask(method, path, User_Agent=agent, X_Forwarded_For=client)


def test_readers_are_counted_and_stored_at_the_end(site: Site) -> None:
    site.write("a.md", "題", tags=["麹"])
    with serve(site) as served:
        for number in range(5):
            ask(served, "Reader/1.0", f"192.0.2.{number}")
            ask(served, "Reader/1.0", f"192.0.2.{number}")
        ask(served, "Feedly/1.0 (x; 123 subscribers)", "198.51.100.1")
        ask(served, "Feedbin feed-id:1 - 12 subscribers", "198.51.100.2")
        ask(served, "Reader/1.0", "192.0.2.1", "/tags/%E9%BA%B9/atom.xml")
        for path in ("/feeds.opml", "/health", "/nowhere"):
            ask(served, "Reader/1.0", "192.0.2.99", path)
        ask(served, "Reader/1.0", "192.0.2.98", method="HEAD")
        assert served.get("/rss.xml", If_None_Match=served.get("/rss.xml").headers["etag"]).status_code == 304
    with site.open() as context:
        found = get_readers(context)
    assert list(found) == ["rss.xml", "tags/麹/atom.xml"]
    assert found["rss.xml"].by == {"Feedly": 123, "Feedbin": 12}
    assert found["rss.xml"].subscribers == 135
    assert found["rss.xml"].clients == 6  # five, and the one without an agent
    assert found["tags/麹/atom.xml"].clients == 1
    site.clock.advance(days=8)
    with site.open() as context:
        assert get_readers(context) == {}


def test_who_forwards_is_believed_only_when_trusted(site: Site) -> None:
    with serve(site, CONFIG + "web: {listen: '127.0.0.1:0'}\n") as served:
        for number in range(5):
            ask(served, "Reader/1.0", f"192.0.2.{number}")
    with site.open() as context:
        assert get_readers(context)["rss.xml"].clients == 1


def test_a_database_that_cannot_be_written_ends_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.configure()
    complaints: list[str] = []

    class Log:
        def warning(self, event: str, reason: str) -> None:
            complaints.append(f"{event}: {reason}")

    monkeypatch.setattr("publisher.web.server.get_log", Log)
    with serve(site) as served:
        served.get("/rss.xml")
        with served.context.database.write() as connection:
            connection.exec_driver_sql("DROP TABLE readers")
    assert len(complaints) == 1
    assert "no such table" in complaints[0]


def test_counts_are_stored_while_it_runs(site: Site) -> None:
    site.write("a.md", "題")
    with (
        serve(site) as served,
        serving(served.context, Listen("127.0.0.1", 0), flush_every=timedelta(milliseconds=20)) as address,
    ):
        while not get_readers(served.context):
            served.client.get(address + "rss.xml")
