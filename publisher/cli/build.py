"""`publisher build`: articles in, feeds out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.settings import settings_of

if TYPE_CHECKING:  # loading these takes longer than `--help` may
    from publisher.app.context import Context
    from publisher.app.publishing import PublishReport
    from publisher.app.reading import ScanReport


def build(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Read the articles and write the feeds that changed."""
    from publisher.app.publishing import publish_feeds
    from publisher.app.reading import scan
    from publisher.cli import output
    from publisher.cli.websub import pings_as_mapping, print_pings, tell_hubs

    with settings_of(context).open() as opened:
        opened.pool.allow_fork()
        scanned = scan(opened)
        feeds = publish_feeds(opened, scanned.articles)
        pings = tell_hubs(opened)
        if as_json:
            output.print_json({**_as_mapping(opened, scanned, feeds), "websub": pings_as_mapping(pings)})
        else:
            print_scan(opened, scanned)
            print_feeds(opened, feeds)
            print_pings(pings)
    if feeds.failed:
        raise typer.Exit(1)


def print_scan(opened: Context, scanned: ScanReport) -> None:
    """One line on standard output, two when feeds were asked; a line for each skipped file on standard error."""
    from publisher.cli import output

    output.print_problems(scanned.problems)
    for note in scanned.notes:
        output.warn(f"note: {note}")
    drafts = [article.draft for article in scanned.articles].count(True)
    limit = opened.clock().timestamp()  # two datetimes of different zones take three times as long to compare
    waiting = [not one.draft and one.published.timestamp() > limit for one in scanned.articles].count(True)
    parts = [output.count(len(scanned.articles) - waiting - drafts, "article")]
    parts += [f"{drafts} draft" if drafts == 1 else f"{drafts} drafts"] if drafts else []
    parts += [f"{waiting} waiting for {'its' if waiting == 1 else 'their'} date"] if waiting else []
    parts += [f"{len(scanned.problems)} skipped"] if scanned.problems else []
    if scanned.asked:
        asked, items = output.count(scanned.asked, "feed"), output.count(scanned.fetched, "item")
        typer.echo(f"Fetched {asked}: {items} new or changed.")
    typer.echo(f"Read {output.count(scanned.read, 'changed file')} of {scanned.files:,}: {', '.join(parts)}.")


def print_feeds(opened: Context, feeds: PublishReport) -> None:
    from publisher.cli import output
    from publisher.files import show_path

    for note in feeds.notes:
        output.warn(f"note: {note}")
    for path, reason in feeds.failed:
        output.warn(f"{show_path(opened.config.output_dir / path)}: {reason}")
    if feeds.shortened:
        places, articles = output.count(len(feeds.shortened), "feed"), sum(number for _, number in feeds.shortened)
        verb = "shows" if len(feeds.shortened) == 1 else "show"
        shown = f"{output.count(articles, 'article')} as summaries, as feeds.max_bytes has no room for more"
        output.warn(f"note: {places} {verb} {shown}")
    for path, number in feeds.dropped:
        left_out = f"left out the oldest {output.count(number, 'article')}, for which feeds.max_bytes has no room"
        output.warn(f"note: {show_path(opened.config.output_dir / path)}: {left_out}")
    place = f"{output.count(feeds.feeds, 'feed')} in {opened.config.feeds.output}"
    if not (feeds.written or feeds.removed or feeds.failed):
        typer.echo(f"{place}, all up to date.")
        return
    removed = f", removed {len(feeds.removed)}" if feeds.removed else ""
    rest = f", {len(feeds.failed)} could not be replaced" if feeds.failed else ""
    rest += ", the rest is up to date" if feeds.unchanged else ""
    typer.echo(f"{place}: wrote {output.count(len(feeds.written), 'file')}{removed}{rest}.")


def _as_mapping(opened: Context, scanned: ScanReport, feeds: PublishReport) -> dict[str, object]:
    from publisher.cli import output

    return {
        "files": scanned.files,
        "read": scanned.read,
        "fetched": scanned.fetched,
        "articles": len(scanned.articles),
        "skipped": [output.as_mapping(problem) for problem in scanned.problems],
        "notes": [output.as_mapping(note) for note in [*scanned.notes, *feeds.notes]],
        "output": str(opened.config.output_dir),
        "feeds": feeds.feeds,
        "written": feeds.written,
        "removed": feeds.removed,
        "failed": [{"file": path, "reason": reason} for path, reason in feeds.failed],
        "dropped": [{"file": path, "articles": number} for path, number in feeds.dropped],
        "shortened": [{"file": path, "articles": number} for path, number in feeds.shortened],
    }
