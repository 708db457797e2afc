"""How many different ones were there? Exact while there are few, then an estimate in little memory. Pure.

HyperLogLog (Flajolet et al. 2007) with linear counting for the lower range: 2,048 registers, 2.3 % standard error, two
KB however many come.
"""

from __future__ import annotations

import math

_EXACT = 128  # members
_BITS = 11
_REGISTERS = 1 << _BITS
_REST = 64 - _BITS
_ALPHA = 0.7213 / (1 + 1.079 / _REGISTERS)


class Sketch:
    """Of members that are numbers of 64 evenly spread bits, such as hashes."""

    __slots__ = ("_members", "_registers")

    def __init__(self) -> None:
        self._members: set[int] | None = set()
        self._registers = bytearray()

    def add(self, member: int) -> None:
        if self._members is None:
            _raise_register(self._registers, member)
            return
        self._members.add(member)
        if len(self._members) > _EXACT:
            self._registers = bytearray(_REGISTERS)
            for known in self._members:
                _raise_register(self._registers, known)
            self._members = None

    def count(self) -> int:
        if self._members is not None:
            return len(self._members)
        empty = self._registers.count(0)
        estimate = _ALPHA * _REGISTERS**2 / sum(2.0**-rank for rank in self._registers)
        if estimate <= 2.5 * _REGISTERS and empty:
            estimate = _REGISTERS * math.log(_REGISTERS / empty)
        return round(estimate)


def _raise_register(registers: bytearray, member: int) -> None:
    place = member >> _REST
    rank = _REST - (member & ((1 << _REST) - 1)).bit_length() + 1
    registers[place] = max(registers[place], rank)
