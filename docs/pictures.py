"""Makes the pictures in the README and the docs from what the product really writes.

    python docs/pictures.py

Runs `publisher digest … --since … --out …` and `publisher build` on the examples in a temporary folder,
opens the `body.html` and `subscribe.html` that come out in Chromium, in light and in dark, and writes
docs/images/*.png. Needs the dev extra and a Chromium; examples/images.py answers for the pictures in the articles, so
nothing is fetched.
"""

from __future__ import annotations

import importlib.util
import io
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Literal
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser, Route, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
DIGEST = ("digest", "weekly", "--since", "2026-01-01", "--out", "out")
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


def main() -> None:
    pages = make_pages()
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        for shot in SHOTS:
            path = IMAGES / shot.name
            path.write_bytes(compress(take(browser, pages[shot.page], shot)))
            print(f"{path.relative_to(ROOT)}  {path.stat().st_size:,} bytes")
        browser.close()


def make_pages() -> dict[str, str]:
    """The pages of all shots as the commands write them, from a copy of what the repository ships."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        shutil.copy(ROOT / "config.yaml", base)
        for part in ("examples", "templates"):
            shutil.copytree(ROOT / part, base / part)
        for command in (DIGEST, ARTICLE, ("build",)):
            subprocess.run([sys.executable, "-m", "publisher", *command], cwd=base, check=True)  # noqa: S603 - our own command
        return {shot.page: (base / shot.page).read_text(encoding="utf-8") for shot in SHOTS}


def take(browser: Browser, html: str, shot: Shot) -> bytes:
    """A picture of the top of the page."""
    page = browser.new_page(
        viewport={"width": shot.width, "height": shot.height},
        color_scheme=shot.scheme,
        device_scale_factor=shot.scale,
    )
    drawings = load_drawings()

    def answer(route: Route) -> None:
        out = io.BytesIO()
        drawings.draw(Path(urlsplit(route.request.url).path).name).save(out, "PNG")
        route.fulfill(body=out.getvalue(), content_type="image/png")

    page.route("**/*", answer)
    page.set_content(html, wait_until="networkidle")
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
