"""Which tool a folder is for: decided once, remembered, and said by `check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.app.bodies import load_bodies
from publisher.app.checking import CheckReport, check
from publisher.app.folders import decision_fact
from publisher.app.publishing import publish_feeds
from publisher.app.reading import scan
from publisher.config import load_config
from publisher.errors import SourceChanged
from publisher.storage.peek import peek_facts
from tests.site import CONFIG, Site


@pytest.fixture
def blog(site: Site) -> Site:
    (site.folder / ".git").mkdir()  # what lies above is somebody else's
    site.write("posts/a.md", "麹のはなし")
    return site


def urls_of(site: Site) -> list[str]:
    with site.open() as context:
        return [article.url.removeprefix("https://note.example") for article in scan(context).articles]


def check_site(site: Site) -> CheckReport:
    return check(load_config(site.config, {}), site.clock())


def presets_in(report: CheckReport) -> list[str]:
    return [note for note in report.notes if note.startswith("articles ")]


def test_a_decision_is_kept_when_its_reason_goes(blog: Site) -> None:
    (blog.folder / "hugo.toml").touch()
    assert urls_of(blog) == ["/posts/a/"]
    (blog.folder / "hugo.toml").unlink()
    assert urls_of(blog) == ["/posts/a/"]
    assert presets_in(check_site(blog)) == [
        "articles is read as hugo: hugo.toml is there",
        "articles looks like nextjs by now: nothing points to another tool. It stays hugo, because addresses would "
        "change; write preset: nextjs under articles: if they are meant to",
    ]


def test_without_a_database_check_says_what_would_be_decided(blog: Site) -> None:
    (blog.folder / "astro.config.mjs").touch()
    assert presets_in(check_site(blog)) == ["articles is read as astro: astro.config.mjs is there"]
    assert not (blog.folder / "publisher.db").exists()


def test_what_the_config_says_counts_at_once(blog: Site) -> None:
    assert urls_of(blog) == ["/articles/a"]
    blog.configure(CONFIG.replace("{path: articles}", "{path: articles, preset: hugo}"))
    assert urls_of(blog) == ["/posts/a/"]
    assert presets_in(check_site(blog)) == []
    blog.configure()
    assert urls_of(blog) == ["/posts/a/"]  # it is what was decided last


def test_names_that_a_tool_leaves_out_are_no_files(blog: Site) -> None:
    blog.write("posts/_index.md", "節")
    blog.write("posts/_b.md", "下線", body="別の本文")
    (blog.folder / "hugo.toml").touch()
    assert sorted(urls_of(blog)) == ["/posts/_b/", "/posts/a/"]


def test_authors_are_those_of_the_authors_file_and_a_broken_one_is_noted(blog: Site) -> None:
    blog.write("posts/b.md", "味噌のはなし", body="別の本文", author="hana")
    authors = blog.folder / "_data" / "authors.yml"
    authors.parent.mkdir()
    authors.write_text("hana: {name: 山本 花, url: /about}\n", encoding="utf-8")
    with blog.open() as context:
        names = {author.name for article in scan(context).articles for author in article.authors}
    assert names == {"山本 花"}
    authors.write_text("hana: [", encoding="utf-8")
    (note,) = (note for note in check_site(blog).notes if "authors.yml" in note)
    assert "cannot be read, so authors keep their ids as names" in note


def test_a_body_that_changed_since_the_scan_is_not_mixed_with_what_was_read(blog: Site) -> None:
    with blog.open() as context:
        articles = scan(context).articles
        assert list(load_bodies(context, articles).values()) == ["本文です。🎉\n"]
        blog.write("posts/a.md", "麹のはなし", body="直した本文")
        with pytest.raises(SourceChanged, match=r"posts/a\.md: has changed or gone"):
            load_bodies(context, articles)
        report = publish_feeds(context, articles)
        assert {reason.partition(";")[0] for _, reason in report.failed} == {
            "posts/a.md has changed or gone since it was read a moment ago"
        }
        assert publish_feeds(context, scan(context).articles).failed == []


def test_a_look_into_a_database_leaves_nothing_beside_it(blog: Site) -> None:
    urls_of(blog)
    before = {path.name: path.stat().st_mtime_ns for path in blog.folder.glob("publisher.db*")}
    assert before.keys() == {"publisher.db"}
    assert presets_in(check_site(blog)) == ["articles is read as nextjs: nothing points to another tool"]
    assert {path.name: path.stat().st_mtime_ns for path in blog.folder.glob("publisher.db*")} == before


def test_a_database_that_is_open_is_looked_into_too(blog: Site) -> None:
    (blog.folder / "hugo.toml").touch()
    with blog.open() as context:
        scan(context)
        (blog.folder / "hugo.toml").unlink()
        assert presets_in(check_site(blog))[0] == "articles is read as hugo: hugo.toml is there"


def test_peeking_makes_nothing_and_raises_nothing(tmp_path: Path) -> None:
    path = tmp_path / "no?.db"
    assert peek_facts(path, [decision_fact("articles")]) == {}
    assert not path.exists()
    path.write_bytes(b"no database")
    assert peek_facts(path, ["a"]) == {}
