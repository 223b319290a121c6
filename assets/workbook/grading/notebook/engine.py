"""The papermill engine `workbook`: cells run in a process forked from a warm one, in a sandbox.

    papermill --engine workbook lesson.ipynb out.ipynb

runs a notebook so; the grader passes a `course` of its own along.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from papermill.engines import Engine, NotebookExecutionManager

from workbook.grading.notebook.passage import Course
from workbook.grading.sandbox import bubblewrap
from workbook.grading.sandbox.bubblewrap import Limits
from workbook.grading.sandbox.session import Zygote


class GradingEngine(Engine):
    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        course: Course | None = None,
        **_ignored: Any,
    ) -> None:
        if course is not None:
            course.run(nb_man)
            return
        with tempfile.TemporaryDirectory(prefix="workbook-engine-") as folder:
            zygote = Zygote("kernel", bubblewrap.lay_out(Path(folder)))
            try:
                zygote.ready()
                Course(zygote, Limits()).run(nb_man)
            finally:
                zygote.stop()
