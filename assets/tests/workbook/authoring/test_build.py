"""Building and checking lessons. The notebooks are real, and so is the kernel."""

from __future__ import annotations

import json
import re
import shutil
import socket
import sys
from functools import partial
from pathlib import Path

import nbformat
import pytest
from tests.support.lessons.small import code, solved
from workbook.__main__ import main
from workbook.authoring.build import build, check, kernel_environment
from workbook.authoring.derive import NOTEBOOK_METADATA
from workbook.authoring.lessons import BuildError, Lesson, find_lessons


def put(root: Path, notebook, file_name="07_small.ipynb") -> Lesson:
    lesson = Lesson(root, file_name)
    for path in (lesson.solution, lesson.notebook):
        path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, lesson.solution)
    return lesson


@pytest.fixture(scope="module")
def built_once(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    korean = code("korean", "print('\ud55c\uad6d\uc5b4')\nprint(n)")
    streams = "import sys\nfor n, file in enumerate([sys.stdout, sys.stderr] * 2):\n"
    streams = code("streams", streams + "    print(n, file=file, flush=True)")
    notebook = solved(korean, streams, code("empty", ""))
    notebook.metadata = {"language_info": {"name": "python", "version": "2.7"}, "toc": 1}
    notebook.cells[1].metadata["execution"] = {"iopub.execute_input": "2024-01-01"}
    build(put(root, notebook))
    return root


@pytest.fixture
def built(built_once, tmp_path) -> Lesson:
    shutil.copytree(built_once, tmp_path, dirs_exist_ok=True)
    return Lesson(tmp_path, "07_small.ipynb")


def outputs(path):
    cells = {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}
    return {
        name: (cell.execution_count, [output.text for output in cell.outputs])
        for name, cell in cells.items()
        if cell.cell_type == "code"
    }


def test_both_notebooks_are_stored_as_they_ran(built):
    solution, notebook = outputs(built.solution), outputs(built.notebook)
    assert solution == {
        "settings": (1, []),
        "exercise-07-1": (2, ["42\n"]),
        "korean": (3, ["\ud55c\uad6d\uc5b4\n2\n"]),
        "streams": (4, ["0\n2\n", "1\n3\n"]),
        "empty": (None, []),
    }
    assert notebook == solution | {"exercise-07-1": (2, ["Ellipsis\n"])}


def test_the_stored_files_do_not_tell_when_or_on_which_python_they_ran(built):
    for path in (built.solution, built.notebook):
        stored = json.loads(path.read_text(encoding="utf-8"))
        assert stored["metadata"] == NOTEBOOK_METADATA
        assert [cell["metadata"] for cell in stored["cells"] if cell["metadata"]] in (
            [{"tags": ["parameters"]}],
            [{"tags": ["parameters"]}, {"tags": ["solution-only"]}],
        )


def test_the_files_are_written_as_jupyter_writes_them(built, tmp_path):
    for path in (built.solution, built.notebook):
        again = tmp_path / "again.ipynb"
        nbformat.write(nbformat.read(path, as_version=4), again)
        assert path.read_bytes() == again.read_bytes()


def test_building_again_changes_no_byte(built):
    before = built.solution.read_bytes(), built.notebook.read_bytes()
    build(built)
    assert (built.solution.read_bytes(), built.notebook.read_bytes()) == before


def test_what_was_built_passes_the_check(built):
    assert check(built) == []


def edited(path, change):
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    nbformat.write(notebook, path)


def clear(cell):
    cell.update(outputs=[], execution_count=None)


FINDINGS = {
    "a derived cell edited by hand": (
        "notebook",
        lambda n: n.cells[2].update(source="x"),
        "cell exercise-07-1: in notebooks/07_small.ipynb the source differs",
    ),
    "a source cell edited": (
        "solution",
        lambda n: n.cells[0].update(source="# Other"),
        "cell title: in notebooks/07_small.ipynb the source differs",
    ),
    "the metadata of the source": (
        "solution",
        lambda n: n.metadata.update(toc=1),
        "all cells: in solutions/07_small.ipynb the notebook's metadata differ",
    ),
    "cleared outputs of the source": (
        "solution",
        lambda n: clear(n.cells[2]),
        "cell exercise-07-1: in solutions/07_small.ipynb the cell has not been executed",
    ),
    "cleared outputs of the derived": (
        "notebook",
        lambda n: clear(n.cells[1]),
        "cell settings: in notebooks/07_small.ipynb the cell has not been executed",
    ),
    "a marker": (
        "solution",
        lambda n: n.cells[2].update(source="### END SOLUTION"),
        "cell exercise-07-1, line 1: END without a BEGIN before it; correct it, then",
    ),
    "two cells with one id": (
        "text",
        '"id": "korean"',
        "all cells: notebooks/07_small.ipynb, cell empty: two cells have this id",
    ),
}


@pytest.mark.parametrize(("where", "change", "message"), FINDINGS.values(), ids=FINDINGS)
def test_the_check_names_source_file_cell_and_cure(built, where, change, message):
    if where == "text":
        text = built.notebook.read_text(encoding="utf-8")
        built.notebook.write_text(text.replace(change, '"id": "empty"'), encoding="utf-8")
    else:
        edited(getattr(built, where), change)
    (finding,) = check(built)
    assert finding.startswith("solutions/07_small.ipynb, " + message)
    assert finding.endswith("run: workbook build 07")


def test_a_missing_derived_file_is_found(built):
    built.notebook.unlink()
    assert check(built) == [
        "solutions/07_small.ipynb, all cells: notebooks/07_small.ipynb does not exist; "
        "run: workbook build 07"
    ]


def test_a_derived_file_without_source_is_found(built):
    built.solution.unlink()
    (orphan,) = find_lessons(root=built.root)
    assert check(orphan) == [
        "solutions/07_small.ipynb does not exist; write it, or delete notebooks/07_small.ipynb"
    ]


NO_NOTEBOOKS = {
    "no JSON": ("x", "is not a notebook"),
    "other JSON": ("[]", "is not a notebook"),
    "an old format": (
        '{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": []}',
        "has no cell ids",
    ),
    "a cell without id": (
        '{"nbformat": 4, "nbformat_minor": 5, "metadata": {},'
        ' "cells": [{"cell_type": "raw", "source": "", "metadata": {}}]}',
        "cell 1 from the top has no id",
    ),
    "a code cell without outputs": (
        '{"nbformat": 4, "nbformat_minor": 5, "metadata": {},'
        ' "cells": [{"id": "a", "cell_type": "code", "source": "", "metadata": {}}]}',
        "is not a valid notebook",
    ),
}


@pytest.mark.parametrize(("text", "message"), NO_NOTEBOOKS.values(), ids=NO_NOTEBOOKS)
def test_a_file_that_is_no_notebook_is_refused_with_a_sentence(built, text, message):
    built.solution.write_text(text, encoding="utf-8")
    with pytest.raises(BuildError, match=r"^solutions/07_small\.ipynb.*" + message):
        build(built)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("int('x')", "solutions/07_small.ipynb, cell extra: ValueError: invalid literal for int"),
        (
            "### BEGIN SOLUTION\nxs = [1]\n### END SOLUTION\nlen(xs)",
            "notebooks/07_small.ipynb, cell extra: TypeError: object of type 'ellipsis'",
        ),
        ("import os; os._exit(1)", "solutions/07_small.ipynb, cell extra: the kernel died"),
    ],
)
def test_a_cell_that_raises_fails_the_build_and_nothing_is_written(tmp_path, source, message):
    lesson = put(tmp_path, solved(code("extra", source, "raises-exception")))
    before = lesson.solution.read_bytes()
    with pytest.raises(BuildError, match="^" + re.escape(message)):
        build(lesson)
    assert lesson.solution.read_bytes() == before
    assert not lesson.notebook.exists()


def test_a_source_that_is_edited_during_the_build_is_not_overwritten(tmp_path):
    edit = "from pathlib import Path\np = Path('../solutions/07_small.ipynb')\n"
    edit += "_ = p.write_text(p.read_text().replace('Because', 'Why'))"
    lesson = put(tmp_path, solved(code("edit", edit)))
    with pytest.raises(BuildError, match="was changed while it was built"):
        build(lesson)
    assert "Why" in lesson.solution.read_text(encoding="utf-8")


def test_a_lesson_runs_in_its_own_folder_with_this_python_and_a_state_of_its_own(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("LOCALKFP_HOME", "/a-persons-state")
    monkeypatch.setenv("JPY_SESSION_NAME", "a-persons-notebook")
    monkeypatch.setenv("LANGUAGE", "ko")
    look = "import os, sys\nprint(os.getcwd(), sys.executable, os.environ.get('LANGUAGE'),\n"
    look += "os.environ['LOCALKFP_HOME'], os.environ.get('JPY_SESSION_NAME'), sep='\\n')"
    lesson = put(tmp_path, solved(code("look", look)))
    build(lesson)
    states = set()
    for path in (lesson.solution, lesson.notebook):
        _count, (text,) = outputs(path)["look"]
        folder, python, language, state, session = text.splitlines()
        assert (Path(folder), python, language, session) == (
            path.parent.resolve(),
            sys.executable,
            "en",
            "None",
        )
        assert not Path(state).parent.exists()
        states.add(state)
    assert len(states) == 2
    assert "/a-persons-state" not in states


def test_the_localkfp_that_a_lesson_started_is_stopped(tmp_path):
    port = "import localkfp\nprint(localkfp.start().rpartition(':')[2])"  # alone it is stored
    lesson = put(tmp_path, solved(code("start", port)))
    build(lesson)
    for path in (lesson.solution, lesson.notebook):
        _count, (port,) = outputs(path)["start"]
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("localhost", int(port)))


def test_the_rest_of_the_environment_reaches_the_kernel(monkeypatch, tmp_path):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    assert kernel_environment(tmp_path)["HTTPS_PROXY"] == "http://proxy.example"


def test_lessons_are_the_files_that_start_with_two_digits(tmp_path):
    for name in ("01_a.ipynb", "02_b.ipynb", "grading.ipynb"):
        put(tmp_path, solved(), name)
    put(tmp_path, solved(), "03_c.ipynb").solution.rename(tmp_path / "notebooks" / "03_c.ipynb")
    assert [lesson.number for lesson in find_lessons(root=tmp_path)] == ["01", "02", "03"]
    assert [lesson.number for lesson in find_lessons(["02"], tmp_path)] == ["02"]
    with pytest.raises(BuildError, match="there is no lesson 09; there are 01, 02, 03"):
        find_lessons(["09"], tmp_path)


def test_a_tree_without_lessons_is_an_error(tmp_path):
    with pytest.raises(BuildError, match="there is no lesson in"):
        find_lessons(root=tmp_path)


@pytest.fixture
def workbook(built, monkeypatch, capsys):
    """The command `workbook`, on the tree of `built`: arguments -> status, stdout, stderr."""
    monkeypatch.setattr(
        "workbook.command.build.find_lessons", partial(find_lessons, root=built.root)
    )

    def command(*arguments):
        status = main([*arguments, "--lang", "en"] if arguments else arguments)
        return (status, *capsys.readouterr())

    return command


def test_the_command_without_subcommand_prints_help(workbook):
    status, printed, _errors = workbook()
    assert status == 0
    assert "build" in printed


def test_the_check_command_exits_1_with_one_line_per_difference(workbook, built):
    assert workbook("build", "--check") == (0, "", "")
    edited(built.notebook, lambda n: [cell.update(source="x") for cell in n.cells[:2]])
    status, printed, errors = workbook("build", "--check", "07")
    assert (status, printed) == (1, "")
    assert errors.splitlines() == check(built)
    assert len(errors.splitlines()) == 2


def test_the_build_command_writes_the_derived_notebook(workbook, built):
    built.notebook.unlink()
    assert workbook("build", "07") == (0, "built notebooks/07_small.ipynb\n", "")
    assert check(built) == []


def test_an_error_is_one_sentence_and_exit_status_2(workbook):
    assert workbook("build", "08") == (2, "", "workbook: there is no lesson 08; there are 07\n")
