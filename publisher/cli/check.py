"""`publisher check`: is everything in order?"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from publisher.cli.settings import Settings, settings_of
from publisher.errors import UsageError

if TYPE_CHECKING:  # loading these takes longer than `--help` may
    from publisher.config import Config


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


def check(
    context: typer.Context,
    newsletter: Annotated[
        str | None, typer.Argument(metavar="NEWSLETTER", help="With --issue: only this newsletter.")
    ] = None,
    issue: Annotated[bool, typer.Option("--issue", help="Look for faults in the issue that goes out next.")] = False,
    links: Annotated[bool, typer.Option("--links", help="With --issue: ask whether links and pictures exist.")] = False,
    style: Annotated[
        Format,
        typer.Option(
            "--format", metavar="FORMAT", help="With --issue: text, json, or github for annotations of pull requests."
        ),
    ] = Format.TEXT,
    dkim: Annotated[bool, typer.Option("--dkim", help="Print the DNS records of the signing keys instead.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check config, articles and templates; change nothing. Exit code 1 when something is wrong."""
    settings = settings_of(context)
    style = Format.JSON if as_json else style
    if dkim:
        _print_records(settings.load_config(), as_json=style is Format.JSON)
        return
    if issue:
        code = _check_issues(settings, newsletter, style, links=links)
    elif newsletter or links or style is Format.GITHUB:
        raise UsageError("NEWSLETTER, --links and --format are for `publisher check --issue`; add --issue")
    else:
        code = _check_all(settings.load_config(), as_json=style is Format.JSON)
    if code:
        raise typer.Exit(code)


def _check_all(config: Config, *, as_json: bool) -> int:
    from publisher.app.checking import check as check_all
    from publisher.cli import output

    report = check_all(config, datetime.now(UTC))
    if as_json:
        problems = [output.as_mapping(problem) for problem in report.problems]
        output.print_json({"articles": report.articles, "problems": problems, "notes": report.notes})
    else:
        output.print_problems(report.problems)
        for note in report.notes:
            output.warn(f"note: {note}")
        verdict = "all in order" if not report.problems else output.count(len(report.problems), "problem")
        newsletters = output.count(len(config.newsletters), "newsletter")
        typer.echo(f"{output.count(report.articles, 'article')}, {newsletters}: {verdict}")
    return 1 if report.problems else 0


def _check_issues(settings: Settings, newsletter: str | None, style: Format, *, links: bool) -> int:
    from publisher.app.linkcheck import LinkChecker
    from publisher.app.linting import lint_newsletters
    from publisher.cli import findings, output
    from publisher.mail.lint.check import errors_of

    config = settings.load_config()
    if newsletter is not None and newsletter not in config.newsletters:
        known = ", ".join(config.newsletters) or "none; add one under newsletters: in config.yaml"
        raise UsageError(f"there is no newsletter {newsletter!r}; known: {known}")
    names = [newsletter] if newsletter else list(config.newsletters)
    issues = lint_newsletters(config, names, datetime.now(UTC), LinkChecker(config) if links else None)
    if style is Format.JSON:
        output.print_json([findings.linted_as_mapping(item) for item in issues])
    elif style is Format.GITHUB:
        findings.print_annotations(issues, settings.config)
    else:
        findings.print_linted(issues)
    return 1 if any(errors_of(item.findings) for item in issues) else 0


def _print_records(config: Config, *, as_json: bool) -> None:
    """As lines of a zone file, which every name server reads."""
    from publisher.app.signing import load_keys
    from publisher.cli import output

    keys = load_keys(config)
    if as_json:
        output.print_json([{"name": key.record_name, "type": "TXT", "value": key.record} for key in keys])
        return
    for key in keys:
        typer.echo(key.zone_line)
    if not keys:
        typer.echo("Mail is not signed: there is no key under delivery.dkim.", err=True)
