"""The list, the page and the stylesheet beside the feeds: written when they change, and never over somebody's own."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.app.publishing import PublishReport, publish_feeds
from publisher.app.reading import scan
from tests.site import CONFIG, Site


def build(site: Site) -> PublishReport:
    with site.open() as context:
        return publish_feeds(context, scan(context).articles)


def build_apart(site: Site, *unwanted: str) -> list[str]:
    """In a process of its own, which may not have loaded these; the files that were written."""
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from publisher.app.context import open_context\n"
        "from publisher.app.publishing import publish_feeds\n"
        "from publisher.app.reading import scan\n"
        "with open_context(Path('config.yaml')) as context:\n"
        "    print(*sorted(publish_feeds(context, scan(context).articles).written))\n"
        "assert not (loaded := set(sys.argv[1:]) & set(sys.modules)), loaded\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *unwanted],
        cwd=site.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def configure(site: Site, feeds: str, **site_keys: str) -> None:
    text = CONFIG.replace("feeds: {limit: 20}", f"feeds: {feeds}")
    for key, value in site_keys.items():
        text = re.sub(rf"^  {key}: .*$", f"  {key}: {value}", text, count=1, flags=re.MULTILINE)
    site.configure(text)


def page(site: Site) -> str:
    return (site.output / "subscribe.html").read_text(encoding="utf-8")


def test_the_page_names_every_feed_and_says_its_words_in_the_language_of_the_site(site: Site) -> None:
    site.write("a.md", "題", tags=["CI/CD", "<b>"], category="技術")
    build(site)
    text = page(site)
    assert '<html lang="ja" dir="ltr">' in text
    assert "このアドレスをコピー" in text
    assert ">https://note.example/rss.xml</p>" in text
    for address in ("categories/%E6%8A%80%E8%A1%93/feed.json", "tags/CI%252FCD/atom.xml", "feeds.opml"):
        assert f'href="https://note.example/{address}"' in text
    assert "&lt;b&gt;" in text
    assert "<b>" not in text
    configure(site, "{}", language="en-GB")
    build(site)
    assert "Copy this address" in page(site)
    configure(site, "{}", language="ar")
    build(site)
    assert '<html lang="ar" dir="rtl">' in page(site)


def test_the_page_needs_nothing_from_anywhere_and_its_policy_allows_only_its_own_style(site: Site) -> None:
    site.write("a.md", "題", tags=["猫"])
    build(site)
    text = page(site)
    assert not re.search(r"<script|<img|<iframe|\bon\w+=|url\(|@import|style=", text)
    assert set(re.findall(r'<link rel="([a-z]+)"', text)) == {"alternate", "canonical"}
    style = re.search("<style>(.*?)</style>", text, re.DOTALL)
    policy = re.search('Content-Security-Policy" content="([^"]*)"', text)
    assert style
    assert policy
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    said = policy[1].replace("&#39;", "'")
    assert said.startswith("default-src 'none'; ")
    assert f"style-src 'sha256-{digest}'" in said


def test_a_build_without_new_feeds_leaves_them_alone_and_loads_only_what_it_writes_with(site: Site) -> None:
    site.write("a.md", "題")
    build(site)
    before = {path: path.stat().st_mtime_ns for path in site.output.iterdir()}
    site.write("a.md", "題", body="なおした")
    assert build_apart(site, "jinja2") == ["atom.xml", "feed.json", "rss.xml"]
    assert build_apart(site, "jinja2", "lxml.etree", "feedgen.feed", "markdown_it") == []
    for name in ("subscribe.html", "feed.css", "feeds.opml"):
        assert (site.output / name).stat().st_mtime_ns == before[site.output / name]


def test_a_new_tag_is_on_the_page_at_once_and_one_that_is_gone_is_not(site: Site) -> None:
    site.write("a.md", "題", tags=["猫"])
    build(site)
    site.write("a.md", "題", tags=["犬"])
    assert "subscribe.html" in build(site).written
    assert "犬" in page(site)
    assert "猫" not in page(site)


def test_a_page_of_somebody_else_is_left_alone_and_named(site: Site) -> None:
    site.output.mkdir()
    for name in ("subscribe.html", "feed.css"):
        (site.output / name).write_text("mine", encoding="utf-8")
    site.write("a.md", "題")
    for _ in range(2):
        report = build(site)
        assert report.failed == []
        assert [str(note).partition(": ")[2] for note in report.notes] == [
            "is not ours, so it stays as it is; move it away, or turn ours off under feeds: in config.yaml"
        ] * 2
    assert (site.output / "subscribe.html").read_text(encoding="utf-8") == "mine"
    assert "note: public/feed.css: is not ours" in site.run("build").stderr
    assert {note["file"] for note in site.run_json("build")["notes"]} == {"public/subscribe.html", "public/feed.css"}
    (site.output / "subscribe.html").unlink()
    assert build(site).written == ["subscribe.html"]


def test_a_page_that_somebody_put_in_the_place_of_ours_stays_too(site: Site) -> None:
    site.write("a.md", "題")
    build(site)
    (site.output / "subscribe.html").write_text("mine now", encoding="utf-8")
    assert len(build(site).notes) == 1
    assert page(site) == "mine now"


def test_our_own_page_is_known_without_the_database(site: Site) -> None:
    site.write("a.md", "題")
    build(site)
    for name in ("publisher.db", "publisher.db-wal", "publisher.db-shm"):
        (site.folder / name).unlink(missing_ok=True)
    configure(site, "{}", language="en")
    report = build(site)
    assert report.notes == []
    assert "Copy this address" in page(site)


@pytest.mark.parametrize(("name", "off"), [("subscribe.html", '{page: ""}'), ("feed.css", "{stylesheet: false}")])
def test_each_can_be_turned_off_and_is_removed_then(site: Site, name: str, off: str) -> None:
    site.write("a.md", "題")
    build(site)
    configure(site, off)
    report = build(site)
    assert report.removed == [name]
    assert not (site.output / name).exists()
    with site.open() as context:
        assert bool(context.config.feeds.page) != bool(context.config.feeds.stylesheet)


def test_the_page_can_have_another_name(site: Site) -> None:
    site.write("a.md", "題")
    configure(site, "{page: about/feeds.html}")
    build(site)
    text = (site.output / "about" / "feeds.html").read_text(encoding="utf-8")
    assert '<link rel="canonical" href="https://note.example/about/feeds.html">' in text
    assert "https://note.example/about/feeds.html" in (site.output / "feed.css").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["../x.html", "/x.html", "a//b.html", "x.txt", "a?.html", ".x.html", "a/.git/x.html"])
def test_a_page_that_cannot_be_below_the_output_is_refused(site: Site, name: str) -> None:
    configure(site, f'{{page: "{name}"}}')
    assert "feeds.page: is not the name of a page below the output folder" in site.run("build", code=2).stderr


def test_a_template_and_a_palette_of_ones_own_take_over_at_once(site: Site) -> None:
    site.write("a.md", "題", tags=["猫"])
    build(site)
    own = site.folder / "templates"
    (own / "web").mkdir(parents=True)
    (own / "email").mkdir()
    packaged = Path(__file__).parents[2] / "templates" / "email" / "palette.css"
    text = packaged.read_text(encoding="utf-8").replace("theme.light.accent", '"#7a1f5c"')
    (own / "email" / "palette.css").write_text(text, encoding="utf-8")
    assert build(site).written == ["feed.css", "subscribe.html"]
    assert "#7a1f5c" in page(site)
    assert "#7a1f5c" in (site.output / "feed.css").read_text(encoding="utf-8")
    (own / "web" / "subscribe.html").write_text(
        "<p>{{ title }}: {{ main.url }}, {{ tags.feeds[0].name }}", encoding="utf-8"
    )
    build(site)
    assert page(site) == "<p>試験ノート: https://note.example/rss.xml, 猫\n"
    site.write("a.md", "題", tags=["犬"])
    build(site)
    assert page(site).endswith("犬\n"), "without our mark it is still known by its bytes"


def test_a_template_that_is_wrong_is_named_and_the_feeds_go_on(site: Site) -> None:
    site.write("a.md", "題")
    build(site)
    before = page(site)
    (site.folder / "templates" / "web").mkdir(parents=True)
    (site.folder / "templates" / "web" / "subscribe.html").write_text("<p>\n{{ titel }}", encoding="utf-8")
    site.write("a.md", "新しい題")
    report = build(site)
    assert report.failed == [
        ("subscribe.html", "templates/web/subscribe.html:2: 'titel' is not known here; did you mean \"title\"?")
    ]
    assert set(report.written) == {"rss.xml", "atom.xml", "feed.json"}
    assert page(site) == before
