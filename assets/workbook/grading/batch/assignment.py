"""What all who hand in a lesson are asked: the same values, the same cases, the same points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbook.exercises.model import Case
from workbook.grading.facts.lesson import Facts


@dataclass(frozen=True)
class Assignment:
    """`points`: exercise -> what a right answer is worth. `values`: parameter -> what a notebook is
    run with. `cases`: exercise -> on what its answer is run, if it is."""

    facts: Facts
    points: Mapping[str, float]
    values: Mapping[str, Any]
    cases: Mapping[str, Sequence[Case]]
