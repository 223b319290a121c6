"""What the grader knows of a lesson, read off its solution."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

from workbook.authoring.derive import derive_source, tags
from workbook.authoring.lessons import find_lessons
from workbook.paths import REPOSITORY

CHECK = re.compile(r"""\bcheck\(\s*["'](\d\d-\w+)["']""", re.ASCII)


INNER = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)  # whose names are their own
MAGIC = re.compile(r"^(\s*)[!%].*$", re.MULTILINE)  # of IPython, and no Python


@dataclass(frozen=True)
class Facts:
    """`expressions`: exercise -> what its `check` gets. `of_values`: exercises whose `check` also
    gets the lesson's parameters. `cells`: id of a cell with a `check` -> exercise. `parameters`:
    source of that cell; `values`: what it sets. `sources`: of all code cells, as handed out and as
    solved."""

    expressions: dict[str, str]
    of_values: frozenset[str]
    cells: dict[str, str]
    parameters: str
    values: dict[str, Any]
    sources: frozenset[str]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(self.values)


@cache
def facts(number: str, root: Path = REPOSITORY) -> Facts:
    """Raises BuildError for a number without a lesson."""
    (lesson,) = find_lessons([number], root)
    notebook = nbformat.read(lesson.solution, as_version=4)
    expressions: dict[str, str] = {}
    of_values: set[str] = set()
    cells: dict[str, str] = {}
    parameters = ""
    sources = set()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        sources |= {cell.source.strip(), derive_source(cell.source, cell.id).strip()}
        if "parameters" in tags(cell):
            parameters = cell.source
        if CHECK.search(cell.source):
            for call in _checks(cell.source):
                exercise_id = ast.literal_eval(call.args[0])
                expressions[exercise_id] = ast.unparse(call.args[1])
                cells[cell.id] = exercise_id
                if call.keywords:
                    of_values.add(exercise_id)
    return Facts(
        expressions,
        frozenset(of_values),
        cells,
        parameters,
        _values(parameters),
        frozenset(sources),
    )


def assigned(source: str) -> dict[str, int]:
    """Name -> the line at whose end the last statement of a cell that sets it is over; none for a
    cell that is no Python. What a function or a class sets in itself doesn't count."""
    try:
        tree = ast.parse(MAGIC.sub(r"\1pass", source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}
    return {
        name: statement.end_lineno or statement.lineno
        for statement in tree.body
        for name in _targets(statement)
    }


def _targets(statement: ast.stmt) -> Iterator[str]:
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        if not isinstance(node, INNER):
            waiting += ast.iter_child_nodes(node)


def _values(parameters: str) -> dict[str, Any]:
    return {
        target.id: ast.literal_eval(statement.value)
        for statement in ast.parse(parameters).body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }


def _checks(source: str) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "check"
    ]
