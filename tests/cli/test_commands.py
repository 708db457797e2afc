"""The command as a person runs it: real processes, what they print, and their exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from typer.testing import CliRunner

from publisher.cli.main import COMMANDS, choose_commands, make_program
from tests.site import CONFIG, Site

CSV = "email,name,language,city\na@reader.example,佐藤,ja,大阪\nb@reader.example,,,\nnot-an-address,x,,\n"


@pytest.mark.parametrize("group", ["", "subscribers", "suppressions", "issues", "deliveries", "bounces"])
def test_what_help_says_of_each_command_fits_its_line(group: str) -> None:
    shown = CliRunner().invoke(make_program(), [group, "--help"] if group else ["--help"], terminal_width=80).stdout
    commands = shown.partition("Commands:\n")[2].splitlines()
    assert commands
    assert not [line for line in commands if line.endswith("...")]


def test_help_is_quick_and_loads_neither_rows_nor_inliner() -> None:
    code = (
        "import sys, time\n"
        "sys.argv = ['publisher', '--help']\n"
        "from publisher.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'sqlalchemy', 'premailer', 'pydantic', 'lxml', 'rich', 'apscheduler', 'jinja2'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    for command in ("init", "check", "build", "digest", "run", "serve", "subscribers", "issues", "status"):
        assert command in result.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_prepared_alone_says_what_it_says_among_all(name: str) -> None:
    chosen = choose_commands(["-c", "build", "--config=x", "-cy", name, "build"])
    assert chosen == [name]
    for words in ([name, "--help"], [name, "--no-such-option"]):
        assert _say(chosen, words) == _say(COMMANDS, words)


def _say(names: Iterable[str], words: list[str]) -> tuple[int, str]:
    result = CliRunner().invoke(make_program(names), words)
    return result.exit_code, result.output


@pytest.mark.parametrize(
    "words",
    [[], ["-h"], ["--help"], ["--version"], ["-c"], ["-c", "x"], ["biuld"], ["-x", "build"], ["--", "build"], [""]],
)
def test_all_commands_are_prepared_where_none_is_plainly_meant(words: list[str]) -> None:
    assert choose_commands(words) is COMMANDS


FEEDS_ONLY = "site: {title: 試験ノート, url: 'https://note.example', language: ja, timezone: Asia/Tokyo}\n"
# Most of the time of a small build goes by with loading: a module of ours takes one to ten milliseconds, a
# library more.
FOR_CHANGES = {"markdown_it", "feedgen.entry", "lxml.etree", "publisher.markup.parser", "publisher.sources.frontmatter"}
FOR_OTHER_COMMANDS = {
    *("httpx", "jinja2", "rich", "structlog", "premailer", "alembic", "babel", "PIL", "cryptography", "fastapi"),
    *("feedparser", "apscheduler", "multiprocessing", "sqlalchemy", "asyncio", "ssl"),
    *("publisher.delivery", "publisher.hub", "publisher.segments", "publisher.bounces", "publisher.subscribers"),
    *("publisher.app.pinging", "publisher.storage.subscriptions", "publisher.scheduler"),
    *("publisher.model.hub", "publisher.model.consent", "publisher.model.issue", "publisher.model.message"),
    *("publisher.cli.subscribers", "publisher.cli.run", "publisher.cli.digest", "publisher.cli.status"),
}


def loaded_by_a_build(site: Site) -> tuple[set[str], str]:
    code = (
        "import sys\n"
        "sys.argv = ['publisher', 'build']\n"
        "from publisher.cli.main import main\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=site.folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    names = [name.split(".") for name in result.stderr.split()]
    return {".".join(name[:length]) for name in names for length in range(1, len(name) + 1)}, result.stdout


def test_a_build_with_nothing_to_do_loads_neither_markdown_nor_what_sends(site: Site) -> None:
    site.configure(FEEDS_ONLY)
    site.write("a.md", "第一回")
    site.run("build")
    loaded, said = loaded_by_a_build(site)
    assert "all up to date" in said
    assert "publisher.app.publishing" in loaded
    assert not loaded & (FOR_CHANGES | FOR_OTHER_COMMANDS)


def test_a_build_of_one_change_loads_nothing_that_sends_or_asks(site: Site) -> None:
    site.configure(FEEDS_ONLY)
    site.write("a.md", "第一回")
    site.run("build")
    site.write("a.md", "第一回、なおした")
    loaded, said = loaded_by_a_build(site)
    assert "Read 1 changed file of 1" in said
    assert loaded >= FOR_CHANGES
    assert not loaded & FOR_OTHER_COMMANDS


def test_init_gives_a_start_that_works_and_never_overwrites(site: Site) -> None:
    site.run("init", "blog")
    blog = Site(site.folder / "blog")
    checked = blog.run("check")
    assert "problem" not in checked.stdout
    assert "organisation: name, address, contact: still as `publisher init` wrote it" in checked.stderr
    blog.run("build")
    assert (blog.output / "rss.xml").is_file()
    blog.config.write_text(blog.config.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    again = site.run("init", "blog")
    assert "kept" in again.stdout
    assert blog.config.read_text(encoding="utf-8").endswith("# mine\n")
    assert len(list(blog.articles.iterdir())) == 1


def test_config_problems_are_told_all_at_once_with_their_lines(site: Site) -> None:
    site.configure(CONFIG.replace("  title: 試験ノート\n", "  titel: 試験ノート\n").replace("on-publish", "on-pubish"))
    result = site.run("build", code=2)
    assert "config.yaml:1: site.title: is missing" in result.stderr
    assert 'config.yaml:2: site.titel: is not a known key; did you mean "title"?' in result.stderr
    assert "newsletters.new-article.schedule" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_missing_config_says_what_to_do(site: Site) -> None:
    result = site.run("-c", "nowhere.yaml", "status", code=2)
    assert "nowhere.yaml: not found" in result.stderr
    assert "publisher init" in result.stderr


def test_a_password_in_the_transport_is_never_shown(site: Site) -> None:
    site.configure(CONFIG.replace('"maildir:outbox"', '"smtp://me:geheim99@mail.example.com:99999"'))
    result = site.run("check", code=2)
    assert "delivery.transport" in result.stderr
    assert "geheim99" not in result.stderr + result.stdout


def test_check_names_what_is_wrong_and_exits_1(site: Site) -> None:
    site.write("good.md", "よい")
    site.write_raw("bad.md", "---\ntitle: 題だけ\n---\n本文\n")
    result = site.run("check", code=1)
    assert "articles/bad.md:1: date: is missing" in result.stderr
    assert site.run_json("check", code=1)["problems"][0]["field"] == "date"
    assert not (site.folder / "publisher.db").exists(), "check changes nothing"


def test_build_skips_what_it_cannot_read_and_exits_0(site: Site) -> None:
    site.write("good.md", "よい")
    site.write_raw("bad.md", "---\ntitle: 題だけ\n---\n本文\n")
    result = site.run("build")
    assert "articles/bad.md:1: date: is missing" in result.stderr
    assert "1 article, 1 skipped" in result.stdout
    report = site.run_json("build")
    assert (report["written"], report["skipped"][0]["file"]) == ([], "articles/bad.md")


def test_build_exits_1_when_a_feed_could_not_be_replaced(site: Site) -> None:
    (site.output / "rss.xml").mkdir(parents=True)
    result = site.run("build", code=1)
    assert "rss.xml: cannot be written" in result.stderr


def test_subscribers_are_imported_once_and_those_who_left_stay_away(site: Site) -> None:
    (site.folder / "people.csv").write_text(CSV, encoding="utf-8")
    first = site.run("subscribers", "import", "people.csv")
    assert "people.csv:4: email: the address 'not-an-address' is not of the form name@domain" in first.stderr
    assert "2 subscribers added" in first.stdout
    site.run("subscribers", "remove", "B@reader.example")
    again = site.run_json("subscribers", "import", "people.csv")
    assert (again["added"], again["unchanged"], again["left"]) == (0, 1, 1)
    people = {person["email"]: person for person in site.run_json("subscribers", "list")}
    assert people["a@reader.example"]["newsletters"] == ["new-article", "weekly"]
    assert people["a@reader.example"]["fields"] == {"city": "大阪"}
    assert people["a@reader.example"]["source"] == "imported from people.csv"
    assert people["b@reader.example"]["state"] == "unsubscribed"
    back = site.run_json("subscribers", "add", "b@reader.example", "--newsletter", "weekly")
    assert (back["state"], back["newsletters"]) == ("active", ["weekly"])


def test_who_leaves_everything_leaves_newsletters_too_that_are_not_configured_now(site: Site) -> None:
    site.run("subscribers", "add", "a@reader.example")
    site.configure(CONFIG.replace("  new-article:", "  renamed:"))
    site.run("subscribers", "remove", "a@reader.example")
    site.configure()
    assert site.run_json("subscribers", "list")[0]["newsletters"] == []


def test_check_says_when_a_template_has_lost_what_the_law_asks_for(site: Site) -> None:
    own = site.folder / "templates" / "email" / "digest"
    own.mkdir(parents=True)
    (own / "body.txt").write_text("{{ site.title }}", encoding="utf-8")
    result = site.run("check")
    assert "newsletter weekly: body.txt has no way to unsubscribe" in result.stderr
    assert "newsletter weekly: body.txt does not say who sends it" in result.stderr
    (own / "body.txt").write_text(" ", encoding="utf-8")
    assert "templates/email/digest/body.txt: gives nothing" in site.run("check", code=1).stderr


def test_subscribing_to_an_unknown_newsletter_names_the_known_ones(site: Site) -> None:
    result = site.run("subscribers", "add", "a@reader.example", "-n", "daily", code=2)
    assert "there is no newsletter 'daily'; known: weekly, new-article" in result.stderr


def test_a_digest_shows_writes_tests_and_sends(site: Site) -> None:
    for day in (10, 11, 12):
        site.write(f"{day}.md", f"{day}日の記事 ✨", date=f"2026-11-{day}", tags=["猫"] if day == 11 else ["犬"])
    site.run("subscribers", "add", "a@reader.example", "--name", "佐藤")

    shown = site.run("digest", "weekly", "--since", "2026-11-01")
    assert "3 articles for 1 subscriber" in shown.stdout
    assert "Nothing was sent" in shown.stdout
    assert site.run_json("issues", "list") == []

    tagged = site.run_json("digest", "weekly", "--since", "2026-11-01", "--tag", "猫")
    assert [article["title"] for article in tagged["articles"]] == ["11日の記事 ✨"]
    until = site.run_json("digest", "weekly", "--since", "2026-11-01", "--until", "2026-11-11", "--limit", "1")
    assert [article["title"] for article in until["articles"]] == ["11日の記事 ✨"]
    assert [article["title"] for article in until["links"]] == ["10日の記事 ✨"]

    site.run("digest", "weekly", "--since", "2026-11-01", "--out", "look/here")
    folder = site.folder / "look" / "here"
    assert sorted(path.name for path in folder.iterdir()) == ["body.html", "body.txt", "message.eml", "subject.txt"]
    message = message_from_bytes((folder / "message.eml").read_bytes(), policy=policy.default)
    assert message.defects == []
    assert message["To"] == "試験ノート <news@note.example>"
    assert message["List-Id"] == "週刊試験ノート <weekly.note.example>"
    assert message["Subject"] == (folder / "subject.txt").read_text(encoding="utf-8").strip()
    assert "X-Publisher-Test" not in message

    site.run("digest", "weekly", "--since", "2026-11-01", "--to", "me@reader.example")
    test = site.mails()[0]
    assert (test["To"], test["X-Publisher-Test"]) == ("me@reader.example", "yes")
    assert test["Subject"].startswith("【テスト】")
    assert site.run_json("issues", "list") == []

    sent = site.run("digest", "weekly", "--since", "2026-11-01", "--send")
    assert "1 accepted" in sent.stdout
    again = site.run("digest", "weekly", "--since", "2026-11-01", "--send")
    assert "Nothing to show for weekly (3 articles sent before" in again.stdout
    assert len(site.mails()) == 2
    issue = site.run_json("issues", "list")[0]
    assert {key: issue[key] for key in ("id", "newsletter", "state", "queued", "accepted", "failed")} == {
        "id": 1,
        "newsletter": "weekly",
        "state": "done",
        "queued": 0,
        "accepted": 1,
        "failed": 0,
    }
    assert len(site.run_json("issues", "show", "1")["articles"]) == 3
    assert site.run("digest", "weekly", "--since", "2026-11-01", "--again").stdout.count("日の記事") == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("digest", "daily"), "there is no newsletter 'daily'"),
        (("digest", "weekly", "--since", "yesterday"), "--since: 'yesterday' is neither a duration (7d) nor a date"),
        (("digest", "weekly", "--send", "--out", "x"), "choose one of --out, --to and --send"),
        (("digest", "weekly", "--since", "2026-02-02", "--until", "2026-01-01"), "lies before --since"),
        (("issues", "show", "7"), "there is no issue 7"),
        (("issues", "approve", "7"), "there is no issue 7"),
        (("issues", "show", "0"), "'0' is no number of an issue"),
        (("preview", "--no-open", "--issue", "9" * 19), "no number of an issue; `publisher issues list` shows them"),
        (("deliveries", "--issue", "9" * 5000), "is no number of an issue"),
        (("subscribers", "remove", "a@b.example"), "nobody has the address"),
        (("subscribers", "add", "a@b@c"), "the address 'a@b@c'"),
        (("subscribers", "import", "none.csv"), "none.csv: cannot be read"),
        (("subscribers", "import", "config.yaml"), "config.yaml:1: the first line must name the columns"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(site: Site, arguments: tuple[str, ...], words: str) -> None:
    result = site.run(*arguments, code=2)
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_run_once_starts_from_nothing(site: Site) -> None:
    result = site.run("run", "--once")
    assert "0 articles" in result.stdout
    assert (site.output / "feed.json").is_file()
    assert site.run_json("status")["newsletters"][0]["name"] == "weekly"


def test_run_once_publishes_a_new_article_and_mails_it_once(site: Site) -> None:
    site.run("run", "--once")
    site.run("subscribers", "add", "a@reader.example")
    today = time.strftime("%Y-%m-%d")
    site.write("new.md", "きょうの記事 🚀", date=today)
    result = site.run("run", "--once")
    assert "きょうの記事" in result.stdout
    assert [message["Subject"] for message in site.mails()] == ["きょうの記事 🚀"]
    site.run("run", "--once")
    assert len(site.mails()) == 1


def test_run_watches_the_folder_until_it_is_told_to_stop(site: Site) -> None:
    site.run("run", "--once")
    site.run("subscribers", "add", "a@reader.example")
    process = subprocess.Popen(
        [sys.executable, "-m", "publisher", "run", "--json"], cwd=site.folder, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        assert json.loads(process.stderr.readline())["event"] == "started"
        second = site.run("run", "--once")
        assert f"process {process.pid}" in second.stdout
        site.write("new.md", "見つけて", date=time.strftime("%Y-%m-%d"))
        seen: list[str] = []
        while "sent" not in seen:
            line = process.stderr.readline()
            assert line, f"it ended before it sent: {seen}"
            seen.append(json.loads(line)["event"])
            assert "reader.example" not in line
        assert [message["Subject"] for message in site.mails()] == ["見つけて"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
        process.stderr.close()
        assert process.wait(timeout=30) == 0


def test_a_broken_pipe_is_no_crash(site: Site) -> None:
    command = f"{sys.executable} -m publisher status | true"
    result = subprocess.run(command, shell=True, cwd=site.folder, capture_output=True, text=True, check=False)  # noqa: S602 - a pipe is the point
    assert "Traceback" not in result.stderr


def test_the_unexpected_leaves_a_log_to_paste_and_exit_code_3(site: Site) -> None:
    code = (
        "import publisher.app.operating as operating\n"
        "def broken(context): raise ZeroDivisionError('boom')\n"
        "operating.get_status = broken\n"
        "import sys; sys.argv = ['publisher', 'status']\n"
        "from publisher.cli.main import main; main()\n"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=site.folder, capture_output=True, text=True, check=False)
    assert result.returncode == 3
    assert "Traceback" not in result.stderr
    logs = list(site.folder.glob("publisher-error-*.log"))
    assert len(logs) == 1
    assert "ZeroDivisionError: boom" in logs[0].read_text(encoding="utf-8")
    assert logs[0].name in result.stderr


def test_paths_are_relative_to_the_config_and_arguments_to_where_one_stands(site: Site, tmp_path: Path) -> None:
    site.write("a.md", "題", date="2026-11-10")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for arguments in (["build"], ["digest", "weekly", "--since", "2026-11-01", "--out", "look"]):
        subprocess.run(
            [sys.executable, "-m", "publisher", "-c", os.path.relpath(site.config, elsewhere), *arguments],
            cwd=elsewhere,
            check=True,
            capture_output=True,
        )
    assert (site.output / "rss.xml").is_file()
    assert (elsewhere / "look" / "message.eml").is_file()
