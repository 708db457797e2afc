"""Articles for benchmarks: Japanese Markdown with emoji, 9 KB each, put together from a few dozen sentences.

The same arguments write the same bytes, here and elsewhere.

    python benchmarks/generate.py FOLDER [--count 1000] [--size 9000] [--new-tags 3.5]
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count as count_from
from itertools import islice
from pathlib import Path
from random import Random

SIZE = 9_000
_FIRST_DAY = date(2017, 1, 1)
_LETTERS = "あいうえおかきくけこ"
_DAYS = 3_200  # so that every date is past and every article public

_CATEGORIES = ("AI技術", "ガジェット", "宇宙", "環境・エネルギー", "医療", "乗りもの", "くらし", "ソフトウェア")
_FIELDS = (
    "電池",
    "衛星",
    "翻訳",
    "農業",
    "音声",
    "地図",
    "発酵",
    "潮力",
    "折り紙",
    "図書館",
    "防災",
    "鉄道",
    "時計",
    "和紙",
    "灯台",
    "温泉",
    "天文",
    "楽器",
    "漁業",
    "森林",
)
_ASPECTS = ("", "の未来", "AI", "ロボット🤖", "省エネ", "入門", "の安全", " 2.0", "×デザイン", "の研究")
_THINGS = (
    "折りたたみ電池",
    "潮風センサー",
    "話す図書カード",
    "月面トラクター",
    "眠る自動販売機",
    "紙の太陽電池",
    "歩く信号機",
    "声の辞書",
    "雲を測る風船",
    "手のひら天文台",
    "苔の空気清浄機",
    "雨粒発電タイル",
    "迷わない傘",
    "星あかり街灯",
    "聞き耳マイク",
)
_MAKERS = ("あおぞら研究所", "北浜ラボ", "三日月電機", "みどり橋大学", "海鳴り工房", "たんぽぽ通信", "七つ森製作所")
_PLACES = ("小さな港町", "山あいの村", "駅前の商店街", "島の診療所", "町はずれの工場", "大学の屋上", "湖のほとり")
_EMOJI = ("🚀", "🔋", "📚", "🌍", "💡", "🎉", "🧪", "🏥", "🎨", "🛰️", "🌱", "👀", "✨", "🔧", "🎶", "☔")

_HEADINGS = (
    "ひとことで言うと？",
    "どんな仕組み？",
    "なぜいま話題なの？",
    "使ってみた人の声",
    "数字で見る{thing}",
    "くらしはどう変わる？",
    "気をつけたいこと",
    "これまでの歩み",
    "よくある質問",
    "{place}での試み",
    "似たものとくらべると",
    "これからの予定",
)
_SENTENCES = (
    "{maker}は、{place}で「{thing}」を試していると明らかにしました{emoji}。",
    "難しそうに聞こえますが、台所の道具にたとえると、とてもわかりやすくなります。",
    "これまでの製品とくらべて、重さは約{number}パーセント軽くなりました。",
    "いちばんの特長は、**電源がなくても{number}時間動きつづける**ことです。",
    "担当した人は「はじめは誰も信じてくれませんでした」と笑います。",
    "{place}では、朝の決まった時間に動かして、記録を毎日残しています。",
    "大切なのは、**使う人が仕組みを知らなくても安心できる**という点です{emoji}。",
    "もちろん、値段がまだ高いという声もありました。",
    "量産が始まれば、いまの{number}分の1の価格になる見込みだといいます。",
    "`v{number}.0` からは、設定ファイルがひとつにまとまりました。",
    "くわしい手順は[{maker}の案内](https://example.com/guide/{number}?lang=ja&from=news)にまとまっています。",
    "私たちも半日ほど借りて、雨の中を歩いてみました。",
    "音はほとんどせず、となりで眠っていた猫も起きませんでした🐈。",
    "次の春までに、さらに{number}か所へ広げる計画です。",
    "見た目は*昔ながらの道具*のままで、中身だけが新しくなっています。",
    "専門家は、データの扱いについて早めに約束ごとを決めるべきだと話します。",
    "子どもたちは説明を聞くより先に、もう遊びはじめていました。",
    "修理のしやすさにもこだわり、ねじは全部で{number}本しかありません{emoji}。",
    "ひとつ壊れても、残りが代わりに働くように作られています。",
    "小さな改良の積み重ねが、ここへきて大きな違いになりました。",
)
_POINTS = (
    ("軽さ", "片手で持てるので、階段でも困らない"),
    ("長持ち", "ひと晩の充電で{number}日使える"),
    ("やさしい操作", "ボタンは三つだけで、迷うことがない"),
    ("修理できる", "部品は近くの店でも手に入る"),
    ("静かさ", "図書館の中でも気にならない"),
    ("公開された記録", "測った値は毎晩まとめて公開される"),
    ("安全", "熱くなる前に自分で止まる"),
    ("省エネ", "使う電気はこれまでの{number}分の1"),
)


@dataclass(frozen=True, slots=True)
class _Topic:
    thing: str
    maker: str
    place: str


@dataclass(frozen=True, slots=True)
class Kind:
    """What articles are like. `size`: bytes of a file, about.

    `new_tags`: how many of an article's `tags` no other has, on average; the others are of a pool of `tag_pool`.
    """

    size: int = SIZE
    tags: int = 10
    tag_pool: int = 200
    new_tags: float = 0


def generate(folder: Path, count: int, kind: Kind = Kind(), *, seed: int = 1) -> list[Path]:
    """Write `count` articles into `folder`; the last of the returned files is the newest."""
    folder.mkdir(parents=True, exist_ok=True)
    pool = make_tags(kind.tag_pool)
    paths = []
    for number in range(count):
        random = Random(f"{seed}/{number}")  # of its own, so that an article does not depend on how many there are
        new = int((number + 1) * kind.new_tags) - int(number * kind.new_tags)
        tags = random.sample(pool, kind.tags - new) + [f"話題{number}の{letter}" for letter in _LETTERS[:new]]
        day = _FIRST_DAY + timedelta(days=number * _DAYS // count)
        path = folder / f"{day:%Y%m%d}-article-{number:05d}.md"
        path.write_bytes(_make_article(random, number, day, tags, kind.size).encode("utf-8"))
        paths.append(path)
    return paths


def make_tags(size: int) -> list[str]:
    """`size` different tags; emoji, spaces and Latin letters are among them."""
    endless = (
        f"{field}{aspect}" if edition == 1 else f"{field}{aspect}{edition}"
        for edition in count_from(1)
        for aspect in _ASPECTS
        for field in _FIELDS
    )
    return list(islice(endless, size))


def _make_article(random: Random, number: int, day: date, tags: list[str], size: int) -> str:
    topic = _Topic(random.choice(_THINGS), random.choice(_MAKERS), random.choice(_PLACES))
    title = _fill(f"{random.choice(_EMOJI)} {{maker}}の「{{thing}}」が変える毎日 第{number + 1}回", random, topic)
    excerpt = _fill(" ".join(random.sample(_SENTENCES[:5], 2)), random, topic).replace("*", "")
    quoted = ", ".join(f'"{tag}"' for tag in tags)
    head = [
        "---",
        f'title: "{title}"',
        f'date: "{day}"',
        f'excerpt: "{excerpt}"',
        f'category: "{random.choice(_CATEGORIES)}"',
        f"tags: [{quoted}]",
        f'image: "https://images.example.com/photos/{number}/photo.jpeg?auto=compress&cs=tinysrgb&h=650&w=940"',
        'imageCredit: "写真：ミライ編集部"',
        "---",
    ]
    return "\n".join(head) + "\n\n" + _make_body(random, topic, size)


def _make_body(random: Random, topic: _Topic, wanted: int) -> str:
    blocks: list[str] = []
    headings = random.sample(_HEADINGS, len(_HEADINGS))
    makers = (_make_paragraph, _make_paragraph, _make_list)
    size = 0
    while size < wanted - 1_400:  # front matter, and half a section
        heading = headings.pop() if headings else "まだまだある話"
        section = [f"## {random.choice(_EMOJI)} {heading}", *(make(random) for make in makers)]
        if random.random() < 0.3:
            section.insert(2, f"### {random.randint(1, 5)}. ここに注目")
        section = [_fill(block, random, topic) for block in section]
        size += sum(len(block.encode("utf-8")) + 2 for block in section)
        blocks += section
    return "\n\n".join(blocks) + "\n"


def _make_paragraph(random: Random) -> str:
    return "".join(random.sample(_SENTENCES, 4))


def _make_list(random: Random) -> str:
    ordered = random.random() < 0.5
    points = random.sample(_POINTS, 3)
    return "\n".join(f"{f'{n}.' if ordered else '-'} **{name}**：{text}" for n, (name, text) in enumerate(points, 1))


def _fill(text: str, random: Random, topic: _Topic) -> str:
    return text.format(
        thing=topic.thing,
        maker=topic.maker,
        place=topic.place,
        number=random.randint(2, 90),
        emoji=random.choice(_EMOJI),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="Write articles for benchmarks.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--size", type=int, default=SIZE, help="bytes of a file, about")
    parser.add_argument("--new-tags", type=float, default=0, help="of each article's ten tags, those no other has")
    arguments = parser.parse_args()
    kind = Kind(arguments.size, new_tags=arguments.new_tags)
    print(f"wrote {len(generate(arguments.folder, arguments.count, kind)):,} articles into {arguments.folder}")


if __name__ == "__main__":
    main()
