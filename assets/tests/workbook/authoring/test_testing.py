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
home = Path(os.environ["LOCALKFP_HOME"])
assert not list(home.iterdir())
import localkfp
host = localkfp.start()
print(home, file=open("homes", "a"))
"""


def test_each_notebook_has_a_state_directory_of_its_own_and_nothing_of_it_stays(tmp_path):
    for name in ("one", "two"):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(LOOK)])
        notebook.cells[0].execution_count = 1
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    options = [
        "-p",
        "workbook.authoring.pytest_plugin",
        "-p",
        "no:cacheprovider",
    ]
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *options, tmp_path],
        cwd=tmp_path,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "2 passed" in result.stdout, result.stdout
    homes = [Path(line) for line in (tmp_path / "homes").read_text().split()]
    assert len(set(homes)) == 2
    assert not any(home.exists() for home in homes)
