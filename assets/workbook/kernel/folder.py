"""Where a lesson works: beside its notebook, in a folder of its own."""

from __future__ import annotations

import os
from pathlib import Path

from workbook.language import _

_notebook = Path.cwd()  # a kernel starts there


def notebook_folder() -> Path:
    """Where the notebook lies, wherever the lesson works."""
    return _notebook


def work_in(name: str) -> None:
    """Make a folder beside the notebook and go there: what the lesson writes lands in it, and no
    two lessons write one file. Running it again changes nothing. Raises ValueError for a name that
    leads elsewhere."""
    folder = _notebook / name
    if not folder.resolve().is_relative_to(_notebook.resolve()):
        raise ValueError(_("{name} isn't a folder beside the notebook").format(name=name))
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(folder)
    print(_("workbook: what this lesson writes goes into {folder}").format(folder=name))
