"""A run that a test plays: components to compile, what becomes of each pod, nodes as a table.

`dag.go`, `operator.go`, `steps.go` and `scope.go` in the tests that use this are files in
workflow/controller of Argo Workflows v3.3.8, the version that Kubeflow Pipelines 1.8 pins;
`validate.go` is in workflow/validate.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from kfp.components import create_component_from_func
from localkfp.engine import engine
from localkfp.engine.contract import Outcome, Phase
from localkfp.workflow.load import load
from tests.support.workflows import pod, task, written
from workbook.kernel.answers import compile_pipeline

START = datetime(2026, 1, 2, 3, 4, 5)
FAILED = Outcome(Phase.FAILED, "Error (exit code 1)", 1)
ERROR = Outcome(Phase.ERROR, "pod deleted")


# ---- what pipelines and Workflows are made of ----------------------------------------------------


@create_component_from_func
def word() -> str:
    return ""


@create_component_from_func
def number() -> int:
    return 0


@create_component_from_func
def fraction() -> float:
    return 0.0


@create_component_from_func
def truth() -> bool:
    return True


@create_component_from_func
def things() -> list:
    return []


@create_component_from_func
def less(n: int) -> int:
    return n - 1


@create_component_from_func
def use(x):
    pass


def passes(name, template="use", after=(), value="{{item}}", **more):
    """A task that gives a value to the parameter `x` of its template."""
    return task(name, template, after, {"x": value}) | more


X = {"parameters": [{"name": "x"}]}
USE = pod("use", inputs=X)
MAKE = pod("make", outputs=written(out="/tmp/out"))
OUT = "{{tasks.%s.outputs.parameters.out}}"


# ---- a run ---------------------------------------------------------------------------------------


def at(seconds):
    return (START + timedelta(seconds=seconds)).isoformat() + "Z"


def begin(flow, done=None, name="run"):
    manifest = compile_pipeline(flow) if callable(flow) else flow
    return engine.begin(load(manifest), name, "uid-1", {}, at(0), done)


def outcome(fate, run, node):
    """A fate is an outcome, or what the pod wrote to its output parameters. Of a list, a pod of
    that name takes the first."""
    if isinstance(fate, list):
        fate = fate.pop(0)
    if isinstance(fate, Outcome):
        return fate
    wanted = run.workflow.templates[node.template].output_parameters
    return Outcome(Phase.SUCCEEDED, "", 0, {parameter.name: fate for parameter in wanted})


def play(flow, fates=None, done=None, takes=0, most=None, name="run"):
    """The run at its end. `fates`: display name -> fate, else the pod writes "x"; each pod `takes`
    so many seconds after its delay, one after the other. `most` collects the pods that were open
    at once."""
    fates = {name: list(f) if isinstance(f, list) else f for name, f in (fates or {}).items()}
    run, clock, waiting = begin(flow, done, name), 0, []
    while not run.phase.fulfilled:
        waiting += engine.take_ready(run)
        if most is not None:
            most.append([run.nodes[node_id] for node_id in waiting])
        node = run.nodes[waiting.pop(0)]
        clock += engine.delay(run, node.id)
        engine.start_pod(run, node.id, at(clock))
        clock += takes
        engine.end_pod(
            run, node.id, outcome(fates.get(node.display_name, "x"), run, node), at(clock)
        )
    return run


def path(node):
    """The name of a node within its run."""
    return node.name.removeprefix("run.") or "run"


def by_path(run):
    return {path(node): node for node in run.nodes.values()}


def table(run):
    """A line for each node: path, type, phase, message."""
    nodes = run.nodes.values()
    return lines("\n".join(f"{path(n)} {n.type.value} {n.phase.value} {n.message}" for n in nodes))


def lines(text):
    """A table as it is written in a test: the order and the number of blanks mean nothing."""
    return sorted(" ".join(line.split()) for line in text.strip().splitlines())


class Case(NamedTuple):
    """`flow`: a pipeline function or a manifest. `expected`: the table of the nodes."""

    flow: Any
    expected: str
    fates: dict[str, Any] | None = None
