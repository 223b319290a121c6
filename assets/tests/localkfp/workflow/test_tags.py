"""localkfp.workflow.tags: a tag that can't get a value is refused before anything runs.

Source: `resolveAllVariables`, `validateTemplate` and `validateDAG` in workflow/validate/validate.go
of Argo Workflows v3.3.8. What a tag means is the matter of test_semantics.py.
"""

from __future__ import annotations

import pytest
from localkfp.errors import WorkflowError
from localkfp.workflow.load import load
from tests.support.played import MAKE, OUT, USE, passes
from tests.support.workflows import dag, pod, task, workflow

GIVES = pod("give", outputs={"artifacts": [{"name": "f", "path": "/tmp/f"}]})
TAKES = pod("take", inputs={"artifacts": [{"name": "f", "path": "/tmp/f"}]})


NOWHERE = {
    "a task that isn't waited for": (
        workflow(dag("main", task("a", "make"), passes("b", value=OUT % "a")), MAKE, USE),
        "template 'main', task 'b': {{tasks.a.outputs.parameters.out}} leads nowhere: "
        "no task that it waits for has such an output",
    ),
    "a task that isn't there": (
        workflow(dag("main", passes("b", value=OUT % "gone")), USE),
        "template 'main', task 'b': {{tasks.gone.outputs.parameters.out}} leads nowhere",
    ),
    "an output that the task doesn't have": (
        workflow(dag("main", task("a"), passes("b", after=["a"], value=OUT % "a")), pod(), USE),
        "task 'b': {{tasks.a.outputs.parameters.out}} leads nowhere",
    ),
    "a file that the task doesn't have": (
        workflow(
            dag(
                "main",
                task("a"),
                task("b", "take", ["a"], artifacts={"f": "{{tasks.a.outputs.artifacts.f}}"}),
            ),
            pod(),
            TAKES,
        ),
        "task 'b': {{tasks.a.outputs.artifacts.f}} leads nowhere",
    ),
    "in a condition": (
        workflow(dag("main", task("b") | {"when": f"{OUT % 'gone'} == 1"}), pod()),
        "task 'b': {{tasks.gone.outputs.parameters.out}} leads nowhere",
    ),
    "in the list of a loop": (
        workflow(dag("main", task("b") | {"withParam": "{{inputs.parameters.list}}"}), pod()),
        "task 'b': {{inputs.parameters.list}} leads nowhere: the template has no such input",
    ),
    "an input that a pod doesn't have": (
        workflow(dag("main", task("a")), pod(script="echo {{inputs.parameters.x}}")),
        "template 'pod': {{inputs.parameters.x}} leads nowhere: the template has no such input",
    ),
    "a parameter that the Workflow doesn't have": (
        workflow(dag("main", task("a")), pod(script="echo {{workflow.parameters.x}}")),
        "template 'pod': {{workflow.parameters.x}} leads nowhere: localkfp knows no such value",
    ),
    "the status, where it isn't yet": (
        workflow(dag("main", task("a")), pod(script="echo {{workflow.status}}"), onExit="pod"),
        "template 'pod': {{workflow.status}} leads nowhere",
    ),
    "an item without a loop": (
        workflow(dag("main", passes("a", value="{{item.x}}")), USE),
        "task 'a': {{item.x}} leads nowhere: only a loop over mappings has such a value",
    ),
    "an output that localkfp doesn't keep": (
        workflow(
            dag("main", task("a"), passes("b", after=["a"], value="{{tasks.a.outputs.result}}")),
            pod(),
            USE,
        ),
        "task 'b': {{tasks.a.outputs.result}} leads nowhere",
    ),
}


@pytest.mark.parametrize(("mapping", "words"), NOWHERE.values(), ids=NOWHERE)
def test_a_tag_that_leads_nowhere_is_refused_with_its_place(mapping, words):
    with pytest.raises(WorkflowError) as refusal:
        load(mapping)
    assert words in str(refusal.value)


SOMEWHERE = {
    "of a task far before": workflow(
        dag(
            "main",
            task("a", "make"),
            task("b", "pod", ["a"]),
            passes("c", after=["b"], value=OUT % "a"),
        ),
        MAKE,
        USE,
        pod(),
    ),
    "of a file": workflow(
        dag(
            "main",
            task("a", "give"),
            task("b", "take", ["a"], artifacts={"f": "{{tasks.a.outputs.artifacts.f}}"}),
        ),
        GIVES,
        TAKES,
    ),
    "of the end, in the exit handler's own DAG": workflow(
        pod("p"), dag("bye", task("a", "q")), pod("q", "echo {{workflow.status}}"), onExit="bye"
    ),
    "what validate.go leaves alone": workflow(
        pod(script="echo {{item}} {{ inputs.x }} {{outputs.x}} {{mustache}} {{#items}} {{/items}}")
    ),
    "what a pod knows of itself": workflow(
        pod(script="echo {{pod.name}} {{workflow.name}} {{workflow.labels.pipeline/runid}}")
    ),
}


@pytest.mark.parametrize("mapping", SOMEWHERE.values(), ids=SOMEWHERE)
def test_a_tag_that_leads_somewhere_is_taken(mapping):
    load(mapping)
