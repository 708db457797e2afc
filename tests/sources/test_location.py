"""What the path of a file says."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.sources.location import (
    date_in_address,
    date_in_folders,
    date_in_name,
    find_language_folders,
    locate,
    to_language,
    without_date,
)

TOKYO = ZoneInfo("Asia/Tokyo")
JA_EN = frozenset({"ja", "en"})


@pytest.mark.parametrize(
    ("path", "name", "folders", "language"),
    [
        ("koji.md", "koji", (), None),
        ("2026/01/koji.md", "koji", ("2026", "01"), None),
        ("posts/koji/index.md", "koji", ("posts",), None),
        ("posts/koji/index.ja.md", "koji", ("posts",), "ja"),
        ("posts/koji/INDEX.md", "koji", ("posts",), None),
        ("index.md", "index", (), None),
        ("koji.zh-tw.md", "koji", (), "zh-TW"),
        ("koji.v2.md", "koji.v2", (), None),
        ("node.js.md", "node.js", (), None),
        (".ja.md", ".ja", (), None),
        ("en/posts/koji.md", "koji", ("posts",), "en"),
        ("ja/koji/index.md", "koji", (), "ja"),
        ("it/koji.md", "koji", ("it",), None),
        ("en/koji.ja.md", "koji", (), "ja"),
        ("か\u3099/き\u3099.md", "ぎ", ("が",), None),
    ],
)
def test_a_path_is_taken_apart(path: str, name: str, folders: tuple[str, ...], language: str | None) -> None:
    found = locate(path, JA_EN)
    assert (found.name, found.folders, found.language) == (name, folders, language)


def test_bundles_sections_and_drafts_are_told() -> None:
    assert locate("a/index.md").is_bundle
    assert not locate("index.md").is_bundle
    assert locate("posts/_index.md").is_section
    assert locate("_index.ja.md").is_section
    assert locate("_drafts/a.md").is_draft
    assert locate("draft-a.md").is_draft
    assert not locate("drafting.md").is_draft


def test_posts_lie_below_their_marker() -> None:
    found = locate("cooking/soup/_posts/2026/2026-01-08-miso.md")
    assert (found.above_posts, found.posts) == (("cooking", "soup"), ("2026",))
    assert (locate("a/b.md").above_posts, locate("a/b.md").posts) == ((), ("a",))


@pytest.mark.parametrize(
    ("paths", "site", "expected"),
    [
        (["ja/a.md", "en/a.md", "posts/a.md"], "ja", {"ja", "en"}),
        (["ja/a.md", "posts/a.md"], "ja-JP", {"ja"}),
        (["it/a.md", "posts/a.md"], "ja", set()),
        (["it/a.md", "fr/a.md"], "ja", {"it", "fr"}),
        (["zh_tw/a.md", "en/a.md"], "ja", {"zh_tw", "en"}),
        (["a.md", "ja.md"], "ja", set()),
    ],
)
def test_top_folders_stand_for_languages_when_there_is_more_than_a_chance_name(
    paths: list[str], site: str, expected: set[str]
) -> None:
    assert find_language_folders(paths, site) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("ja", "ja"), ("zh_tw", "zh-TW"), ("zh-hant", "zh-Hant"), ("es-419", "es-419"), ("js", None), ("日本", None)],
)
def test_languages_are_written_as_rfc_5646_has_them(text: str, expected: str | None) -> None:
    assert to_language(text) == expected


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("2020-12-2-title.md", "2020-12-02"),
        ("20260108-title.md", "2026-01-08"),
        ("2021-08-01-bundle/index.md", "2021-08-01"),
        ("title.md", None),
        ("2020-13-45-title.md", None),
        ("202601081-title.md", None),
    ],
)
def test_a_name_may_begin_with_a_date(path: str, day: str | None) -> None:
    found = date_in_name(locate(path), TOKYO)
    assert (found and found.date().isoformat()) == day


def test_addresses_and_folders_hold_dates_too() -> None:
    address = date_in_address("2025/08/05/slug", TOKYO)
    assert address is not None
    assert address.isoformat() == "2025-08-05T00:00:00+09:00"
    assert date_in_address("2025/99/05/slug", TOKYO) is None
    by_day, has_day = date_in_folders(locate("blog/2021/02/03/a.md"), TOKYO)
    assert by_day is not None
    assert (by_day.date().isoformat(), has_day) == ("2021-02-03", True)
    by_month, has_day = date_in_folders(locate("Posts/2021/02/a.md"), TOKYO)
    assert by_month is not None
    assert (by_month.date().isoformat(), has_day) == ("2021-02-01", False)
    assert date_in_folders(locate("2021/a.md"), TOKYO) == (None, False)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2026-01-08-miso", "miso"),
        ("2026-1-8_miso", "miso"),
        ("2026-01-08", "2026-01-08"),
        ("20260108-a", "20260108-a"),
    ],
)
def test_a_date_is_taken_off_but_never_all_there_is(name: str, expected: str) -> None:
    assert without_date(name) == expected


@given(st.lists(st.text("ab.-_ 0123456789ja日", min_size=1, max_size=12), min_size=1, max_size=5))
def test_any_path_has_a_name_and_a_date_or_none(parts: list[str]) -> None:
    found = locate("/".join(parts) + ".md", JA_EN)
    assert found.name
    assert "/" not in found.name
    date_in_name(found, TOKYO)
    date_in_folders(found, TOKYO)
