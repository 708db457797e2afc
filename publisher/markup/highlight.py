"""The one door to Pygments: code in parts with a colour, as few as tell something. Pure.

Pygments is loaded when the first block in a language that it knows is met. Its lexers are not made for hostile text, so
only well-known ones are asked, and only about blocks of a size that people read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pygments.lexer import Lexer

# Pygments' own short names, so that its style sheets fit: comment, keyword, string, number, name of a function, of a
# class, of a tag, of an attribute, of a constant, deleted and inserted lines.
CLASSES = frozenset({"c", "k", "s", "m", "nf", "nc", "nt", "na", "no", "gd", "gi", "gh"})
_CLASS_OF = {
    "Comment": "c",
    "Comment.Preproc": "k",
    "Keyword": "k",
    "Keyword.Constant": "no",
    "Operator.Word": "k",
    "String": "s",
    "Number": "m",
    "Name.Function": "nf",
    "Name.Class": "nc",
    "Name.Tag": "nt",
    "Name.Attribute": "na",
    "Name.Constant": "no",
    "Name.Decorator": "nf",
    "Generic.Deleted": "gd",
    "Generic.Inserted": "gi",
    "Generic.Heading": "gh",
    "Generic.Subheading": "gh",
}
_LONGEST_BLOCK = 8_000  # characters
_LONGEST_LINE = 200
# The lexers of C, C# and Java take the square or the cube of what has many words and blanks without a sign between.
_TOO_LONG = re.compile(rf"[^\n]{{{_LONGEST_LINE + 1}}}|\w{{81}}|[\w\s]{{241}}|(?:[ \t]*\n){{6}}")
# What people write about, by every name they use for it. Not here: what has no lexer, and lexers of other lexers.
_LANGUAGE_NAMES = (
    "asm awk bash c c# c++ clj clojure cmake coffeescript conf console cpp crystal cs csharp css d dart diff "
    "docker dockerfile elixir elm erlang ex exs f# fish fortran fsharp gleam go golang graphql groovy haskell "
    "hcl hs html http ini java javascript js json json5 jsonc jsx julia kotlin kt latex less lisp lua make "
    "makefile markdown md matlab mjs nginx nim nix objc objective-c ocaml octave patch perl php powershell "
    "proto protobuf ps1 py pycon python python3 r rb ruby rs rust sass scala scheme scss sh shell "
    "shell-session sql svelte swift terraform tex tf toml ts tsx typescript v vb.net vim vue wasm xml yaml yml "
    "zig zsh"
)
_LANGUAGES = frozenset(_LANGUAGE_NAMES.split())
_ALIASES = {
    "conf": "ini",
    "f#": "fsharp",
    "kt": "kotlin",
    "jsonc": "json",
    "json5": "json",
    "mjs": "javascript",
    "objc": "objective-c",
    "patch": "diff",
    "proto": "protobuf",
    "svelte": "html",
    "tf": "terraform",
    "wasm": "wast",
    "vue": "html",
    "hcl": "terraform",
    "jsx": "javascript",
    "tsx": "typescript",
    "shell": "bash",
}


def highlight(code: str, language: str) -> list[tuple[str, str]]:
    """Parts of `code` with their class ("" for none), neighbours never of the same; together they are `code`.

    Empty when it is shown in one colour: an unknown language, or more than a reader would look through.
    """
    name = language.lower()
    if name not in _LANGUAGES or len(code) > _LONGEST_BLOCK or _TOO_LONG.search(code):
        return []
    lexer = _find_lexer(_ALIASES.get(name, name))
    if lexer is None:
        return []
    merged = _merge(_split_spaces(_merge(_read(code, lexer), joins_spaces=True)), joins_spaces=False)
    return merged if "".join(text for _, text in merged) == code else []


def _read(code: str, lexer: Lexer) -> Iterator[tuple[str, str]]:
    for _, token, text in lexer.get_tokens_unprocessed(code):
        yield _find_class(token), text


def _merge(parts: Iterable[tuple[str, str]], *, joins_spaces: bool) -> list[tuple[str, str]]:
    """Neighbours of one class as one part; with `joins_spaces` white space goes to what is before it."""
    merged: list[tuple[str, str]] = []
    for class_name, text in parts:
        if merged and (merged[-1][0] == class_name or (joins_spaces and text.isspace())):
            merged[-1] = (merged[-1][0], merged[-1][1] + text)
        elif text:
            merged.append((class_name, text))
    return merged


def _split_spaces(parts: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """White space at the end of a part belongs to none, unless its class goes on behind it."""
    for class_name, text in parts:
        word = text.rstrip() if class_name else text
        if word:
            yield class_name, word
        if len(word) < len(text):
            yield "", text[len(word) :]


@lru_cache(maxsize=256)
def _find_class(token: tuple[str, ...]) -> str:
    for length in range(len(token), 0, -1):
        name = ".".join(token[:length]).removeprefix("Literal.")
        if name in _CLASS_OF:
            return _CLASS_OF[name]
    return ""


@lru_cache(maxsize=32)
def _find_lexer(name: str) -> Lexer | None:
    from pygments.lexers import get_lexer_by_name  # noqa: PLC0415 - most articles and all other commands need none
    from pygments.util import ClassNotFound  # noqa: PLC0415 - as above

    try:
        return get_lexer_by_name(name)
    except ClassNotFound:
        return None
