"""Whatever goes in: nothing unsafe comes out, nothing raises, and twice is the same."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.markup.characters import clean, clean_line
from publisher.markup.graphemes import split_graphemes
from publisher.markup.html import render_html
from publisher.markup.mail import to_mail_html
from publisher.markup.place import Place
from publisher.markup.plain import render_text, strip_inline, summarise
from publisher.model.article import BodyFormat
from tests.markup.strategies import PLACE, bodies, find_faults, lines, places

_SETTINGS = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(bodies, places)
@_SETTINGS
def test_any_body_is_safe_html(body: str, place: Place) -> None:
    html = render_html(body, place)
    assert find_faults(html) == []
    assert unicodedata.is_normalized("NFC", html)
    assert clean(html) == html
    assert render_html(body, place) == html


@given(bodies, places)
@_SETTINGS
def test_any_body_is_safe_in_a_mail(body: str, place: Place) -> None:
    html = render_html(body, place)
    mail = to_mail_html(html)
    assert find_faults(mail) == []
    assert to_mail_html(html) == mail


@given(bodies)
@_SETTINGS
def test_any_html_at_all_can_be_given_to_the_mail_renderer(html: str) -> None:
    assert find_faults(to_mail_html(html)) == []


@given(bodies, places)
@_SETTINGS
def test_any_body_has_a_text(body: str, place: Place) -> None:
    text = render_text(body, place)
    assert clean(text) == text
    assert text == text.strip("\n")
    assert render_text(body, place) == text


@given(bodies, st.sampled_from(BodyFormat))
@_SETTINGS
def test_any_body_has_a_summary_of_one_line(body: str, body_format: BodyFormat) -> None:
    summary = summarise(body, 40, body_format)
    assert clean_line(summary) == summary
    assert len(split_graphemes(summary)) <= 40


@given(lines)
@_SETTINGS
def test_any_title_is_one_plain_line(title: str) -> None:
    line = strip_inline(title)
    assert clean_line(line) == line


# Shapes that have broken sanitisers: each parser sees another tree.
@pytest.mark.parametrize(
    "body",
    [
        '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
        '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
        '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<iframe src=https://a.example><img src=x onerror=alert(1)>",
        "<title><img src=x onerror=alert(1)></title><textarea><script>x</script></textarea>",
        "<xmp><script>alert(1)</script></xmp><plaintext><script>alert(1)</script>",
        "<a href=\"jav&#x0A;ascript:alert(1)\">x</a><a href='&#1;javascript:alert(1)'>y</a>",
        '<a href="java\tscript:alert(1)">x</a> [z](<java&Tab;script:alert(1)>)',
        "<img src=`x`onerror=alert(1)> <img/src=x/onerror=alert(1)>",
        "<scr\x00ipt>alert(1)</scr\x00ipt> <scr<script>ipt>alert(1)</script>",
        "<scr\ufeffipt>alert(1)</script> &lt;script&gt;alert(1)&lt;/script&gt;",
        "<!--><img src=x onerror=alert(1)>--> <!--a--!><script>alert(1)</script>",
        "<![CDATA[><script>alert(1)</script>]]> <?xml-stylesheet href='javascript:x'?>",
        '<a href=https://a.example/"onmouseover=alert(1)>x</a>',
        "![x](https://a.example/\"onerror=alert(1)//) [y](https://a.example/'><script>)",
        "<b>\u0338<script>\u0338alert(1)</script>",
        "<object data=data:text/html;base64,PHNjcmlwdD4=></object><embed src=javascript:x>",
        "<a xlink:href=javascript:x><svg><use href=data:x></svg>",
        "<template><script>alert(1)</script></template><select><template><img src=x onerror=1>",
        '<p id="x" id="y" ONCLICK=alert(1) style=background:url(javascript:x)>',
        "</body></html><script>alert(1)</script><p>後",
        # By way of other tools' markup.
        '{{< figure src="javascript:alert(1)" alt="<script>alert(1)</script>" caption="<img src=x onerror=1>" >}}',
        '<div>{{< figure src="x" alt=\'"><script>alert(1)</script>\' >}} {{< youtube "javascript:alert(1)" >}}</div>',
        '{{< link href="javascript:alert(1)" >}} {% asset_link javascript:alert(1) x %} @[card](javascript:alert(1))',
        '[x]({{ "javascript:alert(1)" | url }}) [y]({{ "javascript:alert(1)" | prepend: site.nothing }})',
        '<a href="{{ "javascript:alert(1)" | append: "//" }}">x</a>',
        '<a href="{{ "/x\' onclick=\'alert(1)" | url }}">y</a>',
        '<a href="{{ "/x" | url }}" onclick="{{ alert(1) }}">x</a><p {{ "><script>alert(1)</script>" }}>',
        "{{</* <script>alert(1)</script> */>}} <div>{{</* <script>alert(1)</script> */>}}</div>",
        "{{< highlight html >}}<script>alert(1)</script>{{< /highlight >}}",
        "```html\n<script>alert(1)</script>\n```\n\n```html\n</code></pre><script>alert(1)</script>\n```",
        ':::details <img src=x onerror=alert(1)>\n:::\n\n!!! note "<script>alert(1)</script>"\n    x',
        "$<script>alert(1)</script>$ $$</code><script>alert(1)</script>$$",
        "{漢|か<script>} 語<script>\n: <script>alert(1)</script>",
        "<Link to='javascript:alert(1)'>x</Link> <YouTube id='\"><script>alert(1)</script>' />",
        "<Image src='javascript:alert(1)' alt='\"><script>alert(1)</script>' /> {'<script>alert(1)</script>'}",
        "<div dangerouslySetInnerHTML={{__html: '<script>alert(1)</script>'}} onClick={() => alert(1)} />",
        "<script>\n{`alert(1)`}\n</script>\n\n<iframe src={'javascript:alert(1)'} srcDoc={`<script>`} />",
    ],
)
@pytest.mark.parametrize("body_format", BodyFormat)
def test_known_tricks_come_to_nothing(body: str, body_format: BodyFormat) -> None:
    html = render_html(body, replace(PLACE, format=body_format))
    assert find_faults(html) == []
    assert find_faults(to_mail_html(html)) == []
    assert find_faults(to_mail_html(body)) == []
