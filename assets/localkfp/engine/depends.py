"""The expression that Argo makes of a task's dependencies, where a name makes it none.

Argo: `evaluateDependsLogic` in workflow/controller/dag.go, `expandDependency` in
workflow/common/ancestry.go, antonmedv/expr v1.8. Records f_task_and to f_task_true.
"""

from __future__ import annotations

from collections.abc import Iterable

OPERATORS = {"and", "or", "matches", "contains", "startsWith", "endsWith", "in"}
LITERALS = {"true", "false", "nil"}
UNARY = "not"


def depends_error(dependencies: Iterable[str]) -> str:
    """Why the expression of these tasks' names can't be read, or nothing.

    A name like `contains`, which kfp makes of `def contains()`, is a word of the language.
    """
    names = [name.replace("-", "_") for name in dependencies]
    parts = [f"({name}.Succeeded || {name}.Skipped || {name}.Daemoned)" for name in names]
    expression, start = " && ".join(parts), 0
    for name, part in zip(names, parts, strict=True):
        if found := _complaint(name):
            said, offset = found
            at = start + 1 + offset
            why = f"unable to evaluate expression '{expression}'"
            told = f"{said} (1:{at + 1})\n | {expression}\n | {'.' * at}^"
            return f"{why}: {why}: {told}"
        start += len(part) + len(" && ")
    return ""


def _complaint(name: str) -> tuple[str, int] | None:
    """What the parser says of a name, and how far from its beginning."""
    if name in OPERATORS:
        return f'unexpected token Operator("{name}")', 0
    if name in LITERALS:
        return 'unexpected token Operator(".")', len(name)
    if name == UNARY:
        return "cannot use pointer accessor outside closure", len(name)
    return None
