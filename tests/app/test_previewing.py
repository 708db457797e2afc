"""The mail that would go out next, taken apart; nothing is changed by looking at it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pytest

from publisher.app import previewing
from publisher.app.context import load_checked_config
from publisher.app.fetching import FeedRemarks
from publisher.app.issuing import create_due_issues
from publisher.app.people import add_subscriber
from publisher.app.previewing import (
    Origin,
    PatientFeeds,
    Preview,
    Wanted,
    Workplace,
    find_newsletter,
    make_previews,
    open_workplace,
)
from publisher.app.reading import scan
from publisher.config import Config
from publisher.errors import TemplateError, UsageError
from publisher.mail.cut import Measure
from publisher.model.article import Article
from publisher.sources.feed.identity import SettledItem
from tests.site import CONFIG, Site


def enter(site: Site) -> Workplace:
    return open_workplace(load_checked_config(site.config), site.clock(), PatientFeeds())


def look(site: Site, newsletter: str = "weekly", template: str = "", issue: int | None = None) -> list[Preview]:
    return list(make_previews(enter(site), Wanted(newsletter, template, issue)))


def files_of(site: Site) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in site.folder.rglob("*") if path.is_file()}


def send_weekly(site: Site) -> int:
    """The id of an issue of the articles there are."""
    with site.open() as context:
        scan(context)
        add_subscriber(context, "hanako@reader.example", newsletters=["weekly"])
        site.clock.advance(days=4, hours=20)  # Tuesday morning
        created = create_due_issues(context, scan(context).articles).created
    return next(issue.id for issue in created if issue.newsletter == "weekly")


def test_the_next_mail_is_taken_apart(site: Site) -> None:
    with site.open() as context:
        scan(context)
    site.write("a.md", "🔔 鐘をデータに", body="一行目。\n\n![図](https://note.example/a.webp)\n")
    (preview,) = look(site)
    assert (preview.origin, preview.template, preview.language) == (Origin.NEXT, "digest", "ja")
    assert preview.subject == "🔔 鐘をデータに"
    assert (preview.sender, preview.articles) == ("試験ノート", ("🔔 鐘をデータに",))
    assert preview.html.startswith("<!DOCTYPE html>")
    assert "鐘をデータに" in preview.text
    assert dict(preview.headers)["Subject"] == "🔔 鐘をデータに"
    assert dict(preview.headers)["To"] == previewing.READER
    assert dict(preview.headers)["From"] == "試験ノート <news@note.example>"
    assert preview.source.startswith("Date: ")
    assert "\nSubject: =?UTF-8?B?" in preview.source
    assert preview.inboxes[0].subject == "🔔 鐘をデータに"
    assert {line.program: line.snippet for line in preview.inboxes}["Gmail (iPhone)"] == "一行目。"
    sizes = {size.measure: size.bytes for size in preview.sizes}
    assert sizes[Measure.HTML] == len(preview.html.encode())
    assert sizes[Measure.MESSAGE] == len(preview.source.replace("\n", "\r\n"))


def test_the_lint_is_told_with_its_places(site: Site) -> None:
    site.write("a.md", "記事", body="一行目。\n\n![図](https://note.example/a.webp)\n")
    (preview,) = look(site, "new-article")
    assert "image-format" in {finding.rule for finding in preview.findings if finding.file == "articles/a.md"}


def test_looking_changes_nothing_and_needs_no_database(site: Site) -> None:
    site.write("a.md", "記事")
    before = files_of(site)
    (preview,) = look(site)
    assert preview.origin is Origin.NEWEST
    assert look(site, "new-article", "welcome")
    assert files_of(site) == before


def test_no_word_in_a_preview_works(site: Site) -> None:
    site.write("a.md", "記事")
    (preview,) = look(site)
    assert "unsubscribe%20preview" in preview.html
    assert "a-key-for-tests" not in repr(preview)


def test_an_issue_that_is_stored_is_shown_as_it_was_made(site: Site) -> None:
    site.write("old.md", "昔の記事", date="2026-11-10")
    with site.open() as context:
        scan(context)
    site.write("a.md", "新しい記事")
    issue = send_weekly(site)
    site.write("a.md", "題を変えた記事")
    before = files_of(site)
    (preview,) = look(site, issue=issue)
    assert (preview.origin, preview.subject, preview.template) == (Origin.MADE, "新しい記事", "digest")
    assert preview.articles == ("題を変えた記事",)
    assert "hanako" not in preview.source
    assert find_newsletter(load_checked_config(site.config), issue) == "weekly"
    assert files_of(site) == before


def test_what_is_not_there_is_said(site: Site) -> None:
    with pytest.raises(UsageError, match="no newsletter 'monthly'; known: weekly, new-article"):
        look(site, "monthly")
    with pytest.raises(UsageError, match="weekly has no issue 7; `publisher issues list`"):
        look(site, issue=7)
    with pytest.raises(UsageError, match="there is no issue 7"):
        find_newsletter(load_checked_config(site.config), 7)
    site.write("a.md", "記事")
    with pytest.raises(TemplateError, match=r"templates/email/nothing: subject\.txt, body\.txt not found"):
        look(site, template="nothing")


def test_another_newsletters_issue_is_not_shown(site: Site) -> None:
    with site.open() as context:
        scan(context)
    site.write("a.md", "記事")
    issue = send_weekly(site)
    with pytest.raises(UsageError, match="new-article has no issue"):
        look(site, "new-article", issue=issue)


def test_a_site_without_articles_has_nothing_to_show(site: Site) -> None:
    assert look(site) == []


@pytest.mark.parametrize("template", ["article", "headlines", "plain"])
def test_another_template_shows_the_same_articles(site: Site, template: str) -> None:
    site.write("a.md", "記事")
    (preview,) = look(site, template=template)
    assert (preview.template, preview.articles) == (template, ("記事",))
    assert bool(preview.html) == (template != "plain")


@pytest.mark.parametrize("template", ["confirm", "welcome", "goodbye"])
def test_notices_are_shown_too(site: Site, template: str) -> None:
    (preview,) = look(site, template=template)
    assert (preview.origin, preview.template, preview.findings) == (Origin.NOTICE, template, ())
    assert "週刊試験ノート" in preview.subject
    assert preview.html


def test_several_mails_on_publication_are_several_previews(site: Site) -> None:
    with site.open() as context:
        scan(context)
    site.write("a.md", "一つ目", date="2026-11-17")
    site.write("b.md", "二つ目")
    assert [preview.subject for preview in look(site, "new-article")] == ["一つ目", "二つ目"]


def test_templates_are_those_that_make_mails_with_ones_own(site: Site) -> None:
    own = site.folder / "templates" / "email" / "letter"
    own.mkdir(parents=True)
    (own / "subject.txt").write_text("題")
    issues = ["article", "digest", "headlines", "plain"]
    assert enter(site).templates == [*issues, "address-change", "address-changed", "confirm", "goodbye", "welcome"]
    (own / "body.txt").write_text("本文")
    assert enter(site).templates[3] == "letter"


def test_feeds_of_others_are_asked_once_in_a_while(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.configure(CONFIG.replace("{path: articles}", "[{feed: https://other.example/rss.xml}]"))
    config, asked = load_checked_config(site.config), []

    def read(config: Config, _files: Iterable[Article], _now: datetime) -> tuple[list[SettledItem], FeedRemarks]:
        asked.append(config.feed_sources[0].feed)
        return [], FeedRemarks((), ())

    monkeypatch.setattr(previewing, "read_feeds", read)
    patient, hasty = PatientFeeds(), PatientFeeds(kept_for=-1)
    for _ in range(3):
        patient(config, [], site.clock())
    assert len(asked) == 1
    for _ in range(3):
        hasty(config, [], site.clock())
    assert len(asked) == 4
    site.configure()
    assert patient(load_checked_config(site.config), [], site.clock()) == ([], FeedRemarks((), ()))
    assert len(asked) == 4
    assert Path(site.folder, "publisher.db").exists() is False
