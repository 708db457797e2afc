"""Makes the pictures in the README and the docs from what the product really writes.

    python docs/pictures.py

Runs `publisher digest weekly --since 2026-01-01 --out …` and `publisher build` on the examples in a temporary folder,
opens the `body.html` and `subscribe.html` that come out in Chromium, in light and in dark, then the page of
`publisher preview`; sends the digest into a Maildir, serves it, and opens the page of the issue. Writes
docs/images/*.png. Needs the dev extra and a Chromium; examples/images.py answers for the pictures in the articles, so
nothing is fetched.
"""

from __future__ import annotations

import importlib.util
import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Literal
from urllib.parse import urlsplit

import httpx
from PIL import Image
from playwright.sync_api import Browser, Page, Route, sync_playwright

from publisher.app.context import open_context
from publisher.config.values import Listen
from publisher.web.server import serving

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
DIGEST = ("digest", "weekly", "--since", "2026-01-01", "--out", "out")
IMPORT = ("subscribers", "import", "examples/subscribers.csv")
SEND = ("digest", "weekly", "--since", "2026-01-01", "--send")
ARCHIVE = "newsletters/weekly/issues/1/"
WEB = "web: {listen: '127.0.0.1:0'}\nmail: {images: {measure: false}}\n"
ARTICLE = ("digest", "new-article", "--since", "2026-11-20", "--out", "article")
LIMIT = 300_000  # bytes; a README should not be slow to open
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass(frozen=True)
class Shot:
    name: str
    page: str
    scheme: Literal["light", "dark"]
    width: int
    height: int
    scale: int


SHOTS = (
    Shot("newsletter-light.png", "out/body.html", "light", width=700, height=1400, scale=1),
    Shot("newsletter-dark.png", "out/body.html", "dark", width=700, height=1400, scale=1),
    Shot("newsletter-phone.png", "out/body.html", "light", width=375, height=780, scale=2),
    Shot("article-phone.png", "article/body.html", "dark", width=375, height=720, scale=1),
    Shot("subscribe.png", "public/subscribe.html", "light", width=840, height=680, scale=1),
)


PREVIEW = Shot("preview.png", "newsletters/weekly", "light", width=1280, height=900, scale=1)
ARCHIVED = Shot("archive.png", ARCHIVE, "dark", width=840, height=680, scale=1)


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with make_site() as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        for shot in SHOTS:
            page = (base / shot.page).read_text(encoding="utf-8")
            save(shot, take(browser, shot, lambda tab, page=page: tab.set_content(page, wait_until="networkidle")))
        with running_preview(base) as address:
            save(PREVIEW, take(browser, PREVIEW, lambda tab: tab.goto(address + PREVIEW.page)))
        send(base)
        issue = read_archive(base / "config.yaml")
        save(ARCHIVED, take(browser, ARCHIVED, lambda tab: tab.set_content(issue, wait_until="networkidle")))
        browser.close()


def save(shot: Shot, picture: bytes) -> None:
    path = IMAGES / shot.name
    path.write_bytes(compress(picture))
    print(f"{path.relative_to(ROOT)}  {path.stat().st_size:,} bytes")


@contextmanager
def make_site() -> Iterator[Path]:
    """A copy of what the repository ships, with what the commands write."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        shutil.copy(ROOT / "config.yaml", base)
        for part in ("examples", "templates"):
            shutil.copytree(ROOT / part, base / part)
        for command in (DIGEST, ARTICLE, ("build",)):
            subprocess.run([sys.executable, "-m", "publisher", *command], cwd=base, check=True)  # noqa: S603 - our own command
        yield base


def send(base: Path) -> None:
    with (base / "config.yaml").open("a", encoding="utf-8") as config:
        config.write(WEB)
    for command in (IMPORT, SEND):
        subprocess.run([sys.executable, "-m", "publisher", *command], cwd=base, check=True)  # noqa: S603 - as above


def read_archive(config: Path) -> str:
    """The page of the issue as it is served, with its style in it."""
    with open_context(config) as context, serving(context, Listen("127.0.0.1", 0)) as address:
        page = httpx.get(address + ARCHIVE).text
        link = re.search(r'<link rel="stylesheet" href="/([^"]+)">', page)
        if link is None:
            raise SystemExit("the page of the issue has no style sheet")
        return page.replace(link[0], f"<style>{httpx.get(address + link[1]).text}</style>")


@contextmanager
def running_preview(base: Path) -> Iterator[str]:
    """`publisher preview` in a process of its own; gives the address it says."""
    command = [sys.executable, "-u", "-m", "publisher", "preview", "--no-open"]
    with subprocess.Popen(command, cwd=base, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - as above
        if process.stdout is None:
            raise AssertionError("its output was asked for")
        try:
            yield process.stdout.readline().removeprefix("Preview at ").strip()
        finally:
            process.terminate()


def take(browser: Browser, shot: Shot, show: Callable[[Page], object]) -> bytes:
    """A picture of the top of the page that `show` opens."""
    page = browser.new_page(
        viewport={"width": shot.width, "height": shot.height},
        color_scheme=shot.scheme,
        device_scale_factor=shot.scale,
    )
    page.set_default_timeout(120_000)  # drawing takes a while
    drawings = load_drawings()

    def answer(route: Route) -> None:
        out = io.BytesIO()
        drawings.draw(Path(urlsplit(route.request.url).path).name).save(out, "PNG")
        route.fulfill(body=out.getvalue(), content_type="image/png")

    page.route(lambda url: urlsplit(url).hostname != "127.0.0.1", answer)
    show(page)
    taken = page.screenshot()
    page.close()
    return taken


def compress(picture: bytes) -> bytes:
    """The PNG in true colour, or with a dithered palette where that is too large."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    packed = pack(image)
    for colors in (256, 128, 64):
        if len(packed) <= LIMIT:
            break
        palette = image.quantize(colors, method=Image.Quantize.MAXCOVERAGE)
        packed = pack(image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG))
    return packed


def pack(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def load_drawings() -> ModuleType:
    """examples/ is no package: it is there to be read and copied file by file."""
    spec = importlib.util.spec_from_file_location("drawings", ROOT / "examples" / "images.py")
    if spec is None or spec.loader is None:
        raise SystemExit("examples/images.py cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def find_browser() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        raise SystemExit(f"no Chromium found; looked for {', '.join(BROWSERS)}")
    return found


if __name__ == "__main__":
    main()
