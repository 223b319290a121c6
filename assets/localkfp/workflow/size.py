"""Whether what a Workflow asks for fits on one machine."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

from localkfp.errors import WorkflowError
from localkfp.workflow.model import MAX_NODES, Workflow
from localkfp.workflow.validate.context import MAX_CALLS


def check_size(workflow: Workflow) -> None:
    """Ten templates that each ask for the next one ten times are ten thousand million pods."""
    calls = {
        template.name: tuple(
            task.template for task in template.tasks or () if task.template in workflow.templates
        )
        for template in workflow.templates.values()
    }
    try:
        order = list(TopologicalSorter(calls).static_order())
    except CycleError:
        return  # recursion is bounded while it runs
    nodes: dict[str, int] = {}
    depth: dict[str, int] = {}
    for name in order:
        nodes[name] = 1 + sum(nodes[called] for called in calls[name])
        depth[name] = 1 + max((depth[called] for called in calls[name]), default=0)
    if nodes.get(workflow.entrypoint, 0) > MAX_NODES:
        raise WorkflowError(
            f"A run would have more than {MAX_NODES:,} nodes, the most that localkfp takes; "
            "submit to a cluster."
        )
    if depth.get(workflow.entrypoint, 0) > MAX_CALLS:
        raise WorkflowError(
            f"Templates are called more than {MAX_CALLS} levels deep, the most that localkfp "
            "takes; submit to a cluster."
        )
