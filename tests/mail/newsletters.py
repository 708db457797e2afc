"""A made-up site with its articles, for the tests of what a newsletter looks like."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher.config import Config, parse_config
from publisher.mail.render import RenderContext, build_variables, choose_language, render_issue
from publisher.model import Article, Author, Image, RenderedIssue, Selection
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

```sh
moss --grow
    --slowly
```

[^1]: درجة الحرارة 20.
"""


def make_config() -> Config:
    """In this folder, which has a catalogue of Arabic words beside it."""
    return parse_config(CONFIG, Path(__file__).with_name("config.yaml"), {})


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
LINKS = (make_article("old1", "先週の宿題", 10), make_article("old2", "🧪 フラスコの歌", 9))

BODIES = {MOSS.id: BODY_JA, TRAIN.id: BODY_JA, BARE.id: BODY_JA, DAWN.id: BODY_EN, BIRDS.id: BODY_AR, FAR.id: BODY_AR}
SEVERAL = Selection(articles=(MOSS, TRAIN, BARE, DAWN), links=LINKS)


def make_context(template: str = "digest", newsletter: str = "weekly", own: Path | None = None) -> RenderContext:
    config = make_config()
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
