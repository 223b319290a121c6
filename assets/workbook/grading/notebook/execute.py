"""What `papermill.execute_notebook` does, on a notebook that is in memory and known to be valid."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import raise_for_execution_errors
from papermill.parameterize import parameterize_notebook

from workbook.grading.notebook.passage import Course

ENGINE = "workbook"


def execute(notebook: NotebookNode, given: Mapping[str, Any], course: Course) -> None:
    """Put in the parameters, run the cells by our engine, and point from the top at a cell that
    raised. Reading, validating and writing it, as papermill does besides, would take 40 ms."""
    notebook.metadata.papermill = NotebookNode(parameters=dict(given))
    for cell in notebook.cells:
        cell.metadata.papermill = NotebookNode()
        cell.metadata.setdefault("tags", [])
    if given:
        notebook = parameterize_notebook(notebook, dict(given), engine_name=ENGINE)
    notebook = papermill_engines.execute_notebook_with_engine(
        ENGINE,
        notebook,
        papermill_engines.nb_kernel_name(ENGINE, notebook),
        progress_bar=False,
        autosave_cell_every=0,
        course=course,
    )
    # cells that raise are in course.failures
    with contextlib.suppress(PapermillExecutionError):
        raise_for_execution_errors(notebook, None)
