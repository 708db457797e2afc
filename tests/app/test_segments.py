"""A newsletter with a segment goes to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.app.importing import ImportOrder, import_list
from publisher.app.issuing import approve, create_digest, create_due_issues, plan_digest
from publisher.app.oneoff import plan_letter
from publisher.app.people import add_subscriber, iterate_subscribers
from publisher.app.reading import scan
from publisher.app.segments import SegmentLine, list_segments
from publisher.app.sending import deliver
from publisher.errors import ConfigError, UsageError
from publisher.issues.select import Request
from publisher.model.preferences import Rhythm
from publisher.storage.audience import has_due
from tests.app.test_rhythms import choose, got, run, shown, to_monday
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


def test_a_newsletter_reaches_only_whom_its_segment_means_whatever_makes_the_issue(site: Site) -> None:
    rhythms = "segment: japanese\n    rhythms: [each, daily]"
    site.configure(site.config.read_text(encoding="utf-8").replace("segment: japanese", rhythms))
    with site.open() as context:
        scan(context)
        add_subscriber(context, "each-ja@reader.example", ["new-article"], language="ja")
        add_subscriber(context, "each-en@reader.example", ["new-article"], language="en")
        for address in ("each-ja@reader.example", "each-en@reader.example"):
            choose(site, address, newsletter="new-article", rhythm=Rhythm.EACH)
    got_by = []
    site.write("1.md", "公開した記事", date="2026-11-19")
    got_by.append(receivers_after(site, run))  # on publish, and by a rhythm
    got_by.append(receivers_after(site, lambda site: send_digest(site, "new-article")))
    to_monday(site)
    got_by.append(receivers_after(site, run))  # by schedule
    for number in range(2, 6):  # more than burst: held
        site.write(f"{number}.md", f"記事{number}", date="2026-11-22")
    held = run(site).held[0]
    got_by.append(receivers_after(site, lambda site: approve_draft(site, held.id)))
    got_by.append(receivers_after(site, send_letter))
    assert got_by == [
        ["a", "c", "each-ja"],
        ["a", "c"],
        ["a", "c"],
        ["a", "c"],
        ["a", "c"],
    ]


def receivers_after(site: Site, act: Callable[[Site], object]) -> list[str]:
    before = len(site.mails())
    act(site)
    with site.open() as context:
        deliver(context)
    return sorted(str(mail["To"]).partition("@")[0] for mail in site.mails()[before:])


def send_digest(site: Site, name: str) -> None:
    request = Request(since=site.clock.now - timedelta(days=7), again=True)
    with site.open() as context:
        plan = plan_digest(context, name, request, scan(context).articles)
        assert create_digest(context, plan, request) is not None


def approve_draft(site: Site, issue_id: int) -> None:
    with site.open() as context:
        approve(context, issue_id)


def send_letter(site: Site) -> None:
    letter = site.folder / "letter.md"
    letter.write_text("---\ntitle: お知らせ\n---\n\n本文です。\n", encoding="utf-8")
    with site.open() as context:
        plan = plan_letter(context, "weekly", letter)
        assert plan.receivers == 2
        assert create_digest(context, plan, Request()) is not None


@pytest.mark.parametrize("rhythm", [None, Rhythm.DAILY])
def test_who_comes_into_a_segment_gets_what_is_new_then_and_nothing_from_before(
    site: Site, rhythm: Rhythm | None
) -> None:
    rhythms = "segment: japanese\n    rhythms: [each, daily]"
    site.configure(site.config.read_text(encoding="utf-8").replace("segment: japanese", rhythms))
    with site.open() as context:
        scan(context)
    choose(site, "b@reader.example", rhythm=rhythm)
    for week in range(3):
        site.write(f"{week}.md", f"第{week}週", date=f"2026-11-{19 + week}")
        to_monday(site, weeks=week)
        run(site)
    assert got(site, "b@reader.example") == []
    choose(site, "b@reader.example", language="ja")
    site.write("new.md", "これから", date="2026-12-08")
    to_monday(site, weeks=3)
    run(site)
    assert shown(site, "b@reader.example", ["第0週", "第2週", "これから"]) == [["これから"], ["これから"]], (
        "one of each"
    )


def test_nobody_outside_a_segment_is_due_again_and_again(site: Site) -> None:
    rhythms = "segment: japanese\n    rhythms: [each, daily]"
    site.configure(site.config.read_text(encoding="utf-8").replace("segment: japanese", rhythms))
    with site.open() as context:
        scan(context)
    choose(site, "b@reader.example", rhythm=Rhythm.DAILY)
    site.write("1.md", "記事", date="2026-11-19")
    site.clock.advance(days=1)
    with site.open() as context:
        create_due_issues(context, scan(context).articles)
        with context.database.read() as connection:
            assert not has_due(connection, "weekly", site.clock.now)


def test_conditions_on_subscriptions_and_the_ledger_narrow_an_audience_too(site: Site) -> None:
    text = "newsletter = new-article and not topic has x and rhythm is empty and never bounced"
    site.configure(site.config.read_text(encoding="utf-8").replace("language = ja", text))
    with site.open() as context:
        scan(context)
        add_subscriber(context, "d@reader.example", ["weekly"])
        site.write("a.md", "新しい記事")
        plan = plan_digest(context, "weekly", Request(), scan(context).articles)
        issue = create_digest(context, plan, Request())
        assert issue is not None
        assert (plan.receivers, issue.counts.total) == (3, 3)


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
