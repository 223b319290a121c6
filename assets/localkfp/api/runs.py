"""/runs: submit, look, stop; logs and artifacts of their nodes."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from localkfp.api import body, metrics
from localkfp.api.base import ApiHandler
from localkfp.api.errors import ApiError, missing
from localkfp.api.pipelines import find_pipeline, find_version
from localkfp.clock import now
from localkfp.engine.argo_status import live_manifest, read_node, submitted_manifest
from localkfp.engine.contract import Phase
from localkfp.engine.engine import begin
from localkfp.runs.drive import workflow_name
from localkfp.runs.runner import Runner
from localkfp.store.database import Store
from localkfp.workflow.load import load
from localkfp.workflow.model import Workflow

FIELDS = [
    "id", "name", "created_at", "description", "scheduled_at", "storage_state", "status",
]  # fmt: skip
MAX_PARAMETERS = 10_000  # bytes; kubeflow/pipelines 1.8.5, util.MaxParameterBytes
EPOCH = "1970-01-01T00:00:00Z"


def shape(store: Store, row: dict[str, Any]) -> dict[str, Any]:
    """A run as ApiRun; fields with the zero value are left out, as the real server does."""
    experiment = store.get("experiments", row["experiment_id"])
    references = [
        _reference("EXPERIMENT", row["experiment_id"], experiment, "OWNER"),
        _reference(
            "PIPELINE_VERSION",
            row["version_id"],
            store.get("versions", row["version_id"] or ""),
            "CREATOR",
        ),
    ]
    run = {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "service_account": row["service_account"],
        "storage_state": "STORAGESTATE_ARCHIVED" if row["archived"] else None,
        "status": row["phase"],
        "error": row["message"],
        "created_at": row["created_at"],
        "scheduled_at": row["created_at"],
        "finished_at": row["finished_at"] or EPOCH,
        "pipeline_spec": {
            "pipeline_id": row["pipeline_id"],
            "workflow_manifest": row["manifest"],
            "parameters": _parameter_list(json.loads(row["parameters"])),
        },
        "resource_references": [reference for reference in references if reference],
    }
    return {key: value for key, value in run.items() if value}


def _reference(
    kind: str, identity: str | None, row: dict[str, Any] | None, relationship: str
) -> dict[str, Any] | None:
    if not identity:
        return None
    return {
        "key": {"type": kind, "id": identity},
        "name": row["name"] if row else "",
        "relationship": relationship,
    }


def _parameter_list(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def detail(store: Store, row: dict[str, Any]) -> dict[str, Any]:
    """A run with its live Workflow, as ApiRunDetail."""
    live = live_manifest(
        submitted_manifest(json.loads(row["manifest"]), row["id"], row["name"]),
        row["workflow_name"],
        row["id"],
        json.loads(row["parameters"]),
        store.nodes(row["id"]),
        row,
    )
    return {
        "run": shape(store, row),
        "pipeline_runtime": {"workflow_manifest": json.dumps(live)},
    }


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
    store: Store,
    runner: Runner,
    entry: Mapping[str, Any],
    read: Mapping[str, Workflow] = MappingProxyType({}),
) -> str:
    """Start the run that a body asks for; its id. Everything is checked before anything is stored
    or started. `read`: what the caller has read already, by its text. Raises ApiError or
    WorkflowError."""
    name, description = body.text(entry, "name"), body.text(entry, "description")
    if not name:
        raise ApiError("invalid", "The run name is empty. Please specify a valid name.")
    spec, references = body.mapping(entry, "pipeline_spec"), _references(entry)
    text, version = template(store, entry)
    workflow = read.get(text) or load(text)
    uid, title = str(uuid.uuid4()), workflow_name(workflow.generate_name)
    run = begin(_submitted(workflow, uid, name), title, uid, _arguments(spec), now())
    store.insert(
        "runs",
        id=run.uid,
        name=name,
        description=description,
        service_account=body.text(entry, "service_account"),
        experiment_id=_experiment(store, references["EXPERIMENT"]),
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


def template(store: Store, entry: Mapping[str, Any]) -> tuple[str, dict[str, Any] | None]:
    """The text of the Workflow that a body asks to run: one that came along, or that of a pipeline
    or version; and the row of the version. Raises ApiError."""
    spec, version_id = body.mapping(entry, "pipeline_spec"), _references(entry)["PIPELINE_VERSION"]
    manifest, pipeline_id = body.text(spec, "workflow_manifest"), body.text(spec, "pipeline_id")
    if bool(manifest) == bool(pipeline_id or version_id):
        raise ApiError(
            "invalid",
            "Please specify a pipeline by providing either a workflow manifest or an ID.",
        )
    if manifest:
        return manifest, None
    if not version_id:
        version_id = find_pipeline(store, pipeline_id)["default_version"]
    version = find_version(store, version_id)
    if pipeline_id and version["pipeline_id"] != pipeline_id:
        raise ApiError("invalid", f"Version {version_id} is not one of pipeline {pipeline_id}.")
    return version["template"], version


def _references(entry: Mapping[str, Any]) -> dict[str, str]:
    """Ids by type; empty where the body refers to none."""
    keys = [body.mapping(r, "key") for r in body.mappings(entry, "resource_references")]
    given = {body.text(key, "type"): body.text(key, "id") for key in keys}
    return {"PIPELINE_VERSION": "", "EXPERIMENT": "", **given}


def _experiment(store: Store, experiment_id: str) -> str:
    if not experiment_id:
        return store.default_experiment()["id"]
    if not store.get("experiments", experiment_id):
        raise missing("Experiment", experiment_id)
    return experiment_id


async def act(store: Store, runner: Runner, run_id: str, verb: str) -> None:
    """terminate, retry, archive or unarchive a run. Raises ApiError."""
    row = find_run(store, run_id)
    if verb == "terminate":
        if Phase(row["phase"]).fulfilled:
            raise ApiError("invalid", f"Failed to terminate run {run_id}. Row not found.")
        await runner.terminate(run_id)
    elif verb == "retry":
        _retry(store, runner, row)
    else:
        store.update("runs", run_id, archived=int(verb == "archive"))


def _retry(store: Store, runner: Runner, row: dict[str, Any]) -> None:
    """The same run once more; pods that had succeeded aren't run again, the exit handler is."""
    if not Phase(row["phase"]).bad:
        raise ApiError("conflict", "Workflow must be Failed/Error to retry.")
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


def _arguments(spec: Mapping[str, Any]) -> dict[str, str]:
    given = body.mappings(spec, "parameters")
    if len(json.dumps(given)) > MAX_PARAMETERS:
        raise ApiError("invalid", f"The parameters have more than {MAX_PARAMETERS:,} bytes.")
    return {body.text(entry, "name"): body.text(entry, "value") for entry in given}


class Runs(ApiHandler):
    def get(self) -> None:
        query = self.query()
        by_experiment = query.get("resource_reference_key.type") == "EXPERIMENT"
        wanted = query.get("resource_reference_key.id", "") if by_experiment else None
        found = rows(self.store, wanted)
        self.answer_list("runs", "Run", found, FIELDS, self._with_metrics)

    def _with_metrics(self, row: dict[str, Any]) -> dict[str, Any]:
        nodes = [json.loads(t) for t in self.store.node_texts(row["id"]) if metrics.ARTIFACT in t]
        return shape(self.store, row) | _given(metrics=metrics.of_nodes(self.services.state, nodes))

    async def post(self) -> None:
        entry = body.read(self.request.body)
        text, _ = template(self.store, entry)
        workflow = await asyncio.to_thread(load, text)  # a large one takes seconds
        run_id = create(self.store, self.runner, entry, {text: workflow})
        self.finish(detail(self.store, find_run(self.store, run_id)))


class Run(ApiHandler):
    def get(self, run_id: str) -> None:
        answer = detail(self.store, find_run(self.store, run_id))
        found = metrics.of_nodes(self.services.state, self.store.nodes(run_id))
        answer["run"] |= _given(metrics=found)
        self.finish(answer)

    async def delete(self, run_id: str) -> None:
        await delete(self.store, self.runner, run_id)
        self.answer()

    async def post(self, run_id: str, verb: str) -> None:
        await act(self.store, self.runner, run_id, verb)
        self.answer()


class ReportMetrics(ApiHandler):
    def post(self, run_id: str) -> None:
        raise ApiError(
            "unimplemented",
            "localkfp takes no metrics from outside: a step writes them to its output "
            f"{metrics.ARTIFACT}.",
        )


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}


def live_log(state: Path, workflow_name: str, node_id: str) -> Path:
    """Where the log of a node is written while it runs, and stays."""
    return state / "pods" / workflow_name / node_id / "main.log"


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
