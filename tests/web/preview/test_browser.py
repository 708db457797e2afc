"""The pages in a real browser: they fit, can be read, show the mail as it is, and learn of changes by themselves."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser import launch_browser
from tests.npm import node_modules
from tests.site import CONFIG, Site
from tests.web.preview.desk import make_desk, served

AXE = "axe-core@4.14.1"
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
VIOLATIONS = """
async () => (await axe.run(document, {resultTypes: ["violations"], iframes: false})).violations
  .map(found => `${found.id}: ${found.nodes.map(node => node.html).join(" ")}`)
"""
BACKGROUND = "() => getComputedStyle(document.querySelector('.page')).backgroundColor"
PAGES = ("/", "/newsletters/weekly", "/newsletters/weekly?view=headers", "/newsletters/new-article?view=source")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launch_browser() as found:
        yield found


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site whose titles are as long as titles get, and one file that is no article."""
    site = Site(tmp_path_factory.mktemp("site"))
    site.configure(CONFIG.replace("title: 週刊試験ノート", "title: とても長い名前の週刊試験ノートとその周辺の話題"))
    for number in range(3):
        body = "本文です。\n\n![図](https://note.example/a.webp)\n\n```text\n" + "長い行" * 60 + "\n```\n"
        site.write(f"{number}.md", "とても長い題がつくこともある、" * 4 + "Donaudampfschifffahrt" * 3, body=body)
    site.write_raw("broken.md", "---\ntitle: x\n---\n")
    return site


@pytest.fixture(scope="module")
def client(shared_site: Site) -> Iterator[httpx.Client]:
    with served(make_desk(shared_site)) as found:
        yield found


def is_elsewhere(address: str) -> bool:
    return not address.startswith("http://127.0.0.1")


def open_page(browser: Browser, client: httpx.Client, path: str, *, script: bool = True) -> Page:
    """At 1280 pixels, in light."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, java_script_enabled=script)
    page = context.new_page()
    page.route(is_elsewhere, lambda route: route.abort())
    page.goto(str(client.base_url.join(path)))
    return page


@pytest.mark.parametrize("path", PAGES)
def test_no_page_is_wider_than_the_window_and_axe_finds_nothing(
    browser: Browser, client: httpx.Client, path: str
) -> None:
    page = open_page(browser, client, path)
    page.evaluate((node_modules(AXE) / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    for width in (320, 375, 1280, 1720):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(OVERFLOW) <= 0, width
        if width in {375, 1280}:
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                assert page.evaluate(VIOLATIONS) == [], (width, scheme)
    page.context.close()


def test_the_mail_is_light_or_dark_whatever_the_window_is(browser: Browser, client: httpx.Client) -> None:
    colours = {}
    for view in ("light", "dark"):
        page = open_page(browser, client, f"/newsletters/weekly?view={view}")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            mails = [frame for frame in page.frames if "/mail?" in frame.url]
            colours[view, scheme] = [frame.evaluate(BACKGROUND) for frame in mails]
        page.context.close()
    assert colours["light", "light"] == colours["light", "dark"]
    assert colours["dark", "light"] == colours["dark", "dark"]
    assert len({*colours["light", "light"], *colours["dark", "dark"]}) == 2


def test_the_phone_is_as_wide_as_one_and_the_desktop_takes_the_whole_column(
    browser: Browser, client: httpx.Client
) -> None:
    page = open_page(browser, client, "/newsletters/weekly")
    widths = [frame.evaluate("() => innerWidth") for frame in page.frames if "/mail?" in frame.url]
    assert widths[0] > 620
    assert widths[1] == 375
    page.context.close()


@pytest.mark.parametrize(("view", "expected"), [("light", {"https://note.example/a.webp"}), ("images-off", set())])
def test_pictures_are_asked_for_and_not_where_they_are_off(
    browser: Browser, client: httpx.Client, view: str, expected: set[str]
) -> None:
    page, asked = browser.new_page(viewport={"width": 1280, "height": 900}), set()

    def note(route: Route) -> None:
        asked.add(route.request.url)
        route.abort()

    page.route(is_elsewhere, note)
    page.goto(str(client.base_url.join(f"/newsletters/new-article?view={view}")))
    assert asked == expected
    page.close()


def test_everything_is_there_without_a_script(browser: Browser, client: httpx.Client) -> None:
    page = open_page(browser, client, "/", script=False)
    page.locator(".cards a").first.click()
    page.get_by_role("link", name="ダーク").click()
    expect(page.locator('iframe[src*="look=dark"]')).to_have_count(2)
    page.get_by_role("link", name="テキスト版").click()
    expect(page.locator("pre.paper")).to_contain_text("とても長い題")
    page.get_by_role("link", name="welcome").click()
    expect(page.locator("h1")).to_contain_text("ようこそ")
    page.context.close()


def test_a_saved_article_shows_up_by_itself_and_so_does_an_error(site: Site, browser: Browser) -> None:
    site.write("a.md", "はじめの題")
    with served(make_desk(site)) as client:
        page = open_page(browser, client, "/newsletters/weekly")
        expect(page.locator("h1")).to_have_text("はじめの題")
        site.write("a.md", "直した題")
        expect(page.locator("h1")).to_have_text("直した題", timeout=20_000)
        body = site.folder / "templates/email/digest/body.html"
        body.parent.mkdir(parents=True)
        body.write_text("{{ nothing }}\n")
        expect(page.get_by_role("alert")).to_contain_text("body.html:1: 'nothing' is not known", timeout=20_000)
        expect(page.locator("h1")).to_have_text("直した題")
        body.unlink()
        expect(page.get_by_role("alert")).to_have_count(0, timeout=20_000)
        page.context.close()
