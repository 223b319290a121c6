"""Experiments: groups of runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localkfp.errors import AlreadyExists
from localkfp.service import jobs, lists
from localkfp.service.errors import ServiceError, missing
from localkfp.service.limits import check_description, check_name
from localkfp.store.database import Store

LISTED = lists.Kind(
    "Experiment",
    "experiments",
    {
        **{name: name for name in ("id", "name", "created_at", "description")},
        "namespace": "''",
        "storage_state": lists.STORAGE_STATE,
    },
)


def storage_state(row: Mapping[str, Any]) -> str:
    return "STORAGESTATE_ARCHIVED" if row["archived"] else "STORAGESTATE_AVAILABLE"


def page(store: Store, query: Mapping[str, str]) -> lists.Found:
    """A page of the experiments, as `lists.page`."""
    return lists.page(store, LISTED, query)


def create(store: Store, name: str, description: str) -> dict[str, Any]:
    """The row of a new experiment. Raises ServiceError (invalid) or AlreadyExists."""
    if not name:
        raise ServiceError("invalid", "Experiment name is empty. Please specify a valid name.")
    check_name("An experiment", name)
    check_description(description)
    if store.named("experiments", name):
        raise AlreadyExists(
            f"Failed to create a new experiment. The name {name} already exist. Please specify a "
            "new name."
        )
    return store.insert("experiments", name=name, description=description)


def keep(store: Store, experiment_id: str, verb: str) -> None:
    """archive takes the runs of the experiment along, unarchive leaves them; one that isn't there
    is not missed (as KFP does)."""
    with store.together():
        store.update("experiments", experiment_id, archived=int(verb == "archive"))
        if verb == "archive":
            store.archive_runs(experiment_id)
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
