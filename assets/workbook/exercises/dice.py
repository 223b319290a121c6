"""Draws from a text, the same on any machine and in any Python."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Dice:
    """`Dice("7 04-4")` always gives the same draws, one after the other.

    `random.Random` doesn't promise that from one version of Python to the next.
    """

    def __init__(self, text: str) -> None:
        self._text, self._count = text, 0

    def below(self, limit: int) -> int:
        """A whole number from 0 to limit - 1."""
        self._count += 1
        digest = sha256(f"{self._text} {self._count}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % limit

    def between(self, first: int, last: int) -> int:
        """A whole number, both ends included."""
        return first + self.below(last - first + 1)

    def one_of(self, values: Sequence[T]) -> T:
        return values[self.below(len(values))]

    def word(self) -> str:
        """A made-up word of 4 to 9 small letters."""
        return "".join(self.one_of(LETTERS) for _ in range(self.between(4, 9)))

    def shuffled(self, values: Sequence[T]) -> list[T]:
        left = list(values)
        return [left.pop(self.below(len(left))) for _ in values]
