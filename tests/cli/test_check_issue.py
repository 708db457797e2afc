"""`publisher check --issue` as people and programs see it, and what `run` says of an issue with a fault."""

from __future__ import annotations

from structlog.testing import capture_logs

from publisher.app.operating import run_pass
from publisher.app.people import add_subscriber
from publisher.cli.run import _log_pass
from publisher.log import get_log
from tests.site import CONFIG, Site

FOOTER = "templates/email/partials/footer.html"


def break_footer(site: Site) -> None:
    path = site.folder / FOOTER
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("<p>では、また。</p>\n", encoding="utf-8")


def test_an_issue_in_order_and_one_with_an_error(site: Site) -> None:
    site.write("a.md", "記事", body="読む：[古い頁](http://old.example/50%25,:)\n")
    fine = site.run("check", "--issue", "weekly")
    assert fine.stdout.startswith("weekly: “記事”, 1 article (nothing is new, so of the newest), ")
    assert fine.stdout.splitlines()[-1] == "1 issue: 1 note"
    single = site.run("check", "--issue", "new-article").stdout
    assert "  warning: articles/a.md:6: link-http: " in single
    annotated = site.run("check", "--issue", "new-article", "--format", "github").stdout.splitlines()
    (line,) = [line for line in annotated if "link-http" in line]
    assert line.startswith("::warning file=articles/a.md,line=6,title=new-article%3A link-http::")
    assert "http://old.example/50%2525,:" in line, "in a message only % and line ends are escaped"
    break_footer(site)
    broken = site.run("check", "--issue", "--format", "github", code=1).stdout
    assert "::error file=config.yaml,title=weekly%3A unsubscribe-missing::" in broken
    (weekly, article) = site.run_json("check", "--issue", code=1)
    assert [weekly["newsletter"], article["newsletter"]] == ["weekly", "new-article"]
    assert {"error"} < {finding["severity"] for finding in weekly["findings"]}


def test_what_makes_no_sense_is_refused(site: Site) -> None:
    assert "add --issue" in site.run("check", "weekly", code=2).stderr
    assert "add --issue" in site.run("check", "--links", code=2).stderr
    assert "known: weekly, new-article" in site.run("check", "--issue", "daily", code=2).stderr
    site.configure(CONFIG.replace("    burst: 3\n", "    lint: {ignore: [link-htp]}\n"))
    assert "config.yaml:18: newsletters.new-article.lint.ignore.0: 'link-htp' is not a rule; did you mean" in (
        site.run("check", code=2).stderr
    )


def test_a_digest_with_an_error_is_shown_and_tested_but_not_sent(site: Site) -> None:
    site.write("a.md", "記事")
    site.run("subscribers", "add", "a@reader.example")
    break_footer(site)
    arguments = ("digest", "weekly", "--since", "2026-11-01")
    shown = site.run(*arguments, "--out", "look")
    assert "error: unsubscribe-missing: the HTML has no way" in shown.stderr
    assert (site.folder / "look" / "body.html").is_file()
    stopped = site.run(*arguments, "--send", code=1)
    assert stopped.stderr.startswith("publisher: newsletter weekly: the issue is not sent, because of\n")
    assert site.mails() == []
    (site.folder / FOOTER).unlink()
    assert "1 accepted" in site.run(*arguments, "--send").stdout


def test_the_log_of_a_service_tells_a_refused_issue_once(site: Site) -> None:
    with site.open() as context:
        run_pass(context)
        add_subscriber(context, "a@reader.example", [])
    break_footer(site)
    site.write("a.md", "新しい記事")
    known: set[str] = set()
    told: list[list[str]] = []
    for _ in range(3):
        with site.open() as context, capture_logs() as events:
            _log_pass(get_log(), run_pass(context), known)
        told.append([str(event["reason"]) for event in events if event["event"] == "issue not made"])
        site.clock.advance(seconds=20)
    assert [len(reasons) for reasons in told] == [1, 0, 0]
    assert "unsubscribe-missing" in told[0][0]
    (site.folder / FOOTER).unlink()
    with site.open() as context, capture_logs() as events:
        _log_pass(get_log(), run_pass(context), known)
    assert [event["subject"] for event in events if event["event"] == "issue"] == ["新しい記事"]
