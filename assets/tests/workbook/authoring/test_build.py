"""Deriving, building and checking lessons. The notebooks are real, and so is the kernel."""

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
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from workbook.__main__ import main
from workbook.authoring.build import build, check, kernel_environment
from workbook.authoring.derive import NOTEBOOK_METADATA, compare, derive, derive_source, unrun
from workbook.authoring.lessons import BuildError, Lesson, find_lessons

# solved text of a cell, text that the learner gets
DERIVED = {
    "a name that the rest reads": (
        """
        answer = 42
        """,
        "check('01-1', answer)",
        "answer = ...",
    ),
    "only the names that the rest reads, in order of binding": (
        """
        b, unread = 2, 0
        def a(): return inner
        class C:
            x = 1
        for d in range(3): pass
        """,
        "print(d, C, a, b, x)",
        "b = ...\na = ...\nC = ...\nd = ...",
    ),
    "a name that only a function in the rest reads": (
        "n = 3\n",
        "def f():\n    return n",
        "n = ...",
    ),
    "names of a comprehension or lambda are not the cell's": (
        "total = sum(x for x in [1])\nf = lambda y: y\n",
        "print(total, x, y)",
        "total = ...",
    ),
    "a walrus, a with and an annotation bind": (
        "a: int = 1\nwith open('f') as b:\n    (c := 3)\n",
        "a, b, c",
        "a = ...\nb = ...\nc = ...",
    ),
    "an import does not bind": ("import yaml\nfrom os import path as p\n", "yaml, p", "..."),
    "nothing is read": ("print(1)\nx = 2\n", "x = 3", "..."),
    "a magic line beside it": ("files = !ls\n", "%pwd\nprint(files)", "files = ..."),
}


@pytest.mark.parametrize(("part", "rest", "stub"), DERIVED.values(), ids=DERIVED)
def test_a_part_at_module_level_becomes_the_names_that_the_rest_reads(part, rest, stub):
    code = re.sub(r"^ {8}", "", part.strip("\n").rstrip(), flags=re.M)
    source = f"first = 1\n### BEGIN SOLUTION\n{code}\n### END SOLUTION\n{rest}"
    wanted = f"first = 1\n# your code here\n{stub}\n{rest}"
    assert derive_source(source, "here") == wanted


WHOLE_CELLS = {
    "a cell without markers is copied": ("a = 1\n\n#%% b \n", "a = 1\n\n#%% b \n"),
    "a part in a function": (
        "def f(n):\n    ### BEGIN SOLUTION\n    m = n\n    ### END SOLUTION\n    return m\nf",
        "def f(n):\n    # your code here\n    ...\n    return m\nf",
    ),
    "a part in a with block at module level": (
        "with a:\n    ### BEGIN SOLUTION\n    b = 1\n    ### END SOLUTION\nb",
        "with a:\n    # your code here\n    b = ...\nb",
    ),
    "two parts": (
        "### BEGIN SOLUTION\na = 1\n### END SOLUTION\n### BEGIN SOLUTION\nb = a\n"
        "### END SOLUTION\nb",
        "# your code here\n...\n# your code here\nb = ...\nb",
    ),
    "the whole cell is the solution": (
        "### BEGIN SOLUTION\nprint(1)\n### END SOLUTION",
        "# your code here\n...",
    ),
    "a scaffold": (
        "### BEGIN SOLUTION\n#| sizes = [1, 2]\n#|\n#| total = ...\nsizes = [1, 2]\n"
        "total = sum(sizes)\n### END SOLUTION\ntotal",
        "# your code here\nsizes = [1, 2]\n\ntotal = ...\ntotal",
    ),
    "a scaffold in a function keeps its own indentation": (
        "def f():\n    ### BEGIN SOLUTION\n    #| with a:\n    #|     ...\n    with a:\n"
        "        b()\n    ### END SOLUTION",
        "def f():\n    # your code here\n    with a:\n        ...",
    ),
    "the rest of a cell is also the scaffold of another part": (
        "### BEGIN SOLUTION\na = 1\n### END SOLUTION\n### BEGIN SOLUTION\n#| b = a\nb = a + 1\n"
        "### END SOLUTION",
        "# your code here\na = ...\n# your code here\nb = a",
    ),
    "a scaffold serves where Python does not read": (
        "%%bash\n### BEGIN SOLUTION\n#| true\nls\n### END SOLUTION",
        "%%bash\n# your code here\ntrue",
    ),
}


@pytest.mark.parametrize(("source", "wanted"), WHOLE_CELLS.values(), ids=WHOLE_CELLS)
def test_the_learners_cell_is_the_solved_one_with_stubs(source, wanted):
    assert derive_source(source, "here") == wanted


REFUSED = {
    "nested": ("### BEGIN SOLUTION\na = 1\n### BEGIN SOLUTION", "line 3: BEGIN inside"),
    "unclosed": ("a = 1\n### BEGIN SOLUTION\nb = 1", "line 2: BEGIN without an END"),
    "unopened": ("a = 1\n### END SOLUTION", "line 2: END without a BEGIN"),
    "closed twice": (
        "### BEGIN SOLUTION\na = 1\n### END SOLUTION\n### END SOLUTION",
        "line 4: END without a BEGIN",
    ),
    "empty": ("### BEGIN SOLUTION\n\n### END SOLUTION", "line 1: the solution is empty"),
    "only a comment": (
        "### BEGIN SOLUTION\n# a\n### END SOLUTION",
        "line 1: the solution is empty",
    ),
    "only a scaffold": (
        "### BEGIN SOLUTION\n#| a\n### END SOLUTION",
        "line 1: the solution is empty",
    ),
    "misspelt": ("## BEGIN SOLUTION\na = 1\n### END SOLUTION", "line 1: write '### BEGIN"),
    "in small letters": ("### begin solution\na = 1", "line 1: write '### BEGIN"),
    "with more words": ("### BEGIN SOLUTION 2\na = 1", "line 1: write '### BEGIN"),
    "a late scaffold": (
        "### BEGIN SOLUTION\na = 1\n#| a\n### END SOLUTION",
        "line 3: a scaffold stands right after BEGIN",
    ),
    "a scaffold outside": ("#| a = 1", "line 1: a scaffold line outside"),
    "another indent": (
        "def f():\n### BEGIN SOLUTION\n    a = 1\n### END SOLUTION",
        "line 2: BEGIN, END, scaffold and first line of code need one indent",
    ),
    "half a statement": (
        "try:\n    a\n### BEGIN SOLUTION\nexcept E:\n    b\n### END SOLUTION",
        "line 3: the cell without its solution is not Python",
    ),
    "a solution that is no Python": (
        "### BEGIN SOLUTION\na = = 1\n### END SOLUTION\na",
        "line 1: the solution is not Python",
    ),
    "under a cell magic": (
        "%%bash\n### BEGIN SOLUTION\nls\n### END SOLUTION",
        "line 2: under a cell magic or in a string",
    ),
}


@pytest.mark.parametrize(("source", "message"), REFUSED.values(), ids=REFUSED)
def test_wrong_markers_are_refused_with_the_place(source, message):
    with pytest.raises(BuildError, match="^here, " + re.escape(message)):
        derive_source(source, "here")


def code(cell_id, source, *tags):
    return new_code_cell(source, id=cell_id, metadata={"tags": list(tags)} if tags else {})


def prose(cell_id, source, *tags):
    return new_markdown_cell(source, id=cell_id, metadata={"tags": list(tags)} if tags else {})


EXERCISE = "### BEGIN SOLUTION\nanswer = 42\n### END SOLUTION\nprint(answer)"


def solved(*more):
    return new_notebook(
        cells=[
            prose("title", "# A small lesson"),
            code("settings", "n = 2", "parameters"),
            code("exercise-07-1", EXERCISE),
            prose("why", "Because.", "solution-only"),
            *more,
        ]
    )


def test_the_derived_notebook_keeps_ids_tags_prose_and_drops_what_explains_the_solution():
    derived = derive(solved(), "solutions/07_small.ipynb")
    assert [(cell.id, cell.source, cell.metadata) for cell in derived.cells] == [
        ("title", "# A small lesson", {}),
        ("settings", "n = 2", {"tags": ["parameters"]}),
        ("exercise-07-1", "# your code here\nanswer = ...\nprint(answer)", {}),
    ]
    assert derived.metadata == NOTEBOOK_METADATA


@pytest.mark.parametrize("text", ["Mind:\n### BEGIN SOLUTION", "the line `### END SOLUTION`"])
def test_a_marker_in_prose_is_refused(text):
    with pytest.raises(BuildError, match=r"^07\.ipynb, cell extra, line \d: a solution marker"):
        derive(solved(prose("extra", text)), "07.ipynb")


def renamed(notebook):
    notebook.cells[1].id = "other"


def reordered(notebook):
    notebook.cells.reverse()


CHANGES = {
    "a source": (lambda n: n.cells[1].update(source="n = 3"), [("settings", "the source differs")]),
    "a tag": (lambda n: n.cells[1].metadata.clear(), [("settings", "the metadata differs")]),
    "a type": (lambda n: n.cells[0].update(cell_type="raw"), [("title", "the type differs")]),
    "an id": (renamed, [("settings", "the cell is missing"), ("other", "the cell is extra")]),
    "a cell less": (lambda n: n.cells.pop(), [("why", "the cell is missing")]),
    "the order": (reordered, [("title", "the order of cells differs")]),
    "the notebook": (
        lambda n: n.metadata.update(author="me"),
        [(None, "the notebook's metadata differ")],
    ),
    "the format": (
        lambda n: n.update(nbformat_minor=4),
        [(None, "the version of the notebook format differs")],
    ),
    "nothing": (lambda n: None, []),
}


@pytest.mark.parametrize(("change", "found"), CHANGES.values(), ids=CHANGES)
def test_what_differs_is_named_by_cell(change, found):
    wanted, actual = unrun(solved()), unrun(solved())
    change(actual)
    assert [(difference.cell, difference.what) for difference in compare(wanted, actual)] == found


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
