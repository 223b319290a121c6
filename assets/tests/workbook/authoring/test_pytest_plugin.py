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
(folder / "pipeline.yaml").touch()
with open({found!r}, "a") as found:
    found.write(f"{{state}}\\n{{folder}}\\n")
"""


def test_each_notebook_has_a_state_and_a_folder_of_its_own_and_nothing_of_it_stays(tmp_path):
    edition, found = tmp_path / "ko", tmp_path / "found"
    edition.mkdir()
    for name in ("one", "two"):
        look = nbformat.v4.new_code_cell(LOOK.format(found=str(found)))
        notebook = nbformat.v4.new_notebook(cells=[look])
        notebook.cells[0].execution_count = 1
        nbformat.write(notebook, edition / f"{name}.ipynb")
    options = ["-p", "workbook.authoring.pytest_plugin", "-p", "no:cacheprovider"]
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *options, edition],
        cwd=tmp_path,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed" in result.stdout, result.stdout
    states_and_folders = [Path(line) for line in found.read_text().splitlines()]
    assert len(set(states_and_folders)) == 4
    assert not any(folder.exists() for folder in states_and_folders)
    assert {folder.name for folder in states_and_folders[1::2]} == {"ko"}
    assert sorted(file.name for file in edition.iterdir()) == ["one.ipynb", "two.ipynb"]
