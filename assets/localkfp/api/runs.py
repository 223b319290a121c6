"""/runs: submit, look, stop; logs and artifacts of their nodes are in `files`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from localkfp.api import body
from localkfp.api.handler import ApiHandler
from localkfp.service import metrics, runs
from localkfp.service.errors import ServiceError
from localkfp.store.database import Store
from localkfp.workflow.load import load

MAX_PARAMETERS = 10_000  # bytes; kubeflow/pipelines 1.8.5, util.MaxParameterBytes
EPOCH = "1970-01-01T00:00:00Z"


def shape(store: Store, row: Mapping[str, Any]) -> dict[str, Any]:
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
    kind: str, identity: str | None, row: Mapping[str, Any] | None, relationship: str
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


def detail(store: Store, row: Mapping[str, Any]) -> dict[str, Any]:
    """A run with its live Workflow, as ApiRunDetail."""
    live = runs.live(row, store.nodes(row["id"]))
    return {
        "run": shape(store, row),
        "pipeline_runtime": {"workflow_manifest": json.dumps(live)},
    }


def read_request(entry: Mapping[str, Any]) -> runs.Request:
    """What a body of ApiRun asks for. Raises ServiceError (invalid)."""
    spec = body.mapping(entry, "pipeline_spec")
    keys = [body.mapping(r, "key") for r in body.mappings(entry, "resource_references")]
    ids = {body.text(key, "type"): body.text(key, "id") for key in keys}
    return runs.Request(
        name=body.text(entry, "name"),
        description=body.text(entry, "description"),
        service_account=body.text(entry, "service_account"),
        experiment_id=ids.get("EXPERIMENT", ""),
        pipeline_id=body.text(spec, "pipeline_id"),
        version_id=ids.get("PIPELINE_VERSION", ""),
        manifest=body.text(spec, "workflow_manifest"),
        parameters=_parameters(spec),
    )


def _parameters(spec: Mapping[str, Any]) -> dict[str, str]:
    given = body.mappings(spec, "parameters")
    if len(json.dumps(given)) > MAX_PARAMETERS:
        raise ServiceError("invalid", f"The parameters have more than {MAX_PARAMETERS:,} bytes.")
    return {body.text(entry, "name"): body.text(entry, "value") for entry in given}


class Runs(ApiHandler):
    def get(self) -> None:
        query = self.query()
        by_experiment = query.get("resource_reference_key.type") == "EXPERIMENT"
        wanted = query.get("resource_reference_key.id", "") if by_experiment else None
        found = runs.rows(self.store, wanted)
        self.answer_list("runs", "Run", found, runs.FIELDS, self._with_metrics)

    def _with_metrics(self, row: Mapping[str, Any]) -> dict[str, Any]:
        nodes = [json.loads(t) for t in self.store.node_texts(row["id"]) if metrics.ARTIFACT in t]
        return shape(self.store, row) | _given(metrics=metrics.of_nodes(self.services.state, nodes))

    async def post(self) -> None:
        asked = read_request(body.read(self.request.body))
        text, _ = runs.template(self.store, asked)
        workflow = await asyncio.to_thread(load, text)  # a large one takes seconds
        run_id = runs.create(self.store, self.runner, asked, {text: workflow})
        self.finish(detail(self.store, runs.find_run(self.store, run_id)))


class Run(ApiHandler):
    def get(self, run_id: str) -> None:
        answer = detail(self.store, runs.find_run(self.store, run_id))
        found = metrics.of_nodes(self.services.state, self.store.nodes(run_id))
        answer["run"] |= _given(metrics=found)
        self.finish(answer)

    async def delete(self, run_id: str) -> None:
        await runs.delete(self.store, self.runner, run_id)
        self.answer()

    async def post(self, run_id: str, verb: str) -> None:
        await runs.act(self.store, self.runner, run_id, verb)
        self.answer()


class ReportMetrics(ApiHandler):
    def post(self, run_id: str) -> None:
        raise ServiceError(
            "unimplemented",
            "localkfp takes no metrics from outside: a step writes them to its output "
            f"{metrics.ARTIFACT}.",
        )


def _given(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}
