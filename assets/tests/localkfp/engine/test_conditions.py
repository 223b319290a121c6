"""Conditions: what dsl.Condition compiles to, and what `when` makes of a task and of what follows.

Every case names its source, see played.py. The expressions themselves are in test_when.py.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from kfp import dsl
from localkfp.engine.contract import Phase
from localkfp.errors import Refused
from localkfp.workflow.model import substitute
from tests.support.played import (
    MAKE,
    OUT,
    USE,
    Case,
    by_path,
    fraction,
    lines,
    number,
    passes,
    play,
    table,
    truth,
    use,
    word,
)
from tests.support.workflows import dag, pod, task, workflow


def nested_conditions(n: int = 3):
    coin = word()
    with dsl.Condition(coin.output == "heads"):
        inner = number()
        with dsl.Condition(inner.output > 0):
            use("both")
        with dsl.Condition(n > 5):
            use("never")


def after_a_condition():
    coin = word()
    with dsl.Condition(coin.output == "heads"):
        made = number()
        use(made.output)
    use(made.output)


CASES = {
    # steps.go, shouldExecute; dag.go, executeDAGTask: Skipped, and nothing is inside
    "a condition that is false skips all that is in it": Case(
        nested_conditions,
        """
        run         DAG     Succeeded
        word        Pod     Succeeded
        condition-1 Skipped Skipped   when '"tails" == "heads"' evaluated false
        """,
        {"word": "tails"},
    ),
    "conditions nest": Case(
        nested_conditions,
        """
        run                       DAG     Succeeded
        word                      Pod     Succeeded
        condition-1               DAG     Succeeded
        condition-1.number        Pod     Succeeded
        condition-1.condition-2   DAG     Succeeded
        condition-1.condition-2.use Pod   Succeeded
        condition-1.condition-3   Skipped Skipped    when '3 > 5' evaluated false
        """,
        {"word": "heads", "number": "1"},
    ),
    # dag.go, executeDAGTask: shouldExecute's error is the node's, its type Skipped
    "a condition that is no expression is an error of its node": Case(
        workflow(dag("main", task("a"), task("b") | {"when": "{{x}} > 1"}), pod()),
        """
        run DAG     Error
        a   Pod     Succeeded
        b   Skipped Error     Invalid 'when' expression '{{x}} > 1': Invalid token: '{{' """
        """(hint: try wrapping the affected expression in quotes ("))
        """,
    ),
    # dag.go, evaluateDependsLogic
    "what depends on a skipped task runs": Case(
        after_a_condition,
        """
        run         DAG     Succeeded
        word        Pod     Succeeded
        condition-1 Skipped Skipped    when '"tails" == "heads"' evaluated false
        use-2       Pod     Succeeded
        """,
        {"word": "tails"},
    ),
    # dag.go, resolveDependencyReferences: no file is looked for when the task won't run
    "a skipped task isn't asked for its inputs": Case(
        workflow(
            dag(
                "main",
                task("a", "give") | {"when": "1 > 2"},
                task("b", "take", ["a"], artifacts={"x": "{{tasks.a.outputs.artifacts.x}}"})
                | {"when": "1 > 2"},
            ),
            pod("give", outputs={"artifacts": [{"name": "x", "path": "/tmp/x"}]}),
            pod("take", inputs={"artifacts": [{"name": "x", "path": "/tmp/x"}]}),
        ),
        """
        run DAG     Succeeded
        a   Skipped Skipped   when '1 > 2' evaluated false
        b   Skipped Skipped   when '1 > 2' evaluated false
        """,
    ),
    # scope.go, resolveParameter: an output of a DAG must mean something
    "a DAG whose output is that of a skipped task is in error": Case(
        workflow(
            dag("main", task("n", "inner")),
            dag(
                "inner",
                task("y", "make") | {"when": "no == yes"},
                outputs={"parameters": [{"name": "out", "valueFrom": {"parameter": OUT % "y"}}]},
            ),
            MAKE,
        ),
        """
        run DAG     Error
        n   DAG     Error    template 'inner': Unable to resolve: "tasks.y.outputs.parameters.out"
        n.y Skipped Skipped  when 'no == yes' evaluated false
        """,
    ),
}

# What dsl.Condition compiles to: both sides in quotes for == and !=, bare for the rest; Argo makes
# texts of bare words (steps.go, shouldExecute). v: outputs by component, and the parameters.
FORMS = {
    "an output is a text": (lambda v: v.word == "heads", "heads", '"heads" == "heads"', True),
    "it is another": (lambda v: v.word == "heads", "tails", '"tails" == "heads"', False),
    "an output is not a text": (lambda v: v.word != "heads", "tails", '"tails" != "heads"', True),
    "it is the text": (lambda v: v.word != "heads", "heads", '"heads" != "heads"', False),
    "a text comes later": (lambda v: v.word > "heads", "tails", "tails > heads", True),
    "a text comes earlier": (lambda v: v.word > "heads", "a", "a > heads", False),
    "a number is more": (lambda v: v.number > 5, "10", "10 > 5", True),
    "a number is the same": (lambda v: v.number > 5, "5", "5 > 5", False),
    "a number is no less": (lambda v: v.number >= 5, "5", "5 >= 5", True),
    "a number is less": (lambda v: v.number < 0, "-3", "-3 < 0", True),
    "a number is below zero": (lambda v: v.number > -2, "-1", "-1 > -2", True),
    "a number is no more": (lambda v: v.number <= 5, "6", "6 <= 5", False),
    "a fraction is less": (lambda v: v.fraction < 0.5, "0.25", "0.25 < 0.5", True),
    "a number is a number": (lambda v: v.number == 3, "3", '"3" == "3"', True),
    "a number is compared as a text": (lambda v: v.fraction == 1, "1.0", '"1.0" == "1"', False),
    "a bool is true": (lambda v: v.truth == True, "True", '"True" == "True"', True),  # noqa: E712
    "a bool is false": (lambda v: v.truth == False, "False", '"False" == "False"', True),  # noqa: E712
    "a bool is not false": (lambda v: v.truth == False, "True", '"True" == "False"', False),  # noqa: E712
    "a parameter is more": (lambda v: v.n > 2, "x", "3 > 2", True),
    "a parameter is a number": (lambda v: v.n == 3, "x", '"3" == "3"', True),
    "a parameter is a text": (lambda v: v.s == "b", "x", '"b" == "b"', True),
    "a parameter is a bool": (lambda v: v.b == True, "x", '"True" == "True"', True),  # noqa: E712
    "two parameters": (lambda v: v.n >= v.m, "x", "3 >= 4", False),
    "an output and a parameter": (lambda v: v.number == v.n, "3", '"3" == "3"', True),
    "two outputs": (lambda v: v.number < v.fraction, "7", "7 < 7", False),
}


def conditional(condition):
    def pipeline(n: int = 3, m: int = 4, s: str = "b", b: bool = True):
        made = {make.__name__.lower(): make() for make in (word, number, fraction, truth)}
        outputs = {name: step.output for name, step in made.items()}
        with dsl.Condition(condition(SimpleNamespace(n=n, m=m, s=s, b=b, **outputs))):
            use("x")

    return pipeline


@pytest.mark.parametrize(("condition", "written", "when", "true"), FORMS.values(), ids=FORMS)
def test_every_form_of_a_condition_is_decided(condition, written, when, true):
    made = ("word", "number", "fraction", "truth")
    run = play(conditional(condition), dict.fromkeys(made, written))
    (compiled,) = (t.when for t in run.workflow.templates[run.root.template].tasks if t.when)
    values = {f"tasks.{name}.outputs.parameters.{name}-Output": written for name in made}
    values |= {f"inputs.parameters.{name}": text for name, text in run.arguments.items()}
    assert substitute(compiled, values) == when
    node = by_path(run)["condition-1"]
    assert (node.type, node.phase, node.message) == (
        ("DAG", Phase.SUCCEEDED, "")
        if true
        else ("Skipped", Phase.SKIPPED, f"when '{when}' evaluated false")
    )


@pytest.mark.parametrize(
    ("condition", "written", "message"),
    [
        # govaluate, comparatorTypeCheck: never between a text and a number
        (lambda v: v.number > 5, "many", "Value 'many' cannot be used with the comparator '>'"),
        # govaluate, isNumeric: digits and points; Python writes 1e-05
        (lambda v: v.number > 0, "1e-05", "from NUMERIC [1] to VARIABLE [e]"),
        # govaluate, readUntilFalse: a text ends at the next quote of either kind
        (lambda v: v.number == "it's", "it's", "from STRING [it] to VARIABLE [s]"),
    ],
)
def test_a_condition_that_cannot_be_decided_is_an_error_of_the_run(condition, written, message):
    run = play(conditional(condition), {"number": written})
    node = by_path(run)["condition-1"]
    assert (run.phase, node.type, node.phase) == (Phase.ERROR, "Skipped", Phase.ERROR)
    assert message in node.message


def test_a_parameter_of_a_skipped_task_stays_the_tag():
    # dag.go, resolveDependencyReferences: template.Replace allows what it can't resolve
    nodes = by_path(play(after_a_condition, {"word": "tails"}))
    tag = "{{tasks.condition-1.outputs.parameters.number-Output}}"
    assert nodes["use-2"].input_parameters == {"number-Output": tag}


def test_an_output_leaves_a_condition_that_was_true():
    nodes = by_path(play(after_a_condition, {"word": "heads", "number": "7"}))
    assert nodes["use-2"].input_parameters == {"number-Output": "7"}


def test_an_output_that_kfp_leaves_out_is_refused():
    """kfp 1.8.24 forgets an output that is used outside of its condition alone, in
    `fix_big_data_passing`. Records a01_out_of_condition, a02_out_of_condition_false."""

    def pipeline():
        with dsl.Condition(word().output == "heads"):
            made = number()
        use(made.output)

    tag = "tasks.number.outputs.parameters.number-Output"
    with pytest.raises(Refused, match=rf"condition-1\.outputs failed to resolve {{{{{tag}}}}}"):
        play(pipeline, {"word": "heads"})


def test_a_task_may_use_the_output_of_a_task_far_before_it():
    # dag.go, buildLocalScopeFromTask: of all ancestors (common.GetTaskAncestry)
    run = play(
        workflow(
            dag(
                "main",
                task("a", "make"),
                task("b", "pod", after=["a"]),
                task("c", "pod", after=["b"]),
                passes("d", after=["c"], value=OUT % "a"),
            ),
            MAKE,
            USE,
            pod(),
        )
    )
    assert by_path(run)["d"].input_parameters == {"x": "x"}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_nodes_are_those_of_argo(case):
    assert table(play(case.flow, case.fates)) == lines(case.expected)
