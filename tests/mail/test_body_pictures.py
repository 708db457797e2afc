"""What bodies may hold, in a real browser: code in colours, boxes, definitions, formulas."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from publisher.mail.render import render_issue
from publisher.model.issue import Selection
from tests.mail.newsletters import MOSS, make_context
from tests.mail.test_pictures import CONTRASTS, RIGHT_EDGE, Screen, screen

__all__ = ["screen"]  # the fixture

BODY = """\
!!! warning "火傷に注意"
    ランプは**熱く**なります。`moss --cool` を先に。

:::details 詳しい手順
1. 洗う
:::

> [!NOTE]
> 引用の形の[注意](https://example.com/)

光量
: 面積あたりの光の*強さ*。

減衰は $I_0 e^{-x}$ です。

$$
I(x) = I_0 \\exp(-\\mu x)
$$

```python
# 苔を育てる
@dataclass
class Moss(Plant):
    height: float = 0.5

    def grow(self) -> str:
        return "伸びた" if self.height > 12 else None
```

```diff
- lamp: 100W
+ lamp: 40W
```

```mermaid
graph LR
```

| 名 | 値 |
|---|---|
| `x` | 1 |
"""


@functools.cache
def make_html() -> str:
    return render_issue(Selection(articles=(MOSS,)), {MOSS.id: BODY}, make_context("article", "fresh")).html


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 700])
def test_everything_fits_and_can_be_read(screen: Screen, width: int, scheme: Any) -> None:
    page = screen.show(make_html(), width=width, scheme=scheme)
    assert page.evaluate(RIGHT_EDGE) <= width
    assert [text for text in page.evaluate(CONTRASTS) if text["ratio"] < 4.5] == []
    colours = page.evaluate(
        "new Set([...document.querySelectorAll('td.code span')].map(e => getComputedStyle(e).color)).size"
    )
    assert colours == 6


def test_dark_mode_of_outlook_on_the_web(screen: Screen) -> None:
    page = screen.show(make_html())
    page.evaluate("for (const name of ['data-ogsc', 'data-ogsb']) document.documentElement.setAttribute(name, '')")
    assert [text for text in page.evaluate(CONTRASTS) if text["ratio"] < 4.5] == []


def test_without_any_style_block(screen: Screen) -> None:
    """Colours and boxes stand in the elements: the Gmail app drops the rest for other people's mailboxes."""
    page = screen.show(make_html(), width=375)
    page.evaluate("document.querySelectorAll('style').forEach(style => style.remove())")
    assert [text for text in page.evaluate(CONTRASTS) if text["ratio"] < 4.5] == []
    assert (
        page.evaluate("getComputedStyle(document.querySelector('blockquote')).backgroundColor") == "rgb(245, 243, 238)"
    )


def test_colours_cost_little() -> None:
    """Gmail clips at 102 KB: less than 60 bytes for a coloured part."""
    html = make_html()
    assert 0 < html.count("<span") < 25
    assert all(len(part.partition(">")[0]) < 45 for part in html.split("<span")[1:])
