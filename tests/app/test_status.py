"""Where things stand while an issue goes out."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from publisher.app.context import Context
from publisher.app.ledger import pause
from publisher.app.operating import get_status
from publisher.cli.main import make_program
from publisher.model.delivery import DeliveryState
from publisher.storage import deliveries
from publisher.storage.deliveries import Settlement
from tests.site import START, Site
from tests.storage.rows import claim, freeze, start


def send_some(context: Context, number: int, *, every: timedelta) -> int:
    """An issue for 400 readers of which so many were accepted, the last one just now; returns its id."""
    now = context.clock()
    with context.database.write() as connection:
        issue_id = freeze(connection, 400)
        items = claim(connection, issue_id, limit=number, now=now)
        for back, item in enumerate(items):
            start(connection, item, now)
            deliveries.settle(connection, Settlement(item, DeliveryState.ACCEPTED, now - back * every, 250, "ok"))
    return issue_id


def test_a_send_that_goes_on_has_an_end_in_sight(site: Site) -> None:
    with site.open() as context:
        issue_id = send_some(context, 100, every=timedelta(seconds=1))
        pace = get_status(context).paces[issue_id]
        assert pace.per_second == pytest.approx(1.0)
        assert pace.ends_at == START + timedelta(seconds=300)
        site.clock.advance(minutes=2)
        assert get_status(context).paces == {}, "nobody is sending any more"


def test_one_that_was_stopped_has_none(site: Site) -> None:
    with site.open() as context:
        pause(context, send_some(context, 100, every=timedelta(seconds=1)))
        assert get_status(context).paces == {}


def test_the_command_says_it_in_words_and_as_numbers(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.clock.now = datetime.now(UTC)
    with site.open() as context:
        issue_id = send_some(context, 101, every=timedelta(seconds=0.5))
    monkeypatch.chdir(site.folder)
    said = CliRunner().invoke(make_program(), ["status"]).output
    assert "Issue 1 of weekly is sending: 101 accepted, 299 queued" in said
    assert "2.0 a second; done at about" in said
    (sending,) = json.loads(CliRunner().invoke(make_program(), ["status", "--json"]).output)["sending"]
    assert (sending["issue"], sending["per_second"]) == (issue_id, 2.0)
    assert datetime.fromisoformat(sending["ends_at"]) > site.clock.now
