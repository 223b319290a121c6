"""The page of a notebook as it was run: its cells and outputs as text and pictures, no script."""

from __future__ import annotations

import re
from typing import Any

from nbformat import NotebookNode

from workbook.grading.facts.plain import plain
from workbook.grading.facts.record import Record
from workbook.grading.notebook.trim import IMAGES
from workbook.grading.reports.markup import page
from workbook.language import _

BASE_64 = re.compile(r"[A-Za-z0-9+/=\s]*")
LONGEST = 20_000  # characters of one text


def executed_html(notebook: NotebookNode, record: Record) -> str:
    """`notebook` is bounded already, see `trim`."""
    return page(
        "executed.html",
        title=_("The notebook as it was run"),
        learner=record.learner,
        file=record.file,
        cells=[_cell(cell) for cell in notebook.cells],
    )


def _cell(cell: NotebookNode) -> dict[str, Any]:
    outputs = cell.outputs if cell.cell_type == "code" else []
    return {
        "code": cell.cell_type == "code",
        "source": plain(cell.source, LONGEST),
        "outputs": [shown for output in outputs for shown in _output(output)],
    }


def _output(output: NotebookNode) -> list[dict[str, str]]:
    """Each a `text`, or a `picture` as a data URI."""
    if output.output_type == "stream":
        return [{"text": plain(output.text, LONGEST)}]
    if output.output_type == "error":
        return [{"text": plain("\n".join(output.traceback), LONGEST)}]
    data = output.get("data", {})
    for kind in IMAGES:
        if kind in data and BASE_64.fullmatch(data[kind]):
            return [{"picture": f"data:{kind};base64,{''.join(data[kind].split())}"}]
    return [{"text": plain(data.get("text/plain", ""), LONGEST)}]
