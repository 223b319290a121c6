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

import json
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import replace

from localkfp import values
from localkfp.loops import Turn, turns
from localkfp.node import ArtifactValue, Node, Outcome, Phase, Pod, node_id
from localkfp.progress import Dag, Run
from localkfp.retries import after_attempt
from localkfp.when import holds
from localkfp.workflow import MAX_NODES, DagTask, Workflow, WorkflowError, substitute

MAX_RECURSION = 100  # levels of DAGs; Argo itself stops at no level
TOO_MANY = f"localkfp stops a run after {MAX_NODES:,} nodes"


def begin(
    workflow: Workflow,
    name: str,
    uid: str,
    arguments: Mapping[str, str],
    now: str,
    done: Mapping[str, Node] | None = None,
) -> Run:
    """Start a run: the nodes that need nothing exist afterwards, pods among them as ready.

    `done` maps ids to pod nodes that succeeded when this run (of this name) ran before. Raises
    WorkflowError for an argument that the Workflow doesn't know or still lacks.
    """
    bound = bind_arguments(workflow, arguments)
    scope = values.workflow_scope(workflow.manifest, name, uid, bound, now)
    run = Run(workflow, name, uid, bound, scope, done or {})
    entry = workflow.templates[workflow.entrypoint]
    where = "the entrypoint"
    root = Node(
        id=name,
        name=name,
        display_name=name,
        type="",
        template=entry.name,
        phase=Phase.PENDING,
        started_at=now,
        input_parameters=values.parameters(scope, entry, bound, where),
        input_artifacts=values.artifacts(entry, {}, where),
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
    bound = {**known, **arguments}
    if missing := [name for name, value in bound.items() if value is None]:
        raise WorkflowError(
            f"The parameter {missing[0]!r} has no value: the pipeline gives no default, "
            "so the run must."
        )
    return {name: str(value) for name, value in bound.items()}


def take_ready(run: Run) -> list[str]:
    """The ids of pods that may start now, in the order of the Workflow; each is given out once.

    No more are given out than the Workflow's parallelism allows at once."""
    limit = run.workflow.parallelism or len(run.ready) + len(run.active_pods)
    taken = []
    while run.ready and len(run.active_pods) < limit:
        taken.append(run.ready.popleft())
        run.active_pods.add(taken[-1])
    return taken


def take_changed(run: Run) -> list[Node]:
    """The nodes that changed since the last call, oldest change first."""
    changed, run.changed = run.changed, {}
    return [run.nodes[node_id] for node_id in changed]


def delay(run: Run, node_id: str) -> float:
    """Seconds to wait before this pod starts: the backoff of a retry."""
    return run.delays.get(node_id, 0)


def pod(run: Run, node_id: str) -> Pod:
    """The program of a pod node, its tags substituted."""
    node = run.nodes[node_id]
    group = run.groups.get(node_id)
    attempt = None
    if group and run.nodes[group].type == "Retry":
        attempt = run.nodes[group].children.index(node_id)
    return values.pod_of(run.scope, node, run.workflow.templates[node.template], attempt)


def start_pod(run: Run, node_id: str, now: str) -> None:
    """The pod's program has been started."""
    _update(run, replace(run.nodes[node_id], phase=Phase.RUNNING, started_at=now))


def end_pod(run: Run, node_id: str, outcome: Outcome, now: str) -> None:
    """The pod has ended: settle its node and all that follows from it."""
    node = run.nodes[node_id]
    if node.phase.fulfilled:  # it was ended already, by a deadline of the whole run
        return
    run.active_pods.discard(node_id)
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


def stop(run: Run, message: str, now: str, phase: Phase = Phase.FAILED) -> None:
    """End every node that isn't fulfilled: the run is over, and no exit handler follows."""
    run.stopped = True
    run.ready.clear()
    run.active_pods.clear()
    for node in list(run.nodes.values()):
        if not node.phase.fulfilled:
            _update(run, replace(node, phase=phase, message=message, finished_at=now))


def expire(run: Run, message: str, now: str) -> None:
    """The Workflow's deadline has come: open pods fail and aren't tried again, and all that waits
    for them is omitted. The exit handler still runs.

    Argo: `podReconciliation` and `processNodeRetries` in workflow/controller/operator.go.
    """
    run.expired = True
    while not run.root.phase.fulfilled:  # what a template's parallelism held back comes now
        for node in [node for node in run.nodes.values() if node.type == "Pod"]:
            end_pod(run, node.id, Outcome(Phase.FAILED, message), now)
    run.ready = deque(pod_id for pod_id in run.ready if not run.nodes[pod_id].phase.fulfilled)


# ---- the tree grows ------------------------------------------------------------------------------


def _execute(run: Run, node: Node, now: str) -> list[Node]:
    """Put a node for a template into the tree. Returns the nodes that are fulfilled at once."""
    template = run.workflow.templates[node.template]
    if template.tasks is not None:
        return _begin_dag(run, replace(node, type="DAG", phase=Phase.RUNNING), now)
    if template.retry is None:
        return _begin_pod(run, node)
    if before := run.done_attempts.get(node.name):
        run.groups[before.id] = node.id
        _update(run, replace(node, type="Retry", phase=Phase.RUNNING, children=(before.id,)))
        return _begin_pod(run, replace(before, input_artifacts=node.input_artifacts))
    _update(run, replace(node, type="Retry", phase=Phase.RUNNING))
    return _begin_attempt(run, node.id, now)


def _begin_pod(run: Run, node: Node) -> list[Node]:
    node = replace(node, type="Pod", outbound=(node.id,))
    if before := run.done.get(node.id):
        node = replace(before, children=(), input_artifacts=node.input_artifacts)
        _update(run, node)
        return [node]
    _update(run, node)
    run.ready.append(node.id)
    return []


def _begin_dag(run: Run, node: Node, now: str) -> list[Node]:
    template = run.workflow.templates[node.template]
    tasks = template.tasks or ()
    level = 1 + (run.dags[node.boundary].level if node.boundary else 0)
    if level > MAX_RECURSION:
        return [_refuse(run, node, f"localkfp stops recursion after {MAX_RECURSION} levels", now)]
    if len(run.nodes) > MAX_NODES:
        return [_refuse(run, node, TOO_MANY, now)]
    _update(run, node)
    dependents: dict[str, list[DagTask]] = {task.name: [] for task in tasks}
    for task in tasks:
        for name in set(task.dependencies):
            dependents[name].append(task)
    waiting = {task.name: len(set(task.dependencies)) for task in tasks}
    run.dags[node.id] = Dag(dependents, waiting, len(tasks), level)
    fulfilled = []
    for task in tasks:
        if not task.dependencies:
            fulfilled += _start_task(run, node.id, task, now)
    return fulfilled if tasks else [_end_dag(run, node.id, now)]


def _refuse(run: Run, node: Node, message: str, now: str) -> Node:
    node = replace(node, phase=Phase.ERROR, message=message, finished_at=now, outbound=(node.id,))
    _update(run, node)
    return node


def _start_task(run: Run, dag_id: str, task: DagTask, now: str) -> list[Node]:
    """All that a task depends on is fulfilled: omit it, expand its loop, or launch it."""
    dag = run.nodes[dag_id]
    dependencies = [run.nodes[_task_id(run, dag, name)] for name in task.dependencies]
    name = f"{dag.name}.{task.name}"
    node = Node(
        id=node_id(run.name, name),
        name=name,
        display_name=task.name,
        type="Skipped",
        template=task.template,
        phase=Phase.OMITTED,
        boundary=dag_id,
        started_at=now,
        finished_at=now,
        message="omitted: depends condition not met",
    )
    node = replace(node, outbound=(node.id,))
    _link(run, dag, dependencies, node.id)
    if any(d.phase.bad or d.phase is Phase.OMITTED for d in dependencies):
        _update(run, node)
        return [node]
    if not task.loops:
        return _launch(run, task, node, None, now)
    try:
        scope, _files = _scope(run, dag, _sources(run, dag, task))
        expanded = turns(task, scope)
    except WorkflowError as error:
        return [_refuse(run, node, str(error), now)]
    if len(run.nodes) + len(expanded) > MAX_NODES:
        return [_refuse(run, node, TOO_MANY, now)]
    if not expanded:
        node = replace(node, phase=Phase.SKIPPED, message="Skipped, empty params")
        _update(run, node)
        return [node]
    return _begin_loop(run, task, node, expanded, now)


def _begin_loop(run: Run, task: DagTask, node: Node, expanded: list[Turn], now: str) -> list[Node]:
    names = [f"{node.name}{turn.suffix}" for turn in expanded]
    ids = [node_id(run.name, name) for name in names]
    group = replace(
        node, type="TaskGroup", phase=Phase.RUNNING, finished_at=None, message="", outbound=()
    )
    _update(run, group)
    run.open_turns[node.id] = len(expanded)
    run.dags[node.boundary or ""].turns[task.name] = ids
    fulfilled = []
    for turn_id, name, turn in zip(ids, names, expanded, strict=True):
        run.groups[turn_id] = node.id
        display_name = f"{task.name}{turn.suffix}"
        one = replace(node, id=turn_id, name=name, display_name=display_name, outbound=(turn_id,))
        fulfilled += _launch(run, task, one, turn, now)
    return fulfilled


def _launch(run: Run, task: DagTask, node: Node, turn: Turn | None, now: str) -> list[Node]:
    """Execute a task, or one turn of its loop, when the parallelism of its DAG allows."""
    boundary = run.nodes[node.boundary or ""]
    dag, template = run.dags[boundary.id], run.workflow.templates[boundary.template]
    if template.parallelism and len(dag.active) >= template.parallelism:
        dag.held.append((task, node, turn))
        return []
    dag.active.add(node.id)
    if turn:
        group = run.nodes[run.groups[node.id]]
        _update(run, replace(group, children=(*group.children, node.id)))
    try:
        scope, files = _scope(run, boundary, _sources(run, boundary, task))
        scope |= turn.scope if turn else {}
        if task.when:
            when = substitute(task.when, scope)
            if not holds(when):
                message = f"when '{when}' evaluated false"
                node = replace(node, phase=Phase.SKIPPED, message=message)
                _update(run, node)
                return [node]
        wanted = run.workflow.templates[task.template]
        given = values.task_inputs(run.scope, scope, files, task, wanted)
    except WorkflowError as error:
        return [_refuse(run, node, str(error), now)]
    node = replace(node, **given, phase=Phase.PENDING, finished_at=None, message="", outbound=())
    return _execute(run, node, now)


def _release(run: Run, dag_id: str, now: str) -> list[Node]:
    """Launch the first task that was held back, if there is room for it now."""
    dag = run.dags[dag_id]
    limit = run.workflow.templates[run.nodes[dag_id].template].parallelism
    if not dag.held or (limit and len(dag.active) >= limit):
        return []
    return _launch(run, *dag.held.popleft(), now)


def _begin_attempt(run: Run, retry_id: str, now: str, wait: float = 0) -> list[Node]:
    """The next attempt of a Retry node: `name(0)`, `name(1)`, ..."""
    retry = run.nodes[retry_id]
    suffix = f"({len(retry.children)})"
    attempt = replace(
        retry,
        id=node_id(run.name, retry.name + suffix),
        name=retry.name + suffix,
        display_name=retry.display_name + suffix,
        phase=Phase.PENDING,
        children=(),
        started_at=now,
    )
    run.groups[attempt.id] = retry_id
    if wait:
        run.delays[attempt.id] = wait
    _update(run, replace(retry, children=(*retry.children, attempt.id)))
    return _begin_pod(run, attempt)


# ---- nodes end, and set others free --------------------------------------------------------------


def _settle(run: Run, fulfilled: Iterable[Node], now: str) -> None:
    """Follow what each fulfilled node sets free: a loop, a retry, its dependents, its DAG."""
    queue = deque(fulfilled)
    while queue:
        node = queue.popleft()
        group = run.nodes[run.groups[node.id]] if node.id in run.groups else None
        if group and group.type == "Retry":
            queue += _end_attempt(run, group, node, now)
            continue
        if node.boundary is None:
            queue += _begin_exit(run, node, now)
            continue
        dag = run.dags[node.boundary]
        dag.active.discard(node.id)
        if group:
            queue += _end_turn(run, group, now)
        else:
            for task in dag.dependents[node.display_name]:
                dag.waiting[task.name] -= 1
                if not dag.waiting[task.name]:
                    queue += _start_task(run, node.boundary, task, now)
            dag.open_tasks -= 1
        queue += _release(run, node.boundary, now)
        if not dag.open_tasks and not run.nodes[node.boundary].phase.fulfilled:
            queue.append(_end_dag(run, node.boundary, now))


def _end_turn(run: Run, group: Node, now: str) -> list[Node]:
    """A loop ends with its last turn; its phase is that of the last turn that went wrong."""
    run.open_turns[group.id] -= 1
    if run.open_turns[group.id]:
        return []
    ended = [run.nodes[turn] for turn in group.children]
    bad = [turn.phase for turn in ended if turn.phase.bad]
    outbound = tuple(out for turn in ended for out in turn.outbound)
    phase = bad[-1] if bad else Phase.SUCCEEDED
    _update(run, replace(group, phase=phase, finished_at=now, outbound=outbound))
    return [run.nodes[group.id]]


def _end_attempt(run: Run, retry: Node, last: Node, now: str) -> list[Node]:
    """Try again, or end the Retry node with the last attempt's phase and outputs.

    Argo: `processNodeRetries` in workflow/controller/operator.go.
    """
    rule = run.workflow.templates[retry.template].retry
    assert rule is not None
    started = run.nodes[retry.children[0]].started_at or now
    if run.expired and last.phase.bad:
        verdict: float | str = "retry exceeded workflow deadline"
    else:
        verdict = after_attempt(rule, last, len(retry.children), started, now)
    if isinstance(verdict, float):
        return _begin_attempt(run, retry.id, now, verdict)
    retry = replace(
        retry,
        phase=last.phase,
        message=verdict,
        outbound=(last.id,),
        finished_at=now,
        output_parameters=last.output_parameters,
        output_artifacts=last.output_artifacts,
    )
    _update(run, retry)
    return [retry]


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
            scope, files = _scope(run, node, tasks.values())
            ended = replace(ended, **values.dag_outputs(scope, files, template))
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


def _begin_exit(run: Run, node: Node, now: str) -> list[Node]:
    """The root has ended: the template of `onExit` runs, and knows how it was."""
    if not run.workflow.on_exit or node.id != run.name or run.stopped:
        return []
    failures = [
        {
            "displayName": bad.display_name,
            "message": bad.message,
            "templateName": bad.template,
            "phase": bad.phase.value,
            "podName": bad.id,
            "finishedAt": bad.finished_at,
        }
        for bad in run.nodes.values()
        if bad.phase.bad
    ]
    run.scope |= {"workflow.status": node.phase.value, "workflow.failures": json.dumps(failures)}
    template = run.workflow.templates[run.workflow.on_exit]
    name = f"{run.name}.onExit"
    handler = Node(
        id=node_id(run.name, name),
        name=name,
        display_name=name,
        type="",
        template=template.name,
        phase=Phase.PENDING,
        started_at=now,
    )
    try:
        given = values.parameters(run.scope, template, run.arguments, "the exit handler")
        files = values.artifacts(template, {}, "the exit handler")
    except WorkflowError as error:
        return [_refuse(run, replace(handler, type="Pod"), str(error), now)]
    return _execute(run, replace(handler, input_parameters=given, input_artifacts=files), now)


# ---- links ---------------------------------------------------------------------------------------


def _sources(run: Run, dag: Node, task: DagTask) -> list[Node]:
    """The tasks whose values a task may use and does: what it depends on, near or far.

    Argo: `buildLocalScopeFromTask` in workflow/controller/dag.go.
    """
    before = set(task.dependencies)
    if not task.sources <= before:
        tasks = run.workflow.templates[dag.template].tasks or ()
        dependencies = {other.name: other.dependencies for other in tasks}
        queue = deque(before)
        while queue:
            queue += [name for name in dependencies[queue.popleft()] if name not in before]
            before.update(queue)
    return [run.nodes[_task_id(run, dag, name)] for name in sorted(task.sources & before)]


def _scope(
    run: Run, dag: Node, tasks: Iterable[Node]
) -> tuple[dict[str, str], dict[str, ArtifactValue]]:
    loops = run.dags[dag.id].turns
    return values.dag_scope(
        run.scope,
        dag,
        [(node, [run.nodes[turn] for turn in loops.get(node.display_name, ())]) for node in tasks],
    )


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
