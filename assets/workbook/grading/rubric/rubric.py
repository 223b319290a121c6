"""The rubric, `solutions/rubric.yaml`: what each exercise is worth, and what is drawn.

It is read as YAML's nodes, which know their lines, so that every message can name one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from workbook.exercises import EXERCISES
from workbook.exercises.dice import Dice
from workbook.exercises.model import Trial
from workbook.grading.rubric.draws import EXAMPLES, Draw, draw, read
from workbook.paths import REPOSITORY

RUBRIC = REPOSITORY / "solutions" / "rubric.yaml"
MOST_POINTS = 1000
NUMBER_TAGS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
FEWEST = 2  # draws for an answer that is run
AS_IN_CHECK, MADE_UP = "as in check", "made up"
TRIALS = {exercise_id: exercise.trial for exercise_id, exercise in EXERCISES.items()}


class RubricError(ValueError):
    """The rubric can't be used. The message is a sentence with the line."""


@dataclass(frozen=True)
class LessonRubric:
    """`points`: exercise id -> points. `draws`: parameter -> what is drawn. `cases`: exercise id ->
    on what an answer is run, each `AS_IN_CHECK`, `MADE_UP` or argument -> what is drawn."""

    points: Mapping[str, float]
    draws: Mapping[str, Draw]
    cases: Mapping[str, tuple[str | Mapping[str, Draw], ...]]


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
            name: draw(what, Dice(f"{seed} {lesson} {name}"))
            for name, what in self.lessons[lesson].draws.items()
        }

    def arguments(self, exercise_id: str, trial: Trial, seed: int) -> list[dict[str, Any]]:
        """What a seed draws for each run of an answer, but for the cases of `check`: at least
        FEWEST, so that no constant is right."""
        dice = Dice(f"{seed} {exercise_id}")
        cases = self.lessons[exercise_id[:2]].cases[exercise_id]
        drawn = [case for case in cases if case != AS_IN_CHECK]
        while drawn and len(drawn) < FEWEST:
            drawn += drawn
        return [_drawn_case(case, trial, dice) for case in drawn]

    def as_in_check(self, exercise_id: str) -> bool:
        """Whether an answer is run on the cases of `check` too."""
        return AS_IN_CHECK in self.lessons[exercise_id[:2]].cases[exercise_id]


def _drawn_case(case: str | Mapping[str, Draw], trial: Trial, dice: Dice) -> dict[str, Any]:
    if isinstance(case, str):
        assert trial.make, "the rubric was read: only such an exercise has cases that are made up"
        return trial.make(dice)
    return {name: draw(what, dice) for name, what in case.items()}


def load_rubric(path: Path = RUBRIC, exercises: Mapping[str, Trial | None] = TRIALS) -> Rubric:
    """Read a rubric for these exercises, id -> trial. Raises RubricError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise RubricError(f"the rubric {path} can't be read: {error}") from None
    return read_rubric(text, exercises, path.name)


def read_rubric(
    text: str, exercises: Mapping[str, Trial | None], name: str = "rubric.yaml"
) -> Rubric:
    """The same from text; `name` begins the messages."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is None:
            raise RubricError("it is empty")
        return Rubric(dict(_lessons(root, exercises)))
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise RubricError(f"{name}{line}: this is not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise RubricError(f"{name}: this is not YAML: {error}") from None
    except RubricError as error:
        raise RubricError(f"{name}, {error}") from None


def _lessons(
    root: yaml.Node, exercises: Mapping[str, Trial | None]
) -> Iterator[tuple[str, LessonRubric]]:
    numbers = dict.fromkeys(exercise_id[:2] for exercise_id in exercises)
    entries = _mapping(root, "the rubric", "lesson: what it is worth")
    for number, (key, value) in entries.items():
        if number not in numbers:
            raise _at(key, f"there is no lesson {number}; there are {', '.join(numbers)}")
        parts = _mapping(value, f"lesson {number}", "points, parameters and drawn")
        for part, (part_key, _) in parts.items():
            if part not in ("points", "parameters", "drawn"):
                raise _at(part_key, f"lesson {number} has points, parameters, drawn, not {part}")
        if "points" not in parts:
            raise _at(key, f"lesson {number} has no points")
        of_lesson = {name: t for name, t in exercises.items() if name.startswith(f"{number}-")}
        points = _points(*parts["points"], number, list(of_lesson))
        draws = {}
        if "parameters" in parts:
            draws = _draws(parts["parameters"][1], f"the parameters of lesson {number}")
        yield number, LessonRubric(points, draws, _drawn(parts.get("drawn"), key, of_lesson))
    for number in numbers:
        if number not in entries:
            raise _at(root, f"lesson {number} is missing")


def _drawn(
    part: tuple[yaml.Node, yaml.Node] | None, lesson: yaml.Node, trials: Mapping[str, Trial | None]
) -> dict[str, tuple[str | Mapping[str, Draw], ...]]:
    """The cases of each exercise of a lesson whose answer is run."""
    entries = _mapping(part[1], "what is drawn", "exercise: cases") if part else {}
    cases: dict[str, tuple[str | Mapping[str, Draw], ...]] = {}
    for exercise_id, (key, node) in entries.items():
        trial = trials.get(exercise_id)
        if trial is None:
            run = ", ".join(name for name, each in trials.items() if each) or "none"
            raise _at(key, f"{exercise_id} is no exercise whose answer is run; those are {run}")
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise _at(node, f"what is drawn for {exercise_id} is a list of cases, each with a -")
        cases[exercise_id] = tuple(_case(each, exercise_id, trial) for each in node.value)
    for exercise_id, trial in trials.items():
        if trial and exercise_id not in cases:
            raise _at(
                part[0] if part else lesson,
                f"the answer to {exercise_id} is run: what is drawn for it?",
            )
    return cases


def _case(node: yaml.Node, exercise_id: str, trial: Trial) -> str | dict[str, Draw]:
    if isinstance(node, yaml.ScalarNode):
        if node.value == AS_IN_CHECK or (node.value == MADE_UP and trial.make):
            return node.value
        known = f"'{AS_IN_CHECK}'" + (f", '{MADE_UP}'" if trial.make else "")
        raise _at(node, f"a case of {exercise_id} is {known} or argument: draw, not {node.value!r}")
    names = {name for arguments, _wanted in trial.cases for name in arguments}
    for name, (key, _) in _mapping(node, f"a case of {exercise_id}", "argument: draw").items():
        if name not in names:
            wanted = ", ".join(sorted(names))
            raise _at(key, f"{exercise_id} has no argument {name}; there are {wanted}")
    return _draws(node, f"a case of {exercise_id}")


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
    found = node.value if isinstance(node, yaml.ScalarNode) else f"a {_kind(node)}"
    raise _at(
        node, f"the points of {exercise_id} are a number from 0 to {MOST_POINTS}, not {found!r}"
    )


def _kind(node: yaml.Node) -> str:
    return "sequence" if isinstance(node, yaml.SequenceNode) else "mapping"


def _draws(node: yaml.Node, what: str) -> dict[str, Draw]:
    draws = {}
    for name, (key, value) in _mapping(node, what, "name: what is drawn").items():
        if not name.isidentifier():
            raise _at(key, f"{name!r} can't be the name of a parameter")
        found = read(value.value) if isinstance(value, yaml.ScalarNode) else None
        if found is None:
            raise _at(value, f"what is drawn for {name} reads like {EXAMPLES}")
        draws[name] = found
    return draws


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
