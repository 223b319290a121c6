"""Tags that lead nowhere: refused before anything runs, as Argo refuses them.

Argo: `resolveAllVariables`, `validateTemplate` and `validateDAG` in workflow/validate/validate.go.
What those leave alone stays as it stands here too: `{{item}}`, `{{ with.blanks }}`, names of
another kind. A value that Argo has and localkfp lacks is refused as well.

The outputs of a DAG aren't looked at: kfp 1.8.24 forgets some outputs of conditions and loops that
are used outside of them, and such a run ends in Error, here (`values.dag_outputs`) as on Argo.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from localkfp.errors import WorkflowError
from localkfp.workflow.model import Artifact, DagTask, Parameter, Template, Workflow
from localkfp.workflow.scope import workflow_scope

TAG = re.compile(r"\{\{((?:item|inputs|pod|workflow|tasks|steps)\.[^{}\s]+)\}\}")
WHY = {
    "item": "only a loop over mappings has such a value",
    "inputs": "the template has no such input",
    "pod": "localkfp knows no such value of a pod here",
    "workflow": "localkfp knows no such value of a Workflow here",
    "tasks": "no task that it waits for has such an output",
    "steps": "localkfp runs DAGs, and they have tasks",
}
OF_THE_END = {"workflow.status", "workflow.failures"}  # only the exit handler has them


def check_tags(workflow: Workflow) -> None:
    """Raises WorkflowError, naming template and task, for a tag that can't get a value."""
    given = dict.fromkeys((p.name for p in workflow.parameters), "")
    everywhere = {*workflow_scope(workflow.manifest, "", "", given, "")}
    _check(_raw(workflow.artifacts), everywhere, "spec.arguments")
    handlers = _called(workflow, workflow.on_exit) - _called(workflow, workflow.entrypoint)
    for template in workflow.templates.values():
        where = f"template {template.name!r}"
        known = everywhere | (OF_THE_END if template.name in handlers else set())
        _check((p.value for p in template.input_parameters), known, where)
        known |= {f"inputs.parameters.{p.name}" for p in template.input_parameters}
        artifacts = {f"inputs.artifacts.{a.name}" for a in template.input_artifacts}
        if template.tasks is None:
            known |= {f"{tag}.path" for tag in artifacts} | {"pod.name"}
            _check((*_words(template), *_raw(template.input_artifacts)), known, where)
        else:
            _check_dag(workflow.templates, template, template.tasks, known | artifacts)


def _check_dag(
    templates: Mapping[str, Template],
    template: Template,
    tasks: Iterable[DagTask],
    known: set[str],
) -> None:
    outputs = {task.name: _outputs(task, templates[task.template]) for task in tasks}
    dependencies = {task.name: task.dependencies for task in tasks}
    where = f"template {template.name!r}"
    for task in tasks:
        before = set(task.dependencies)
        if not task.sources <= before:
            before = _reachable(dependencies, task.name) - {task.name}
        scope = known.union(*(outputs[name] for name in before & task.sources))
        texts = [*_texts(task.parameters, task.artifacts), task.when, task.with_param]
        _check(texts, scope, f"{where}, task {task.name!r}", items=task.loops)


def _check(texts: Iterable[str | None], known: set[str], where: str, items: bool = False) -> None:
    for text in texts:
        for tag in TAG.findall(text or ""):
            kind = tag.partition(".")[0]
            if tag not in known and not (items and kind == "item"):
                raise WorkflowError(f"{where}: {{{{{tag}}}}} leads nowhere: {WHY[kind]}.")


def _outputs(task: DagTask, template: Template) -> set[str]:
    prefix = f"tasks.{task.name}.outputs"
    return {f"{prefix}.parameters.{p.name}" for p in template.output_parameters} | {
        f"{prefix}.artifacts.{a.name}" for a in template.output_artifacts
    }


def _words(template: Template) -> Iterator[str]:
    """All texts of the containers of a pod."""
    for container in (*template.init_containers, template.container):
        if container:
            yield container.image
            yield from (*container.command, *container.args)
            yield from (value for _, value in container.env)


def _texts(parameters: Iterable[Parameter], artifacts: Iterable[Artifact]) -> list[str | None]:
    return [p.value for p in parameters] + [t for a in artifacts for t in (a.raw, a.source)]


def _raw(artifacts: Iterable[Artifact]) -> list[str | None]:
    return [artifact.raw for artifact in artifacts]


def _called(workflow: Workflow, start: str | None) -> set[str]:
    """The templates that one calls, near or far, and itself."""
    calls = {
        template.name: tuple(task.template for task in template.tasks or ())
        for template in workflow.templates.values()
    }
    return _reachable(calls, start) if start else set()


def _reachable(edges: Mapping[str, tuple[str, ...]], start: str) -> set[str]:
    found, queue = {start}, [start]
    while queue:
        new = set(edges[queue.pop()]) - found
        found |= new
        queue += new
    return found
