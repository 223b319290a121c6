"""Dependencies, recursion, exit handlers, tags and second lives: kfp compiles a pipeline (or the
Workflow is written by hand), the test says how its pods end, and the nodes are compared as a table.

Every case names its source, see played.py. Conditions, loops and retries have files of their own.
"""

from __future__ import annotations

import json

import pytest
from kfp import dsl
from localkfp.engine import engine
from localkfp.engine.contract import Outcome, Phase
from localkfp.errors import WorkflowError
from localkfp.workflow.load import load
from tests.support.played import (
    ERROR,
    FAILED,
    MAKE,
    OUT,
    USE,
    Case,
    at,
    begin,
    by_path,
    fraction,
    less,
    lines,
    number,
    outcome,
    passes,
    play,
    table,
    things,
    truth,
    use,
    word,
)
from tests.support.workflows import dag, pod, task, workflow

# ---- dependencies --------------------------------------------------------------------------------


def in_order():
    first = word().set_display_name("first")
    second = word().after(first)
    use("x").after(second)


DEPENDENCIES = {
    # dag.go, executeDAGTask: a task runs when its `dependencies` are fulfilled, data or no data
    "after() alone puts tasks in order": Case(
        in_order,
        """
        run     DAG Succeeded
        word    Pod Succeeded
        word-2  Pod Succeeded
        use     Pod Succeeded
        """,
    ),
    # dag.go, evaluateDependsLogic: a dependency is met by Succeeded and Skipped alone
    "what follows a failed task is omitted, to the end of its branch": Case(
        in_order,
        """
        run     DAG     Failed
        word    Pod     Failed   Error (exit code 1)
        word-2  Skipped Omitted  omitted: depends condition not met
        use     Skipped Omitted  omitted: depends condition not met
        """,
        {"word": FAILED},
    ),
    # operator.go, inferFailedReason: an output that isn't there is an Error of the pod
    "a task in error makes the run one in error": Case(
        in_order,
        """
        run     DAG     Error
        word    Pod     Succeeded
        word-2  Pod     Error    pod deleted
        use     Skipped Omitted  omitted: depends condition not met
        """,
        {"word-2": ERROR},
    ),
    # dag.go, assessDAGPhase: an omitted leaf counts with the phase of its branch
    "the first leaf by name that went wrong decides": Case(
        workflow(
            dag("main", task("a"), task("z", after=["a"]), task("b"), task("c", after=["b"])), pod()
        ),
        """
        run DAG     Error
        a   Pod     Failed   Error (exit code 1)
        z   Skipped Omitted  omitted: depends condition not met
        b   Pod     Error    pod deleted
        c   Skipped Omitted  omitted: depends condition not met
        """,
        {"a": FAILED, "b": ERROR},
    ),
}


def test_a_task_that_names_one_dependency_twice_waits_for_the_other_too():
    after = ["a", "a", "b"]
    run = begin(workflow(dag("main", task("a"), task("b"), task("c", after=after)), pod()))
    first, _second = engine.take_ready(run)
    engine.end_pod(run, first, Outcome(Phase.SUCCEEDED), at(1))
    assert engine.take_ready(run) == []


def test_the_tag_of_a_task_that_is_not_waited_for_stays_as_it_stands():
    """Without blanks validate.go refuses it; dag.go, buildLocalScopeFromTask, asks ancestors."""
    tag = "{{ tasks.a.outputs.parameters.out }}"
    early = passes("b", value=tag)
    run = play(workflow(dag("main", early, task("a", "make")), USE, MAKE))
    assert by_path(run)["b"].input_parameters == {"x": tag}


# ---- recursion -----------------------------------------------------------------------------------


@dsl.graph_component
def countdown(n):
    left = less(n)
    with dsl.Condition(left.output > 0):
        countdown(left.output)


def recursive(n: int = 3):
    countdown(number().output)


RECURSION = {
    # a template whose DAG has a task of an enclosing template (workflow-controller has no rule of
    # its own for it; validate.go allows it)
    "recursion ends by its condition": Case(
        recursive,
        """
        run                                                      DAG     Succeeded
        number                                                   Pod     Succeeded
        graph-countdown-1                                        DAG     Succeeded
        graph-countdown-1.less                                   Pod     Succeeded
        graph-countdown-1.condition-2                            DAG     Succeeded
        graph-countdown-1.condition-2.graph-countdown-1          DAG     Succeeded
        graph-countdown-1.condition-2.graph-countdown-1.less     Pod     Succeeded
        graph-countdown-1.condition-2.graph-countdown-1.condition-2 Skipped Skipped """
        """when '0 > 0' evaluated false
        """,
        {"number": "2", "less": ["1", "0"]},
    ),
}


def test_endless_recursion_is_stopped_with_a_sentence():
    run = play(recursive, {"number": "1", "less": "1"})
    messages = {node.message for node in run.nodes.values()} - {""}
    assert (run.phase, messages) == (Phase.ERROR, {"localkfp stops recursion after 100 levels"})


def test_endless_recursion_without_a_pod_is_stopped_too():
    run = begin(workflow(dag("main", task("a", "main"), task("b", "main")), onExit="main"))
    assert run.phase is Phase.ERROR
    assert {node.message for node in run.nodes.values()} <= {
        "",
        "localkfp stops recursion after 100 levels",
        "localkfp stops a run after 10,000 nodes",
    }


# ---- exit handler --------------------------------------------------------------------------------


def with_exit_handler(n: int = 3):
    with dsl.ExitHandler(use("{{workflow.status}}")):
        word()


EXIT = {
    # operator.go, operate: the template of onExit after the entrypoint, whatever its phase
    "the exit handler runs after success": Case(
        with_exit_handler,
        """
        run                 DAG Succeeded
        exit-handler-1      DAG Succeeded
        exit-handler-1.word Pod Succeeded
        onExit              Pod Succeeded
        """,
    ),
    "the exit handler runs after failure": Case(
        with_exit_handler,
        """
        run                 DAG Failed
        exit-handler-1      DAG Failed
        exit-handler-1.word Pod Failed     Error (exit code 1)
        onExit              Pod Succeeded
        """,
        {"word": FAILED},
    ),
}


@pytest.mark.parametrize(
    ("fates", "phase"),
    [
        # operator.go, operate: the handler's phase counts where all else succeeded
        ({}, Phase.SUCCEEDED),
        ({"word": FAILED}, Phase.FAILED),
        ({"word": ERROR}, Phase.ERROR),
        ({"run.onExit": FAILED}, Phase.FAILED),
        ({"run.onExit": ERROR}, Phase.ERROR),
        ({"word": FAILED, "run.onExit": ERROR}, Phase.FAILED),
    ],
)
def test_the_run_fails_with_its_pods_or_its_exit_handler(fates, phase):
    assert play(with_exit_handler, fates).phase is phase


@pytest.mark.parametrize(
    ("fate", "status"), [("x", "Succeeded"), (FAILED, "Failed"), (ERROR, "Error")]
)
def test_the_exit_handler_knows_how_the_run_ended(fate, status):
    run = begin(with_exit_handler)
    (node_id,) = engine.take_ready(run)
    engine.end_pod(run, node_id, outcome(fate, run, run.nodes[node_id]), at(1))
    assert run.phase is Phase.RUNNING
    (handler,) = engine.take_ready(run)
    (container,) = engine.describe_pod(run, handler).containers
    assert container.args == ("--x", status)


def test_the_exit_handler_gets_a_list_of_what_failed():
    # operator.go, operate: every node that is Failed or Error, as JSON that is quoted once more
    handler = pod("bye", "echo '{{workflow.failures}}'")
    run = begin(workflow(dag("main", task("a"), task("b")), pod(), handler, onExit="bye"))
    for node_id, fate in zip(engine.take_ready(run), (FAILED, "x"), strict=True):
        engine.end_pod(run, node_id, outcome(fate, run, run.nodes[node_id]), at(1))
    (node_id,) = engine.take_ready(run)
    text = engine.describe_pod(run, node_id).containers[0].command[-1]
    failures = json.loads(json.loads(text.removeprefix("echo '").removesuffix("'")))
    assert [(f["displayName"], f["templateName"], f["phase"], f["message"]) for f in failures] == [
        ("run", "main", "Failed", ""),
        ("a", "pod", "Failed", "Error (exit code 1)"),
    ]


def test_the_exit_handler_gets_the_workflow_parameters():
    run = play(workflow(pod(), USE, parameters={"x": "7"}, onExit="use"))
    assert by_path(run)["onExit"].input_parameters == {"x": "7"}


# ---- tags ----------------------------------------------------------------------------------------


def test_the_tags_of_a_workflow_are_replaced():
    # operator.go, setGlobalParameters; https://argo-workflows.readthedocs.io/en/release-3.3/variables/
    tags = {
        "workflow.name": "run",
        "workflow.uid": "uid-1",
        "workflow.namespace": "kubeflow",
        "workflow.serviceAccountName": "pipeline-runner",
        "workflow.creationTimestamp": at(0),
        "workflow.parameters.n": "가",
        "workflow.parameters": '[{"name":"n","value":"가"}]',
        "workflow.labels.team": "a",
        "workflow.annotations.note": "b",
    }
    flow = workflow(pod("p", " ".join(f"{{{{{tag}}}}}" for tag in tags)), parameters={"n": "가"})
    flow["metadata"] |= {"labels": {"team": "a"}, "annotations": {"note": "b"}}
    assert engine.describe_pod(begin(flow), "run").containers[0].command[-1] == " ".join(
        tags.values()
    )


def filled(env=(), command=("sh", "-c"), args=(), **template):
    """The container of a pod, as it is run."""
    one = pod("pod", **template)
    one["container"] |= {"env": list(env), "command": list(command), "args": list(args)}
    run = begin(workflow(dag("main", task("a")), one))
    (node_id,) = engine.take_ready(run)
    return engine.describe_pod(run, node_id).containers[-1]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("$(A) and $(B)", "1 and 1-2"),
        ("$(date) $(NONE) $A ${A} $", "$(date) $(NONE) $A ${A} $"),
        ("$$(A) $$ $$$$ $$$(A)", "$(A) $ $$ $1"),
        ("$(echo $(A))", "$(echo $(A))"),  # the name ends at the first bracket
        ("$(A", "$(A"),
    ],
)
def test_a_reference_to_a_variable_is_expanded_as_kubernetes_does(text, result):
    # third_party/forked/golang/expansion/expand.go of Kubernetes
    env = [
        {"name": "A", "value": "1"},
        {"name": "B", "value": "$(A)-2"},
        {"name": "C", "value": text},
    ]
    container = filled(env, [text], [text])
    assert (container.command, container.args) == ((result,), (result,))
    assert dict(container.env) == {"A": "1", "B": "1-2", "C": result}


def test_a_variable_may_refer_only_to_those_before_it():
    env = [{"name": "B", "value": "$(A)"}, {"name": "A", "value": "1"}]
    assert filled(env).env == (("B", "$(A)"), ("A", "1"))


def test_a_variable_may_be_a_label_or_an_annotation_of_its_pod():
    fields = [
        "metadata.labels['mine']",
        "metadata.annotations['mine']",
        "metadata.labels['workflows.argoproj.io/workflow']",
    ]
    env = [
        {"name": f"F{n}", "valueFrom": {"fieldRef": {"fieldPath": field}}}
        for n, field in enumerate(fields)
    ]
    metadata = {"labels": {"mine": "a"}, "annotations": {"mine": "b"}}
    assert filled(env, metadata=metadata).env == (("F0", "a"), ("F1", "b"), ("F2", "run"))
    with pytest.raises(WorkflowError, match="env 'F0'"):
        filled(env)


def test_an_input_artifact_that_is_optional_need_not_be_given():
    inputs = {"artifacts": [{"name": "f", "path": "/tmp/f", "optional": True}]}
    run = begin(workflow(dag("main", task("a")), pod(inputs=inputs)))
    (node_id,) = engine.take_ready(run)
    assert engine.describe_pod(run, node_id).inputs == ()


def test_the_fields_of_a_pod_are_replaced_in_its_environment():
    fields = {"metadata.name": "run", "metadata.namespace": "kubeflow"}
    env = [
        {"name": f"F{n}", "valueFrom": {"fieldRef": {"fieldPath": field}}}
        for n, field in enumerate(fields)
    ]
    template = pod()
    template["container"]["env"] = env
    init = {"name": "first", "image": "i", "command": ["echo", "{{pod.name}}"]}
    first, main = engine.describe_pod(
        begin(workflow(template | {"initContainers": [init]})), "run"
    ).containers
    assert first.command == ("echo", "run")
    assert main.env == (("F0", "run"), ("F1", "kubeflow"))


# ---- a second life -------------------------------------------------------------------------------


def second_life(flow, fates, **again):
    """The run once more with what had succeeded, and the display names of the pods that ran."""
    first = play(flow, fates)
    done = {
        node.id: node
        for node in first.nodes.values()
        if node.type == "Pod" and node.phase is Phase.SUCCEEDED and node.boundary
    }
    most = []
    run = play(flow, again, done=done, most=most)
    return run, {node.display_name for now in most for node in now}


def everything():
    coin = word()
    with dsl.Condition(coin.output == "heads"):
        use("in")
    with dsl.ParallelFor(things().output):
        number()
        truth().set_retry(1)
    fraction().after(coin)


@pytest.mark.parametrize(
    ("flow", "fates", "ran"),
    [
        (in_order, {"word-2": FAILED}, {"word-2", "use"}),
        (everything, {"word": "heads", "things": "[1, 2]", "fraction": FAILED}, {"fraction"}),
        (everything, {"word": "heads", "things": "[1, 2]", "use": ERROR}, {"use"}),
        (
            everything,
            {"word": "tails", "things": "[1, 2]", "number": ["x", FAILED]},
            {"number"},
        ),
        # the attempt that succeeded stands for its task; a task whose attempts failed starts anew
        (
            everything,
            {"word": "tails", "things": "[1]", "truth(0)": FAILED, "fraction": FAILED},
            {"fraction"},
        ),
        (
            everything,
            {"word": "tails", "things": "[1]", "truth(0)": FAILED, "truth(1)": FAILED},
            {"truth(0)"},
        ),
        (with_exit_handler, {"run.onExit": FAILED}, {"run.onExit"}),
        (with_exit_handler, {"word": FAILED}, {"word", "run.onExit"}),
    ],
)
def test_a_second_life_runs_only_what_had_not_succeeded(flow, fates, ran):
    # workflow/util/util.go, FormulateRetryWorkflow
    run, again = second_life(flow, fates)
    assert (run.phase, again) == (Phase.SUCCEEDED, ran)


def test_a_second_life_has_the_values_of_the_first():
    flow = workflow(
        dag("main", task("a", "make"), passes("b", after=["a"], value=OUT % "a")),
        MAKE | {"retryStrategy": {"limit": 1}},
        USE,
    )
    run, again = second_life(flow, {"a(0)": FAILED, "a(1)": "seven", "b": FAILED})
    nodes = by_path(run)
    assert again == {"b"}
    assert nodes["b"].input_parameters == {"x": "seven"}
    assert table(run) == [
        "a Retry Succeeded",
        "a(1) Pod Succeeded",
        "b Pod Succeeded",
        "run DAG Succeeded",
    ]
    assert nodes["a"].children == (nodes["a(1)"].id,)
    assert nodes["a(1)"].children == (nodes["b"].id,)


# ---- what only pods can have ---------------------------------------------------------------------


def test_a_dag_with_init_containers_is_refused():
    field = {"initContainers": [{"name": "a", "image": "i", "command": ["true"]}]}
    with pytest.raises(
        WorkflowError, match="template 'main' is a DAG and has the field 'initContainers'"
    ):
        load(workflow(dag("main", task("a")) | field, pod()))


# ---- the tables ----------------------------------------------------------------------------------

CASES = {**DEPENDENCIES, **RECURSION, **EXIT}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_nodes_are_those_of_argo(case):
    assert table(play(case.flow, case.fates)) == lines(case.expected)
