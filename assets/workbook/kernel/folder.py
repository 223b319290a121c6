"""Where a lesson works: beside its notebook, in a folder of its own."""

from __future__ import annotations

import os
from pathlib import Path

from workbook.language import _

_notebook: Path | None = None  # as long as the lesson works there


def notebook_folder() -> Path:
    """Where the notebook lies, wherever the lesson works: a kernel starts there."""
    return _notebook or Path.cwd()


def work_in(name: str) -> None:
    """Make a folder beside the notebook and go there: what the lesson writes lands in it, and no
    two lessons write one file. Running it again changes nothing. Raises ValueError for a name that
    leads elsewhere."""
    global _notebook
    notebook = notebook_folder()
    folder = notebook / name
    if not folder.resolve().is_relative_to(notebook.resolve()):
        raise ValueError(_("{name} isn't a folder beside the notebook").format(name=name))
    folder.mkdir(parents=True, exist_ok=True)
    _notebook = notebook
    os.chdir(folder)
    print(_("workbook: what this lesson writes goes into {folder}").format(folder=name))
