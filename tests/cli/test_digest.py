"""`publisher digest` with words above the articles, without some of them, and in another order."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from publisher.app.consent import ask
from publisher.subscribers.signup import SignUp
from tests.site import CONFIG, Site

SINCE = ("--since", "2026-11-01")


@pytest.fixture
def filled(site: Site) -> Site:
    for day in (10, 11, 12):
        site.write(f"{day}.md", f"{day}日の記事", date=f"2026-11-{day}")
    site.run("subscribers", "add", "a@reader.example")
    return site


def shown(site: Site, *arguments: str) -> list[str]:
    return [article["title"] for article in site.run_json("digest", "weekly", *SINCE, *arguments)["articles"]]


def test_words_of_the_sender_stand_above_the_articles_that_are_sent(filled: Site) -> None:
    (filled.folder / "intro.md").write_text("**今週**は[まとめ](/matome)もどうぞ。\n", encoding="utf-8")
    filled.run("digest", "weekly", *SINCE, "--intro", "intro.md", "--send")
    plain = filled.mails()[0].get_body(("plain",))
    html = filled.mails()[0].get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().index("今週") < plain.get_content().index("12日の記事", plain.get_content().index("="))
    assert 'href="https://note.example/matome"' in html.get_content()


def test_articles_come_in_the_order_asked_for(filled: Site) -> None:
    assert shown(filled, "--order", "oldest") == ["10日の記事", "11日の記事", "12日の記事"]
    assert shown(filled, "--order", "10.md,12.md") == ["10日の記事", "12日の記事", "11日の記事"]
    assert shown(filled, "--order", "articles/11.md,oldest") == ["11日の記事", "10日の記事", "12日の記事"]
    listed = filled.run("digest", "weekly", *SINCE, "--order", "title").stdout
    assert listed.index("10日") < listed.index("11日") < listed.index("12日")


def test_an_excluded_article_is_named_and_stays_new(filled: Site) -> None:
    filled.run("build")
    # Dates of today, because the process has the real clock and what is a week old is not new.
    for name in ("kept", "later"):
        filled.write(f"{name}.md", name, date=f"{datetime.now(ZoneInfo('Asia/Tokyo')):%Y-%m-%d}")
    first = filled.run("digest", "weekly", "--exclude", "later.md", "--send").stdout
    assert "1 article for 1 subscriber" in first
    assert "excluded: " in first
    second = filled.run_json("digest", "weekly")
    assert [article["title"] for article in second["articles"]] == ["later"]
    assert second["already_sent"] == 0
    filled.run("digest", "weekly", "--send")
    nothing = filled.run("digest", "weekly", "--send")
    assert nothing.stdout.startswith("Nothing to show for weekly.")
    assert "--since 7d takes what is of the last week, too" in nothing.stderr
    assert [mail["Subject"] for mail in filled.mails()] == ["kept", "later"]


def test_with_everything_excluded_nothing_is_sent(filled: Site) -> None:
    arguments = [word for day in (10, 11, 12) for word in ("--exclude", f"{day}.md")]
    said = filled.run("digest", "weekly", *SINCE, *arguments, "--send").stdout
    assert "Nothing to show for weekly." in said
    assert said.count("excluded: ") == 3
    assert filled.mails() == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("--exclude", "articles/13.md"),
            "--exclude 'articles/13.md': there is no such article; did you mean articles/1",
        ),
        (("--order", "newst"), "or one of newest, oldest, title"),
        (("--order", "10.md", "--tag", "none", "--order", "title,oldest"), "choose one of title and oldest"),
        (("--order", "10.md", "--since", "2026-11-11"), "articles/10.md would not be in this issue"),
        (("--intro", "none.md"), "none.md: cannot be read"),
    ],
)
def test_wishes_that_cannot_be_granted_end_with_exit_code_2(
    filled: Site, arguments: tuple[str, ...], words: str
) -> None:
    result = filled.run("digest", "weekly", *SINCE, *arguments, "--send", code=2)
    assert words in result.stderr
    assert filled.mails() == []


def test_an_article_of_one_folder_of_several_goes_by_its_path(site: Site) -> None:
    site.configure(CONFIG.replace("articles: {path: articles}", "articles: [{path: articles}, {path: notes}]"))
    site.write("a.md", "記事")
    (site.folder / "notes").mkdir()
    site.write("../notes/a.md", "メモ", slug="memo")
    said = site.run("digest", "weekly", *SINCE, "--exclude", "a.md", code=2).stderr
    assert "'a.md' is 2 articles: articles/a.md, notes/a.md; write more of the path" in said
    assert shown(site, "--exclude", "notes/a.md") == ["記事"]


def wait_for_confirmation(site: Site, email: str) -> None:
    with site.open() as context:
        ask(context, SignUp(email, ("weekly",)))


def test_what_readers_wait_for_goes_out_before_an_issue(site: Site) -> None:
    """A site without `run` and without a server would never send it."""
    site.configure(CONFIG + "web: {url: https://note.example}\n")
    site.clock.now = datetime.now(ZoneInfo("Asia/Tokyo"))
    site.write("a.md", "先週の記事", date="2026-11-10")
    site.run("subscribers", "add", "taro@reader.example")
    wait_for_confirmation(site, "hanako@reader.example")
    told = site.run("digest", "weekly", *SINCE, "--send").stdout
    assert told.startswith("Notices: 1 accepted.\n")
    wait_for_confirmation(site, "jiro@reader.example")
    assert site.run("digest", "weekly", "--send").stdout.startswith("Notices: 1 accepted.\nNothing to show for weekly")
    wait_for_confirmation(site, "emma@reader.example")
    assert site.run_json("digest", "weekly", "--send")["notices"]["accepted"] == 1
    assert site.run_json("digest", "weekly", "--send")["notices"]["accepted"] == 0
    people = [mail["To"].addresses[0].username for mail in site.mails()]
    assert sorted(people) == ["emma", "hanako", "jiro", "taro"]


def test_what_readers_wait_for_goes_out_when_a_draft_is_approved(site: Site) -> None:
    manual = CONFIG.replace("  new-article:\n", "  new-article:\n    approve: manual\n")
    site.configure(manual + "web: {url: https://note.example}\n")
    site.clock.now = datetime.now(ZoneInfo("Asia/Tokyo"))
    site.run("subscribers", "add", "taro@reader.example", "--newsletter", "new-article")
    site.run("run", "--once")
    site.write("a.md", "新しい記事", date=f"{site.clock.now:%Y-%m-%d}")
    assert site.run_json("run", "--once")["held"]
    wait_for_confirmation(site, "hanako@reader.example")
    assert site.run("issues", "approve", "1").stdout.startswith("Notices: 1 accepted.\nIssue 1 ")
    assert sorted(mail["To"].addresses[0].username for mail in site.mails()) == ["hanako", "taro"]
