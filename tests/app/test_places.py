"""The line of an article's file where a fault stands."""

from __future__ import annotations

import pytest

from publisher.app.looking import read_site
from publisher.app.places import find_places
from publisher.config import load_config
from publisher.mail.lint.finding import Finding
from tests.site import CONFIG, Site

BODY = "一行目\n\n![図](images/%E9%90%98.webp)\n\n[読む](../other/page.html?x=1) と /about\n"


def place_of(site: Site, quote: str) -> tuple[str, int | None]:
    config = load_config(site.config)
    articles = read_site(config, site.clock()).public
    (found,) = find_places(config, [Finding("link-http", "x", quote=quote)], articles)
    return found.file, found.line


@pytest.mark.parametrize(
    ("quote", "line"),
    [
        ("https://note.example/articles/images/%E9%90%98.webp", 8),
        ("https://note.example/articles/a/page.html", 10),
        ("一行目", 6),
        ("https://note.example/about", 10),
        ("https://note.example/", None),
        ("https://note.example/x/about", None),
        ("https://[", None),
        ("", None),
    ],
)
def test_words_are_found_as_they_stand_or_as_they_were_written(site: Site, quote: str, line: int | None) -> None:
    site.write("a.md", "記事", body=BODY)
    assert place_of(site, quote) == ("articles/a.md" if line else "", line)


def test_the_first_article_that_has_the_whole_address_wins(site: Site) -> None:
    site.write("a.md", "一", body="/files/x.zip\n", date="2026-11-18")
    site.write("b.md", "二", body="https://b.example/files/x.zip\n", date="2026-11-17")
    assert place_of(site, "https://b.example/files/x.zip") == ("articles/b.md", 6)


def test_files_of_several_folders_are_told_apart(site: Site) -> None:
    site.configure(CONFIG.replace("articles: {path: articles}", "articles: [{path: articles}, {path: notes}]"))
    site.write("a.md", "一", body="ここ\n")
    notes = site.folder / "notes"
    notes.mkdir()
    (notes / "b.md").write_text('---\ntitle: 二\ndate: "2026-11-18"\n---\n\nあそこ\n', encoding="utf-8")
    assert place_of(site, "ここ") == ("articles/a.md", 6)
    assert place_of(site, "あそこ") == ("notes/b.md", 6)


def test_a_file_that_has_gone_is_nowhere(site: Site) -> None:
    path = site.write("a.md", "記事", body="ここ\n")
    config = load_config(site.config)
    articles = read_site(config, site.clock()).public
    path.unlink()
    finding = Finding("link-http", "x", quote="ここ")
    assert find_places(config, [finding], articles) == [finding]
