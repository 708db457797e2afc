"""`updated` in the feeds moves with a significant change, and with nothing else."""

from __future__ import annotations

import json

from publisher.app.publishing import publish_feeds
from publisher.app.reading import scan
from publisher.storage.schema import articles
from tests.site import Site

TEXT = "湯守りは毎朝、桶に手をひたして湯加減を見ます。センサーはその手つきを覚えます。"
MORE = (
    "\n\n追記。夏のあいだは二軒目の湯屋でも試し、ぬるめの湯でも手つきを読みちがえないことがわかりました。"
    "来月からは三軒目でも使われます。"
)
PUBLISHED = "2026-11-18T00:00:00+09:00"


def build(site: Site) -> tuple[str, str]:
    """`date_modified` and text of the only article, as the JSON feed has them."""
    with site.open() as context:
        publish_feeds(context, scan(context).articles)
    (item,) = json.loads((site.output / "feed.json").read_text(encoding="utf-8"))["items"]
    return item["date_modified"], item["content_html"]


def test_a_typo_is_shown_and_moves_no_date(site: Site) -> None:
    site.write("a.md", "湯守り", body=TEXT)
    assert build(site)[0] == PUBLISHED
    site.clock.advance(days=1)
    site.write("a.md", "湯守り", body=TEXT.replace("桶", "湯船"))
    updated, text = build(site)
    assert updated == PUBLISHED
    assert "湯船" in text


def test_a_new_paragraph_moves_the_date_to_when_it_was_seen(site: Site) -> None:
    site.write("a.md", "湯守り", body=TEXT)
    build(site)
    site.clock.advance(days=1)
    site.write("a.md", "湯守り", body=TEXT + MORE)
    assert build(site)[0] == "2026-11-20T12:00:00+09:00"
    site.clock.advance(days=1)
    site.write("a.md", "湯守り", body=TEXT.replace("桶", "湯船") + MORE)
    assert build(site)[0] == "2026-11-20T12:00:00+09:00", "a later typo leaves it there"


def test_typos_add_up_to_a_change(site: Site) -> None:
    site.write("a.md", "湯守り", body=TEXT)
    build(site)
    dates = []
    for number in range(1, len(MORE) // 25 + 1):
        site.clock.advance(days=1)
        site.write("a.md", "湯守り", body=TEXT + MORE[: 25 * number])
        dates.append(build(site)[0])
    assert dates[0] == PUBLISHED
    assert dates[1] == "2026-11-21T12:00:00+09:00"


def test_another_title_is_a_change_and_a_mended_one_is_none(site: Site) -> None:
    site.write("a.md", "湯守りの勘をデータに", body=TEXT)
    build(site)
    site.clock.advance(days=1)
    site.write("a.md", "湯守の勘をデータに！", body=TEXT)
    assert build(site)[0] == PUBLISHED
    site.write("a.md", "手つきを覚えるセンサー「ユモリ」", body=TEXT)
    assert build(site)[0] == "2026-11-20T12:00:00+09:00"


def test_front_matter_says_it_better(site: Site) -> None:
    site.write("a.md", "湯守り", body=TEXT, updated="2026-11-18T09:00:00+09:00")
    assert build(site)[0] == "2026-11-18T09:00:00+09:00"
    site.write("a.md", "湯守り", body=TEXT + MORE, updated="2026-11-18T09:00:00+09:00")
    assert build(site)[0] == "2026-11-18T09:00:00+09:00"


def test_what_no_reader_has_seen_has_not_changed(site: Site) -> None:
    site.write("a.md", "湯守り", body=TEXT, draft=True)
    with site.open() as context:
        scan(context)
    site.write("a.md", "湯守り", body=TEXT + MORE)
    assert build(site)[0] == PUBLISHED


def test_a_rename_is_no_change_and_keeps_the_date_of_the_last_one(site: Site) -> None:
    site.write("a.md", "湯守り", body=TEXT)
    build(site)
    site.clock.advance(days=1)
    path = site.write("a.md", "湯守り", body=TEXT + MORE)
    build(site)
    site.clock.advance(days=1)
    path.rename(site.articles / "b.md")
    assert build(site)[0] == "2026-11-20T12:00:00+09:00"


def test_an_index_without_sketches_learns_them_and_changes_nothing(site: Site) -> None:
    site.write("a.md", "湯守り", body=TEXT)
    build(site)
    with site.open() as context, context.database.write() as connection:
        connection.execute(articles.update().values(sketch=None))
    site.clock.advance(days=1)
    site.write("a.md", "湯守り", body=TEXT + MORE)
    assert build(site)[0] == PUBLISHED, "nothing to compare it with"
    site.write("a.md", "湯守り", body=TEXT)
    assert build(site)[0] == "2026-11-20T12:00:00+09:00"
