"""A table as text: columns when they fit, else one line for each value. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.markup.width import display_width, wrap

_GAP = " | "


def draw_table(rows: Sequence[Sequence[str]], aligns: Sequence[str], width: int) -> list[str]:
    """Lines of a table whose first row is its header. `aligns` are `left`, `right`, `center` or empty, by column."""
    columns = len(aligns)
    filled = [[*row, *[""] * (columns - len(row))][:columns] for row in rows]
    widths = [max((display_width(row[column]) for row in filled), default=0) for column in range(columns)]
    if sum(widths) + len(_GAP) * (columns - 1) > width:
        return _list_values(filled, width)
    lines = [_GAP.join(map(_pad, row, widths, aligns)).rstrip() for row in filled]
    ruler = _GAP.join("-" * wide for wide in widths)
    return [lines[0], ruler, *lines[1:]]


def _list_values(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    header, lines = rows[0], list[str]()
    for row in rows[1:]:
        if lines:
            lines.append("")
        for name, value in zip(header, row, strict=True):
            if value:
                lines += wrap(f"{name}: {value}" if name else value, width, hanging="  ")
    return lines or wrap(", ".join(filter(None, header)), width)


def _pad(text: str, width: int, align: str) -> str:
    missing = width - display_width(text)
    before = {"right": missing, "center": missing // 2}.get(align, 0)
    return " " * before + text + " " * (missing - before)
