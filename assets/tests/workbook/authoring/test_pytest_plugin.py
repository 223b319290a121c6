"""workbook.authoring.pytest_plugin: what a notebook finds when pytest runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat

LOOK = """\
import os
from pathlib import Path
state, folder = Path(os.environ["LOCALKFP_HOME"]), Path.cwd()
assert not list(state.iterdir()) and not list(folder.iterdir())
import localkfp
host = localkfp.start()
({where}).mkdir(parents=True, exist_ok=True)
({where} / "pipeline.yaml").touch()
with open({found!r}, "a") as found:
    found.write(f"{{state}}\\n{{folder}}\\n")
"""


def run_notebooks(edition: Path, found: Path, **where: str) -> str:
    """What pytest says of notebooks that each write a file, by their names."""
    edition.mkdir()
    for name, folder in where.items():
        look = nbformat.v4.new_code_cell(LOOK.format(found=str(found), where=folder))
        notebook = nbformat.v4.new_notebook(cells=[look])
        notebook.cells[0].execution_count = 1
        nbformat.write(notebook, edition / f"{name[1:]}.ipynb")
    options = ["-p", "workbook.authoring.pytest_plugin", "-p", "no:cacheprovider"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *options, edition],
        cwd=edition.parent,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    ).stdout


def test_each_notebook_has_a_state_and_a_folder_of_its_own_and_nothing_of_it_stays(tmp_path):
    edition, found = tmp_path / "ko", tmp_path / "found"
    own = {"_01_one": 'folder / "files/01"', "_02_two": 'folder / "files/02"'}
    said = run_notebooks(edition, found, **own)
    assert "2 passed" in said, said
    states_and_folders = [Path(line) for line in found.read_text().splitlines()]
    assert len(set(states_and_folders)) == 4
    assert not any(folder.exists() for folder in states_and_folders)
    assert {folder.name for folder in states_and_folders[1::2]} == {"ko"}
    assert sorted(file.name for file in edition.iterdir()) == ["01_one.ipynb", "02_two.ipynb"]


def test_a_lesson_that_writes_where_another_might_write_too_fails(tmp_path):
    where = {
        "_01_one": "folder",
        "_02_two": 'folder / "files/01"',
        "_03_three": 'folder / "files/03"',
    }
    said = run_notebooks(tmp_path / "notebooks", tmp_path / "found", **where)
    assert "01_one.ipynb wrote beside itself: pipeline.yaml" in said
    assert "02_two.ipynb wrote beside itself: files/01/pipeline.yaml" in said
    assert "03_three.ipynb wrote" not in said
