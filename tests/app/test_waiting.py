"""New articles that wait: for their author, for their page, for a person; and what is foretold of them."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest

from publisher.app.foresight import foresee
from publisher.app.issuing import IssueReport, approve, create_due_issues
from publisher.app.operating import run_pass
from publisher.app.people import add_subscriber
from publisher.app.publishing import publish_feeds
from publisher.app.reading import scan
from publisher.app.sending import deliver
from publisher.model.issue import IssueState
from tests.site import CONFIG, START, Site
from tests.webserver import Page, WebServer


def configure(site: Site, keys: str, *, name: str = "new-article", text: str = CONFIG) -> None:
    site.configure(text.replace(f"  {name}:\n", f"  {name}:\n    {keys}\n"))
    with site.open() as context:
        scan(context)
        add_subscriber(context, "a@reader.example", [])


def create_due(site: Site) -> IssueReport:
    with site.open() as context:
        return create_due_issues(context, scan(context).articles)


def made(report: IssueReport) -> list[str]:
    return [issue.subject for issue in report.created]


# ------------------------------------------------------------------------------------------------ undo


def test_an_article_waits_for_its_undo_window_and_the_next_does_not_wait_for_it(site: Site) -> None:
    configure(site, "undo: 10m")
    site.write("a.md", "一つめ")
    report = create_due(site)
    assert made(report) == []
    assert report.waiting == {"new-article": [("一つめ", "can be taken back until 12:10")]}
    site.clock.advance(minutes=6)
    site.write("b.md", "二つめ")
    assert made(create_due(site)) == []
    site.clock.advance(minutes=4)
    assert made(create_due(site)) == ["一つめ"]
    site.clock.advance(minutes=6)
    assert made(create_due(site)) == ["二つめ"]
    assert create_due(site).waiting == {}


def test_what_is_taken_back_in_time_is_never_mailed_and_what_is_changed_is_mailed_as_it_is(site: Site) -> None:
    configure(site, "undo: 10m")
    taken_back = site.write("a.md", "まちがい")
    site.write("b.md", "書きかけの題")
    create_due(site)
    site.clock.advance(minutes=5)
    taken_back.unlink()
    site.write("b.md", "できあがった題", body="直しました。")
    site.clock.advance(minutes=6)
    assert made(create_due(site)) == ["できあがった題"]
    site.clock.advance(days=1)
    assert made(create_due(site)) == []


# ------------------------------------------------------------------------------------------------ wait_for_url


def test_an_article_waits_until_its_page_answers(site: Site) -> None:
    with WebServer() as server:
        configure(site, "wait_for_url: true", text=CONFIG.replace("https://note.example\n", server.url("") + "\n"))
        site.write("a.md", "まだない頁")
        report = create_due(site)
        assert made(report) == []
        ((title, reason),) = report.waiting["new-article"]
        assert (title, reason) == ("まだない頁", f"{server.url('/articles/a')} says 404")
        server.pages["/articles/a"] = Page(b"<p>ok</p>")
        assert made(create_due(site)) == ["まだない頁"]
        asked = len(server.asked)
        assert made(create_due(site)) == []
        assert len(server.asked) == asked  # nobody is asked about what has been mailed


def test_a_site_that_is_down_is_waited_for(site: Site) -> None:
    with WebServer() as server:
        base = server.url("")
    configure(site, "wait_for_url: true", text=CONFIG.replace("https://note.example\n", base + "\n"))
    site.write("a.md", "題")
    report = create_due(site)
    assert made(report) == []
    assert report.waiting["new-article"][0][1].startswith(f"{base}/articles/a: ")


# ------------------------------------------------------------------------------------------------ approve


@pytest.mark.parametrize(("name", "days"), [("new-article", 0), ("weekly", 5)])
def test_manual_approval_holds_every_issue_once(site: Site, name: str, days: int) -> None:
    configure(site, "approve: manual", name=name)
    site.write("a.md", "人が見る号")
    site.clock.advance(days=days)
    report = create_due(site)
    (held,) = [issue for issue in report.held if issue.newsletter == name]
    assert held.state is IssueState.DRAFT
    assert [issue for issue in create_due(site).held if issue.newsletter == name] == []
    with site.open() as context:
        deliver(context, [held.id])
        assert site.mails() == []
        assert approve(context, held.id).counts.queued == 1
        assert deliver(context, [held.id]).accepted == 1


# ------------------------------------------------------------------------------------------------ catching up


def test_a_machine_asleep_for_three_weeks_sends_one_digest_without_what_was_old_when_it_was_seen(site: Site) -> None:
    configure(site, "limit: 5", name="weekly")
    site.clock.advance(days=21)
    site.write("old.md", "古い記事", date="2026-11-20")
    site.write("new.md", "新しい記事", date="2026-12-09")
    report = create_due(site)
    digests = [issue for issue in report.created if issue.newsletter == "weekly"]
    assert [issue.subject for issue in digests] == ["新しい記事"]
    assert [article.title for article in report.too_old["weekly"]] == ["古い記事"]
    assert [issue for issue in create_due(site).created if issue.newsletter == "weekly"] == []


# ------------------------------------------------------------------------------------------------ plan


def snapshot(folder: Path) -> dict[str, str]:
    """Everything in the site but the log of the database, which reading moves."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


def test_the_plan_tells_what_the_pass_does_and_changes_nothing(site: Site) -> None:
    site.write("history.md", "昔の記事")
    site.configure()
    with site.open() as context:
        publish_feeds(context, scan(context).articles)
        for number in range(3):
            add_subscriber(context, f"r{number}@reader.example", [])
    site.write("a.md", "新しい記事 🌱")
    site.write("b.md", "来月の記事", date="2026-12-24")
    site.clock.advance(days=5)
    before = snapshot(site.folder)
    with site.open() as context:
        ahead = foresee(context)
        assert foresee(context) == ahead
    assert snapshot(site.folder) == before
    assert site.mails() == []
    assert [article.title for article in ahead.new] == ["新しい記事 🌱"]
    assert [article.title for article in ahead.coming] == ["来月の記事"]
    assert {(issue.newsletter, issue.counts.total) for issue in ahead.made} == {("weekly", 3), ("new-article", 3)}
    (weekly, _) = ahead.newsletters
    assert (weekly.next_at, weekly.receivers) == (START.replace(hour=23, minute=0) + timedelta(days=10), 3)
    with site.open() as context:
        report = run_pass(context)
    assert set(report.feeds.written) <= set(ahead.feeds)
    assert {issue.subject for issue in report.issues.created} == {issue.subject for issue in ahead.made}
    with site.open() as context:
        after = foresee(context)
    assert (after.new, after.feeds, after.made, after.queued) == ((), (), (), 0)
