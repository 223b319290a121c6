"""Pipelines and their versions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from localkfp.errors import VALIDATE_RUN, AlreadyExists, Refused, WorkflowError
from localkfp.service import lists
from localkfp.service.errors import ServiceError, missing
from localkfp.service.limits import check_description
from localkfp.store.database import Store
from localkfp.store.listing import EVERY, Condition
from localkfp.workflow.accept import check_pipeline
from localkfp.workflow.argo_json import as_argo
from localkfp.workflow.intermediate import is_intermediate
from localkfp.workflow.package import read_package
from localkfp.workflow.text import read

LISTED = lists.Kind(
    "Pipeline",
    "pipelines",
    {
        **{name: name for name in ("id", "name", "created_at", "description")},
        "namespace": "''",
    },
)
LISTED_VERSIONS = lists.Kind(
    "PipelineVersion",
    "versions",
    {**{name: name for name in ("id", "name", "created_at")}, "status": "'READY'"},
)
MAX_PARAMETERS = 10_000  # bytes; the same, util.MaxParameterBytes
MAX_NAME = 100  # bytes; kubeflow/pipelines 1.8.5, apiserver/common/const.go


def page(store: Store, query: Mapping[str, str], namespace: str = "") -> lists.Found:
    """A page of the pipelines, as `lists.page`; on one machine none is of a namespace."""
    return lists.page(store, LISTED, query, Condition("0") if namespace else EVERY)


def page_of_versions(store: Store, query: Mapping[str, str], pipeline_id: str) -> lists.Found:
    """A page of the versions of a pipeline, as `lists.page`."""
    find_pipeline(store, pipeline_id)
    return lists.page(store, LISTED_VERSIONS, query, Condition("pipeline_id = ?", (pipeline_id,)))


def version_rows(store: Store, pipeline_id: str) -> list[dict[str, Any]]:
    """The versions of a pipeline, oldest first."""
    find_pipeline(store, pipeline_id)
    return store.rows("versions", pipeline_id=pipeline_id)


def check_name(name: str) -> None:
    """Raises WorkflowError for a name that a pipeline or version can't have."""
    if len(name.encode(errors="replace")) > MAX_NAME:
        raise WorkflowError(
            "Invalid pipeline name.: Invalid input error: Pipeline name too long. Support maximum "
            f"length of {MAX_NAME} (bytes: a Korean letter takes three)"
        )


def read_upload(filename: str, data: bytes) -> tuple[str, list[dict[str, str]]]:
    """The text of the Workflow in an uploaded file, and its parameters. Raises WorkflowError."""
    template = read_package(filename, data)
    if is_intermediate(template):
        return template, []
    manifest = read(template)
    check_pipeline(manifest)
    arguments = manifest.get("spec", {}).get("arguments", {})
    parameters = [
        {"name": p["name"], **({"value": p["value"]} if p.get("value") else {})}
        for p in arguments.get("parameters", ())
    ]
    check_parameters(parameters)
    return template, parameters


def check_parameters(parameters: Iterable[Mapping[str, str]]) -> None:
    """Raises Refused for names and values that together are too long."""
    text = json.dumps(list(parameters), ensure_ascii=False, separators=(",", ":"))
    if len(text.encode(errors="replace")) > MAX_PARAMETERS:
        told = f"The input parameter length exceed maximum size of {MAX_PARAMETERS}."
        raise Refused(f"Invalid input error: {told}", told, VALIDATE_RUN)


def add_pipeline(
    store: Store, name: str, description: str, template: str, parameters: list[dict[str, str]]
) -> dict[str, Any]:
    """The row of a new pipeline; its first version has the same id (kubeflow/pipelines does so).
    Raises AlreadyExists."""
    if store.named("pipelines", name):
        raise AlreadyExists(_taken("pipeline", name))
    check_description(description)
    with store.together():
        pipeline = store.insert(
            "pipelines", name=name, description=description, parameters=json.dumps(parameters)
        )
        add_version(store, pipeline["id"], name, "", template, parameters, id=pipeline["id"])
    return find_pipeline(store, pipeline["id"])


def add_version(
    store: Store,
    pipeline_id: str,
    name: str,
    description: str,
    template: str,
    parameters: list[dict[str, str]],
    **more: str,
) -> dict[str, Any]:
    """The row of a new version, which becomes the pipeline's default; `more` are columns of it.
    Raises AlreadyExists."""
    if store.named("versions", name, pipeline_id=pipeline_id):
        raise AlreadyExists(_taken("pipeline version", name))
    with store.together():
        row = store.insert(
            "versions",
            pipeline_id=pipeline_id,
            name=name,
            description=description,
            template=template,
            parameters=json.dumps(parameters),
            **more,
        )
        store.update(
            "pipelines", pipeline_id, default_version=row["id"], parameters=row["parameters"]
        )
    return row


def _taken(what: str, name: str) -> str:
    return (
        f"Failed to create a new {what}. The name {name} already exist. Please specify a new name."
    )


def delete_version(store: Store, version_id: str) -> None:
    """The newest of the other versions becomes the default if this one was it."""
    version = find_version(store, version_id)
    pipeline = find_pipeline(store, version["pipeline_id"])
    with store.together():
        store.delete("versions", version_id)
        if pipeline["default_version"] == version_id:
            rest = store.rows("versions", pipeline_id=pipeline["id"])
            newest = rest[-1]["id"] if rest else None
            store.update("pipelines", pipeline["id"], default_version=newest)


def find_pipeline(store: Store, pipeline_id: str) -> dict[str, Any]:
    row = store.get("pipelines", pipeline_id)
    if not row:
        raise missing("Pipeline", pipeline_id)
    return row


def find_version(store: Store, version_id: str | None) -> dict[str, Any]:
    row = store.get("versions", version_id) if version_id else None
    if not row:
        raise missing("PipelineVersion", str(version_id))
    return row


def set_default(store: Store, pipeline_id: str, version_id: str) -> None:
    """Raises ServiceError: there is no such pipeline or version, or it is another pipeline's."""
    find_pipeline(store, pipeline_id)
    if find_version(store, version_id)["pipeline_id"] != pipeline_id:
        raise ServiceError("invalid", f"Version {version_id} belongs to another pipeline.")
    store.update("pipelines", pipeline_id, default_version=version_id)


def delete(store: Store, pipeline_id: str) -> None:
    """Its versions go with it; its runs stay."""
    find_pipeline(store, pipeline_id)
    store.delete("pipelines", pipeline_id)


def template(store: Store, pipeline_id: str) -> str:
    """The Workflow of a pipeline's default version, as `version_template`; empty without one."""
    pipeline = find_pipeline(store, pipeline_id)
    version_id = pipeline["default_version"]
    return version_template(store, version_id) if version_id else ""


def version_template(store: Store, version_id: str) -> str:
    """The Workflow of a version, as JSON of Argo's; what is none, as it came."""
    text = str(find_version(store, version_id)["template"])
    try:
        return json.dumps(as_argo(read(text)), ensure_ascii=False, separators=(",", ":"))
    except WorkflowError:
        return text
