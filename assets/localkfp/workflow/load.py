"""What a compiled Workflow says: a manifest in, frozen dataclasses out.

The fields are those of Argo's `Workflow` as the compiler of kfp 1.8 writes them; `fields.py` has
the table of what is taken, ignored and refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from localkfp.errors import WorkflowError
from localkfp.workflow.accept import check_pipeline
from localkfp.workflow.caching import read_caching
from localkfp.workflow.duration import seconds
from localkfp.workflow.fields import REFUSED, refuse_unknown
from localkfp.workflow.model import (
    EXPRESSION,
    Artifact,
    Container,
    DagTask,
    Mount,
    Parameter,
    Retry,
    Template,
    Workflow,
)
from localkfp.workflow.pod_object import pod_error
from localkfp.workflow.size import check_size
from localkfp.workflow.text import read
from localkfp.workflow.validate.ancestry import waits_for
from localkfp.workflow.validate.paths import cleaned_path

# The rules of Kubernetes for a container's and an environment variable's name
CONTAINER_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
ENV_NAME = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")

WHOLE = re.compile(r"[-+]?\d+")
# kfp's compiler once gave both to every component; the API server makes them optional, whoever
# declares them: workflow.PatchTemplateOutputArtifacts in backend/src/common/util/workflow.go
NOT_NEEDED = ("mlpipeline-ui-metadata", "mlpipeline-metrics")
POD_FIELDS = {
    "metadata.name": "{{pod.name}}",
    "metadata.namespace": "{{workflow.namespace}}",
    "metadata.uid": "{{pod.name}}",
    "spec.serviceAccountName": "{{workflow.serviceAccountName}}",
    # which Argo and the API server set
    "metadata.labels['workflows.argoproj.io/workflow']": "{{workflow.name}}",
    "metadata.labels['pipeline/runid']": "{{workflow.uid}}",
}

SOURCE = re.compile(r"\{\{\s*tasks\.([^.{}\s]+)\.")
IN_EXPRESSION = re.compile(r"tasks(?:\.(\w+)|\[\\?[\"']([^\"'\\]+))")
CONTINUE_ON = {"error": "Error", "failed": "Failed"}  # phases, in the order in which Argo asks


def load(text: str | bytes | Mapping[str, Any]) -> Workflow:
    """Read a compiled Workflow that is to be run: YAML or JSON text, or the mapping it holds.

    Raises Refused for what the API server of a cluster refuses too, WorkflowError with a sentence
    for a feature that localkfp lacks and for what is too large.
    """
    manifest = read(text)
    check_pipeline(manifest)
    refuse_unknown(manifest, "Workflow", "the Workflow")
    spec = _mapping(manifest, "spec", "the Workflow")
    refuse_unknown(spec, "spec", "spec")
    arguments = _mapping(spec, "arguments", "spec")
    refuse_unknown(arguments, "spec.arguments", "spec.arguments")
    metadata = _mapping(manifest, "metadata", "the Workflow")
    workflow = Workflow(
        generate_name=metadata.get("generateName") or metadata.get("name") or "",
        entrypoint=_string(spec, "entrypoint", "spec") or "",
        templates={entry["name"]: _template(entry, spec) for entry in spec.get("templates", ())},
        parameters=_parameters(arguments, "spec.arguments"),
        manifest=manifest,
        on_exit=_string(spec, "onExit", "spec"),
        parallelism=int(_number(spec, "parallelism", "spec") or 0) or None,
        deadline=_number(spec, "activeDeadlineSeconds", "spec"),
        artifacts=_artifacts(arguments, "spec.arguments"),
    )
    check_size(workflow)
    return workflow


# ---- from mappings to dataclasses ----------------------------------------------------------------


def _mapping(entry: Mapping[str, Any], field: str, where: str) -> Mapping[str, Any]:
    value = entry.get(field) or {}
    if not isinstance(value, Mapping):
        raise WorkflowError(f"{where}: {field!r} must be a mapping.")
    return value


def _list(entry: Mapping[str, Any], field: str, where: str) -> list[Any]:
    value = entry.get(field) or []
    if not isinstance(value, list):
        raise WorkflowError(f"{where}: {field!r} must be a list.")
    return value


def _string(entry: Mapping[str, Any], field: str, where: str) -> str | None:
    value = entry.get(field)
    if value is not None and not isinstance(value, str):
        raise WorkflowError(f"{where}: {field!r} must be text.")
    return value


def _number(entry: Mapping[str, Any], field: str, where: str) -> float | None:
    """A number, or text that is one (Argo takes both)."""
    value = entry.get(field)
    if value is None:
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        raise WorkflowError(f"{where}: {field!r} must be a number, not {value!r}.") from None


def _named(
    entry: Mapping[str, Any], field: str, where: str, rule: re.Pattern[str]
) -> Iterator[Mapping[str, Any]]:
    """The mappings in a list, each with a name that Kubernetes would take."""
    for element in entry.get(field, ()):
        if not rule.fullmatch(element.get("name", "")):
            raise WorkflowError(
                f"{where}: an entry of {field!r} has the name {element.get('name')!r}: Kubernetes "
                "takes no such name, and makes no pod of it."
            )
        yield element


def _text(value: Any) -> str:
    """A parameter's value as Argo keeps it: a string, JSON for what is none in the YAML."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _parameters(entry: Mapping[str, Any], where: str) -> tuple[Parameter, ...]:
    parameters = []
    for parameter in entry.get("parameters", ()):
        place = f"{where}, parameter {parameter['name']!r}"
        refuse_unknown(parameter, "parameter", place)
        source = _mapping(parameter, "valueFrom", place)
        if unknown := set(source) - {"path", "parameter", "default"}:
            raise WorkflowError(
                f"{place} is read by {sorted(unknown)}: localkfp cannot do that; submit to a "
                "cluster."
            )
        value = parameter.get("value", parameter.get("default"))
        if value is None:
            value = _string(source, "parameter", place)
        parameters.append(
            Parameter(
                name=parameter["name"],
                value=None if value is None else _text(value),
                path=_string(source, "path", place),
                default=None if source.get("default") is None else _text(source["default"]),
            )
        )
    return tuple(parameters)


def _artifacts(entry: Mapping[str, Any], where: str) -> tuple[Artifact, ...]:
    artifacts = []
    for artifact in entry.get("artifacts", ()):
        place = f"{where}, artifact {artifact['name']!r}"
        refuse_unknown(artifact, "artifact", place)
        artifacts.append(
            Artifact(
                name=artifact["name"],
                path=_path(artifact.get("path")),
                source=_string(artifact, "from", place),
                raw=_string(_mapping(artifact, "raw", place), "data", place),
                optional=artifact.get("optional") is True,
                archive=_archive(artifact, place),
            )
        )
    return tuple(artifacts)


def _path(path: str | None) -> str | None:
    """Without doubled slashes and the like, as Argo keeps it (record b37)."""
    return cleaned_path(path) if path else path


def _archive(artifact: Mapping[str, Any], place: str) -> Mapping[str, Any] | None:
    """`none` stores a file as it is, `tar` is what is done anyway; there is no other here."""
    archive = _mapping(artifact, "archive", place)
    if unknown := set(archive) - {"none", "tar"}:
        raise WorkflowError(
            f"{place} is archived by {sorted(unknown)}: localkfp cannot do that; submit to a "
            "cluster."
        )
    return archive or None


def _template(entry: Mapping[str, Any], spec: Mapping[str, Any]) -> Template:
    where = f"template {entry['name']!r}"
    refuse_unknown(entry, "template", where)
    container, dag = _mapping(entry, "container", where), _mapping(entry, "dag", where)
    if not container and not dag:
        raise WorkflowError(
            f"{where} is neither a container nor a DAG: localkfp runs nothing else; submit to a "
            "cluster."
        )
    for name in ("activeDeadlineSeconds", "initContainers", "sidecars"):
        if dag and entry.get(name):
            raise WorkflowError(
                f"{where} is a DAG and has the field {name!r}: localkfp takes it from containers "
                "only; submit to a cluster."
            )
    metadata = _mapping(entry, "metadata", where)
    fields = POD_FIELDS | {
        f"metadata.{kind}['{key}']": str(value)
        for kind in ("labels", "annotations")
        for key, value in _mapping(metadata, kind, f"{where}, metadata").items()
    }
    inputs, outputs = _mapping(entry, "inputs", where), _mapping(entry, "outputs", where)
    for values in (inputs, outputs):
        refuse_unknown(values, "values", where)
    volumes = _volumes(entry, where) | _volumes(spec, "spec")
    user = _user(entry, where)
    main = _container(container, where, fields, volumes, user) if container else None

    def others(field: str, kind: str) -> tuple[Container, ...]:
        found = []
        for other in _named(entry, field, where, CONTAINER_NAME):
            place = f"{where}, {kind} {other['name']!r}"
            one = _container(other, place, fields, volumes, user)
            if main and other.get("mirrorVolumeMounts"):
                one = replace(one, mounts=(*one.mounts, *main.mounts))
            found.append(one)
        return tuple(found)

    return Template(
        name=entry["name"],
        input_parameters=_parameters(inputs, where),
        input_artifacts=_artifacts(inputs, where),
        output_parameters=_parameters(outputs, where),
        output_artifacts=tuple(
            replace(a, optional=a.optional or a.name in NOT_NEEDED)
            for a in _artifacts(outputs, where)
        ),
        container=main,
        init_containers=others("initContainers", "init container"),
        sidecars=others("sidecars", "sidecar"),
        tasks=_tasks(dag, where) if dag else None,
        retry=_retry(entry, where),
        deadline=_number(entry, "activeDeadlineSeconds", where),
        parallelism=int(_number(entry, "parallelism", where) or 0) or None,
        fail_fast=dag.get("failFast") is not False,
        caching=read_caching(entry) if container else None,
        pod_error=pod_error(entry, spec) if container else "",
    )


def _retry(template: Mapping[str, Any], where: str) -> Retry | None:
    """An empty retryStrategy retries without a limit (the record c07_retry_empty). What is no
    number and no duration is found when a step has failed (records a131, a132)."""
    if template.get("retryStrategy") is None:
        return None
    entry = _mapping(template, "retryStrategy", where)
    refuse_unknown(entry, "retryStrategy", where)
    backoff = _mapping(entry, "backoff", where)
    refuse_unknown(backoff, "backoff", where)
    limit, wait = entry.get("limit"), backoff.get("duration", "")
    try:
        longest = seconds(text) if (text := backoff.get("maxDuration", "")) else None
        if backoff and not wait:
            raise ValueError("no base duration specified for retryStrategy")
        if limit is not None and not WHOLE.fullmatch(str(limit)):
            raise ValueError(f"value '{limit}' cannot be resolved to an int")
        return Retry(
            limit=None if limit is None else int(limit),
            policy=entry.get("retryPolicy") or "OnFailure",
            wait=seconds(wait) if wait else 0,
            factor=backoff.get("factor") or 1,
            max_duration=longest,
            expression=_string(entry, "expression", where) or "",
        )
    except ValueError as error:
        return Retry(error=str(error))


def _volumes(entry: Mapping[str, Any], where: str) -> frozenset[str]:
    """The names of the volumes of a template or of all: empty folders, nothing else."""
    names = set()
    for volume in _named(entry, "volumes", where, CONTAINER_NAME):
        if "emptyDir" not in volume:
            raise WorkflowError(
                f"{where} has the field 'volumes': localkfp cannot mount volumes; submit to a "
                "cluster."
            )
        names.add(volume["name"])
    return frozenset(names)


def _mounts(entry: Mapping[str, Any], where: str, volumes: Iterable[str]) -> Iterator[Mount]:
    for mount in _list(entry, "volumeMounts", where):
        refuse_unknown(mount, "mount", where)
        name, path = mount.get("name"), mount.get("mountPath") or ""
        inside = mount.get("subPath") or ""
        if name not in volumes:
            raise WorkflowError(f"{where} mounts the volume {name!r}, and there is none.")
        if not path or ":" in path or ".." in inside.split("/") or inside.startswith("/"):
            raise WorkflowError(
                f"{where} mounts the volume {name!r} at {path!r}, {inside!r}: Kubernetes takes no "
                "such path."
            )
        yield Mount(name, path, inside, mount.get("readOnly") is True)


def _user(entry: Mapping[str, Any], where: str) -> str:
    """`runAsUser`, and `runAsGroup` after a colon; who has none has the image's user."""
    context = _mapping(entry, "securityContext", where)
    user, group = context.get("runAsUser"), context.get("runAsGroup")
    if user is None:
        return ""
    return f"{int(user)}" if group is None else f"{int(user)}:{int(group)}"


def _container(
    entry: Mapping[str, Any],
    where: str,
    fields: Mapping[str, str],
    volumes: Iterable[str],
    user: str,
) -> Container:
    """`fields` are those of the pod that the environment may refer to, `volumes` what it may mount,
    `user` that of the pod."""
    refuse_unknown(entry, "container", where)
    command = tuple(_text(word) for word in _list(entry, "command", where))
    limits = _mapping(_mapping(entry, "resources", where), "limits", where)
    env = tuple(
        (variable["name"], _env_value(variable, where, fields))
        for variable in _named(entry, "env", where, ENV_NAME)
    )
    return Container(
        image=_string(entry, "image", where) or "",
        command=command,
        args=tuple(_text(word) for word in _list(entry, "args", where)),
        env=env,
        name=entry.get("name") or "main",
        working_dir=_string(entry, "workingDir", where) or "",
        mounts=tuple(_mounts(entry, where, volumes)),
        user=_user(entry, where) or user,
        not_root=_mapping(entry, "securityContext", where).get("runAsNonRoot") is True,
        limits=tuple((name, str(limits[name])) for name in ("memory", "cpu") if name in limits),
    )


def _env_value(variable: Mapping[str, Any], where: str, fields: Mapping[str, str]) -> str:
    """A value, or that of the pod's field that the variable refers to."""
    source = variable.get("valueFrom")
    if not source:
        return _text(variable.get("value") or "")
    field = source.get("fieldRef", {}).get("fieldPath") if isinstance(source, Mapping) else None
    if isinstance(field, str) and field in fields:
        return fields[field]
    raise WorkflowError(
        f"{where}, env {variable['name']!r}: localkfp cannot {REFUSED['valueFrom']}; "
        "submit to a cluster."
    )


def _tasks(dag: Mapping[str, Any], where: str) -> tuple[DagTask, ...]:
    refuse_unknown(dag, "dag", where)
    tasks = tuple(_task(entry, where) for entry in dag["tasks"])
    wanted = _string(dag, "target", where)
    return _targeted(tasks, wanted.split()) if wanted and "{{" not in wanted else tasks


def _targeted(tasks: tuple[DagTask, ...], targets: Iterable[str]) -> tuple[DagTask, ...]:
    """The tasks that a DAG's targets are and wait for (the record a137_dag_target)."""
    dependencies = {task.name: task.dependencies for task in tasks}
    wanted, queue = set[str](), list(targets)
    while queue:
        name = queue.pop()
        if name not in wanted:
            wanted.add(name)
            queue += dependencies[name]
    return tuple(task for task in tasks if task.name in wanted)


def _task(entry: Mapping[str, Any], where: str) -> DagTask:
    where = f"{where}, task {entry['name']!r}"
    refuse_unknown(entry, "task", where)
    arguments = _mapping(entry, "arguments", where)
    refuse_unknown(arguments, "values", where)
    goes_on = _mapping(entry, "continueOn", where)
    return DagTask(
        name=entry["name"],
        template=_string(entry, "template", where) or "",
        dependencies=tuple(waits_for(entry)),
        depends=_string(entry, "depends", where) or "",
        continue_on=tuple(phase for field, phase in CONTINUE_ON.items() if goes_on.get(field)),
        parameters=_parameters(arguments, where),
        artifacts=_artifacts(arguments, where),
        when=_string(entry, "when", where) or None,
        with_items=tuple(_list(entry, "withItems", where)) or None,  # an empty list is no loop
        with_param=_string(entry, "withParam", where),
        sources=frozenset(_sources(json.dumps(entry, ensure_ascii=False))),
    )


def _sources(text: str) -> Iterator[str]:
    """The tasks that tags in a text name, and expressions."""
    yield from SOURCE.findall(text)
    for expression in EXPRESSION.findall(text):
        yield from (one or other for one, other in IN_EXPRESSION.findall(expression))
