"""Which article a body means by the name of its file. Pure.

Names come as tools take them: beside the file (`other.md`, `../b/index.md`), below the top of the content
(`/posts/other.md`, `@/posts/other.md`, `_posts/2026-01-08-other.md`), with or without the ending, or just as the last
part, when only one article has it (Hugo's `ref`, Hexo's `post_link`).
"""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from publisher.model.article import Article

_ENDINGS = (".md", ".markdown", ".mdx", ".txt")
_BUNDLES = ("/index", "/_index")
_MOST_PARTS = 32


class ArticleFinder:
    """Finds the URLs of `articles` by the names that other articles have for them."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self._by_key: dict[str, str] = {}
        self._by_last: dict[str, str | None] = {}  # None: several have it
        for article in articles:
            key = _key(article.path)
            self._by_key.setdefault(key, article.url)
            last = key.rpartition("/")[2]
            self._by_last[last] = article.url if self._by_last.get(last, article.url) == article.url else None

    def beside(self, article: Article) -> Callable[[str], str | None]:
        """The finder as it looks from the folder of `article`, for `Place.find_article`."""
        folder = posixpath.dirname(article.path)

        def find(name: str) -> str | None:
            return self._find(name, folder)

        return find

    def links_of(self, article: Article) -> dict[str, str]:
        """What the body of `article` links to: the URLs of those of its references that are there."""
        find = self.beside(article)
        return {name: url for name in article.references if (url := find(name))}

    def _find(self, name: str, folder: str) -> str | None:
        plain = unquote(name.partition("#")[0].partition("?")[0]).strip().removeprefix("@/")
        if not plain or "://" in plain:
            return None
        if not plain.startswith("/"):
            beside = self._by_key.get(_key(posixpath.join(folder, plain)))
            if beside is not None:
                return beside
        if plain.startswith("."):
            return None
        parts = _key(plain.lstrip("/")).split("/")
        if len(parts) > _MOST_PARTS:
            return None
        # Without the folders that lie above the folder of the articles; or below the one that the article is in, as
        # where several folders are read.
        top = folder.partition("/")[0]
        for start in range(len(parts)):
            rest = "/".join(parts[start:])
            found = self._by_key.get(rest) or self._by_key.get(_key(f"{top}/{rest}"))
            if found is not None:
                return found
        return self._by_last.get(parts[-1])


@dataclass(frozen=True, slots=True)
class KnownLinks:
    """What `ArticleFinder.links_of` gave, as a `Place.find_article` that another process can be given."""

    urls: Mapping[str, str]

    def __call__(self, name: str) -> str | None:
        return self.urls.get(name.partition("#")[0].partition("?")[0].strip())


def _key(path: str) -> str:
    """One spelling for every way to name a file."""
    key = posixpath.normpath(unicodedata.normalize("NFC", path))
    for ending in _ENDINGS:
        if key.lower().endswith(ending):
            key = key[: -len(ending)]
            break
    for bundle in _BUNDLES:
        key = key.removesuffix(bundle)
    return key
