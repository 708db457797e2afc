"""The archive in a real browser: phone and desktop, light and dark, without a script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser import launch_browser
from tests.npm import node_modules
from tests.site import Site
from tests.web.mailed import Mailed, serve_mailed

AXE = "axe-core@4.10.3"
RUN_AXE = """
async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .map(found => [found.id, ...found.nodes.map(node => node.html.slice(0, 120))])
"""
# One pixel, in place of what the articles show from elsewhere.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f64540"
    "0000000049454e44ae426082"
)
WIDTHS = (320, 375, 1280)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launch_browser() as found:
        yield found


@pytest.fixture
def mailed(site: Site) -> Iterator[Mailed]:
    long = "とても長い一語" * 12 + "https://note.example/" + "x" * 200
    site.write(
        "long.md", f"題 {long}", tags=[long[:60]], body=f"{long}\n\n| a | b |\n|---|---|\n| {long} | {'y' * 300} |\n"
    )
    with serve_mailed(site) as made:
        yield made


def paths_of(mailed: Mailed) -> list[str]:
    issues = [
        f"/newsletters/{one.newsletter}/issues/{one.id}/" for one in (mailed.digest, mailed.letter, mailed.single)
    ]
    return ["/newsletters/", "/newsletters/weekly/", *issues, "/newsletters/nothing/"]


def open_page(browser: Browser, width: int, scheme: Literal["light", "dark"], **options: Any) -> Page:
    """What goes elsewhere is answered here; `page.problems` gathers what the browser complains of."""
    headers = {"Accept": "text/html"}
    page = browser.new_page(
        viewport={"width": width, "height": 800}, color_scheme=scheme, extra_http_headers=headers, **options
    )

    def answer(route: Route) -> None:
        if "127.0.0.1" in route.request.url:
            route.continue_()
        else:
            route.fulfill(body=PIXEL, content_type="image/png")

    page.route("**/*", answer)
    return page


def test_every_page_fits_and_the_policy_stops_nothing_of_ours(browser: Browser, mailed: Mailed) -> None:
    """No sideways scrolling, also on the narrowest phone; the style sheet is applied; nothing was refused."""
    page = open_page(browser, WIDTHS[0], "light")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for path in paths_of(mailed):
        page.goto(mailed.served.address.rstrip("/") + path)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
        assert page.evaluate("getComputedStyle(document.body).display") == "flex", path
    page.close()
    assert [text for text in said if "404" not in text] == []


def test_dark_is_dark(browser: Browser, mailed: Mailed) -> None:
    shown = []
    for scheme in SCHEMES:
        page = open_page(browser, 375, scheme)
        page.goto(mailed.served.address + "newsletters/weekly/")
        shown.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        page.close()
    assert shown == ["rgb(242, 240, 235)", "rgb(18, 21, 24)"]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing(browser: Browser, mailed: Mailed, scheme: Literal["light", "dark"]) -> None:
    """Contrast, names of links, landmarks, order of headings."""
    script = (node_modules(AXE) / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    page = open_page(browser, 375, scheme, bypass_csp=True)
    for path in paths_of(mailed):
        page.goto(mailed.served.address.rstrip("/") + path)
        page.evaluate(script)
        assert page.evaluate(RUN_AXE) == [], path
    page.close()


def test_a_walk_by_keyboard_without_scripts(browser: Browser, mailed: Mailed) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB", viewport={"width": 375, "height": 800})
    page = context.new_page()
    page.goto(mailed.served.address + "newsletters/")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to the content"
    page.get_by_role("link", name="週刊試験ノート").press("Enter")
    page.get_by_role("link", name=mailed.digest.subject).click()
    assert page.locator("h1").inner_text() == mailed.digest.subject
    page.get_by_role("link", name="Next issue").click()
    assert page.locator("h1").inner_text() == mailed.letter.subject
    page.get_by_role("link", name="日本語").click()
    assert page.locator("html").get_attribute("lang") == "ja"
    page.get_by_role("link", name="前の号").click()
    assert page.locator("html").get_attribute("lang") == "ja", "what was chosen is carried on"
    context.close()
