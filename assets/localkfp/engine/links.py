"""How the nodes of a run hang together, and what of each other's values they see."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import replace

from localkfp.engine import values
from localkfp.engine.node import ArtifactValue, Node, node_id
from localkfp.engine.run import Run
from localkfp.workflow.model import DagTask


def sources(run: Run, dag: Node, task: DagTask) -> list[Node]:
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
    return [run.nodes[task_id(run, dag, name)] for name in sorted(task.sources & before)]


def scope_of(
    run: Run, dag: Node, tasks: Iterable[Node]
) -> tuple[dict[str, str], dict[str, ArtifactValue]]:
    loops = run.dags[dag.id].turns
    return values.dag_scope(
        run.scope,
        dag,
        [(node, [run.nodes[turn] for turn in loops.get(node.display_name, ())]) for node in tasks],
    )


def task_id(run: Run, boundary: Node, task_name: str) -> str:
    return node_id(run.name, f"{boundary.name}.{task_name}")


def link(run: Run, boundary: Node, dependencies: list[Node], child: str) -> None:
    """A node hangs below the last nodes of what it depended on, or below its DAG."""
    parents = [out for node in dependencies for out in node.outbound] or [boundary.id]
    for parent in dict.fromkeys(parents):
        node = run.nodes[parent]
        update(run, replace(node, children=(*node.children, child)))


def update(run: Run, node: Node) -> None:
    run.nodes[node.id] = node
    run.changed[node.id] = None
