"""/runs: submit, look, stop; logs and artifacts of their nodes are in `files`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from localkfp.api import body
from localkfp.api.handler import ApiHandler, asked_reference, given
from localkfp.errors import VALIDATE_RUN, Refused
from localkfp.service import metrics, references, runs
from localkfp.service.errors import ServiceError
from localkfp.store.database import Store
from localkfp.workflow.load import load
from localkfp.workflow.text import check_request

TIMES = ("created_at", "scheduled_at", "finished_at")
STORAGE_STATES = ("STORAGESTATE_AVAILABLE", "STORAGESTATE_ARCHIVED")
MAX_PARAMETERS = 10_000  # bytes; kubeflow/pipelines 1.8.5, util.MaxParameterBytes


def shape(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as ApiRun; fields with the zero value are left out, as the real server does. `error` is
    never filled there: what went wrong is in the Workflow."""
    spec = {**json.loads(row["spec"]), "workflow_manifest": row["manifest"]}
    run = {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "service_account": row["service_account"],
        "storage_state": "STORAGESTATE_ARCHIVED" if row["archived"] else None,
        "status": runs.status(row),
        "created_at": row["created_at"],
        "scheduled_at": row["scheduled_at"] or runs.EPOCH,
        "finished_at": row["finished_at"] or runs.EPOCH,
        "pipeline_spec": given(**spec),
        "resource_references": [body.reference(each) for each in references.read(row)],
    }
    return given(**run)


def detail(store: Store, row: Mapping[str, Any]) -> dict[str, Any]:
    """A run with its live Workflow, as ApiRunDetail."""
    live = runs.live(row, store.nodes(row["id"]))
    return {
        "run": shape(row),
        "pipeline_runtime": {"workflow_manifest": json.dumps(live)},
    }


def read_request(entry: Mapping[str, Any]) -> runs.Request:
    """What a body of ApiRun asks for. Raises ServiceError (invalid)."""
    body.check(entry, times=TIMES, enums={"storage_state": STORAGE_STATES})
    spec = body.mapping(entry, "pipeline_spec")
    if not body.text(entry, "name"):
        told = "The run name is empty. Please specify a valid name."
        raise Refused(f"Invalid input error: {told}", told, VALIDATE_RUN)
    return runs.Request(
        name=body.text(entry, "name"),
        description=body.text(entry, "description"),
        service_account=body.text(entry, "service_account"),
        references=body.references(entry),
        pipeline_id=body.text(spec, "pipeline_id"),
        manifest=body.text(spec, "workflow_manifest"),
        parameters=_parameters(spec),
    )


def _parameters(spec: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    entries = body.mappings(spec, "parameters")
    found = tuple((body.text(entry, "name"), body.text(entry, "value")) for entry in entries)
    wire = [{"name": name, "value": value} for name, value in found]
    if len(json.dumps(wire, ensure_ascii=False, separators=(",", ":")).encode()) > MAX_PARAMETERS:
        told = f"The input parameter length exceed maximum size of {MAX_PARAMETERS}."
        raise Refused(f"Invalid input error: {told}", told, VALIDATE_RUN)
    return found


class Runs(ApiHandler):
    def get(self) -> None:
        query = self.query()
        found = runs.rows(self.store, *asked_reference(query))
        self.answer_list("runs", "Run", found, runs.FIELDS, self._with_metrics)

    def _with_metrics(self, row: Mapping[str, Any]) -> dict[str, Any]:
        nodes = [json.loads(t) for t in self.store.node_texts(row["id"]) if metrics.ARTIFACT in t]
        return shape(row) | given(metrics=metrics.of_nodes(self.services.state, nodes))

    async def post(self) -> None:
        asked = read_request(body.read(self.request.body))
        if asked.manifest:
            await asyncio.to_thread(check_request, asked.manifest)
        text, _ = runs.template(self.store, asked)
        workflow = await asyncio.to_thread(load, text)  # a large one takes seconds
        run_id = runs.create(self.store, self.runner, asked, {text: workflow})
        self.finish(detail(self.store, runs.find_run(self.store, run_id)))


class Run(ApiHandler):
    def get(self, run_id: str) -> None:
        answer = detail(self.store, runs.find_run(self.store, run_id))
        found = metrics.of_nodes(self.services.state, self.store.nodes(run_id))
        answer["run"] |= given(metrics=found)
        self.finish(answer)

    async def delete(self, run_id: str) -> None:
        await runs.delete(self.store, self.runner, run_id)
        self.answer()

    def post(self, run_id: str, verb: str) -> None:
        runs.act(self.store, self.runner, run_id, verb)
        self.answer()


class ReportMetrics(ApiHandler):
    def post(self, run_id: str) -> None:
        raise ServiceError(
            "unimplemented",
            "localkfp takes no metrics from outside: a step writes them to its output "
            f"{metrics.ARTIFACT}.",
        )
