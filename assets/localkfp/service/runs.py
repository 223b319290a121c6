"""Runs: asked for, looked for, stopped, tried again, removed."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from localkfp.clock import now
from localkfp.engine.argo_status import live_manifest, read_node, submitted_manifest
from localkfp.engine.contract import Phase
from localkfp.engine.engine import begin
from localkfp.runs.drive import workflow_name
from localkfp.runs.runner import Runner
from localkfp.service.errors import ServiceError, missing
from localkfp.service.pipelines import find_pipeline, find_version
from localkfp.store.database import Store
from localkfp.workflow.load import load
from localkfp.workflow.model import Workflow

FIELDS = [
    "id", "name", "created_at", "description", "scheduled_at", "storage_state", "status",
]  # fmt: skip


@dataclass(frozen=True)
class Request:
    """A run that somebody asks for. It runs the Workflow of the text `manifest`, of a version, or
    of the default version of a pipeline; without an experiment it is one of the default's."""

    name: str
    description: str = ""
    service_account: str = ""
    experiment_id: str = ""
    pipeline_id: str = ""
    version_id: str = ""
    manifest: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


def rows(store: Store, experiment_id: str | None = None) -> list[dict[str, Any]]:
    """The runs (of an experiment) with the columns that a list is filtered and sorted by."""
    equal = {} if experiment_id is None else {"experiment_id": experiment_id}
    return [
        {
            **row,
            "status": row["phase"],
            "scheduled_at": row["created_at"],
            "storage_state": "STORAGESTATE_ARCHIVED"
            if row["archived"]
            else "STORAGESTATE_AVAILABLE",
        }
        for row in store.rows("runs", **equal)
    ]


def create(
    store: Store, runner: Runner, asked: Request, read: Mapping[str, Workflow] | None = None
) -> str:
    """Start the run that is asked for; its id. Everything is checked before anything is stored
    or started. `read`: what the caller has read already, by its text. Raises ServiceError or
    WorkflowError."""
    if not asked.name:
        raise ServiceError("invalid", "The run name is empty. Please specify a valid name.")
    text, version = template(store, asked)
    workflow = (read or {}).get(text) or load(text)
    uid, title = str(uuid.uuid4()), workflow_name(workflow.generate_name)
    run = begin(_submitted(workflow, uid, asked.name), title, uid, asked.parameters, now())
    store.insert(
        "runs",
        id=run.uid,
        name=asked.name,
        description=asked.description,
        service_account=asked.service_account,
        experiment_id=_experiment(store, asked.experiment_id),
        version_id=version and version["id"],
        pipeline_id=version and version["pipeline_id"],
        workflow_name=run.name,
        manifest=json.dumps(workflow.manifest),
        parameters=json.dumps(run.arguments),
        phase=Phase.PENDING.value,
        message="",
    )
    runner.submit(run)
    return run.uid


def _submitted(workflow: Workflow, uid: str, name: str) -> Workflow:
    return replace(workflow, manifest=submitted_manifest(workflow.manifest, uid, name))


def template(store: Store, asked: Request) -> tuple[str, dict[str, Any] | None]:
    """The text of the Workflow that is to run, and the row of the version that it is of, if any.
    Raises ServiceError."""
    pipeline_id, version_id = asked.pipeline_id, asked.version_id
    if bool(asked.manifest) == bool(pipeline_id or version_id):
        raise ServiceError(
            "invalid",
            "Please specify a pipeline by providing either a workflow manifest or an ID.",
        )
    if asked.manifest:
        return asked.manifest, None
    if not version_id:
        version_id = find_pipeline(store, pipeline_id)["default_version"]
    version = find_version(store, version_id)
    if pipeline_id and version["pipeline_id"] != pipeline_id:
        raise ServiceError("invalid", f"Version {version_id} is not one of pipeline {pipeline_id}.")
    return version["template"], version


def _experiment(store: Store, experiment_id: str) -> str:
    if not experiment_id:
        return store.default_experiment()["id"]
    if not store.get("experiments", experiment_id):
        raise missing("Experiment", experiment_id)
    return experiment_id


async def act(store: Store, runner: Runner, run_id: str, verb: str) -> None:
    """terminate, retry, archive or unarchive a run. Raises ServiceError."""
    row = find_run(store, run_id)
    if verb == "terminate":
        if Phase(row["phase"]).fulfilled:
            raise ServiceError("invalid", f"Failed to terminate run {run_id}. Row not found.")
        await runner.terminate(run_id)
    elif verb == "retry":
        _retry(store, runner, row)
    else:
        store.update("runs", run_id, archived=int(verb == "archive"))


def _retry(store: Store, runner: Runner, row: dict[str, Any]) -> None:
    """The same run once more; pods that had succeeded aren't run again, the exit handler is."""
    if not Phase(row["phase"]).bad:
        raise ServiceError("conflict", "Workflow must be Failed/Error to retry.")
    nodes = map(read_node, store.nodes(row["id"]))
    done = {
        node.id: node
        for node in nodes
        if node.type == "Pod" and node.phase is Phase.SUCCEEDED and node.boundary
    }
    arguments = json.loads(row["parameters"])
    workflow = _submitted(load(row["manifest"]), row["id"], row["name"])
    run = begin(workflow, row["workflow_name"], row["id"], arguments, now(), done)
    store.forget_nodes(row["id"], done, phase=Phase.RUNNING.value, message="", finished_at=None)
    runner.submit(run)


async def delete(store: Store, runner: Runner, run_id: str) -> None:
    find_run(store, run_id)
    await runner.delete(run_id)


def live(row: Mapping[str, Any], nodes: list[dict[str, Any]]) -> dict[str, Any]:
    """The Workflow of a run as Kubernetes would show it now; `nodes` are those of the store."""
    return live_manifest(
        submitted_manifest(json.loads(row["manifest"]), row["id"], row["name"]),
        row["workflow_name"],
        row["id"],
        json.loads(row["parameters"]),
        nodes,
        row,
    )


def find_run(store: Store, run_id: str) -> dict[str, Any]:
    row = store.get("runs", run_id)
    if not row:
        raise missing("Run", run_id)
    return row


def find_node(store: Store, run_id: str, node_id: str) -> dict[str, Any]:
    for node in store.nodes(run_id):
        if node["id"] == node_id:
            return node
    raise missing("Node", node_id)
