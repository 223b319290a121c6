"""What the grader knows of a lesson, read off its solution."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat

from workbook.authoring.derive import derive_source, tags
from workbook.authoring.lessons import find_lessons
from workbook.paths import REPOSITORY

CHECK = re.compile(r"""\bcheck\(\s*["'](\d\d-\w+)["']""", re.ASCII)


@dataclass(frozen=True)
class Facts:
    """`expressions`: exercise -> what its `check` gets. `cells`: id of a cell with a `check` ->
    exercise. `parameters`: source of that cell; `names`: what it binds. `sources`: of all code
    cells, as handed out and as solved."""

    expressions: dict[str, str]
    cells: dict[str, str]
    parameters: str
    names: frozenset[str]
    sources: frozenset[str]


@cache
def facts(number: str, root: Path = REPOSITORY) -> Facts:
    """Raises BuildError for a number without a lesson."""
    (lesson,) = find_lessons([number], root)
    notebook = nbformat.read(lesson.solution, as_version=4)
    expressions: dict[str, str] = {}
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
            for exercise_id, expression in _checks(cell.source):
                expressions[exercise_id] = expression
                cells[cell.id] = exercise_id
    return Facts(expressions, cells, parameters, bound(parameters), frozenset(sources))


def bound(source: str) -> frozenset[str]:
    """The names that the statements of a cell assign; none for a cell that is no Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    targets = [
        target
        for statement in tree.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
        for target in getattr(statement, "targets", None) or [statement.target]
    ]
    return frozenset(target.id for target in targets if isinstance(target, ast.Name))


def _checks(source: str) -> list[tuple[str, str]]:
    calls = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "check"
    ]
    return [(call.args[0].value, ast.unparse(call.args[1])) for call in calls]
