"""The pages of recurring runs: the list, a new one, one with its runs."""

from __future__ import annotations

import json
from collections.abc import Mapping

from localkfp.clock import timestamp
from localkfp.dashboard.forms import Field
from localkfp.dashboard.frame import PageHandler
from localkfp.dashboard.links import call, named_like
from localkfp.dashboard.pages.run_form import RunForm
from localkfp.dashboard.pages.runs import RUN_HEADS, measured_rows, pace
from localkfp.dashboard.views import trigger
from localkfp.schedule import times
from localkfp.service import jobs, runs
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
        measured = measured_rows(self.store, self.services.state, found)
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
            rows=measured.rows,
            columns=listing.columns((*RUN_HEADS, *measured.heads)),
            listing=listing,
            # a job that is on makes runs, so the page looks for them
            pace=250 if row["enabled"] else pace(measured.rows),
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


class NewRecurring(RunForm):
    """/recurringruns/new?pipelineId=&versionId=&cloneFromRun=&experimentId="""

    section = "Recurring runs"
    title = "Start a recurring run"
    here, back, method = "/recurringruns/new", "/recurringruns", "/jobs"

    def fields(self, typed: Mapping[str, str], wrong: Mapping[str, str]) -> tuple[Field, ...]:
        return trigger.fields(typed, wrong)

    def wrong(self, typed: Mapping[str, str]) -> Mapping[str, str]:
        return trigger.read(typed).wrong

    def blamed(self, typed: Mapping[str, str], error: str) -> str:
        return "cron" if typed.get("kind") == "cron" and "cron" in error else ""

    def make(self, asked: runs.Request, typed: Mapping[str, str]) -> str:
        when = trigger.read(typed)
        job = jobs.Request(
            run=asked,
            trigger=when.trigger,
            max_concurrency=when.concurrency,
            enabled=True,
            no_catchup=not when.catchup,
        )
        return f"/recurringrun/details/{jobs.create(self.store, job)['id']}"
