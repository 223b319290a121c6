"""The tree of a run grows: a node for a template, for a task and its loop, for an attempt.

A function here returns the nodes that are fulfilled at once; `ending.py` follows what those set
free.
"""

from __future__ import annotations

from dataclasses import replace

from localkfp.engine import values
from localkfp.engine.contract import Phase
from localkfp.engine.dag_end import end_dag
from localkfp.engine.depends import logic, met
from localkfp.engine.loops import Turn, turns
from localkfp.engine.node import Node, NodeType, node_id
from localkfp.engine.run import Dag, Run
from localkfp.engine.when import holds
from localkfp.errors import WorkflowError
from localkfp.workflow.model import MAX_NODES, TOO_MANY, DagTask, substitute

MAX_RECURSION = 100  # levels of DAGs, as Argo has it since 3.5


def execute(run: Run, node: Node, now: str) -> list[Node]:
    """Put a node for a template into the tree. Returns the nodes that are fulfilled at once."""
    node = replace(node, type=NodeType.of(run.workflow.templates[node.template]))
    if node.type is NodeType.DAG:
        return _begin_dag(run, replace(node, phase=Phase.RUNNING), now)
    if node.type is NodeType.POD:
        return _begin_pod(run, node, now)
    template = run.workflow.templates[node.template]
    if template.tasks is None and (before := run.done_attempts.get(node.name)):
        run.groups[before.id] = node.id
        run.update(replace(node, phase=Phase.RUNNING, children=(before.id,)))
        return _begin_pod(run, replace(before, input_artifacts=node.input_artifacts), now)
    run.update(replace(node, phase=Phase.RUNNING))
    return begin_attempt(run, node.id, now)


def _begin_pod(run: Run, node: Node, now: str) -> list[Node]:
    node = replace(node, type=NodeType.POD, outbound=(node.id,))
    if before := run.done.get(node.id):
        node = replace(before, children=(), input_artifacts=node.input_artifacts)
        run.update(node)
        return [node]
    if run.expired and not run.root.phase.fulfilled:
        node = replace(node, phase=Phase.FAILED, message=run.expired, finished_at=node.started_at)
        run.update(node)
        return [node]
    if wrong := run.workflow.templates[node.template].pod_error:
        return [refuse(run, node, f"task '{node.name}' errored: {wrong.format(pod=node.id)}", now)]
    run.update(node)
    run.ready.append(node.id)
    _wait_as_boundary(run, node)
    return []


def _wait_as_boundary(run: Run, node: Node) -> None:
    """What begins with its DAG waits for the backoff of the DAG's retry."""
    dag = run.nodes.get(node.boundary or "")
    if dag and dag.id in run.delays and dag.started_at == node.started_at:
        run.delays[node.id] = run.delays.get(node.id, 0) + run.delays[dag.id]


def _begin_dag(run: Run, node: Node, now: str) -> list[Node]:
    template = run.workflow.templates[node.template]
    tasks = template.tasks or ()
    level = 1 + (run.dags[node.boundary].level if node.boundary else 0)
    if level > MAX_RECURSION:
        return [refuse(run, node, f"localkfp stops recursion after {MAX_RECURSION} levels", now)]
    if len(run.nodes) > MAX_NODES:
        return [refuse(run, node, TOO_MANY, now)]
    run.update(node)
    _wait_as_boundary(run, node)
    dependents: dict[str, list[DagTask]] = {task.name: [] for task in tasks}
    for task in tasks:
        for name in set(task.dependencies):
            dependents[name].append(task)
    waiting = {task.name: len(set(task.dependencies)) for task in tasks}
    run.dags[node.id] = Dag(dependents, waiting, len(tasks), level)
    fulfilled = []
    for task in tasks:
        if not task.dependencies:
            fulfilled += start_task(run, node.id, task, now)
    return fulfilled if tasks else [end_dag(run, node.id, now)]


def refuse(run: Run, node: Node, message: str, now: str) -> Node:
    node = replace(node, phase=Phase.ERROR, message=message, finished_at=now, outbound=(node.id,))
    run.update(node)
    return node


def start_task(run: Run, dag_id: str, task: DagTask, now: str) -> list[Node]:
    """All that a task depends on is fulfilled: omit it, expand its loop, or launch it."""
    dag = run.nodes[dag_id]
    dependencies = [run.nodes[run.task_id(dag, name)] for name in task.dependencies]
    name = f"{dag.name}.{task.name}"
    node = Node(
        id=node_id(run.name, name),
        name=name,
        display_name=task.name,
        type=NodeType.SKIPPED,
        template=task.template,
        phase=Phase.OMITTED,
        boundary=dag_id,
        started_at=now,
        finished_at=now,
        message="omitted: depends condition not met",
    )
    node = replace(node, outbound=(node.id,))
    run.link(dag, dependencies, node.id)
    try:
        if dependencies and not _go_on(run, dag, task, dependencies):
            run.update(node)
            return [node]
    except WorkflowError as error:
        return [refuse(run, node, str(error), now)]
    if not task.loops:
        return _launch(run, task, node, None, now)
    try:
        scope, _files = run.scope_of(dag, run.sources(dag, task))
        expanded = turns(task, scope, MAX_NODES - len(run.nodes))
    except WorkflowError as error:
        return [refuse(run, node, str(error), now)]
    if expanded is None:
        called = run.workflow.templates[task.template]
        return _launch(run, task, replace(node, as_group=called.tasks is not None), None, now)
    if not expanded:
        node = replace(node, phase=Phase.SKIPPED, message="Skipped, empty params")
        run.update(node)
        return [node]
    return _begin_loop(run, task, node, expanded, now)


def _go_on(run: Run, dag: Node, task: DagTask, dependencies: list[Node]) -> bool:
    """Raises WorkflowError."""
    tasks = run.workflow.templates[dag.template].tasks or ()
    continue_on = {other.name: other.continue_on for other in tasks if other.continue_on}
    turns = {
        node.display_name: [run.nodes[turn] for turn in node.children]
        for node in dependencies
        if node.type is NodeType.TASK_GROUP
    }
    nodes = {node.display_name: node for node in dependencies}
    return met(logic(task, continue_on), nodes, turns)


def _begin_loop(run: Run, task: DagTask, node: Node, expanded: list[Turn], now: str) -> list[Node]:
    names = [f"{node.name}{turn.suffix}" for turn in expanded]
    ids = [node_id(run.name, name) for name in names]
    group = replace(
        node,
        type=NodeType.TASK_GROUP,
        phase=Phase.RUNNING,
        finished_at=None,
        message="",
        outbound=(),
    )
    run.update(group)
    run.open_turns[node.id] = len(expanded)
    run.dags[node.boundary or ""].turns[task.name] = ids
    fulfilled = []
    for turn_id, name, turn in zip(ids, names, expanded, strict=True):
        run.groups[turn_id] = node.id
        display_name = f"{task.name}{turn.suffix}"
        one = replace(node, id=turn_id, name=name, display_name=display_name, outbound=(turn_id,))
        fulfilled += _launch(run, task, one, turn, now)
    held = {one.id for _, one, _ in run.dags[node.boundary or ""].held}
    _hang(run, node.id, [turn_id for turn_id in ids if turn_id not in held])
    return fulfilled


def _hang(run: Run, group_id: str, turns: list[str]) -> None:
    """A turn of a loop hangs below its group when it has been launched."""
    group = run.nodes[group_id]
    run.update(replace(group, children=(*group.children, *turns)))


def _launch(run: Run, task: DagTask, node: Node, turn: Turn | None, now: str) -> list[Node]:
    """Execute a task, or one turn of its loop, when the parallelism of its DAG allows."""
    boundary = run.nodes[node.boundary or ""]
    dag, template = run.dags[boundary.id], run.workflow.templates[boundary.template]
    if template.parallelism and len(dag.active) >= template.parallelism:
        dag.held.append((task, node, turn))
        return []
    dag.active.add(node.id)
    try:
        scope, files = run.scope_of(boundary, run.sources(boundary, task))
        scope |= turn.scope if turn else {}
        if task.when:
            when = substitute(task.when, scope)
            if not holds(when):
                message = f"when '{when}' evaluated false"
                node = replace(node, phase=Phase.SKIPPED, message=message)
                run.update(node)
                return [node]
        wanted = run.workflow.templates[task.template]
        given = values.task_inputs(run.scope, scope, files, task, wanted)
    except WorkflowError as error:
        return [refuse(run, node, str(error), now)]
    node = replace(node, **given, phase=Phase.PENDING, finished_at=None, message="", outbound=())
    return execute(run, node, now)


def release(run: Run, dag_id: str, now: str) -> list[Node]:
    """Launch the first task that was held back, if there is room for it now."""
    dag = run.dags[dag_id]
    limit = run.workflow.templates[run.nodes[dag_id].template].parallelism
    if not dag.held or (limit and len(dag.active) >= limit):
        return []
    task, node, turn = dag.held.popleft()
    if turn:
        _hang(run, run.groups[node.id], [node.id])
    return _launch(run, task, node, turn, now)


def begin_attempt(run: Run, retry_id: str, now: str, wait: float = 0) -> list[Node]:
    """The next attempt of a Retry node: `name(0)`, `name(1)`, ..."""
    retry = run.nodes[retry_id]
    if len(run.nodes) > MAX_NODES:
        return [refuse(run, retry, TOO_MANY, now)]
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
    run.update(replace(retry, children=(*retry.children, attempt.id)))
    if run.workflow.templates[retry.template].tasks is None:
        return _begin_pod(run, attempt, now)
    return _begin_dag(run, replace(attempt, type=NodeType.DAG, phase=Phase.RUNNING), now)
