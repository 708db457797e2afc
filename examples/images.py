"""Draws the pictures that the example articles refer to: nobody serves images.example.com.

    python examples/images.py OUT_DIR

One file because the examples are read and copied one file at a time. Above stands a small canvas, below one function
per picture. Nothing is random: the same script draws the same pixels.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from itertools import pairwise
from math import cos, exp, hypot, pi, radians, sin, tau
from pathlib import Path

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 940, 650
SCALE = 3  # drawn three times as large and reduced at the end: Pillow's shapes have no smooth edges of their own

Point = tuple[float, float]
Fill = str | tuple[str, ...]  # "#rrggbb" or "#rrggbbaa"; several are a gradient from top to bottom
Cut = Callable[[ImageDraw.ImageDraw], None]


def draw_all(folder: Path) -> list[Path]:
    """Write every picture into `folder` (made if missing) and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / name for name in PICTURES]
    for file in files:
        draw(file.name).save(file)
    return files


def draw(name: str) -> Image.Image:
    """The picture with this file name (the last segment of its URL); KeyError when there is none."""
    return PICTURES[name]()


class Canvas:
    """A picture in units of 940 x 650; every shape is a stencil through which a fill is painted."""

    def __init__(self, *background: str) -> None:
        self._image = _ramp(background, (WIDTH * SCALE, HEIGHT * SCALE)).convert("RGB")

    def finish(self) -> Image.Image:
        return self._image.reduce(SCALE)

    def polygon(self, points: Iterable[Point], fill: Fill) -> None:
        corners = list(points)
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        left, top = min(xs), min(ys)
        local = [((x - left) * SCALE, (y - top) * SCALE) for x, y in corners]
        self._paint(
            (left, top, max(xs), max(ys)), fill, lambda pen: pen.polygon([_whole(point) for point in local], 255)
        )

    def ellipse(self, at: Point, size: tuple[float, float] | float, fill: Fill) -> None:
        """`size` is the radius, or the two radii."""
        rx, ry = size if isinstance(size, tuple) else (size, size)
        bounds = (0.0, 0.0, 2 * rx * SCALE - 1, 2 * ry * SCALE - 1)
        self._paint((at[0] - rx, at[1] - ry, at[0] + rx, at[1] + ry), fill, lambda pen: pen.ellipse(bounds, 255))

    def box(self, at: Point, size: tuple[float, float], fill: Fill, radius: float = 0) -> None:
        """`at` is the top left corner."""
        bounds = (0.0, 0.0, size[0] * SCALE - 1, size[1] * SCALE - 1)
        self._paint(
            (*at, at[0] + size[0], at[1] + size[1]),
            fill,
            lambda pen: pen.rounded_rectangle(bounds, radius * SCALE, 255),
        )

    def stroke(self, points: Iterable[Point], fill: Fill, width: float) -> None:
        """A line with round ends."""
        path = list(points)
        edge = width / 2 + 1
        left, top = min(x for x, _ in path) - edge, min(y for _, y in path) - edge
        right, bottom = max(x for x, _ in path) + edge, max(y for _, y in path) + edge
        local = [((x - left) * SCALE, (y - top) * SCALE) for x, y in path]
        pieces = _ribbon(local, width * SCALE / 2)
        knob = width * SCALE / 2 - 0.5  # Pillow counts the last pixel of an ellipse in

        def cut(pen: ImageDraw.ImageDraw) -> None:
            # Not pen.line: its joints leave gaps in wide curves.
            for piece in pieces:
                pen.polygon([_whole(point) for point in piece], 255)
            for (x, y), joint in zip(local, _corners(local), strict=True):
                if joint:
                    pen.ellipse((x - knob, y - knob, x + knob, y + knob), 255)

        self._paint((left, top, right, bottom), fill, cut)

    def glow(self, at: Point, radius: float, colour: str) -> None:
        """Light that fades to nothing at `radius`."""
        edge = 181  # what Pillow's gradient reaches in the middle of a side: 128 * sqrt(2)
        mask = Image.radial_gradient("L").point([round(255 * max(0, 1 - v / edge) ** 1.7) for v in range(256)])
        side = round(2 * radius * SCALE)
        self._lay(mask.resize((side, side), Image.Resampling.BICUBIC), (at[0] - radius, at[1] - radius), colour)

    def shade(self, points: Iterable[Point], fill: str, blur: float) -> None:
        """A polygon with soft edges: shadows, steam, beams. Blurred small and enlarged, for speed."""
        margin = 3 * blur
        corners = list(points)
        left, top = min(x for x, _ in corners) - margin, min(y for _, y in corners) - margin
        right, bottom = max(x for x, _ in corners) + margin, max(y for _, y in corners) + margin
        mask = Image.new("L", (round(right - left), round(bottom - top)))
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in corners], 255)
        mask = mask.filter(ImageFilter.GaussianBlur(blur))
        large = mask.resize((mask.width * SCALE, mask.height * SCALE), Image.Resampling.BICUBIC)
        self._lay(large, (left, top), fill)

    def text(self, at: Point, words: str, fill: str, size: float) -> None:
        """Centred on `at`, in the font that comes with Pillow (Latin only)."""
        spot = (at[0] * SCALE, at[1] * SCALE)
        ImageDraw.Draw(self._image).text(spot, words, fill, ImageFont.load_default(size * SCALE), anchor="mm")

    def _paint(self, bounds: tuple[float, float, float, float], fill: Fill, cut: Cut) -> None:
        left, top, right, bottom = bounds
        mask = Image.new("L", (round((right - left) * SCALE) + 1, round((bottom - top) * SCALE) + 1))
        cut(ImageDraw.Draw(mask))
        self._lay(mask, (left, top), fill)

    def _lay(self, mask: Image.Image, at: Point, fill: Fill) -> None:
        spot = (round(at[0] * SCALE), round(at[1] * SCALE))
        if isinstance(fill, str):
            *colour, alpha = _rgba(fill)
            stencil = mask if alpha == 255 else mask.point([value * alpha // 255 for value in range(256)])
            self._image.paste(
                (colour[0], colour[1], colour[2]), (*spot, spot[0] + mask.width, spot[1] + mask.height), stencil
            )
        else:
            ramp = _ramp(fill, mask.size)
            self._image.paste(ramp.convert("RGB"), spot, ImageChops.multiply(mask, ramp.getchannel("A")))


def _ramp(stops: tuple[str, ...], size: tuple[int, int]) -> Image.Image:
    """RGBA, from the first colour at the top to the last at the bottom."""
    colours = [_rgba(stop) for stop in stops]
    if len(colours) == 1:
        return Image.new("RGBA", size, colours[0])
    column = Image.new("RGBA", (1, size[1]))
    for y in range(size[1]):
        place = y / max(size[1] - 1, 1) * (len(colours) - 1)
        index = min(int(place), len(colours) - 2)
        column.putpixel((0, y), _between(colours[index], colours[index + 1], place - index))
    return column.resize(size, Image.Resampling.NEAREST)


def _rgba(colour: str) -> tuple[int, int, int, int]:
    red, green, blue, *alpha = ImageColor.getrgb(colour)
    return red, green, blue, alpha[0] if alpha else 255


def _between(a: tuple[int, int, int, int], b: tuple[int, int, int, int], share: float) -> tuple[int, int, int, int]:
    red, green, blue, alpha = (round(x + (y - x) * share) for x, y in zip(a, b, strict=True))
    return red, green, blue, alpha


def _mix(a: str, b: str, share: float) -> str:
    return "#{:02x}{:02x}{:02x}{:02x}".format(*_between(_rgba(a), _rgba(b), share))


# ---------------------------------------------------------------------------------------------------- outlines


def _arc(at: Point, size: tuple[float, float] | float, start: float, end: float) -> list[Point]:
    """Part of an ellipse; degrees, clockwise from three o'clock."""
    rx, ry = size if isinstance(size, tuple) else (size, size)
    angles = [radians(start + (end - start) * step / 72) for step in range(73)]
    return [(at[0] + rx * cos(angle), at[1] + ry * sin(angle)) for angle in angles]


def _smooth(points: list[Point]) -> list[Point]:
    """A Catmull-Rom curve through `points`."""
    padded = [points[0], *points, points[-1]]
    out: list[Point] = []
    for p0, p1, p2, p3 in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
        for step in range(16):
            t = step / 16
            weights = (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2)
            pairs = list(zip(weights, (p0, p1, p2, p3), strict=True))
            out.append((sum(w * p[0] for w, p in pairs) / 2, sum(w * p[1] for w, p in pairs) / 2))
    return [*out, points[-1]]


def _dashes(points: list[Point], dash: float, gap: float) -> list[list[Point]]:
    """A path cut into dashes, measured along it."""
    out: list[list[Point]] = [[]]
    walked = 0.0
    for (x0, y0), (x1, y1) in pairwise(points):
        length = hypot(x1 - x0, y1 - y0)
        steps = max(1, round(length / 2))
        for step in range(steps):
            if walked % (dash + gap) < dash:
                out[-1].append((x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps))
            elif out[-1]:
                out.append([])
            walked += length / steps
    return [piece for piece in out if piece]


def _ribbon(points: list[Point], half: float) -> list[list[Point]]:
    """A path as four-cornered pieces, `half` wide to each side; they meet edge to edge except in sharp turns."""
    sharp = _corners(points)
    out: list[list[Point]] = []
    for n, (a, b) in enumerate(pairwise(points)):
        (ax, ay), (bx, by) = (
            _beside(a if sharp[n] else points[n - 1], b, half),
            _beside(a, b if sharp[n + 1] else points[n + 2], half),
        )
        out.append([(a[0] + ax, a[1] + ay), (b[0] + bx, b[1] + by), (b[0] - bx, b[1] - by), (a[0] - ax, a[1] - ay)])
    return out


def _beside(a: Point, b: Point, reach: float) -> Point:
    """The way from a line to a point beside it."""
    length = hypot(b[0] - a[0], b[1] - a[1]) or 1
    return (b[1] - a[1]) / length * reach, (a[0] - b[0]) / length * reach


def _corners(points: list[Point]) -> list[bool]:
    """Which points of a path need a round joint: both ends, and every turn of more than some 20 degrees."""
    out = [True]
    for (x0, y0), (x, y), (x1, y1) in zip(points, points[1:], points[2:], strict=False):
        along, across = (x - x0) * (x1 - x) + (y - y0) * (y1 - y), (x - x0) * (y1 - y) - (y - y0) * (x1 - x)
        out.append(abs(across) > 0.36 * along)
    return [*out, True][: len(points)]


def _whole(point: Point) -> Point:
    return round(point[0]), round(point[1])  # Pillow would cut off the fraction


def _wave(y: float, height: float, length: float, phase: float) -> list[Point]:
    """A calm line across the picture."""
    return [
        (x, y + height * (sin(x / length * tau + phase) + 0.45 * sin(x / length * tau * 2.3 + 2 * phase)))
        for x in range(-20, WIDTH + 21, 10)
    ]


def _land(line: list[Point]) -> list[Point]:
    """Everything below a line."""
    return [*line, (WIDTH + 20, HEIGHT + 20), (-20, HEIGHT + 20)]


def _rounded(size: tuple[float, float], radius: float) -> list[Point]:
    """A box with round corners around (0, 0), to be turned."""
    x, y = size[0] / 2 - radius, size[1] / 2 - radius
    corners = ((x, y, 0.0), (-x, y, 90.0), (-x, -y, 180.0), (x, -y, 270.0))
    return [point for cx, cy, start in corners for point in _arc((cx, cy), radius, start, start + 90)[::6]]


def _turn(points: Iterable[Point], at: Point, degrees: float = 0, scale: float = 1) -> list[Point]:
    """Points around (0, 0), enlarged, turned and moved to `at`."""
    c, s = cos(radians(degrees)) * scale, sin(radians(degrees)) * scale
    return [(at[0] + x * c - y * s, at[1] + x * s + y * c) for x, y in points]


def _scatter(count: int, at: Point = (0, 0), size: tuple[float, float] = (WIDTH, HEIGHT)) -> list[Point]:
    """Evenly strewn points: the R2 sequence, a two-dimensional golden ratio."""
    return [
        (at[0] + size[0] * ((0.5 + n * 0.7548776662) % 1), at[1] + size[1] * ((0.5 + n * 0.5698402910) % 1))
        for n in range(count)
    ]


# ---------------------------------------------------------------------------------------------------- pictures


def _onsen_sensor() -> Image.Image:
    canvas = Canvas("#232a5c", "#5b4c93", "#d97f86", "#ffc99b", "#ffe3bd")
    canvas.glow((610, 330), 330, "#fff1cfdd")
    canvas.ellipse((610, 300), 62, ("#fffaf0", "#ffe9b8"))
    for y, height, length, phase, fill in (
        (330, 34, 620, 0.4, ("#8c76a8", "#c78fa0")),
        (372, 40, 480, 2.2, ("#5f5791", "#8a6a98")),
        (425, 26, 700, 4.4, ("#38396f", "#4a4378")),
    ):
        canvas.polygon(_land(_wave(y, height, length, phase)), fill)
    canvas.ellipse((470, 640), (590, 214), ("#2b2750", "#1a1838"))
    canvas.ellipse((470, 650), (540, 190), ("#a9ece2", "#45b3b8", "#166b88"))
    canvas.ellipse((600, 492), (150, 13), "#fff1cf66")
    for x, y, r in ((20, 520, 74), (128, 484, 52), (212, 470, 34), (716, 474, 36), (800, 488, 54), (906, 522, 70)):
        canvas.ellipse((x, y), (r, r * 0.7), ("#6d6694", "#2c2850"))
        canvas.ellipse((x - r * 0.2, y - r * 0.3), (r * 0.45, r * 0.2), "#ffffff1c")
    for ring in range(4):
        size = (112 + ring * 62.0, 28 + ring * 15.0)
        canvas.stroke(_arc((430, 566), size, 0, 360), f"#ffffff{90 - 20 * ring:02x}", 3)
    for x, foot, top, sway, alpha in (
        (150, 540, 210, 30, 66), (262, 500, 110, 42, 74), (560, 500, 150, 38, 60), (700, 540, 90, 46, 74),
        (822, 500, 230, 30, 60),
    ):  # fmt: skip
        rise = (foot - top) / 4
        spine = _smooth([(x + sway * (n % 2 * 2 - 1) * n / 4, foot - n * rise) for n in range(5)])
        width = [4 + 17 * sin(i / len(spine) * pi) for i in range(len(spine))]
        sides = [(p[0] - w, p[1]) for p, w in zip(spine, width, strict=True)]
        sides += [(p[0] + w, p[1]) for p, w in zip(reversed(spine), width, strict=True)]
        canvas.shade(sides, f"#ffffff{alpha:02x}", 9)
    _buoy(canvas, (430, 520))
    return canvas.finish()


def _buoy(canvas: Canvas, at: Point) -> None:
    x, y = at
    canvas.ellipse((x, y + 50), (84, 20), "#0d4d6688")
    canvas.glow((x, y + 20), 170, "#ffb35c99")
    canvas.ellipse(at, 74, ("#ffffff", "#f4f1f6", "#b9b6d2"))
    canvas.polygon([*_arc((x, y + 6), (74, 20), 0, 180), *_arc((x, y + 22), (71, 20), 180, 0)], ("#ffb347", "#ff7f3f"))
    canvas.ellipse((x - 26, y - 36), (20, 12), "#ffffffee")
    canvas.stroke([(x, y - 74), (x, y - 98)], "#f4f1f6", 6)
    canvas.ellipse((x, y - 104), 9, "#ff8a3d")
    for ring in range(3):
        for start in (200, 310):
            arc = _arc((x, y - 104), 34 + ring * 24.0, start, start + 30)
            canvas.stroke(arc, f"#ffffff{230 - 60 * ring:02x}", 6)


def _hotaru_drone() -> Image.Image:
    canvas = Canvas("#06101f", "#0b2537", "#154a4f", "#2b6b5e")
    for x, y in _scatter(70, size=(WIDTH, 300)):
        canvas.ellipse((x, y), 1.1 + (x + y) % 1.4, "#dff5ff88")
    canvas.glow((760, 110), 190, "#cfe9e055")
    canvas.ellipse((760, 110), 44, ("#fdfbe8", "#e3e8c8"))
    canvas.polygon(_land(_wave(330, 26, 640, 1.0)), ("#0f3a40", "#0b2c35"))
    canvas.polygon(_land(_wave(378, 20, 460, 3.0)), ("#0b2d35", "#07202a"))
    river = _smooth([(620, 384), (520, 420), (610, 470), (420, 540), (300, 680)])
    bank = _smooth([(640, 384), (600, 420), (760, 470), (720, 550), (760, 680)])
    canvas.polygon([*river, *reversed(bank)], ("#4f9a93", "#1c5c66", "#0d3a49"))
    for n in range(64):
        turn = n / 64 * tau * 1.75
        reach = 84 + n * 5.3
        x, y = 470 + reach * cos(turn) * 1.12, 300 + reach * sin(turn) * 0.44 - n * 1.1
        near = 0.55 + 0.45 * sin(turn)
        canvas.glow((x, y), 24 + 30 * near, "#e9ff7aa6")
        canvas.ellipse((x, y), 2.2 + 2.6 * near, "#fdffe0")
        if y > 330:
            canvas.glow((x, y + 96), 16, "#e9ff7a40")
    _drone(canvas, (292, 424))
    for n, (x, _) in enumerate(_scatter(110)):
        tall, lean = 40 + n * 37 % 95, (n * 53 % 90) - 45
        blade = _smooth([(x - 6, 660), (x + lean * 0.15 - 4, HEIGHT - tall * 0.55), (x + lean, HEIGHT - tall)])
        back = _smooth([(x + lean, HEIGHT - tall), (x + lean * 0.15 + 4, HEIGHT - tall * 0.5), (x + 6, 660)])
        canvas.polygon([*blade, *back], "#041318" if n % 3 else "#0a2226")
    return canvas.finish()


def _drone(canvas: Canvas, at: Point) -> None:
    x, y = at
    canvas.glow((x, y + 40), 170, "#f2ff8ccc")
    for side in (-1, 1):
        for reach, lift in ((118, -26), (84, -52)):
            hub = (x + side * reach, y + lift)
            canvas.stroke([(x + side * 20, y - 8), hub], "#1c3a40", 7)
            canvas.ellipse((hub[0], hub[1] - 8), (58, 10), "#d8fff466")
            canvas.ellipse((hub[0], hub[1] - 8), (20, 4), "#ffffffaa")
            canvas.ellipse((hub[0], hub[1] - 3), 8, "#0d2127")
        foot = _smooth([(x + side * 16, y + 26), (x + side * 34, y + 58), (x + side * 28, y + 84)])
        canvas.stroke(foot, "#1c3a40", 5)
    canvas.ellipse((x, y), (46, 34), ("#48757a", "#17333a"))
    canvas.ellipse((x, y + 30), (26, 28), ("#fbffd0", "#d9f24e"))
    canvas.ellipse((x, y - 6), (46, 26), ("#5d8d90", "#1f434a"))
    for side in (-1, 1):
        canvas.ellipse((x + side * 17, y - 8), 8, "#0a1c22")
        canvas.ellipse((x + side * 17 - 2, y - 11), 3, "#eafff5")


def _komorebi_solar() -> Image.Image:
    canvas = Canvas("#fbf7cf", "#d6edb0", "#86c99a", "#3f9b86")
    canvas.glow((790, 40), 620, "#fffbe0ee")
    for start in range(8):
        angle = radians(106 + start * 10)
        spread = radians(3.4)
        far = [(790 + 1200 * cos(angle + d), 40 + 1200 * sin(angle + d)) for d in (-spread, spread)]
        canvas.shade([(790, 40), *far], "#fffde63a", 8)
    for n, (x, y) in enumerate(_scatter(26)):
        canvas.ellipse((x, y), 16 + n * 29 % 46, f"#fffbd0{18 + n * 7 % 30:02x}")
    for at, degrees, scale, fills in (
        ((120, 560), -38, 0.62, ("#7cc27d", "#2f8a6b")),
        ((850, 560), -140, 0.6, ("#8fcf86", "#2f8a6b")),
        ((120, 110), 28, 0.5, ("#b7dd8d", "#66b57c")),
    ):
        _leaf(canvas, at, (degrees, scale), fills, "#ffffff55")
    canvas.shade(_turn(_leaf_outline(), (478, 372), -32, 1.28), "#0b4a3a66", 18)
    _leaf(canvas, (470, 350), (-32, 1.28), ("#d4ee7e", "#66c27a", "#1f8a6f"), "#fdffe0")
    return canvas.finish()


def _leaf_outline() -> list[Point]:
    upper = _smooth([(-260, 0), (-160, -92), (0, -128), (150, -84), (270, 0)])
    return [*upper, *((x, -y) for x, y in reversed(upper))]


def _leaf(canvas: Canvas, at: Point, pose: tuple[float, float], fill: Fill, vein: str) -> None:
    degrees, scale = pose
    canvas.polygon(_turn(_leaf_outline(), at, degrees, scale), fill)
    canvas.polygon(_turn([p for p in _leaf_outline() if p[1] >= -0.01], at, degrees, scale), "#0b5a4a26")
    canvas.stroke(_turn([(-330, 0), (250, 0)], at, degrees, scale), vein, 6 * scale)
    for x, reach in ((-180, 44), (-110, 72), (-36, 88), (40, 84), (114, 62), (182, 34)):
        for side in (-1, 1):
            bend, end = x + reach * 0.55, x + reach * 1.05
            path = [(x, 0), (bend, side * reach * 0.72), (end, side * reach * 0.72)]
            canvas.stroke(_turn(path, at, degrees, scale), vein, 3.4 * scale)
            canvas.ellipse(_turn(path[-1:], at, degrees, scale)[0], 7.5 * scale, vein)


def _hatoba_ci() -> Image.Image:
    canvas = Canvas("#fdeedd", "#f9d9c0", "#c9dfe0", "#8cc6d4")
    canvas.glow((270, 300), 300, "#fff6dcee")
    canvas.ellipse((270, 300), 74, ("#ffdf9e", "#ff9f6b"))
    for x, y, w in ((90, 120, 180), (150, 96, 110), (560, 90, 150), (480, 118, 190), (30, 220, 120)):
        canvas.box((x, y), (w, 26), "#ffffff99", 13)
    canvas.polygon(_land(_wave(420, 3, 300, 0)), ("#3f93ab", "#1b5878", "#10395a"))
    hull = [(70, 424), (640, 424), (590, 520), (130, 520)]
    canvas.polygon(hull, ("#27406a", "#182b4e"))
    canvas.polygon([(109, 488), (607, 488), (590, 520), (130, 520)], "#d9534f")
    canvas.box((86, 300), (74, 124), ("#ffffff", "#dfe8ee"), 6)
    for row in range(3):
        canvas.box((98, 316 + row * 30), (50, 14), "#5aa7bd", 3)
    canvas.box((104, 262), (34, 40), "#ef7d57", 4)
    colours = ("#f4a259", "#5b8e7d", "#e4572e", "#3d6fa5", "#f2c14e", "#8cb369")
    for column in range(5):
        for row in range((2, 3, 3, 2, 1)[column]):
            at = (176 + column * 88.0, 372.0 - row * 54)
            _container(canvas, at, colours[(column * 2 + row * 3) % 6], done=(column + row) % 2 == 0)
    canvas.polygon(_land(_wave(500, 4, 190, 0.6)), ("#2f7f9af0", "#1a5676", "#10395a"))
    for n in range(4):
        canvas.stroke(_wave(520 + n * 32, 5, 150 + n * 20, n * 1.3), f"#ffffff{70 - n * 12:02x}", 3)
    _crane(canvas)
    _container(canvas, (584, 238), "#3d6fa5", done=True)
    return canvas.finish()


def _container(canvas: Canvas, at: Point, colour: str, *, done: bool) -> None:
    x, y = at
    canvas.box(at, (82, 48), (colour, _mix(colour, "#1b2b4b", 0.22)), 4)
    for rib in range(6):
        canvas.box((x + 9 + rib * 12, y + 7), (4, 34), "#00000018", 2)
    if done:
        canvas.ellipse((x + 41, y + 24), 16, "#ffffff")
        canvas.stroke([(x + 33, y + 24), (x + 39, y + 31), (x + 50, y + 17)], "#2f9e6e", 4.5)


def _crane(canvas: Canvas) -> None:
    steel = ("#e8734a", "#c44b36")
    canvas.box((660, 424), (300, 240), ("#5b6b7f", "#3a4759"))
    canvas.box((660, 416), (300, 14), "#8896a6")
    for x in (760, 900):
        canvas.box((x, 140), (18, 280), steel)
    canvas.stroke([(769, 300), (909, 410)], "#c44b36", 7)
    canvas.stroke([(909, 300), (769, 410)], "#c44b36", 7)
    canvas.box((470, 150), (490, 20), steel, 4)
    canvas.stroke([(838, 70), (500, 152)], "#c44b36", 5)
    canvas.stroke([(838, 70), (940, 152)], "#c44b36", 5)
    canvas.polygon([(822, 152), (838, 62), (854, 152)], steel)
    canvas.box((600, 168), (50, 18), "#43526b", 4)
    for x in (608, 642):
        canvas.stroke([(x, 184), (x, 226)], "#43526b", 3)
    canvas.box((590, 224), (70, 14), "#43526b", 4)


def _kototsumugi() -> Image.Image:
    canvas = Canvas("#fff3ea", "#ffe2d6", "#f9cdc9")
    canvas.ellipse((660, 250), 330, "#ffffff55")
    canvas.ellipse((210, 470), 240, "#f7b7a633")
    bubble = [
        *_arc((520, 180), 70, 180, 270), *_arc((800, 180), 70, 270, 360), *_arc((800, 340), 70, 0, 90),
        (560, 410), (478, 484), *_arc((520, 340), 70, 100, 180),
    ]  # fmt: skip
    canvas.shade([(x + 6, y + 18) for x, y in bubble], "#b4586440", 16)
    canvas.polygon(bubble, ("#ffffff", "#fffaf6"))
    for n, colour in enumerate(("#e4572e", "#f2a541", "#2f7f8f", "#7a5ba6")):
        y = 168 + n * 62
        line = [(x, y + 13 * sin(x / (34 - 3 * n) + n)) for x in range(500, (820, 780, 828, 700)[n], 4)]
        canvas.stroke(line, colour, 9)
    thread = _smooth(
        [(300, 556), (400, 600), (540, 604), (690, 590), (760, 530), (700, 484), (640, 520), (660, 584), (780, 606),
         (880, 560), (860, 480), (740, 452), (590, 500), (478, 484)]
    )  # fmt: skip
    canvas.stroke([(x + 3, y + 8) for x, y in thread], "#b4586433", 8)
    canvas.stroke(thread, "#e8674f", 8)
    canvas.stroke([*bubble, bubble[0]], "#e8674f", 8)
    _yarn(canvas, (220, 430), 158)
    return canvas.finish()


def _yarn(canvas: Canvas, at: Point, radius: float) -> None:
    x, y = at
    canvas.shade(_arc((x + 8, y + radius * 0.98), (radius * 0.9, 20), 0, 360), "#b4586488", 12)
    canvas.ellipse(at, radius, ("#ee7a5f", "#bf3a3a"))
    for degrees, low, high in ((52, 0, 9), (-58, 1, 7), (-4, 3, 9)):
        for n in range(low, high):
            tall = radius * (0.94 - n * 0.22)  # from bulging up over straight to bulging down
            bow = _turn(_arc((0, 0), (radius * 0.96, tall), 184, 356), at, degrees)
            inside = [p for p in bow if hypot(p[0] - x, p[1] - y) < radius - 4]
            canvas.stroke([(px + 2, py + 4) for px, py in inside], "#8f252a55", 8)
            canvas.stroke(inside, _mix("#ffc4a6", "#e86a53", (n - low) / (high - low)), 8)
    canvas.ellipse((x - 54, y - 78), (46, 26), "#ffffff26")


def _hanko_passkey() -> Image.Image:
    canvas = Canvas("#fdf6e9", "#f6e6cb", "#ead2ad")
    canvas.ellipse((780, 120), 260, "#ffffff44")
    canvas.ellipse((80, 600), 220, "#e9b98a33")
    mat = _turn(_rounded((560, 400), 44), (390, 350), -6)
    canvas.shade([(x + 10, y + 26) for x, y in mat], "#6b452966", 20)
    canvas.polygon(mat, ("#2f4765", "#1d2f4a"))
    inner = _turn(_rounded((528, 368), 34), (390, 350), -6)
    for stitch in _dashes([*inner, inner[0]], 11, 8):
        canvas.stroke(stitch, "#a9bdd488", 3)
    centre = (350, 352)
    canvas.glow(centre, 250, "#ff6a4acc")
    canvas.ellipse(centre, 138, ("#f0553f", "#cf3427"))
    canvas.stroke(_arc(centre, 118, 0, 360), "#fff0e2", 6)
    for n, (start, end) in enumerate(((150, 390), (170, 372), (186, 350))):
        canvas.stroke(_arc((350, 366), 96 - n * 17.0, start, end), "#ffe3d399", 5)
    canvas.ellipse((350, 330), 30, "#fff5ea")
    canvas.polygon([(338, 338), (362, 338), (376, 412), (324, 412)], "#fff5ea")
    _hanko(canvas, (690, 320), 16)
    return canvas.finish()


def _hanko(canvas: Canvas, at: Point, degrees: float) -> None:
    def part(size: tuple[float, float], shift: Point, radius: float) -> list[Point]:
        return _turn([(x + shift[0], y + shift[1]) for x, y in _rounded(size, radius)], at, degrees)

    canvas.shade([(x + 46, y + 34) for x, y in part((110, 400), (0, 10), 40)], "#6b452966", 22)
    canvas.polygon(part((124, 330), (0, -40), 56), ("#d9483a", "#a32a22"))
    canvas.polygon(part((30, 270), (-34, -46), 15), "#ffffff3a")
    canvas.polygon(part((22, 280), (46, -40), 11), "#5d0f0c44")
    canvas.polygon(part((124, 26), (0, 118), 6), ("#f3d08b", "#c99547"))
    canvas.polygon(part((112, 70), (0, 160), 14), ("#c9382d", "#8e211b"))
    canvas.polygon(part((116, 24), (0, 196), 8), "#fbe9d8")
    canvas.ellipse(part((2, 2), (0, -96), 1)[0], 17, "#ffe9c9")
    canvas.ellipse(part((2, 2), (0, -96), 1)[0], 9, ("#ffb25c", "#ff7a3d"))


def _library_robot() -> Image.Image:
    canvas = Canvas("#f9ead2", "#f2d8b4")
    colours = ("#c8553d", "#588b8b", "#f2c078", "#2d5d7b", "#8a9b68", "#d5896f", "#5f4b66", "#e3b23c")
    for shelf in range(3):
        floor = 190.0 + shelf * 178
        canvas.box((0, floor - 164), (WIDTH, 164), ("#8a5a3a", "#a87148"))
        x, n = 14.0, shelf * 5
        while x < WIDTH - 20:
            thick, tall = 20 + n * 17 % 24, 96 + n * 41 % 50
            if n % 9 != 7:
                colour = colours[n * 5 % len(colours)]
                canvas.box((x, floor - tall), (thick, tall), (colour, _mix(colour, "#3a2418", 0.25)), 3)
                canvas.box((x + 4, floor - tall + 16), (thick - 8, 5), "#fff4dc88", 2)
                canvas.box((x + 4, floor - 24), (thick - 8, 3), "#fff4dc66", 1)
            x, n = x + thick + 4, n + 1
        canvas.box((0, floor), (WIDTH, 16), ("#c98e5a", "#8f5d36"))
    canvas.box((0, 566), (WIDTH, 90), ("#e9c79a", "#cfa271"))
    canvas.glow((470, 300), 460, "#fff3d0cc")
    _robot(canvas, (470, 330))
    return canvas.finish()


def _robot(canvas: Canvas, at: Point) -> None:
    x, y = at
    canvas.shade(_arc((x, y + 266), (190, 22), 0, 360), "#5b3a1f88", 12)
    for side, colour in ((-1, "#2d5d7b"), (1, "#c8553d")):
        canvas.box((x + side * 138 - 34, y + 40), (68, 150), ("#e8eef0", "#b8c6cc"), 24)
        for n in range(3):
            book = _mix(colour, "#f2c078", n / 2)
            canvas.box((x + side * 138 - 26 + n * 18, y + 2 - n * 8), (16, 92 + n * 8), book, 3)
        canvas.box((x + side * 138 - 34, y + 84), (68, 106), ("#f7fafb", "#c7d3d8"), 22)
    canvas.box((x - 120, y + 10), (240, 214), ("#ffffff", "#d3dee3"), 70)
    canvas.box((x - 92, y + 206), (184, 50), ("#5c7480", "#3c525e"), 24)
    for side in (-1, 1):
        canvas.ellipse((x + side * 74, y + 244), 30, ("#44565f", "#22323a"))
        canvas.ellipse((x + side * 74, y + 244), 11, "#9fb4bd")
    canvas.box((x - 66, y + 86), (132, 92), ("#f4a259", "#dd7a3a"), 20)
    canvas.polygon(
        [(x, y + 112), (x + 44, y + 104), (x + 44, y + 152), (x, y + 160), (x - 44, y + 152), (x - 44, y + 104)],
        "#fff8ec",
    )
    canvas.stroke([(x, y + 114), (x, y + 158)], "#dd7a3a", 3)
    canvas.stroke([(x, y - 184), (x, y - 214)], "#8fa3ac", 7)
    canvas.glow((x, y - 222), 90, "#7fe7ffcc")
    canvas.ellipse((x, y - 222), 16, ("#d8fbff", "#49c5e6"))
    canvas.ellipse((x, y - 70), (146, 118), ("#ffffff", "#d9e3e7"))
    canvas.box((x - 104, y - 128), (208, 112), ("#23404e", "#16303c"), 52)
    for side in (-1, 1):
        canvas.ellipse((x + side * 46, y - 78), (15, 20), "#8ff0ff")
        canvas.ellipse((x + side * 46 + 4, y - 86), 5, "#ffffff")
        canvas.ellipse((x + side * 78, y - 46), (13, 7), "#ff9d8899")
    canvas.stroke(_arc((x, y - 58), (20, 14), 20, 160), "#8ff0ff", 5)


def _washi_display() -> Image.Image:
    canvas = Canvas("#1f1512", "#3a241a", "#6a4024")
    canvas.glow((470, 330), 560, "#ffc873cc")
    canvas.shade(_turn(_rounded((620, 500), 20), (474, 352)), "#0d070599", 24)
    canvas.box((160, 75), (620, 500), ("#fff7e2", "#ffe9c2", "#fbd79c"), 14)
    for row in range(7):
        for column in range(8 + row % 2):
            at = (222 + column * 71 - (row % 2) * 35.5, 464 + row * 18.0)
            canvas.polygon(_arc(at, 35.5, 180, 360), ("#fff3d8", "#f8d69c"))
            for ring in range(4):
                canvas.stroke(_arc(at, 34 - ring * 8.5, 180, 360), "#c2935699", 2.4)
    canvas.box((160, 572), (620, 34), "#fbd79c")
    for n, (x, y) in enumerate(_scatter(44, (176, 92), (560, 440))):
        bend = (n * 47 % 60) - 30
        canvas.stroke(_smooth([(x, y), (x + 22, y + bend * 0.3), (x + 46, y + bend)]), "#ffffff66", 1.6)
    _crane_bird(canvas, (440, 290))
    for n, (u, v) in enumerate(_scatter(120, size=(1, 1))):
        x, y = 520 + u * 240, 300 - u * 40 + (v - 0.5) * (190 + 90 * u)
        size = (5 + n * 13 % 10) * (1.1 - u)
        canvas.box((x, y), (size, size), f"#3a303e{230 - int(u * 150):02x}")
    canvas.box((160, 75), (620, 500), ("#ffffff00", "#ffb84a22"), 14)
    for x in (132, 780):
        canvas.box((x, 40), (28, 570), ("#5a3520", "#2c1810"), 4)
    for y in (40, 575):
        canvas.box((132, y), (676, 34), ("#6b4128", "#351d12"), 4)
    return canvas.finish()


def _crane_bird(canvas: Canvas, at: Point) -> None:
    """A folded paper crane in tones of ink."""
    for points, fill in (
        ([(-10, 60), (86, -176), (128, 50)], ("#6b5f6c", "#4a3f4d")),
        ([(86, -176), (128, 50), (96, 40)], "#3a303e"),
        ([(96, 70), (236, -64), (70, 20)], ("#574b59", "#3a303e")),
        ([(-50, 84), (-196, -84), (-160, -76), (0, 40)], ("#574b59", "#3a303e")),
        ([(-196, -84), (-246, -34), (-164, -72)], "#6b5f6c"),
        ([(-74, 56), (34, 130), (128, 50), (20, 10)], ("#3a303e", "#2b2230")),
        ([(-60, 66), (-128, -146), (84, 46), (24, 112)], ("#8d808c", "#6b5f6c")),
        ([(-60, 66), (-128, -146), (-6, 92)], ("#746874", "#574b59")),
    ):
        canvas.polygon(_turn(points, at), fill)


def _quiet_keyboard() -> Image.Image:
    canvas = Canvas("#eef1e4", "#d5dfc4", "#b4c49f")
    canvas.ellipse((120, 80), 260, "#ffffff40")
    canvas.ellipse((860, 620), 280, "#8fa67a44")
    _postcard(canvas, (770, 566), 7)
    middle, lean = (470, 300), -8

    def place(x: float, y: float) -> Point:
        return _turn([(x, y)], middle, lean)[0]

    def slab(size: tuple[float, float], at: Point, radius: float) -> list[Point]:
        return _turn(_rounded(size, radius), at, lean)

    canvas.shade(slab((860, 366), (482, 338), 34), "#55683f88", 24)
    canvas.polygon(slab((860, 366), place(0, 10), 34), ("#b99f6b", "#9a8254"))
    canvas.polygon(slab((860, 362), middle, 34), ("#f1e3c3", "#d9c397"))
    canvas.polygon(slab((830, 332), middle, 22), ("#cdb684", "#bfa672"))
    rows = (
        (1.0,) * 14,
        (1.5, *(1.0,) * 11, 1.5),
        (1.75, *(1.0,) * 10, 2.25),
        (2.25, *(1.0,) * 9, 2.75),
        (1.25, 1.25, 1.25, 4.25, *(1.0,) * 6),
    )
    for row, widths in enumerate(rows):
        x = -403.0
        for column, width in enumerate(widths):
            wide = width * 57.6
            accent = (row, column) == (2, 11)
            top, low = ("#9db98a", "#7a9a68") if accent else ("#fffaf0", "#eee2c8")
            at = (x + wide / 2, -128 + row * 64.0)
            canvas.polygon(slab((wide - 6, 56), place(at[0], at[1] + 4), 11), "#8d76486b")
            canvas.polygon(slab((wide - 8, 54), place(*at), 11), _mix(low, "#7a6338", 0.14))
            canvas.polygon(slab((wide - 18, 43), place(at[0], at[1] - 4), 9), (top, low))
            x += wide
    return canvas.finish()


def _postcard(canvas: Canvas, at: Point, degrees: float) -> None:
    """Half of the manual: a hedgehog."""

    def put(points: Iterable[Point]) -> list[Point]:
        return _turn(points, at, degrees)

    canvas.shade(_turn(_rounded((280, 190), 8), (at[0] + 6, at[1] + 12), degrees), "#55683f77", 12)
    canvas.polygon(put(_rounded((280, 190), 8)), ("#fffdf6", "#f6efdf"))
    spikes = [
        (72 * cos(radians(a)) * (1.14 if n % 2 else 0.94), 34 + 62 * sin(radians(a)) * (1.14 if n % 2 else 0.94))
        for n, a in enumerate(range(180, 361, 9))
    ]
    canvas.polygon(put(spikes), ("#8a7350", "#6f5a3c"))
    canvas.polygon(put([*_arc((64, 34), (26, 30), 180, 300), (112, 30), (108, 34)]), "#e8cfa4")
    canvas.ellipse(put([(112, 30)])[0], 5, "#4a3a26")
    canvas.ellipse(put([(78, 18)])[0], 4, "#4a3a26")
    for x in (-44, -12, 28, 56):
        canvas.stroke(put([(x, 36), (x, 42)]), "#6f5a3c", 9)
    canvas.stroke(put([(-110, 46), (122, 46)]), "#b4c49f", 3)


def _bento_planner() -> Image.Image:
    canvas = Canvas("#33646a", "#274f5c")
    for row in range(9):
        for column in range(13):
            at = (column * 80 + (row % 2) * 40.0, row * 80.0)
            for ring in range(3):
                canvas.stroke(_arc(at, 40 - ring * 12.0, 0, 360), "#ffffff12", 2)
    canvas.shade(_turn(_rounded((700, 470), 60), (474, 350)), "#0a1e24aa", 24)
    canvas.box((120, 90), (700, 470), ("#a4312a", "#6f1a18"), 60)
    canvas.box((140, 110), (660, 430), ("#2a1512", "#3a1d18"), 44)
    canvas.box((156, 126), (300, 398), ("#ffffff", "#f1ece2"), 34)
    for n, (x, y) in enumerate(_scatter(150, (168, 140), (270, 366))):
        grain = _turn(_rounded((15, 6.5), 3.2), (x, y), n * 47)
        canvas.polygon(grain, "#e3dccb88" if n % 2 else "#ffffff")
    for n, (x, y) in enumerate(_scatter(28, (190, 160), (230, 330))):
        canvas.polygon(_turn(_rounded((9, 4), 2), (x, y), n * 71), "#2d2622")
    canvas.shade(_arc((308, 330), 48, 0, 360), "#8a2d2455", 6)
    canvas.ellipse((306, 324), 46, ("#ee5a4f", "#b8242a"))
    canvas.ellipse((292, 308), (14, 9), "#ffffff66")
    canvas.box((474, 126), (310, 186), ("#dff0b8", "#b7d789"), 30)
    _omelette(canvas)
    canvas.box((474, 330), (150, 194), ("#3d5a3a", "#2c452b"), 30)
    for n, (x, y) in enumerate(_scatter(26, (505, 362), (90, 130))):
        canvas.ellipse((x, y), 24 - n % 3 * 3, ("#7fc46a", "#347a3e"))
        canvas.ellipse((x - 6, y - 8), 6, "#b9e89a88")
    canvas.box((642, 330), (142, 194), ("#f5d9b0", "#e6bd85"), 30)
    for n in range(4):
        at = (682 + n % 2 * 62.0, 382 + n // 2 * 84.0)
        canvas.ellipse((at[0] + 2, at[1] + 5), 29, "#8a4a1f44")
        canvas.ellipse(at, 28, ("#ff7a5c", "#d6322f"))
        canvas.ellipse((at[0] - 13, at[1] - 9), (6, 8), "#ffffff99")
        for turn in range(5):
            canvas.polygon(_turn([(-4, 0), (0, -15), (4, 0)], (at[0] + 4, at[1] - 8), turn * 72), "#4f9a45")
    return canvas.finish()


def _omelette(canvas: Canvas) -> None:
    for n in range(2):
        x = 486.0 + n * 88
        canvas.box((x + 3, 150), (78, 146), "#7c8a3044", 30)
        canvas.box((x, 144), (78, 146), ("#ffe27a", "#f2b632"), 30)
        for ring in range(3):
            canvas.stroke(_arc((x + 39, 217), (30 - ring * 9, 62 - ring * 19), 20, 330), "#d9932466", 4)
    fish = _smooth([(664, 276), (672, 200), (720, 146), (768, 150), (772, 200), (740, 268), (700, 292), (664, 276)])
    canvas.polygon([(x + 3, y + 6) for x, y in fish], "#7c8a3044")
    canvas.polygon(fish, ("#ffb48a", "#f0764f"))
    for n in range(5):
        line = _smooth([(678 + n * 8, 268 - n * 20), (706 + n * 7, 252 - n * 20), (748 + n * 4, 258 - n * 22)])
        canvas.stroke(line, "#ffe0cbaa", 5)


def _shuwa_lang() -> Image.Image:
    canvas = Canvas("#effdff", "#b5effa", "#5ccbe8", "#2391c8")
    canvas.glow((470, 300), 420, "#ffffffcc")
    for n in range(5):
        x = 90.0 + n * 190
        canvas.shade([(x, -20), (x + 60, -20), (x - 40, 670), (x - 150, 670)], "#ffffff1c", 14)
    left = _smooth([(330, 120), (268, 136), (252, 190), (254, 262), (238, 310), (196, 325), (238, 340), (254, 388),
                    (252, 460), (268, 514), (330, 530)])  # fmt: skip
    for points in (left, [(WIDTH - x, y) for x, y in left]):
        canvas.stroke([(x + 4, y + 10) for x, y in points], "#0b5f9344", 30)
        canvas.stroke(points, ("#ffffff", "#d9f6ff"), 30)
    for n, (x, y) in enumerate(_scatter(58)):
        size = 5.0 + n * 31 % 23
        if not (330 < x < 610 and 190 < y < 470):
            _bubble(canvas, (x, y), size)
    canvas.shade(_arc((474, 346), 118, 0, 360), "#0b5f9366", 18)
    canvas.ellipse((470, 325), 118, ("#8ff0d8", "#27b3c9", "#1270b0"))
    for high, low, colour in ((74, 44, "#ff8fa3dd"), (24, -6, "#ffffffdd"), (-30, -62, "#ffe27add")):
        ribbon = [*_arc((0, 0), (100, high), 0, 180), *_arc((0, 0), (100, low), 180, 0)]
        canvas.polygon(_turn(ribbon, (470, 325), -34), colour)
    canvas.ellipse((428, 262), (36, 20), "#ffffffcc")
    canvas.stroke(_arc((470, 325), 104, 20, 100), "#ffffff66", 6)
    for x, y, size in ((372, 150, 30), (590, 126, 42), (520, 74, 18), (412, 556, 34), (570, 560, 24)):
        _bubble(canvas, (x, y), size)
    return canvas.finish()


def _bubble(canvas: Canvas, at: Point, size: float) -> None:
    canvas.ellipse(at, size, ("#ffffff66", "#ffffff1a"))
    canvas.stroke(_arc(at, size, 0, 360), "#ffffffbb", max(1.4, size / 14))
    canvas.ellipse((at[0] - size * 0.35, at[1] - size * 0.38), size * 0.2, "#ffffffee")


def _tofu_printer() -> Image.Image:
    canvas = Canvas("#f2f5fc", "#dbe4f5", "#b9c8e6")
    canvas.glow((470, 360), 420, "#ffffffee")
    canvas.box((90, 96), (760, 26), ("#8d9cc0", "#65759e"), 13)
    for x in (104, 810):
        canvas.box((x, 96), (26, 470), ("#9aa8ca", "#6c7ca6"), 13)
    canvas.shade(_arc((470, 596), (430, 26), 0, 360), "#3f4f8055", 14)
    canvas.box((70, 558), (800, 30), ("#8d9cc0", "#5b6b97"), 15)
    canvas.ellipse((470, 560), (330, 44), ("#ffffff", "#aebde0"))
    canvas.ellipse((470, 550), (330, 44), ("#f8faff", "#d4def2"))
    top, side, half = 300, 196, 0.5
    for layer in range(12):
        y = 452 - layer * 13.0
        reach = side - (26 if layer > 8 else 0) - (30 if layer > 9 else 0)
        corners = [(470, y + reach * half), (470 - reach, y), (470 - reach, y - 13), (470, y + reach * half - 13)]
        canvas.polygon(corners, ("#e9eef8", "#c9d4ea"))
        canvas.polygon([(940 - cx, cy) for cx, cy in corners], ("#d3dcef", "#afbddc"))
        canvas.polygon([(470, y - 13 + reach * half), (470 - reach, y - 13), (470, y - 13 - reach * half),
                        (470 + reach, y - 13)], ("#ffffff", "#f6f8fd"))  # fmt: skip
    path = [
        (470 + 120 * cos(t / 20) * (1 - t / 260), top - 6 + 54 * sin(t / 20) * (1 - t / 260)) for t in range(0, 200, 2)
    ]
    canvas.stroke(path, "#dfe6f5", 9)
    canvas.stroke([(x, y - 3) for x, y in path], "#ffffff", 7)
    _nozzle(canvas, path[-1])
    return canvas.finish()


def _nozzle(canvas: Canvas, at: Point) -> None:
    x, y = at
    canvas.stroke([(x, y - 4), (x, y - 46)], "#ffffff", 8)
    canvas.polygon([(x - 34, y - 88), (x + 34, y - 88), (x + 9, y - 40), (x - 9, y - 40)], ("#ffb86b", "#ef7f45"))
    canvas.box((x - 52, 84), (104, y - 168), ("#4d5f92", "#36467a"), 18)
    canvas.ellipse((x, 118), 12, ("#a8f0d0", "#4fc79a"))


def _century_post() -> Image.Image:
    canvas = Canvas("#0d0a2e", "#2b1a63", "#7a3a8f", "#e2708a", "#ffb98a")
    for n, (x, y) in enumerate(_scatter(120, size=(WIDTH, 420))):
        canvas.ellipse((x, y), 0.8 + n % 5 * 0.45, "#ffffffcc" if n % 3 else "#ffe3a8dd")
    canvas.glow((700, 200), 250, "#ffd9a866")
    canvas.ellipse((700, 200), 96, ("#ffe9c4", "#f79f79", "#c95b83"))
    for n, y in enumerate((160, 196, 226)):
        canvas.stroke([(640 + n * 8, y), (738 - n * 20, y)], "#ffffff33", 9)
    canvas.stroke(_turn(_arc((0, 0), (196, 46), -20, 200), (700, 200), -16), "#ffe9c4cc", 6)
    for ring in range(3):
        canvas.stroke(_arc((300, 760), 420 + ring * 120.0, 190, 340), f"#ffffff{56 - 14 * ring:02x}", 2)
    canvas.polygon(_land(_wave(520, 22, 700, 0.8)), ("#6d2f73", "#3a1a55"))
    canvas.polygon(_land(_wave(566, 16, 520, 3.4)), ("#3c1b58", "#1d0d38"))
    trail = _smooth([(352, 366), (430, 316), (510, 330), (556, 396), (630, 424), (738, 384)])
    for dash in _dashes(trail, 16, 13):
        canvas.stroke(dash, "#fff3d9bb", 4)
    _envelope(canvas, (800, 366), -14)
    _postbox(canvas, (270, 430))
    return canvas.finish()


def _envelope(canvas: Canvas, at: Point, degrees: float) -> None:
    canvas.glow(at, 130, "#fff3d988")
    canvas.polygon(_turn(_rounded((124, 82), 8), at, degrees), ("#ffffff", "#ffe9d2"))
    canvas.stroke(_turn([(-56, -34), (0, 12), (56, -34)], at, degrees), "#e2708a", 5)
    canvas.ellipse(_turn([(0, 12)], at, degrees)[0], 11, "#d9485f")


def _postbox(canvas: Canvas, at: Point) -> None:
    """The round red letter box of old Japanese streets."""
    x, y = at
    canvas.shade(_arc((x + 6, y + 164), (120, 18), 0, 360), "#12082acc", 10)
    canvas.box((x - 86, y + 132), (172, 34), ("#5b4a5e", "#33263f"), 8)
    canvas.box((x - 70, y - 90), (140, 228), ("#f0503f", "#b3202c"), 10)
    canvas.box((x - 58, y - 90), (24, 228), "#ffffff2c", 10)
    canvas.box((x + 44, y - 90), (26, 228), "#5a0a1e44", 10)
    canvas.polygon(_arc((x, y - 104), (84, 66), 180, 360), ("#ff6b52", "#d63439"))
    canvas.box((x - 92, y - 108), (184, 24), ("#e9483d", "#a81d2a"), 12)
    canvas.ellipse((x, y - 172), 11, "#f0503f")
    canvas.box((x - 44, y - 64), (88, 16), "#3b0a18", 8)
    canvas.box((x - 52, y - 72), (104, 8), "#ff8a70", 4)
    canvas.box((x - 34, y - 26), (68, 62), ("#fff3e0", "#f3d9b8"), 6)
    canvas.stroke([(x - 18, y - 12), (x + 18, y - 12)], "#d63439", 5)
    canvas.stroke([(x - 18, y + 2), (x + 18, y + 2)], "#d63439", 5)
    canvas.stroke([(x, y + 2), (x, y + 24)], "#d63439", 5)


def _onsen_graph() -> Image.Image:
    canvas = Canvas("#fbfdfc", "#eef7f5")
    left, right, top, bottom = 90, 890, 70, 560
    for n in range(6):
        y = top + (bottom - top) * n / 5
        canvas.stroke([(left, y), (right, y)], "#cfe0dd", 2)
        canvas.text((left - 34, y), f"{45 - n * 2}", "#5f7d7b", 22)
    for n in range(5):
        x = left + (right - left) * n / 4
        canvas.text((x, bottom + 36), f"{n * 6}h", "#5f7d7b", 22)

    def line(swing: float) -> list[Point]:
        """Hour by hour: the dip before dawn, the overshoot after it, both times `swing`."""
        bumps = ((4.6, 1.5, -3.4), (7.4, 1.3, 2.6), (17.5, 2.2, 0.9), (21, 1.8, -1.0))
        path: list[Point] = []
        for step in range(161):
            hour = step * 24 / 160
            warm = sum(size * exp(-(((hour - at) / wide) ** 2)) for at, wide, size in bumps)
            degree = 41 + swing * (warm + 0.22 * sin(hour * 2.6))
            path.append((left + (right - left) * hour / 24, bottom - (bottom - top) * (degree - 35) / 10))
        return path

    canvas.text((left - 34, top - 34), "°C", "#5f7d7b", 22)
    before, after = line(1.0), line(0.16)
    canvas.polygon([*after, (right, bottom), (left, bottom)], ("#f0855a44", "#f0855a00"))
    canvas.stroke(before, "#86b4be", 6)
    canvas.stroke(after, "#e8633a", 8)
    for hour in range(0, 25, 6):
        at = after[min(hour * 160 // 24, 160)]
        canvas.ellipse(at, 11, "#e8633a")
        canvas.ellipse(at, 5, "#ffffff")
    return canvas.finish()


def _washi_layers() -> Image.Image:
    canvas = Canvas("#f7f0e2", "#eadcc2")
    canvas.glow((470, 320), 460, "#ffffffaa")

    def place(u: float, v: float, y: float) -> Point:
        return (470 + (u - v) * 330, y + (u + v) * 130)

    def sheet(y: float, thick: float, fill: Fill, edge: str) -> None:
        corners = [place(0, 0, y), place(1, 0, y), place(1, 1, y), place(0, 1, y)]
        canvas.shade([(px, py + thick + 26) for px, py in corners], "#6b4a2855", 16)
        rim = [corners[3], corners[2], corners[1]]
        canvas.polygon([*rim, *((px, py + thick) for px, py in reversed(rim))], edge)
        canvas.polygon(corners, fill)

    sheet(330, 14, ("#d5dfdf", "#aebfc2"), "#8299a0")
    for n in range(1, 12):
        canvas.stroke([place(n / 12, 0.02, 330), place(n / 12, 0.98, 330)], "#b8702f", 3)
        canvas.stroke([place(0.02, n / 12, 330), place(0.98, n / 12, 330)], "#e0a35c", 3)
    sheet(200, 14, ("#5a505e", "#3a3140"), "#241d2a")
    for n, (u, v) in enumerate(_scatter(210, (0.03, 0.03), (0.94, 0.94))):
        canvas.ellipse(place(u, v, 200), (7, 4.4), "#f4ead8" if n % 3 else "#18121c")
    sheet(70, 10, ("#fffdf6", "#f6e9cf"), "#d9c39a")
    for n, (u, v) in enumerate(_scatter(110, (0.1, 0.1), (0.8, 0.8))):
        heading, reach = radians(n * 67 % 360), 0.04 + n * 7 % 5 * 0.01
        bend = heading + 0.5
        fibre = [
            place(u - reach * cos(heading), v - reach * sin(heading), 70),
            place(u, v, 70),
            place(u + reach * cos(bend), v + reach * sin(bend), 70),
        ]
        canvas.stroke(_smooth(fibre), "#d8bf9077" if n % 2 else "#ffffff", 2)
    return canvas.finish()


PICTURES: dict[str, Callable[[], Image.Image]] = {
    "onsen-sensor.png": _onsen_sensor,
    "hotaru-drone.png": _hotaru_drone,
    "komorebi-solar.png": _komorebi_solar,
    "hatoba-ci.png": _hatoba_ci,
    "kototsumugi.png": _kototsumugi,
    "hanko-passkey.png": _hanko_passkey,
    "library-robot.png": _library_robot,
    "washi-display.png": _washi_display,
    "quiet-keyboard.png": _quiet_keyboard,
    "bento-planner.png": _bento_planner,
    "shuwa-lang.png": _shuwa_lang,
    "tofu-printer.png": _tofu_printer,
    "century-post.png": _century_post,
    # Inside the articles, as images/x.png.
    "onsen-graph.png": _onsen_graph,
    "washi-layers.png": _washi_layers,
}

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python examples/images.py OUT_DIR")
    for written in draw_all(Path(sys.argv[1])):
        print(written)
