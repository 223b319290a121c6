"""Pipelines and their versions."""

from __future__ import annotations

import json
from typing import Any

from localkfp.errors import WorkflowError
from localkfp.service.errors import ServiceError, missing
from localkfp.store.database import Store
from localkfp.workflow.accept import check_pipeline
from localkfp.workflow.package import read_package
from localkfp.workflow.text import read

FIELDS = ["id", "name", "created_at", "description", "namespace"]
VERSION_FIELDS = ["id", "name", "created_at", "status"]
MAX_NAME = 100


def rows(store: Store) -> list[dict[str, Any]]:
    """The pipelines with the columns that a list is filtered and sorted by."""
    return [{**row, "namespace": ""} for row in store.rows("pipelines")]


def version_rows(store: Store, pipeline_id: str) -> list[dict[str, Any]]:
    find_pipeline(store, pipeline_id)
    return [{**row, "status": ""} for row in store.rows("versions", pipeline_id=pipeline_id)]


def check_name(name: str) -> None:
    """Raises WorkflowError for a name that a pipeline or version can't have."""
    if len(name) > MAX_NAME:
        raise WorkflowError(
            "Invalid pipeline name.: Invalid input error: Pipeline name too long. Support maximum "
            f"length of {MAX_NAME}"
        )


def read_upload(filename: str, data: bytes) -> tuple[str, list[dict[str, str]]]:
    """The text of the Workflow in an uploaded file, and its parameters. Raises WorkflowError."""
    template = read_package(filename, data)
    manifest = read(template)
    check_pipeline(manifest)
    arguments = manifest.get("spec", {}).get("arguments", {})
    parameters = [
        {"name": p["name"], **({"value": p["value"]} if p.get("value") else {})}
        for p in arguments.get("parameters", ())
    ]
    return template, parameters


def add_pipeline(
    store: Store, name: str, description: str, template: str, parameters: list[dict[str, str]]
) -> dict[str, Any]:
    """The row of a new pipeline; its first version has the same id (kubeflow/pipelines does so).
    Raises AlreadyExists."""
    with store.together():
        pipeline = store.insert("pipelines", name=name, description=description)
        add_version(store, pipeline["id"], name, "", template, parameters, id=pipeline["id"])
    return find_pipeline(store, pipeline["id"])


def add_version(
    store: Store,
    pipeline_id: str,
    name: str,
    description: str,
    template: str,
    parameters: list[dict[str, str]],
    **identity: str,
) -> dict[str, Any]:
    """The row of a new version, which becomes the pipeline's default. Raises AlreadyExists."""
    with store.together():
        row = store.insert(
            "versions",
            pipeline_id=pipeline_id,
            name=name,
            description=description,
            template=template,
            parameters=json.dumps(parameters),
            **identity,
        )
        store.update("pipelines", pipeline_id, default_version=row["id"])
    return row


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
    """The text of the Workflow of a pipeline's default version."""
    pipeline = find_pipeline(store, pipeline_id)
    return str(find_version(store, pipeline["default_version"])["template"])
