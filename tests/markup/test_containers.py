"""Boxes that other tools have, from each of their ways of writing them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.markup.html import render_html
from publisher.markup.plain import render_text, summarise
from tests.markup.strategies import PLACE


def _html(markdown: str) -> str:
    return render_html(markdown, PLACE).strip()


def _box(kind: str, *lines: str) -> str:
    return f'<blockquote class="admonition {kind}">\n' + "\n".join(lines) + "\n</blockquote>"


@pytest.mark.parametrize(
    "markdown",
    [
        ":::warning\n本文\n:::",
        "::: warning\n本文\n:::",
        ":::Warning {.x}\n本文\n:::",
        ":::message alert\n本文\n:::",
        ":::note warn\n本文\n:::",
        "::::warning\n本文\n::::",
        ":::warning\n本文",
        "!!! warning\n    本文",
        '!!! warning ""\n    本文',
        "!!! attention inline end\n    本文",
        "> [!WARNING]\n> 本文",
        "> [!warning]\n> 本文",
        "> [!WARNING]  \n> 本文",
        "> [!attention]+\n> 本文",
        "{{< warning >}}\n本文\n{{< /warning >}}",
        "{{% notice warning %}}\n本文\n{{% /notice %}}",
        '{{< callout type="warning" >}}\n\n本文\n\n{{< /callout >}}',
        "{% note warning %}\n本文\n{% endnote %}",
    ],
)
def test_every_way_to_write_a_warning(markdown: str) -> None:
    assert _html(markdown) == _box("warning", "<p>⚠️ 本文</p>")
    assert render_text(markdown, PLACE) == "> ⚠️ 本文"


@pytest.mark.parametrize(
    "markdown",
    [
        ":::tip[**題**名]\n本文\n:::",
        "::: tip **題**名\n本文\n:::",
        ":::tip[**題**名]{#id .x}\n\n本文\n\n:::",
        '!!! hint "**題**名"\n    本文',
        "> [!TIP] **題**名\n> 本文",
        "> [!TIP]- **題**名\n>\n> 本文",
        '{{< tip title="**題**名" >}}\n本文\n{{< /tip >}}',
        '{{% notice tip "**題**名" %}}\n本文\n{{% /notice %}}',
        "{% note success **題**名 %}\n本文\n{% endnote %}",
    ],
)
def test_every_way_to_write_a_title(markdown: str) -> None:
    assert _html(markdown) == _box("tip", "<p><strong>💡 <strong>題</strong>名</strong></p>", "<p>本文</p>")
    assert render_text(markdown, PLACE) == "> 💡 題名\n>\n> 本文"


@pytest.mark.parametrize(
    "markdown",
    [
        ":::details 題\n本文\n:::",
        "::: details 題\n本文\n:::",
        '{{< details "題" >}}\n本文\n{{< /details >}}',
        '{{< expand summary="題" >}}\n本文\n{{< /expand >}}',
        "{% folding 題 %}\n本文\n{% endfolding %}",
        '??? note "題"\n    本文',
        '???+ note "題"\n    本文',
    ],
)
def test_every_way_to_fold(markdown: str) -> None:
    assert _html(markdown) == "<details>\n<summary>題</summary>\n<p>本文</p>\n</details>"
    assert render_text(markdown, PLACE) == "題\n\n本文"


@pytest.mark.parametrize(
    ("name", "kind", "sign"),
    [
        ("note", "note", "ℹ️"),
        ("info", "note", "ℹ️"),
        ("message", "note", "ℹ️"),
        ("tip", "tip", "💡"),
        ("important", "important", "❗"),
        ("danger", "caution", "🛑"),
        ("caution", "caution", "🛑"),
    ],
)
def test_kinds_and_their_signs(name: str, kind: str, sign: str) -> None:
    assert _html(f":::{name}\n本文\n:::") == _box(kind, f"<p>{sign} 本文</p>")


def test_boxes_in_boxes_with_more_colons_outside() -> None:
    markdown = ":::::note 一\n::::details 二\n:::tip\n三\n:::\n四\n::::\n五\n:::::\n六"
    assert render_text(markdown, PLACE) == "> ℹ️ 一\n>\n> 二\n>\n> > 💡 三\n>\n> 四\n>\n> 五\n\n六"


def test_boxes_in_boxes_with_as_many_colons() -> None:
    markdown = ":::note\n外\n:::tip\n内\n:::\n外\n:::\n後"
    assert render_text(markdown, PLACE) == "> ℹ️ 外\n>\n> > 💡 内\n>\n> 外\n\n後"


def test_an_outer_end_closes_what_was_forgotten_inside() -> None:
    assert render_text("::::note\n:::tip\n内\n::::\n後", PLACE) == "> ℹ️\n>\n> > 💡 内\n\n後"


def test_a_box_ends_with_the_block_that_it_was_opened_in() -> None:
    assert _html("> :::tip\n> 本文\n\n後").endswith("</blockquote>\n</blockquote>\n<p>後</p>")
    assert _html("- :::tip\n  本文\n- 二\n  :::\n") == (
        "<ul>\n<li>\n" + _box("tip", "<p>💡 本文</p>") + "\n</li>\n<li>二</li>\n</ul>"
    )


def test_a_sign_stands_alone_before_what_is_no_paragraph() -> None:
    assert _html(":::tip\n- 一\n:::") == _box("tip", "<p>💡</p>", "<ul>\n<li>一</li>\n</ul>")
    assert render_text(":::tip\n```\nx\n```\n:::", PLACE) == "> 💡\n>\n>     x"
    assert _html(":::tip\n:::") == _box("tip", "<p>💡</p>")


def test_a_title_alone_is_all_there_is() -> None:
    assert _html("> [!NOTE] 題だけ") == _box("note", "<p>ℹ️ 題だけ</p>")
    assert "題だけ" in _html('!!! note "題だけ"\n\n本文')


def test_what_is_quoted_is_a_quote() -> None:
    assert _html("{% blockquote 梅子 %}\n本文\n{% endblockquote %}") == "<blockquote>\n<p>本文</p>\n</blockquote>"
    assert _html(":::quote\n本文\n:::") == "<blockquote>\n<p>本文</p>\n</blockquote>"


@pytest.mark.parametrize(
    "markdown",
    [
        "!!!すごい",
        "!!! すごいね",
        "!!! note から始まる文。",
        "???",
        "??? 何",
        "> [!OTHER] 引用",
        "> [NOTE]\n> 引用",
        "::: は記号",
        "`:::note`",
        "    :::note\n    本文",
        "```\n:::note\n!!! note\n    x\n```",
    ],
)
def test_what_is_no_box(markdown: str) -> None:
    assert "admonition" not in _html(markdown)
    assert all(word in render_text(markdown, PLACE) for word in markdown.strip("`> ").replace("`", "").split()[:1])


def test_boxes_are_in_no_summary_but_where_there_is_nothing_else() -> None:
    assert summarise(":::note\n注意\n:::\n\n本文。") == "本文。"
    assert summarise("!!! tip\n    助言。") == "💡 助言。"


def test_too_many_in_each_other_are_shown_without_a_box() -> None:
    html = _html("".join(f":::note 段{level}\n" for level in range(40)) + "底")
    assert html.count("<blockquote") == html.count("</blockquote>") == 8
    assert "段39" in html
    assert "底" in html


_LINES = [
    ":::note\n",
    ":::tip 題\n",
    "::::details 題\n",
    ":::\n",
    "::::\n",
    "本文\n",
    "\n",
    "> ",
    "- ",
    "  ",
    "{{< note >}}\n",
]


@given(
    st.lists(st.sampled_from([*_LINES, "{{< /note >}}\n", "!!! tip\n    ", "> [!NOTE]\n"]), max_size=25).map("".join)
)
@settings(deadline=None)
def test_any_order_of_marks_gives_well_formed_boxes(markdown: str) -> None:
    html = _html(markdown)
    assert html.count("本文") == markdown.count("本文")
    assert html.count("<blockquote") == html.count("</blockquote>")
    assert html.count("<details") == html.count("</details>")
