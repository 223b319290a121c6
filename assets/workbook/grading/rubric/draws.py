"""What the rubric says of a value that is drawn: `integer from 2 to 9`, `one of 24, 48`, `2 to 4
words`."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from workbook.exercises.dice import Dice

RANGE = re.compile(r"integer from (-?\d{1,18}) to (-?\d{1,18})")
CHOICE = re.compile(r"one of (.+)")
WORDS = re.compile(r"(\d{1,2}) to (\d{1,2}) words")
EXAMPLES = "'integer from 2 to 9', 'one of 24, 48' or '2 to 4 words'"


@dataclass(frozen=True)
class OneOf:
    values: Sequence[Any]


@dataclass(frozen=True)
class Words:
    """A text of so many made-up words."""

    fewest: int
    most: int


Draw = OneOf | Words


def read(phrase: str) -> Draw | None:
    """The draw that a phrase means; None if it means nothing."""
    if match := RANGE.fullmatch(phrase):
        first, last = map(int, match.groups())
        return OneOf(range(first, last + 1)) if first <= last else None
    if match := WORDS.fullmatch(phrase):
        fewest, most = map(int, match.groups())
        return Words(fewest, most) if fewest <= most else None
    if match := CHOICE.fullmatch(phrase):
        values = tuple(_scalar(part) for part in match[1].split(","))
        return None if None in values else OneOf(values)
    return None


def draw(what: Draw, dice: Dice) -> Any:
    if isinstance(what, OneOf):
        return dice.one_of(what.values)
    return " ".join(dice.word() for _ in range(dice.between(what.fewest, what.most)))


def _scalar(text: str) -> int | float | bool | str | None:
    """A value as YAML reads it: 24, 0.9, true, text. None for anything else."""
    try:
        value = yaml.safe_load(text.strip())
    except yaml.YAMLError:
        return None
    finite = not isinstance(value, float) or math.isfinite(value)
    return value if isinstance(value, (int, float, bool, str)) and finite else None
