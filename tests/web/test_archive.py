"""The web archive over real sockets: what is shown of an issue, to whom, and what never is."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import feedparser
import httpx
import pytest
from lxml import etree, html

from publisher import tokens
from publisher.app.audiences import NewIssue
from publisher.app.issuing import cancel
from publisher.app.people import get_subscriber, remove_subscriber
from publisher.app.reading import scan
from publisher.mail.slots import split
from publisher.model.issue import Issue, Selection
from publisher.storage.issues import load_variant, variant_keys
from publisher.web import shelf
from publisher.web.guard import Guard
from tests.site import Site
from tests.web.mailed import MAILED, Mailed, make, serve_mailed
from tests.web.served import serve
from tests.web.unchanged import assert_database_unchanged

PRIVATE = MAILED.replace("weekly:\n", "weekly:\n    archive: subscribers\n")


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Mailed:
    """Served no more: to render all this takes longer than most tests."""
    site = Site(tmp_path_factory.mktemp("sent"))
    site.configure()
    with serve_mailed(site) as made:
        return made


@pytest.fixture
def mailed(site: Site, sent: Mailed) -> Iterator[Mailed]:
    """A copy, to be changed at will."""
    shutil.copytree(sent.served.site.folder, site.folder, dirs_exist_ok=True)
    with serve(site, MAILED) as served:
        yield replace(sent, served=served)


@pytest.fixture
def looked_at_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the time for which pages are kept had gone by between any two requests."""
    monkeypatch.setattr(shelf, "FRESH", 0.0)


def path_of(issue: Issue) -> str:
    return f"/newsletters/{issue.newsletter}/issues/{issue.id}/"


def show(mailed: Mailed, issue: Issue, **headers: str) -> httpx.Response:
    return mailed.served.get(path_of(issue), **headers)


def tree(answer: httpx.Response) -> html.HtmlElement:
    assert answer.status_code == 200, answer.text
    return html.fromstring(answer.content.decode("utf-8"))


def text_of(answer: httpx.Response) -> str:
    return " ".join(tree(answer).find("body").text_content().split())


# ---------------------------------------------------------------------------------------------------- an issue


def test_a_digest_as_a_page(mailed: Mailed) -> None:
    page = tree(show(mailed, mailed.digest))
    assert page.get("lang") == "ja"
    assert page.xpath("//h1/text()") == [mailed.digest.subject]
    assert page.xpath("//article//h2/a/text()") == ["雪をはかる", "お茶と温度", "Lamps & <light>"]
    assert page.xpath("//article//h2/a/@href")[0] == "https://note.example/articles/snow"
    assert page.xpath("//article/@lang") == ["ja", "ja", "en"]
    assert page.xpath("//article[2]//img/@src") == ["https://images.example/tea.png"]
    assert page.xpath("//ul[@class='links']//a/text()") == ["そのほか"]
    assert not page.xpath("//table"), "a page is no mail"
    assert "積もった雪を音ではかります。" in page.text_content()


def test_a_reader_of_what_everybody_may_read_is_led_to_subscribing(mailed: Mailed) -> None:
    lead = "//main//a[contains(@href, '/subscribe')]"
    for path in (path_of(mailed.digest), "/newsletters/weekly/"):
        (link,) = tree(mailed.served.get(path)).xpath(lead)
        assert link.get("href") == "/subscribe?newsletter=weekly"
        assert link.text == "「週刊試験ノート」の配信に登録する"
        (kept,) = tree(mailed.served.get(path + "?lang=en")).xpath(lead)
        assert kept.get("href") == "/subscribe?newsletter=weekly&lang=en"
        ticked = tree(mailed.served.get(link.get("href"))).xpath("//input[@name='newsletter'][@checked]/@value")
        assert ticked == ["weekly"]
    (link,) = tree(mailed.served.get("/newsletters/")).xpath(lead)
    assert mailed.served.get(link.get("href")).status_code == 200


def test_an_article_alone_is_shown_in_full(mailed: Mailed) -> None:
    page = tree(show(mailed, mailed.single))
    assert page.xpath("//article//strong/text()") == ["しずか"]
    assert page.xpath("//article//p/a[text()='雪']/@href") == ["https://note.example/articles/snow"]
    assert page.xpath("//article//pre/code")
    assert page.xpath("//h1/text()") == ["苔の庭"]
    assert not page.xpath("//article//h2[a]"), "its title stands above"


def test_what_the_sender_wrote_names_nobody(mailed: Mailed) -> None:
    """Fallbacks stand in the places of names, and nothing where there is none."""
    assert "こんにちは、さん。今週の話です。" in text_of(show(mailed, mailed.digest))
    letter = show(mailed, mailed.letter)
    assert "読者 & 友人さんへ。雪がふりました。連絡先は です。" in text_of(letter)
    assert "読者 &amp; 友人" in letter.text
    assert tree(letter).xpath("//h1/text()") == ["冬のお便り ❄️"]
    assert tree(letter).xpath("//meta[@name='description']/@content")[0].startswith("読者 & 友人さんへ。")


def test_no_page_holds_anything_of_a_reader(mailed: Mailed) -> None:
    context = mailed.served.context
    for issue in (mailed.digest, mailed.letter, mailed.single):
        page = show(mailed, issue).text
        with context.database.read() as connection:
            rendered = load_variant(connection, issue.id, variant_keys(connection, issue.id)[0])
        assert len(split(rendered.text, rendered.marker)) > 1, "the mail is personal"
        for secret in ("花子", "hana@", "mailto:", rendered.marker, "PUB", "unsubscribe"):
            assert secret not in page, secret


@pytest.mark.parametrize("name", ["held", "cancelled"])
def test_what_did_not_go_out_is_not_there(mailed: Mailed, name: str) -> None:
    issue: Issue = getattr(mailed, name)
    assert show(mailed, issue).status_code == 404
    assert issue.subject not in mailed.served.get("/newsletters/new-article/").text.replace(mailed.single.subject, "")
    assert path_of(issue) not in mailed.served.get("/sitemap.xml").text
    assert path_of(issue) not in mailed.served.get("/newsletters/new-article/feed.xml").text


@pytest.mark.usefixtures("looked_at_each_time")
def test_an_issue_that_is_cancelled_disappears(mailed: Mailed) -> None:
    assert show(mailed, mailed.letter).status_code == 200
    cancel(mailed.served.context, mailed.letter.id)
    assert show(mailed, mailed.letter).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/newsletters/weekly/issues/999/",
        "/newsletters/weekly/issues/0/",
        "/newsletters/weekly/issues/-1/",
        "/newsletters/weekly/issues/99999999999999999999999999/",
        "/newsletters/weekly/issues/1e3/",
        "/newsletters/nobody/",
        "/newsletters/nobody/issues/1/",
        "/newsletters/%2e%2e/",
        "/newsletters/weekly/?page=0",
        "/newsletters/weekly/?page=2",
        "/newsletters/weekly/?page=x",
        "/newsletters/weekly/?page=99999999999999999999",
    ],
)
def test_what_is_not_there(mailed: Mailed, path: str) -> None:
    assert mailed.served.get(path).status_code == 404


def test_an_issue_of_another_newsletter_has_another_address(mailed: Mailed) -> None:
    assert mailed.served.get(f"/newsletters/new-article/issues/{mailed.digest.id}/").status_code == 404


@pytest.mark.usefixtures("looked_at_each_time")
def test_what_was_withdrawn_is_named_and_no_more(mailed: Mailed) -> None:
    (mailed.served.site.articles / "snow.md").unlink()
    (mailed.served.site.articles / "moss.md").unlink()
    scan(mailed.served.context)
    page = tree(show(mailed, mailed.digest))
    assert "雪をはかる" not in page.xpath("//article//a/text()")
    assert page.xpath("//ul[@class='links muted']/li/text()") == ["雪をはかる"]
    assert "しずか" not in show(mailed, mailed.single).text


@pytest.mark.usefixtures("looked_at_each_time")
def test_a_file_that_changed_since_it_was_read_is_shown_as_a_summary(mailed: Mailed) -> None:
    mailed.served.site.write("moss.md", "苔の庭", body="書きかけの秘密です。")
    page = show(mailed, mailed.single)
    assert "書きかけ" not in page.text
    assert tree(page).xpath("//article//h2/a/text()") == ["苔の庭"]
    scan(mailed.served.context)
    assert "書きかけ" in show(mailed, mailed.single).text


def test_script_in_an_article_or_letter_stays_text(site: Site) -> None:
    bad = '<script>alert(1)</script><img src=x onerror="alert(2)">'
    with serve_mailed(site) as mailed:
        site.write("bad.md", f"題 {bad}", excerpt=bad, tags=[bad], body=f"本文 {bad}\n\n[a](javascript:alert(3))\n")
        article = next(found for found in scan(mailed.served.context).articles if found.path.endswith("bad.md"))
        issue = make(mailed.served.context, NewIssue("new-article", Selection(articles=(article,)), "article", None))
        for path in (path_of(issue), "/newsletters/new-article/"):
            page = tree(mailed.served.get(path))
            assert not page.xpath("//script | //@onerror | //@style | //style")
            assert not [href for href in page.xpath("//@href") if href.startswith("javascript")]


# ---------------------------------------------------------------------------------------------------- what it says


def test_what_programs_read_of_an_issue(mailed: Mailed) -> None:
    page = tree(show(mailed, mailed.digest))
    url = f"https://note.example{path_of(mailed.digest)}"
    assert page.xpath("//link[@rel='canonical']/@href") == [url]
    said = {node.get("property"): node.get("content") for node in page.xpath("//meta[@property]")}
    assert said["og:url"] == url
    assert said["og:title"] == mailed.digest.subject
    assert said["og:type"] == "article"
    assert said["og:site_name"] == "試験ノート"
    assert said["og:image"] == "https://images.example/tea.png"
    assert said["article:published_time"].startswith("2026-11-19T03:00:00")
    assert page.xpath("//title/text()") == [f"{mailed.digest.subject} - 週刊試験ノート"]
    assert page.xpath("//link[@type='application/atom+xml']/@href") == [
        "https://note.example/newsletters/weekly/feed.xml"
    ]
    assert not page.xpath("//meta[@name='robots']")


def test_neighbours_are_linked(mailed: Mailed) -> None:
    assert tree(show(mailed, mailed.digest)).xpath("//nav//a[@rel='next']/@href") == [path_of(mailed.letter)]
    assert tree(show(mailed, mailed.letter)).xpath("//nav//a[@rel='prev']/@href") == [path_of(mailed.digest)]


@pytest.mark.usefixtures("looked_at_each_time")
def test_the_list_is_paged(mailed: Mailed) -> None:
    context = mailed.served.context
    for number in range(40):
        mailed.served.site.write(f"n{number}.md", f"その{number}")
    for article in scan(context).articles:
        if article.title.startswith("その") and article.title != "そのほか":
            make(context, NewIssue("weekly", Selection(articles=(article,)), "digest", pass_to=None))
    pages = [tree(mailed.served.get(f"/newsletters/weekly/{query}")) for query in ("", "?page=2", "?page=3")]
    first, second, _ = pages
    assert [len(page.xpath("//main//li")) for page in pages] == [20, 20, 2]
    assert first.xpath("//nav//a/@href")[:1] == ["/newsletters/weekly/?page=2"]
    assert second.xpath("//nav[@class='pager']//a/@href") == ["/newsletters/weekly/", "/newsletters/weekly/?page=3"]
    assert second.xpath("//link[@rel='canonical']/@href") == ["https://note.example/newsletters/weekly/?page=2"]
    assert mailed.served.get("/newsletters/weekly/?page=4").status_code == 404


def test_the_feed_of_issues(mailed: Mailed) -> None:
    answer = mailed.served.get("/newsletters/weekly/feed.xml")
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    feed = feedparser.parse(answer.content)
    assert not feed.bozo
    assert [entry.title for entry in feed.entries] == [mailed.letter.subject, mailed.digest.subject]
    assert feed.entries[1].link == f"https://note.example{path_of(mailed.digest)}"
    assert feed.entries[1].id == f"tag:note.example,2026:newsletters/weekly/issues/{mailed.digest.id}"
    assert "雪をはかる" in feed.entries[1].content[0].value
    assert "<strong>雪</strong>" in feed.entries[0].content[0].value
    assert "花子" not in answer.text
    assert feed.feed.links[0].href == "https://note.example/newsletters/weekly/feed.xml"


def test_the_sitemap(mailed: Mailed) -> None:
    answer = mailed.served.get("/sitemap.xml")
    root = etree.fromstring(answer.content)
    assert root.tag == "{http://www.sitemaps.org/schemas/sitemap/0.9}urlset"
    found = [node.text for node in root.iter("{*}loc")]
    weekly, news = ("https://note.example/newsletters/" + name for name in ("weekly/", "new-article/"))
    assert found == [
        weekly,
        f"{weekly}issues/{mailed.letter.id}/",
        f"{weekly}issues/{mailed.digest.id}/",
        news,
        f"{news}issues/{mailed.single.id}/",
    ]
    assert {node.text for node in root.iter("{*}lastmod")} == {"2026-11-19T12:00:00+09:00"}


def test_a_sitemap_of_the_sites_own_goes_before_ours(mailed: Mailed) -> None:
    (mailed.served.site.output / "sitemap.xml").write_text("<urlset/>", encoding="utf-8")
    assert mailed.served.get("/sitemap.xml").text == "<urlset/>"


def test_noindex_by_choice(site: Site) -> None:
    with serve_mailed(site, MAILED.replace("weekly:\n", "weekly:\n    index: false\n")) as mailed:
        for path in (path_of(mailed.digest), "/newsletters/weekly/"):
            answer = mailed.served.get(path)
            assert tree(answer).xpath("//meta[@name='robots']/@content") == ["noindex"]
            assert answer.headers["x-robots-tag"] == "noindex"
        assert mailed.served.get("/newsletters/weekly/feed.xml").headers["x-robots-tag"] == "noindex"
        assert "weekly" not in mailed.served.get("/sitemap.xml").text
        assert "x-robots-tag" not in show(mailed, mailed.single).headers


# ---------------------------------------------------------------------------------------------------- for whom


def test_an_archive_for_subscribers_opens_with_their_link(site: Site) -> None:
    with serve_mailed(site, PRIVATE) as mailed:
        context = mailed.served.context
        token = tokens.sign(context.key, tokens.ARCHIVE, get_subscriber(context, "hana@reader.example").id, "weekly")
        assert show(mailed, mailed.digest).status_code == 403
        answer = mailed.served.get(f"{path_of(mailed.digest)}?key={token}")
        page = tree(answer)
        assert answer.headers["cache-control"] == "private, no-store"
        assert answer.headers["x-robots-tag"] == "noindex"
        assert "etag" not in answer.headers
        own = [href for href in page.xpath("//main//a/@href") if href.startswith("/")]
        assert own
        assert all(f"key={token}" in href for href in own), "links within it open, too"
        assert "/subscribe?" not in answer.text, "who reads it subscribes already"
        assert page.xpath("//link[@rel='canonical']/@href") == [f"https://note.example{path_of(mailed.digest)}"]
        assert mailed.served.get(own[0]).status_code == 200
        assert token not in mailed.served.get("/newsletters/").text
        assert show(mailed, mailed.digest).status_code == 403, "nothing was kept for others"


def test_a_link_for_subscribers_is_bound_to_newsletter_and_person(site: Site) -> None:
    with serve_mailed(site, PRIVATE.replace("new-article:\n", "new-article:\n    archive: subscribers\n")) as mailed:
        context = mailed.served.context
        reader = get_subscriber(context, "hana@reader.example")
        other = tokens.sign(context.key, tokens.ARCHIVE, reader.id, "new-article")
        nobody = tokens.sign(context.key, tokens.ARCHIVE, 4711, "weekly")
        for wrong in (other, nobody, "", "x", "%E8%8A%B1", other[:-1]):
            assert mailed.served.get(f"/newsletters/weekly/?key={wrong}").status_code == 403, wrong
        token = tokens.sign(context.key, tokens.ARCHIVE, reader.id, "weekly")
        assert mailed.served.get(f"/newsletters/weekly/?key={token}").status_code == 200
        remove_subscriber(context, "hana@reader.example", ["weekly"])
        assert mailed.served.get(f"/newsletters/weekly/?key={token}").status_code == 403


def test_an_archive_for_subscribers_is_in_no_list(site: Site) -> None:
    with serve_mailed(site, PRIVATE) as mailed:
        assert mailed.served.get("/newsletters/weekly/feed.xml").status_code == 404
        assert "weekly" not in mailed.served.get("/sitemap.xml").text
        assert "週刊試験ノート" not in mailed.served.get("/newsletters/").text


def test_an_archive_that_is_off(site: Site) -> None:
    with serve_mailed(site, MAILED.replace("weekly:\n", "weekly:\n    archive: off\n")) as mailed:
        for path in (path_of(mailed.digest), "/newsletters/weekly/", "/newsletters/weekly/feed.xml"):
            assert mailed.served.get(path).status_code == 404
        assert mailed.served.context.config.issue_url("weekly", 1) == ""
        assert mailed.served.context.config.issue_url("new-article", 1).startswith("https://note.example/newsletters/")


def test_without_any_archive_the_addresses_stay_free(site: Site) -> None:
    config = MAILED.replace("weekly:\n", "weekly:\n    archive: off\n")
    with serve_mailed(site, config.replace("new-article:\n", "new-article:\n    archive: off\n")) as mailed:
        page = site.output / "newsletters" / "index.html"
        page.parent.mkdir()
        page.write_text("ours", encoding="utf-8")
        assert mailed.served.get("/newsletters/").text == "ours"


# ---------------------------------------------------------------------------------------------------- answers


def test_a_page_is_kept_and_not_sent_twice(mailed: Mailed) -> None:
    first = show(mailed, mailed.digest, accept_encoding="gzip")
    again = show(mailed, mailed.digest, accept_encoding="gzip")  # from memory
    assert first.headers["content-encoding"] == "gzip"
    assert first.headers["etag"].endswith('-gz"')
    assert {**first.headers, "date": ""} == {**again.headers, "date": ""}
    assert first.content == again.content
    tag, date = first.headers["etag"], first.headers["last-modified"]
    for headers in ({"if_none_match": tag}, {"if_none_match": "*"}, {"if_modified_since": date}):
        unchanged = show(mailed, mailed.digest, **headers)
        assert unchanged.status_code == 304
        assert unchanged.content == b""
        assert unchanged.headers["etag"]
        assert "content-type" not in unchanged.headers
    assert show(mailed, mailed.digest, if_none_match='"other"').status_code == 200
    assert show(mailed, mailed.digest, accept_encoding="identity;q=0").status_code == 406


def test_a_page_from_memory_is_that_of_its_language_and_query(mailed: Mailed) -> None:
    for _ in range(2):
        assert tree(show(mailed, mailed.digest)).get("lang") == "ja"
        assert tree(show(mailed, mailed.digest, accept_language="en-GB,ja;q=0.5")).get("lang") == "en"
        assert tree(show(mailed, mailed.digest, accept_language="fr")).get("lang") == "ja", "the site's"
        chosen = tree(mailed.served.get(path_of(mailed.digest) + "?lang=en"))
        assert chosen.get("lang") == "en"
        assert chosen.xpath("//p[@class='eyebrow']/a/@href") == ["/newsletters/weekly/?lang=en"]
        assert tree(mailed.served.get(path_of(mailed.digest) + "?lang=xx")).get("lang") == "ja"


@pytest.mark.usefixtures("looked_at_each_time")
def test_a_page_that_changes_has_another_tag(mailed: Mailed) -> None:
    before = mailed.served.get("/newsletters/weekly/").headers["etag"]
    assert mailed.served.get("/newsletters/weekly/").headers["etag"] == before
    mailed.served.site.write("new.md", "新しい")
    article = next(found for found in scan(mailed.served.context).articles if found.title == "新しい")
    make(mailed.served.context, NewIssue("weekly", Selection(articles=(article,)), "digest", pass_to=None))
    assert mailed.served.get("/newsletters/weekly/").headers["etag"] != before


@pytest.mark.parametrize("path", ["/newsletters", "/newsletters/weekly", "/newsletters/weekly/issues/1"])
def test_without_its_slash_it_is_a_redirect(mailed: Mailed, path: str) -> None:
    answer = mailed.served.get(path + "?lang=en", host="evil.example")
    assert answer.status_code == 301
    assert answer.headers["location"] == path + "/?lang=en"


def test_below_a_folder_of_the_proxy(site: Site) -> None:
    with serve_mailed(site, MAILED.replace("web: {", "web: {url: 'https://note.example/mail', ")) as mailed:
        page = tree(show(mailed, mailed.digest))
        assert page.xpath("//link[@rel='canonical']/@href") == [f"https://note.example/mail{path_of(mailed.digest)}"]
        assert page.xpath("//p[@class='eyebrow']/a/@href") == ["/mail/newsletters/weekly/"]
        assert page.xpath("//link[@rel='stylesheet']/@href")[0].startswith("/mail/_publisher/web-")


def test_a_template_of_ones_own(site: Site) -> None:
    folder = site.folder / "templates" / "web"
    folder.mkdir(parents=True)
    with serve_mailed(site) as mailed:
        (folder / "archive.html").write_text("<p>{{ newsletter.title }}: {{ issues | length }}</p>", encoding="utf-8")
        assert mailed.served.get("/newsletters/weekly/").text == "<p>週刊試験ノート: 2</p>\n"
        (folder / "newsletters.html").write_text("{{ nothing }}", encoding="utf-8")
        broken = mailed.served.get("/newsletters/", accept="text/html")
        assert broken.status_code == 500
        assert "nothing" not in broken.text


# ---------------------------------------------------------------------------------------------------- only reading


def crawl(mailed: Mailed) -> dict[str, httpx.Response]:
    """Everything that can be reached on our server by links, each by HEAD, GET and GET again."""
    found: dict[str, httpx.Response] = {}
    pending = ["/newsletters/", "/sitemap.xml", "/newsletters/weekly/feed.xml"]
    while pending:
        path = pending.pop()
        if path in found:
            continue
        head, found[path], again = (mailed.served.ask(method, path) for method in ("HEAD", "GET", "GET"))
        assert head.content == b""
        assert head.status_code == found[path].status_code == again.status_code
        assert head.headers.get("content-length") == found[path].headers.get("content-length")
        links = re.findall(r'(?:href|src)="([^"]+)"', found[path].text) + re.findall(r"<loc>([^<]+)", found[path].text)
        for link in links:
            parts = urlsplit(urljoin("https://note.example" + path, link.replace("&amp;", "&")))
            if parts.hostname == "note.example" and parts.path.startswith(("/newsletters/", "/_publisher/")):
                pending.append(parts.path + (f"?{parts.query}" if parts.query else ""))
    return found


@pytest.mark.usefixtures("looked_at_each_time")
def test_every_link_works_and_changes_nothing(mailed: Mailed) -> None:
    with assert_database_unchanged(mailed.served.context):
        found = crawl(mailed)
    assert {answer.status_code for answer in found.values()} == {200}
    assert len(found) > 15
    assert any(path.startswith("/_publisher/web-") for path in found)


def test_the_proof_can_fail(mailed: Mailed) -> None:
    with pytest.raises(AssertionError), assert_database_unchanged(mailed.served.context):
        cancel(mailed.served.context, mailed.letter.id)


def test_a_file_of_the_site_does_not_hide_a_page(mailed: Mailed) -> None:
    folder = mailed.served.site.output / "newsletters"
    folder.mkdir()
    (folder / "index.html").write_text("hidden", encoding="utf-8")
    assert "hidden" not in mailed.served.get("/newsletters/").text


def test_a_kept_page_takes_the_quick_path(mailed: Mailed, monkeypatch: pytest.MonkeyPatch) -> None:
    """No application is called for it."""
    whole = show(mailed, mailed.digest)
    monkeypatch.setattr(Guard, "__call__", lambda *_: 1 / 0)
    assert show(mailed, mailed.digest).content == whole.content
    assert show(mailed, mailed.digest, if_none_match=whole.headers["etag"]).status_code == 304
    assert mailed.served.ask("HEAD", path_of(mailed.digest)).headers["content-length"] == str(len(whole.content))


def test_pages_are_made_once_for_a_while(mailed: Mailed, monkeypatch: pytest.MonkeyPatch) -> None:
    show(mailed, mailed.digest)
    mailed.served.site.clock.advance(days=1)
    monkeypatch.setattr("publisher.web.archive.get_issue_page", lambda *_: 1 / 0)
    assert show(mailed, mailed.digest).status_code == 200
