"""Everything that is written when a batch is done, and the notebooks while it runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from nbformat import NotebookNode

from workbook.grading.facts.places import CLOSED, GRADES, REPORT, executed, stem
from workbook.grading.facts.record import Record
from workbook.grading.notebook.trim import trimmed
from workbook.grading.reports.executed import executed_html
from workbook.grading.reports.feedback import feedback_html
from workbook.grading.reports.report import report_html
from workbook.grading.reports.table import grades_csv
from workbook.grading.rubric.rubric import Rubric


def write_outcome(
    records: Sequence[Record],
    rubric: Rubric,
    out: Path,
    notes: Sequence[str] = (),
    closed: bool = False,
) -> None:
    """Write grades.csv, report.html and a page for each submission into the folder `out`.

    Until the batch is `closed`, the learners' pages say nothing of what was drawn, and the
    notebooks as they were run are not beside them. `notes` are the intake's. A file is replaced
    whole or not at all. Raises OSError.
    """
    for record in records:
        place = stem(record.learner, record.lesson, record.file)
        _write(out / f"{place}.html", feedback_html(record, closed))
        if closed and record.notebook:
            for kind in (".ipynb", ".html"):
                source = (out / record.notebook).with_suffix(kind)
                if source.exists():
                    name = place if kind == ".ipynb" else f"{place}-as-it-was-run"
                    _write(out / f"{name}{kind}", source.read_text(encoding="utf-8"))
    if closed:
        _write(out / CLOSED, "")
    _write(out / REPORT, report_html(records, rubric, notes))
    _write(out / GRADES, grades_csv(records))


def keep_notebook(notebook: NotebookNode, record: Record, out: Path) -> str:
    """Store an executed notebook and a page of it, its outputs bounded.

    Returns where, relative to `out`: the `notebook` of a Record. Raises OSError.
    """
    place = executed(record.learner, record.lesson, record.file)
    bounded = trimmed(notebook)
    # rebuilt and trimmed it is valid: nbformat.writes would validate it cell by cell once more
    _write(out / f"{place}.ipynb", json.dumps(bounded, ensure_ascii=False) + "\n")
    _write(out / f"{place}.html", executed_html(bounded, record))
    return f"{place}.ipynb"


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
