"""overrides.csv in the folder of results: points that a person gives, kept through every run."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workbook.grading.facts.plain import plain, plain_line
from workbook.grading.facts.record import ExerciseResult, Record
from workbook.grading.reports.markup import number
from workbook.grading.reports.spreadsheet import SpreadsheetError, spreadsheet_text
from workbook.language import _

NAME = "overrides.csv"
COLUMNS = ("learner", "exercise", "points", "comment")


@dataclass(frozen=True)
class Override:
    """`line` is that of the file, for messages."""

    learner: str
    exercise: str
    points: float
    comment: str
    line: int


def read_overrides(out: Path) -> list[Override]:
    """Those in the folder `out`; none without a file. Raises SpreadsheetError with the line."""
    path = out / NAME
    if not path.exists():
        return []
    rows = csv.DictReader(io.StringIO(spreadsheet_text(path), newline=""))
    if missing := set(COLUMNS[:3]) - set(rows.fieldnames or ()):
        text = _("{file} has no column {columns}; it has learner, exercise, points, comment")
        raise SpreadsheetError(text.format(file=NAME, columns=", ".join(sorted(missing))))
    return [_override(row, rows.line_num) for row in rows if any(row.values())]


def overridden(
    records: Sequence[Record], overrides: Sequence[Override]
) -> tuple[list[Record], list[str]]:
    """The records with a person's points in them, and a sentence for each that fits none."""
    found, left = list(records), []
    for override in overrides:
        places = [
            (i, j)
            for i, record in enumerate(found)
            for j, exercise in enumerate(record.exercises)
            if (record.learner, exercise.id) == (override.learner, override.exercise)
        ]
        for i, j in places:
            found[i] = _with(found[i], j, override)
        if not places:
            text = _("overrides.csv, line {line}: {learner} has no graded exercise {exercise}")
            left.append(
                text.format(
                    line=override.line, learner=override.learner, exercise=override.exercise
                )
            )
    return found, left


def _with(record: Record, place: int, override: Override) -> Record:
    exercises: list[ExerciseResult] = list(record.exercises)
    text = _("{exercise}: {points} points by your instructor. {comment}")
    note = text.format(
        exercise=override.exercise, points=number(override.points), comment=override.comment
    )
    exercises[place] = replace(exercises[place], points=override.points)
    return replace(record, exercises=tuple(exercises), notes=(*record.notes, note.strip()))


def _override(row: dict[str, str | None], line: int) -> Override:
    learner, exercise, points, comment = ((row.get(name) or "").strip() for name in COLUMNS)
    try:
        worth = float(points)
    except ValueError:
        worth = math.nan
    if not 0 <= worth <= 1000:
        text = _("overrides.csv, line {line}: {points!r} is no number of points")
        raise SpreadsheetError(text.format(line=line, points=points[:40]))
    # grades.csv marks by an apostrophe what a spreadsheet would calculate
    who = learner[1:] if learner.startswith("'") else learner
    return Override(plain_line(who), plain_line(exercise), worth, plain(comment, 1000), line)
