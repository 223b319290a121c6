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
from localkfp.service.pipelines import check_parameters
from localkfp.store.database import Store
from localkfp.workflow.intermediate import refuse_intermediate
from localkfp.workflow.load import load
from localkfp.workflow.text import check_request

TIMES = ("created_at", "scheduled_at", "finished_at")
STORAGE_STATES = ("STORAGESTATE_AVAILABLE", "STORAGESTATE_ARCHIVED")


def shape(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as ApiRun; fields with the zero value are left out, as the real server does. `error` is
    never filled there: what went wrong is in the Workflow."""
    spec = {**json.loads(row["spec"]), "workflow_manifest": row["manifest"]}
    status = runs.status(row)
    finished = None if status == runs.TERMINATING else row["finished_at"]
    run = {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "service_account": row["service_account"],
        "storage_state": "STORAGESTATE_ARCHIVED" if row["archived"] else None,
        "status": status,
        "created_at": row["created_at"],
        "scheduled_at": row["scheduled_at"] or runs.EPOCH,
        "finished_at": finished or runs.EPOCH,
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
    check_parameters({"name": name, "value": value} for name, value in found)
    if found and body.mapping(body.mapping(spec, "runtime_config"), "parameters"):
        raise ServiceError("invalid", "Give parameters, or those of runtime_config, not both.")
    return found


class Runs(ApiHandler):
    def get(self) -> None:
        query = self.query()
        found = runs.page(self.store, self.services.state, query, *asked_reference(query))
        self.answer_list("runs", found, self._with_metrics)

    def _with_metrics(self, row: Mapping[str, Any]) -> dict[str, Any]:
        return shape(row) | given(
            metrics=metrics.of_run(self.store, self.services.state, row["id"])
        )

    async def post(self) -> None:
        asked = read_request(body.read(self.request.body))
        if not asked.name:  # which a job may be without
            told = "The run name is empty. Please specify a valid name."
            raise Refused(f"Invalid input error: {told}", told, VALIDATE_RUN)
        if asked.manifest:
            await asyncio.to_thread(check_request, asked.manifest)
        text, _ = runs.template(self.store, asked)
        refuse_intermediate(text)
        workflow = await asyncio.to_thread(load, text)  # a large one takes seconds
        run_id = runs.create(self.store, self.runner, asked, {text: workflow})
        self.finish(detail(self.store, runs.find_run(self.store, run_id)))


class Run(ApiHandler):
    def get(self, run_id: str) -> None:
        answer = detail(self.store, runs.find_run(self.store, run_id))
        found = metrics.of_run(self.store, self.services.state, run_id)
        answer["run"] |= given(metrics=found)
        self.finish(answer)

    async def delete(self, run_id: str) -> None:
        await runs.delete(self.store, self.runner, run_id)
        self.answer()


class RunVerb(ApiHandler):
    def post(self, run_id: str, verb: str) -> None:
        runs.act(self.store, self.runner, run_id, verb)
        self.answer()


class ReportMetrics(ApiHandler):
    """POST /runs/ID:reportMetrics: a result for each metric."""

    def post(self, run_id: str) -> None:
        runs.find_run(self.store, run_id)
        entries = body.mappings(body.read(self.request.body), "metrics")
        asked = [
            (
                body.text(entry, "node_id") or body.text(entry, "nodeId"),
                body.text(entry, "name"),
                body.number(entry, "number_value") or body.number(entry, "numberValue"),
                body.enum(entry, "format", metrics.FORMATS),
            )
            for entry in entries
        ]
        self.answer({"results": [self._report(run_id, *each) for each in asked]})

    def _report(self, run_id: str, node_id: str, name: str, number: float, form: str) -> Any:
        state = self.services.state
        said, why = metrics.report(self.store, state, run_id, node_id, name, number, form)
        return given(metric_name=name, metric_node_id=node_id, status=said, message=why)
