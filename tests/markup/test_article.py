"""One whole article of the kind that people write, in all its forms."""

from __future__ import annotations

from publisher.markup.html import render_html
from publisher.markup.mail import to_mail_html
from publisher.markup.place import Place
from publisher.markup.plain import render_text, summarise

_PLACE = Place(
    article_url="https://kiji.example.jp/articles/20260215-sora",
    site_url="https://kiji.example.jp",
    breaks=True,
    prefix="s1-",
)

_MARKDOWN = """\
## 🌤️ 空を読む小さな箱

ベランダに置ける**「そらばこ」**が届きました🎉
雲の*かたち*を見て、[三時間先の雨](/glossary/ame)を知らせます[^1]。

![白い箱と空の写真](<images/そらばこ 1.jpg?w=1200&h=630> "撮影：筆者")

### 1. 数字で見る

| 項目 | 前の型 | **新型** |
|:-----|-------:|:--------:|
| 重さ | 420g | 180g |
| 電池 | 3日 | 30日 |

- [x] 設置
- [ ] 校正
  - 晴れの日に`calibrate --sky`を実行

```python
if cloud > 0.8:
    print("傘を☂")
```

> 「空は毎日ちがう」
> ——開発者のことば

<details><summary>技術の話</summary>

詳細は https://kiji.example.jp/tech/をご覧ください。

</details>

<script>track()</script>

[^1]: 海沿いでは**二時間先**まで。
"""

_HTML = """\
<h2>🌤️ 空を読む小さな箱</h2>
<p>ベランダに置ける<strong>「そらばこ」</strong>が届きました🎉<br>
雲の<em>かたち</em>を見て、<a href="https://kiji.example.jp/glossary/ame">三時間先の雨</a>を知らせます<sup class="footnote-ref"><a href="https://kiji.example.jp/articles/20260215-sora#s1-fn-1" id="s1-fnref-1">1</a></sup>。</p>
<p><img alt="白い箱と空の写真" src="https://kiji.example.jp/articles/images/%E3%81%9D%E3%82%89%E3%81%B0%E3%81%93%201.jpg?w=1200&amp;h=630" title="撮影：筆者"></p>
<h3>1. 数字で見る</h3>
<table>
<thead>
<tr>
<th align="left" scope="col">項目</th>
<th align="right" scope="col">前の型</th>
<th align="center" scope="col"><strong>新型</strong></th>
</tr>
</thead>
<tbody>
<tr>
<td align="left">重さ</td>
<td align="right">420g</td>
<td align="center">180g</td>
</tr>
<tr>
<td align="left">電池</td>
<td align="right">3日</td>
<td align="center">30日</td>
</tr>
</tbody>
</table>
<ul>
<li class="task">☑ 設置</li>
<li class="task">☐ 校正
<ul>
<li>晴れの日に<code>calibrate --sky</code>を実行</li>
</ul>
</li>
</ul>
<pre><code class="language-python"><span class="k">if</span> cloud &gt; <span class="m">0.8</span>:
    print(<span class="s">"傘を☂"</span>)
</code></pre>
<blockquote>
<p>「空は毎日ちがう」<br>
——開発者のことば</p>
</blockquote>
<details><summary>技術の話</summary>
<p>詳細は <a href="https://kiji.example.jp/tech/">https://kiji.example.jp/tech/</a>をご覧ください。</p>
</details>

<section class="footnotes">
<ol>
<li id="s1-fn-1"><p>海沿いでは<strong>二時間先</strong>まで。 <a class="footnote-back" href="https://kiji.example.jp/articles/20260215-sora#s1-fnref-1">↩︎</a></p>
</li>
</ol>
</section>
"""  # noqa: E501 - HTML as it comes

_TEXT = """\
🌤️ 空を読む小さな箱
-------------------

ベランダに置ける「そらばこ」が届きました🎉
雲のかたちを見て、三時間先の雨 [1]を知らせます[*1]。

[白い箱と空の写真]

■ 1. 数字で見る

項目 | 前の型 | 新型
---- | ------ | ----
重さ |   420g | 180g
電池 |    3日 | 30日

☑ 設置
☐ 校正
  - 晴れの日にcalibrate --skyを実行

    if cloud > 0.8:
        print("傘を☂")

> 「空は毎日ちがう」
> ——開発者のことば

技術の話

詳細は https://kiji.example.jp/tech/をご覧ください。

[*1] 海沿いでは二時間先まで。

[1] https://kiji.example.jp/glossary/ame"""


def test_as_html() -> None:
    assert render_html(_MARKDOWN, _PLACE) == _HTML


def test_as_text() -> None:
    assert render_text(_MARKDOWN, _PLACE, 64) == _TEXT


def test_as_mail() -> None:
    mail = to_mail_html(render_html(_MARKDOWN, _PLACE))
    assert mail.startswith("<h3>🌤️ 空を読む小さな箱</h3>")
    assert "<h4>1. 数字で見る</h4>" in mail
    assert "を知らせます<sup>[1]</sup>。" in mail
    assert 'title="撮影：筆者" width="536"></p>' in mail
    assert '<code><span class="k">if</span> cloud &gt; <span class="m">0.8</span>:<br>' in mail
    assert '&nbsp;&nbsp;&nbsp;&nbsp;print(<span class="s">"傘を☂"</span>)</code>' in mail
    assert '<div class="box"><div class="summary">技術の話</div>' in mail
    assert "<p>海沿いでは<strong>二時間先</strong>まで。 </p>" in mail
    assert mail.count("<a ") == 2


def test_as_a_summary() -> None:
    sentence = "ベランダに置ける「そらばこ」が届きました🎉雲のかたちを見て、三時間先の雨を知らせます。"
    assert summarise(_MARKDOWN, 44) == sentence + "…"
    assert summarise(_MARKDOWN) == f"{sentence}詳細は https://kiji.example.jp/tech/をご覧ください。"
