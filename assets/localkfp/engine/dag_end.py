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
    """All tasks are fulfilled: the phase is that of the first leaf whose branch went wrong, or of
    the last one where `failFast` is false.

    Argo's `assessDAGPhase`: a leaf that didn't run counts with the phase of what it waited for.
    """
    node = run.nodes[dag_id]
    template = run.workflow.templates[node.template]
    dependencies = {task.name: task.dependencies for task in template.tasks or ()}
    tasks = {name: run.nodes[run.task_id(node, name)] for name in dependencies}
    leaves = sorted(set(tasks).difference(*dependencies.values()))  # sorted, as Argo's are
    goes_on = {task.name: task.continue_on for task in template.tasks or ()}
    branches = ((leaf, _branch_phase(dependencies, tasks, leaf)) for leaf in leaves)
    bad = [phase for leaf, phase in branches if phase.bad and phase not in goes_on[leaf]]
    phase = (bad[0] if template.fail_fast else bad[-1]) if bad else Phase.SUCCEEDED
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
    """A leaf's own phase, or, where it didn't run, that of the first bad node before it."""
    seen, queue = {leaf}, deque([leaf])
    while queue:
        name = queue.popleft()
        if tasks[name].phase not in (Phase.OMITTED, Phase.SKIPPED):
            if tasks[name].phase.bad:
                return tasks[name].phase
            continue
        queue += [before for before in dependencies[name] if before not in seen]
        seen.update(dependencies[name])
    return tasks[leaf].phase
