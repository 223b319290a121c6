"""The rubric, `solutions/rubric.yaml`: what each exercise is worth, and what is drawn for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from workbook.build import REPOSITORY

RUBRIC = REPOSITORY / "solutions" / "rubric.yaml"


class RubricError(ValueError):
    """The rubric can't be used. The message is a sentence with the line."""


@dataclass(frozen=True)
class LessonRubric:
    """`points`: exercise id -> points, in the order of the lesson. `draws`: parameter -> the values
    of which one is drawn."""

    points: Mapping[str, float]
    draws: Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Rubric:
    """`lessons`: number -> what it is worth."""

    lessons: Mapping[str, LessonRubric]

    def points(self, exercise_id: str) -> float:
        """Raises KeyError for an exercise that isn't in the rubric."""
        return self.lessons[exercise_id[:2]].points[exercise_id]

    def exercises(self, lesson: str) -> tuple[str, ...]:
        return tuple(self.lessons[lesson].points)

    def possible(self, lesson: str) -> float:
        return sum(self.lessons[lesson].points.values())

    def parameters(self, lesson: str, seed: int) -> dict[str, Any]:
        """The values of the lesson's notebook parameters that a seed draws, the same everywhere."""
        return {
            name: values[_draw(f"{seed} {lesson} {name}") % len(values)]
            for name, values in self.lessons[lesson].draws.items()
        }


def load_rubric(path: Path = RUBRIC) -> Rubric:
    """Raises RubricError."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Rubric(
        {
            lesson: LessonRubric(entry["points"], _draws(entry.get("parameters", {})))
            for lesson, entry in data.items()
        }
    )


def _draws(parameters: Mapping[str, str]) -> dict[str, tuple[Any, ...]]:
    return {name: tuple(range(2, 10)) for name in parameters}


def _draw(text: str) -> int:
    """`random` may draw other numbers in another version of Python."""
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big")
