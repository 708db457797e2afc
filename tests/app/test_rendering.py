"""Articles become entries: here, and in a process that knows nothing but what it is handed."""

from __future__ import annotations

import pickle
import subprocess
import sys

from publisher.app.rendering import Batch, MadeEntry, Piece, make_entries
from publisher.feeds.splice import splice, write_shell
from publisher.feeds.write import write_feed
from publisher.markup.html import render_html
from publisher.markup.place import Place
from publisher.model.article import Article, Author
from publisher.model.feed import FeedFormat
from publisher.pool import Pool
from tests.feeds.builders import ALL_FORMATS, make_article, make_feed, make_spec

AUTHOR = Author("編集部", "editor@example.com")
MARKDOWN = "# 夜空\n\n**星**は [光る](/star) ✨\n"
URLS = {"星": "https://example.com/tags/%E6%98%9F/"}


def make_piece(article: Article, markdown: str | None = MARKDOWN) -> Piece:
    place = None if markdown is None else Place(article.url, "https://example.com")
    return Piece(article, f"key of {article.path}", markdown, place)


def make_batch(*pieces: Piece) -> Batch:
    return Batch(pieces, ALL_FORMATS, "ja", AUTHOR, URLS)


def put_together(made: list[MadeEntry], feed_format: FeedFormat, *articles: Article) -> bytes:
    entries = [item.content for item in made if item.feed_format is feed_format]
    return splice(write_shell(make_spec(*articles), feed_format), entries)


def test_each_article_becomes_an_entry_in_each_format() -> None:
    articles = [make_article(2, tags=("星",)), make_article(1, language="en")]
    made = make_entries(make_batch(*map(make_piece, articles)))
    assert [(item.article_id, item.feed_format) for item in made] == [
        (article.id, feed_format) for article in articles for feed_format in ALL_FORMATS
    ]
    assert [item.key for item in made] == [f"key of {article.path}" for article in articles for _ in ALL_FORMATS]
    html = {article.id: render_html(MARKDOWN, Place(article.url, "https://example.com")) for article in articles}
    feed = make_feed(*articles, html=html, urls=URLS)
    for feed_format in ALL_FORMATS:
        assert put_together(made, feed_format, *articles) == write_feed(feed, feed_format)


def test_a_feed_of_summaries_needs_no_markdown() -> None:
    article = make_article()
    made = make_entries(make_batch(make_piece(article, None)))
    for feed_format in ALL_FORMATS:
        assert put_together(made, feed_format, article) == write_feed(make_feed(article, html={}), feed_format)


def test_a_faulty_article_costs_its_own_entries_and_no_other() -> None:
    bad, good = make_article(1, title="悪い\x0b字"), make_article(2)
    made = make_entries(make_batch(make_piece(bad), make_piece(good)))
    faults = {(item.article_id, item.feed_format): item.fault for item in made if item.fault}
    reason = "articles/1.md has a character that XML forbids"
    assert faults == {(bad.id, feed_format): reason for feed_format in ALL_FORMATS}
    assert all(bool(item.content) != bool(item.fault) for item in made)


def test_another_process_makes_the_same_bytes() -> None:
    batch = make_batch(make_piece(make_article(1, tags=("星",))), make_piece(make_article(2, url="articles/2")))
    assert pickle.loads(pickle.dumps(batch)) == batch  # noqa: S301 - our own bytes
    pool = Pool(2)
    try:
        assert list(pool.map(make_entries, [batch, batch])) == [make_entries(batch)] * 2
    finally:
        pool.close()


def test_a_process_of_the_pool_loads_no_database_and_no_configuration() -> None:
    """Each of them would hold it in memory."""
    code = "import sys, publisher.app.rendering; print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert "publisher.feeds.splice" in loaded
    assert not loaded & {"sqlalchemy", "pydantic", "alembic", "premailer", "typer", "publisher.config"}
