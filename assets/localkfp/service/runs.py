"""Runs: asked for, looked for, stopped, tried again, removed."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from localkfp.clock import now, sequence, timestamp
from localkfp.engine.argo_status import read_node
from localkfp.engine.contract import Phase
from localkfp.engine.engine import begin
from localkfp.engine.live_workflow import live_manifest, submitted_manifest
from localkfp.runs.runner import Runner
from localkfp.schedule.macros import Occasion, fill
from localkfp.service import lists, metrics
from localkfp.service.errors import ServiceError, about, missing
from localkfp.service.limits import check_description, check_name
from localkfp.service.pipelines import find_pipeline, find_version
from localkfp.service.references import Reference, named, write
from localkfp.service.references import among as among_references
from localkfp.store.database import Store
from localkfp.store.listing import EVERY, Condition, Order
from localkfp.workflow.accept import bind
from localkfp.workflow.argo_json import as_argo
from localkfp.workflow.intermediate import refuse_intermediate
from localkfp.workflow.load import load
from localkfp.workflow.model import Workflow

EPOCH = "1970-01-01T00:00:00Z"  # what Kubeflow Pipelines writes for "not yet" and "not at all"
SERVICE_ACCOUNT = "pipeline-runner"
TERMINATING, TERMINATING_NANOSECONDS = "Terminating", 500_000_000


@dataclass(frozen=True)
class Request:
    """A run that somebody asks for. It runs the Workflow of the text `manifest`, of the version
    that it refers to as its creator, or of the default version of a pipeline; without an experiment
    it is one of the default's. `parameters` are names and values, as given."""

    name: str
    description: str = ""
    service_account: str = ""
    references: tuple[Reference, ...] = ()
    pipeline_id: str = ""
    manifest: str = ""
    parameters: tuple[tuple[str, str], ...] = ()

    @property
    def version_id(self) -> str:
        """Of the version that is to run; empty when none is named."""
        creators = [r for r in self.references if r.relationship == "CREATOR"]
        return next((r.id for r in creators if r.type == "PIPELINE_VERSION"), "")


def page(
    store: Store,
    state: Path,
    query: Mapping[str, str],
    kind: str = "",
    identity: str = "",
) -> lists.Found:
    """A page of the runs, as `lists.page`: of all, or of those that refer to something, by its type
    and id."""
    among = EVERY
    if kind == "EXPERIMENT":
        among = Condition("experiment_id = ?", (identity,))
    elif kind:
        among = among_references(kind, identity)
    return lists.page(store, _listed(), query, among, partial(metrics.values, store, state))


def _listed() -> lists.Kind:
    """How runs are listed now: a run is Terminating for a while, see `status`."""
    recent = f"{sequence()} - terminating < {TERMINATING_NANOSECONDS}"
    ending = f"terminating AND (phase IN ('', 'Pending', 'Running') OR {recent})"
    return lists.Kind(
        "Run",
        "runs",
        {
            **{name: name for name in ("id", "name", "created_at", "description")},
            "scheduled_at": f"coalesce(scheduled_at, '{EPOCH}')",
            "storage_state": lists.STORAGE_STATE,
            "status": f"CASE WHEN {ending} THEN '{TERMINATING}' ELSE phase END",
        },
    )


def newest(store: Store, experiment_id: str, most: int) -> list[dict[str, Any]]:
    """The runs of an experiment that were made last, the newest first."""
    order = Order("created_at", backwards=True)
    return store.page("runs", Condition("experiment_id = ?", (experiment_id,)), order, most).rows


def phase(row: Mapping[str, Any]) -> Phase:
    """The phase of a run by its row; one that hasn't begun is pending."""
    return Phase(row["phase"] or Phase.PENDING.value)


def status(row: Mapping[str, Any]) -> str | None:
    """What the API calls the status of a run; none before the run has begun. On a cluster a run is
    Terminating for seconds, until the agent reports its end: a client that looks right after it
    asked, sees that."""
    since = sequence() - row["terminating"]
    if row["terminating"] and (not phase(row).fulfilled or since < TERMINATING_NANOSECONDS):
        return TERMINATING
    return row["phase"] or None


def create(
    store: Store, runner: Runner, asked: Request, loaded: Mapping[str, Workflow] | None = None
) -> str:
    """Start the run that is asked for; its id. Everything is checked before anything is stored
    or started. `loaded`: what the caller has read already, by its text. Raises ServiceError or
    WorkflowError."""
    if not asked.name:
        raise ServiceError("invalid", "The run name is empty. Please specify a valid name.")
    check_name("A run", asked.name)
    check_description(asked.description)
    text, version = template(store, asked)
    references = belongs_to(store, asked, version)
    refuse_intermediate(text)
    workflow = (loaded or {}).get(text) or load(text)
    uid, title = str(uuid.uuid4()), runner.free_name(workflow.generate_name)
    made, occasion = now(), Occasion(uid, timestamp())
    values = bind(workflow.manifest, dict(asked.parameters))
    filled = {name: fill(value, occasion) for name, value in values.items()}
    run = begin(_submitted(workflow, uid, asked.name), title, uid, filled, made)
    store.insert(
        "runs",
        id=run.uid,
        name=asked.name,
        description=asked.description,
        service_account=asked.service_account or SERVICE_ACCOUNT,
        experiment_id=next(r.id for r in references if r.type == "EXPERIMENT"),
        version_id=version and version["id"],
        pipeline_id=version and version["pipeline_id"],
        workflow_name=run.name,
        manifest=json.dumps(as_argo(workflow.manifest) if version else workflow.manifest),
        parameters=json.dumps(run.arguments),
        spec=json.dumps(spec(store, asked)),
        refs=write(references),
        phase="",
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
        if not version_id:
            raise ServiceError("invalid", "No pipeline version.")
    version = find_version(store, version_id)
    if pipeline_id and version["pipeline_id"] != pipeline_id:
        raise ServiceError("invalid", f"Version {version_id} is not one of pipeline {pipeline_id}.")
    return version["template"], version


def belongs_to(store: Store, asked: Request, version: dict[str, Any] | None) -> list[Reference]:
    """What was referred to, the default experiment, and the version where a pipeline was named."""
    references = list(asked.references)
    kinds = [r.type for r in references if r.relationship == "OWNER"]
    if "EXPERIMENT" not in kinds:
        references.append(Reference("EXPERIMENT", store.default_experiment()["id"]))
    if version and not asked.version_id:
        references.append(Reference("PIPELINE_VERSION", version["id"], "CREATOR"))
    return named(store, references)


def spec(store: Store, asked: Request) -> dict[str, Any]:
    """The run's pipeline as the API shows it, but for the manifest."""
    pipeline = {}
    if asked.pipeline_id:
        name = find_pipeline(store, asked.pipeline_id)["name"]
        pipeline = {"pipeline_id": asked.pipeline_id, "pipeline_name": name}
    return pipeline | {
        "parameters": [
            {"name": name, **({"value": value} if value else {})}
            for name, value in asked.parameters
        ]
    }


def act(store: Store, runner: Runner, run_id: str, verb: str) -> None:
    """terminate, retry, archive or unarchive a run. Raises ServiceError."""
    if verb in ("archive", "unarchive"):
        store.update("runs", run_id, archived=int(verb == "archive"))
        return
    with about(f"{verb.title()} run failed: Check run exist failed"):
        row = find_run(store, run_id)
    if verb == "terminate":
        if row["terminating"] or phase(row).fulfilled or not runner.terminate_soon(run_id):
            message = f"Failed to terminate run {run_id}. Row not found."
            raise ServiceError("invalid", message, "Terminate run failed")
        store.update("runs", run_id, terminating=sequence())
    elif verb == "retry":
        _retry(store, runner, row)


def _retry(store: Store, runner: Runner, row: dict[str, Any]) -> None:
    """The same run once more; pods that had succeeded aren't run again, the exit handler is."""
    if not phase(row).bad:
        message = "Workflow must be Failed/Error to retry"
        raise ServiceError("conflict", message, "Retry run failed.", "workflow cannot be retried")
    nodes = map(read_node, store.nodes(row["id"]))
    done = {
        node.id: node
        for node in nodes
        if node.type == "Pod" and node.phase is Phase.SUCCEEDED and node.boundary
    }
    arguments = json.loads(row["parameters"])
    workflow = _submitted(load(row["manifest"]), row["id"], row["name"])
    run = begin(
        workflow, row["workflow_name"], row["id"], arguments, now(), done, row["created_at"]
    )
    again = {"phase": Phase.RUNNING.value, "message": "", "finished_at": None, "terminating": 0}
    store.forget_nodes(row["id"], done, **again)
    runner.submit(run)


async def delete(store: Store, runner: Runner, run_id: str) -> None:
    find_run(store, run_id)
    await runner.delete(run_id)


def live(row: Mapping[str, Any], nodes: list[dict[str, Any]]) -> dict[str, Any]:
    """The Workflow of a run as Kubernetes would show it now; `nodes` are those of the store."""
    manifest = submitted_manifest(json.loads(row["manifest"]), row["id"], row["name"])
    spec = {**manifest["spec"], "serviceAccountName": row["service_account"] or SERVICE_ACCOUNT}
    return live_manifest(
        {**manifest, "spec": spec},
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
