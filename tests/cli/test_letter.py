"""`publisher digest --file`: a letter written by hand goes the way of an issue, once."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from publisher.app.issuing import create_digest
from publisher.app.oneoff import find_sent, plan_letter
from publisher.app.people import add_subscriber
from publisher.issues.select import Request
from publisher.model.issue import IssueState
from publisher.storage.letters import load_markdown
from tests.site import Site

LETTER = """\
---
title: 夏休みのお知らせ 🌻
preheader: 8月10日から休みます
---

読者の皆さまへ

**8月10日**から[休み](/holiday)に入ります。

![向日葵](/images/sun.jpg)
"""


@pytest.fixture
def written(site: Site) -> Site:
    (site.folder / "letter.md").write_text(LETTER, encoding="utf-8")
    site.run("subscribers", "add", "a@reader.example", "--name", "佐藤")
    return site


def part(message: EmailMessage, subtype: str) -> str:
    found = message.get_body((subtype,))
    assert found is not None
    return str(found.get_content()).replace("\r\n", "\n")


def test_a_letter_is_shown_written_tested_and_sent_once(written: Site) -> None:
    letter = ("digest", "weekly", "--file", "letter.md")
    assert "週刊試験ノート (weekly): the letter “夏休みのお知らせ 🌻” for 1 subscriber" in written.run(*letter).stdout

    written.run(*letter, "--out", "look")
    message = message_from_bytes((written.folder / "look" / "message.eml").read_bytes(), policy=policy.default)
    assert (message["Subject"], message.defects) == ("夏休みのお知らせ 🌻", [])

    written.run(*letter, "--to", "me@reader.example")
    assert written.mails()[0]["Subject"] == "【テスト】夏休みのお知らせ 🌻"
    assert written.run_json("issues", "list") == []

    assert "Issue 1 “夏休みのお知らせ 🌻”: done, 1 accepted." in written.run(*letter, "--send").stdout
    mail = next(mail for mail in written.mails() if "X-Publisher-Test" not in mail)
    assert (mail["Subject"], mail["To"]) == ("夏休みのお知らせ 🌻", "佐藤 <a@reader.example>")
    assert mail["List-Id"] == "週刊試験ノート <weekly.note.example>"
    html = part(mail, "html")
    assert re.search(r"<h2[^>]*>夏休みのお知らせ 🌻</h2>", html)
    assert 'href="https://note.example/holiday"' in html
    assert 'src="https://note.example/images/sun.jpg"' in html
    assert "8月10日から休みます" in html
    assert "新しい記事はありません" not in html + part(mail, "plain")
    assert part(mail, "plain").count("読者の皆さまへ") == 1

    refused = written.run(*letter, "--send", code=2).stderr
    assert "letter.md was sent to weekly as issue 1; --again sends the same once more" in refused
    assert len(written.mails()) == 2
    written.run(*letter, "--send", "--again")
    assert len(written.mails()) == 3

    listed = written.run_json("issues", "list")
    assert [(issue["subject"], issue["letter"]) for issue in listed] == [("夏休みのお知らせ 🌻", "letter.md")] * 2
    assert "夏休みのお知らせ 🌻 (letter.md)" in written.run("issues", "list").stdout
    assert "letter.md, a letter" in written.run("issues", "show", "1").stdout
    assert written.run_json("issues", "show", "1")["articles"] == []


def test_another_newsletter_and_another_text_are_not_the_same_letter(written: Site) -> None:
    written.run("digest", "weekly", "--file", "letter.md", "--send")
    written.run("digest", "new-article", "--file", "letter.md", "--send")
    (written.folder / "letter.md").write_text(LETTER.replace("10", "11"), encoding="utf-8")
    written.run("digest", "weekly", "--file", "letter.md", "--send")
    assert [issue["newsletter"] for issue in written.run_json("issues", "list")] == ["weekly", "new-article", "weekly"]


def test_a_letter_takes_nothing_from_the_articles_and_leaves_them_new(written: Site) -> None:
    written.run("build")
    written.write("a.md", "記事")
    before = written.run_json("digest", "weekly")["articles"]
    written.run("digest", "weekly", "--file", "letter.md", "--send")
    assert written.run_json("digest", "weekly")["articles"] == before


def test_a_letter_has_its_own_language_and_template(written: Site) -> None:
    text = "---\ntitle: Closed in August\nlang: en\ntemplate: article\n---\n\nSee you in September.\n"
    (written.folder / "letter.md").write_text(text, encoding="utf-8")
    written.run("digest", "weekly", "--file", "letter.md", "--send")
    mail = written.mails()[0]
    assert mail["Content-Language"] == "en"
    assert 'lang="en"' in part(mail, "html")
    assert "See you in September." in part(mail, "plain")
    (written.folder / "letter.md").write_text(text.replace("article", "fancy"), encoding="utf-8")
    assert "templates/email/fancy: " in written.run("digest", "weekly", "--file", "letter.md", "--send", code=1).stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--file", "none.md"), "none.md: cannot be read"),
        (("--file", "letter.md", "--since", "7d"), "--file is a letter without articles"),
        (("--file", "letter.md", "--intro", "letter.md"), "--file is a letter without articles"),
        (("--file", "draft.md"), "draft.md: is a draft"),
    ],
)
def test_what_cannot_be_is_refused(written: Site, arguments: tuple[str, ...], words: str) -> None:
    (written.folder / "draft.md").write_text("---\ntitle: x\ndraft: true\n---\n本文\n", encoding="utf-8")
    assert words in written.run("digest", "weekly", *arguments, "--send", code=2).stderr
    assert written.run_json("issues", "list") == []


def test_a_draft_can_be_looked_at(written: Site) -> None:
    (written.folder / "draft.md").write_text("---\ntitle: x\ndraft: true\n---\n本文\n", encoding="utf-8")
    written.run("digest", "weekly", "--file", "draft.md", "--out", "look")
    assert "本文" in (written.folder / "look" / "body.txt").read_text(encoding="utf-8")


def test_with_nobody_subscribed_a_letter_is_not_spent(site: Site) -> None:
    (site.folder / "letter.md").write_text(LETTER, encoding="utf-8")
    assert "Nobody is subscribed" in site.run("digest", "weekly", "--file", "letter.md", "--send").stdout
    site.run("subscribers", "add", "a@reader.example")
    site.run("digest", "weekly", "--file", "letter.md", "--send")
    assert len(site.mails()) == 1


def test_an_interrupted_letter_is_brought_to_its_end_by_the_same_command(written: Site) -> None:
    path = written.folder / "letter.md"
    with written.open() as context:
        add_subscriber(context, "b@reader.example", [])
        plan = plan_letter(context, "weekly", path)
        assert find_sent(context, plan) is None
        issue = create_digest(context, plan, Request())  # and then the power went
        assert issue is not None
        assert issue.state is IssueState.FROZEN
        assert find_sent(context, plan) == issue
        assert create_digest(context, plan, Request()) is None, "a second process that planned the same is too late"
        with context.database.read() as connection:
            assert load_markdown(connection, issue.id) == LETTER.partition("---\n\n")[2]
    said = written.run("digest", "weekly", "--file", "letter.md", "--send").stdout
    assert "Issue 1 “夏休みのお知らせ 🌻”: done, 2 accepted." in said
    assert "Nothing to show" not in said
    assert len(written.mails()) == 2


def test_a_letter_may_be_cancelled(written: Site) -> None:
    with written.open() as context:
        assert create_digest(context, plan_letter(context, "weekly", written.folder / "letter.md"), Request())
    assert "`publisher digest weekly --file … --again`" in written.run("issues", "cancel", "1").stdout
    assert "as issue 1" in written.run("digest", "weekly", "--file", "letter.md", "--send", code=2).stderr


def test_each_reader_is_spoken_to_by_what_is_known_of_them(written: Site) -> None:
    people = 'email,name,city\nb@reader.example,,京都\nc@reader.example,鈴木 <o\'>,"<b>奈良</b>, 旧市街"\n'
    (written.folder / "people.csv").write_text(people, encoding="utf-8")
    written.run("subscribers", "import", "people.csv")
    text = """\
---
title: '{{ subscriber.name | default("読者") }}さんへ'
---

## {{ subscriber.fields.city | default("お住まいの町") }}にて

[予約](/visit?city={{ subscriber.fields.city }})
"""
    (written.folder / "letter.md").write_text(text, encoding="utf-8")
    written.run("digest", "weekly", "--file", "letter.md", "--out", "look")
    assert (written.folder / "look" / "subject.txt").read_text(encoding="utf-8") == "読者さんへ\n"
    written.run("digest", "weekly", "--file", "letter.md", "--send")
    mails = {mail["To"].addresses[0].addr_spec: mail for mail in written.mails()}
    assert {address: mail["Subject"] for address, mail in mails.items()} == {
        "a@reader.example": "佐藤さんへ",
        "b@reader.example": "読者さんへ",
        "c@reader.example": "鈴木 <o'>さんへ",
    }
    assert all(mail.defects == [] for mail in mails.values())
    assert "お住まいの町にて" in part(mails["a@reader.example"], "html")
    assert "京都にて" in part(mails["b@reader.example"], "plain")
    html = part(mails["c@reader.example"], "html")
    assert "&lt;b&gt;奈良&lt;/b&gt;, 旧市街にて" in html
    assert 'href="https://note.example/visit?city=%3Cb%3E%E5%A5%88%E8%89%AF%3C%2Fb%3E%2C%20' in html
    assert [issue["subject"] for issue in written.run_json("issues", "list")] == ["読者さんへ"]


def test_a_slip_in_a_placeholder_is_named_with_its_line(written: Site) -> None:
    (written.folder / "letter.md").write_text("---\ntitle: x\n---\n\nやあ\n{{ subscriber.nmae }}\n", encoding="utf-8")
    said = written.run("digest", "weekly", "--file", "letter.md", "--send", code=1).stderr
    assert "letter.md, line 2 of the text: {{ subscriber.nmae }} is not known" in said
