"""The solution of an exercise as source, and what its `check` gets when that source is changed."""

from __future__ import annotations

import ast
import linecache
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import nbformat
from workbook.authoring.lessons import find_lessons
from workbook.exercises import EXERCISES
from workbook.kernel import answers

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
# what needs a server, or only shows something
LEFT_OUT = {
    *("client", "endpoint", "watch", "show", "submit", "start", "steps", "output", "run", "print"),
    *("hint", "display", "again", "second", "third", "doctor_says", "sdk_2", "load_op_run"),
}


@dataclass(frozen=True)
class Solved:
    """`source`: the cells of an exercise, the last with its `check`. `lines` of it are the
    solution's. `around`: what the cells before it defined."""

    exercise_id: str
    source: str
    lines: range
    around: dict[str, Any]

    def answer(self, source: str) -> Any:
        """What `check` gets from this source. Raises whatever the source raises."""
        taken: list[Any] = []
        before = dict(self.around)
        self.around["check"] = lambda _id, answer, **_given: taken.append(answer)
        try:
            _execute(source, self.around)  # in it: a pipeline looks its components up there
            return answers.KINDS[EXERCISES[self.exercise_id].kind](taken[-1])
        finally:
            self.around.clear()
            self.around.update(before)


@cache
def solved(exercise_id: str) -> Solved:
    """The solution of an exercise, out of its lesson's notebook."""
    (lesson,) = find_lessons([exercise_id[:2]])
    cells = [c.source for c in nbformat.read(lesson.solution, 4).cells if c.cell_type == "code"]
    place = next(n for n, cell in enumerate(cells) if f'check("{exercise_id}"' in cell)
    first = place
    while first and BEGIN in cells[first - 1] and "check(" not in cells[first - 1]:
        first -= 1
    names: dict[str, Any] = {}
    for cell in cells[:first]:
        _execute_what_can_be(cell, names)
    source = "\n".join(_plain(cell) for cell in cells[first : place + 1])
    numbers = source.split("\n")
    begin, end = (
        [n for n, line in enumerate(numbers, start=1) if line.strip() == mark]
        for mark in (BEGIN, END)
    )
    return Solved(exercise_id, source, range(begin[0], end[-1]), names)


def _plain(cell: str) -> str:
    return re.sub(r"^(\s*)[!%].*$", r"\1pass", cell, flags=re.MULTILINE)


def _execute_what_can_be(cell: str, names: dict[str, Any]) -> None:
    """The statements of a cell that define something and need no server."""
    try:
        statements = ast.parse(_plain(cell)).body
    except SyntaxError:  # a command of the shell over several lines
        return
    for statement in statements:
        used = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
        if isinstance(statement, ast.Expr) or (
            used & LEFT_OUT and not isinstance(statement, ast.FunctionDef)
        ):
            continue
        try:
            _execute(ast.unparse(statement), names)
        except Exception:
            continue


def _execute(source: str, names: dict[str, Any]) -> None:
    """kfp reads the source of a function by `inspect`, so that it must be known to `linecache`."""
    source += "\n"
    file = f"<{hash(source)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    # not with the annotations of this module, which are texts
    exec(compile(source, file, "exec", dont_inherit=True), names)
