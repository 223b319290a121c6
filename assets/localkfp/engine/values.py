"""Values on their way: what a tag means for a task, a DAG and a pod; how a node gets its inputs.

The tags are Argo's: https://argo-workflows.readthedocs.io/en/release-3.3/variables/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from localkfp.engine.cache_key import cache_key
from localkfp.engine.contract import ArtifactValue, Outcome, Pod
from localkfp.engine.loops import collect
from localkfp.engine.node import Node
from localkfp.errors import WorkflowError
from localkfp.workflow.model import (
    TAG,
    Artifact,
    Container,
    DagTask,
    Parameter,
    Template,
    Workflow,
    substitute,
)
from localkfp.workflow.reading.gojson import dump, texts

REFERENCE = re.compile(r"\$(?:\$|\(([^)]*)\))")

Scope = Mapping[str, str]
Files = Mapping[str, ArtifactValue]


def workflow_artifacts(workflow: Workflow, scope: Scope) -> dict[str, ArtifactValue]:
    """The files that a run's arguments give to the entrypoint and to the exit handler."""
    return {a.name: _artifact(a, {}, scope, "spec.arguments: ") for a in workflow.artifacts}


def dag_scope(
    everywhere: Scope, dag: Node, tasks: Iterable[tuple[Node, list[Node]]]
) -> tuple[dict[str, str], dict[str, ArtifactValue]]:
    """What a task's arguments may name: parameters by their tag, artifacts by theirs.

    `tasks` pairs the node of each task with the turns of its loop (none for a task without one).
    A task that was skipped has no outputs: its tags stay as they stand.
    """
    scope = dict(everywhere)
    scope |= {f"inputs.parameters.{name}": text for name, text in dag.input_parameters.items()}
    files = {f"inputs.artifacts.{artifact.name}": artifact for artifact in dag.input_artifacts}
    for node, turns in tasks:
        prefix = f"tasks.{node.display_name}.outputs"
        if turns:
            found = (dict(sorted(turn.output_parameters.items())) for turn in turns)
            scope[f"{prefix}.parameters"] = dump([parameters for parameters in found if parameters])
        scope |= {
            f"{prefix}.parameters.{name}": text
            for name, text in (_collected(turns) if turns else node.output_parameters).items()
        }
        files |= {
            f"{prefix}.artifacts.{file.name}": file for file in node.output_artifacts if file.exists
        }
    return scope, files


def _collected(turns: list[Node]) -> dict[str, str]:
    names = dict.fromkeys(name for turn in turns for name in turn.output_parameters)
    return {
        name: collect(
            turn.output_parameters[name] for turn in turns if name in turn.output_parameters
        )
        for name in names
    }


def task_inputs(
    everywhere: Scope, scope: Scope, files: Files, task: DagTask, template: Template
) -> dict[str, Any]:
    """The inputs of a task's node. Raises WorkflowError when something needed is missing."""
    where = f"task {task.name!r}"
    given = {p.name: substitute(p.value or "", scope) for p in task.parameters}
    given_files = {a.name: _artifact(a, files, scope) for a in task.artifacts}
    return inputs(everywhere, template, given, given_files, where)


def inputs(
    everywhere: Scope, template: Template, given: Mapping[str, str], files: Files, where: str
) -> dict[str, Any]:
    """The inputs of a node of a template. Raises WorkflowError as above."""
    own = parameters(everywhere, template, given, where)
    scope = dict(everywhere) | {f"inputs.parameters.{name}": text for name, text in own.items()}
    return {
        "input_parameters": own,
        "input_artifacts": artifacts(scope, template, files, where),
    }


def dag_outputs(scope: Scope, files: Files, template: Template) -> dict[str, Any]:
    """The outputs of a DAG's node, from those of its tasks. Raises WorkflowError as above."""
    where = f"template {template.name!r}"
    return {
        "output_parameters": {
            p.name: _parameter(p, scope, where) for p in template.output_parameters
        },
        "output_artifacts": tuple(
            _artifact(a, files, scope, f"{where}: ") for a in template.output_artifacts
        ),
    }


def parameters(
    everywhere: Scope, template: Template, given: Mapping[str, str], where: str
) -> dict[str, str]:
    """A value for each input parameter of a template: the given one, or its default."""
    values = {}
    for parameter in template.input_parameters:
        value = given.get(parameter.name, parameter.value)
        if value is None:
            raise WorkflowError(
                f"{where}: template {template.name!r} needs the parameter {parameter.name!r}, "
                "and nothing gives it a value."
            )
        values[parameter.name] = substitute(value, everywhere)
    return values


def artifacts(
    scope: Scope, template: Template, given: Files, where: str
) -> tuple[ArtifactValue, ...]:
    """A file for each input artifact of a template: the given one, or its raw text, in which tags
    mean what they mean in the template (the record b27_raw_artifact)."""
    files = []
    for artifact in template.input_artifacts:
        value = given.get(artifact.name)
        if value is None and artifact.raw is not None:
            value = ArtifactValue(artifact.name, raw=artifact.raw)
        if value is None and artifact.optional:
            value = ArtifactValue(artifact.name)
        if value is None:
            raise WorkflowError(
                f"{where}: template {template.name!r} needs the artifact {artifact.name!r}, "
                "and nothing gives it."
            )
        raw = None if value.raw is None else substitute(value.raw, scope)
        files.append(
            replace(
                value, name=artifact.name, path=artifact.path, raw=raw, optional=artifact.optional
            )
        )
    return tuple(files)


def _parameter(parameter: Parameter, scope: Scope, where: str) -> str:
    """The value that `valueFrom.parameter` means. A task's argument may keep a tag that means
    nothing (its task was skipped); the output of a DAG may not."""
    text = parameter.value or ""
    tag = TAG.fullmatch(text)
    if tag and tag[1] not in scope:
        raise WorkflowError(f'{where}: Unable to resolve: "{tag[1]}"')
    return substitute(text, scope)


def _artifact(artifact: Artifact, files: Files, scope: Scope, where: str = "") -> ArtifactValue:
    """The file that `from: '{{tasks.x.outputs.artifacts.y}}'` means, under the argument's name.
    Raises WorkflowError (the record d48_skipped_artifact)."""
    if artifact.raw is not None:
        return ArtifactValue(artifact.name, raw=substitute(artifact.raw, scope))
    tag = (artifact.source or "").strip("{} ")
    if tag not in files:
        raise WorkflowError(f'{where}Unable to resolve: "{tag}"')
    return replace(files[tag], name=artifact.name)


def declared(template: Template, outcome: Outcome) -> dict[str, Any]:
    """What a pod's node says of its outputs: those of the template, then others (its log)."""
    own = [
        ArtifactValue(a.name, a.path, outcome.artifacts.get(a.name), None, a.optional, a.archive)
        for a in template.output_artifacts
    ]
    names = {artifact.name for artifact in own}
    others = [ArtifactValue(n, key=key) for n, key in outcome.artifacts.items() if n not in names]
    return {
        "output_artifacts": (*own, *others),
        "value_from": {
            p.name: {"path": p.path} | ({} if p.default is None else {"default": p.default})
            for p in template.output_parameters
            if p.path
        },
    }


def pod_of(everywhere: Scope, node: Node, template: Template, attempt: int | None) -> Pod:
    """The program of a pod node, its tags substituted. `attempt` counts the retries before it; it
    is None for a pod that isn't retried, where `{{retries}}` means nothing."""
    assert template.container is not None
    scope = dict(everywhere) | {"pod.name": node.id}
    if attempt is not None:
        scope["retries"] = str(attempt)
    scope |= {f"inputs.parameters.{name}": text for name, text in node.input_parameters.items()}
    scope |= {f"inputs.artifacts.{a.name}.path": a.path or "" for a in node.input_artifacts}
    for artifact in template.output_artifacts:
        scope[f"outputs.artifacts.{artifact.name}.path"] = artifact.path or ""
    for parameter in template.output_parameters:
        scope[f"outputs.parameters.{parameter.name}.path"] = parameter.path or ""
    caching = template.caching
    inputs = tuple(
        replace(a, raw=None if a.raw is None else substitute(a.raw, scope))
        for a in node.input_artifacts
        if a.exists
    )
    containers = tuple(
        _filled(container, scope) for container in (*template.init_containers, template.container)
    )
    told = [[c.image, c.command, c.args, c.env] for c in containers]
    return Pod(
        node_id=node.id,
        containers=containers,
        inputs=inputs,
        output_parameters={p.name: p.path for p in template.output_parameters if p.path},
        output_artifacts={a.name: a.path for a in template.output_artifacts if a.path},
        optional_artifacts=frozenset(a.name for a in template.output_artifacts if a.optional),
        unpacked=frozenset(
            a.name for a in template.output_artifacts if "none" in (a.archive or ())
        ),
        defaults={p.name: p.default for p in template.output_parameters if p.default is not None},
        deadline=template.deadline,
        sidecars=tuple(_filled(sidecar, scope) for sidecar in template.sidecars),
        size=len(texts([told, dict(node.input_parameters)]).encode()),
        cache_key=cache_key(caching, scope, node.input_parameters, inputs) if caching else None,
        max_age=caching.max_age if caching else None,
    )


def _filled(container: Container, scope: Scope) -> Container:
    environment: dict[str, str] = {}

    def filled(text: str) -> str:
        return _expanded(substitute(text, scope), environment)

    for name, value in container.env:  # one may refer to those before it
        environment[name] = filled(value)
    return replace(
        container,
        image=substitute(container.image, scope),
        command=tuple(map(filled, container.command)),
        args=tuple(map(filled, container.args)),
        env=tuple(environment.items()),
        working_dir=substitute(container.working_dir, scope),
        mounts=tuple(
            replace(m, path=substitute(m.path, scope), inside=substitute(m.inside, scope))
            for m in container.mounts
        ),
        limits=tuple((name, substitute(text, scope)) for name, text in container.limits),
    )


def _expanded(text: str, environment: Mapping[str, str]) -> str:
    """`$(NAME)` is a variable of the container's `env`, if there is one; `$$` is a `$`.

    Kubernetes does so in command, args and env: third_party/forked/golang/expansion/expand.go.
    """
    return REFERENCE.sub(
        lambda match: environment.get(match[1], match[0]) if match[1] is not None else "$", text
    )
