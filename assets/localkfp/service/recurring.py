"""What is due is run: the runs of the jobs.

On a cluster the controller of ScheduledWorkflows does so, one Workflow of a job in a pass, a pass
every ten seconds. Here a pass comes every second; the rest is as there.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Mapping
from typing import Any

from localkfp.engine.engine import begin
from localkfp.engine.node import fnv32a
from localkfp.errors import WorkflowError
from localkfp.runs.runner import Runner
from localkfp.schedule import times
from localkfp.schedule.macros import Occasion, fill
from localkfp.schedule.trigger import due
from localkfp.service import jobs, references
from localkfp.service.references import Reference
from localkfp.store.database import Store
from localkfp.workflow.load import load

MOST = 20  # runs that one pass makes
LABELS = "scheduledworkflows.kubeflow.org"
log = logging.getLogger("localkfp")


def make_due(store: Store, runner: Runner, moment: int) -> None:
    """One pass at a moment, in seconds since 1970: of each job for which a run is due and which has
    room for it, one run. A run and that it was made are written down together."""
    store.follow_jobs()
    for row in store.due_jobs(moment, MOST):
        scheduled = due(
            jobs.trigger(row), row["created"], row["last"], moment, not row["no_catchup"]
        )
        if scheduled is None or scheduled > moment:
            store.update("jobs", row["id"], next_due=scheduled)
        else:
            _make(store, runner, row, scheduled, moment)


def _make(
    store: Store, runner: Runner, job: Mapping[str, Any], scheduled: int, moment: int
) -> None:
    index = job["last_index"] + 1
    occasion = Occasion(str(uuid.uuid4()), moment, scheduled, index)
    made = {
        "last": scheduled,
        "last_index": index,
        "next_due": due(jobs.trigger(job), job["created"], scheduled, moment, catch_up=True),
    }
    name = f"{job['workflow_name']}-{index}"
    name = f"{name}-{fnv32a(name)}"
    given = json.loads(job["spec"]).get("parameters", ())
    arguments = {entry["name"]: fill(entry.get("value", ""), occasion) for entry in given}
    try:
        workflow = load(_manifest(job, name, occasion))
        run = begin(workflow, name, occasion.run_id, arguments, times.text(moment))
    except WorkflowError as error:  # another localkfp took it; this one can't
        log.error("job %s: its run for %s can't be made: %s", job["name"], scheduled, error)
        store.update("jobs", job["id"], **made)
        return
    belongs = [r for r in references.read(job) if r.type == "EXPERIMENT"]
    belongs.append(Reference("JOB", job["id"], "CREATOR", job["name"]))
    with store.together():
        store.insert(
            "runs",
            id=run.uid,
            name=name,
            description="",
            service_account="",
            experiment_id=job["experiment_id"],
            job_id=job["id"],
            workflow_name=name,
            manifest=json.dumps(workflow.manifest),
            parameters=json.dumps(run.arguments),
            spec="{}",
            refs=references.write(belongs),
            scheduled_at=times.text(scheduled),
            phase="",
            message="",
        )
        store.update("jobs", job["id"], **made)
    runner.submit(run)


def _manifest(job: Mapping[str, Any], name: str, occasion: Occasion) -> dict[str, Any]:
    """The Workflow that the controller makes of a job: its spec, and labels that say whose it is.
    (Here with kind and apiVersion, so that it can be read again.)"""
    manifest = json.loads(job["manifest"])
    labels = {
        "pipeline/runid": occasion.run_id,
        f"{LABELS}/isOwnedByScheduledWorkflow": "true",
        f"{LABELS}/scheduledWorkflowName": job["workflow_name"],
        f"{LABELS}/workflowEpoch": str(occasion.scheduled),
        f"{LABELS}/workflowIndex": str(occasion.index),
    }
    return {
        "apiVersion": manifest["apiVersion"],
        "kind": manifest["kind"],
        "metadata": {"generateName": name, "labels": labels},
        "spec": manifest["spec"],
    }
