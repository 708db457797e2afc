"""Shortcodes of Hugo and tags of Liquid, Nunjucks and Hexo: what one says, and what is shown in its place. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from publisher.markup.syntax.arguments import Arguments, read_arguments
from publisher.markup.syntax.embed_links import find_page, is_service

_HUGO = re.compile(
    r"\{\{(?P<kind>[<%])(?P<escaped>/\*)?\s*+(?P<end>/?)\s*+(?P<name>[\w./-]*+)(?P<rest>.{0,1000}?)(?P=kind)?[>%]\}\}",
    re.DOTALL,
)
_LONGEST = 1_000
# No `if`, `for` or `block`: those stand in articles about templates.
_LIQUID_NAMES = (
    "raw verbatim include include_relative include_cached highlight link post_url post_link post_path assign "
    "capture comment youtube vimeo gist jsfiddle codepen iframe asset_img asset_link asset_path img image figure "
    "codeblock code quote blockquote pullquote note tabs tab set tweet twitter instagram video audio render "
    "renderTemplate mermaid plantuml details folding btn cq centerquote"
)
_LIQUID = re.compile(
    rf"\{{%-?\s*(?P<end>end)?(?P<name>{'|'.join(_LIQUID_NAMES.split())})\b(?P<rest>[^%\n]{{0,500}}?)-?%\}}"
)
_VALUE = re.compile(
    r"\{\{-?\s*(?P<value>(?:site|page|config)\.[\w.]+|base_url|[\"'][^\"'{}\n]{0,300}[\"']\s*\|)[^{}\n]{0,300}\}\}"
)
_NUNJUCKS_COMMENT = re.compile(r"\{#-?\s[^#\n]{0,500}#\}")
_IMAGE_NAMES = frozenset({"figure", "img", "image", "asset_img", "picture", "imgproc"})
_IMAGE_FILE = re.compile(r"\.(?:png|jpe?g|gif|webp|avif|svg)(?:[?#]|$)", re.IGNORECASE)
_DIGITS = re.compile(r"\d+%?")
_CODE_NAMES = frozenset({"highlight", "code", "codeblock", "mermaid", "plantuml"})
_DROPPED_NAMES = frozenset({"comment"})
_LANGUAGE = re.compile(r"[A-Za-z][\w+#.-]*")


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag. `family` is `hugo`, `liquid`, `value` (`{{ site.x }}`) or `literal`, whose `rest` is to be shown."""

    family: str
    name: str
    rest: str
    is_end: bool = False

    @property
    def arguments(self) -> Arguments:
        return read_arguments(self.rest)


class Show(Enum):
    NOTHING = "nothing"
    LINK = "link"
    IMAGE = "image"
    ADDRESS = "address"  # of an article or a page of the site; written as it is


@dataclass(frozen=True, slots=True)
class Shown:
    """What a reader sees of a tag. `label` is the text of a link or the description of an image."""

    show: Show = Show.NOTHING
    url: str = ""
    label: str = ""
    caption: str = ""


def match_tag(source: str, start: int, end: int) -> tuple[Tag, int] | None:
    """The tag that begins at `start` and where it ends."""
    if source.startswith(("{{<", "{{%"), start):
        match = _HUGO.match(source, start, end) if source.find("}}", start, min(end, start + _LONGEST)) > 0 else None
        if not match:
            return None
        if match["escaped"]:
            return Tag("literal", "", match[0].replace("/*", "", 1).replace("*/", "", 1)), match.end()
        return Tag("hugo", match["name"], match["rest"], bool(match["end"])), match.end()
    if source.startswith("{{", start):
        match = _VALUE.match(source, start, end)
        return (Tag("value", "", match[0][2:-2].strip("- \t")), match.end()) if match else None
    if match := _LIQUID.match(source, start, end):
        return Tag("liquid", match["name"], match["rest"], bool(match["end"])), match.end()
    match = _NUNJUCKS_COMMENT.match(source, start, end)
    return (Tag("liquid", "comment", "", is_end=True), match.end()) if match else None


def describe(tag: Tag) -> Shown:
    """What is shown of a tag that stands alone."""
    if tag.is_end or (tag.family == "liquid" and tag.name in {"assign", "set", "capture"}):
        return Shown()
    if tag.family == "value":
        return Shown(Show.ADDRESS, "{{ " + tag.rest + " }}")
    name, arguments = tag.name.lower(), tag.arguments
    if name in {"ref", "relref"}:
        return Shown(Show.ADDRESS, "{{< " + f"{name} {tag.rest.strip()}" + " >}}")
    if tag.family == "liquid" and name in {"link", "post_url", "post_path", "asset_path"}:
        return Shown(Show.ADDRESS, "{% " + f"{name} {tag.rest.strip()}" + " %}")
    if name in {"post_link", "asset_link"}:
        return _describe_link(name, arguments)
    if name.startswith("include"):
        name = arguments.at(0).rpartition("/")[2].partition(".")[0].lower()
        arguments = Arguments(arguments.positional[1:], arguments.named)
    return describe_named(name, arguments)


def describe_named(name: str, arguments: Arguments) -> Shown:
    """By what it is called and what it is given; a component of MDX is described so too."""
    source = arguments.get("src", "image_path", "image", "url", "href", "link", "file")
    label = " ".join(arguments.get("title", "caption", "alt", "text", "name", "label").split())
    if name in _IMAGE_NAMES or (not is_service(name) and _IMAGE_FILE.search(source)):
        return _describe_image(arguments, source)
    page = find_page(name, arguments)
    return Shown(Show.LINK, page, label) if page else Shown()


def code_language(tag: Tag) -> str | None:
    """The language of the block of code that this tag opens; None when it opens none."""
    name = tag.name.lower()
    if tag.is_end or name not in _CODE_NAMES:
        return None
    if name in {"mermaid", "plantuml"}:
        return name
    arguments = tag.arguments
    language = arguments.get("lang", "language", "type")
    if not language and name in {"highlight", "code"}:
        language = arguments.at(0)
    return language if _LANGUAGE.fullmatch(language) else ""


def is_dropped_block(tag: Tag) -> bool:
    """Whether it opens something that nobody shall see."""
    return not tag.is_end and tag.name.lower() in _DROPPED_NAMES


@lru_cache(maxsize=64)
def match_end(family: str, name: str) -> re.Pattern[str]:
    """What ends the block that a tag of this name opens."""
    name = re.escape(name)
    if family == "hugo":
        return re.compile(rf"\{{\{{[<%]\s*/\s*{name}\s*[>%]\}}\}}")
    return re.compile(rf"\{{%-?\s*end{name}\s*-?%\}}")


def _describe_link(name: str, arguments: Arguments) -> Shown:
    target = arguments.at(0)
    words = [word for word in arguments.positional[1:] if word not in {"true", "false"}]
    url = "{% post_path " + target + " %}" if name == "post_link" else target
    return Shown(Show.LINK, url, " ".join(words) or target)


def _describe_image(arguments: Arguments, source: str) -> Shown:
    """Named or in order, where a class or a size may stand among them: `{% asset_img left a.png 320 "title" %}`."""
    words = [word for word in arguments.positional if not _DIGITS.fullmatch(word)]
    if not source and words:
        source = next((word for word in words if _IMAGE_FILE.search(word)), words[0])
        words = words[words.index(source) + 1 :]
    caption = " ".join(arguments.get("caption", "title", "attr").split())
    alt = " ".join((arguments.get("alt") or " ".join(words) or caption).replace("'", "").split())
    return Shown(Show.IMAGE, source, alt, caption if caption != alt else "")
