"""A made-up site with its articles, for the tests of what a newsletter looks like."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher.config import Config, parse_config
from publisher.mail.render import RenderContext, build_variables, choose_language, render_issue
from publisher.model.article import Article, Author, Image
from publisher.model.issue import Selection
from publisher.model.rendered import RenderedIssue
from publisher.templating import Templates

TOKYO = ZoneInfo("Asia/Tokyo")
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=TOKYO)
MARKER = "PUB0123456789ABCDEF"
UNSUBSCRIBE_ADDRESS = "unsubscribe@example.com"

CONFIG = """
site:
  title: 夜明けラボ通信
  url: https://example.com/lab
  language: ja
  description: 小さな研究室の大きな発見
newsletters:
  weekly: {title: 週刊 夜明けラボ, from: "夜明けラボ <news@example.com>", template: digest}
  fresh: {title: Dawn Lab fresh, from: "Dawn Lab <news@example.com>", schedule: on-publish}
organisation:
  name: 合同会社夜明けラボ
  address: 〒600-0000 京都市見本区架空町4-5
  contact: https://example.com/contact?a=1&b=2
secret_key: とてもひみつの鍵
delivery: {transport: "smtps://user:hunter2@mail.example.com:465"}
"""

BODY_JA = """\
## 🌅 朝いちばんの**実験**

苔は、光を*ゆっくり*食べます。くわしくは[前回の記事](/articles/moss?a=1&b=2#result)をどうぞ。
~~三日~~四日で結果が出ました[^1]。

| 時刻 | 明るさ | 気持ち |
|:--|--:|:-:|
| 5:00 | 12 lx | 😴 |
| 7:30 | 4,300 lx | 😊 |

<iframe src="https://www.youtube.com/embed/mossLAB_001" title="苔の早回し（三日を三十秒で）"></iframe>

<iframe src="https://player.vimeo.com/video/20261119" title="朝の実験室"></iframe>

### 手順

1. 苔を洗う
2. 光を当てる
   - 弱い光
   - 強い光
3. 待つ

- [x] 予備実験
- [ ] 本番

> 静かなものほど、よく育ちます。
>
> ――研究室の壁の言葉

```python
def grow(moss: str) -> str:
    if moss == "若い":
        return f"<b>{moss}</b> & {{ 光 }}"
    return moss
```

`moss --grow` を実行します。

![顕微鏡で見た苔。細胞が六角形に並んでいる](images/moss-cells.png)

---

https://example.com/a-very-long-address/that-does-not-end/and-still-goes-on/until-it-is-wider-than-any-phone-screen-can-be

[^1]: 温度は20℃で一定。
"""

BODY_EN = """\
## A quiet start

Moss *eats* light slowly, and [we watched](https://example.com/watch).

- It grows at dawn.
- It rests at noon.
"""

BODY_AR = """\
## بداية هادئة

الطحلب يأكل الضوء *ببطء*، و[نحن نراقبه](https://example.com/watch)[^1].

- ينمو عند الفجر.
  - ضوء ضعيف
- يستريح ظهرا.

> ما يهدأ ينمو.

| الساعة | الضوء |
|:--|--:|
| 5:00 | 12 lx |

<iframe src="https://player.vimeo.com/video/20261119" title="المختبر عند الفجر"></iframe>

```sh
moss --grow
    --slowly
```

[^1]: درجة الحرارة 20.
"""


def make_long_body() -> str:
    """More than a mail can show: chapters of tables, whose cells weigh more in HTML than they say."""
    rows = "\n".join(f"| {hour}:30 | {hour * 37} lx | 苔{hour}号 |" for hour in range(24))
    chapter = (
        "## 第{}日の記録\n\n雨のち*晴れ*。窓辺の苔は[先週の写真](https://example.com/photo/{})より濃い緑になりました。\n\n"
        "| 時刻 | 明るさ | 名前 |\n|:--|--:|---|\n{}\n"
    )
    return "\n".join(chapter.format(day, day, rows) for day in range(1, 21))


def make_config(language: str = "ja") -> Config:
    """Of a site in this language, in this folder, which has a catalogue of Arabic words beside it."""
    text = CONFIG.replace("language: ja", f"language: {language}")
    return parse_config(text, Path(__file__).with_name("config.yaml"), {})


def make_article(key: str, title: str, day: int, *, language: str = "ja") -> Article:
    published = datetime(2026, 11, day, tzinfo=TOKYO)
    return Article(
        id=f"tag:example.com,2026:{key}",
        path=f"{key}.md",
        url=f"https://example.com/lab/articles/{key}?a=1&b=2",
        title=title,
        published=published,
        updated=published,
        summary="苔に朝の光を当てると、昼の光の二倍の速さで育つことが分かりました🌿。理由は、まだ誰も知りません。",
        language=language,
        body_hash="",
        categories=("生きもの", "光"),
        tags=("苔", "R&D", "朝活🌅"),
        image=Image(f"https://images.example.com/{key}.png?w=940&h=650", "", "写真：佐藤 & 鈴木"),
        authors=(Author("山田 苔子"),),
    )


MOSS = make_article("moss", "🌿 苔は朝に育つ？夜明けラボの「静かな発見」", 19)
TRAIN = replace(
    make_article("train", "🚃 二両編成の図書館が走る", 18),
    image=Image("https://images.example.com/train.png", "線路の上の赤い図書館", ""),
)
BARE = replace(make_article("bare", "画像も分類もない記事", 17), image=None, categories=(), tags=(), authors=())
DAWN = replace(
    make_article("dawn", "🌄 The Moss That Wakes at Dawn", 16, language="en"),
    summary="Moss in morning light grows twice as fast as moss at noon. Nobody knows why.",
    categories=("Nature",),
    tags=("moss", "light"),
)
BIRDS = replace(
    make_article("birds", "🐦 طيور الفجر في المختبر", 18, language="ar"),
    summary="تنمو الطحالب في ضوء الصباح أسرع مرتين. لا أحد يعرف السبب.",
    categories=("طبيعة",),
    tags=("طحالب", "ضوء"),
    image=Image("https://images.example.com/birds.png", "طيور فوق الماء", ""),
    authors=(Author("سارة"),),
)
FAR = replace(
    make_article("far", "هل ينام المد والجزر؟", 17, language="ar"),
    url="https://tides.example.net/far",
    summary="المد والجزر لا ينامان.",
    image=None,
    categories=(),
    tags=(),
    authors=(),
)
LONG = replace(
    make_article(
        "long", "📚 " + "窓辺の苔を二十日のあいだ三十分ごとに見つづけて分かった、光と水と待つことの関係について" * 2, 15
    ),
    summary="記録は四百八十行になりました。読む人がいるのか、書いた本人にも分かりません。" * 4,
    tags=tuple(f"長い記録の{number}日目" for number in range(1, 13)),
)
BARE_EN = replace(DAWN, id="tag:example.com,2026:bare-en", image=None, categories=(), tags=())
LINKS = (make_article("old1", "先週の宿題", 10), make_article("old2", "🧪 フラスコの歌", 9))

BODIES = {
    **dict.fromkeys((MOSS.id, TRAIN.id, BARE.id), BODY_JA),
    **dict.fromkeys((DAWN.id, BARE_EN.id), BODY_EN),
    **dict.fromkeys((BIRDS.id, FAR.id), BODY_AR),
    LONG.id: make_long_body(),
}
SEVERAL = Selection(articles=(MOSS, TRAIN, BARE, DAWN), links=LINKS)


def make_context(
    template: str = "digest", newsletter: str = "weekly", own: Path | None = None, language: str = "ja"
) -> RenderContext:
    config = make_config(language)
    return RenderContext(
        config=config,
        newsletter_name=newsletter,
        newsletter=config.newsletters[newsletter],
        template=template,
        templates=Templates(own),
        now=NOW,
        marker=MARKER,
        unsubscribe_address=UNSUBSCRIBE_ADDRESS,
    )


def render(selection: Selection, context: RenderContext | None = None) -> RenderedIssue:
    return render_issue(selection, BODIES, context or make_context())


def render_before_inlining(selection: Selection, context: RenderContext) -> str:
    language = choose_language(selection, context.config.site.language)
    variables = build_variables(selection, BODIES, context, language)
    return context.templates.render(f"email/{context.template}/body.html", subject="題", **variables)


def one(article: Article) -> Selection:
    return Selection(articles=(article,))


# Every template in three languages; long, without a picture, without articles. The goldens have these names.
ISSUES = {
    "digest.ja": (SEVERAL, make_context()),
    "digest.en": (Selection(articles=(DAWN,), links=(replace(DAWN, id="dawn2", title="Moss, again"),)), make_context()),
    "digest.ar": (Selection(articles=(BIRDS, FAR), links=(replace(BIRDS, id="b2", title="عن الحبر"),)), make_context()),
    "digest-long.ja": (one(LONG), make_context()),
    "digest-bare.en": (one(BARE_EN), make_context()),
    "digest-nothing.ja": (Selection(), make_context()),
    "digest-nothing.ar": (Selection(), make_context(language="ar")),
    "article.ja": (one(MOSS), make_context("article", "fresh")),
    "article.en": (one(DAWN), make_context("article", "fresh")),
    "article.ar": (one(BIRDS), make_context("article", "fresh")),
    "article-several.ja": (SEVERAL, make_context("article", "fresh")),
    "article-long.ja": (one(LONG), make_context("article", "fresh")),
    "article-bare.ja": (one(BARE), make_context("article", "fresh")),
    "article-nothing.ja": (Selection(), make_context("article", "fresh")),
    "article-nothing.en": (Selection(), make_context("article", "fresh", language="en")),
    "headlines.ja": (SEVERAL, make_context("headlines")),
    "headlines.en": (Selection(articles=(DAWN,), links=(replace(DAWN, id="dawn2"),)), make_context("headlines")),
    "headlines.ar": (Selection(articles=(BIRDS, FAR)), make_context("headlines")),
    "headlines-long.ja": (one(LONG), make_context("headlines")),
    "headlines-bare.ar": (one(FAR), make_context("headlines")),
    "headlines-nothing.ja": (Selection(), make_context("headlines")),
    "plain.ja": (SEVERAL, make_context("plain")),
    "plain.en": (one(DAWN), make_context("plain", "fresh")),
    "plain.ar": (Selection(articles=(BIRDS, FAR)), make_context("plain")),
    "plain-long.ja": (one(LONG), make_context("plain")),
    "plain-bare.en": (one(BARE_EN), make_context("plain", language="en")),
    "plain-nothing.ja": (Selection(), make_context("plain")),
}
WITH_HTML = [name for name in ISSUES if not name.startswith("plain")]
