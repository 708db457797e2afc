"""Each rule with mails that break it and mails that come near and do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from publisher.mail.lint.check import lint
from publisher.mail.lint.finding import RULES, Finding, Severity
from publisher.mail.lint.images import check_weights
from publisher.mail.slots import Slot, word
from publisher.model.rendered import Embedded, RenderedIssue
from tests.mail.lint.mails import FACTS, GOOD, HTML, MARKER, TEXT, UNSUBSCRIBE, WORDS, findings_of, put, rules_of, swap

LINK = '<a style="color:#0b5d8a;" href="{}">{}</a>'
LONG_TITLE = "渡し舟が時刻表をやめて鐘で呼ばれるようになってから一か月、"
BROKEN: list[tuple[str, RenderedIssue]] = [
    ("html-too-large", put("<p>" + "あ" * 34_000 + "</p>")),
    ("html-large", put("<p>" + "あ" * 29_000 + "</p>")),
    ("html-shortened", replace(GOOD, shortened=("岸の鐘",))),
    ("mail-embedded", replace(GOOD, embedded=(Embedded("https://ferry.example/a.png", "png", b"x"),))),
    ("style-too-large", swap("<style>", "<style>" + ".x { margin: 0; }\n" * 1000)),
    ("style-nested", swap("<style>", "<style>@supports (display: grid) { @media (min-width: 1px) { .x { top: 0 } } }")),
    ("style-url", put('<p style="background:#fff url(https://ferry.example/a.png)">x</p>')),
    ("style-url", swap("<style>", "<style>.x { background: url(https://ferry.example/a.png) }")),
    ("active-content", put("<script>alert(1)</script>")),
    ("active-content", put('<iframe src="https://ferry.example"></iframe>')),
    ("active-content", put('<p onclick="go()">x</p>')),
    ("active-content", put(LINK.format("java&#10;script:go()".replace("&#10;", ""), "行く"))),
    ("active-content", swap("<head>", '<head><meta http-equiv="Refresh" content="1">')),
    ("active-content", swap("<head>", '<head><link rel="stylesheet" href="https://ferry.example/a.css">')),
    ("form", put('<form action="https://ferry.example"><input name="q"></form>')),
    ("control-character", replace(GOOD, subject="舟\x92")),
    ("control-character", replace(GOOD, text=TEXT + "\x0b")),
    ("control-character", put("<p>\x85</p>")),
    ("zero-width", put("<p>渡し\u200b舟</p>")),
    ("anchor-broken", put(LINK.format("#nowhere", "下へ"))),
    ("no-doctype", replace(GOOD, html=HTML.removeprefix("<!DOCTYPE html>\n"))),
    ("no-lang", swap('<html lang="ja" dir="ltr">', "<html>")),
    ("no-title", swap(f"<title>{GOOD.subject}</title>", "")),
    ("text-small", put('<p style="font-size:11px">小さい</p>')),
    ("text-small", put('<p style="font-size:8pt">小さい</p>')),
    ("footer-missing", swap(FACTS.address, "")),
    ("footer-missing", swap(f"<br>{FACTS.address}<br>", f'<br><span style="display:none">{FACTS.address}</span><br>')),
    ("footer-missing", replace(GOOD, text=TEXT.replace(FACTS.name, ""))),
    ("unsubscribe-missing", swap(UNSUBSCRIBE, "mailto:off@ferry.example")),
    ("unsubscribe-missing", replace(GOOD, text=TEXT.replace(UNSUBSCRIBE, ""))),
    ("subject-empty", replace(GOOD, subject=" \u200b ")),
    ("subject-shouting", replace(GOOD, subject="BUY THE FERRY NOW")),
    ("subject-shouting", replace(GOOD, subject="渡し舟が来た！！！")),
    ("subject-cut", replace(GOOD, subject=LONG_TITLE)),
    ("preheader-empty", swap('<div style="display:none;">', "<div>")),
    ("preheader-empty", swap(f"{WORDS[:40]}</div>", "&nbsp;&zwnj;</div>")),
    ("placeholder-left", replace(GOOD, subject="{{ title }} の日")),
    ("placeholder-left", put("<p>{% if x %}</p>")),
    ("placeholder-left", put("<p>こんにちは %recipient.name% さん</p>")),
    ("placeholder-left", put("<p>*|FNAME|*</p>")),
    ("placeholder-left", put(LINK.format("https://ferry.example/{{slug}}", "読む"))),
    ("placeholder-left", put(f"<p>{word(MARKER, Slot.NAME).lower()}</p>")),
    ("placeholder-left", replace(GOOD, subject=word(MARKER, Slot.NAME).lower())),
    ("value-missing", put("<p>None</p>")),
    ("value-missing", put(LINK.format("https://ferry.example/articles/undefined", "読む"))),
    ("value-missing", put('<img src="https://ferry.example/a.png" alt="null" width="10">')),
    ("link-empty", put(LINK.format("", "読む"))),
    ("link-empty", put(LINK.format("#", "読む"))),
    ("link-relative", put(LINK.format("articles/bell", "読む"))),
    ("link-relative", put('<img src="/bell.png" alt="" width="10">')),
    ("link-no-scheme", put(LINK.format("www.ferry.example/bell", "読む"))),
    ("link-no-scheme", put(LINK.format("//ferry.example/bell", "読む"))),
    ("link-malformed", put(LINK.format("https://", "読む"))),
    ("link-malformed", put(LINK.format("https://[ferry/", "読む"))),
    ("link-malformed", put(LINK.format("https://ferry.example/鐘", "読む"))),
    ("link-malformed", put(LINK.format("https://ferry.example:99999999/", "読む"))),
    ("link-scheme", put(LINK.format("ftp://ferry.example/bell", "読む"))),
    ("link-http", put(LINK.format("http://ferry.example/bell", "読む"))),
    ("link-no-text", put(LINK.format("https://ferry.example/bell", ""))),
    (
        "link-no-text",
        put(LINK.format("https://ferry.example/x", '<img src="https://f.example/a.png" alt="" width="9">')),
    ),
    ("link-shortened", put(LINK.format("https://bit.ly/3x", "読む"))),
    ("link-text-differs", put(LINK.format("https://thief.example/", "https://bank.example/login"))),
    ("link-text-differs", put(LINK.format("https://thief.example/", "bank.example"))),
    ("image-no-address", put('<img alt="" width="10">')),
    ("image-no-alt", put('<img src="https://ferry.example/a.png" width="10">')),
    ("image-no-width", put('<img src="https://ferry.example/a.png" alt="">')),
    ("image-no-width", put('<img src="https://ferry.example/a.png" alt="" width="100%">')),
    ("image-too-wide", put('<img src="https://ferry.example/a.png" alt="" width="940">')),
    ("image-format", put('<img src="https://ferry.example/a.webp?v=1" alt="" width="10">')),
    ("image-format", put('<img src="https://ferry.example/a.SVG" alt="" width="10">')),
    ("image-inside", put('<img src="data:image/png;base64,AAAA" alt="" width="10">')),
    ("text-empty", replace(GOOD, text=" \n")),
    (
        "text-differs",
        replace(GOOD, text="Cheap watches for everybody, only today and only here with us. " * 5 + TEXT[-200:]),
    ),
    ("contrast", put('<p style="color:#bbbbbb">薄い</p>')),
    ("contrast-dark", put('<p style="background-color:#ffffff">明るい</p>')),
    ("contrast-unknown", put('<p style="background-image:linear-gradient(red, blue)">どこ</p>')),
    ("feature-missing", put('<p style="display:flex">並ぶ</p>')),
    ("feature-missing", put("<video></video>")),
    ("feature-missing", put('<p style="width:calc(100% - 2rem)">計算</p>')),
    ("feature-extra", put('<p style="border-radius:6px">角</p>')),
]
FINE: list[tuple[str, RenderedIssue]] = [
    ("html-large", put("<p>" + "あ" * 20_000 + "</p>")),
    ("html-large", replace(put("<p>" + "あ" * 29_000 + "</p>"), shortened=("岸の鐘",))),
    (
        "style-nested",
        swap("<style>", "<style>@media (min-width: 1px) { .x { top: 0 } } @media print { .x { top: 0 } }"),
    ),
    ("zero-width", put("<p>👨‍👩‍👧</p>")),
    ("anchor-broken", put(LINK.format("#more", "下へ"))),
    ("anchor-broken", put('<a name="鐘"></a>' + LINK.format("#%E9%90%98", "下へ"))),
    ("no-doctype", swap("<!DOCTYPE html>", "<!doctype html>")),
    ("text-small", put('<p style="font-size:9pt">読める</p>')),
    ("footer-missing", swap(FACTS.address, FACTS.address.replace("千代田", "千代\n田"))),
    ("footer-missing", replace(GOOD, text=TEXT.replace("見本町", "見\n本町"))),
    ("subject-shouting", replace(GOOD, subject="NASA と ESA")),
    ("subject-shouting", replace(GOOD, subject="渡し舟が来た!!")),
    ("subject-cut", replace(GOOD, subject="渡し舟が時刻表をやめた")),
    ("placeholder-left", put("<p><code>{{ title }}</code></p>")),
    ("placeholder-left", put('<table><tr><td class="code">{{ title }}</td></tr></table>')),
    ("placeholder-left", put("<p>50% の人と {波括弧} と $5</p>")),
    ("placeholder-left", put(f"<p>{word(MARKER, Slot.NAME)} さん</p>")),
    ("value-missing", put("<p>None of the above</p>")),
    ("value-missing", put(LINK.format("https://ferry.example/undefined-behaviour", "読む"))),
    ("link-relative", put(LINK.format("tel:+81-3-0000-0000", "電話"))),
    ("link-scheme", put('<img src="cid:bell" alt="" width="10">')),
    ("link-malformed", put(LINK.format("https://ferry.example/%E9%90%98?a=1#b", "読む"))),
    ("link-no-text", put(LINK.format("https://f.example/", '<img src="https://f.example/a.png" alt="鐘" width="9">'))),
    (
        "link-no-text",
        put('<a aria-hidden="true" href="https://f.example/"><img src="https://f.example/a.png" alt="" width="9"></a>'),
    ),
    ("link-text-differs", put(LINK.format("https://www.bank.example/", "bank.example"))),
    ("link-text-differs", put(LINK.format("https://news.bank.example/a", "https://bank.example/a"))),
    ("link-text-differs", put(LINK.format("https://thief.example/", "2.5倍"))),
    ("image-format", put('<img src="https://ferry.example/a.jpeg" alt="" width="10">')),
    ("image-format", put('<img src="https://ferry.example/picture" alt="" width="10">')),
    ("image-no-width", put('<img src="https://ferry.example/a.png" alt="" width="10px">')),
    ("contrast", put('<p style="color:#bbbbbb;display:none">薄い</p>')),
    ("contrast", put('<p style="color:#8a8a8a;font-size:24px">大きい</p>')),
    ("contrast-unknown", put('<p style="background:none;color:inherit">どこ</p>')),
    ("feature-missing", put('<p style="height:auto;border-radius:6px;margin:0 0 2em">普通</p>')),
    ("feature-missing", put("<p><ruby>鐘<rp>(</rp><rt>かね</rt><rp>)</rp></ruby></p>")),
]


def test_the_good_mail_breaks_no_rule() -> None:
    assert [finding for finding in findings_of(GOOD) if finding.rule != "feature-extra"] == []


@pytest.mark.parametrize(("rule", "issue"), BROKEN, ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(BROKEN)])
def test_a_mail_that_breaks_the_rule(rule: str, issue: RenderedIssue) -> None:
    found = [finding for finding in findings_of(issue) if finding.rule == rule]
    assert found, rules_of(issue)
    assert all(finding.message and finding.where for finding in found)
    assert MARKER not in "".join(map(str, found)), "the marker is another in the next rendering"


@pytest.mark.parametrize(("rule", "issue"), FINE, ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(FINE)])
def test_a_mail_that_does_not(rule: str, issue: RenderedIssue) -> None:
    assert rule not in rules_of(issue)


def test_a_mail_of_pictures_alone() -> None:
    bare = '<!DOCTYPE html><html lang="ja"><body><img src="https://f.example/a.png" alt="" width="10">{}</body></html>'
    assert "image-only" in rules_of(replace(GOOD, html=bare.format("")))
    assert "image-only" not in rules_of(replace(GOOD, html=bare.format("鐘" * 120)))


def test_a_message_without_list_unsubscribe() -> None:
    assert "list-unsubscribe-missing" in rules_of(GOOD, replace(FACTS, has_list_unsubscribe=False))


def test_what_an_article_says_is_no_mistake_of_a_template() -> None:
    facts = replace(FACTS, own_words="テンプレートは {{ title }} と書き、値は\nNone\nです")
    issue = put("<p>{{ title }} と書く</p><p>None</p>")
    assert rules_of(issue, facts) & {"placeholder-left", "placeholder-in-article", "value-missing"} == {
        "placeholder-in-article"
    }
    assert {"placeholder-left", "value-missing"} < rules_of(issue)


def test_heavy_pictures() -> None:
    assert [finding.rule for finding in check_weights({"https://f.example/a.png": 1_000_001})] == ["image-heavy"]
    assert list(check_weights({"https://f.example/a.png": 1_000_000})) == []
    together = list(check_weights({f"https://f.example/{n}.png": 900_000 for n in range(6)}))
    assert [finding.where for finding in together] == ["the pictures"]


def test_each_address_is_told_once_and_a_flood_is_counted() -> None:
    twice = put(LINK.format("http://ferry.example/a", "一") * 3)
    assert [finding.rule for finding in findings_of(twice)].count("link-http") == 1
    flood = put("".join(LINK.format(f"http://ferry.example/{n}", "読む") for n in range(50)))
    found = [finding for finding in findings_of(flood) if finding.rule == "link-http"]
    assert len(found) == 21
    assert "30 more" in found[-1].message


def test_errors_come_first_and_what_is_ignored_does_not_come() -> None:
    issue = put("<script></script>" + LINK.format("http://ferry.example/", "読む"))
    severities = [finding.severity for finding in findings_of(issue)]
    assert severities == sorted(severities, key=list(Severity).index)
    assert severities[0] is Severity.ERROR
    ignored = lint(issue, FACTS, ["active-content", "link-http"])
    assert {finding.rule for finding in ignored} == {"feature-extra"}


def test_of_a_mail_beyond_all_measure_only_the_size_is_told() -> None:
    assert rules_of(put("<script></script>" * 100_000)) == {"html-too-large"}


def test_every_rule_has_a_mail_that_breaks_it() -> None:
    elsewhere = {"template-broken", "list-unsubscribe-missing", "placeholder-in-article", "image-only", "image-heavy"}
    asked_of_servers = {"link-dead", "link-unreachable"}  # tests/app/test_linkcheck.py
    assert {rule for rule, _ in BROKEN} == set(RULES) - elsewhere - asked_of_servers


def test_every_rule_is_documented_with_its_severity() -> None:
    page = (Path(__file__).parents[3] / "docs" / "lint.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert sorted(row.split("|")[1].strip(" `") for row in rows if row.count("|") == 4) == sorted(RULES)
    for rule, severity in RULES.items():
        assert f"| `{rule}` | {severity.value} |" in page


def test_a_finding_reads_as_a_line_with_its_place() -> None:
    finding = Finding("link-http", "is not encrypted", '<a href="http://a.example">', file="articles/a.md", line=12)
    assert str(finding) == 'articles/a.md:12: link-http: <a href="http://a.example"> is not encrypted'
    assert str(replace(finding, file="", line=None)).startswith("link-http: <a")
