"""How findings of the lint are told: to people, to programs, and as annotations of a pull request on GitHub."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from publisher.cli import output
from publisher.files import show_path
from publisher.mail.lint.finding import Finding, Severity

if TYPE_CHECKING:  # loading it takes longer than `--help` may
    from publisher.app.linting import LintedIssue

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def print_linted(issues: Sequence[LintedIssue]) -> None:
    """A line for each issue, its findings below, and a verdict."""
    for issue in issues:
        what = output.count(issue.articles, "article")
        stand_in = "" if issue.is_next else " (nothing is new, so of the newest)"
        typer.echo(f"{issue.newsletter}: “{issue.subject}”, {what}{stand_in}, {issue.size:,} bytes of HTML")
        for finding in issue.findings:
            typer.echo(f"  {finding.severity.value}: {finding}")
    typer.echo(_describe([finding for issue in issues for finding in issue.findings], len(issues)))


def print_serious(findings: Sequence[Finding]) -> None:
    """Errors and warnings, on standard error."""
    for finding in findings:
        if finding.severity is not Severity.NOTE:
            output.warn(f"{finding.severity.value}: {finding}")


def print_annotations(issues: Sequence[LintedIssue], config: Path) -> None:
    """Workflow commands of GitHub Actions; what stands in no article is shown at the config."""
    for issue in issues:
        for finding in issue.findings:
            path = config.parent / finding.file if finding.file else config
            place = f"file={_property(show_path(path))}" + (f",line={finding.line}" if finding.line else "")
            title = _property(f"{issue.newsletter}: {finding.rule}")
            message = _data(f"{finding.where} {finding.message}".strip())
            typer.echo(f"::{_COMMANDS[finding.severity]} {place},title={title}::{message}")


def linted_as_mapping(issue: LintedIssue) -> dict[str, object]:
    return {
        "newsletter": issue.newsletter,
        "subject": issue.subject,
        "articles": issue.articles,
        "bytes": issue.size,
        "is_next": issue.is_next,
        "findings": [
            {
                "severity": finding.severity.value,
                "rule": finding.rule,
                "where": finding.where,
                "message": finding.message,
                "file": finding.file or None,
                "line": finding.line,
            }
            for finding in issue.findings
        ],
    }


def _describe(findings: Sequence[Finding], issues: int) -> str:
    counts = [(sum(item.severity is severity for item in findings), severity.value) for severity in Severity]
    shown = ", ".join(output.count(number, name) for number, name in counts if number)
    return f"{output.count(issues, 'issue')}: {shown or 'all in order'}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
