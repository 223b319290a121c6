"""The rubric, `solutions/rubric.yaml`: what each exercise is worth, and what is drawn for a lesson.

It is read as YAML's nodes, which know their lines, so that every message can name one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from workbook.build import REPOSITORY
from workbook.exercises import EXERCISES

RUBRIC = REPOSITORY / "solutions" / "rubric.yaml"
MOST_POINTS = 1000
MOST_VALUES = 1000  # of which one is drawn
NUMBER_TAGS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
RANGE = re.compile(r"integer from (-?\d{1,9}) to (-?\d{1,9})")
CHOICE = re.compile(r"one of (.+)")


class RubricError(ValueError):
    """The rubric can't be used. The message is a sentence with the line."""


@dataclass(frozen=True)
class LessonRubric:
    """`points`: exercise id -> points. `draws`: parameter -> the values of which one is drawn."""

    points: Mapping[str, float]
    draws: Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Rubric:
    """`lessons`: number -> what it is worth."""

    lessons: Mapping[str, LessonRubric]

    def points(self, exercise_id: str) -> float:
        """What a right answer is worth. Raises KeyError for an exercise that isn't here."""
        return self.lessons[exercise_id[:2]].points[exercise_id]

    def exercises(self, lesson: str) -> tuple[str, ...]:
        """The exercises of a lesson, in the order of the rubric."""
        return tuple(self.lessons[lesson].points)

    def possible(self, lesson: str) -> float:
        return math.fsum(self.lessons[lesson].points.values())

    def parameters(self, lesson: str, seed: int) -> dict[str, Any]:
        """What a seed draws for the parameters of a lesson's notebook; the same on any machine."""
        return {
            name: values[_number_from(f"{seed} {lesson} {name}") % len(values)]
            for name, values in self.lessons[lesson].draws.items()
        }


def load_rubric(path: Path = RUBRIC, exercises: Iterable[str] = tuple(EXERCISES)) -> Rubric:
    """Read a rubric that has points for each of `exercises`. Raises RubricError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RubricError(f"the rubric {path} can't be read: {error}") from None
    return read_rubric(text, exercises, path.name)


def read_rubric(text: str, exercises: Iterable[str], name: str = "rubric.yaml") -> Rubric:
    """The same from text; `name` begins the messages."""
    known = tuple(exercises)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is None:
            raise RubricError("it is empty")
        return Rubric(dict(_lessons(root, known)))
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise RubricError(f"{name}{line}: this is not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise RubricError(f"{name}: this is not YAML: {error}") from None
    except RubricError as error:
        raise RubricError(f"{name}, {error}") from None


def _lessons(root: yaml.Node, known: tuple[str, ...]) -> Iterator[tuple[str, LessonRubric]]:
    numbers = dict.fromkeys(exercise_id[:2] for exercise_id in known)
    entries = _mapping(root, "the rubric", "lesson: what it is worth")
    for number, (key, value) in entries.items():
        if number not in numbers:
            raise _at(key, f"there is no lesson {number}; there are {', '.join(numbers)}")
        parts = _mapping(value, f"lesson {number}", "points and parameters")
        for part, (part_key, _) in parts.items():
            if part not in ("points", "parameters"):
                raise _at(part_key, f"lesson {number} has points and parameters, not {part}")
        if "points" not in parts:
            raise _at(key, f"lesson {number} has no points")
        of_lesson = [exercise_id for exercise_id in known if exercise_id.startswith(f"{number}-")]
        points = _points(*parts["points"], number, of_lesson)
        draws = _draws(parts["parameters"][1], number) if "parameters" in parts else {}
        yield number, LessonRubric(points, draws)
    for number in numbers:
        if number not in entries:
            raise _at(root, f"lesson {number} is missing")


def _points(key: yaml.Node, value: yaml.Node, number: str, known: list[str]) -> dict[str, float]:
    entries = _mapping(value, f"the points of lesson {number}", "exercise: points")
    points = {}
    for exercise_id, (entry, worth) in entries.items():
        if exercise_id not in known:
            raise _at(
                entry,
                f"there is no exercise {exercise_id} in lesson {number}; "
                f"there are {', '.join(known)}",
            )
        points[exercise_id] = _worth(worth, exercise_id)
    for exercise_id in known:
        if exercise_id not in points:
            raise _at(key, f"exercise {exercise_id} has no points")
    return points


def _worth(node: yaml.Node, exercise_id: str) -> float:
    if isinstance(node, yaml.ScalarNode) and node.tag in NUMBER_TAGS:
        number = yaml.safe_load(node.value)
        # neither what !!int makes of any text, nor infinite, nor "not a number"
        if isinstance(number, (int, float)) and 0 <= number <= MOST_POINTS:
            return float(number)
    found = node.value if isinstance(node, yaml.ScalarNode) else f"a {node.id}"
    raise _at(
        node, f"the points of {exercise_id} are a number from 0 to {MOST_POINTS}, not {found!r}"
    )


def _draws(node: yaml.Node, number: str) -> dict[str, tuple[Any, ...]]:
    entries = _mapping(node, f"the parameters of lesson {number}", "name: what is drawn")
    draws = {}
    for name, (key, value) in entries.items():
        if not name.isidentifier():
            raise _at(key, f"{name!r} can't be the name of a parameter")
        values = _values(value.value) if isinstance(value, yaml.ScalarNode) else ()
        if not values:
            raise _at(
                value,
                f"what is drawn for {name} reads like 'integer from 2 to 9' or 'one of 24, 48' "
                f"(at most {MOST_VALUES} values)",
            )
        draws[name] = values
    return draws


def _values(text: str) -> tuple[Any, ...]:
    """The values that a phrase of the rubric means; none if it means nothing."""
    if match := RANGE.fullmatch(text):
        first, last = map(int, match.groups())
        return tuple(range(first, last + 1)) if last - first < MOST_VALUES else ()
    if match := CHOICE.fullmatch(text):
        values = tuple(_scalar(part) for part in match[1].split(","))
        return values if None not in values and len(values) <= MOST_VALUES else ()
    return ()


def _scalar(text: str) -> int | float | bool | str | None:
    """A value as YAML reads it: 24, 0.9, true, text. None for anything else."""
    try:
        value = yaml.safe_load(text.strip())
    except yaml.YAMLError:
        return None
    finite = not isinstance(value, float) or math.isfinite(value)
    return value if isinstance(value, (int, float, bool, str)) and finite else None


def _mapping(
    node: yaml.Node, what: str, shape: str
) -> dict[str, tuple[yaml.ScalarNode, yaml.Node]]:
    """Key -> the nodes of key and value."""
    if not isinstance(node, yaml.MappingNode):
        raise _at(node, f"{what} must be a mapping, {shape}")
    entries: dict[str, tuple[yaml.ScalarNode, yaml.Node]] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _at(key, f"a key of {what} must be text")
        if key.value in entries:
            first = entries[key.value][0].start_mark.line + 1
            raise _at(key, f"{key.value} is there twice, first in line {first}")
        entries[key.value] = (key, value)
    return entries


def _at(node: yaml.Node, what: str) -> RubricError:
    return RubricError(f"line {node.start_mark.line + 1}: {what}")


def _number_from(text: str) -> int:
    """Not by `random`, which may draw other numbers in another version of Python."""
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big")
