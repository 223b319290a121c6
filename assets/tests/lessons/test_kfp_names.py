"""No lesson uses a name of kfp before the lesson that teaches it.

Names are read off the syntax tree: what is imported from kfp, attributes of `kfp`, `dsl` and
`client`, and the commands after `!`. A file that a cell writes (`%%writefile`) is code too.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from tests.support.lessons.files import PATHS, place
from tests.support.lessons.prose import Lesson

TAUGHT = {
    "00": """kfp __version__ Client create_component_from_func pipeline dsl components
        create_run_from_pipeline_func""",
    "01": "get_run",
    "02": """!dsl-compile upload_pipeline upload_pipeline_version get_pipeline_id get_pipeline
        create_experiment
        run_pipeline""",
    "03": "compiler Compiler load_component_from_file PipelineParam ContainerOp",
    "04": "",
    "05": """!kfp get_kfp_healthz wait_for_run_completion runs read_artifact
        create_run_from_pipeline_package""",
    "08": "load_component_from_text onprem use_k8s_secret",
    "07": "Condition ParallelFor ExitHandler graph_component get_pipeline_conf",
    "11": "",
    "06": "InputPath OutputPath VolumeOp VOLUME_MODE_RWO",
    "10": "Condition InputPath OutputPath ParallelFor",
    "13": """list_pipeline_versions create_recurring_run get_recurring_run list_recurring_runs
        delete_job ResourceOp mount_pvc""",
}
ROOTS = {"kfp", "dsl", "client"}
COMMAND = re.compile(r"^\s*(?:\w+ *= *)?!\s*(kfp|dsl-compile)\b", re.MULTILINE)
WRITEFILE = re.compile(r"^%%writefile \S+\.py\n")


def names(notebook: NotebookNode) -> Iterator[tuple[str, str]]:
    """Cell id and name of each use."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            for command in COMMAND.findall(cell.source):
                yield cell.id, f"!{command}"
            source = WRITEFILE.sub("", cell.source)
            for name in _in_tree(ast.parse(TransformerManager().transform_cell(source))):
                yield cell.id, name


def _in_tree(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "kfp":
                    yield from alias.name.split(".")
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "kfp":
            yield from (node.module or "").split(".")[1:]
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Attribute) and _root(node) in ROOTS:
            yield node.attr


def _root(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def too_early(lesson: Lesson) -> list[str]:
    known = {
        name
        for number, taught in TAUGHT.items()
        if number <= lesson.number
        for name in taught.split()
    }
    return [
        f"cell {cell}: {name} is taught in no lesson up to {lesson.number}"
        for cell, name in names(lesson.notebook)
        if name not in known
    ]


@pytest.mark.parametrize("path", PATHS, ids=place)
def test_every_name_of_kfp_has_been_taught(path):
    assert too_early(Lesson(path, nbformat.read(path, as_version=4))) == []


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from kfp.dsl import Condition", "Condition"),
        ("import kfp\nkfp.dsl.ParallelFor", "ParallelFor"),
        ("client.list_runs()", "list_runs"),
        ("%%writefile p.py\nfrom kfp.compiler import Compiler", "Compiler"),
        ("x = 1\nlines = !kfp run list", "!kfp"),
    ],
)
def test_an_untaught_name_is_found_wherever_it_stands(source, name):
    notebook = new_notebook(cells=[new_code_cell(source, id="early")])
    found = {found for _cell, found in names(notebook)}
    assert name in found
