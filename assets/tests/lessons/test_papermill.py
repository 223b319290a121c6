"""Every solved lesson by papermill: other parameters, any working directory, a bare PATH."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from workbook.authoring.lessons import find_lessons
from workbook.exercises import EXERCISES
from workbook.grading.rubric.rubric import load_rubric

pytestmark = pytest.mark.slow


def run(lesson, folder: Path, values: dict[str, object]) -> nbformat.NotebookNode:
    chosen = [part for name, value in values.items() for part in ("-p", name, str(value))]
    papermill = Path(sys.executable).with_name("papermill")
    environment = {**os.environ, "PATH": "/usr/bin:/bin", "LOCALKFP_HOME": str(folder / "state")}
    result = subprocess.run(
        [papermill, lesson.solution, folder / "out.ipynb", *chosen],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    subprocess.run([sys.executable, "-m", "localkfp", "stop"], env=environment, check=True)
    assert result.returncode == 0, result.stderr[-3000:]
    return nbformat.read(folder / "out.ipynb", as_version=4)


def printed(notebook: nbformat.NotebookNode) -> str:
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return "\n".join(o.get("text") or o.get("data", {}).get("text/plain", "") for o in outputs)


@pytest.mark.parametrize("lesson", find_lessons(), ids=lambda lesson: lesson.number)
def test_every_check_is_right_with_parameters_that_the_rubric_draws(lesson, tmp_path):
    text = printed(run(lesson, tmp_path, load_rubric().parameters(lesson.number, seed=1)))
    for exercise_id in EXERCISES:
        if exercise_id.startswith(f"{lesson.number}-"):
            assert re.search(rf"^{exercise_id}  right$", text, re.MULTILINE), text


def test_the_four_runs_of_lesson_05_give_45(tmp_path):
    (lesson,) = find_lessons(["05"])
    ran = run(lesson, tmp_path, {"value_1": 7, "value_2": 2})
    (result,) = [cell for cell in ran.cells if cell.id == "one-result-code"]
    assert re.findall(r": (\d+)", result.outputs[-1].data["text/plain"]) == ["45"] * 4
