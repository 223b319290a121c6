"""The pages of recurring runs: the list, a new one, one with its runs."""

from __future__ import annotations

import json
from collections.abc import Mapping

from localkfp.clock import timestamp
from localkfp.dashboard.forms import errors
from localkfp.dashboard.frame import PageHandler
from localkfp.dashboard.links import address, call, named_like
from localkfp.dashboard.pages.new_run import (
    GONE,
    PARAMETER,
    Source,
    check,
    find_source,
    run_fields,
    run_request,
)
from localkfp.dashboard.pages.runs import RUN_HEADS, measured_rows, pace
from localkfp.dashboard.views import trigger
from localkfp.errors import WorkflowError
from localkfp.schedule import times
from localkfp.service import jobs, runs
from localkfp.service.errors import ServiceError
from localkfp.store.database import Store

HEADS = (
    ("Recurring run name", "name"),
    ("Status", ""),
    ("Trigger", ""),
    ("Experiment", ""),
    ("Created at", "created_at"),
)


class RecurringList(PageHandler):
    """/recurringruns"""

    section = "Recurring runs"

    def get(self) -> None:
        words = self.asked("q")
        listing = self.listing("/recurringruns", q=words)
        query = listing.query(named_like(words))
        found, listing = self.listed(listing, jobs.page(self.store, query))
        self.show(
            "recurring_runs.html",
            "Recurring runs",
            [call("GET", "/jobs", query)],
            rows=[job_row(self.store, row) for row in found],
            columns=listing.columns(HEADS),
            listing=listing,
            words=words,
            while_=trigger.WHILE,
        )


def job_row(store: Store, row: Mapping[str, object]) -> dict[str, object]:
    """A job with its trigger in words and its experiment."""
    return {
        **row,
        "when": trigger.in_words(jobs.trigger(row)),
        "experiment": store.get("experiments", str(row["experiment_id"])),
    }


class Recurring(PageHandler):
    """/recurringrun/details/ID: what it runs and when, and the runs that it made."""

    section = "Recurring runs"

    def get(self, job_id: str) -> None:
        row = jobs.find(self.store, job_id)
        here = f"/recurringrun/details/{job_id}"
        listing = self.listing(here)
        query = listing.query([]) | {
            "resource_reference_key.type": "JOB",
            "resource_reference_key.id": job_id,
        }
        found, listing = self.listed(
            listing, runs.page(self.store, self.services.state, query, "JOB", job_id)
        )
        rows, heads = measured_rows(self.store, self.services.state, found)
        verb = "disable" if row["enabled"] else "enable"
        due = row["next_due"] if row["enabled"] else None
        schedule = jobs.trigger(row)
        self.show(
            "recurring_run.html",
            row["name"],
            [
                call("GET", f"/jobs/{job_id}"),
                call("GET", "/runs", query),
                call("POST", f"/jobs/{job_id}/{verb}"),
                call("DELETE", f"/jobs/{job_id}"),
            ],
            job=job_row(self.store, row),
            here=here,
            verb=verb,
            due=times.text(due) if due is not None else None,
            late=due is not None and due <= timestamp(),
            start=times.text(schedule.start) if schedule and schedule.start else None,
            end=times.text(schedule.end) if schedule and schedule.end else None,
            parameters={
                p["name"]: p["value"] for p in json.loads(row["spec"]).get("parameters", ())
            },
            rows=rows,
            columns=listing.columns((*RUN_HEADS, *heads)),
            listing=listing,
            # a job that is on makes runs, so the page looks for them
            pace=250 if row["enabled"] else pace(rows),
            while_=trigger.WHILE,
        )


class RecurringAction(PageHandler):
    """/recurringrun/details/ID/enable, disable, delete"""

    section = "Recurring runs"

    def post(self, job_id: str, verb: str) -> None:
        if verb == "delete":
            jobs.delete(self.store, self.runner, job_id)
            self.see("/recurringruns")
            return
        jobs.switch(self.store, job_id, enabled=verb == "enable")
        self.see(f"/recurringrun/details/{job_id}")


class NewRecurring(PageHandler):
    """/recurringruns/new?pipelineId=&versionId=&cloneFromRun=&experimentId="""

    section = "Recurring runs"

    def get(self) -> None:
        cloned = self.asked("cloneFromRun")
        version = self.asked("versionId") or self.asked("pipelineVersionId")
        try:
            source = find_source(self.store, self.asked("pipelineId"), version, cloned)
        except ServiceError:
            self.set_status(404)
            self._choose(GONE)
            return
        if source is None:
            self._choose("")
            return
        typed = {"experiment": self.asked("experimentId")}
        if cloned:
            given = json.loads(runs.find_run(self.store, cloned)["parameters"])
            typed |= {f"{PARAMETER}{name}": value for name, value in given.items()}
        self._show(source, typed, {})

    def post(self) -> None:
        typed = {name: self.filled(name) for name in self.request.body_arguments}
        try:
            source = find_source(self.store, "", typed.get("version", ""), typed.get("clone", ""))
        except ServiceError:
            source = None
        if source is None:
            self.set_status(400)
            self._choose(GONE)
            return
        asked = trigger.read(typed)
        wrong = check(source, typed) | dict(asked.wrong)
        if not wrong:
            try:
                made = jobs.create(
                    self.store,
                    jobs.Request(
                        run=run_request(self.store, source, typed),
                        trigger=asked.trigger,
                        max_concurrency=asked.concurrency,
                        enabled=True,
                        no_catchup=not asked.catchup,
                    ),
                )
                self.see(f"/recurringrun/details/{made['id']}")
                return
            except (ServiceError, WorkflowError) as error:
                cron = typed.get("kind") == "cron" and "cron" in str(error)
                wrong = {"cron" if cron else "": str(error)}
        self.set_status(400)
        self._show(source, typed, wrong)

    def _choose(self, wrong: str) -> None:
        self.show(
            "choose_pipeline.html",
            "Start a recurring run",
            [call("GET", "/pipelines")],
            pipelines=list(reversed(self.store.rows("pipelines"))),
            wrong=wrong,
            to="/recurringruns/new",
            back="/recurringruns",
        )

    def _show(self, source: Source, typed: Mapping[str, str], wrong: Mapping[str, str]) -> None:
        details, parameters = run_fields(self.store, source, typed, wrong)
        triggers = trigger.fields(typed, wrong)
        self.show(
            "new_recurring.html",
            "Start a recurring run",
            [call("POST", "/jobs")],
            source=source,
            fields=(*details, *triggers, *parameters),
            breaks={
                len(details): "Run trigger",
                len(details) + len(triggers): "Run parameters",
            },
            errors=errors((*details, *triggers, *parameters)),
            wrong=wrong.get("", ""),
            once=address(
                "/runs/new", pipelineId=source.pipeline_id, versionId=source.version_id,
                cloneFromRun=source.run_id,
            ),
            while_=trigger.WHILE,
        )  # fmt: skip
