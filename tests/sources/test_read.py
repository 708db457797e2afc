"""One file -> one article, or one clear problem."""

from __future__ import annotations

import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.model.article import Article, Author, Image
from publisher.model.source import SourceFile
from publisher.sources.lookup import FrontMatterError
from publisher.sources.outcome import ReadFile
from publisher.sources.read import load_file, read_body, read_file
from publisher.sources.rules import ReadingRules

RULES = ReadingRules("https://note.example", "/articles/{stem}", "ja", ZoneInfo("Asia/Tokyo"))
HEAD = 'title: "題"\ndate: "2026-01-08"\n'


def read(folder: Path, text: str | bytes, name: str = "20260108-post.md") -> ReadFile:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    status = path.stat()
    return read_file(folder, SourceFile(name, status.st_size, status.st_mtime_ns), RULES)


def article(folder: Path, front: str = "", body: str = "本文です。", name: str = "20260108-post.md") -> Article:
    result = read(folder, f"---\n{HEAD}{front}\n---\n\n{body}\n", name)
    assert result.problem is None, str(result.problem)
    assert result.article is not None
    return result.article


def problem(folder: Path, front: str) -> str:
    result = read(folder, f"---\n{front}\n---\n\n本文\n", "post.md")
    assert result.article is None
    return str(result.problem)


def test_a_post_in_the_owners_style_is_read_whole(tmp_path: Path) -> None:
    found = article(
        tmp_path,
        'excerpt: "ひとことで言うと、すごい。"\n'
        'category: "AI技術"\n'
        'tags: ["AI半導体", "省エネ🌱"]\n'
        'image: "https://img.example/a.png?auto=compress&cs=tinysrgb"\n'
        'imageCredit: "撮影: 山田 on Photos"\n',
    )
    assert found.title == "題"
    assert found.published.isoformat() == "2026-01-08T00:00:00+09:00"
    assert found.updated == found.published
    assert found.summary == "ひとことで言うと、すごい。"
    assert (found.categories, found.tags) == (("AI技術",), ("AI半導体", "省エネ🌱"))
    assert found.image == Image("https://img.example/a.png?auto=compress&cs=tinysrgb", "", "撮影: 山田 on Photos")
    assert found.url == "https://note.example/articles/20260108-post"
    assert found.id.startswith("tag:note.example,2026:")
    assert (found.language, found.draft, found.in_feeds, found.in_newsletters) == ("ja", False, True, True)


@pytest.mark.parametrize(
    ("front", "field", "expected"),
    [
        ("updated: 2026-02-01", "updated", "2026-02-01T00:00:00+09:00"),
        ("updated: 2025-12-31", "updated", "2026-01-08T00:00:00+09:00"),
        ("slug: my-slug", "url", "https://note.example/articles/my-slug"),
        ("slug: 007", "url", "https://note.example/articles/007"),
        ("slug: 日記/あ", "url", "https://note.example/articles/%E6%97%A5%E8%A8%98%2F%E3%81%82"),
        ("id: 'urn:uuid:1'", "id", "urn:uuid:1"),
        ("guid: 'https://old.example/?p=1'", "id", "https://old.example/?p=1"),
        ("draft: true", "draft", "True"),
        ("draft: null", "draft", "False"),
        ("published: false", "draft", "True"),
        ("published: 2026-01-01", "draft", "False"),
        ('draft: "false"', "draft", "False"),
        ("newsletter: false", "in_newsletters", "False"),
        ("feed: false", "in_feeds", "False"),
        ('email_subject: "【速報】 題"', "email_subject", "【速報】 題"),
        ("lang: zh_TW", "language", "zh-TW"),
        ("image: ''", "image", "None"),
        ("tags: a, b , a,", "tags", "('a', 'b')"),
        ("tags: [AI, ai, ＡＩ]", "tags", "('AI',)"),
        ("tags: [{slug: a, label: 猫}]", "tags", "('猫',)"),
        ("tags:", "tags", "()"),
        ("categories: [技術, 日記]", "categories", "('技術', '日記')"),
        ("topics: [猫, 犬]", "tags", "('猫', '犬')"),
        ("taxonomies: {tags: [猫], categories: [日記]}", "tags", "('猫',)"),
        ("taxonomies: {tags: [猫], categories: [日記]}", "categories", "('日記',)"),
    ],
)
def test_each_field_is_understood(tmp_path: Path, front: str, field: str, expected: str) -> None:
    value = getattr(article(tmp_path, front), field)
    assert (value.isoformat() if field == "updated" else str(value)) == expected


@pytest.mark.parametrize(
    ("name", "front", "expected"),
    [
        ("2020-12-2-title.md", "", "2020-12-02T00:00:00+09:00"),
        ("sub/20260108-title.md", "", "2026-01-08T00:00:00+09:00"),
        ("2020-12-02-title.md", "date: 2021-01-01", "2021-01-01T00:00:00+09:00"),
        ("2020-12-02-title.md", "updated: 2021-01-01", "2020-12-02T00:00:00+09:00"),
        ("title.md", "updated: 2021-01-01", "2021-01-01T00:00:00+09:00"),
    ],
)
def test_the_date_is_in_the_field_or_the_name_or_that_of_the_last_change(
    tmp_path: Path, name: str, front: str, expected: str
) -> None:
    result = read(tmp_path, f"---\ntitle: 題\n{front}\n---\n\n本文\n", name)
    assert result.article is not None
    assert result.article.published.isoformat() == expected


@pytest.mark.parametrize("name", ["post.md", "202613-post.md", "20261301-post.md", "202601081-post.md"])
def test_a_name_that_begins_with_no_date_gives_none(tmp_path: Path, name: str) -> None:
    result = read(tmp_path, "---\ntitle: 題\n---\n", name)
    assert str(result.problem) == f'{name}:1: date: is missing; write a line such as date: "2026-01-08"'


def test_authors_come_in_every_shape(tmp_path: Path) -> None:
    assert article(tmp_path, "author: 佐藤, 花子").authors == (Author("佐藤, 花子"),)
    found = article(tmp_path, "authors: [甲, {name: 乙, url: /me, email: b@b.example}]").authors
    assert found == (Author("甲"), Author("乙", "b@b.example", "https://note.example/me"))


def test_an_escaped_ampersand_is_unescaped_once(tmp_path: Path) -> None:
    image = article(tmp_path, 'image: "https://img.example/a.png?a=1&amp;b=2&#38;c=3&#x26;d=4&copy=5&section=6"').image
    assert image is not None
    assert image.url == "https://img.example/a.png?a=1&b=2&c=3&d=4&copy=5&section=6"


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("/img/a.png", "https://note.example/img/a.png"),
        ("img/絵.png", "https://note.example/articles/img/%E7%B5%B5.png"),
        ("//cdn.example/a.png", "https://cdn.example/a.png"),
        ("{src: /a.png, alt: 猫の絵}", "https://note.example/a.png"),
    ],
)
def test_images_are_absolute(tmp_path: Path, value: str, url: str) -> None:
    image = article(tmp_path, f"image: {value}").image
    assert image is not None
    assert image.url == url


def test_without_an_excerpt_the_beginning_is_the_summary(tmp_path: Path) -> None:
    assert article(tmp_path, body="## 見出し\n\n**最初**の段落です。\n\n次の段落。").summary.startswith(
        "最初の段落です。"
    )


@pytest.mark.parametrize(
    ("front", "message"),
    [
        ('date: "2026-01-08"', "post.md:1: title: is missing"),
        ('title: ""\ndate: "2026-01-08"', "post.md:2: title: is missing"),
        ('title: "題"\ndate: {a: b}', "post.md:3: date: found {'a': 'b'}, expected text"),
        ('title: "題"\ndate: "2017-02-29"', "post.md:3: date: '2017-02-29' is a date that does not exist"),
        ('title: "題"\ndate: TBD', "post.md:3: date: 'TBD' is not a date"),
        ('title: ["題"]\ndate: "2026-01-08"', "post.md:2: title: found ['題'], expected text"),
        (HEAD + "draft: maybe", "post.md:4: draft: found 'maybe', expected true or false"),
        (HEAD + "expires: soon", "post.md:4: expires: 'soon' is not a date"),
        (HEAD + "slug: [a]", "post.md:4: slug: found ['a'], expected text"),
        (HEAD + "id: {a: b}", "post.md:4: id: found {'a': 'b'}, expected text"),
        (HEAD + "title: [", "post.md:"),
    ],
)
def test_a_problem_names_file_line_and_field(tmp_path: Path, front: str, message: str) -> None:
    assert problem(tmp_path, front).startswith(message)


@pytest.mark.parametrize(
    ("front", "message"),
    [
        ("updated: TBD", "4: updated: 'TBD' is not a date"),
        ("excerpt: [a]", "4: excerpt: found ['a'], expected text"),
        ("tags: {a: b}", "4: tags: found {'a': 'b'}, expected a list"),
        ("tags: [" + "長" * 101 + "]", "4: tags: found"),
        ("image: 'data:image/png;base64,xx'", "4: image: found 'data:image/png"),
        ("lang: Klingon (modern)", "4: lang: found 'Klingon (modern)', expected a language"),
        ("author: {name: 甲, url: 'javascript:x'}", "4: author: found"),
        ("author: {name: 甲, email: nobody}", "4: author: found"),
        ('permalink: "/posts/{{ title | slugify }}/"', "4: permalink: found"),
        ("permalink: /:nobody/:title/", "4: permalink: found"),
        ('tags: ["手元で "動く" AI", "省電力"]', '4: tags: has a " or a \\ inside quotes'),
    ],
)
def test_an_article_is_read_without_a_field_that_is_wrong_and_says_so(tmp_path: Path, front: str, message: str) -> None:
    result = read(tmp_path, f"---\n{HEAD}{front}\n---\n\n本文\n")
    assert result.article is not None
    (note,) = result.notes
    assert str(note).startswith(f"20260108-post.md:{message}")


def test_a_wrong_date_costs_nothing_where_the_name_has_one(tmp_path: Path) -> None:
    result = read(tmp_path, '---\ntitle: "題"\ndate: TBD\n---\n')
    assert result.article is not None
    assert result.article.published.isoformat() == "2026-01-08T00:00:00+09:00"
    assert [str(note) for note in result.notes] == [
        '20260108-post.md:3: date: \'TBD\' is not a date; write "2026-01-08" or "2026-01-08T09:30:00+09:00"'
    ]


def test_files_that_are_no_text_are_explained(tmp_path: Path) -> None:
    assert "is not UTF-8 text" in str(read(tmp_path, b"---\ntitle: \xff\xfe\n---\n").problem)
    shift_jis = f"---\n{HEAD}---\n本文\n".encode("shift_jis")
    assert str(read(tmp_path, shift_jis).problem) == "20260108-post.md:2: is not UTF-8 text; save it as UTF-8"


def test_byte_order_marks_and_utf_16_are_read(tmp_path: Path) -> None:
    text = f"---\n{HEAD}---\n本文\n"
    for raw in (b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16")):
        found = read(tmp_path, raw).article
        assert found is not None
        assert found.title == "題"


def test_control_characters_go_and_decomposed_letters_are_composed(tmp_path: Path) -> None:
    found = read(tmp_path, '---\ntitle: "か\u3099\x0b題"\ndate: "2026-01-08"\n---\n\x00本文\x92\n'.encode())
    assert found.article is not None
    assert found.article.title == "が題"
    assert read_body(tmp_path, found.article) == "本文\n"


def test_a_file_that_is_far_too_large_is_not_read(tmp_path: Path) -> None:
    result = read_file(tmp_path, SourceFile("big.md", 6_000_000, 0), RULES)
    assert str(result.problem) == "big.md: is larger than 5 MB; not read"


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file that is longer than the system says")
def test_a_file_that_grows_while_it_is_read_is_read_to_its_end() -> None:
    path = Path("/proc/version")
    assert path.stat().st_size == 0
    assert load_file(str(path), 0) == path.read_bytes() != b""


@pytest.mark.parametrize("known", [0, 1, 199_999, 200_000, 200_001, 4_000_000])
def test_a_file_that_has_changed_its_size_is_read_to_its_end(tmp_path: Path, known: int) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(b"0123456789" * 20_000)
    assert load_file(str(path), known) == path.read_bytes()


@pytest.mark.parametrize("known", [0, 1, 4_999_999, 5_000_000])
def test_a_file_that_has_become_far_too_large_is_not_read(tmp_path: Path, known: int) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(bytes(5_000_000))
    assert len(load_file(str(path), known)) == 5_000_000
    path.write_bytes(bytes(5_000_001))
    with pytest.raises(FrontMatterError, match="is larger than 5 MB; not read"):
        load_file(str(path), known)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=st.one_of(st.binary(max_size=300), st.text(max_size=200).map(lambda t: t.encode("utf-8", "surrogatepass"))))
def test_any_bytes_give_an_article_or_a_clear_problem(tmp_path: Path, raw: bytes) -> None:
    for content in (raw, b"---\n" + raw + b"\n---\n", b"---\n" + HEAD.encode() + raw + b"\n---\n" + raw):
        result = read(tmp_path, content)
        assert (result.article is None) != (result.problem is None)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    key=st.sampled_from(["title", "date", "tags", "category", "image", "author", "draft", "slug", "id", "updated"]),
    value=st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20)),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
        max_leaves=6,
    ),
)
def test_any_value_in_any_field_gives_an_article_or_a_problem_with_its_line(
    tmp_path: Path, key: str, value: object
) -> None:
    import json  # noqa: PLC0415 - JSON is the easiest YAML to write

    fields = {"title": "題", "date": "2026-01-08", key: value}
    lines = "\n".join(f"{name}: {json.dumps(item)}" for name, item in fields.items())
    result = read(tmp_path, f"---\n{lines}\n---\n本文\n")
    assert (result.article is None) != (result.problem is None)
    if result.problem is not None:
        assert result.problem.line is not None
