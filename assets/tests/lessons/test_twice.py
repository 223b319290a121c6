"""A learner runs a cell again: no cell of a lesson fails the second time."""

from __future__ import annotations

import os
from copy import deepcopy

import localkfp
import nbformat
import pytest
from nbclient import NotebookClient
from workbook.authoring.lessons import find_lessons

pytestmark = pytest.mark.slow

LESSONS = find_lessons()


@pytest.mark.parametrize("lesson", LESSONS, ids=[lesson.number for lesson in LESSONS])
def test_every_cell_can_be_run_twice(lesson, tmp_path, monkeypatch):
    monkeypatch.setenv("LOCALKFP_HOME", str(tmp_path / "state"))
    notebook = nbformat.read(lesson.solution, as_version=4)
    cells = []
    for cell in notebook.cells:
        cells += [cell, deepcopy(cell)] if cell.cell_type == "code" else []
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    notebook.cells = cells
    folder = tmp_path / "solutions"
    folder.mkdir()
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}})
    try:
        client.execute(env=dict(os.environ), cleanup_kc=True)
    finally:
        localkfp.stop()
