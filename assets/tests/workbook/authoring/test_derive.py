"""What the learner gets of a solved lesson, and what of a derived file is found to differ."""

from __future__ import annotations

import re

import pytest
from tests.support.lessons.small import prose, solved
from workbook.authoring.derive import NOTEBOOK_METADATA, compare, derive, derive_source, unrun
from workbook.authoring.lessons import BuildError

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
