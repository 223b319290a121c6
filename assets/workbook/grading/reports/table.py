"""grades.csv: a row for each submission, which a spreadsheet opens without running any of it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from workbook.grading.facts.places import stem
from workbook.grading.facts.plain import plain_line
from workbook.grading.facts.record import Record
from workbook.grading.reports.markup import number

COLUMNS = (
    "learner",
    "lesson",
    "points",
    "possible",
    "verdict",
    "needs a person",
    "why",
    "notes",
    "file",
    "feedback",
    "isolated",
    "seed",
)
# what begins a formula: https://owasp.org/www-community/attacks/CSV_Injection, with the full-width
# and small forms that spreadsheets in East Asia take too
FORMULA = "=+-@\t\r\n＝＋－＠﹦﹢﹣﹫"
# where the country's list separator is a semicolon, a new cell begins after one
NEW_CELL = re.compile(rf"(;\s*)(?=[{re.escape(FORMULA)}])")
# a spreadsheet takes UTF-8 without this mark for the encoding of its country, and Korean names are
# lost; Python reads it by the encoding utf-8-sig
BYTE_ORDER_MARK = "\ufeff"


def grades_csv(records: Sequence[Record]) -> str:
    """The table as text. A submission that was not graded has no points: a person decides them."""
    exercises = sorted({exercise.id for record in records for exercise in record.exercises})
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow([*COLUMNS, *exercises])
    for record in sorted(records, key=lambda record: (record.learner, record.lesson, record.file)):
        points = {exercise.id: number(exercise.points) for exercise in record.exercises}
        writer.writerow([*map(cell, _row(record)), *(points.get(e, "") for e in exercises)])
    return BYTE_ORDER_MARK + table.getvalue()


def cell(text: str) -> str:
    """A text that a spreadsheet shows and does not calculate."""
    line = NEW_CELL.sub(r"\1'", plain_line(text, limit=1000))
    return f"'{line}" if text[:1] in tuple(FORMULA) or line[:1] in tuple(FORMULA) else line


def _row(record: Record) -> list[str]:
    graded = not record.needs_a_person
    return [
        record.learner,
        record.lesson,
        number(record.points) if graded else "",
        number(record.possible) if graded else "",
        record.verdict,
        "no" if graded else "yes",
        record.text,
        "; ".join(record.notes),
        record.file,
        f"{stem(record.learner, record.lesson, record.file)}.html",
        "yes" if record.isolated else "no",
        str(record.seed),
    ]
