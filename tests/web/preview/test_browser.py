"""The pages in a real browser: they fit, can be read, show the mail as it is, and learn of changes by themselves."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

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
LIGHT, DARK = "rgb(242, 241, 236)", "rgb(17, 21, 24)"
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


def open_page(browser: Browser, url: str, width: int = 1280, scheme: str = "light", *, script: bool = True) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=script,
    )
    page = context.new_page()
    page.route(lambda address: not address.startswith("http://127.0.0.1"), lambda route: route.abort())
    page.goto(url)
    return page


@pytest.mark.parametrize("width", [320, 375, 1280, 1720])
def test_no_page_is_wider_than_the_window(browser: Browser, client: httpx.Client, width: int) -> None:
    for path in PAGES:
        page = open_page(browser, f"{client.base_url}{path}", width)
        assert page.evaluate(OVERFLOW) <= 0, path
        page.context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (375, "light"), (375, "dark")])
def test_axe_finds_nothing(browser: Browser, client: httpx.Client, width: int, scheme: str) -> None:
    script = (node_modules(AXE) / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    for path in PAGES:
        page = open_page(browser, f"{client.base_url}{path}", width, scheme)
        page.evaluate(script)  # through the protocol: the page's own policy lets in no script
        assert page.evaluate(VIOLATIONS) == [], path
        page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_mail_is_light_or_dark_whatever_the_window_is(browser: Browser, client: httpx.Client, scheme: str) -> None:
    for view, expected in (("light", LIGHT), ("dark", DARK)):
        page = open_page(browser, f"{client.base_url}/newsletters/weekly?view={view}", scheme=scheme)
        mails = [frame for frame in page.frames if "/mail?" in frame.url]
        assert [frame.evaluate(BACKGROUND) for frame in mails] == [expected] * 2
        page.context.close()


def test_the_phone_is_as_wide_as_one_and_the_desktop_takes_the_whole_column(
    browser: Browser, client: httpx.Client
) -> None:
    page = open_page(browser, f"{client.base_url}/newsletters/weekly")
    widths = [frame.evaluate("() => innerWidth") for frame in page.frames if "/mail?" in frame.url]
    assert widths[0] > 620
    assert widths[1] == 375
    page.context.close()


def test_pictures_are_asked_for_and_not_where_they_are_off(browser: Browser, client: httpx.Client) -> None:
    for view, expected in (("light", {"https://note.example/a.webp"}), ("images-off", set())):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page, asked = context.new_page(), set()
        page.on("request", lambda request, asked=asked: asked.add(request.url))
        page.route(lambda address: not address.startswith("http://127.0.0.1"), lambda route: route.abort())
        page.goto(f"{client.base_url}/newsletters/new-article?view={view}")
        assert {address for address in asked if not address.startswith("http://127.0.0.1")} == expected
        context.close()


def test_everything_is_there_without_a_script(browser: Browser, client: httpx.Client) -> None:
    page = open_page(browser, f"{client.base_url}/", script=False)
    page.locator(".cards a").first.click()
    page.get_by_role("link", name="ダーク").click()
    assert len([frame for frame in page.frames if "look=dark" in frame.url]) == 2
    page.get_by_role("link", name="テキスト版").click()
    expect(page.locator("pre.paper")).to_contain_text("とても長い題")
    page.get_by_role("link", name="welcome").click()
    expect(page.locator("h1")).to_contain_text("ようこそ")
    page.context.close()


def test_a_saved_article_shows_up_by_itself_and_so_does_an_error(site: Site, browser: Browser) -> None:
    site.write("a.md", "はじめの題")
    with served(make_desk(site)) as client:
        page = open_page(browser, f"{client.base_url}/newsletters/weekly")
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
