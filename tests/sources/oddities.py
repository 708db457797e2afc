"""Files that git, zip or an editor would change or refuse on their way: made when the tests run.

They stand in the site `odd`, in posts/made. An expectation has the same keys as one in a file of tests/corpus.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_AT = "posts/made"
_BODY = "変わった符号でも、記事は記事です。"
# A folder that keeps case and takes every byte but / and NUL, as Linux has them.
_TAKES_ALL_NAMES = sys.platform == "linux"


@dataclass(frozen=True)
class Oddity:
    content: bytes
    expected: Mapping[str, Any]


def _post(title: str, body: str = _BODY) -> str:
    return f'---\ntitle: "{title}"\ndate: "2026-01-08"\ntags: [符号]\n---\n\n{body}\n'


def _article(raw: bytes | str, title: str, **expected: Any) -> Oddity:
    content = raw if isinstance(raw, bytes) else raw.encode("utf-8")
    return Oddity(content, {"title": title, "published": "2026-01-08T00:00:00+09:00", **expected})


def _problem(name: str, raw: bytes, place_and_message: str) -> tuple[str, Oddity]:
    return name, Oddity(raw, {"problem": f"{_AT}/{name}:{place_and_message}"})


_LONG = "長い行" * 33_334  # 100,002 characters
_NAMES = [
    'say "hi".md',
    "what?.md",
    "all*.md",
    "a\\b.md",
    "two  blanks.md",
    "tab\there.md",
    "line\nend.md",
    "a:b|c<d>.md",
]

_ENCODINGS = {
    "utf-8-bom.md": _article(codecs.BOM_UTF8 + _post("印のあるUTF-8").encode(), "印のあるUTF-8", body=_BODY),
    "utf-16-le.md": _article(codecs.BOM_UTF16_LE + _post("下位からのUTF-16").encode("utf-16-le"), "下位からのUTF-16"),
    "utf-16-be.md": _article(codecs.BOM_UTF16_BE + _post("上位からのUTF-16").encode("utf-16-be"), "上位からのUTF-16"),
    "crlf.md": _article(
        _post("CRLFの行").replace("\n", "\r\n"), "CRLFの行", tags=["符号"], body=_BODY, body_without="\r"
    ),
    "cr.md": _article(_post("CRの行").replace("\n", "\r"), "CRの行", tags=["符号"], body=_BODY, body_without="\r"),
    "mixed-ends.md": _article(
        _post("混ざった行", "一行目\r\n二行目\r三行目\n").replace('"\ndate', '"\r\ndate'),
        "混ざった行",
        body="一行目\n二行目\n三行目",
    ),
    "crlf-toml.md": _article('+++\r\ntitle = "CRLFのTOML"\r\ndate = 2026-01-08\r\n+++\r\n\r\n本文\r\n', "CRLFのTOML"),
    "crlf-closing-only.md": _article(
        "title: CRLFの終わりだけ\r\ndate: 2026-01-08\r\n---\r\n本文\r\n", "CRLFの終わりだけ"
    ),
    "crlf-json.md": _article('{\r\n"title": "CRLFのJSON",\r\n"date": "2026-01-08"\r\n}\r\n\r\n本文\r\n', "CRLFのJSON"),
}
_CHARACTERS = {
    "nul.md": _article(_post("NULの\x00ある題名", "本\x00文"), "NULのある題名", body="本文", body_without="\x00"),
    "controls.md": _article(
        _post("制御\x0b文字\x1b", "本\x08文\x92と\x7f\ufffe印"),
        "制御文字",
        body="本文と印",
        body_without=["\x08", "\x92"],
    ),
    "decomposed.md": _article(_post("か\u3099くの題名", "は\u309aんの本文"), "がくの題名", body="ぱんの本文"),
    "joined-emoji.md": _article(_post("家族👨\u200d👩\u200d👧と旗🇯🇵"), "家族👨\u200d👩\u200d👧と旗🇯🇵"),
    "bom-inside.md": _article(_post("途中の\ufeff印", "本\ufeff文"), "途中の印", body="本文"),
    "long-line.md": _article(_post("長い行", _LONG), "長い行", body=_LONG[-20:]),
    "long-post.md": _article(_post("長い記事", "短い行です。\n\n" * 10_400), "長い記事", body="短い行です。"),
    "bidi.md": _article(_post("\u202e逆さ\u202c"), "逆さ"),
}
_BROKEN = dict(
    [
        _problem("shift-jis.md", _post("古い符号").encode("shift_jis"), "2: is not UTF-8 text…"),
        _problem("euc-jp.md", _post("別の古い符号").encode("euc_jp"), "2: is not UTF-8 text…"),
        _problem("latin-1.md", b'---\ntitle: "caf\xe9"\ndate: 2026-01-08\n---\n\nbody\n', "2: is not UTF-8 text…"),
        _problem("half-a-character.md", _post("途中まで").encode() + "字".encode()[:2], "8: is not UTF-8 text…"),
        _problem("half-utf-16.md", b"\xff\xfe-", "1: is not UTF-8 text…"),
        _problem("picture.md", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "1: is not UTF-8 text…"),
        _problem("nothing-but-blanks.md", b" \n\t\n \n", "1: has no front matter…"),
        _problem("too-large.md", _post("大きすぎる").encode() + b"a" * 5_000_000, " is larger than 5 MB; not read…"),
    ]
)
_LEFT_OUT = {
    "node_modules/readme.md": Oddity(_post("部品の説明").encode(), {"skipped": True}),
    "data.txt": Oddity("値\t1\n".encode("utf-16"), {"skipped": True}),
}
_NAMED = {
    name: _article(_post(f"名前 {number}"), f"名前 {number}", draft=False)
    for number, name in enumerate(_NAMES if _TAKES_ALL_NAMES else _NAMES[4:5])
}
_TWINS = {
    "Twin.md": _article(_post("大文字の双子"), "大文字の双子"),
    "twin.md": Oddity(
        _post("小文字の双子").encode(),
        {"problem": f"{_AT}/twin.md: has the same name as made/Twin.md but for upper and lower case…"},
    ),
}

ODDITIES: Mapping[str, Oddity] = {
    **_ENCODINGS,
    **_CHARACTERS,
    **_BROKEN,
    **_LEFT_OUT,
    **_NAMED,
    **(_TWINS if _TAKES_ALL_NAMES else {}),
}
