"""`publisher status`: where things stand."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from publisher.cli.settings import settings_of

if TYPE_CHECKING:  # loading these takes longer than `--help` may
    from publisher.app.operating import Status
    from publisher.app.readers import FeedReaders
    from publisher.config import Config


def status(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what there is and what waits to be sent. As the database knows it."""
    from publisher.app.forecasting import find_closed, forecast_end
    from publisher.app.operating import get_status
    from publisher.cli import output
    from publisher.cli.sent import describe_end, print_closed

    with settings_of(context).open() as opened:
        now, closed = get_status(opened), find_closed(opened)
        to_send, forecast = forecast_end(opened)
        zone = opened.config.site.timezone
    if as_json:
        end = asdict(forecast) if forecast is not None else None
        output.print_json({**_as_mapping(now), "left_alone": [asdict(one) for one in closed], "forecast": end})
        return
    _print_counts(opened.config, now)
    _print_newsletters(now, zone)
    _print_issues(now, zone)
    if forecast is not None:
        typer.echo(describe_end(to_send, forecast, zone))
    print_closed(closed, zone)


def _as_mapping(now: Status) -> dict[str, object]:
    from publisher.cli.sent import issue_as_mapping

    return {
        "articles": {
            "public": now.articles,
            "waiting": now.waiting,
            "drafts": now.drafts,
            "problems": now.problems,
        },
        "feed_files": now.feed_files,
        "feed_faults": [
            {"file": fault.path, "reason": fault.reason, "since": fault.since} for fault in now.feed_faults
        ],
        "subscribers": now.subscribers,
        "suppressions": now.suppressions,
        "newsletters": [asdict(newsletter) for newsletter in now.newsletters],
        "live_issues": [issue_as_mapping(issue) for issue in now.live],
        "next_delivery_at": now.next_delivery_at,
        "websub": asdict(now.websub),
        "sending": [
            {"issue": id_, "per_second": round(pace.per_second, 2), "ends_at": pace.ends_at}
            for id_, pace in now.paces.items()
        ],
        "readers": {path: asdict(found) for path, found in now.readers.items()},
    }


def _print_counts(config: Config, now: Status) -> None:
    """Articles, feeds and people, a line each; a line more for each feed that is not in order."""
    from publisher.cli import output
    from publisher.cli.websub import print_websub

    drafts = output.count(now.drafts, "draft")
    typer.echo(
        f"Articles     {now.articles:,} public, {now.waiting} waiting for their date, {drafts}, "
        f"{now.problems} with problems"
    )
    lost = f", {len(now.feed_faults):,} could not be replaced:" if now.feed_faults else ""
    typer.echo(f"Feeds        {now.feed_files:,} files in {config.feeds.output}{lost}")
    for fault in now.feed_faults:
        typer.echo(
            f"             {fault.path} (since {output.show_time(fault.since, config.site.timezone)}): {fault.reason}"
        )
    people = ", ".join(f"{number:,} {state}" for state, number in sorted(now.subscribers.items()))
    typer.echo(f"Subscribers  {people or 'none'}")
    if now.suppressions:
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in sorted(now.suppressions.items()))
        total = output.count(sum(now.suppressions.values()), "address", "addresses")
        typer.echo(f"Suppressed   {total}: {reasons}")
    if config.hub_urls or config.cloud:
        print_websub(now.websub)
    if now.readers:
        typer.echo(f"Readers      {_describe_readers(now.readers)}")


def _print_newsletters(now: Status, zone: ZoneInfo) -> None:
    from publisher.cli import output

    if now.newsletters:
        typer.echo("")
        output.print_table(
            ["NEWSLETTER", "SCHEDULE", "READERS", "LAST ISSUE", "NEXT"],
            [
                (
                    newsletter.name,
                    newsletter.schedule,
                    newsletter.receivers,
                    output.show_time(newsletter.last_issue_at, zone),
                    output.show_time(newsletter.next_at, zone),
                )
                for newsletter in now.newsletters
            ],
        )


def _print_issues(now: Status, zone: ZoneInfo) -> None:
    from publisher.cli import output
    from publisher.cli.sent import describe_counts

    typer.echo("")
    for issue in now.live:
        typer.echo(f"Issue {issue.id} of {issue.newsletter} is {issue.state.value}: {describe_counts(issue)}")
        if pace := now.paces.get(issue.id):
            end = output.show_time(pace.ends_at, zone)
            typer.echo(f"        {pace.per_second:,.1f} a second; done at about {end} if it goes on like that.")
    if not now.live:
        typer.echo("Nothing waits to be sent.")
    elif now.next_delivery_at is not None:
        typer.echo(f"The next delivery is due {output.show_time(now.next_delivery_at, zone)}.")


def _describe_readers(readers: dict[str, FeedReaders]) -> str:
    """The subscribers of all feeds, twice who reads two of them; the clients of the feed that has the most."""
    from publisher.cli import output

    subscribers = sum(found.subscribers for found in readers.values())
    clients = max(found.clients for found in readers.values())
    return f"{output.count(subscribers, 'subscriber')} of services, {output.count(clients, 'client')} of their own"
