"""The papermill engine `workbook`: cells run in a process forked from a warm one, in a sandbox.

    papermill --engine workbook lesson.ipynb out.ipynb

runs a notebook as the grader runs what was handed in.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from papermill.engines import Engine, NotebookExecutionManager

from workbook.grading.notebook.passage import Passage
from workbook.grading.sandbox import bubblewrap
from workbook.grading.sandbox.bubblewrap import Limits
from workbook.grading.sandbox.warm import IF_POSSIBLE, first_of


class GradingEngine(Engine):
    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, **_ignored: Any
    ) -> None:
        with tempfile.TemporaryDirectory(prefix="workbook-engine-") as folder:
            warm = first_of(bubblewrap.lay_out(Path(folder)), IF_POSSIBLE)
            try:
                passage = Passage(nb_man.nb, Limits())
                passage.run(warm.kernels)
            finally:
                warm.stop()
        for index, cell in enumerate(nb_man.nb.cells):
            if cell.get("id") in passage.failures:
                nb_man.cell_exception(cell, index)
            nb_man.cell_complete(cell, index)
