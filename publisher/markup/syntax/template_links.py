"""Addresses as the templates of other tools write them: `{{< ref "x.md" >}}`, `{{ site.baseurl }}/x`. Pure.

Hugo, Jekyll, Hexo, Eleventy, Zola and Pelican replace these before they read any Markdown, so they stand where an
address stands, spaces and quotes included. Here they are filled in when the address is made absolute.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from publisher.markup.place import Place
from publisher.markup.syntax.arguments import read_arguments

_LONGEST = 500
_FIRST_TEMPLATE = 100  # characters of address before it
_HUGO = r"\{\{[<%][^{}\n]{0,500}?[>%]\}\}"
_VALUE = r"\{\{-?(?![<%])[^{}\n]{0,500}?-?\}\}"
_LIQUID = r"\{%-?[^%{}\n]{0,500}-?%\}"
_PELICAN = r"\{(?:filename|static|attach|index|author|category|tag)\}|\|(?:filename|static|attach|index)\|"
_TEMPLATE = re.compile(rf"(?P<hugo>{_HUGO})|(?P<value>{_VALUE})|(?P<liquid>{_LIQUID})|(?P<pelican>{_PELICAN})")
# Where an address of Markdown may hold spaces: inside a template, and nowhere around it.
_DESTINATION = re.compile(
    rf"(?=[^\s()<>{{]{{0,{_FIRST_TEMPLATE}}}\{{[{{%])(?:{_HUGO}|{_VALUE}|{_LIQUID}|[^\s(){{}}<>]|\([^\s(){{}}<>]*\))+"
)
_REF = re.compile(r"(?:rel)?ref\s+(.*)", re.DOTALL)
_TAG = re.compile(r"\{%-?\s*(\w+)\s+(.*?)\s*-?%\}", re.DOTALL)
_QUOTED = re.compile(r"""(["'])(.*)\1""", re.DOTALL)
_FILTER = re.compile(r"(\w+)\s*(?::\s*(.*))?", re.DOTALL)
_ARTICLE_TAGS = frozenset({"link", "post_url", "post_path", "post_link"})


def is_templated(url: str) -> bool:
    return "{" in url or url.startswith("|")


def match_destination(source: str, start: int, end: int) -> int:
    """Where a Markdown destination with a template in it ends, or -1 when there is none at `start`."""
    if source.find("{", start, start + _FIRST_TEMPLATE) < 0:
        return -1
    match = _DESTINATION.match(source, start, min(end, start + 2 * _LONGEST))
    return match.end() if match else -1


def fill_template(url: str, place: Place) -> str | None:
    """`url` with its templates filled in, or None when nobody can know what it stood for.

    What names an article is absolute already, so whatever is written before it (`{{ site.url }}`) goes.
    """
    filled, done = "", 0
    for match in _TEMPLATE.finditer(url):
        value = _fill(match, place)
        if value is None:
            if match.start() == 0 or match.lastgroup != "value":
                return None
            value = match[0]
        before = url[done : match.start()]
        filled = value if value.startswith(("https://", "http://")) else filled + before + value
        done = match.end()
        if match["pelican"] == "{filename}" or match["pelican"] == "|filename|":
            return _fill_filename(url[done:], place)
    rest = url[done:]
    # A fragment may stand inside the name and behind it; an article's address has one at most.
    return filled + ("" if rest.startswith("#") and "#" in filled else rest)


def read_reference(template: str) -> str | None:
    """The name of the article that a `ref`, `link` or `post_url` is about; None for any other template."""
    if template.startswith(("{{<", "{{%")):
        match = _REF.fullmatch(template[3:-3].strip())
        if not match:
            return None
        arguments = read_arguments(match[1])
        return arguments.get("path") or arguments.at(0) or None
    tag = _TAG.fullmatch(template)
    if not tag or tag[1] not in _ARTICLE_TAGS:
        return None
    return tag[2] if tag[1] == "link" else read_arguments(tag[2]).at(0) or None


def find_article(name: str, place: Place) -> str | None:
    """The URL of the article with its `#part`, or None when there is no such article."""
    if name.startswith("#"):
        return urlsplit(place.article_url)._replace(fragment=name[1:]).geturl()
    path, mark, fragment = name.partition("#")
    url = place.find_article(path)
    return url + mark + fragment if url else None


def fill_value(expression: str, place: Place) -> str | None:
    """The address that `site.baseurl` or `'/x' | relative_url` stands for, or None for anything else."""
    first, *filters = (part.strip() for part in expression.split("|"))
    value = _read_value(first, place)
    for part in filters:
        match = _FILTER.fullmatch(part)
        if value is None or not match:
            return None
        value = _apply(match[1], match[2] or "", value, place)
    return value


def _fill(match: re.Match[str], place: Place) -> str | None:
    template = match[0]
    if match["value"]:
        expression = template[2:-2].strip("- \t")
        # Jekyll knows a page by its path; alone it is the whole address.
        if expression in {"page.url", "page.permalink"} and template == match.string:
            return place.article_url
        return fill_value(expression, place)
    if match["pelican"]:
        name = template[1:-1]
        return {"filename": "", "static": "", "attach": "", "index": place.site_url + "/"}.get(name)
    name = read_reference(template) or ""
    if name:
        return find_article(name, place)
    tag = _TAG.fullmatch(template)
    return read_arguments(tag[2]).at(0) if tag and tag[1] == "asset_path" else None


def _fill_filename(name: str, place: Place) -> str | None:
    """Pelican's `{filename}` was once for files of every kind."""
    found = find_article(name, place)
    ending = name.partition("#")[0].rpartition(".")[2].lower()
    return found if found or ending in {"md", "markdown", "rst", "mdx"} else name


def _read_value(text: str, place: Place) -> str | None:
    quoted = _QUOTED.fullmatch(text)
    if quoted:
        return quoted[2]
    site = urlsplit(place.site_url)
    path = site.path.rstrip("/")
    if text in {"site.baseurl", "site.baseUrl", "base_path"}:
        return path
    if text in {"site.url", "config.url"}:
        return f"{site.scheme}://{site.netloc}"
    if text in {"base_url", "config.base_url", "site.base_url", "SITEURL", ".Site.BaseURL", "site.BaseURL"}:
        return place.site_url
    if text in {"page.url", "page.permalink"}:
        return urlsplit(place.article_url).path.removeprefix(path)
    return None


def _apply(name: str, argument: str, value: str, place: Place) -> str | None:
    site = urlsplit(place.site_url)
    below = f"{site.path.rstrip('/')}/{value.lstrip('/')}"
    if name in {"relative_url", "url", "relURL", "prefix"}:
        return below
    if name in {"absolute_url", "absURL", "absolute", "htmlBaseUrl"}:
        return value if "://" in value else f"{site.scheme}://{site.netloc}{below}"
    other = _read_value(argument.strip(), place)
    if name in {"prepend", "append"} and other is not None:
        return other + value if name == "prepend" else value + other
    return value if name in {"escape", "uri_escape", "url_encode", "safe", "strip", "safeURL"} else None
