"""Lesson 11 with the real kfp 2.17.0, in the environment that the lesson itself makes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from tests.support.answers.answers_11 import TRANSLATED
from workbook.authoring.lessons import find_lessons
from workbook.exercises import EXERCISES
from workbook.exercises.model import NOT_YET
from workbook.paths import REPOSITORY

pytestmark = pytest.mark.slow

DATA = REPOSITORY / "assets" / "data" / "sdk_2"
WRITTEN = Path("files", "11")  # where the lesson works, beside its notebook


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the lesson ran with with_sdk_2: it has out.ipynb, and files/11 has kfp-2."""
    folder = tmp_path_factory.mktemp("sdk_2")
    (lesson,) = find_lessons(["11"])
    parameters = ["-p", "value_1", "7", "-p", "value_2", "2", "-p", "with_sdk_2", "True"]
    papermill = Path(sys.executable).with_name("papermill")
    subprocess.run([papermill, lesson.solution, "out.ipynb", *parameters], cwd=folder, check=True)
    return folder


def python_2(folder: Path, *arguments: object) -> None:
    """Run a program with kfp 2.17.0. It writes into `folder`."""
    python = folder / WRITTEN / "kfp-2" / "bin" / "python"
    subprocess.run([python, *map(str, arguments)], cwd=folder, check=True, env={**os.environ})


def printed(folder: Path, cell: str) -> str:
    cells = nbformat.read(folder / "out.ipynb", as_version=4).cells
    outputs = next(one for one in cells if one.id == cell).outputs
    return "".join(output.text for output in outputs)


def test_the_lesson_runs_the_pipeline_by_kfp_local(folder):
    assert printed(folder, "run-sdk-2").strip().splitlines()[-1] == "45"


def test_the_lesson_compiles_the_translation(folder):
    assert "successfully compiled" in printed(folder, "compile-the-translation")
    spec = yaml.safe_load((folder / WRITTEN / "scale_2.yaml").read_text())
    assert set(spec["root"]["dag"]["tasks"]) == {"scale", "scale-2"}


def test_the_translation_that_the_tests_break_is_the_one_that_compiles(folder):
    assert (folder / WRITTEN / "scale_2.py").read_text() == TRANSLATED


@pytest.mark.parametrize("name", ["add_sdk_2", "steps_sdk_2"])
def test_the_ir_is_what_kfp_writes_of_the_source_beside_it(folder, name):
    python_2(folder, DATA / f"{name}.py")
    made, stored = (
        yaml.safe_load((place / f"{name}.yaml").read_text()) for place in (folder, DATA)
    )
    assert followed(made, made["root"]["dag"]) == followed(stored, stored["root"]["dag"])


def followed(ir: dict[str, Any], dag: dict[str, Any]) -> dict[str, Any]:
    """The tasks, with what they run in place of the names: for a pipeline within a pipeline kfp
    gives names in no order of its own."""

    def runs(name: str) -> Any:
        component = ir["components"][name]
        if "dag" in component:
            return followed(ir, component["dag"])
        return ir["deploymentSpec"]["executors"][component["executorLabel"]]

    tasks = dag["tasks"].items()
    return {
        name: {**task, "componentRef": runs(task["componentRef"]["name"])} for name, task in tasks
    }


def test_what_sdk_2_says_of_old_code_is_what_was_recorded(folder):
    python_2(folder, DATA / "record.py")
    made, stored = (json.loads((place / "recorded.json").read_text()) for place in (folder, DATA))
    assert made == stored


def test_every_new_name_of_the_table_compiles(folder):
    python_2(folder, DATA / "new_names_sdk_2.py")
    assert yaml.safe_load((folder / "new_names_sdk_2.yaml").read_text())["root"]


def test_steps_give_what_their_code_says(folder):
    """The exercise reads this code; the graph is not a chain, and the names don't tell."""
    steps = yaml.safe_load((DATA / "steps_sdk_2.yaml").read_text())
    tasks = steps["components"]["comp-part"]["dag"]["tasks"]
    waits_for = {name: set(task.get("dependentTasks", ())) for name, task in tasks.items()}
    assert waits_for == {
        "step": set(),
        "step-2": {"step"},
        "step-3": set(),
        "step-4": {"step-2", "step-3"},
    }
    executors = steps["deploymentSpec"]["executors"]
    by_name = {
        name: executors[f"exec-{name}"]["container"]["command"][-1].strip().splitlines()[-1].strip()
        for name in tasks
    }
    assert EXERCISES["11-2"].judge(by_name).verdict == NOT_YET
