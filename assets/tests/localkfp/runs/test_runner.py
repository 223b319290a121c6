"""localkfp.runs.runner: what a server's run leaves in the store, also when a save fails."""

from __future__ import annotations

import asyncio
import sqlite3

import pytest
from localkfp.clock import now
from localkfp.engine import engine
from localkfp.pods.pod import this_machine
from localkfp.runs import runner as runners
from localkfp.runs.runner import Runner
from localkfp.store.database import Store
from localkfp.workflow.load import load
from tests.support.workflows import dag, pod, task, workflow

FLOW = workflow(dag("main", task("a"), task("b", after=["a"])), pod())


class FullDisk(Store):
    """Takes a run's last state only after `refusals` tries."""

    refusals = 0

    def save_nodes(self, run_id, nodes, **run):
        if run["phase"] == "Succeeded" and self.refusals:
            self.refusals -= 1
            raise sqlite3.OperationalError("database or disk is full")
        super().save_nodes(run_id, nodes, **run)


@pytest.mark.parametrize("refusals", [0, 1, 2, 3])
def test_a_save_that_fails_is_made_again_with_its_nodes(tmp_path, monkeypatch, refusals):
    monkeypatch.setattr(runners, "SAVE_AGAIN_SECONDS", 0.01)
    store = FullDisk(tmp_path / "localkfp.sqlite")
    row = store.insert(
        "runs", name="one", description="", service_account="", experiment_id="",
        workflow_name="one", manifest="{}", parameters="{}", phase="", message="",
    )  # fmt: skip
    store.refusals = refusals

    async def play():
        runner = Runner(store, tmp_path, this_machine(tmp_path, "process"))
        runner.submit(engine.begin(load(FLOW), "one", row["id"], {}, now()))
        while runner._tasks or runner._unsaved:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(play(), 60))
    assert store.refusals == 0
    assert store.get("runs", row["id"])["phase"] == "Succeeded"
    phases = {node["displayName"]: node["phase"] for node in store.nodes(row["id"])}
    assert phases == {"one": "Succeeded", "a": "Succeeded", "b": "Succeeded"}


def test_a_name_that_a_run_or_its_files_have_is_not_given_again(tmp_path, monkeypatch):
    store = Store(tmp_path / "localkfp.sqlite")
    for name in ("w-b", "w-c-1-4711"):  # the second is a run of the job w-c
        store.insert(
            "runs", name="one", description="", service_account="", experiment_id="",
            workflow_name=name, manifest="{}", parameters="{}", phase="", message="",
        )  # fmt: skip
    (tmp_path / "artifacts" / "w-d").mkdir(parents=True)  # of a run that is deleted
    letters = iter("bcdf")
    monkeypatch.setattr(runners, "workflow_name", lambda prefix: prefix + next(letters))
    machine = this_machine(tmp_path, "process")
    assert Runner(store, tmp_path, machine).free_name("w-") == "w-f"
