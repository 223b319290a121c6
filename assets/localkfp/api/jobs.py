"""/jobs: recurring runs"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from localkfp.api import body
from localkfp.api.handler import ApiHandler, asked_reference, given
from localkfp.api.runs import read_request
from localkfp.schedule import times
from localkfp.schedule.trigger import Cron, Interval, Trigger
from localkfp.service import jobs, references

BOUNDS = ("start_time", "end_time")


def shape(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as ApiJob."""
    spec = {**json.loads(row["spec"]), "workflow_manifest": row["manifest"]}
    return {
        **given(
            id=row["id"],
            name=row["name"],
            description=row["description"],
            pipeline_spec=given(**spec),
            resource_references=[body.reference(each) for each in references.read(row)],
            service_account=row["service_account"],
            max_concurrency=str(row["max_concurrency"]),
        ),
        "trigger": _shape_trigger(jobs.trigger(row)),
        **given(
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            status=row["status"],
            enabled=bool(row["enabled"]),
            no_catchup=bool(row["no_catchup"]),
        ),
    }


def _shape_trigger(trigger: Trigger | None) -> dict[str, Any]:
    if trigger is None:
        return {}
    bounds = {"start_time": trigger.start, "end_time": trigger.end}
    when = {name: times.text(epoch) for name, epoch in bounds.items() if epoch is not None}
    if isinstance(trigger, Cron):
        return {"cron_schedule": {**when, "cron": trigger.expression}}
    return {"periodic_schedule": {**when, "interval_second": str(trigger.seconds)}}


def read_job(entry: Mapping[str, Any]) -> jobs.Request:
    """What a body of ApiJob asks for. Raises ServiceError (invalid)."""
    return jobs.Request(
        run=read_request(entry),
        trigger=_read_trigger(body.mapping(entry, "trigger")),
        max_concurrency=body.whole(entry, "max_concurrency"),
        enabled=body.flag(entry, "enabled"),
        no_catchup=body.flag(entry, "no_catchup"),
    )


def _read_trigger(entry: Mapping[str, Any]) -> Trigger | None:
    """The last of the two kinds counts, as where protobuf reads a oneof."""
    found: Trigger | None = None
    for kind in entry:
        if entry[kind] is None:
            continue
        schedule = body.mapping(entry, kind)
        start, end = (body.moment(schedule, name) for name in BOUNDS)
        if kind == "cron_schedule":
            found = Cron(body.text(schedule, "cron"), start, end)
        elif kind == "periodic_schedule":
            found = Interval(body.whole(schedule, "interval_second"), start, end)
    return found


class Jobs(ApiHandler):
    def get(self) -> None:
        query = self.query()
        self.answer_list("jobs", jobs.page(self.store, query, *asked_reference(query)), shape)

    def post(self) -> None:
        asked = read_job(body.read(self.request.body))
        self.finish(shape(jobs.create(self.store, asked)))


class Job(ApiHandler):
    def get(self, job_id: str) -> None:
        self.finish(shape(jobs.find(self.store, job_id)))

    def delete(self, job_id: str) -> None:
        jobs.delete(self.store, self.runner, job_id)
        self.answer()


class JobSwitch(ApiHandler):
    def post(self, job_id: str, verb: str) -> None:
        jobs.switch(self.store, job_id, enabled=verb == "enable")
        self.answer()
