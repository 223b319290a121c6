"""localkfp.engine.depends: when a task runs; what a name does that is a word of the language."""

from __future__ import annotations

import pytest
from localkfp.engine.contract import Phase
from localkfp.engine.depends import logic, met
from localkfp.engine.node import Node, NodeType
from localkfp.errors import WorkflowError
from localkfp.workflow.model import DagTask
from tests.support.played import ERROR, FAILED, by_path, path, play
from tests.support.workflows import dag, pod, task, workflow


def expression(name):
    return f"({name}.Succeeded || {name}.Skipped || {name}.Daemoned)"


def told(text, said, column):
    why = f"unable to evaluate expression '{text}': "
    return f"{why}{why}{said} (1:{column})\n | {text}\n | {'.' * (column - 1)}^"


def ended(name, phase, type_=NodeType.POD):
    return Node(name, name, name, type_, "t", phase)


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
    with pytest.raises(WorkflowError) as caught:
        met(logic(DagTask("z", "t", tuple(names)), {}), {}, {})
    assert str(caught.value) == told(text, said, column)


@pytest.mark.parametrize("name", ["all", "any", "map", "len", "null", "and-1", "Not"])
def test_other_names_are_names(name):
    expression = logic(DagTask("z", "t", (name,)), {})
    assert met(expression, {name: ended(name, Phase.SUCCEEDED)}, {})


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


@pytest.mark.parametrize(
    ("depends", "continue_on", "expected"),
    [
        ("", {}, "(a.Succeeded || a.Skipped || a.Daemoned)"),
        ("", {"a": ("Failed",)}, "(a.Succeeded || a.Skipped || a.Daemoned || a.Failed)"),
        (
            "a",
            {"a": ("Error", "Failed")},
            "(a.Succeeded || a.Skipped || a.Daemoned || a.Errored || a.Failed)",
        ),
        ("b-1.Failed && a", {}, "b-1.Failed && (a.Succeeded || a.Skipped || a.Daemoned)"),
        ("!a.Succeeded", {}, "!a.Succeeded"),
    ],
)
def test_the_expression_of_a_task(depends, continue_on, expected):
    assert logic(DagTask("z", "t", ("a",), depends=depends), continue_on) == expected


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("f.Failed && s.Succeeded", True),
        ("!f.Succeeded", True),
        ("f.Succeeded || s.Failed", False),
        ("e_1.Errored and not (k.Succeeded)", True),
        ("e-1.Failed", False),
        ("k.Skipped && k.Daemoned", False),
        ("l.AnySucceeded && !l.AllFailed", True),
        ("f.AnySucceeded || f.AllFailed", False),
    ],
)
def test_what_came_of_tasks_decides(expression, holds):
    nodes = {
        "f": ended("f", Phase.FAILED),
        "s": ended("s", Phase.SUCCEEDED),
        "e-1": ended("e-1", Phase.ERROR),
        "k": ended("k", Phase.SKIPPED),
        "l": ended("l", Phase.FAILED, NodeType.TASK_GROUP),
    }
    turns = {"l": [ended("l(0)", Phase.SUCCEEDED), ended("l(1)", Phase.FAILED)]}
    assert met(expression, nodes, turns) is holds


def phases(run):
    return {path(n): n.phase.value for n in run.nodes.values() if n is not run.root}


def test_a_task_runs_when_its_expression_holds():
    tasks = (
        task("f"),
        task("s"),
        {**task("a"), "depends": "f.Failed && s"},
        {**task("b"), "depends": "f.Succeeded || s.Failed"},
        {**task("c"), "depends": "s || b"},
    )
    run = play(workflow(dag("main", *tasks), pod()), {"f": FAILED})
    assert phases(run) == {
        "f": "Failed",
        "s": "Succeeded",
        "a": "Succeeded",
        "b": "Omitted",
        "c": "Succeeded",
    }
    assert run.phase == "Succeeded"  # as its leaves, a and c


def test_a_leaf_that_was_skipped_after_a_failure_counts_with_it():
    skipped = {**task("a"), "depends": "f.Failed", "when": "1 == 2"}
    run = play(workflow(dag("main", task("f"), skipped), pod()), {"f": FAILED})
    assert (phases(run)["a"], run.phase) == ("Skipped", "Failed")


def test_what_follows_goes_on_after_a_failure_that_is_expected():
    run = play(
        workflow(
            dag(
                "main",
                {**task("f"), "continueOn": {"failed": True}},
                task("a", after=["f"]),
                {**task("leaf"), "continueOn": {"failed": True}},
                {**task("e"), "continueOn": {"error": True}},
                task("b", after=["e"]),
            ),
            pod(),
        ),
        {"f": FAILED, "leaf": FAILED, "e": FAILED},
    )
    assert phases(run) == {
        "f": "Failed",
        "a": "Succeeded",
        "leaf": "Failed",
        "e": "Failed",
        "b": "Omitted",
    }
    assert run.phase == "Failed"  # for e alone


@pytest.mark.parametrize(("fail_fast", "phase"), [(True, "Failed"), (False, "Error")])
def test_the_first_branch_that_went_wrong_names_the_phase_or_the_last(fail_fast, phase):
    main = dag("main", task("a"), task("b"), task("c"))
    main["dag"]["failFast"] = fail_fast
    run = play(workflow(main, pod()), {"a": FAILED, "b": ERROR})
    assert run.phase == phase


def test_thousands_of_dependencies_are_one_expression():
    names = [f"a{i}" for i in range(5000)]
    nodes = {name: ended(name, Phase.SUCCEEDED) for name in names}
    assert met(logic(DagTask("z", "t", tuple(names)), {}), nodes, {})
