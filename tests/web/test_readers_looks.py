"""The pages of readers in a real browser: the whole way through them, on a phone and a desktop, and axe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from publisher import tokens
from publisher.app.reading import scan
from publisher.model.subscriber import SubscriberState
from tests.browser import launch_browser
from tests.npm import node_modules
from tests.site import Site
from tests.web.mailed import mail, write_articles
from tests.web.readers import find_link, link_to, mails_to, person, serve_readers
from tests.web.served import Served
from tests.web.test_archive_looks import AXE, RUN_AXE, SCHEMES, WIDTHS, open_page
from tests.web.test_preferring import CONFIG
from tests.webserver import Page as WebPage
from tests.webserver import WebServer

JIRO = "jiro@reader.example"
SIZES = ((375, 700), (1280, 800))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launch_browser() as found:
        yield found


@pytest.fixture
def served(site: Site) -> Iterator[Served]:
    site.configure(CONFIG)
    write_articles(site)
    with serve_readers(site, CONFIG) as found:
        scan(found.context)
        yield found


def list_pages(served: Served) -> list[str]:
    own = link_to(served.context, tokens.PREFERENCES)
    leave = link_to(served.context, tokens.UNSUBSCRIBE)
    pages = ["/subscribe", "/subscribe/form", "/confirm/x", leave, "/unsubscribe/x"]
    return [*pages, own, own + "/data", own + "/delete"]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_whole_way_without_scripts(browser: Browser, served: Served, width: int, height: int) -> None:
    """Sign up, confirm by the mail, choose, leave, come back, read the archive."""
    context = browser.new_context(
        java_script_enabled=False, locale="ja-JP", viewport={"width": width, "height": height}
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    home = served.address.rstrip("/")
    mail(served)
    page.goto(home + "/subscribe")
    served.site.clock.advance(seconds=3)
    page.get_by_label("試験ノート 新着").uncheck()
    page.get_by_label("メールアドレス").fill("jiro")
    page.get_by_role("button", name="登録する").click()
    assert page.get_by_role("alert").get_by_role("link").inner_text().startswith("メールアドレスをご確認ください")
    served.site.clock.advance(seconds=3)
    page.get_by_label("メールアドレス").fill(JIRO)
    page.get_by_role("button", name="登録する").click()
    assert page.locator("h1").inner_text() == "メールをご確認ください"
    page.goto(home + find_link(mails_to(served, JIRO)[-1], "confirm"))
    page.get_by_role("button", name="登録を完了する").click()
    assert page.locator("h1").inner_text() == "ありがとうございます"
    assert person(served.context, JIRO).newsletters == ("weekly",)
    page.get_by_role("link", name="話題や頻度などを選ぶ").click()
    page.get_by_label("頻度").select_option("daily")
    page.get_by_label("音", exact=True).uncheck()
    page.get_by_role("button", name="保存する").click()
    assert page.get_by_role("status").inner_text() == "保存しました。"
    assert page.get_by_label("頻度").input_value() == "daily"
    page.goto(home + find_link(mails_to(served, JIRO)[-1], "unsubscribe"))
    page.get_by_label("理由（任意）").fill("お試しでした")
    page.get_by_role("button", name="配信を停止する").click()
    assert person(served.context, JIRO).state is SubscriberState.UNSUBSCRIBED
    page.get_by_role("button", name="取り消す").click()
    assert page.locator("h1").inner_text() == "お帰りなさい"
    assert person(served.context, JIRO).newsletters == ("weekly",)
    page.get_by_role("link", name="ニュースレター", exact=True).click()
    assert urlsplit(page.url).path == "/newsletters/"
    context.close()


def test_every_page_fits_and_the_policy_stops_nothing_of_ours(browser: Browser, served: Served) -> None:
    page = open_page(browser, WIDTHS[0], "light")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for path in list_pages(served):
        page.goto(served.address.rstrip("/") + path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
    page.close()
    assert [text for text in said if "404" not in text] == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing(browser: Browser, served: Served, scheme: Literal["light", "dark"]) -> None:
    script = (node_modules(AXE) / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    page = open_page(browser, 375, scheme, bypass_csp=True)
    for path in list_pages(served):
        page.goto(served.address.rstrip("/") + path)
        check(page, script, path)
    page.goto(served.address + "subscribe")
    page.get_by_role("button").click()  # with what is wrong
    served.site.clock.advance(seconds=3)
    page.get_by_role("button").click()
    assert page.get_by_role("alert").is_visible()
    check(page, script, "with problems")
    page.close()


def check(page: Page, script: str, path: str) -> None:
    page.evaluate(script)
    assert page.evaluate(RUN_AXE) == [], path


EMBEDDED = """<!DOCTYPE html><html lang="ja"><head><meta charset="utf-8"><title>ブログ</title></head><body>
<form action="{home}/subscribe" method="post">
<input type="hidden" name="newsletter" value="weekly">
<label>E-mail <input type="email" name="email" required></label> <button>Subscribe</button>
</form>
<iframe src="{home}/subscribe/form?newsletter=weekly&amp;lang=en" title="Subscribe" width="100%" height="320"></iframe>
</body></html>"""


@pytest.fixture
def blog(served: Served) -> Iterator[str]:
    """A page of another site, with both forms that docs/web.md gives."""
    html = EMBEDDED.format(home=served.address.rstrip("/")).encode()
    with WebServer() as server:
        server.pages["/"] = WebPage(html, headers={"Content-Type": "text/html; charset=utf-8"})
        yield server.url("/").replace("127.0.0.1", "localhost")  # another site, and no other network


def test_the_forms_in_another_site_without_scripts(browser: Browser, served: Served, blog: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="ja-JP")
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(blog)
    page.get_by_label("E-mail", exact=True).fill(JIRO)
    page.get_by_role("button", name="Subscribe", exact=True).first.click()
    assert page.get_by_role("status").inner_text().startswith("あと一度だけ")
    assert page.get_by_label("メールアドレス").input_value() == JIRO
    served.site.clock.advance(seconds=3)
    page.get_by_role("button", name="登録する").click()
    assert page.locator("h1").inner_text() == "メールをご確認ください"
    assert person(served.context, JIRO).state is SubscriberState.PENDING
    page.goto(blog)
    frame = page.frame_locator("iframe")
    frame.get_by_label("E-mail address").fill("saburo@reader.example")
    served.site.clock.advance(seconds=3)
    frame.get_by_role("button", name="Subscribe").click()
    page.get_by_role("heading", name="Look into your mailbox").wait_for()
    assert page.url.startswith(served.address), "in the whole window"
    assert person(served.context, "saburo@reader.example").state is SubscriberState.PENDING
    context.close()
