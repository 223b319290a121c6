"""No lesson uses a term of the field before the cell that says what it is, in bold.

What a lesson announces (its title cell), what it sends to (Next) and the appendix on the handout
may name things to come. Code, addresses and outputs are not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook
from tests.support.lessons.files import PATHS
from workbook.authoring.edition.blocks import without_code

ANNOUNCE = ("title", "next", "versions-of-the-handout")
INTRODUCED = {  # lesson and cell: the terms that it introduces
    ("00", "first-pipeline"): ["pipeline", "kfp"],
    ("00", "about-localkfp"): ["localkfp"],
    ("00", "kernel"): ["kernel"],
    ("00", "when-something-fails"): ["environment"],
    ("01", "what-runs-a-pipeline"): ["container", "Kubernetes", "cluster", "Argo"],
    ("01", "run-one-first"): ["component"],
    ("01", "terms"): ["task"],
    ("01", "what-a-dag-is"): ["DAG"],
    ("01", "a-custom-resource"): ["Workflow", "custom resource", "workflow-controller"],
    ("01", "one-template-per-task"): ["node"],
    ("01", "a-pod-for-each-task"): ["Pod"],
    ("01", "the-image"): ["image"],
    ("01", "tags-move"): ["tag", "digest"],
    ("02", "what-upload-did"): ["experiment"],
    ("02", "cluster"): ["port-forward"],
    ("03", "read-a-failure"): ["phase"],
    ("05", "multi-user-explained"): ["namespace"],
    ("08", "dockerfile-explained"): ["Dockerfile"],
    ("08", "settings-explained"): ["node selector", "toleration"],
    ("12", "full-kubeflow"): ["oauth2-proxy", "dex", "profile"],
    ("12", "exercise-5-task"): ["emissary"],
}
SOLUTIONS = [path for path in PATHS if path.parent.name == "solutions"]


def first_uses(
    lessons: Iterable[tuple[str, NotebookNode]], term: str
) -> Iterator[tuple[str, str, bool]]:
    """Lesson, cell, and whether it stands there in bold, of each cell that uses the term."""
    word = re.compile(rf"(?<![\w-]){re.escape(term)}s?(?![\w-])")
    bold = re.compile(rf"\*\*{re.escape(term)}s?\*\*")
    for number, notebook in lessons:
        for cell in notebook.cells:
            if cell.cell_type == "markdown" and cell.id not in ANNOUNCE:
                prose = re.sub(r"!\[.*?\]", "", without_code(cell.source))  # a figure's alt text
                if word.search(prose):
                    yield number, cell.id, bool(bold.search(prose))


@pytest.fixture(scope="module")
def lessons() -> list[tuple[str, NotebookNode]]:
    return [(path.name[:2], nbformat.read(path, as_version=4)) for path in SOLUTIONS]


@pytest.mark.parametrize(
    ("place", "term"), [(place, term) for place, terms in INTRODUCED.items() for term in terms]
)
def test_a_term_is_introduced_before_it_is_used(place, term, lessons):
    assert next(first_uses(lessons, term), None) == (*place, True)


def test_a_term_that_comes_too_early_or_plain_is_seen():
    early = new_notebook(cells=[new_markdown_cell("Two Pods.", id="early")])
    late = new_notebook(cells=[new_markdown_cell("A **Pod** is small.", id="late")])
    assert next(first_uses([("01", early), ("02", late)], "Pod")) == ("01", "early", False)
    assert next(first_uses([("02", late)], "Pod")) == ("02", "late", True)
