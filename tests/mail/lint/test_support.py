"""The table of what mail programs know: cut down from caniemail's data, and what is asked of it."""

from __future__ import annotations

import json
import re

from publisher.mail.lint.support import CLIENTS, TABLE, clients_without, distil, load_table


def entry(slug: str, title: str, **stats: dict[str, dict[str, str]]) -> dict[str, object]:
    return {
        "slug": slug,
        "title": title,
        "stats": {name.replace("_", "-"): versions for name, versions in stats.items()},
    }


def test_the_newest_tested_version_of_each_program_counts() -> None:
    facts = {
        "last_update_date": "2026-05-13 14:45:41 +0000",
        "data": [
            entry("css-box-shadow", "box-shadow", gmail={"ios": {"2019-02": "y", "2024-01": "n #1"}}),
            entry("css-gap", "gap, column-gap, row-gap", apple_mail={"macos": {"16": "a #2"}}),
            entry("css-border-radius-logical", "border-radius logical properties"),
            entry("css-at-media-hover", "@media (hover), @media (any-hover)"),
            entry("css-unit-rem", "rem unit"),
            entry("css-function-clamp", "clamp()"),
            entry("css-display-flex", "display:flex"),
            entry("html-video", "<video> element"),
            entry("html-role", "role attribute"),
            entry("html-lists", "<ul>, <ol> and <dl>"),
            entry("image-webp", "webP image format"),
            entry("amp", "AMP for Email"),
        ],
    }
    table = distil(facts, "9.9.9")
    features = table["features"]
    assert isinstance(features, dict)
    assert sorted(features) == [
        *("attribute:role", "element:video", "function:clamp", "image:webp", "media:hover", "property:box-shadow"),
        *("property:column-gap", "property:gap", "property:row-gap", "unit:rem", "value:display:flex"),
    ]
    clients = list(CLIENTS)
    assert features["property:box-shadow"][clients.index("gmail.ios")] == "n"
    assert features["property:gap"][clients.index("apple-mail.macos")] == "a"
    assert set(features["image:webp"]) == {"u"}
    assert "as of 2026-05-13" in str(table["source"])
    assert "9.9.9" in str(table["source"])


def test_the_table_that_ships_is_whole() -> None:
    shipped = json.loads(TABLE.read_text(encoding="utf-8"))
    assert shipped["clients"] == list(CLIENTS)
    assert shipped["licence"].startswith("MIT")
    assert re.search(r"as of \d{4}-\d\d-\d\d", shipped["source"])
    assert len(load_table()) > 200
    assert {len(letters) for letters in load_table().values()} == {len(CLIENTS)}
    assert set("".join(load_table().values())) <= set("ynau")


def test_well_known_facts() -> None:
    assert clients_without("property:border-radius") == ("Outlook (Windows)",)
    assert "Gmail" in clients_without("media:prefers-color-scheme")
    assert "Outlook (Windows)" in clients_without("image:webp")
    assert clients_without("property:color") == ()
    assert clients_without("property:nobody-knows") == ()
