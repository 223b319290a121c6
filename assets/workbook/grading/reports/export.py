"""Grades back to the platform: its own table, with the grades in it.

Moodle: the grading worksheet of an assignment (https://docs.moodle.org/en/Assignment_settings,
"Offline grading worksheet"), and the zip of feedback files beside it. Canvas: the gradebook as it
exports it (https://community.canvaslms.com, "How do I import grades in the Gradebook?").
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

from workbook.grading.facts.places import stem
from workbook.grading.facts.record import Record
from workbook.grading.reports.markup import number
from workbook.grading.reports.spreadsheet import SpreadsheetError, spreadsheet_text
from workbook.language import _

MOODLE, CANVAS = "moodle", "canvas"
NOT_IN_A_FILE_NAME = re.compile(r'[\x00-\x1f/\\:*?"<>|]')


def export(platform: str, template: Path, records: Sequence[Record], out: Path) -> list[str]:
    """Write what `platform` imports into `out`; `template` is the table that it exported. A
    sentence for each graded learner who is not in that. Raises SpreadsheetError and OSError."""
    rows = list(csv.reader(io.StringIO(spreadsheet_text(template), newline="")))
    graded = [record for record in records if not record.needs_a_person]
    fill = fill_moodle if platform == MOODLE else fill_canvas
    filled, placed = fill(rows, graded)
    table = io.StringIO(newline="")
    csv.writer(table).writerows(filled)
    (out / f"{platform}.csv").write_bytes(b"\xef\xbb\xbf" + table.getvalue().encode())
    text = _("{learner}: graded, and not in the table of {platform}")
    return [
        text.format(learner=record.learner, platform=platform.capitalize())
        for record in graded
        if record not in placed
    ]


def fill_moodle(
    rows: Sequence[Sequence[str]], records: Sequence[Record]
) -> tuple[list[list[str]], list[Record]]:
    """The worksheet with the column Grade filled, as a share of its Maximum Grade; and whose.

    It is of one assignment, so the records are of one lesson. Raises SpreadsheetError.
    """
    if len({record.lesson for record in records}) > 1:
        raise SpreadsheetError(_("Moodle's worksheet is of one lesson: add --lesson NN."))
    header = _header(rows, ("Identifier", "Grade"), "Moodle")
    identifier, grade = header.index("Identifier"), header.index("Grade")
    most = header.index("Maximum Grade") if "Maximum Grade" in header else None
    by_id = {record.platform_id: record for record in records if record.platform_id}
    filled, placed = [list(rows[0])], []
    for row in map(list, rows[1:]):
        digits = re.search(r"\d+$", row[identifier].strip()) if len(row) > identifier else None
        record = by_id.get(digits[0]) if digits else None
        if record and len(row) > grade:
            row[grade] = _scaled(record, row[most] if most is not None else "")
            placed.append(record)
        filled.append(row)
    return filled, placed


def fill_canvas(
    rows: Sequence[Sequence[str]], records: Sequence[Record]
) -> tuple[list[list[str]], list[Record]]:
    """The gradebook with each lesson's column filled, as a share of its points possible; and whose.
    A lesson's column is the one whose name has its number. Raises SpreadsheetError."""
    header = _header(rows, ("Student", "ID"), "Canvas")
    column = {lesson: _column(header, lesson) for lesson in {r.lesson for r in records}}
    known = {(record.platform_id, record.lesson): record for record in records}
    possible = next((row for row in rows if row and row[0].strip() == "Points Possible"), [])
    filled, placed = [list(rows[0])], []
    for row in map(list, rows[1:]):
        for lesson, place in column.items():
            who = row[header.index("ID")].strip() if len(row) == len(header) else ""
            record = known.get((who, lesson)) if who else None
            if record:
                row[place] = _scaled(record, possible[place] if len(possible) > place else "")
                placed.append(record)
        filled.append(row)
    return filled, placed


def _header(rows: Sequence[Sequence[str]], needed: Sequence[str], platform: str) -> list[str]:
    header = list(rows[0]) if rows else []
    if missing := [name for name in needed if name not in header]:
        text = _("The template is no table of {platform}: it has no column {columns}.")
        raise SpreadsheetError(text.format(platform=platform, columns=", ".join(missing)))
    return header


def _column(header: Sequence[str], lesson: str) -> int:
    # an assignment's name ends in its number at Canvas, "Lesson 04 (1234)"
    names = [re.sub(r" \(\d+\)$", "", name) for name in header]
    found = [i for i, name in enumerate(names) if re.search(rf"(?<!\d){lesson}(?!\d)", name)]
    if len(found) != 1:
        text = _("{count} columns of the template name lesson {lesson}; one is needed.")
        raise SpreadsheetError(text.format(count=len(found), lesson=lesson))
    return found[0]


def _scaled(record: Record, most: str) -> str:
    try:
        highest = float(most.replace(",", "."))
    except ValueError:
        return number(record.points)
    return number(record.points / record.possible * highest if record.possible else 0)


def moodle_feedback(records: Sequence[Record], out: Path) -> None:
    """Write the zip that Moodle takes under "Upload multiple feedback files in a zip", out of the
    pages in `out`. Raises OSError."""
    with zipfile.ZipFile(out / "moodle_feedback.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for record in records:
            page = out / f"{stem(record.learner, record.lesson, record.file)}.html"
            if record.platform_id and page.exists():
                name = NOT_IN_A_FILE_NAME.sub("_", record.platform_name)
                folder = f"{name}_{record.platform_id}_assignsubmission_file_"
                archive.write(page, f"{folder}/{record.lesson or 'unknown'}.html")
