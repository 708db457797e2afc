"""A mail that breaks no rule, to be broken one rule at a time."""

from __future__ import annotations

from dataclasses import replace

from publisher.mail.lint.check import lint
from publisher.mail.lint.finding import Finding
from publisher.mail.lint.proof import Facts, Proof, make_proof
from publisher.mail.slots import Slot, word
from publisher.model.rendered import RenderedIssue

MARKER = "PUB0123456789ABCDEF"
UNSUBSCRIBE = f"mailto:off@ferry.example?subject=unsubscribe%20{word(MARKER, Slot.UNSUBSCRIBE)}"
FACTS = Facts("株式会社わたし舟", "〒100-0000 東京都千代田区見本町1-2-3", "https://ferry.example/contact")
SUBJECT = "渡し舟が時刻表をやめた日"
WORDS = (
    "川の渡し舟が、きのう時刻表をやめました。かわりに乗る人が岸でベルを鳴らすと、舟が迎えに来ます。待ち時間は平均で二分。"
    "船頭の腕時計は、これから夕方の鐘を聞くためだけに使われるそうです。来月には対岸の村でも同じ鐘が鳴ります。"
)
TEXT = f"""\
{SUBJECT}

{WORDS}

https://ferry.example/articles/bell

配信を停止するには、次のリンクからそのままメールをお送りください：
{UNSUBSCRIBE}

{FACTS.name}
{FACTS.address}
{FACTS.contact}
"""
HTML = f"""\
<!DOCTYPE html>
<html lang="ja" dir="ltr">
<head><title>{SUBJECT}</title><meta name="color-scheme" content="light dark">
<style>
@media (prefers-color-scheme: dark) {{
  .sheet {{ background-color: #101418 !important; color: #f0f0f0 !important; }}
  .sheet a {{ color: #9ecbff !important; }}
}}
</style>
</head>
<body>
<div style="display:none;">{WORDS[:40]}</div>
<table role="presentation" width="600"><tr>
<td class="sheet" style="background-color:#ffffff;color:#222222;font-size:16px;">
<h1><a style="color:#0b5d8a;" href="https://ferry.example/articles/bell">{SUBJECT}</a></h1>
<img src="https://ferry.example/bell.png" alt="岸の鐘" width="536">
<p id="more">{WORDS}</p>
<p><a style="color:#0b5d8a;" href="{UNSUBSCRIBE}">配信を停止する</a></p>
<p>{FACTS.name}<br>{FACTS.address}<br><a style="color:#0b5d8a;" href="{FACTS.contact}">お問い合わせ</a></p>
</td></tr></table>
</body>
</html>
"""
GOOD = RenderedIssue(SUBJECT, TEXT, HTML, "ja", MARKER)


def put(html: str) -> RenderedIssue:
    """The good mail with `html` before its first paragraph."""
    return swap('<p id="more">', html + '<p id="more">')


def swap(old: str, new: str) -> RenderedIssue:
    assert old in HTML
    return replace(GOOD, html=HTML.replace(old, new))


def findings_of(issue: RenderedIssue, facts: Facts = FACTS) -> list[Finding]:
    return lint(issue, facts)


def rules_of(issue: RenderedIssue, facts: Facts = FACTS) -> set[str]:
    return {finding.rule for finding in findings_of(issue, facts)}


def proof_of(html: str) -> Proof:
    return make_proof(replace(GOOD, html=html), FACTS)
