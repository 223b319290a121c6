"""A run in progress: the state that the engine works on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from localkfp.engine.contract import Phase
from localkfp.engine.loops import Turn
from localkfp.engine.node import Node, node_id
from localkfp.engine.values import Files, dag_scope
from localkfp.workflow.model import DagTask, Workflow


@dataclass
class Dag:
    """A DAG node at work. By task: what waits for it, how many it waits for, its loop's turns.

    `held` are the launches that the template's parallelism keeps back, `active` the ids of those
    under way.
    """

    dependents: dict[str, list[DagTask]]
    waiting: dict[str, int]
    open_tasks: int
    level: int
    turns: dict[str, list[str]] = field(default_factory=dict)
    held: deque[tuple[DagTask, Node, Turn | None]] = field(default_factory=deque)
    active: set[str] = field(default_factory=set)


@dataclass
class Run:
    """A run in progress. `changed` holds the ids of nodes that the caller hasn't taken yet.

    `groups` maps the turn of a loop, or the attempt of a retry, to the node it belongs to;
    `open_turns` counts a loop's turns that aren't fulfilled. `done` are pods that succeeded in an
    earlier life of this run: they aren't run again. `delays` are seconds before a pod may start.
    `created`: when the run first came to be, RFC 3339.
    `stopped`: the server ended the run; `expired`: its deadline has come, or somebody terminated
    it, which is the same to Argo. It is the words for what ends so.
    """

    workflow: Workflow
    name: str
    uid: str
    arguments: dict[str, str]
    scope: dict[str, str]
    done: Mapping[str, Node] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    ready: deque[str] = field(default_factory=deque)
    active_pods: set[str] = field(default_factory=set)
    delays: dict[str, float] = field(default_factory=dict)
    changed: dict[str, None] = field(default_factory=dict)
    dags: dict[str, Dag] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    open_turns: dict[str, int] = field(default_factory=dict)
    created: str = ""
    stopped: bool = False
    expired: str = ""

    @cached_property
    def done_attempts(self) -> dict[str, Node]:
        """The attempts among `done`, by the name of the node that they were attempts of."""
        return {node.name.rpartition("(")[0]: node for node in self.done.values()}

    @property
    def root(self) -> Node:
        return self.nodes[self.name]

    @property
    def exit_node(self) -> Node | None:
        return self.nodes.get(node_id(self.name, f"{self.name}.onExit"))

    @property
    def phase(self) -> Phase:
        """The run's phase: the root's, unless the exit handler still works or itself went wrong."""
        root = self.root.phase
        if not self.workflow.on_exit or self.stopped or not root.fulfilled:
            return root
        exit_node = self.exit_node
        if exit_node is None or not exit_node.phase.fulfilled:
            return Phase.RUNNING
        return exit_node.phase if exit_node.phase.bad and not root.bad else root

    @property
    def message(self) -> str:
        """That of the node that the phase is of (records c03_exit_fails, c04_exit_both_fail)."""
        exit_node = self.exit_node
        if exit_node and exit_node.phase.bad and not self.root.phase.bad:
            return exit_node.message
        return self.root.message

    def update(self, node: Node) -> None:
        self.nodes[node.id] = node
        self.changed[node.id] = None

    def task_id(self, dag: Node, task_name: str) -> str:
        return node_id(self.name, f"{dag.name}.{task_name}")

    def link(self, dag: Node, dependencies: list[Node], child: str) -> None:
        """A node hangs below the last nodes of what it depended on, or below its DAG."""
        parents = [out for node in dependencies for out in node.outbound] or [dag.id]
        for parent in dict.fromkeys(parents):
            node = self.nodes[parent]
            self.update(replace(node, children=(*node.children, child)))

    def sources(self, dag: Node, task: DagTask) -> list[Node]:
        """The tasks whose values a task may use and does: what it depends on, near or far.

        Argo: `buildLocalScopeFromTask` in workflow/controller/dag.go.
        """
        before = set(task.dependencies)
        if not task.sources <= before:
            tasks = self.workflow.templates[dag.template].tasks or ()
            dependencies = {other.name: other.dependencies for other in tasks}
            queue = deque(before)
            while queue:
                queue += [name for name in dependencies[queue.popleft()] if name not in before]
                before.update(queue)
        return [self.nodes[self.task_id(dag, name)] for name in sorted(task.sources & before)]

    def scope_of(self, dag: Node, tasks: Iterable[Node]) -> tuple[dict[str, str], Files]:
        """The tags and the files that some tasks of a DAG give to others of it."""
        loops = self.dags[dag.id].turns
        turns = (
            (node, [self.nodes[turn] for turn in loops.get(node.display_name, ())])
            for node in tasks
        )
        return dag_scope(self.scope, dag, turns)
