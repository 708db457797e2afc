"""Markdown, HTML and nonsense for the property tests."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import strategies as st
from lxml import etree

from publisher.markup.place import Place
from publisher.model.article import BodyFormat

PLACE = Place("https://news.example.jp/articles/20260108-chip", "https://news.example.jp", prefix="a1-")
BREAKS = Place("https://news.example.jp/articles/20260108-chip/", "https://news.example.jp/blog", breaks=True)

_PIECES = [
    *"*_~`[](){}<>!#-+=|:&\\\"'^@%/.,;$ \t\n\n\n",
    *"あ漢カー、。「」！？（）　한🎉é",
    "👨‍👩‍👧",
    "🇯🇵",
    "が",
    "\u0338",
    "\u200b",
    "\ufeff",
    "\x00",
    "\x0b",
    "\x85",
    "\u2028",
    "\ufffe",
    "\ud800",
    "\r\n",
    "**",
    "~~",
    "```\n",
    "    ",
    "> ",
    "- ",
    "1. ",
    "- [x] ",
    "| a | b |\n|---|:-:|\n| 1 |",
    "[^1]",
    "\n\n[^1]: 注\n\n",
    "^[注]",
    "[a]: /b 'c'\n",
    "![図](",
    "](",
    "[リンク](/道?q=日本#節)",
    "<https://example.com/道>",
    "https://example.com/をご覧",
    "www.example.jp",
    "foo@example.jp",
    "&nbsp;",
    "&#11;",
    "&#xFFFE;",
    "&lt;script&gt;",
    "javascript:alert(1)",
    "JaVa\tScRiPt:alert(1)",
    "data:text/html,<b>",
    "vbscript:x",
    "//evil.example",
    "\\\\evil.example",
    "http://[::1",
    "http://user:p@ss@例え.jp/",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?php",
    "?>",
    "</",
    "/>",
    ' href="',
    " src=",
    " onerror=alert(1)",
    ' style="x"',
    ' srcset="a.png 1x, //b/c.png 2x, javascript:x 3x"',
    ' id="x"',
    ' class="code language-js"',
    "{{< figure src='a' >}}",
    '{{< figure src="javascript:x" alt="図" >}}',
    "{% raw %}",
    "@[card](javascript:x)",
    ":::details 題\n",
    ":::note[題]\n",
    "\n:::\n",
    "::::\n",
    '!!! warning "題"\n    ',
    "> [!TIP]\n> ",
    "{{< highlight js >}}\n",
    "{{< /highlight >}}\n",
    "{{< note >}}\n",
    "{{< /note >}}\n",
    '{{< ref "x.md" >}}',
    "({{ '/x' | relative_url }})",
    '<a href="{{ "/x" | url }}">',
    "{{ site.url }}",
    "{% highlight html %}\n",
    "{% endhighlight %}\n",
    "{% raw %}",
    "{% endraw %}",
    "{% post_link x 題 %}",
    "{{</* x */>}}",
    "$x_1$",
    "\n$$\n",
    "$",
    "\\(a_1\\)",
    "\n\\[\n",
    "{漢|かん}",
    "\n語\n: 意味\n",
    "```js\nlet a = '<b>';\n```\n",
    "```mermaid\n",
    "<!--more-->",
    "{/* truncate */}",
    "{a => '}'}",
    "\nexport const a = {\n",
    "\nimport {\n",
    "\n<Tabs>\n",
    "</Tabs>",
    '<Link to="javascript:x">',
    '<YouTube id=""><script>"/>',
    "<div style={{a: 1}} onClick={() => 1 > 0}>",
    "<Note title='題'>\n",
    "\n</Note>\n",
    "<>",
]
_TAG_NAMES = (
    "a p b i em strong div span br hr img ul ol li table tr td th h1 h2 pre code blockquote script style iframe form "
    "input object embed video audio source svg math template textarea title noscript select option button details "
    "summary figure figcaption ruby rt rp picture base meta link body html head frameset plaintext xmp noembed x-y "
    "annotation-xml mglyph foreignObject wbr center section"
)
_ATTRIBUTES = [
    "",
    ' href="javascript:alert(1)"',
    " href='/a b'",
    " href=#節",
    ' src="a.png"',
    ' src="javascript:x"',
    " src=data:image/png;base64,xx",
    ' data-src="/lazy.png"',
    ' poster="p.jpg"',
    ' srcset="a.png 1x, javascript:x 2x"',
    ' onclick="x()"',
    " ONLOAD=x",
    ' style="position:fixed"',
    ' id="節"',
    ' class="task evil"',
    ' title="a>b&quot;<i>"',
    " type=checkbox checked",
    " width=1200 height=800",
    " formaction=javascript:x",
    " xlink:href=javascript:x",
    ' cite="//q"',
    ' data="movie.swf"',
]

tags = st.builds(
    lambda close, name, attributes, end: f"<{close}{name}{''.join(attributes)}{end}>",
    st.sampled_from(["", "", "/"]),
    st.sampled_from(_TAG_NAMES.split()),
    st.lists(st.sampled_from(_ATTRIBUTES), max_size=3),
    st.sampled_from(["", "", "/", " "]),
)
bodies = st.lists(
    st.one_of(st.sampled_from(_PIECES), st.sampled_from(_PIECES), tags, st.text(max_size=4)), max_size=30
).map("".join)
places = st.builds(replace, st.sampled_from([PLACE, BREAKS]), format=st.sampled_from(BodyFormat))
lines = st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=8)), max_size=12).map("".join)

_PARSER = etree.HTMLParser(encoding="utf-8")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ud800-\udfff\ufffe\uffff]")
_ABSOLUTE = re.compile(r"https?://[!-~]+|mailto:[!-~]+|tel:[!-~]+")
_UNSAFE_NAMES = (
    "script style iframe form input object embed video audio svg math template textarea title noscript select button "
    "base meta link frame frameset plaintext xmp noembed noframes"
)
_UNSAFE_TAGS = frozenset(_UNSAFE_NAMES.split())


def find_faults(html: str) -> list[str]:
    """What must never be in HTML that goes out, as another parser sees it."""
    faults = [f"character {found[0]!r}" for found in _FORBIDDEN.finditer(html)]
    root = etree.fromstring(f"<html><body>{html}</body></html>".encode(), _PARSER)
    for element in root.iter():
        name = str(element.tag)
        if name in _UNSAFE_TAGS:
            faults.append(f"<{name}>")
        for attribute, value in element.attrib.items():
            faults += _faults_of(str(attribute), str(value))
    return faults


def _faults_of(attribute: str, value: str) -> list[str]:
    if attribute.startswith("on") or attribute in {"style", "formaction", "action", "background", "xlink:href"}:
        return [f"attribute {attribute}"]
    urls: list[str] = []
    if attribute in {"href", "src", "cite", "poster", "data"}:
        urls = [value]
    elif attribute == "srcset":
        urls = [candidate.split()[0] for candidate in value.split(", ")]
    return [f"{attribute}={url}" for url in urls if not _ABSOLUTE.fullmatch(url)]
