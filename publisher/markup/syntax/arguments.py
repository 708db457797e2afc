"""What stands between the brackets of a shortcode, a Liquid tag or a component, taken apart. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_ARGUMENT = re.compile(
    r"""(?:(?P<name>[\w:-]+)[ \t]*[=:][ \t]*(?=["'`\w/.@#{]))?"""
    r"""(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|`(?P<back>[^`]*)`|(?P<bare>[^\s,"'`]+))"""
)


@dataclass(frozen=True, slots=True)
class Arguments:
    """`positional` in their order, `named` by lower-case name; none of them is quoted any more."""

    positional: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)

    def get(self, *names: str) -> str:
        """The first of these that has a value, or an empty text."""
        return next((self.named[name] for name in names if self.named.get(name)), "")

    def at(self, position: int) -> str:
        return self.positional[position] if position < len(self.positional) else ""


def read_arguments(text: str) -> Arguments:
    """`src="a.png" 'b' c` in any order, with spaces or commas between; `name: "x"` is read as `name="x"`."""
    positional: list[str] = []
    named: dict[str, str] = {}
    for match in _ARGUMENT.finditer(text):
        value = next(found for found in match.group("double", "single", "back", "bare") if found is not None)
        name = match["name"]
        # `https://…` is an address and no argument of the name `https`.
        if name and match["bare"] is not None and value.startswith("//"):
            positional.append(f"{name}:{value}")
        elif name:
            named.setdefault(name.lower(), value)
        else:
            positional.append(value)
    return Arguments(tuple(positional), named)
