"""The documents say what the program does: names are compared with the code, examples are run.

Markers in docs/*.md, each right above its code block:

- `<!-- runs -->` or `<!-- runs, exit 1 -->`: every line is run, in the page's own site, and ends with that exit code
- `<!-- prints -->`: what the block above printed, standard error included unless it is JSON; `…` stands for anything,
  and one moment for another
- `<!-- file: templates/own.txt -->`: is written into the site before what follows is run

`python -m tests.test_docs` writes what the examples print now into the pages; look at the difference then.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, get_origin
from zoneinfo import ZoneInfo

import pytest
import typer
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from typer.core import TyperArgument, TyperGroup, TyperOption

from publisher import config, errors
from publisher.cli.main import main, make_program
from publisher.cli.sent import issue_as_mapping
from publisher.feeds import page as subscribe_page
from publisher.mail import view
from publisher.mail.words import Words
from publisher.model.delivery import DeliveryState
from publisher.model.feed import FeedFormat
from publisher.model.issue import Issue, IssueState
from publisher.model.subscriber import SubscriberState
from publisher.sources import names, read
from publisher.sources.rules import ReadingRules
from publisher.sources.walk import walk
from publisher.web.face import Face
from publisher.web.pages import list_paths, make_pages
from publisher.web.shelf import Shelf
from tests.mail.dkimverifiers import rsa_secret, write_pem
from tests.site import CONFIG, Site
from tests.web.test_hooks import HOOKS

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted((ROOT / "docs").glob("*.md"))
NAMES = [page.name for page in PAGES]
WITH_EXAMPLES = [page.name for page in PAGES if "<!-- runs" in page.read_text(encoding="utf-8")]

_BLOCK = re.compile(
    r"^(?:<!-- (?P<marker>[^\n]+) -->\n)?```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
_MARKER = re.compile(r"(runs(?:, exit (?P<code>\d+))?|prints|file: (?P<path>\S+))")
_LINK = re.compile(r"(?<!!)\[[^\]\n]+\]\(([^)\s]+)\)|!\[[^\]\n]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_MOMENT = re.compile(r"\d{4}年\d+月\d+日\(.\)|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[+-]\d\d:\d\d)?")
_VOLATILE = re.compile(r"(?<=test-)\d{20}|[0-9a-f]{12}(?=\.publisher)|\d{8}(?=-hello)")
# The first column of a table of keys: `site.title`.
_KEY_ROW = re.compile(r"^\| `(?P<key>[a-zA-Z_.]+)` \| (?P<default>[^|]*) \|", re.MULTILINE)

ARTICLES = {
    "20251001-koji.md": """\
---
title: "麹のはなし 🍚"
date: "2025-10-01"
excerpt: "米と麹だけで、どうしてこんなに甘くなるのでしょう。"
category: "発酵"
tags: ["麹", "AI/ML"]
image: "https://images.miso.example/koji.jpg?w=1200&h=630"
imageCredit: "山本 みそ"
---

**麹**は、蒸した米に育つ菌です。[温度の話](20251008-sensor.md)もどうぞ。
""",
    "20251008-sensor.md": """\
---
title: "発酵を見守るセンサー"
date: "2025-10-08"
category: "技術"
tags: ["AI/ML", "センサー"]
---

樽の温度を、毎分はかります。
""",
    "20251015-miso-soup.md": """\
---
title: "Miso soup in ten minutes"
date: "2025-10-15"
lang: en
category: "発酵"
tags: ["レシピ"]
---

Never boil it.
""",
    "20251022-draft.md": '---\ntitle: "書きかけ"\ndate: "2025-10-22"\ndraft: true\n---\n\nまだです。\n',
    "20990101-letter.md": '---\ntitle: "未来への手紙"\ndate: "2099-01-01"\n---\n\nお元気ですか。\n',
}
PEOPLE = """\
email,name,language,city
jiro@reader.example,鈴木 次郎,ja,松本市
emma@reader.example,"Walker, Emma",en,
hanako.reader.example,佐藤 花子,ja,
"""


@dataclass(frozen=True)
class Block:
    """A code block; `start` is where its text begins in the page."""

    kind: str
    text: str
    marker: str
    start: int


def read_page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def find_blocks(name: str) -> list[Block]:
    found = _BLOCK.finditer(read_page(name))
    return [Block(match["kind"], match["text"], match["marker"] or "", match.start("text")) for match in found]


def full_sample() -> str:
    return next(block.text for block in find_blocks("config.md") if "newsletters:" in block.text)


# ------------------------------------------------------------------------------------------------ examples


def without_feeds(sample: str) -> str:
    """The examples ask nobody: the feed and the hub in the sample are made up, and a build would say so.

    They are run at any hour, quiet ones too.
    """
    return re.sub(r"  - feed: .*\n(?:    .*\n)*|^    quiet: .*\n|^websub:\n(?:  .*\n)*", "", sample, flags=re.MULTILINE)


def enter_site(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The site of the sample in docs/config.md, with the articles and people that the pages speak of."""
    (folder / "config.yaml").write_text(without_feeds(full_sample()), encoding="utf-8")
    (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    (folder / "dkim.pem").write_bytes(write_pem(rsa_secret()))
    (folder / "dkim.pem").chmod(0o600)
    (folder / "articles").mkdir()
    for name, text in ARTICLES.items():
        (folder / "articles" / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PUBLISHER_SECRET_KEY", "a-key-for-the-documents")
    monkeypatch.delenv("WEEKLY_TITLE", raising=False)


def run_line(line: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Exit code and everything printed, of our own command or of one of the shell's."""
    if line.startswith("publisher "):
        return run_publisher(line, monkeypatch)
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    done = subprocess.run(line, shell=True, check=False, **pipes)  # noqa: S602 - what a reader would type
    return done.returncode, done.stdout


def run_publisher(line: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """In this process: four dozen starts would take a minute."""
    monkeypatch.setattr(sys, "argv", shlex.split(line))
    printed = io.StringIO()
    complaints = io.StringIO() if "--json" in line else printed
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    code = 0
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(complaints):
            main()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return code, printed.getvalue()


def run_page(name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Block, str]]:
    """Each marked block in order; with a `prints` block goes what the block before it printed."""
    printed = ""
    for block in find_blocks(name):
        marker = _MARKER.fullmatch(block.marker)
        if not marker:
            continue
        if marker["path"]:
            path = Path(marker["path"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        elif block.marker == "prints":
            yield block, printed
        else:
            printed = ""
            for line in block.text.splitlines():
                code, output = run_line(line, monkeypatch)
                printed += output
                assert code == int(marker["code"] or 0), f"{name}: {line}: exit {code}\n{output}"


def is_like(shown: str, printed: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in _MOMENT.sub("WHEN", shown).rstrip().split("…"))
    return re.fullmatch(pattern, _MOMENT.sub("WHEN", printed).rstrip(), re.DOTALL) is not None


def rewrite_page(name: str) -> None:
    """Put what is printed now where something else is shown."""
    text = read_page(name)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as monkeypatch:
        enter_site(Path(folder), monkeypatch)
        ran = list(run_page(name, monkeypatch))
    for block, printed in reversed(ran):
        if not is_like(block.text, printed):
            new = _VOLATILE.sub("…", printed.replace(folder, "…")).rstrip() + "\n"
            text = text[: block.start] + new + text[block.start + len(block.text) :]
    (ROOT / "docs" / name).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_run_and_print_what_the_page_says(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    enter_site(tmp_path, monkeypatch)
    shown = list(run_page(name, monkeypatch))
    assert shown
    for block, printed in shown:
        assert is_like(block.text, printed), f"{name} shows\n{block.text}\nbut it is\n{printed}"


def test_the_markers_are_known_and_stand_above_blocks() -> None:
    for name in NAMES:
        marked = [block.marker for block in find_blocks(name) if block.marker]
        assert all(_MARKER.fullmatch(marker) for marker in marked), name
        text = read_page(name)
        assert len(re.findall(r"^<!-- (?:runs|prints|file)", text, re.MULTILINE)) == len(marked), name


def test_yaml_samples_of_whole_files_are_valid_configurations() -> None:
    pages = ("config.md", "feed-sources.md", "start.md")
    samples = [block.text for name in pages for block in find_blocks(name) if block.kind == "yaml"]
    whole = [text for text in samples if text.startswith("site:") and "titel:" not in text]
    assert len(whole) >= 4
    for text in whole:
        config.parse_config(text, ROOT / "config.yaml", {})


def test_sample_articles_can_be_read(tmp_path: Path) -> None:
    samples = [block.text for name in NAMES for block in find_blocks(name) if block.kind == "markdown"]
    assert samples
    for number, text in enumerate(samples):
        (tmp_path / f"{number}.md").write_text(text, encoding="utf-8")
    rules = ReadingRules("https://miso.example", "/articles/{stem}", "ja", ZoneInfo("Asia/Tokyo"))
    for file in walk(tmp_path).files:
        found = read.read_file(tmp_path, file, rules)
        assert found.article, found.problem


# ------------------------------------------------------------------------------------------------ commands


def list_commands() -> dict[str, list[TyperOption | TyperArgument]]:
    """What each command takes: `publisher` itself, `publisher build`, `publisher subscribers add` …"""
    found: dict[str, list[TyperOption | TyperArgument]] = {}
    pending: list[tuple[str, Any]] = [("publisher", typer.main.get_command(make_program()))]
    while pending:
        name, command = pending.pop()
        taken = [parameter for parameter in command.params if isinstance(parameter, TyperOption | TyperArgument)]
        if isinstance(command, TyperGroup):
            pending += [(f"{name} {child}", below) for child, below in command.commands.items()]
        if not isinstance(command, TyperGroup) or taken:
            found[name] = taken
    return found


def section_of(command: str) -> str:
    """What commands.md says about one command; about `publisher` itself, what stands before the first section."""
    text = read_page("commands.md")
    if command == "publisher":
        return text.partition("\n## ")[0]
    _, heading, rest = text.partition(f"\n## {command}\n")
    assert heading, f"docs/commands.md has no section {command!r}"
    return rest.partition("\n## ")[0]


def test_every_command_and_option_is_documented() -> None:
    commands = list_commands()
    assert {"publisher", "publisher build", "publisher subscribers import"} < set(commands)
    for name, parameters in commands.items():
        for parameter in parameters:
            is_option = isinstance(parameter, TyperOption)
            spellings = parameter.opts if is_option else [(parameter.metavar or parameter.name or "").upper()]
            for spelling in spellings:
                assert spelling in section_of(name), f"{name} {spelling}"


def test_help_calls_values_what_the_page_calls_them() -> None:
    for name, parameters in list_commands().items():
        for parameter in parameters:
            if isinstance(parameter, TyperArgument):
                assert parameter.metavar, f"{name} {parameter.name}"
            elif not parameter.is_flag:
                assert f"{parameter.opts[0]} {parameter.metavar}" in section_of(name), f"{name} {parameter.opts[0]}"


def test_no_section_is_about_a_command_or_option_that_is_gone() -> None:
    commands = list_commands()
    headings = re.findall(r"^## (publisher .+)$", read_page("commands.md"), re.MULTILINE)
    assert set(headings) == set(commands) - {"publisher"}
    for name in headings:
        known = {spelling for parameter in commands[name] for spelling in parameter.opts}
        rows = re.findall(r"^\| `(--[a-z-]+)", section_of(name), re.MULTILINE)
        assert set(rows) <= known, name


def test_every_exit_code_is_documented() -> None:
    said = {int(code) for code in re.findall(r"\b(\d+) [a-z]", (main.__doc__ or "").partition("Exit codes:")[2])}
    raised = {error.exit_code for error in _subclasses(errors.PublisherError)}
    assert raised < said
    rows = re.findall(r"^\| `(\d+)` \|", read_page("commands.md"), re.MULTILINE)
    assert {int(row) for row in rows} == said


def test_every_key_of_the_list_of_issues_is_documented() -> None:
    issue = Issue(1, "weekly", IssueState.DONE, "digest", "件名", datetime(2026, 1, 1, tzinfo=UTC))
    for key in issue_as_mapping(issue):
        assert f'"{key}":' in section_of("publisher issues list")


def _subclasses(error: type[errors.PublisherError]) -> list[type[errors.PublisherError]]:
    return [error, *(below for child in error.__subclasses__() for below in _subclasses(child))]


# ------------------------------------------------------------------------------------------------ configuration


def list_keys(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Dotted keys as written in the file, sections included; NAME stands for a newsletter's own name."""
    for name, field in model.model_fields.items():
        if name == "base":
            continue
        key = prefix + (field.alias or name)
        inner = _section_of(field)
        if get_origin(field.annotation) is dict and inner is not None:
            if key != "newsletters":
                yield key, field
            yield from list_keys(inner, f"{key}.NAME.")
        elif key == "articles":
            yield key, field
            yield from list_keys(config.ArticleFolder, f"{key}.")
            yield from list_keys(config.ArticleFeed, f"{key}.")
        elif inner is None:
            yield key, field
        else:
            yield key, field
            yield from list_keys(inner, f"{key}.")


def _section_of(field: FieldInfo) -> type[BaseModel] | None:
    for kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return kind
    return None


def spell_default(value: Any) -> str | None:
    """A default as the table writes it; None for what the table puts in words."""
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, timedelta):
        return f"`{value.days}d`" if value.days else f"`{value.seconds // 60}m`"
    if isinstance(value, ZoneInfo):
        return f"`{value.key}`"
    if isinstance(value, tuple):
        return f"`[{', '.join(str(item) for item in value)}]`"
    if isinstance(value, str | int):
        return f"`{value}`" if value != "" else '`""`'
    return None


def test_every_key_of_the_configuration_is_documented_with_its_default() -> None:
    rows = {match["key"]: match["default"].strip() for match in _KEY_ROW.finditer(read_page("config.md"))}
    keys = dict(list_keys(config.Config))
    sections = {
        "site",
        "articles",
        "feeds",
        "newsletters",
        "organisation",
        "theme",
        "delivery",
        "mail",
        "web",
        "websub",
        "log",
        "subscribers",
    }
    assert len(keys) > 40
    for key, field in keys.items():
        if key in sections:
            continue
        assert key in rows, f"docs/config.md has no row for {key}"
        if get_origin(field.annotation) is dict:
            assert rows[key] == "none", key
        elif _section_of(field) is not None:
            assert rows[key] == "a section", key
        elif field.is_required():
            assert rows[key] == "required", key
        elif expected := spell_default(field.default):
            assert rows[key] == expected, key
    assert set(rows) <= set(keys), "keys that are gone"


def test_the_complete_sample_has_every_key() -> None:
    for key in dict(list_keys(config.Config)):
        assert re.search(rf"(?:^|[\s{{]){key.rpartition('.')[2]}:", full_sample()), key


# ------------------------------------------------------------------------------------------------ other names


def test_every_name_of_a_front_matter_field_is_documented() -> None:
    lists = [value for name, value in vars(names).items() if name.isupper() and isinstance(value, tuple)]
    known = {name for found in lists for name in found}
    assert len(known) > 100
    page = read_page("sources.md").lower()
    assert [name for name in sorted(known) if f"`{name}`" not in page] == []


def test_every_template_variable_and_field_is_documented() -> None:
    page = read_page("email.md")
    assert [name for name in view.VARIABLES if f"| `{name}` |" not in page] == []
    views = [
        view.ArticleView,
        view.ImageView,
        view.NewsletterView,
        view.SiteView,
        view.OrganisationView,
        view.ThemeView,
        view.LogoView,
    ]
    assert [name for name in view.NOTICE_VARIABLES if f"`{name}`" not in page.partition("\n## Notices\n")[2]] == []
    notice = next(line for line in page.splitlines() if line.startswith("| `notice` |"))
    assert [field.name for field in dataclasses.fields(view.NoticeView) if f"`{field.name}`" not in notice] == []
    for kind in [*views, view.SubscriberView, Words]:
        own = [field.name for field in dataclasses.fields(kind) if not field.name.startswith("_")]
        own += [name for name, value in vars(kind).items() if isinstance(value, property)]
        own += [name for name, value in vars(kind).items() if callable(value) and not name.startswith("_")]
        row = next((line for line in page.splitlines() if line.startswith(f"| `{kind.__name__}` |")), "")
        assert [name for name in own if f"`{name}`" not in row and f"`{name}(" not in row] == [], kind.__name__


@pytest.mark.parametrize(
    ("name", "states"),
    [("delivery.md", DeliveryState), ("newsletters.md", IssueState), ("subscribers.md", SubscriberState)],
)
def test_every_state_is_documented(name: str, states: type[StrEnum]) -> None:
    page = read_page(name)
    assert [state.value for state in states if f"| `{state.value}` |" not in page] == []


def test_every_feed_file_is_documented_with_its_media_type() -> None:
    page = read_page("feeds.md")
    for feed_format in FeedFormat:
        assert f"`{feed_format.filename}` | `{feed_format.media_type}`" in page


# ------------------------------------------------------------------------------------------------ pages


def anchors_of(path: Path) -> set[str]:
    """As GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = _CODE.sub("", page.read_text(encoding="utf-8"))
    targets = [a or b for a, b in _LINK.findall(text)]
    for target in targets:
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        path = (page.parent / file).resolve() if file else page
        assert path.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors_of(path), f"{page.name}: {target}"


def test_every_module_that_the_map_names_is_there() -> None:
    named = re.findall(r"`([a-z_]+(?:/[a-z_]+)*\.py)`", read_page("architecture.md"))
    assert len(named) > 25
    places = (ROOT, *(ROOT / "publisher").glob("**/"))
    assert [name for name in named if not any((place / name).is_file() for place in places)] == []


@pytest.mark.parametrize(("page", "least"), [("feeds.md", 60), ("email.md", 30)])
def test_every_module_that_a_checklist_names_is_there(page: str, least: int) -> None:
    checklist = read_page(page).partition("\n## The checklist\n")[2]
    named = set(re.findall(r"`([a-z_]+(?:/[a-z_]+)*\.py)`", checklist))
    assert len(named) > least
    missing = {name for name in named if not any((ROOT / top / name).is_file() for top in ("publisher", "tests"))}
    assert missing == set()


def test_every_row_of_the_checklist_of_feeds_says_where_or_why_not() -> None:
    checklist = read_page("feeds.md").partition("\n## The checklist\n")[2]
    rows = [line.split(" | ") for line in checklist.splitlines() if line.startswith("| ") and "---" not in line]
    assert len(rows) > 60
    assert [row for row in rows if len(row) != 2 or len(row[1]) < 5] == []


def test_the_variables_of_the_subscribe_page_are_documented() -> None:
    section = read_page("feeds.md").partition("\n## The page for people\n")[2].partition("\n## ")[0]
    rows = "".join(re.findall(r"^\| (`.*?) \|", section, re.MULTILINE))
    assert [name for name in (*subscribe_page.VARIABLES, "style", "policy", "theme") if f"`{name}`" not in rows] == []


def test_every_route_of_the_server_is_documented(site: Site) -> None:
    site.configure(CONFIG + HOOKS + "  metrics: true\n  altcha: true\nwebsub: {hub: self}\n")
    with site.open() as context:
        face = Face(context)
        app = make_pages(context, face, Shelf(face.choose_language))
    served = {path.replace(":int", "") for path in list_paths(app)}
    rows = set(re.findall(r"^\| `(/[^`]*)` \|", read_page("web.md"), re.MULTILINE))
    without_slash = {path for path in served if f"{path}/" in served or f"{path}/" in rows}
    assert "/health" in served
    assert served - without_slash == rows


def test_the_readme_links_to_every_page() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in NAMES if f"](docs/{name}" not in text] == []


_ADDRESSES = ("api", "subscribe")  # of our server, with more than one part


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.name)
def test_no_page_names_a_machine(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    tops = re.findall(r"(?<![^\s`\"'(=:>])/(\w+)/[\w.]", text)
    assert set(tops) <= {"etc", "hooks", "srv", "usr", "var", *_ADDRESSES}, (
        "what an example output says where it was made is no use to readers"
    )


if __name__ == "__main__":
    for page_name in WITH_EXAMPLES:
        rewrite_page(page_name)
