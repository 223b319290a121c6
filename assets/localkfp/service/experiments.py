"""Experiments: groups of runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localkfp.service import jobs
from localkfp.service.errors import ServiceError, missing
from localkfp.store.database import Store

FIELDS = ["id", "name", "created_at", "description", "namespace", "storage_state"]
MAX_NAME = 100


def storage_state(row: Mapping[str, Any]) -> str:
    return "STORAGESTATE_ARCHIVED" if row["archived"] else "STORAGESTATE_AVAILABLE"


def rows(store: Store) -> list[dict[str, Any]]:
    """The experiments with the columns that a list is filtered and sorted by."""
    return [
        {**row, "namespace": "", "storage_state": storage_state(row)}
        for row in store.rows("experiments")
    ]


def create(store: Store, name: str, description: str) -> dict[str, Any]:
    """The row of a new experiment. Raises ServiceError (invalid) or AlreadyExists."""
    if not name:
        raise ServiceError("invalid", "Experiment name is empty. Please specify a valid name.")
    if len(name) > MAX_NAME:
        raise ServiceError("invalid", f"An experiment's name has at most {MAX_NAME} characters.")
    return store.insert("experiments", name=name, description=description)


def keep(store: Store, experiment_id: str, verb: str) -> None:
    """archive takes the runs of the experiment along, unarchive leaves them (as KFP does)."""
    find_experiment(store, experiment_id)
    with store.together():
        store.update("experiments", experiment_id, archived=int(verb == "archive"))
        if verb == "archive":
            for run in store.rows("runs", experiment_id=experiment_id):
                store.update("runs", run["id"], archived=1)
            jobs.switch_off_all(store, experiment_id)


def delete(store: Store, experiment_id: str) -> None:
    """Its runs stay."""
    find_experiment(store, experiment_id)
    with store.together():
        jobs.switch_off_all(store, experiment_id)
        store.delete("experiments", experiment_id)


def find_experiment(store: Store, experiment_id: str) -> dict[str, Any]:
    row = store.get("experiments", experiment_id)
    if not row:
        raise missing("Experiment", experiment_id)
    return row
