"""A site with articles of every kind, built by the command, for tests that read its files with other people's programs.

What no test of one module sees: a reader that takes a valid feed in another way than we meant it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.site import CONFIG, Site

IMAGE = "https://images.example/photos/1/hotaru.jpg?auto=compress&cs=tinysrgb&w=1200&h=630"
AUDIO = "https://media.example/episodes/1.mp3?from=feed&v=2"
CODE = 'if a < b and c:\n    print("&amp;")\n\n# <終わり>'

SETTINGS = (
    CONFIG.replace("title: 試験ノート\n", "title: 試験ノート & 友\n", 1)
    .replace(
        "  description: 毎日の技術\n", "  description: 毎日の技術\n  author: {name: 編集部, email: ed@note.example}\n"
    )
    .replace("feeds: {limit: 20}", "feeds: {limit: 50}")
)
HIDDEN = ("下書き", "未来の記事", "フィードに出さない記事", "期限の切れた記事")


def write_everything(site: Site) -> None:
    """Newest first, as the feeds have them; those of one day by when they were first seen, which is by their names."""
    site.configure(SETTINGS)
    _write_bodies(site)
    _write_heads(site)
    site.write("n1.md", HIDDEN[0], draft=True)
    site.write("n2.md", HIDDEN[1], date="2999-01-01")
    site.write("n3.md", HIDDEN[2], feed=False)
    site.write("n4.md", HIDDEN[3], date="2026-01-01", expires="2026-01-02")


def _write_bodies(site: Site) -> None:
    addresses = (
        "[次](/next?a=1&b=2)、[上](../up.html)、[節](#setsu)、[よそ](//other.example/x)、[便り](mailto:a@note.example)\n\n"
        '![絵](img/a%20b.png) <img src="c.png" srcset="c.png 1x, /c2.png 2x" alt=""> '
        '<video src="v.mp4" poster="p.jpg" controls></video>\n\n## 節 {#setsu}\n\n[記事](a.md)'
    )
    blocks = (
        f"```python\n{CODE}\n```\n\n| 列 | 値 |\n|---|---:|\n| A & B | `1 < 2` |\n\n- [x] 済み\n- [ ] まだ\n\n"
        "脚注[^1]です。\n\n[^1]: 注 & <b>解</b>\n\n> 引用 🎉\n\n1. 一\n2. 二\n"
    )
    dangers = (
        '<script>alert(1)</script><p onclick="x()" style="position:fixed">残る文</p>'
        '<iframe src="https://video.example/1"></iframe><a href="javascript:alert(1)">罠</a><form><input></form>'
    )
    site.write("a.md", "住所のいろいろ", date="2026-03-20", body=addresses, tags=["住所", "CI/CD"])
    site.write("b.md", "かたまりのいろいろ", date="2026-03-19", body=blocks, tags=["C#", "住所"], category="技術")
    site.write("c.md", "あぶないもの", date="2026-03-18", body=dangers)
    odd = "制御\x07文字、改行\u2028の字、]]> と <!-- 覚え書き --> と &nbsp; と 👩‍👩‍👧‍👦🇯🇵𠮷"
    site.write_raw("d.md", f'---\ntitle: "文字のいろいろ 👩‍👩‍👧‍👦"\ndate: "2026-03-17"\n---\n\n{odd}\n')
    site.write("e.md", "本文のない記事", date="2026-03-16", body="")


def _write_heads(site: Site) -> None:
    people: list[Any] = [{"name": "佐藤 & 友", "email": "sato@note.example"}, {"name": "Ana", "url": "/people/ana"}]
    episode = {"url": AUDIO, "length": 12_345_678, "type": "audio/mpeg", "duration": "31:05"}
    picture = {"image": IMAGE, "imageAlt": "蛍 & 川", "imageCredit": "Hoshi & Co."}
    site.write("f.md", "AT&T と x < y と C#", date="2026-03-15T09:30:00-05:00", excerpt="要約 & <i>印</i>")
    site.write(
        "g.md", "絵のある記事 ✨", date="2026-03-14", excerpt="蛍の話", authors=people, category="暮らし", **picture
    )
    site.write("h.md", "A note in English", date="2026-03-13", language="en", body="It's *quiet* here.")
    site.write("i.md", "مقال بالعربية", date="2026-03-12", language="ar", body="نص **عربي** قصير.")
    site.write("j.md", "聞く記事", date="2026-03-11", audio=episode, excerpt="31分の話")
    site.write("k.md", "なおした記事", date="2026-03-10", updated="2026-03-21T08:00:00+09:00")
    site.write("l.md", "むかしの記事", date="1950-01-02")
    site.write("m.md", "自分の id", date="2026-03-10", id="tag:old.example,2020:post-7")


@dataclass(frozen=True)
class Everything:
    """`folder` is the output folder; the documents are read once."""

    site: Site

    @property
    def folder(self) -> Path:
        return self.site.output

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def names(self, ending: str) -> list[str]:
        """Every document of a kind, such as `rss.xml`: that of the site, of each category and each tag."""
        return sorted(path.relative_to(self.folder).as_posix() for path in self.folder.rglob(ending))

    def items(self, name: str = "feed.json") -> list[dict[str, Any]]:
        return list(json.loads(self.read(name))["items"])

    def twin(self, name: str) -> list[dict[str, Any]]:
        """The items of the JSON feed that lies beside another format's."""
        folder = name.rpartition("/")[0]
        return self.items(f"{folder}/feed.json".lstrip("/"))
