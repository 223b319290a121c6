"""Everything that is written when a batch is done, and the notebooks while it runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from nbformat import NotebookNode

from workbook.grading.facts.places import GRADES, REPORT, stem
from workbook.grading.facts.record import Record
from workbook.grading.notebook.trim import trimmed
from workbook.grading.reports.feedback import feedback_html
from workbook.grading.reports.report import report_html
from workbook.grading.reports.table import grades_csv
from workbook.grading.rubric.rubric import Rubric


def write_outcome(
    records: Sequence[Record], rubric: Rubric, out: Path, notes: Sequence[str] = ()
) -> None:
    """Write grades.csv, report.html and a page for each submission into the folder `out`.

    `notes` are the intake's. A file is replaced whole or not at all. Raises OSError.
    """
    for record in records:
        place = f"{stem(record.learner, record.lesson, record.file)}.html"
        _write(out / place, feedback_html(record))
    _write(out / REPORT, report_html(records, rubric, notes))
    _write(out / GRADES, grades_csv(records))


def keep_notebook(notebook: NotebookNode, record: Record, out: Path) -> str:
    """Store an executed notebook beside its feedback page, its outputs bounded.

    Returns where, relative to `out`: the `notebook` of a Record. Raises OSError.
    """
    place = f"{stem(record.learner, record.lesson, record.file)}.ipynb"
    # rebuilt and trimmed it is valid: nbformat.writes would validate it cell by cell once more
    _write(out / place, json.dumps(trimmed(notebook), ensure_ascii=False) + "\n")
    return place


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    try:
        # half a character would stop the whole batch here
        new.write_bytes(text.encode("utf-8", "replace"))
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise
