"""localkfp.engine.depends: a step named as a word of the expression language stops what follows."""

from __future__ import annotations

import pytest
from localkfp.engine.depends import depends_error
from tests.support.played import by_path, play
from tests.support.workflows import dag, pod, task, workflow


def expression(name):
    return f"({name}.Succeeded || {name}.Skipped || {name}.Daemoned)"


def told(text, said, column):
    why = f"unable to evaluate expression '{text}': "
    return f"{why}{why}{said} (1:{column})\n | {text}\n | {'.' * (column - 1)}^"


CASES = [  # records f_task_*
    (["and"], 'unexpected token Operator("and")', 2),
    (["contains"], 'unexpected token Operator("contains")', 2),
    (["startsWith"], 'unexpected token Operator("startsWith")', 2),
    (["false"], 'unexpected token Operator(".")', 7),
    (["true"], 'unexpected token Operator(".")', 6),
    (["nil"], 'unexpected token Operator(".")', 5),
    (["not"], "cannot use pointer accessor outside closure", 5),
    (["a-b", "in"], 'unexpected token Operator("in")', 2 + len(expression("a_b")) + 4),
]


@pytest.mark.parametrize(("names", "said", "column"), CASES, ids=lambda value: str(value))
def test_what_the_parser_says(names, said, column):
    text = " && ".join(expression(name.replace("-", "_")) for name in names)
    assert depends_error(names) == told(text, said, column)


@pytest.mark.parametrize("name", ["all", "any", "map", "len", "null", "and-1", "Not"])
def test_other_names_are_names(name):
    assert depends_error([name]) == ""


def test_what_depends_on_it_is_in_error_and_what_follows_is_omitted():
    run = play(
        workflow(dag("main", task("in"), task("b", after=["in"]), task("c", after=["b"])), pod())
    )
    nodes = by_path(run)
    assert [(nodes[n].type, nodes[n].phase) for n in ("in", "b", "c")] == [
        ("Pod", "Succeeded"),
        ("Skipped", "Error"),
        ("Skipped", "Omitted"),
    ]
    assert run.phase == "Error"
