"""When all that waits will have gone out: a real database, what relays and providers have been given so far."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from publisher.app.context import Context
from publisher.app.forecasting import Closed, find_closed, forecast_end
from publisher.app.foresight import foresee
from publisher.app.issuing import create_due_issues, get_issue
from publisher.app.ledger import pause, resume, retry
from publisher.app.people import add_subscriber
from publisher.app.reading import scan
from publisher.app.sending import deliver
from publisher.cli.main import make_program
from publisher.cli.sent import print_closed
from publisher.delivery.forecast import Forecast
from publisher.model.issue import IssueState
from publisher.storage import rates
from tests.delivery.smtpserver import SmtpServer
from tests.site import CONFIG, START, Site


def add(context: Context, number: int, domain: str = "reader.example") -> None:
    for one in range(number):
        add_subscriber(context, f"r{one}@{domain}", ["new-article"])


def write_issue(context: Context, site: Site, name: str) -> None:
    site.write(f"{name}.md", f"記事 {name}")
    create_due_issues(context, scan(context).articles)


def test_what_a_relay_may_be_given_today_and_what_it_was_given_already(site: Site) -> None:
    with SmtpServer() as server:
        relay = f'{{url: "smtp://127.0.0.1:{server.port}?tls=none", rate: {{per_day: 4}}}}'
        site.configure(CONFIG.replace('"maildir:outbox"', relay))
        with site.open() as context:
            scan(context)
            add(context, 3)
            assert forecast_end(context) == (0, None)
            write_issue(context, site, "a")
            assert forecast_end(context) == (3, None)  # they go at once
            assert deliver(context).accepted == 3
            write_issue(context, site, "b")
            tomorrow = START + timedelta(hours=25)
            assert forecast_end(context) == (3, Forecast(tomorrow, "delivery.transport.rate.per_day"))
            pause(context, 2)
            assert forecast_end(context) == (0, None)


def test_a_provider_under_any_of_its_names(site: Site) -> None:
    limits = "domains: {ezweb.ne.jp: {per_second: 0.01}}"
    site.configure(CONFIG.replace('transport: "maildir:outbox"', f'transport: "maildir:outbox", {limits}'))
    with site.open() as context:
        scan(context)
        add(context, 20, "reader.example")
        add(context, 3, "AU.com")
        write_issue(context, site, "a")
        end = START + timedelta(seconds=300)
        assert forecast_end(context) == (23, Forecast(end, "delivery.domains.au.com.per_second"))


def test_plan_says_when_an_issue_that_it_would_make_will_be_over(site: Site) -> None:
    rules = 'rate: {per_second: 0.001}, window: "13:00-13:30"'
    site.configure(CONFIG.replace('transport: "maildir:outbox"', f'transport: "maildir:outbox", {rules}'))
    with site.open() as context:
        scan(context)
        add(context, 2)
        site.write("a.md", "新しい記事 🌱")
        ahead = foresee(context)
    assert (ahead.queued, ahead.to_send) == (0, 2)
    assert ahead.opens_at == START + timedelta(hours=1)
    assert ahead.forecast == Forecast(START + timedelta(hours=1, seconds=2000), "delivery.window")


def test_plan_says_so_in_words(site: Site) -> None:
    site.configure(
        CONFIG.replace('transport: "maildir:outbox"', 'transport: "maildir:outbox", rate: {per_second: 0.001}')
    )
    with site.open() as context:
        scan(context)
        add(context, 2)
        write_issue(context, site, "a")
    printed = CliRunner().invoke(make_program(), ["-c", str(site.config), "plan"]).output
    assert "The last of 2 messages goes out at 20" in printed
    assert ", or later, by delivery.rate.per_second." in printed
    assert (
        "The last of 2 messages goes out at 20"
        in CliRunner().invoke(make_program(), ["-c", str(site.config), "status"]).output
    )
    site.configure(CONFIG)
    assert "goes out" not in CliRunner().invoke(make_program(), ["-c", str(site.config), "plan"]).output


def configure(site: Site, server: SmtpServer) -> None:
    site.configure(CONFIG.replace("maildir:outbox", f"smtp://127.0.0.1:{server.port}?tls=none"))


def test_who_is_left_alone_is_named_with_what_waits(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    with SmtpServer() as server:
        configure(site, server)
        server.answer("RCPT", "550 5.7.1 we do not like your news", times=3)
        with site.open() as context:
            scan(context)
            add(context, 3)
            write_issue(context, site, "a")
            assert find_closed(context) == []
            deliver(context)
            site.clock.advance(minutes=1)
            deliver(context)  # the third in a row: it had to go slower after the first
            closed = find_closed(context)
            assert closed == [Closed("reader.example", START + timedelta(hours=1, minutes=1), 3)]
            print_closed(closed, context.config.site.timezone)
            site.clock.advance(hours=1)
            assert find_closed(context) == []
    assert capsys.readouterr().err.startswith(
        "reader.example is left alone until 2026-11-19 13:01, because it refused mail for what it is; 3 messages wait."
    )


@pytest.mark.parametrize("act", [resume, retry])
def test_what_a_relay_that_refused_everybody_led_to_is_not_waited_for(
    site: Site, act: Callable[[Context, int], object]
) -> None:
    with SmtpServer() as server, SmtpServer() as other:
        configure(site, server)
        server.answer("MAIL", "550 5.7.1 sender blocked")
        with site.open() as context:
            scan(context)
            for number in range(3):
                add(context, 10, f"d{number}.example")
            write_issue(context, site, "a")
            deliver(context)
            assert get_issue(context, 1).state is IssueState.PAUSED
            assert find_closed(context) == []  # a paused issue waits for nobody
            with context.database.read() as connection:
                assert rates.load_closed(connection, START)  # though they have no part in it
            act(context, 1)
            resume(context, 1)
            assert find_closed(context) == []
        configure(site, other)
        with site.open() as context:
            assert deliver(context).accepted == 30
