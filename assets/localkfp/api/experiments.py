"""/experiments"""

from __future__ import annotations

from typing import Any

from localkfp.api import body
from localkfp.api.base import ApiHandler
from localkfp.api.errors import ApiError, missing
from localkfp.store.database import Store

FIELDS = ["id", "name", "created_at", "description", "namespace", "storage_state"]
MAX_NAME = 100


def shape(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "created_at": row["created_at"],
        "storage_state": storage_state(row),
    }


def storage_state(row: dict[str, Any]) -> str:
    return "STORAGESTATE_ARCHIVED" if row["archived"] else "STORAGESTATE_AVAILABLE"


def rows(store: Store) -> list[dict[str, Any]]:
    """The experiments with the columns that a list is filtered and sorted by."""
    return [
        {**row, "namespace": "", "storage_state": storage_state(row)}
        for row in store.rows("experiments")
    ]


def create(store: Store, name: str, description: str) -> dict[str, Any]:
    """The row of a new experiment. Raises ApiError (invalid) or AlreadyExists."""
    if not name:
        raise ApiError("invalid", "Experiment name is empty. Please specify a valid name.")
    if len(name) > MAX_NAME:
        raise ApiError("invalid", f"An experiment's name has at most {MAX_NAME} characters.")
    return store.insert("experiments", name=name, description=description)


def keep(store: Store, experiment_id: str, verb: str) -> None:
    """archive takes the runs of the experiment along, unarchive leaves them (as KFP does)."""
    find_experiment(store, experiment_id)
    with store.together():
        store.update("experiments", experiment_id, archived=int(verb == "archive"))
        if verb == "archive":
            for run in store.rows("runs", experiment_id=experiment_id):
                store.update("runs", run["id"], archived=1)


def find_experiment(store: Store, experiment_id: str) -> dict[str, Any]:
    row = store.get("experiments", experiment_id)
    if not row:
        raise missing("Experiment", experiment_id)
    return row


class Experiments(ApiHandler):
    def get(self) -> None:
        if self.query().get("resource_reference_key.id"):
            raise ApiError(
                "invalid", "In single-user mode, ListExperiment cannot filter by namespace."
            )
        self.answer_list("experiments", "Experiment", rows(self.store), FIELDS, shape)

    def post(self) -> None:
        entry = body.read(self.request.body)
        name, description = body.text(entry, "name"), body.text(entry, "description")
        body.mappings(entry, "resource_references")  # a namespace's, in multi-user mode only
        self.answer(shape(create(self.store, name, description)))


class Experiment(ApiHandler):
    def get(self, experiment_id: str) -> None:
        self.answer(shape(find_experiment(self.store, experiment_id)))

    def delete(self, experiment_id: str) -> None:
        find_experiment(self.store, experiment_id)
        self.store.delete("experiments", experiment_id)
        self.answer()

    def post(self, experiment_id: str, verb: str) -> None:
        keep(self.store, experiment_id, verb)
        self.answer()
