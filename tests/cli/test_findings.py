"""How findings are told: lines, JSON, and the workflow commands of GitHub."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.app.linting import LintedIssue
from publisher.cli.findings import linted_as_mapping, print_annotations, print_linted, print_serious
from publisher.mail.lint.finding import Finding

ERROR = Finding("unsubscribe-missing", "has no way: print it", "the HTML")
WARNING = Finding("link-http", "is 100% plain,\nso: look", "<a>", file="a,b:c.md", line=3)
NOTE = Finding("subject-cut", "is long", "the subject")


def issue(*findings: Finding) -> LintedIssue:
    return LintedIssue("weekly", "題", 2, 12_345, is_next=True, findings=findings)


def test_lines_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    print_linted([issue(ERROR, WARNING), issue(NOTE), issue()])
    assert capsys.readouterr().out.splitlines() == [
        "weekly: “題”, 2 articles, 12,345 bytes of HTML",
        "  error: unsubscribe-missing: the HTML has no way: print it",
        "  warning: a,b:c.md:3: link-http: <a> is 100% plain,",
        "so: look",
        "weekly: “題”, 2 articles, 12,345 bytes of HTML",
        "  note: subject-cut: the subject is long",
        "weekly: “題”, 2 articles, 12,345 bytes of HTML",
        "3 issues: 1 error, 1 warning, 1 note",
    ]
    print_linted([])
    assert capsys.readouterr().out == "0 issues: all in order\n"


def test_only_what_is_serious_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    print_serious([ERROR, NOTE])
    assert capsys.readouterr() == ("", "error: unsubscribe-missing: the HTML has no way: print it\n")


def test_workflow_commands_are_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    print_annotations([issue(ERROR, WARNING, NOTE)], Path("site/config.yaml"))
    assert capsys.readouterr().out.splitlines() == [
        "::error file=site/config.yaml,title=weekly%3A unsubscribe-missing::the HTML has no way: print it",
        "::warning file=site/a%2Cb%3Ac.md,line=3,title=weekly%3A link-http::<a> is 100%25 plain,%0Aso: look",
        "::notice file=site/config.yaml,title=weekly%3A subject-cut::the subject is long",
    ]


@given(st.text(), st.text())
def test_no_words_of_an_article_begin_a_command_of_their_own(message: str, file: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        printed: list[str] = []
        patch.setattr("typer.echo", printed.append)
        print_annotations([issue(Finding("link-http", message, file=file, line=1))], Path("config.yaml"))
    (line,) = printed
    assert "\n" not in line
    assert "\r" not in line
    head, _, rest = line.removeprefix("::warning ").partition("::")
    assert head.count(",") == 2
    assert rest.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%") == message.strip()


def test_json_has_every_finding_with_its_place() -> None:
    mapping = linted_as_mapping(issue(WARNING, NOTE))
    findings = mapping["findings"]
    assert isinstance(findings, list)
    assert (mapping["bytes"], mapping["is_next"]) == (12_345, True)
    assert [(item["severity"], item["file"], item["line"]) for item in findings] == [
        ("warning", "a,b:c.md", 3),
        ("note", None, None),
    ]
