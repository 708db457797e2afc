"""The heading that a body begins with."""

from __future__ import annotations

import pytest

from publisher.sources.headings import split_heading, without_heading


@pytest.mark.parametrize(
    ("body", "heading", "rest"),
    [
        ("# 麹のはなし\n\n本文\n", "麹のはなし", "\n本文\n"),
        ("\n\n#  **麹** ##\n本文\n", "麹", "本文\n"),
        ("<!-- lint off -->\n# 麹 {#top}\n本文\n", "麹", "本文\n"),
        ("麹\n===\n本文\n", "麹", "本文\n"),
        ("# 麹", "麹", ""),
        ("## 麹\n", "", "## 麹\n"),
        ("#麹\n", "", "#麹\n"),
        ("本文\n# 麹\n", "", "本文\n# 麹\n"),
        ("#\n本文\n", "", "#\n本文\n"),
    ],
)
def test_a_heading_at_the_top_is_taken_off(body: str, heading: str, rest: str) -> None:
    assert split_heading(body) == (heading, rest)


def test_only_a_heading_that_repeats_the_title_goes() -> None:
    assert without_heading("# 麹\n本文\n", "麹") == "本文\n"
    assert without_heading("# 味噌\n本文\n", "麹") == "# 味噌\n本文\n"
    assert without_heading("本文\n", "") == "本文\n"
