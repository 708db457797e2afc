"""What the product itself says on pages about feeds, in Japanese and English; other languages get English. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FeedWords:
    """Templates use these as `words.subscribe_to(…)` and so on."""

    language: str
    subscribe: str
    what: str
    what_text: str
    address: str
    address_help: str
    formats: str
    rss: str
    atom: str
    json: str
    categories: str
    tags: str
    more: str
    all_feeds: str
    all_feeds_text: str
    all_feeds_link: str
    paste: str
    paste_text: str
    home: str
    made_with: str
    opened: str
    opened_more: str
    _count: str
    _one: str
    _left_out: str

    def count(self, number: int) -> str:
        """How many feeds a list holds."""
        return self._one if number == 1 else self._count.format(number=f"{number:,}")

    def left_out(self, number: int) -> str:
        """How many are only in the list of all feeds."""
        return self._left_out.format(number=f"{number:,}")


def words_for(language: str) -> FeedWords:
    """The words for a language tag such as `ja`, `ja-JP` or `en-GB`."""
    return _JAPANESE if language.partition("-")[0].lower() == "ja" else _ENGLISH


_JAPANESE = FeedWords(
    language="ja",
    subscribe="フィードで購読する",
    what="フィードとは",
    what_text="フィードは、新しい記事の一覧をいつも同じアドレスで配る仕組みです。"
    "このアドレスをフィードリーダーに登録しておくと、メールアドレスもアカウントも渡さずに、新着が自動で届きます。",
    address="このアドレスをコピー",
    address_help="クリックやタップで全体が選ばれます。コピーして、リーダーの「フィードを追加」へどうぞ。",
    formats="形式",
    rss="ほぼすべてのリーダーで読めます。迷ったらこれを。",
    atom="中身は同じです。Atom だけに対応したリーダーに。",
    json="中身は同じです。プログラムから使うときに。",
    categories="カテゴリー別",
    tags="タグ別",
    more="そのほかのフィード",
    all_feeds="まとめて登録する",
    all_feeds_text="このサイトの全フィードの一覧（OPML）です。リーダーの「インポート」で読み込めます。",
    all_feeds_link="一覧をひらく",
    paste="サイトを作っている方へ",
    paste_text="次の行をページの <head> に置くと、ブラウザーやリーダーがフィードを自動で見つけます。",
    home="サイトへ戻る",
    made_with="publisher で配信しています。",
    opened="これはフィードです。アドレスバーのアドレスをコピーして、フィードリーダーに登録してください。",
    opened_more="くわしくは",
    _count="{number}件",
    _one="1件",
    _left_out="記事の多いものだけを載せています。ほかの{number}件は、下の一覧（OPML）にあります。",
)
_ENGLISH = FeedWords(
    language="en",
    subscribe="Subscribe by feed",
    what="What is a feed?",
    what_text="A feed lists the newest articles of a site at an address that never changes. "
    "Add that address to a feed reader, and what is new comes to you by itself: no account here, no e-mail address.",
    address="Copy this address",
    address_help="One click or tap selects all of it. Paste it where your reader says “add feed”.",
    formats="Formats",
    rss="Every reader takes it. If in doubt, take this one.",
    atom="The same articles, for readers that prefer Atom.",
    json="The same articles, for programs.",
    categories="By category",
    tags="By tag",
    more="Further feeds",
    all_feeds="All of them at once",
    all_feeds_text="A list of all feeds of this site (OPML), for the import of your reader.",
    all_feeds_link="Open the list",
    paste="If you make this site",
    paste_text="With these lines in the <head> of a page, browsers and readers find the feeds by themselves.",
    home="Back to the site",
    made_with="Published with publisher.",
    opened="This is a feed. Copy the address from the address bar into your feed reader.",
    opened_more="How it works:",
    _count="{number} feeds",
    _one="1 feed",
    _left_out="Those with the most articles; {number} more are in the list (OPML) below.",
)
