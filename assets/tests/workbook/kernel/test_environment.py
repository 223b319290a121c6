"""What a learner sees when something about the machine is wrong: a sentence, and what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook
from workbook.kernel.endpoint import endpoint
from workbook.kernel.environment import EnvironmentProblem, check_kfp, check_python
from workbook.paths import REPOSITORY


@pytest.mark.parametrize("version", [(3, 10), (3, 11), (3, 12)])
def test_supported_pythons_pass(version):
    check_python(version)


@pytest.mark.parametrize("version", [(3, 8), (3, 9), (3, 13), (4, 0)])
def test_another_python_is_refused_with_what_to_do(version):
    with pytest.raises(EnvironmentProblem, match=r"needs 3.10, 3.11 or 3.12.*README"):
        check_python(version)


def test_kfp_1_8_24_passes():
    check_kfp("1.8.24")


@pytest.mark.parametrize(("version", "said"), [("2.17.0", "kfp 2.17.0"), (None, "no kfp")])
def test_another_kfp_is_refused_with_the_command_that_mends_it(version, said):
    with pytest.raises(EnvironmentProblem, match=rf"{said}.*pip install -r requirements.txt"):
        check_kfp(version)


def run_cell(code: str, folder: Path, **environment: str) -> str:
    """What a person sees below a cell, in a kernel of this environment."""
    notebook = new_notebook(cells=[new_code_cell(code)])
    folder.mkdir(exist_ok=True)
    client = NotebookClient(notebook, allow_errors=True, resources={"metadata": {"path": folder}})
    client.execute(env={**os.environ, **environment}, cleanup_kc=True)
    texts = [
        output.get("text") or "\n".join(output.get("traceback", ()))
        for output in notebook.cells[0].outputs
    ]
    return "".join(texts)


def test_in_a_kernel_a_problem_is_shown_as_its_sentence_without_a_traceback(tmp_path):
    code = "import workbook.kernel.environment as e; e.check_kfp('2.17.0')"
    seen = run_cell(code, tmp_path)
    assert "This kernel has kfp 2.17.0" in seen
    assert "Traceback" not in seen


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_the_first_cell_makes_the_commands_this_kernels_own(tmp_path, shell):
    commands = ("kfp", "dsl-compile", "python")
    # IPython runs `!` by $SHELL; Debian's sh looks up only the first name that it is given.
    code = "import workbook\n!" + "; ".join(f"command -v {name}" for name in commands)
    seen = run_cell(code, tmp_path, PATH="/usr/bin:/bin", SHELL=shell)
    binaries = Path(sys.executable).parent
    for name in commands:
        assert f"{binaries}/{name}" in seen


def test_an_explicit_address_wins_and_is_repaired(capsys, monkeypatch):
    monkeypatch.setenv("KF_PIPELINES_ENDPOINT", "http://elsewhere")
    assert endpoint("localhost:8080/") == "http://localhost:8080"
    assert "as you asked" in capsys.readouterr().out


def test_kfps_own_variable_comes_next(monkeypatch):
    monkeypatch.setenv("KF_PIPELINES_ENDPOINT", "http://elsewhere/")
    assert endpoint() == "http://elsewhere"


def test_a_state_directory_that_cannot_be_written_is_a_sentence(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.delenv("KF_PIPELINES_ENDPOINT", raising=False)
    monkeypatch.setenv("LOCALKFP_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(EnvironmentProblem, match="LOCALKFP_HOME"):
        endpoint()


def test_the_command_line_starts_without_a_kernel_and_says_nothing_of_it():
    command = [sys.executable, "-m", "workbook", "--help"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "start" in result.stdout
    assert "PATH" not in result.stdout


def test_no_lesson_is_stored_with_an_error():
    root = REPOSITORY
    notebooks = [*root.glob("notebooks/*.ipynb"), *root.glob("solutions/*.ipynb")]
    assert notebooks
    for path in notebooks:
        for cell in nbformat.read(path, as_version=4).cells:
            assert all(o.output_type != "error" for o in cell.get("outputs", ())), path


WORK = """import os, workbook
workbook.work_in("files/04")
workbook.work_in("files/04")
open("add_pipeline.yaml", "w").close()
print(os.path.relpath(os.getcwd(), workbook.kernel.folder.notebook_folder()))
"""


def test_a_lesson_works_in_a_folder_of_its_own_however_often_its_first_cell_is_run(tmp_path):
    seen = run_cell(WORK, tmp_path)
    assert seen.endswith("files/04\n")
    assert [path.name for path in (tmp_path / "files" / "04").iterdir()] == ["add_pipeline.yaml"]
    assert [path.name for path in tmp_path.iterdir()] == ["files"]


def test_a_lesson_cannot_work_above_its_notebook(tmp_path):
    seen = run_cell('import workbook\nworkbook.work_in("../elsewhere")', tmp_path / "notebooks")
    assert "isn't a folder beside the notebook" in seen
    assert not (tmp_path / "elsewhere").exists()
