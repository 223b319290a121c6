"""Whether what a Workflow names is there, ends, and fits on one machine."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter

from localkfp.errors import WorkflowError
from localkfp.workflow.model import MAX_NODES, DagTask, Template, Workflow

MAX_CALLS = 64  # templates within templates


def check_references(workflow: Workflow) -> None:
    """Every name must lead somewhere, and no task may wait for itself."""
    if workflow.entrypoint not in workflow.templates:
        raise WorkflowError(
            f"spec.entrypoint is {workflow.entrypoint!r}, and no template has that name."
        )
    if workflow.on_exit and workflow.on_exit not in workflow.templates:
        raise WorkflowError(f"spec.onExit is {workflow.on_exit!r}, and no template has that name.")
    for template in workflow.templates.values():
        _check_tasks(template, workflow.templates)
    calls = {
        template.name: tuple(task.template for task in template.tasks or ())
        for template in workflow.templates.values()
    }
    if not _cycle(calls):  # recursion is bounded while it runs
        _check_size(workflow.entrypoint, calls)


def _check_tasks(template: Template, templates: Mapping[str, Template]) -> None:
    tasks = {task.name: task.dependencies for task in template.tasks or ()}
    for task in template.tasks or ():
        where = f"template {template.name!r}, task {task.name!r}"
        if task.template not in templates:
            raise WorkflowError(f"{where} asks for template {task.template!r}: there is none.")
        for dependency in task.dependencies:
            if dependency not in tasks:
                raise WorkflowError(f"{where} depends on {dependency!r}: no such task.")
        _check_inputs(task, templates[task.template], where)
    if len(tasks) < len(template.tasks or ()):
        raise WorkflowError(f"template {template.name!r}: the DAG has two tasks of one name.")
    if cycle := _cycle(tasks):
        raise WorkflowError(
            f"template {template.name!r}: its tasks wait for each other: {' -> '.join(cycle)}."
        )


def _check_inputs(task: DagTask, template: Template, where: str) -> None:
    """Argo: `ProcessArgs` in workflow/common/util.go, which validate.go calls for each task."""
    given = {p.name for p in task.parameters} | {a.name for a in task.artifacts}
    needed = {
        "parameter": [p.name for p in template.input_parameters if p.value is None],
        "artifact": [a.name for a in template.input_artifacts if a.raw is None and not a.optional],
    }
    for kind, names in needed.items():
        if missing := [name for name in names if name not in given]:
            raise WorkflowError(
                f"{where}: template {template.name!r} needs the {kind} {missing[0]!r}, and nothing "
                "gives it."
            )


def _check_size(entrypoint: str, calls: Mapping[str, tuple[str, ...]]) -> None:
    """Ten templates that each ask for the next one ten times are ten thousand million pods."""
    nodes: dict[str, int] = {}
    depth: dict[str, int] = {}
    for name in TopologicalSorter(calls).static_order():
        nodes[name] = 1 + sum(nodes[called] for called in calls[name])
        depth[name] = 1 + max((depth[called] for called in calls[name]), default=0)
    if nodes[entrypoint] > MAX_NODES:
        raise WorkflowError(
            f"A run would have more than {MAX_NODES:,} nodes, the most that localkfp takes; "
            "submit to a cluster."
        )
    if depth[entrypoint] > MAX_CALLS:
        raise WorkflowError(
            f"Templates are called more than {MAX_CALLS} levels deep, the most that localkfp "
            "takes; submit to a cluster."
        )


def _cycle(edges: Mapping[str, tuple[str, ...]]) -> list[str] | None:
    """A cycle in a graph as the names along it, the first one repeated, or None."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return error.args[1][::-1]
    return None
