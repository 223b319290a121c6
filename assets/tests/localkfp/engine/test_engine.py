"""localkfp.engine.engine: a Workflow and the fates of its pods in, node states out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from localkfp.engine import engine
from localkfp.engine.argo_status import node_status, read_node
from localkfp.engine.contract import ArtifactValue, Outcome, Phase
from localkfp.engine.live_workflow import progress
from localkfp.workflow.load import load
from localkfp.workflow.validate.context import MAX_CALLS
from tests.support.workflows import dag, pod, task, workflow, written

NOW = "2026-01-02T03:04:05Z"
FILE = {"artifacts": [{"name": "out", "path": "/tmp/out"}]}
GOOD, FAILED, ERROR = Outcome(Phase.SUCCEEDED), Outcome(Phase.FAILED), Outcome(Phase.ERROR)


def play(manifest, arguments=None, name="run-abcde", **outcomes):
    """A run, played to its end: the pod of a task ends as `outcomes` says, or Succeeded."""
    run = engine.begin(load(manifest), name, "uid", arguments or {}, NOW)
    while not run.phase.fulfilled:
        ready = engine.take_ready(run)
        assert ready, "no pod can run, and the run isn't over"
        for node_id in ready:
            engine.start_pod(run, node_id, NOW)
            engine.end_pod(run, node_id, outcomes.get(run.nodes[node_id].display_name, GOOD), NOW)
    return run


def by_name(run):
    """The nodes by the path of their tasks; the root's path is empty."""
    return {node.name.removeprefix(run.name).removeprefix("."): node for node in run.nodes.values()}


def phases(run):
    return {path: node.phase.value for path, node in by_name(run).items()}


# ---- the shape of Argo's nodes -------------------------------------------------------------------


def test_a_diamond_gives_the_nodes_that_a_cluster_gave():
    recorded = json.loads((Path(__file__).parents[2] / "data" / "diamond.json").read_text())
    name = recorded["metadata"]["name"]
    mapping = {key: recorded[key] for key in ("spec", "metadata")}
    run = play({**mapping, "apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow"}, name=name)
    times = {"startedAt", "finishedAt"}
    expected = {
        node_id: {key: value for key, value in node.items() if key not in times}
        for node_id, node in recorded["status"]["nodes"].items()
    }
    nodes = [node_status(node) for node in run.nodes.values()]
    assert all(times <= node.keys() for node in nodes)
    assert {
        node["id"]: {key: value for key, value in node.items() if key not in times}
        for node in nodes
    } == expected


# path: (type, boundary, children, outbound nodes)
NESTED = {
    "": ("DAG", None, ["a", "z"], ["c", "z"]),
    "a": ("Pod", "", ["inner"], ["a"]),
    "inner": ("DAG", "", ["inner.x", "inner.y"], ["inner.x", "inner.y"]),
    "inner.x": ("Pod", "inner", ["c"], ["inner.x"]),
    "inner.y": ("Pod", "inner", ["c"], ["inner.y"]),
    "c": ("Pod", "", [], ["c"]),
    "z": ("Pod", "", [], ["z"]),
}


def test_what_follows_a_nested_dag_hangs_below_its_last_pods():
    run = play(
        workflow(
            dag(
                "main",
                task("a"),
                task("inner", "inner", after=["a"]),
                task("c", after=["inner"]),
                task("z"),
            ),
            dag("inner", task("x"), task("y")),
            pod(),
        )
    )
    path = {node.id: path for path, node in by_name(run).items()} | {None: None}
    assert {
        name: (
            node.type,
            path[node.boundary],
            [path[child] for child in node.children],
            [path[last] for last in node.outbound],
        )
        for name, node in by_name(run).items()
    } == NESTED
    assert all(node.finished_at == NOW for node in run.nodes.values())


def test_a_workflow_may_be_a_single_pod():
    run = play(workflow(pod()))
    assert [(node.id, node.type, node.phase) for node in run.nodes.values()] == [
        ("run-abcde", "Pod", Phase.SUCCEEDED)
    ]


# ---- phases --------------------------------------------------------------------------------------

OMITTED, SUCCEEDED = "Omitted", "Succeeded"
CHAIN = [task("a"), task("b", after=["a"]), task("c", after=["b"])]
FATES = {
    "all is well": (CHAIN, {}, {"": SUCCEEDED, "a": SUCCEEDED, "b": SUCCEEDED, "c": SUCCEEDED}),
    "what follows a failed step is omitted": (
        CHAIN,
        {"a": FAILED},
        {"": "Failed", "a": "Failed", "b": OMITTED, "c": OMITTED},
    ),
    "a step in error makes the run one in error": (
        CHAIN,
        {"b": ERROR},
        {"": "Error", "a": SUCCEEDED, "b": "Error", "c": OMITTED},
    ),
    "siblings of a failed step go on": (
        [task("a"), task("b"), task("c", after=["b"]), task("d", after=["a", "b"])],
        {"a": FAILED},
        {"": "Failed", "a": "Failed", "b": SUCCEEDED, "c": SUCCEEDED, "d": OMITTED},
    ),
    "the first leaf by name that went wrong decides": (
        [task("z"), task("y")],
        {"z": FAILED, "y": ERROR},
        {"": "Error", "z": "Failed", "y": "Error"},
    ),
    "a nested DAG fails with its step": (
        [task("n", "nested"), task("c", after=["n"])],
        {"y": FAILED},
        {"": "Failed", "n": "Failed", "n.x": SUCCEEDED, "n.y": "Failed", "c": OMITTED},
    ),
    "nothing is inside a nested DAG that is omitted": (
        [task("a"), task("n", "nested", after=["a"])],
        {"a": FAILED},
        {"": "Failed", "a": "Failed", "n": OMITTED},
    ),
    "a dependency that is named twice counts once": (
        [task("a"), task("b", after=["a", "a"])],
        {},
        {"": SUCCEEDED, "a": SUCCEEDED, "b": SUCCEEDED},
    ),
}


@pytest.mark.parametrize(("tasks", "outcomes", "expected"), FATES.values(), ids=FATES)
def test_phases(tasks, outcomes, expected):
    more = [dag("nested", task("x"), task("y", after=["x"])), pod()]
    assert phases(play(workflow(dag("main", *tasks), *more), **outcomes)) == expected


def test_an_omitted_node_says_so_as_argo_does():
    node = by_name(play(workflow(dag("main", *CHAIN), pod()), a=FAILED))["b"]
    assert (node.type, node.message) == ("Skipped", "omitted: depends condition not met")


@pytest.mark.parametrize(("first", "last"), [(GOOD, "Succeeded"), (FAILED, "Omitted")])
def test_a_chain_of_3000_tasks_is_not_too_long(first, last):
    tasks = [task("t0"), *(task(f"t{n}", after=[f"t{n - 1}"]) for n in range(1, 3000))]
    run = play(workflow(dag("main", *tasks), pod()), t0=first)
    assert phases(run)["t2999"] == last
    assert len(run.nodes) == 3001


def test_as_many_levels_of_dags_as_are_allowed_are_not_too_deep():
    levels = [dag(f"d{n}", task("x", f"d{n + 1}")) for n in range(MAX_CALLS - 1)]
    run = play(workflow(*levels, pod(f"d{MAX_CALLS - 1}")))
    assert (run.phase, len(run.nodes)) == (Phase.SUCCEEDED, MAX_CALLS)


# ---- values --------------------------------------------------------------------------------------

IN = {"parameters": [{"name": "x"}]}


def tag(name, kind="parameters", of="out"):
    return f"{{{{tasks.{name}.outputs.{kind}.{of}}}}}"


def test_the_value_of_a_step_reaches_the_next_one():
    run = play(
        workflow(
            dag(
                "main",
                task("a", "make", parameters={"x": "{{workflow.parameters.n}}"}),
                task("b", "make", after=["a"], parameters={"x": f"<{tag('a')}>"}),
                inputs={"parameters": [{"name": "n"}]},
            ),
            pod("make", inputs=IN, outputs=written(out="/tmp/out")),
            parameters=["n"],
        ),
        {"n": "7"},
        a=Outcome(Phase.SUCCEEDED, parameters={"out": "eight"}),
    )
    nodes = by_name(run)
    assert nodes[""].input_parameters == {"n": "7"}
    assert nodes["a"].input_parameters == {"x": "7"}
    assert nodes["b"].input_parameters == {"x": "<eight>"}


def test_outputs_of_a_nested_dag_are_those_of_its_steps():
    outputs = {
        "parameters": [{"name": "sum", "valueFrom": {"parameter": tag("x")}}],
        "artifacts": [{"name": "file", "from": tag("x", "artifacts")}],
    }
    taken = {"parameters": [{"name": "x"}], "artifacts": [{"name": "y", "path": "/tmp/y"}]}
    run = play(
        workflow(
            dag(
                "main",
                task("n", "inner"),
                task(
                    "b",
                    "take",
                    after=["n"],
                    parameters={"x": tag("n", of="sum")},
                    artifacts={"y": tag("n", "artifacts", "file")},
                ),
            ),
            dag("inner", task("x", "make"), outputs=outputs),
            pod("make", outputs=written(out="/tmp/out") | FILE),
            pod("take", inputs=taken),
        ),
        x=Outcome(Phase.SUCCEEDED, parameters={"out": "8"}, artifacts={"out": "artifacts/key"}),
    )
    nodes = by_name(run)
    assert nodes["n"].output_parameters == {"sum": "8"}
    assert nodes["n"].output_artifacts == (ArtifactValue("file", "/tmp/out", "artifacts/key"),)
    assert nodes["b"].input_parameters == {"x": "8"}
    assert nodes["b"].input_artifacts == (ArtifactValue("y", path="/tmp/y", key="artifacts/key"),)


def test_a_file_that_a_nested_dag_promised_and_lacks_is_an_error_of_the_dag():
    outputs = {"artifacts": [{"name": "file", "from": tag("x", "artifacts")}]}
    run = play(
        workflow(
            dag("main", task("n", "inner"), task("b", after=["n"])),
            dag("inner", task("x"), outputs=outputs),
            pod(outputs=FILE),
        )
    )
    assert phases(run) == {"": "Error", "n": "Error", "n.x": "Succeeded", "b": "Omitted"}
    told = "template 'inner': Unable to resolve: \"tasks.x.outputs.artifacts.out\""
    assert by_name(run)["n"].message == told


@pytest.mark.parametrize(("path", "above"), [("a", [dag("main", task("a", "take"))]), ("", [])])
def test_a_default_of_a_template_stands_in_for_an_argument(path, above):
    inputs = {
        "parameters": [{"name": "x", "value": "{{workflow.name}}"}],
        "artifacts": [{"name": "y", "path": "/tmp/y", "raw": {"data": "text"}}],
    }
    node = by_name(play(workflow(*above, pod("take", inputs=inputs))))[path]
    assert node.input_parameters == {"x": "run-abcde"}
    assert node.input_artifacts == (ArtifactValue("y", path="/tmp/y", raw="text"),)


# ---- what a pod is asked to do -------------------------------------------------------------------


def test_every_tag_of_a_pod_is_replaced():
    inputs = {
        "parameters": [{"name": "x"}],
        "artifacts": [
            {"name": "y", "path": "/tmp/in", "raw": {"data": "<{{inputs.parameters.x}}>"}}
        ],
    }
    outputs = written(p="/tmp/p") | {"artifacts": [{"name": "f", "path": "/tmp/f"}]}
    template = pod("work", "echo {{workflow.uid}}", inputs=inputs, outputs=outputs)
    template["container"] |= {
        "args": [
            "{{inputs.parameters.x}}",
            "{{inputs.artifacts.y.path}}",
            "{{outputs.artifacts.f.path}}",
            "{{outputs.parameters.p.path}}",
            "{{pod.name}}",
            "{{unknown}}",
        ],
        "env": [{"name": "RUN", "value": "{{workflow.name}}"}, {"name": "EMPTY"}],
    }
    manifest = workflow(dag("main", task("a", "work", parameters={"x": "7"})), template)
    run = engine.begin(load(manifest), "run-abcde", "uid", {}, NOW)
    (node_id,) = engine.take_ready(run)
    asked = engine.describe_pod(run, node_id)
    (container,) = asked.containers
    assert container.command == ("sh", "-ec", "echo uid")
    assert container.args == ("7", "/tmp/in", "/tmp/f", "/tmp/p", node_id, "{{unknown}}")
    assert container.env == (("RUN", "run-abcde"), ("EMPTY", ""))
    assert asked.inputs == (ArtifactValue("y", path="/tmp/in", raw="<7>"),)
    assert asked.output_parameters == {"p": "/tmp/p"}
    assert asked.output_artifacts == {"f": "/tmp/f"}


# ---- arguments of the run ------------------------------------------------------------------------


def test_a_parameter_without_a_value_is_the_empty_text():
    """Record c22_unset_param."""
    assert play(workflow(pod(), parameters={"a": "1", "b": None})).arguments == {"a": "1", "b": ""}


def test_an_argument_wins_over_a_default():
    manifest = workflow(pod(), parameters={"a": "1", "b": "2"})
    assert play(manifest, {"a": "3"}).arguments == {"a": "3", "b": "2"}


# ---- the caller's loop ---------------------------------------------------------------------------


def test_a_pod_is_given_out_once_and_a_change_is_told_once():
    run = engine.begin(load(workflow(dag("main", *CHAIN), pod())), "r", "uid", {}, NOW)
    (first,) = engine.take_ready(run)
    assert engine.take_ready(run) == []
    assert [node.name for node in engine.take_changed(run)] == ["r", "r.a"]
    assert engine.take_changed(run) == []
    engine.start_pod(run, first, NOW)
    assert [(n.name, n.phase) for n in engine.take_changed(run)] == [("r.a", Phase.RUNNING)]
    engine.end_pod(run, first, GOOD, NOW)
    assert [run.nodes[node_id].name for node_id in engine.take_ready(run)] == ["r.b"]


def test_stopping_ends_what_is_open_and_leaves_what_is_done():
    run = engine.begin(load(workflow(dag("main", *CHAIN), pod())), "r", "uid", {}, NOW)
    engine.end_pod(run, *engine.take_ready(run), GOOD, NOW)
    engine.stop(run, "enough", NOW)
    assert phases(run) == {"": "Failed", "a": "Succeeded", "b": "Failed"}
    assert {node.message for node in run.nodes.values()} == {"", "enough"}
    assert engine.take_ready(run) == []


def test_how_a_pod_ended_is_in_its_node():
    outcome = Outcome(
        Phase.FAILED, "Error (exit code 3)", 3, {"p": "1"}, {"main-logs": "a/main.log"}
    )
    template = pod("work", outputs=written(p="/tmp/p"))
    node = node_status(
        by_name(play(workflow(dag("m", task("a", "work")), template), a=outcome))["a"]
    )
    assert node["phase"] == "Failed"
    assert node["message"] == "Error (exit code 3)"
    assert node["outputs"] == {
        "parameters": [{"name": "p", "value": "1", "valueFrom": {"path": "/tmp/p"}}],
        "artifacts": [{"name": "main-logs", "s3": {"key": "a/main.log"}}],
        "exitCode": "3",
    }


def test_what_a_pod_declared_and_did_not_write_is_in_its_node():
    """The record b02_no_mkdir_value."""
    outputs = written(p="/tmp/p") | {"artifacts": [{"name": "f", "path": "/tmp/f"}]}
    outcome = Outcome(Phase.FAILED, "Error (exit code 2)", 2, {}, {"main-logs": "a/main.log"})
    flow = workflow(dag("m", task("a", "work")), pod("work", outputs=outputs))
    node = node_status(by_name(play(flow, a=outcome))["a"])
    assert node["outputs"] == {
        "parameters": [{"name": "p", "valueFrom": {"path": "/tmp/p"}}],
        "artifacts": [
            {"name": "f", "path": "/tmp/f"},
            {"name": "main-logs", "s3": {"key": "a/main.log"}},
        ],
        "exitCode": "2",
    }
    assert node_status(read_node(node)) == node


def test_progress_counts_the_pods_that_hang_below_a_node():
    """updater.go, sumProgress: what follows a task is its child, so it counts too."""
    nodes = {
        "run": {"type": "DAG", "phase": "Failed", "children": ["loop", "skipped"]},
        "loop": {"type": "TaskGroup", "phase": "Succeeded", "children": ["a", "b"]},
        "a": {"type": "Pod", "phase": "Succeeded", "children": ["after"]},
        "b": {"type": "Pod", "phase": "Succeeded", "children": ["after"]},
        "after": {"type": "Pod", "phase": "Failed"},
        "skipped": {"type": "Skipped", "phase": "Skipped"},
    }
    assert progress(nodes) == {
        "run": (2, 3), "loop": (2, 3), "a": (1, 1), "b": (1, 1), "after": (0, 1), "skipped": (0, 0),
    }  # fmt: skip
