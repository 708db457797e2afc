"""Front matter as nobody means it: strategies for the property tests, and shapes that cost too much if read naively.

`python -m tests.sources.nonsense FOLDER` reads every file in FOLDER and prints what came out as JSON.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from publisher.model.source import SourceFile
from publisher.sources.outcome import ReadFile
from publisher.sources.read import read_file
from publisher.sources.rules import ReadingRules
from publisher.sources.walk import walk

RULES = ReadingRules("https://note.example", "/articles/{stem}", "ja", ZoneInfo("Asia/Tokyo"))

_KEYS = (
    "title post_title seoTitle linktitle date publishDate published_at created createdAt pubDate published updated "
    "lastmod last_update last_modified_at expiryDate expires excerpt description summary teaser subtitle image "
    "thumbnail cover hero images header photo ogImage image_alt heroAlt imageCredit image_caption tags tag topics "
    "categories category taxonomies series keywords draft status private hidden unlisted visibility permalink slug "
    "path url canonical_url aliases link author authors by translator lang language locale id guid uuid cuid layout "
    "emoji type ignorePublish headless feed newsletter email_subject Title DATE image-alt 題名"
)
KEYS = tuple(_KEYS.split())
FENCES = (
    *("---", "---", "---", "----", "--- ", "---yaml", "--- yaml", "---json", "---toml", "---js", "---coffee"),
    *("+++", "+++", "...", "```", "```yaml", "```json", "```toml", "~~~", "", "", "\ufeff---", "\n---", " ---"),
)
VALUES = (
    *(
        "題",
        "2026-01-08",
        '"2026-01-08"',
        "2026-02-30",
        "0000-00-00",
        "TBD",
        "99999999999999",
        "令和99年1月8日",
        "1e309",
    ),
    *("true", "false", "null", "~", "yes", '""', "''", "[]", "{}", "-", "?", ":", "#", "|", ">", "&a", "*a", "!!x y"),
    *("[a, b", "{a: b", "[[a, [b]], c]", "{name: 甲, url: 'javascript:x'}", "[{label: a}, null, true, 1.50]", "*b"),
    *('"a "b" c"', '["a "b", "c"]', '"C:\\x"', '"\\', "'it's'", '"\\ud800"', '"\\x00"', '"\\u0000"', "a: b: c", "a\tb"),
    *(
        "\t",
        "|\n  多い\n  行",
        ">-\n  畳む\n  行",
        "\n  - 甲\n  - 乙",
        "\n- 甲\n- 乙",
        "\n  a:\n    b: c",
        "`code",
        "%x",
        "@y",
    ),
    *(
        "!!python/object/apply:os.system [x]",
        "!!binary aGVsbG8=",
        "!!timestamp 2026-13-45",
        "&a [*a]",
        "&a {b: *a}",
        "<<",
    ),
    *("/{{ slug }}/", "/:year/:month/:title/", "../../..", "//", "http://[", "https://note.example/x", "~/a.png", "\\"),
    *(
        "data:image/png;base64,x",
        "<b>太い</b>",
        "&#0;&#xD800;&amp;",
        "[a](b",
        "**",
        "1767830400000",
        "-1",
        "٢٠٢٦-٠١-٠٨",
    ),
    *(
        "\x00",
        "\x0b",
        "\x85",
        "\u2028",
        "\ufffe",
        "\u202e",
        "👨‍👩‍👧",
        "か\u3099",
        "x" * 300,
        "a," * 50,
        "[" * 30,
        "- " * 30,
    ),
)
SEPARATORS = (": ", ": ", ": ", ":", ":\t", " : ", " = ", "=", "：", " ")
LINE_ENDS = ("\n", "\n", "\n", "\r\n", "\r")
BODIES = (
    *(
        "",
        "本文です。\n",
        "# 題名\n\n本文\n",
        "---\n",
        "+++\n",
        "```yaml\ntitle: x\n```\n",
        "<!--more-->\n",
        "{/* truncate */}\n",
    ),
    *("{{< x >}}\n", "{% raw %}\n", "title: 題\n---\n", "\x00\n", "]]>\n", "<script>\n", "[a]: b\n", "|a|\n|-|\n"),
)
NAMES = ("post.md", "2026-01-08-post.md", "20261399.md", "index.ja.md", "a.mdx", "b.markdown", "c.txt", "2026/01/d.md")

lines = st.builds(
    "{}{}{}".format,
    st.sampled_from(KEYS),
    st.sampled_from(SEPARATORS),
    st.one_of(st.sampled_from(VALUES), st.sampled_from(VALUES), st.text(max_size=20)),
)
blocks = st.lists(st.one_of(lines, lines, lines, st.sampled_from(VALUES), st.text(max_size=30)), max_size=8)
front_matter = st.builds(
    lambda opening, block, closing, body, end: end.join([opening, *block, closing, "", body]).replace("\n", end),
    st.sampled_from(FENCES),
    blocks,
    st.sampled_from(FENCES),
    st.sampled_from(BODIES),
    st.sampled_from(LINE_ENDS),
)
names = st.sampled_from(NAMES)

# Each makes a file of about n units that is as deep as it is long, or grows when it is read.
DEEP: dict[str, Callable[[int], str]] = {
    "open brackets": lambda n: _with("tags: " + "[" * n),
    "brackets": lambda n: _with("tags: " + "[" * n + "]" * n),
    "open braces": lambda n: _with("image: " + "{" * n),
    "braces with keys": lambda n: _with("image: " + "{a: " * n),
    "dashes": lambda n: _with("- " * n),
    "question marks": lambda n: _with("? " * n),
    "deep blocks": lambda n: _with("\n".join(" " * depth + "a:" for depth in range(min(n, 2_000)))),
    "anchors in themselves": lambda n: _with("tags: " + "&a [*a, " * n),
    "a bomb of aliases": lambda n: _with(
        "a0: &a0 [x, x]\n" + "\n".join(f"a{i + 1}: &a{i + 1} [*a{i}, *a{i}]" for i in range(min(n, 2_000)))
    ),
    "toml brackets": lambda n: "+++\na = " + "[" * n + "\n+++\n",
    "toml dots": lambda n: "+++\n" + "a." * min(n, 2_000) + "a = 1\n+++\n",
    "json braces": lambda n: '{"a":' * n,
    "json brackets": lambda n: '{"a": ' + "[" * n,
}
# Each makes a file of about n units that costs the square of n when it is read naively.
LONG: dict[str, Callable[[int], str]] = {
    "anchors": lambda n: _with("\n".join(f"k{i}: &a{i} x" for i in range(n // 4))),
    "keys": lambda n: _with("\n".join(f"k{i}: v" for i in range(n // 4))),
    "the same key": lambda n: _with("tags: a\n" * (n // 4)),
    "tags": lambda n: _with("tags: [" + ", ".join(f"t{i}" for i in range(n // 4)) + "]"),
    "a comma string": lambda n: _with("tags: '" + "a, " * n + "'"),
    "authors": lambda n: _with("authors:\n" + "".join(f"- {{name: a{i}}}\n" for i in range(n // 8))),
    "a long title": lambda n: f"---\ntitle: {'題' * n}\ndate: 2026-01-08\n---\n",
    "a title of stars": lambda n: f"---\ntitle: '{'*a_' * n}'\ndate: 2026-01-08\n---\n",
    "a title of tags": lambda n: f"---\ntitle: '{'<b>' * n}'\ndate: 2026-01-08\n---\n",
    "a title of entities": lambda n: f"---\ntitle: '{'&amp;' * n}'\ndate: 2026-01-08\n---\n",
    "a credit of links": lambda n: _with(f"image: /a.png\nimageCredit: '{'[a](' * n}'"),
    "a date of zeros": lambda n: f"---\ntitle: 題\ndate: {'0' * n}\n---\n",
    "a date of blanks": lambda n: f"---\ntitle: 題\ndate: '2026-01-08{' ' * n}x'\n---\n",
    "a slug of slashes": lambda n: _with("slug: '" + "/" * n + "x'"),
    "a permalink of colons": lambda n: _with("permalink: '/" + ":year/" * n + "'"),
    "a permalink of braces": lambda n: _with("permalink: '/" + "{{" * n + "'"),
    "an image of dots": lambda n: _with("image: '" + "../" * n + "a.png'"),
    "a language of hyphens": lambda n: _with("lang: '" + "a-" * n + "'"),
    "inner quotes": lambda n: _with('excerpt: "' + 'a "b" ' * n + '"'),
    "lines with inner quotes": lambda n: _with('excerpt: "a "b" c"\n' * (n // 4)),
    "backslashes": lambda n: _with('excerpt: "' + "\\x" * n + '"'),
    "blanks": lambda n: _with("excerpt:" + " " * n + "x"),
    "tabs": lambda n: _with("excerpt:\t" + "\t" * n + "x"),
    "block scalars": lambda n: _with("excerpt: |\n" + "  行\n" * n),
    "comments": lambda n: _with("# 注\n" * n),
    "line ends": lambda n: "\r" * n + _with("a: b"),
    "fences": lambda n: "---\n" * n,
    "fences of words": lambda n: "---yaml\n" * n,
    "plus fences": lambda n: "+++\n" * n,
    "a long fence": lambda n: "-" * n + "\ntitle: 題\n" + "-" * n + "\n",
    "fenced blocks": lambda n: "```\n" * n,
    "fenced blocks with keys": lambda n: "```yaml\ntitle: 題\n" * n,
    "backticks": lambda n: "`" * n,
    "tildes": lambda n: "~~~\n" * n,
    "lines of keys": lambda n: "title: 題\n" * n,
    "lines of keys that go on": lambda n: "Title: 題\n" + "    続き\n" * n,
    "words and colons": lambda n: "a:" * n,
    "toml tables": lambda n: "+++\n" + "".join(f"[t{i}]\n" for i in range(n // 4)) + "+++\n",
    "toml quotes": lambda n: '+++\na = """' + '"' * n + "\n+++\n",
    "json keys": lambda n: "{" + ", ".join(f'"k{i}": 1' for i in range(n // 4)) + "}\n",
    "json blanks": lambda n: "{" + " " * n,
    "json digits": lambda n: '{"title": "題", "date": ' + "9" * n + "}\n",
    "a body of comments": lambda n: _with("a: b") + "<!--" * n,
    "a body of truncation": lambda n: _with("a: b") + "{/* " * n,
    "a body of headings": lambda n: _with("a: b") + "# 題\n" * (n // 4),
    "a body of blanks": lambda n: _with("a: b") + " " * n + "#",
    "a body of line ends": lambda n: _with("a: b") + "\n" * n + "# 題\n",
    "nuls": lambda n: _with("a: b") + "\x00" * n,
}


def _with(lines_: str) -> str:
    return f'---\ntitle: "題"\ndate: "2026-01-08"\n{lines_}\n---\n\n本文です。\n\n'


def write(folder: Path, name: str, content: bytes) -> SourceFile:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return SourceFile(name, len(content), 0)


def read(folder: Path, name: str, content: bytes | str) -> ReadFile:
    raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    return read_file(folder, write(folder, name, raw), RULES)


def write_samples(folder: Path, count: int) -> None:
    """The same nonsense each time, from the same pieces as the strategies."""
    pick = random.Random(20260108)  # noqa: S311 - samples, no secrets
    for number in range(count):
        block = [
            pick.choice(KEYS) + pick.choice(SEPARATORS[:6]) + pick.choice(VALUES) for _ in range(pick.randrange(1, 5))
        ]
        opening = pick.choice(FENCES)
        closing = opening.strip() if pick.random() < 0.7 else pick.choice(FENCES)
        # Half of them are sound but for the lines in question, so that more than the first fault is reached.
        if pick.random() < 0.5:
            opening, closing, block = "---", "---", ['title: "題"', "date: 2026-01-08", *block]
        text = pick.choice(LINE_ENDS).join([opening, *block, closing, "", pick.choice(BODIES)])
        write(folder, f"{number:04}.md", text.encode("utf-8", "surrogatepass"))


def read_all(folder: Path) -> dict[str, str]:
    """What came of each file, as text."""
    found: dict[str, str] = {}
    for file in walk(folder).files:
        print(f"reading {file.path}", file=sys.stderr, flush=True)  # the last words of a process that ends here
        result = read_file(folder, file, RULES)
        outcome = asdict(result.article) if result.article else str(result.problem)
        found[file.path] = f"{outcome} {[str(note) for note in result.notes]}"
    return found


def main(folder: Path) -> None:
    print(json.dumps(read_all(folder)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
