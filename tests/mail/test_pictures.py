"""The newsletter in a real browser: nothing overflows, everything can be read, and inlining changes no look."""

from __future__ import annotations

import functools
import io
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import etree
from PIL import Image
from playwright.sync_api import Browser, Page, Route

from publisher.mail.notice import build_notice_variables, render_notice
from publisher.model.notice import NoticeKind
from tests.browser import launch_browser
from tests.mail.newsletters import ISSUES, WITH_HTML, render, render_before_inlining
from tests.mail.test_notice import make_context as make_notice
from tests.npm import node_modules

NOTICES = {
    f"{kind}.{language}": (kind, make_notice(language)) for kind in NoticeKind for language in ("ja", "en", "ar")
}
PAGES = (*WITH_HTML, *NOTICES)  # every template in every language
# All that can stand in a mail, in both directions; looked at in more ways than the others.
RICH = ("digest.ja", "digest.ar", "article.ja", "article.ar", "headlines.ja", "confirm.ja", "welcome.ar")
WIDTHS = (320, 375, 414, 600, 800)
SCHEMES: tuple[Any, ...] = ("light", "dark")
AXE = "axe-core@4.10.3"

# Every text with the background behind it: the nearest ancestor that paints one.
CONTRASTS = """
() => {
  const channels = text => text.match(/[0-9.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const color = channels(getComputedStyle(e).backgroundColor);
      if (color.length < 4 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const found = [];
  const seen = element => {
    const style = getComputedStyle(element);
    const [a, b] = [light(channels(style.color)), light(behind(element))].sort((x, y) => y - x);
    found.push({ ratio: (a + 0.05) / (b + 0.05), size: parseFloat(style.fontSize), text: element.textContent.trim() });
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (walker.currentNode.data.trim() && element.getClientRects().length) seen(element);
  }
  document.querySelectorAll("img[alt]").forEach(seen);
  return found;
}
"""

RIGHT_EDGE = """
() => Math.max(document.documentElement.scrollWidth, ...[...document.querySelectorAll("img, table, pre")]
  .map(element => element.getBoundingClientRect().right))
"""

LEFT_EDGE = """
() => Math.min(...[...document.querySelectorAll("img, table, td, p, h1, h2, li, a")]
  .filter(element => element.getClientRects().length).map(element => element.getBoundingClientRect().left))
"""

LOOKS = """
properties => [...document.body.querySelectorAll("*")].map(element => {
  const style = getComputedStyle(element);
  return [element.tagName, ...properties.map(name => `${name}: ${style.getPropertyValue(name)}`)];
})
"""
PROPERTIES = [
    *(
        "color",
        "background-color",
        "font-family",
        "font-size",
        "font-weight",
        "font-style",
        "line-height",
        "text-align",
    ),
    *("margin-top", "margin-right", "margin-bottom", "margin-left"),
    *("padding-top", "padding-right", "padding-bottom", "padding-left"),
    *("border-top-width", "border-top-style", "border-top-color", "border-left-width", "border-left-color"),
    *("border-top-left-radius", "display", "width", "max-width", "text-decoration-line", "list-style-type"),
]


class Screen:
    """One page for all tests of this file: each new one would be a new process of the browser."""

    def __init__(self, browser: Browser) -> None:
        out = io.BytesIO()
        Image.new("RGB", (940, 650), "#88a0b0").save(out, "PNG")
        self._image = out.getvalue()
        self._has_images = True
        self._page = browser.new_page()
        self._page.route("**/*", self._answer)

    def show(self, html: str, *, width: int = 800, scheme: Any = "light", images: bool = True) -> Page:
        """This, and nothing of what was there before."""
        self._has_images = images
        self._page.goto("about:blank")
        self._page.set_viewport_size({"width": width, "height": 900})
        self._page.emulate_media(color_scheme=scheme)
        self._page.set_content(html)
        return self._page

    def _answer(self, route: Route) -> None:
        if self._has_images and route.request.resource_type == "image":
            # Not kept, or it would be there for those who are shown none.
            route.fulfill(body=self._image, content_type="image/png", headers={"Cache-Control": "no-store"})
        else:
            route.abort()


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    with launch_browser() as browser:
        yield Screen(browser)


@functools.cache
def make_html(template: str) -> str:
    if template in NOTICES:
        return render_notice(*NOTICES[template]).html
    return render(*ISSUES[template]).html


def make_html_before_inlining(template: str) -> str:
    if template in ISSUES:
        return render_before_inlining(*ISSUES[template])
    kind, context = NOTICES[template]
    variables = build_notice_variables(kind, context)
    return context.templates.render(f"email/{kind}/body.html", subject="題", **variables)


@pytest.mark.parametrize("template", PAGES)
def test_nothing_is_wider_than_the_screen(screen: Screen, template: str) -> None:
    page = screen.show(make_html(template))
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(RIGHT_EDGE) <= width
        assert page.evaluate(LEFT_EDGE) >= 0


@pytest.mark.parametrize("template", RICH)
def test_nothing_is_wider_with_pictures_off(screen: Screen, template: str) -> None:
    page = screen.show(make_html(template), images=False)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(RIGHT_EDGE) <= width
        assert page.evaluate(LEFT_EDGE) >= 0


@pytest.mark.parametrize("template", PAGES)
def test_every_text_can_be_read_on_what_is_behind_it(screen: Screen, template: str) -> None:
    page = screen.show(make_html(template))
    for scheme, width in itertools.product(SCHEMES, (800, 375)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        texts = page.evaluate(CONTRASTS)
        assert len(texts) >= 8
        assert [text for text in texts if text["ratio"] < 4.5] == []
        assert [
            text for text in texts if text["size"] < 12
        ] == []  # 特定電子メール法: what it asks for must not be tiny


@pytest.mark.parametrize("template", RICH)
def test_dark_mode_of_outlook_on_the_web_can_be_read_too(screen: Screen, template: str) -> None:
    page = screen.show(make_html(template))
    page.evaluate("for (const name of ['data-ogsc', 'data-ogsb']) document.documentElement.setAttribute(name, '')")
    assert page.evaluate("getComputedStyle(document.querySelector('.sheet')).backgroundColor") == "rgb(27, 31, 36)"
    assert [text for text in page.evaluate(CONTRASTS) if text["ratio"] < 4.5] == []


@pytest.mark.parametrize("template", [name for name in PAGES if "long" not in name])  # those end early afterwards
def test_inlining_changes_no_look(screen: Screen, template: str) -> None:
    looks = []
    for html in (make_html_before_inlining(template), make_html(template)):
        page = screen.show(html)
        looks.append([list_looks(page, 800, "light"), list_looks(page, 375, "dark")])
    for before, after in zip(*looks, strict=True):
        assert len(before) == len(after) > 15
        assert [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]] == []


def list_looks(page: Page, width: int, scheme: Any) -> list[list[str]]:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    found: list[list[str]] = page.evaluate(LOOKS, PROPERTIES)
    return found


@pytest.mark.parametrize("template", RICH)
def test_without_any_style_block_it_still_fits_and_can_be_read(screen: Screen, template: str) -> None:
    """As the Gmail app shows it for other people's mailboxes: no `<style>` at all."""
    page = screen.show(make_html(template), width=375)
    page.evaluate("document.querySelectorAll('style').forEach(style => style.remove())")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert [text for text in page.evaluate(CONTRASTS) if text["ratio"] < 4.5] == []


@pytest.mark.parametrize("template", [name for name in PAGES if "-" not in name])
def test_axe_finds_nothing_in_light_and_dark(screen: Screen, template: str) -> None:
    script = node_modules(AXE) / "axe-core" / "axe.min.js"
    page = screen.show(make_html(template), width=375)
    page.add_script_tag(content=script.read_text(encoding="utf-8"))
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        # A mail is shown inside the page of a mail program, which has the landmarks.
        found = page.evaluate(
            "axe.run(document, {rules: {region: {enabled: false}, 'landmark-one-main': {enabled: false}}})"
        )
        assert len(found["passes"]) > 10
        told = [(item["id"], node["html"][:120]) for item in found["violations"] for node in item["nodes"]]
        assert told == []


@pytest.mark.parametrize("template", PAGES)
def test_the_headings_are_in_order(template: str) -> None:
    root = etree.fromstring(make_html(template).encode(), etree.HTMLParser(encoding="utf-8"))
    found = [int(element.tag[1]) for element in root.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert found[0] == 1
    assert found.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(found))
