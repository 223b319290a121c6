"""What happens next in a run: a Workflow and the fates of its pods in, node states out.

Pure: no clock (the caller passes the time), no process, no file. The rules are those of Argo's
controller at the version that Kubeflow Pipelines 1.8 pins, v3.3.8: `workflow/controller/dag.go` and
`operator.go`. The caller's loop is

    run = begin(workflow, name, uid, arguments, now)
    while not run.phase.fulfilled:
        for node_id in take_ready(run): ...start pod(run, node_id)...
        end_pod(run, node_id, outcome, now)      # for whichever pod ends first
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from localkfp.node import ArtifactValue, Node, Outcome, Phase, Pod, node_id
from localkfp.workflow import Artifact, DagTask, Template, Workflow, WorkflowError, substitute


@dataclass
class Run:
    """A run in progress. `changed` holds the ids of nodes that the caller hasn't taken yet.

    Of each DAG, by its node's id: `dependents`, the tasks that wait for a task; `waiting`, how many
    tasks a task still waits for; `open_tasks`, how many tasks aren't fulfilled.
    """

    workflow: Workflow
    name: str
    uid: str
    arguments: dict[str, str]
    nodes: dict[str, Node] = field(default_factory=dict)
    ready: list[str] = field(default_factory=list)
    changed: dict[str, None] = field(default_factory=dict)
    dependents: dict[str, dict[str, list[DagTask]]] = field(default_factory=dict)
    waiting: dict[str, dict[str, int]] = field(default_factory=dict)
    open_tasks: dict[str, int] = field(default_factory=dict)

    @property
    def root(self) -> Node:
        return self.nodes[self.name]

    @property
    def phase(self) -> Phase:
        return self.root.phase


def begin(workflow: Workflow, name: str, uid: str, arguments: Mapping[str, str], now: str) -> Run:
    """Start a run: the nodes that need nothing exist afterwards, pods among them as ready.

    Raises WorkflowError for an argument that the Workflow doesn't know or still lacks.
    """
    run = Run(workflow, name, uid, bind_arguments(workflow, arguments))
    entry = workflow.templates[workflow.entrypoint]
    where = "the entrypoint"
    root = Node(
        id=name,
        name=name,
        display_name=name,
        type="Pod" if entry.container else "DAG",
        template=entry.name,
        phase=Phase.PENDING,
        started_at=now,
        input_parameters=_inputs(run, entry, run.arguments, where),
        input_artifacts=_input_files(entry, {}, where),
    )
    _settle(run, _execute(run, root, now), now)
    return run


def bind_arguments(workflow: Workflow, arguments: Mapping[str, str]) -> dict[str, str]:
    """The value of every workflow parameter: the given one, or the default of the Workflow."""
    known = {parameter.name: parameter.value for parameter in workflow.parameters}
    for name in arguments:
        if name not in known:
            raise WorkflowError(
                f"Unrecognized input parameter: {name}. The pipeline has "
                f"{', '.join(known) or 'no parameters'}."
            )
    values = {**known, **arguments}
    if missing := [name for name, value in values.items() if value is None]:
        raise WorkflowError(
            f"The parameter {missing[0]!r} has no value: the pipeline gives no default, "
            "so the run must."
        )
    return {name: str(value) for name, value in values.items()}


def take_ready(run: Run) -> list[str]:
    """The ids of pods that may start now, in the order of the Workflow; each is given out once."""
    ready, run.ready = run.ready, []
    return ready


def take_changed(run: Run) -> list[Node]:
    """The nodes that changed since the last call, oldest change first."""
    changed, run.changed = run.changed, {}
    return [run.nodes[node_id] for node_id in changed]


def pod(run: Run, node_id: str) -> Pod:
    """The program of a pod node, its tags substituted."""
    node = run.nodes[node_id]
    template = run.workflow.templates[node.template]
    container = template.container
    assert container is not None
    scope = _globals(run) | {"pod.name": node.id}
    scope |= {f"inputs.parameters.{name}": text for name, text in node.input_parameters.items()}
    scope |= {f"inputs.artifacts.{a.name}.path": a.path or "" for a in node.input_artifacts}
    for artifact in template.output_artifacts:
        scope[f"outputs.artifacts.{artifact.name}.path"] = artifact.path or ""
    for parameter in template.output_parameters:
        scope[f"outputs.parameters.{parameter.name}.path"] = parameter.path or ""
    return Pod(
        node_id=node_id,
        image=substitute(container.image, scope),
        command=tuple(substitute(word, scope) for word in container.command),
        args=tuple(substitute(word, scope) for word in container.args),
        env=tuple((name, substitute(value, scope)) for name, value in container.env),
        inputs=tuple(
            replace(a, raw=None if a.raw is None else substitute(a.raw, scope))
            for a in node.input_artifacts
        ),
        output_parameters={p.name: p.path for p in template.output_parameters if p.path},
        output_artifacts={a.name: a.path for a in template.output_artifacts if a.path},
    )


def start_pod(run: Run, node_id: str, now: str) -> None:
    """The pod's program has been started."""
    _update(run, replace(run.nodes[node_id], phase=Phase.RUNNING, started_at=now))


def end_pod(run: Run, node_id: str, outcome: Outcome, now: str) -> None:
    """The pod has ended: settle its node and all that follows from it."""
    node = run.nodes[node_id]
    template = run.workflow.templates[node.template]
    paths = {a.name: a.path for a in template.output_artifacts}
    ended = replace(
        node,
        phase=outcome.phase,
        message=outcome.message,
        exit_code=outcome.exit_code,
        finished_at=now,
        output_parameters=dict(outcome.parameters),
        output_artifacts=tuple(
            ArtifactValue(name, paths.get(name), key) for name, key in outcome.artifacts.items()
        ),
    )
    _update(run, ended)
    _settle(run, [ended], now)


def stop(run: Run, message: str, now: str) -> None:
    """End every node that isn't fulfilled as Failed: the run is over."""
    run.ready = []
    for node in list(run.nodes.values()):
        if not node.phase.fulfilled:
            _update(run, replace(node, phase=Phase.FAILED, message=message, finished_at=now))


# ---- the tree grows ------------------------------------------------------------------------------


def _execute(run: Run, node: Node, now: str) -> list[Node]:
    """Put a node for a template into the tree. Returns the nodes that are fulfilled at once."""
    template = run.workflow.templates[node.template]
    if template.tasks is None:
        node = replace(node, outbound=(node.id,))
        _update(run, node)
        run.ready.append(node.id)
        return []
    _update(run, replace(node, phase=Phase.RUNNING))
    dependents: dict[str, list[DagTask]] = {task.name: [] for task in template.tasks}
    for task in template.tasks:
        for name in set(task.dependencies):
            dependents[name].append(task)
    run.dependents[node.id] = dependents
    run.waiting[node.id] = {task.name: len(set(task.dependencies)) for task in template.tasks}
    run.open_tasks[node.id] = len(template.tasks)
    fulfilled = []
    for task in template.tasks:
        if not task.dependencies:
            fulfilled += _start_task(run, node.id, task, now)
    return fulfilled if template.tasks else [_end_dag(run, node.id, now)]


def _start_task(run: Run, boundary_id: str, task: DagTask, now: str) -> list[Node]:
    """Create the node of a task whose dependencies are all fulfilled."""
    boundary = run.nodes[boundary_id]
    dependencies = [run.nodes[_task_id(run, boundary, name)] for name in task.dependencies]
    name = f"{boundary.name}.{task.name}"
    node = Node(
        id=node_id(run.name, name),
        name=name,
        display_name=task.name,
        type="Skipped",
        template=task.template,
        phase=Phase.OMITTED,
        boundary=boundary_id,
        started_at=now,
        finished_at=now,
        message="omitted: depends condition not met",
    )
    node = replace(node, outbound=(node.id,))
    _link(run, boundary, dependencies, node.id)
    if any(d.phase.bad or d.phase is Phase.OMITTED for d in dependencies):
        _update(run, node)
        return [node]
    template = run.workflow.templates[task.template]
    try:
        node = replace(node, **_task_inputs(run, boundary, dependencies, task, template))
    except WorkflowError as error:
        node = replace(node, phase=Phase.ERROR, message=str(error))
        _update(run, node)
        return [node]
    kind = "DAG" if template.tasks is not None else "Pod"
    node = replace(node, type=kind, phase=Phase.PENDING, finished_at=None, message="", outbound=())
    return _execute(run, node, now)


def _settle(run: Run, fulfilled: Iterable[Node], now: str) -> None:
    """Follow what each fulfilled node sets free: its dependents, then the DAG around it."""
    queue = deque(fulfilled)
    while queue:
        node = queue.popleft()
        if node.boundary is None:
            continue
        waiting = run.waiting[node.boundary]
        for task in run.dependents[node.boundary][node.display_name]:
            waiting[task.name] -= 1
            if not waiting[task.name]:
                queue += _start_task(run, node.boundary, task, now)
        run.open_tasks[node.boundary] -= 1
        if not run.open_tasks[node.boundary]:
            queue.append(_end_dag(run, node.boundary, now))


def _end_dag(run: Run, dag_id: str, now: str) -> Node:
    """All tasks are fulfilled: the phase is that of the first leaf whose branch went wrong.

    Argo's `assessDAGPhase`: an omitted leaf counts with the phase of what made it omitted.
    """
    node = run.nodes[dag_id]
    template = run.workflow.templates[node.template]
    dependencies = {task.name: task.dependencies for task in template.tasks or ()}
    tasks = {name: run.nodes[_task_id(run, node, name)] for name in dependencies}
    leaves = sorted(set(tasks).difference(*dependencies.values()))  # sorted, as Argo's are
    branches = (_branch_phase(dependencies, tasks, leaf) for leaf in leaves)
    phase = next((branch for branch in branches if branch.bad), Phase.SUCCEEDED)
    outbound = tuple(out for leaf in leaves for out in tasks[leaf].outbound)
    ended = replace(node, phase=phase, finished_at=now, outbound=outbound)
    if phase is Phase.SUCCEEDED:
        try:
            ended = replace(ended, **_dag_outputs(run, node, tasks.values(), template))
        except WorkflowError as error:
            ended = replace(ended, phase=Phase.ERROR, message=str(error))
    _update(run, ended)
    return ended


def _branch_phase(
    dependencies: Mapping[str, tuple[str, ...]], tasks: Mapping[str, Node], leaf: str
) -> Phase:
    """A leaf's own phase, or, where it was omitted, that of the first bad node before it."""
    seen, queue = {leaf}, deque([leaf])
    while queue:
        name = queue.popleft()
        if tasks[name].phase is not Phase.OMITTED:
            if tasks[name].phase.bad:
                return tasks[name].phase
            continue
        queue += [before for before in dependencies[name] if before not in seen]
        seen.update(dependencies[name])
    return tasks[leaf].phase


# ---- values on their way -------------------------------------------------------------------------


def _globals(run: Run) -> dict[str, str]:
    """https://argo-workflows.readthedocs.io/en/release-3.3/variables/#global"""
    scope = {"workflow.name": run.name, "workflow.uid": run.uid, "workflow.namespace": "kubeflow"}
    return scope | {f"workflow.parameters.{name}": text for name, text in run.arguments.items()}


def _task_scope(
    run: Run, boundary: Node, tasks: Iterable[Node]
) -> tuple[dict[str, str], dict[str, ArtifactValue]]:
    """What a task's arguments may name: parameters by their tag, artifacts by theirs."""
    scope = _globals(run)
    scope |= {f"inputs.parameters.{name}": text for name, text in boundary.input_parameters.items()}
    files = {f"inputs.artifacts.{artifact.name}": artifact for artifact in boundary.input_artifacts}
    for node in tasks:
        prefix = f"tasks.{node.display_name}.outputs"
        scope |= {f"{prefix}.parameters.{n}": text for n, text in node.output_parameters.items()}
        files |= {f"{prefix}.artifacts.{file.name}": file for file in node.output_artifacts}
    return scope, files


def _task_inputs(
    run: Run, boundary: Node, dependencies: list[Node], task: DagTask, template: Template
) -> dict[str, Any]:
    """The inputs of a task's node. Raises WorkflowError when something needed is missing."""
    where = f"task {task.name!r}"
    scope, files = _task_scope(run, boundary, dependencies)
    given = {p.name: substitute(p.value or "", scope) for p in task.parameters}
    given_files = {a.name: _artifact(a, files, where, scope) for a in task.artifacts}
    return {
        "input_parameters": _inputs(run, template, given, where),
        "input_artifacts": _input_files(template, given_files, where),
    }


def _dag_outputs(run: Run, dag: Node, tasks: Iterable[Node], template: Template) -> dict[str, Any]:
    """The outputs of a DAG's node, from those of its tasks. Raises WorkflowError as above."""
    scope, files = _task_scope(run, dag, tasks)
    where = f"template {template.name!r}"
    return {
        "output_parameters": {
            p.name: substitute(p.value or "", scope) for p in template.output_parameters
        },
        "output_artifacts": tuple(
            _artifact(a, files, where, scope) for a in template.output_artifacts
        ),
    }


def _inputs(run: Run, template: Template, given: Mapping[str, str], where: str) -> dict[str, str]:
    values = {}
    for parameter in template.input_parameters:
        value = given.get(parameter.name, parameter.value)
        if value is None:
            raise WorkflowError(
                f"{where}: template {template.name!r} needs the parameter {parameter.name!r}, "
                "and nothing gives it a value."
            )
        values[parameter.name] = substitute(value, _globals(run))
    return values


def _input_files(
    template: Template, given: Mapping[str, ArtifactValue], where: str
) -> tuple[ArtifactValue, ...]:
    files = []
    for artifact in template.input_artifacts:
        value = given.get(artifact.name)
        if value is None and artifact.raw is not None:
            value = ArtifactValue(artifact.name, raw=artifact.raw)
        if value is None:
            raise WorkflowError(
                f"{where}: template {template.name!r} needs the artifact {artifact.name!r}, "
                "and nothing gives it."
            )
        files.append(replace(value, name=artifact.name, path=artifact.path))
    return tuple(files)


def _artifact(
    artifact: Artifact, files: Mapping[str, ArtifactValue], where: str, scope: Mapping[str, str]
) -> ArtifactValue:
    """The file that `from: '{{tasks.x.outputs.artifacts.y}}'` means, under the argument's name."""
    if artifact.raw is not None:
        return ArtifactValue(artifact.name, raw=substitute(artifact.raw, scope))
    tag = (artifact.source or "").strip("{} ")
    if tag not in files:
        raise WorkflowError(f"{where}: the artifact {artifact.source!r} doesn't exist.")
    return replace(files[tag], name=artifact.name)


# ---- links -----------------------------------------------------------------------------------


def _task_id(run: Run, boundary: Node, task_name: str) -> str:
    return node_id(run.name, f"{boundary.name}.{task_name}")


def _link(run: Run, boundary: Node, dependencies: list[Node], child: str) -> None:
    """A node hangs below the last nodes of what it depended on, or below its DAG."""
    parents = [out for node in dependencies for out in node.outbound] or [boundary.id]
    for parent in dict.fromkeys(parents):
        node = run.nodes[parent]
        _update(run, replace(node, children=(*node.children, child)))


def _update(run: Run, node: Node) -> None:
    run.nodes[node.id] = node
    run.changed[node.id] = None
