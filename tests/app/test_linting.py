"""What stops an issue, and what only is told; what goes out next, seen without changing anything."""

from __future__ import annotations

import pytest

from publisher.app.issuing import IssueReport, create_digest, create_due_issues, plan_digest
from publisher.app.letters import render
from publisher.app.linting import LintedIssue, lint_newsletters
from publisher.app.people import add_subscriber
from publisher.app.reading import scan
from publisher.app.sending import deliver
from publisher.config import load_config
from publisher.errors import IssueRefused
from publisher.issues.select import Request
from publisher.mail.lint.check import errors_of
from publisher.mail.lint.finding import RULES, Severity
from publisher.model.issue import Selection
from tests.pictures import make_picture
from tests.site import CONFIG, Site
from tests.webserver import Page, WebServer

FRAMED = '{{% extends "email/base.html" %}}{{% block content %}}<tr><td>{}</td></tr>{{% endblock %}}'
FOOTER = "templates/email/partials/footer.html"
IGNORING = CONFIG.replace("    burst: 3\n", "    burst: 3\n    lint: {ignore: [unsubscribe-missing, footer-missing]}\n")


def open_site(site: Site) -> None:
    with site.open() as context:
        scan(context)
        add_subscriber(context, "a@reader.example", [])


def create_due(site: Site) -> IssueReport:
    with site.open() as context:
        return create_due_issues(context, scan(context).articles)


def write(site: Site, path: str, text: str) -> None:
    file = site.folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def look(site: Site, *names: str) -> list[LintedIssue]:
    return lint_newsletters(load_config(site.config), names or ("new-article",), site.clock(), None)


def rules(issue: LintedIssue) -> set[str]:
    return {finding.rule for finding in issue.findings}


# ------------------------------------------------------------------------------------------------ before a send


def test_an_error_stops_the_issue_until_it_is_mended_and_nothing_is_lost(site: Site) -> None:
    open_site(site)
    site.write("a.md", "新しい記事")
    write(site, FOOTER, "<p>では、また。</p>")
    report = create_due(site)
    assert report.created == []
    reason = report.failed["new-article"]
    assert "unsubscribe-missing" in reason
    assert "footer-missing" in reason
    assert "print unsubscribe_url in body.html" in reason
    assert create_due(site).failed["new-article"] == reason, "the same words in every pass, so that a log tells it once"
    (site.folder / FOOTER).unlink()
    assert [issue.subject for issue in create_due(site).created] == ["新しい記事"]


def test_a_newsletter_may_live_with_an_error(site: Site) -> None:
    site.configure(IGNORING)
    open_site(site)
    site.write("a.md", "新しい記事")
    write(site, FOOTER, "<p>では、また。</p>")
    report = create_due(site)
    assert [issue.subject for issue in report.created] == ["新しい記事"]
    assert report.failed == {}


def test_a_warning_is_told_once_and_the_issue_goes_out(site: Site) -> None:
    open_site(site)
    site.write("a.md", "新しい記事", body="読む：[古い頁](http://old.example/page)\n")
    report = create_due(site)
    assert len(report.created) == 1
    (warning,) = report.warnings["new-article"]
    assert warning.startswith("articles/a.md:6: link-http: ")
    assert create_due(site).warnings == {}


def test_one_article_with_a_fault_does_not_hold_up_the_others(site: Site) -> None:
    open_site(site)
    write(site, "templates/email/partials/figure.html", '{% if "絵" in picture.tags %}<img alt="絵">{% endif %}')
    site.write("a.md", "絵のない記事", tags=["絵"], date="2026-11-16")
    site.write("b.md", "短い記事", date="2026-11-17")
    report = create_due(site)
    assert [issue.subject for issue in report.created] == ["短い記事"]
    assert "image-no-address" in report.failed["new-article"]
    again = create_due(site)
    assert again.created == []
    assert "image-no-address" in again.failed["new-article"]
    site.write("a.md", "絵のない記事", date="2026-11-16")
    assert [issue.subject for issue in create_due(site).created] == ["絵のない記事"]


def test_a_long_article_ends_early_and_the_report_says_so(site: Site) -> None:
    open_site(site)
    site.write("a.md", "長い記事", body="\n\n".join(f"{number}回目。" + "あ" * 500 for number in range(100)))
    report = create_due(site)
    (issue,) = report.created
    assert report.warnings["new-article"] == [
        "articles/a.md:2: html-shortened: “長い記事” ends early and leads to the rest: "
        "in full the mail would have more than 100,000 bytes"
    ]
    with site.open() as context:
        deliver(context)
    (mail,) = site.mails()
    text, html = (part.get_content() for part in mail.iter_parts())
    assert len(html.encode()) <= 100_000
    assert ("99回目" in text, "99回目" in html, "10回目" in html) == (True, False, True)
    assert issue.subject == "長い記事"


def test_a_scheduled_issue_with_an_error_keeps_its_minute(site: Site) -> None:
    open_site(site)
    site.write("a.md", "記事")
    site.clock.advance(days=4)
    write(site, FOOTER, "")
    assert "weekly" in create_due(site).failed
    (site.folder / FOOTER).unlink()
    assert "weekly" in [issue.newsletter for issue in create_due(site).created]


def test_a_digest_by_hand_is_stopped_too(site: Site) -> None:
    open_site(site)
    site.write("a.md", "記事")
    write(site, FOOTER, "")
    with site.open() as context:
        plan = plan_digest(context, "weekly", Request(), scan(context).articles)
        with pytest.raises(IssueRefused, match=r"weekly: the issue is not sent(.|\n)*lint: \{ignore: \["):
            create_digest(context, plan, Request())
        (site.folder / FOOTER).unlink()
        assert create_digest(context, plan, Request()) is not None


# ------------------------------------------------------------------------------------------------ what goes out next


def test_without_a_database_the_newest_articles_stand_in(site: Site) -> None:
    site.write("a.md", "古い", date="2026-11-01")
    site.write("b.md", "新しい", date="2026-11-02")
    weekly, single = look(site, "weekly", "new-article")
    assert (weekly.subject, weekly.articles, weekly.is_next) == ("新しい ほか1本", 2, False)
    assert (single.subject, single.articles) == ("新しい", 1)
    assert not (site.folder / "publisher.db").exists()
    assert not (site.folder / "publisher.key").exists()


def test_what_no_issue_holds_yet_goes_out_next(site: Site) -> None:
    site.write("old.md", "昔の記事", date="2026-11-10")
    open_site(site)
    assert [issue.is_next for issue in look(site)] == [False]
    site.write("a.md", "一つ目", date="2026-11-17")
    site.write("b.md", "二つ目", date="2026-11-18")
    found = look(site, "new-article", "weekly")
    assert [(issue.subject, issue.is_next) for issue in found] == [
        ("一つ目", True),
        ("二つ目", True),
        ("二つ目 ほか1本", True),
    ]
    create_due(site)
    assert [issue.is_next for issue in look(site, "new-article", "weekly")] == [False, True]


def test_more_than_burst_is_one_digest(site: Site) -> None:
    open_site(site)
    for number in range(4):
        site.write(f"{number}.md", f"記事{number}")
    (issue,) = look(site)
    assert (issue.articles, issue.is_next) == (4, True)


def test_nothing_to_show_is_nothing_to_look_at(site: Site) -> None:
    assert look(site) == []


def test_a_broken_template_is_a_finding_and_the_next_newsletter_is_looked_at(site: Site) -> None:
    site.write("a.md", "記事")
    write(site, "templates/email/digest/body.html", FRAMED.format("{{ nothing }}"))
    weekly, single = look(site, "weekly", "new-article")
    assert rules(weekly) == {"template-broken"}
    assert "templates/email/digest/body.html:1" in weekly.findings[0].message
    assert errors_of(single.findings) == []


def test_findings_stand_at_the_line_of_the_article(site: Site) -> None:
    body = "一行目\n\n![図](/images/a%20b.webp)\n\n[古い](http://old.example/%E9%A0%81)\n"
    site.write("a.md", "記事", body=body, image="https://note.example/cover.avif")
    (issue,) = look(site)
    places = {(finding.rule, finding.line) for finding in issue.findings if finding.file == "articles/a.md"}
    assert {("image-format", 4), ("image-format", 9), ("link-http", 11)} <= places


def test_files_of_pictures_are_weighed_without_asking_anybody(site: Site) -> None:
    site.write("a.md", "記事", image="https://note.example/big.png")
    site.output.mkdir()
    (site.output / "big.png").write_bytes(b"x" * 1_000_001)
    assert "image-heavy" in rules(look(site)[0])


# ------------------------------------------------------------------------------------------------ our own templates

EVERYTHING = """\
## 見出し

**太字**と*強調*と~~消した~~文字、`コード`、[リンク](https://note.example/x?a=1&b=2)、{漢字|かんじ}[^1]。

![鐘](https://note.example/bell.png)

- [x] 済み
- 一つ
  1. 二つ

> [!NOTE]
> 囲み

> 引用

| 時刻 | 人 |
|--|--:|
| 5:00 | 12 |

```python
def ring(bell: str) -> str:
    return f"{{ {bell} }}"  # 鳴らす
```

:::message
お知らせ
:::

$e = mc^2$

<details><summary>もっと</summary>中身</details>

<kbd>Ctrl</kbd> <mark>印</mark> <del>古い</del> <ins>新しい</ins>
<abbr title="HyperText">HT</abbr> H<sub>2</sub>O x<sup>2</sup>

---

https://www.youtube.com/watch?v=abcdefghijk

[^1]: 注です。
"""


@pytest.mark.parametrize("schedule", ["digest", "article"])
def test_the_packaged_templates_are_without_error_or_warning(site: Site, schedule: str) -> None:
    site.configure(CONFIG.replace("schedule: on-publish", f"schedule: on-publish\n    template: {schedule}"))
    site.write("plain.md", "短い記事", date="2026-11-10")
    site.write("english.md", "Only a bell", date="2026-11-11", lang="en", body="It rings *twice*.\n")
    site.write(
        "all.md",
        "🔔 何でもある記事",
        body=EVERYTHING,
        image="https://note.example/cover.jpg",
        imageCredit="写真：佐藤",
        tags=["鐘", "R&D"],
        category="暮らし",
    )
    for issue in look(site, "weekly", "new-article"):
        assert [finding for finding in issue.findings if finding.severity is not Severity.NOTE] == []
        assert rules(issue) <= {"feature-extra", "subject-cut"}


def test_every_rule_has_a_severity() -> None:
    assert set(RULES.values()) == set(Severity)


# ------------------------------------------------------------------------------------------------ what pictures are


def test_what_a_picture_is_its_file_says_and_not_its_name(site: Site) -> None:
    open_site(site)
    site.write("trip/index.md", "旅", image="cover.png")
    (site.articles / "trip" / "cover.png").write_bytes(make_picture("WEBP"))
    (found,) = [finding for finding in look(site)[0].findings if finding.rule == "image-format"]
    assert "cover.png" in found.where
    assert "is WEBP, which is not shown by" in found.message
    site.configure(CONFIG + "mail: {images: {copies: true}}\n")
    assert "image-format" not in rules(look(site)[0])


def test_what_was_remembered_of_other_sites_is_known_without_asking(site: Site) -> None:
    with WebServer() as server:
        server.pages["/a"] = Page(make_picture("AVIF") + bytes(1_000_001))
        site.configure(CONFIG + "mail: {images: {allow_private: true}}\n")
        open_site(site)
        site.write("a.md", "絵", body=f"![図]({server.url('/a')})")
        assert not {"image-format", "image-heavy"} & rules(look(site)[0])
        assert server.paths() == []
        with site.open() as context:
            render(context, "new-article", Selection(articles=tuple(scan(context).articles)))
        assert server.paths() == ["/a"]
        assert {"image-format", "image-heavy"} <= rules(look(site)[0])
        assert server.paths() == ["/a"]
