"""A newsletter with a segment goes to nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.app.importing import ImportOrder, import_list
from publisher.app.issuing import approve, create_digest, create_due_issues, plan_digest
from publisher.app.people import add_subscriber, iterate_subscribers
from publisher.app.reading import scan
from publisher.app.segments import SegmentLine, list_segments
from publisher.errors import ConfigError, UsageError
from publisher.issues.select import Request
from tests.site import CONFIG, Site

SEGMENTS = "segments: {japanese: language = ja, nobody: never accepted and hour = 3}\n"
PEOPLE = "email,language\na@reader.example,ja\nb@reader.example,en\nc@reader.example,ja-JP\n"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    made = Site(tmp_path)
    made.configure(CONFIG.replace("    from:", "    segment: japanese\n    from:") + SEGMENTS)
    (tmp_path / "people.csv").write_text(PEOPLE, encoding="utf-8")
    with made.open() as context:
        import_list(context, ImportOrder(tmp_path / "people.csv"))
    return made


def test_segments_are_counted(site: Site) -> None:
    with site.open() as context:
        assert list_segments(context) == [
            SegmentLine("japanese", "language = ja", 2, ("weekly", "new-article")),
            SegmentLine("nobody", "never accepted and hour = 3", 0),
        ]


def test_people_are_listed_by_name_or_expression(site: Site) -> None:
    with site.open() as context:
        assert [person.email[0] for person in iterate_subscribers(context, segment="japanese")] == ["a", "c"]
        assert [person.email[0] for person in iterate_subscribers(context, "weekly", "language = en")] == ["b"]
        with pytest.raises(
            UsageError, match=r"--segment: column 1: 'japan' .* \(segments of config.yaml: japanese, no"
        ):
            list(iterate_subscribers(context, segment="japan"))


def test_an_issue_goes_to_whom_the_segment_means(site: Site) -> None:
    with site.open() as context:
        scan(context)
        site.write("a.md", "新しい記事")
        plan = plan_digest(context, "weekly", Request(), scan(context).articles)
        assert plan.receivers == 2
        issue = create_digest(context, plan, Request())
        assert issue is not None
        assert issue.counts.total == 2


def test_a_held_issue_goes_to_whom_the_segment_means_when_it_is_approved(site: Site) -> None:
    with site.open() as context:
        scan(context)
        for number in range(4):  # more than burst: held
            site.write(f"{number}.md", f"第{number}号")
        (held,) = create_due_issues(context, scan(context).articles).held
        assert held.counts.total == 0
        add_subscriber(context, "d@reader.example", [], language="ja")
        assert approve(context, held.id).counts.total == 3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("segment: japanesse", "newsletters.weekly.segment: there is no segment 'japanesse'; known: japanese, nobody"),
        ("segment: langauge = ja", "newsletters.weekly.segment: column 1: 'langauge' is no property; did you mean"),
    ],
)
def test_a_segment_that_cannot_be_is_told_with_its_line(site: Site, change: str, message: str) -> None:
    site.configure(site.config.read_text(encoding="utf-8").replace("segment: japanese", change))
    with pytest.raises(ConfigError, match=message), site.open():
        pass


def test_a_segment_of_the_config_is_checked(site: Site) -> None:
    text = site.config.read_text(encoding="utf-8")
    site.configure(text.replace("japanese: language = ja", '"a b": language ja'))
    with pytest.raises(ConfigError) as caught, site.open():
        pass
    assert "segments.a b: has a name that cannot be used" in str(caught.value)
    assert "column 10: after language stands" in str(caught.value)
