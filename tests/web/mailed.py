"""A served site with issues that went out: a digest, a letter, single articles, one that waits and one cancelled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from publisher.app.audiences import NewIssue
from publisher.app.context import Context
from publisher.app.freezing import create_issue
from publisher.app.issuing import cancel
from publisher.app.oneoff import plan_letter
from publisher.app.people import add_subscriber
from publisher.app.reading import scan
from publisher.model.article import Article
from publisher.model.issue import Issue, Selection
from tests.site import Site
from tests.web.served import WEB, Served, serve

MAILED = WEB + "mail: {images: {measure: false}}\n"
LETTER = """\
---
title: 冬のお便り ❄️
---

{{ subscriber.name | default("読者 & 友人") }}さんへ。**雪**がふりました。連絡先は {{ subscriber.email }} です。

[これまで](https://note.example/all)
"""
INTRO = "こんにちは、{{ subscriber.name }}さん。*今週*の話です。"


@dataclass
class Mailed:
    """`digest` has three cards and a link, `single` one article in full; `held` waits, `cancelled` never went out."""

    served: Served
    articles: dict[str, Article]
    digest: Issue
    letter: Issue
    single: Issue
    held: Issue
    cancelled: Issue


@contextmanager
def serve_mailed(site: Site, config: str = MAILED) -> Iterator[Mailed]:
    write_articles(site)
    with serve(site, config) as served:
        yield mail(served)


def write_articles(site: Site) -> None:
    site.write("snow.md", "雪をはかる", excerpt="積もった雪を音ではかります。", category="技術", tags=["雪", "音"])
    site.write("tea.md", "お茶と温度", excerpt="60度の理由。", image="https://images.example/tea.png")
    site.write("lamp.md", "Lamps & <light>", excerpt="On 1 < 2.", lang="en")
    site.write("moss.md", "苔の庭", body="## 朝\n\n苔は**しずか**です。[雪](snow.md)も。\n\n```python\nx = 1\n```\n")
    site.write("late.md", "そのほか")


def mail(served: Served) -> Mailed:
    context = served.context
    found = {article.path.rpartition("/")[2].removesuffix(".md"): article for article in scan(context).articles}
    add_subscriber(context, "hana@reader.example", ["weekly", "new-article"], name="花子")
    cards = (found["snow"], found["tea"], found["lamp"])
    selection = Selection(articles=cards, links=(found["late"],), intro=INTRO)
    (served.site.folder / "letter.md").write_text(LETTER, encoding="utf-8")
    letter = plan_letter(context, "weekly", served.site.folder / "letter.md").selection
    single = Selection(articles=(found["moss"],))
    held, ended = Selection(articles=(found["snow"],)), Selection(articles=(found["tea"],))
    return Mailed(
        served,
        found,
        digest=make(context, NewIssue("weekly", selection, "digest", pass_to=None)),
        letter=make(context, NewIssue("weekly", letter, "digest", pass_to=None)),
        single=make(context, NewIssue("new-article", single, "article", pass_to=None)),
        held=make(context, NewIssue("new-article", held, "article", pass_to=None, hold=True)),
        cancelled=cancel(context, make(context, NewIssue("new-article", ended, "article", pass_to=None)).id),
    )


def make(context: Context, new: NewIssue) -> Issue:
    issue = create_issue(context, new, lambda _: None)
    assert issue is not None
    return issue
