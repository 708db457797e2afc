"""What the tools that a folder of Markdown may be written for disagree about. Pure.

Every key, fence and form of date is understood whatever the preset; it decides only where two tools read the same thing
in two ways.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

_POSTS = frozenset({"_posts", "_drafts"})


class Spelling(StrEnum):
    """How a tool makes an address of the name of a file."""

    AS_IS = "as is"
    HUGO = "hugo"  # lower case, blanks as dashes, most punctuation gone
    SLUG = "slug"  # lower case, everything but letters and digits as dashes


@dataclass(frozen=True, slots=True)
class Preset:
    """One tool's ways.

    `url` is the pattern of an article's address, where `{base}` stands for the folders of `articles.path` below one of
    `roots`; `undated_url` stands in for it where the name has no date. With `takes_off_dates` a date that a name begins
    with is not part of the address.

    `reads_underscores`: names that begin with `_` are read but for those in `left_out`; else only those in `kept` are.
    `splits_at_blanks`: `tags: foo bar` means two. Without `own_ids` an `id` is the tool's own business; with `needs_id`
    a post that has none was never published.
    """

    name: str
    url: str
    undated_url: str = ""
    roots: tuple[str, ...] = ()
    takes_off_dates: bool = False
    reads_underscores: bool = True
    kept: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    splits_at_blanks: bool = False
    titles_from_names: bool = False
    own_ids: bool = True
    needs_id: bool = False
    spelling: Spelling = Spelling.AS_IS

    def leaves_out(self, name: str) -> bool:
        """Whether a file or folder of this name holds no articles for the tool."""
        if not name.startswith("_"):
            return False
        return name in self.left_out if self.reads_underscores else name not in self.kept


PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("nextjs", "/articles/{stem}"),
        Preset("hugo", "{base}/{path}/", roots=("content",), spelling=Spelling.HUGO),
        Preset(
            "jekyll",
            "/{categories}/{year}/{month}/{day}/{stem}.html",
            takes_off_dates=True,
            reads_underscores=False,
            kept=_POSTS,
            splits_at_blanks=True,
            titles_from_names=True,
        ),
        Preset("astro", "{base}/{path}/", roots=("content", "pages", "src"), reads_underscores=False),
        Preset(
            "eleventy",
            "{base}/{path}/",
            roots=("content", "pages", "src"),
            takes_off_dates=True,
            left_out=frozenset({"_includes", "_layouts", "_data"}),
        ),
        Preset("hexo", "/{year}/{month}/{day}/{path}/", reads_underscores=False, kept=_POSTS),
        Preset("zola", "{base}/{path}/", roots=("content",), takes_off_dates=True, spelling=Spelling.SLUG),
        Preset("pelican", "/{slug}.html"),
        Preset(
            "docusaurus",
            "/blog/{year}/{month}/{day}/{stem}",
            undated_url="/blog/{path}",
            takes_off_dates=True,
            reads_underscores=False,
        ),
        Preset("zenn", "/articles/{stem}", own_ids=False),
        Preset("qiita", "/items/{id}", own_ids=False, needs_id=True),
    )
}
AUTO = "auto"
FALLBACK = "nextjs"


def base_of(folder: str, roots: tuple[str, ...]) -> str:
    """`content/posts` -> `/posts`: the part of `articles.path` that stands in addresses."""
    parts = [part for part in folder.split("/") if part not in ("", ".", "..")]
    for root in roots:
        if root in parts:
            below = parts[len(parts) - parts[::-1].index(root) :]
            return "".join(f"/{part}" for part in below)
    return ""
