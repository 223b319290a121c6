"""The facts that pass through the grader: what was handed in, and what came of it."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

from workbook.exercises.model import NOT_ATTEMPTED, NOT_YET, RIGHT

FAILED = "failed"  # of an exercise: it raised, ran out of time or memory, or its kernel died
EXERCISE_VERDICTS = (RIGHT, NOT_YET, NOT_ATTEMPTED, FAILED)

GRADED = "graded"
UNREADABLE = "unreadable"
TOO_LARGE = "too_large"
NOT_PYTHON = "not_python"
UNKNOWN_LESSON = "unknown_lesson"
UNKNOWN_LEARNER = "unknown_learner"  # graded or not, on no roster
GRADER_ERROR = "grader_error"
VERDICTS = (
    *(GRADED, UNREADABLE, TOO_LARGE, NOT_PYTHON),
    *(UNKNOWN_LESSON, UNKNOWN_LEARNER, GRADER_ERROR),
)


class RecordError(ValueError):
    """A line is no Record; the message says what is wrong with it."""


@dataclass(frozen=True)
class Refusal:
    """Why a submission can't be graded: a verdict of a Record, and a sentence."""

    verdict: str
    text: str


class Refused(ValueError):
    """Something can't be had, or can't be graded; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.text)
        self.refusal = refusal


@dataclass(frozen=True)
class Submission:
    """One notebook to grade.

    `learner` is for people: cleaned of control characters, unlike any other learner's of the
    batch, and never a path; `platform_name` and `platform_id` are what the
    platform calls them. `lesson` is like "04", or "" when it can't be told. `path` is a file
    to open without following links; with a `refusal` there may be none. `file` is its name as it
    was handed in, cleaned too. `handed_in`: when, in this machine's time by ISO 8601, or "".
    """

    learner: str
    lesson: str
    path: Path
    file: str
    notes: tuple[str, ...] = ()
    refusal: Refusal | None = None
    platform_id: str = ""
    platform_name: str = ""
    handed_in: str = ""


@dataclass(frozen=True)
class ExerciseResult:
    """`text` is for the learner: what was seen, in one line, without a value that was drawn.

    `detail` is for the instructor, who may see such values. `line` is the learner's own line that
    failed, `code` what they handed in for the exercise. `wrong`: of a quiz, the questions that were
    not answered rightly.
    """

    id: str
    verdict: str
    points: float
    possible: float
    text: str = ""
    hint: str = ""
    line: str = ""
    detail: str = ""
    code: str = ""
    wrong: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """What came of one submission. Every text in it may hold what a stranger wrote.

    `key` identifies the submission across a resumed batch, `text` says why it wasn't graded,
    `notebook` is the executed notebook, relative to the folder of the results. `own`: hashes of
    what the learner wrote, see `notebook.own`.
    """

    key: str
    learner: str
    lesson: str
    file: str
    verdict: str
    text: str = ""
    notes: tuple[str, ...] = ()
    exercises: tuple[ExerciseResult, ...] = ()
    seconds: float = 0.0
    isolated: bool = True
    seed: int = 0
    notebook: str = ""
    platform_id: str = ""
    platform_name: str = ""
    handed_in: str = ""
    own: tuple[int, ...] = ()

    @property
    def points(self) -> float:
        return math.fsum(exercise.points for exercise in self.exercises)

    @property
    def possible(self) -> float:
        return math.fsum(exercise.possible for exercise in self.exercises)

    @property
    def needs_a_person(self) -> bool:
        return self.verdict != GRADED


def to_json(record: Record) -> str:
    """One line, ASCII, so that whatever is in a text stays in its line."""
    return json.dumps(asdict(record), allow_nan=False)


def from_json(line: str | bytes) -> Record:
    """Read what `to_json` wrote. Raises RecordError for anything else."""
    try:
        data = json.loads(line)
    except ValueError as error:
        raise RecordError(f"not JSON: {error}") from None
    found = _fields(data, Record)
    found["notes"] = tuple(_text(note, "notes") for note in found["notes"])
    found["exercises"] = tuple(map(_result, found["exercises"]))
    found["own"] = tuple(_whole(number) for number in found["own"])
    _one_of(found["verdict"], VERDICTS)
    for exercise in found["exercises"]:
        _one_of(exercise.verdict, EXERCISE_VERDICTS)
    return Record(**found)


def _result(data: Any) -> ExerciseResult:
    found = _fields(data, ExerciseResult)
    found["wrong"] = tuple(_text(number, "wrong") for number in found["wrong"])
    return ExerciseResult(**found)


# of the scalars; what else a field holds is a list in JSON
JSON_TYPES: dict[Any, tuple[type, ...]] = {
    str: (str,),
    float: (int, float),
    int: (int,),
    bool: (bool,),
}


def _fields(data: Any, kind: type) -> dict[str, Any]:
    """The fields of a `kind` out of a JSON value."""
    hints = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    if not isinstance(data, dict) or data.keys() != set(names):
        raise RecordError(f"expected a mapping with {', '.join(names)}")
    for name in names:
        value, wanted = data[name], JSON_TYPES.get(hints[name], (list,))
        if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
            shape = getattr(hints[name], "__name__", "list") if list not in wanted else "list"
            raise RecordError(f"{name}: expected {shape}, found {type(value).__name__}")
        if isinstance(value, float) and not math.isfinite(value):
            raise RecordError(f"{name}: not a finite number")
    return dict(data)


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise RecordError(f"{name}: expected a list of texts")
    return value


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise RecordError("own: expected a list of whole numbers")
    return value


def _one_of(verdict: str, known: tuple[str, ...]) -> None:
    if verdict not in known:
        raise RecordError(f"unknown verdict {verdict!r}; there are {', '.join(known)}")
