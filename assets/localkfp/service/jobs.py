"""Recurring runs, which the API calls jobs: made, looked for, switched on and off, removed.

As kubeflow/pipelines 1.8.5 answers (job_server.go and resource_manager.go of its API server). When
a run is made of one is the matter of `recurring`.
"""

from __future__ import annotations

import json
import random
import re
import string
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from localkfp.clock import now, sequence, timestamp
from localkfp.errors import Refused
from localkfp.runs.runner import Runner
from localkfp.schedule.cron import CronError, parse
from localkfp.schedule.trigger import Cron, Interval, Trigger, due
from localkfp.service import lists, references, runs
from localkfp.service.errors import ServiceError, missing
from localkfp.store.database import Store
from localkfp.store.listing import EVERY
from localkfp.workflow.accept import bind
from localkfp.workflow.argo_json import as_argo
from localkfp.workflow.load import load

LISTED = lists.Kind("Job", "jobs", {name: name for name in ("id", "name", "created_at")})
CONCURRENCY = range(1, 11)
MAX_NAME = 255
PREFIX = 25  # characters of a job's name in the name of its Workflows


@dataclass(frozen=True)
class Request:
    """A job that somebody asks for: what its runs are, and when there is one. A job without a
    trigger has one run."""

    run: runs.Request
    trigger: Trigger | None
    max_concurrency: int
    enabled: bool
    no_catchup: bool


def create(store: Store, asked: Request) -> dict[str, Any]:
    """The row of a new job. Raises ServiceError or WorkflowError."""
    text, version = runs.template(store, asked.run)
    if asked.max_concurrency not in CONCURRENCY:
        raise ServiceError(
            "invalid",
            "The max concurrency of the job is out of range. Support 1-10. "
            f"Received {asked.max_concurrency}.",
        )
    _check(asked.trigger)
    belongs = runs.belongs_to(store, asked.run, version)
    workflow = load(text)
    try:
        bind(workflow.manifest, dict(asked.run.parameters))
    except Refused as error:  # which is the asker's mistake here, and the server's for a run
        raise ServiceError("invalid", error.words) from None
    if len(asked.run.name) > MAX_NAME:
        raise ServiceError("internal", f"A job's name has at most {MAX_NAME} characters.")
    created = timestamp()
    return store.insert(
        "jobs",
        name=asked.run.name,
        description=asked.run.description,
        service_account=asked.run.service_account or runs.SERVICE_ACCOUNT,
        experiment_id=next(r.id for r in belongs if r.type == "EXPERIMENT"),
        manifest=json.dumps(as_argo(workflow.manifest) if version else workflow.manifest),
        spec=json.dumps(runs.spec(store, asked.run)),
        refs=references.write(belongs),
        trigger=_write(asked.trigger),
        max_concurrency=asked.max_concurrency,
        no_catchup=int(asked.no_catchup),
        enabled=int(asked.enabled),
        status="NO_STATUS",
        workflow_name=_workflow_name(store, asked.run.name),
        created=created,
        next_due=due(asked.trigger, created, None, created, catch_up=True),
        updated_at=now(),
    )


def _check(trigger: Trigger | None) -> None:
    if isinstance(trigger, Cron):
        try:
            parse(trigger.expression)
        except CronError as error:
            raise ServiceError(
                "invalid",
                "Schedule cron is not a supported format(https://godoc.org/github.com/robfig/cron)"
                f". Error: {error}",
            ) from None
    if isinstance(trigger, Interval) and trigger.seconds < 1:
        raise ServiceError(
            "invalid",
            f"Found invalid period schedule interval {trigger.seconds}. "
            "Set at interval to least 1 second.",
        )


def _workflow_name(store: Store, name: str) -> str:
    """The name of the job's ScheduledWorkflow on a cluster; its Workflows are named after it."""
    kept = re.sub(r"[^a-z0-9-]+", "", name.lower())[:PREFIX] or "job-"
    while True:
        found = kept + "".join(random.choices(string.ascii_lowercase + string.digits, k=5))
        if not store.names(found):
            return found


def _write(trigger: Trigger | None) -> str:
    kind = {Cron: "cron", Interval: "interval"}.get(type(trigger), "")
    return json.dumps({"kind": kind, **(asdict(trigger) if trigger else {})})


def trigger(row: Mapping[str, Any]) -> Trigger | None:
    """What a row says of when."""
    entry = json.loads(row["trigger"])
    kind = entry.pop("kind")
    if kind == "cron":
        return Cron(**entry)
    return Interval(**entry) if kind == "interval" else None


def page(store: Store, query: Mapping[str, str], kind: str = "", identity: str = "") -> lists.Found:
    """A page of the jobs, as `lists.page`: of all, or of those that refer to something, by its type
    and id."""
    return lists.page(store, LISTED, query, references.among(kind, identity) if kind else EVERY)


def switch(store: Store, job_id: str, enabled: bool) -> None:
    """Enable or disable a job; it may be so already."""
    find(store, job_id)
    store.update("jobs", job_id, enabled=int(enabled), updated_at=now())


def switch_off_all(store: Store, experiment_id: str) -> None:
    """An experiment that is archived or deleted takes its jobs out of use."""
    for row in store.rows("jobs", experiment_id=experiment_id):
        switch(store, row["id"], enabled=False)


def delete(store: Store, runner: Runner, job_id: str) -> None:
    """Its runs stay in their experiment, and no longer refer to it; one in progress is terminated.
    (On a cluster its Workflow goes, and the run is shown as Running for ever.)"""
    find(store, job_id)
    with store.together():
        for row in store.rows("runs", job_id=job_id):
            kept = [r for r in references.read(row) if r.type != "JOB"]
            store.update("runs", row["id"], job_id=None, refs=references.write(kept))
            if not runs.phase(row).fulfilled and runner.terminate_soon(row["id"]):
                store.update("runs", row["id"], terminating=sequence())
        store.delete("jobs", job_id)


def any_enabled(store: Store) -> bool:
    return bool(store.rows("jobs", enabled=1))


def find(store: Store, job_id: str) -> dict[str, Any]:
    row = store.get("jobs", job_id)
    if not row:
        raise missing("Job", job_id)
    return row
