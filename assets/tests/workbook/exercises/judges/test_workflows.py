"""What the solution's run gives, as a case of the grader's has it."""

from __future__ import annotations

import pytest
from tests.support.workflows import dag, pod, task, workflow
from workbook.exercises.judges.workflows import step_outputs
from workbook.exercises.model import NotObserved


def gives(text):
    path = {"path": "/tmp/out"}
    output = {"parameters": [{"name": "out", "valueFrom": path}]}
    return {"script": f"printf '%s' {text} > /tmp/out", "outputs": output}


FLOW = workflow(
    dag("main", task("a", "first"), task("b", "second", after=["a"]), task("c", "second")),
    pod("first", **gives("{{workflow.parameters.word}}")),
    pod("second", **gives("two")),
    parameters={"word": "one"},
)


@pytest.mark.parametrize(
    ("steps", "arguments", "outputs"),
    [
        (("a",), {}, {"a": "one"}),
        (("b", "a"), {"word": "new"}, {"b": "two", "a": "new"}),
        ((), {}, {}),
    ],
)
def test_a_case_has_the_output_of_each_step_that_is_named(steps, arguments, outputs):
    assert step_outputs(*steps)(FLOW, arguments) == outputs


def test_a_run_that_fails_is_no_case():
    failing = workflow(dag("main", task("a", "first")), pod("first", script="exit 3"))
    with pytest.raises(NotObserved, match="it ends Failed"):
        step_outputs("a")(failing, {})
