"""How a DAG ends: its phase and outputs follow from those of its tasks.

Argo: `assessDAGPhase` in workflow/controller/dag.go, v3.3.8.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace

from localkfp.engine import values
from localkfp.engine.contract import Phase
from localkfp.engine.node import Node
from localkfp.engine.run import Run
from localkfp.errors import WorkflowError


def end_dag(run: Run, dag_id: str, now: str) -> Node:
    """All tasks are fulfilled: the phase is that of the first leaf whose branch went wrong.

    Argo's `assessDAGPhase`: an omitted leaf counts with the phase of what made it omitted.
    """
    node = run.nodes[dag_id]
    template = run.workflow.templates[node.template]
    dependencies = {task.name: task.dependencies for task in template.tasks or ()}
    tasks = {name: run.nodes[run.task_id(node, name)] for name in dependencies}
    leaves = sorted(set(tasks).difference(*dependencies.values()))  # sorted, as Argo's are
    branches = (_branch_phase(dependencies, tasks, leaf) for leaf in leaves)
    phase = next((branch for branch in branches if branch.bad), Phase.SUCCEEDED)
    outbound = tuple(out for leaf in leaves for out in tasks[leaf].outbound)
    ended = replace(node, phase=phase, finished_at=now, outbound=outbound)
    if phase is Phase.SUCCEEDED:
        try:
            scope, files = run.scope_of(node, tasks.values())
            ended = replace(ended, **values.dag_outputs(scope, files, template))
        except WorkflowError as error:
            ended = replace(ended, phase=Phase.ERROR, message=str(error))
    run.update(ended)
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
