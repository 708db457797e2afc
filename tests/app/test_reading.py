"""Scanning: the index, identity across edits and renames, and what counts as seen."""

from __future__ import annotations

import os
from collections.abc import Sequence
from multiprocessing import parent_process
from pathlib import Path
from random import Random
from typing import Any

import pytest

from publisher.app import reading
from publisher.app.folders import open_folders
from publisher.app.indexing import Found, save_found
from publisher.app.publishing import publish_feeds
from publisher.app.reading import ScanReport, scan
from publisher.errors import UsageError
from publisher.model.source import SourceFile
from publisher.pool import Pool
from publisher.sources import read as read_module
from publisher.sources.outcome import ReadFile
from publisher.sources.read import read_file, read_files
from publisher.sources.rules import ReadingRules
from publisher.storage import articles as rows
from publisher.storage.newsletters import load_states
from tests.site import CONFIG, Site


def scan_site(site: Site) -> ScanReport:
    with site.open() as context:
        return scan(context)


def ids(report: ScanReport) -> dict[str, str]:
    return {article.title: article.id for article in report.articles}


def test_a_second_scan_opens_no_file(site: Site) -> None:
    site.write("a.md", "ひとつめ")
    site.write("b.md", "ふたつめ")
    assert scan_site(site).read == 2
    again = scan_site(site)
    assert (again.read, again.files, len(again.articles)) == (0, 2, 2)


def test_an_edited_file_is_read_again_and_keeps_its_id(site: Site) -> None:
    site.write("a.md", "はじめの題")
    before = scan_site(site).articles[0]
    site.write("a.md", "なおした題", date="2026-11-17", slug="moved")
    after = scan_site(site)
    assert after.read == 1
    assert after.articles[0].id == before.id
    assert after.articles[0].seq == before.seq
    assert after.articles[0].url == "https://note.example/articles/moved"


def test_a_renamed_file_keeps_its_id(site: Site) -> None:
    path = site.write("a.md", "題", body="同じ中身")
    before = scan_site(site)
    path.rename(site.articles / "20261118-better-name.md")
    after = scan_site(site)
    assert ids(after) == ids(before)
    assert after.articles[0].url.endswith("/20261118-better-name")
    assert after.first_seen == ()


def test_a_renamed_and_edited_file_keeps_its_id_by_title_and_date(site: Site) -> None:
    path = site.write("a.md", "題")
    before = scan_site(site)
    path.unlink()
    site.write("deep/er/b.md", "題", body="中身はすっかり変わった")
    assert ids(scan_site(site)) == ids(before)


def test_two_files_that_swap_names_keep_their_ids(site: Site) -> None:
    site.write("1.md", "甲")
    site.write("2.md", "乙")
    before = scan_site(site)
    (site.articles / "1.md").rename(site.articles / "x.md")
    (site.articles / "2.md").rename(site.articles / "1.md")
    (site.articles / "x.md").rename(site.articles / "2.md")
    assert ids(scan_site(site)) == ids(before)


def test_a_new_file_at_the_path_of_a_renamed_one_gets_an_id_of_its_own(site: Site) -> None:
    site.write("a.md", "古い記事")
    before = ids(scan_site(site))
    (site.articles / "a.md").rename(site.articles / "b.md")
    site.write("a.md", "新しい記事")
    after = ids(scan_site(site))
    assert after["古い記事"] == before["古い記事"]
    assert after["新しい記事"] != before["古い記事"]


def test_a_file_that_comes_back_has_its_old_id_and_is_not_new(site: Site) -> None:
    text = site.write("a.md", "題").read_text(encoding="utf-8")
    before = scan_site(site).articles[0]
    (site.articles / "a.md").unlink()
    assert scan_site(site).articles == ()
    site.clock.advance(days=1)
    site.write_raw("a.md", text)
    after = scan_site(site).articles[0]
    assert (after.id, after.seq, after.seen_at) == (before.id, before.seq, before.seen_at)


def test_ids_do_not_depend_on_the_database(site: Site, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = Site(tmp_path_factory.mktemp("other"))
    other.configure()
    for made in (site, other):
        made.write("2026/日記.md", "日記")
    assert ids(scan_site(site)) == ids(scan_site(other))


def test_an_empty_database_adopts_the_ids_of_the_feeds_already_there(site: Site) -> None:
    site.write("a.md", "題", body="あ")
    with site.open() as context:
        publish_feeds(context, scan(context).articles)
    before = ids(scan_site(site))
    (site.articles / "a.md").rename(site.articles / "renamed.md")
    site.write("renamed.md", "題", body="い", slug="a")  # the same address, another path
    for name in ("publisher.db", "publisher.db-wal", "publisher.db-shm"):
        (site.folder / name).unlink(missing_ok=True)
    assert ids(scan_site(site)) == before


def test_the_second_of_two_equal_own_ids_is_a_problem(site: Site) -> None:
    site.write("a.md", "甲", id="urn:example:1")
    site.write("b.md", "乙", guid="urn:example:1")
    report = scan_site(site)
    assert ids(report) == {"甲": "urn:example:1"}
    assert [str(problem) for problem in report.problems] == [
        "articles/b.md: id: 'urn:example:1' is the id of a.md already; give this article one of its own"
    ]


def test_a_broken_file_is_named_with_line_and_field_and_hides_nobody_else(site: Site) -> None:
    site.write("good.md", "よい記事")
    site.write_raw("bad.md", '---\ntitle: "題"\ndate: "2026-02-30"\n---\n\n本文\n')
    report = scan_site(site)
    assert list(ids(report)) == ["よい記事"]
    assert len(report.problems) == 1
    assert str(report.problems[0]).startswith("articles/bad.md:3: date: '2026-02-30' is a date that does not exist")
    assert scan_site(site).problems == report.problems, "an unchanged file keeps its problem without being read"


def test_an_article_that_breaks_and_is_mended_keeps_its_id(site: Site) -> None:
    site.write("a.md", "題")
    before = ids(scan_site(site))
    site.write_raw("a.md", "---\ntitle: [\n---\n")
    assert scan_site(site).articles == ()
    site.write("a.md", "まったく別の題", date="2026-11-19")
    assert list(ids(scan_site(site)).values()) == list(before.values())


def test_drafts_and_future_articles_are_seen_when_they_become_public(site: Site) -> None:
    site.write("draft.md", "下書き", draft=True)
    site.write("future.md", "あした", date="2026-11-20")
    first = scan_site(site)
    assert [article.seq for article in first.articles] == [None, None]
    site.clock.advance(days=1)
    assert [article.title for article in scan_site(site).first_seen] == ["あした"]
    site.write("draft.md", "下書き", draft=False)
    assert [article.title for article in scan_site(site).first_seen] == ["下書き"]


def test_history_is_closed_for_each_newsletter_by_the_first_scan_that_knows_it(site: Site) -> None:
    site.write("a.md", "甲")
    without = site.config.read_text(encoding="utf-8").replace("  new-article:", "  later:")
    scan_site(site)
    site.write("b.md", "乙")
    site.clock.advance(hours=1)
    site.configure(without)
    scan_site(site)
    with site.open() as context, context.database.read() as connection:
        states = load_states(connection)
    assert states["weekly"].last_seq == 1
    assert states["later"].last_seq == 2


def test_a_missing_folder_is_an_error_and_not_an_empty_blog(site: Site) -> None:
    site.write("a.md", "題")
    scan_site(site)
    site.articles.rename(site.folder / "elsewhere")
    with pytest.raises(UsageError, match="there is no such folder"):
        scan_site(site)
    (site.folder / "elsewhere").rename(site.articles)
    assert len(scan_site(site).articles) == 1


def test_a_text_file_without_front_matter_is_none_of_ours(site: Site) -> None:
    site.write_raw("robots.txt", "User-agent: *\n")
    site.write("post.txt", "テキストの記事")
    site.write_raw("readme.md", "# no front matter\n")
    report = scan_site(site)
    assert list(ids(report)) == ["テキストの記事"]
    assert [problem.file for problem in report.problems] == ["articles/readme.md"]


def test_another_address_rule_reads_everything_again(site: Site) -> None:
    site.write("a.md", "題")
    before = scan_site(site).articles[0]
    site.configure(
        site.config.read_text(encoding="utf-8").replace("{path: articles}", '{path: articles, url: "/p/{stem}"}')
    )
    report = scan_site(site)
    assert report.read == 1
    assert report.articles[0].url == "https://note.example/p/a"
    assert report.articles[0].id == before.id


def test_hidden_files_and_folders_are_left_out(site: Site) -> None:
    site.write(".hidden.md", "隠し")
    site.write(".git/a.md", "隠し")
    site.write("見える.md", "見える")
    assert list(ids(scan_site(site))) == ["見える"]


def test_a_link_that_leads_back_to_its_own_folder_ends(site: Site) -> None:
    site.write("a.md", "題")
    Path(site.articles / "loop").symlink_to(site.articles)
    assert len(scan_site(site).articles) >= 1


def test_an_article_that_gets_an_id_of_its_own_stays_the_article_it_was(site: Site) -> None:
    site.write("a.md", "題")
    before = scan_site(site).articles[0]
    site.clock.advance(days=1)
    site.write("a.md", "題", id="urn:example:mine")
    report = scan_site(site)
    assert report.articles[0].id == "urn:example:mine"
    assert (report.articles[0].seq, report.articles[0].seen_at) == (before.seq, before.seen_at)
    assert report.first_seen == ()


def test_a_clash_of_ids_heals_when_its_cause_is_gone(site: Site) -> None:
    site.write("a.md", "甲", id="urn:example:1")
    site.write("b.md", "乙", id="urn:example:1")
    assert len(scan_site(site).problems) == 1
    (site.articles / "a.md").unlink()
    report = scan_site(site)
    assert ids(report) == {"乙": "urn:example:1"}
    assert report.problems == ()


def test_an_emptied_folder_looks_like_a_disk_that_is_not_mounted(site: Site) -> None:
    paths = [site.write(f"{number}.md", f"記事{number}") for number in range(10)]
    scan_site(site)
    for path in paths:
        path.unlink()
    with pytest.raises(UsageError, match="is empty, and 10 files were there before; is the disk mounted"):
        scan_site(site)
    site.write("0.md", "記事0")
    assert list(ids(scan_site(site))) == ["記事0"]


def test_pipes_are_left_alone_and_names_that_are_no_text_are_named(site: Site) -> None:
    os.mkfifo(site.articles / "pipe.md")
    Path(os.fsdecode(os.fsencode(site.articles) + b"/\x93\xfa.md")).write_text("x", encoding="utf-8")
    site.write("a.md", "題")
    report = scan_site(site)
    assert list(ids(report)) == ["題"]
    assert len(report.problems) == 1
    assert "has a name that is not UTF-8" in str(report.problems[0])


def test_what_another_process_read_meanwhile_is_not_overwritten(site: Site) -> None:
    site.write("a.md", "古い")
    with site.open() as slow:
        (folder,) = open_folders(slow.config, {})
        stale = [read_file(folder.directory, file, folder.rules) for file in folder.listing.files]
        site.write("a.md", "新しい", draft=True)
        scan_site(site)
        save_found(slow, Found(stale), {}, {})
    assert [(article.title, article.draft) for article in scan_site(site).articles] == [("新しい", True)]


# ---------------------------------------------------------------------------------------------------- many files


def read_files_or_die(work: tuple[Path, Sequence[SourceFile], ReadingRules]) -> list[ReadFile]:
    """What a process of the pool does that the system kills."""
    if parent_process() is not None and any(file.path == "7.md" for file in work[1]):
        os._exit(1)
    return read_files(work)


@pytest.mark.parametrize("read", [read_files, read_files_or_die])
def test_many_files_are_read_by_all_processes_and_a_killed_one_costs_no_article(
    site: Site, monkeypatch: pytest.MonkeyPatch, read: Any
) -> None:
    monkeypatch.setattr(reading, "_MANY", 1)
    monkeypatch.setattr(reading, "_PIECE", 2)
    monkeypatch.setattr(read_module, "read_files", read)
    for number in range(13):
        site.write(f"{number}.md", f"第{number}回", body=f"{number}番目の本文")
    with site.open() as context:
        context.pool = Pool(2)
        try:
            report = scan(context)
        finally:
            context.pool.close()
    assert {article.title for article in report.articles} == {f"第{number}回" for number in range(13)}
    assert (report.read, report.problems) == (13, ())


# ---------------------------------------------------------------------------------------------------- several folders

TWO_FOLDERS = CONFIG.replace(
    "articles: {path: articles}", "articles: [{path: articles}, {path: notes, url: '/n/{stem}'}]"
)


def test_two_folders_make_one_site(site: Site) -> None:
    site.write("a.md", "記事")
    before = ids(scan_site(site))
    site.configure(TWO_FOLDERS)
    site.write("../notes/a.md", "メモ", body="別の本文")
    report = scan_site(site)
    assert ids(report)["記事"] == before["記事"]
    assert sorted((article.path, article.source, article.url) for article in report.articles) == [
        ("articles/a.md", "articles", "https://note.example/articles/a"),
        ("notes/a.md", "notes", "https://note.example/n/a"),
    ]
    assert scan_site(site).read == 0


def test_problems_name_the_folder(site: Site) -> None:
    site.configure(TWO_FOLDERS)
    site.write("../notes/a.md", "メモ")
    site.write_raw("a.md", "---\ntitle: 題\n---\n本文\n")
    assert [problem.file for problem in scan_site(site).problems] == ["articles/a.md"]


def test_articles_of_a_folder_that_is_no_longer_named_are_gone(site: Site) -> None:
    site.configure(TWO_FOLDERS)
    site.write("a.md", "記事")
    site.write("../notes/b.md", "メモ")
    before = ids(scan_site(site))
    site.configure()
    after = ids(scan_site(site))
    assert after == {"記事": before["記事"]}


def test_a_folder_under_a_new_name_is_the_same(site: Site) -> None:
    site.write("a.md", "記事")
    before = scan_site(site)
    site.articles.rename(site.folder / "content")
    site.configure(CONFIG.replace("path: articles", "path: content"))
    after = scan_site(site)
    assert (ids(after), after.first_seen) == (ids(before), ())
    assert after.articles[0].source == "content"


def test_only_the_files_of_a_folder_with_new_rules_are_read_again(site: Site) -> None:
    site.configure(TWO_FOLDERS)
    site.write("a.md", "記事")
    site.write("../notes/b.md", "メモ")
    scan_site(site)
    site.configure(TWO_FOLDERS.replace("/n/{stem}", "/notes/{stem}"))
    report = scan_site(site)
    assert report.read == 1
    assert sorted(article.url for article in report.articles)[1] == "https://note.example/notes/b"


# ---------------------------------------------------------------------------------------------------- duplicates


def test_a_copy_is_reported_until_the_original_goes_and_then_takes_its_place(site: Site) -> None:
    path = site.write("b.md", "題")
    before = scan_site(site)
    (site.articles / "a.md").write_bytes(path.read_bytes())
    both = scan_site(site)
    assert ids(both) == ids(before)
    assert [str(problem) for problem in both.problems] == [
        "articles/a.md: is the same file as b.md, byte for byte; remove one of them"
    ]
    assert scan_site(site).problems == both.problems
    path.unlink()
    after = scan_site(site)
    assert (ids(after), after.problems, after.first_seen) == (ids(before), (), ())
    assert after.articles[0].path == "a.md"


def test_of_two_articles_at_one_address_the_one_that_was_there_stays(site: Site) -> None:
    site.write("b.md", "前からある", slug="x")
    scan_site(site)
    site.write("a.md", "あとから", slug="x")
    report = scan_site(site)
    assert list(ids(report)) == ["前からある"]
    assert [str(problem) for problem in report.problems] == [
        "articles/a.md: slug: has the same address as b.md: https://note.example/articles/x; "
        "give one of them a slug of its own"
    ]
    site.write("b.md", "前からある", slug="x", body="直した本文")
    assert list(ids(scan_site(site))) == ["前からある"]


def test_an_own_id_stays_with_the_file_that_has_it(site: Site) -> None:
    site.write("b.md", "前からある", id="urn:x:1")
    scan_site(site)
    site.write("a.md", "あとから", id="urn:x:1")
    site.write("b.md", "前からある", id="urn:x:1", body="直した本文")
    assert list(ids(scan_site(site))) == ["前からある"]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_changes_a_scan_gives_what_the_index_holds(site: Site, seed: int) -> None:
    # What did not change is not loaded a second time; this holds it against an index that is loaded as a whole.
    random = Random(seed)  # noqa: S311 - no secret
    for number in range(12):
        site.write(f"{number}.md", f"題{number}")
    with site.open() as context:
        for _ in range(25):
            for _ in range(random.randint(1, 3)):
                _change_something(site, random)
            found = scan(context).articles
            with context.database.read() as connection:
                assert list(found) == rows.load_articles(connection)


def _change_something(site: Site, random: Random) -> None:
    files = sorted(site.articles.glob("*.md"))
    path, other = random.choice(files), random.choice(files)
    match random.randrange(8):
        case 0:
            site.write(path.name, f"題{random.randrange(99)}", slug=f"s{random.randrange(6)}")
        case 1:
            site.write(path.name, "自分の名", id=f"urn:x:{random.randrange(6)}")
        case 2:
            site.write(path.name, "下書き", draft="true")
        case 3:
            path.write_bytes(other.read_bytes())
        case 4:
            path.rename(site.articles / f"{random.randrange(99)}.md")
        case 5 if len(files) > 4:
            path.unlink()
        case 6:
            site.write_raw(path.name, "---\ntitle: 日付のない題\n---\n本文\n")
        case _:
            first, second = path.read_bytes(), other.read_bytes()
            path.write_bytes(second)
            other.write_bytes(first)
