"""What the product itself says in a newsletter, in Japanese and English. Pure.

Other languages fall back to English; their dates do too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from publisher.markup.direction import direction_of

_WEEKDAYS = "月火水木金土日"
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Words:
    """Templates use these as `words.read_more`, `words.date(…)` and so on."""

    language: str
    read_more: str
    read_on_web: str
    more_articles: str
    nothing_new: str
    published_by: str
    address: str
    contact: str
    unsubscribe: str
    unsubscribe_how: str
    separator: str
    colon: str
    _why: str
    _others: str
    _one_other: str
    _count: str
    _one: str

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`: words that fall back to English may run against the issue."""
        return direction_of(self.language)

    def why(self, title: str) -> str:
        """Why somebody gets this mail."""
        return self._why.format(title=title)

    def others(self, number: int) -> str:
        """`ほか3本`: the end of a subject that names one article of several; nothing for none."""
        if number < 1:
            return ""
        return self._one_other if number == 1 else self._others.format(number=number)

    def count(self, number: int) -> str:
        """How many articles an issue holds."""
        return self._one if number == 1 else self._count.format(number=number)

    def date(self, moment: datetime) -> str:
        """`2026年11月20日(金)` or `20 November 2026`."""
        if self.language == "ja":
            return f"{moment.year}年{moment.month}月{moment.day}日({_WEEKDAYS[moment.weekday()]})"
        return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def words_for(language: str) -> Words:
    """The words for a language tag such as `ja`, `ja-JP` or `en-GB`."""
    return _WORDS.get(language.partition("-")[0].lower(), _WORDS["en"])


_WORDS = {
    "ja": Words(
        language="ja",
        read_more="続きを読む",
        read_on_web="ウェブで読む",
        more_articles="ほかの記事",
        nothing_new="今回、新しい記事はありません。",
        published_by="発行者",
        address="所在地",
        contact="お問い合わせ",
        unsubscribe="配信を停止する",
        unsubscribe_how="配信を停止するには、次のリンクからそのままメールをお送りください",
        separator="・",
        colon="：",
        _why="このメールは「{title}」の配信を希望された方にお送りしています。",
        _others="ほか{number}本",
        _one_other="ほか1本",
        _count="記事{number}本",
        _one="記事1本",
    ),
    "en": Words(
        language="en",
        read_more="Read on",
        read_on_web="Read on the web",
        more_articles="More articles",
        nothing_new="There is nothing new this time.",
        published_by="Published by",
        address="Address",
        contact="Contact",
        unsubscribe="Unsubscribe",
        unsubscribe_how="To unsubscribe, open this link and send the e-mail as it is",
        separator="·",
        colon=": ",
        _why="You get this e-mail because you signed up for “{title}”.",
        _others="+ {number} more",
        _one_other="+ 1 more",
        _count="{number} articles",
        _one="1 article",
    ),
}
