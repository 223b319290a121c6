"""/experiments"""

from __future__ import annotations

from typing import Any

from localkfp.api import body
from localkfp.api.base import ApiHandler
from localkfp.api.errors import ApiError, missing

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


class Experiments(ApiHandler):
    def get(self) -> None:
        if self.query().get("resource_reference_key.id"):
            raise ApiError(
                "invalid", "In single-user mode, ListExperiment cannot filter by namespace."
            )
        rows = [
            {**row, "namespace": "", "storage_state": storage_state(row)}
            for row in self.store.rows("experiments")
        ]
        self.answer_list("experiments", "Experiment", rows, FIELDS, shape)

    def post(self) -> None:
        entry = body.read(self.request.body)
        name, description = body.text(entry, "name"), body.text(entry, "description")
        body.mappings(entry, "resource_references")  # a namespace's, in multi-user mode only
        if not name:
            raise ApiError("invalid", "Experiment name is empty. Please specify a valid name.")
        if len(name) > MAX_NAME:
            raise ApiError("invalid", f"An experiment's name has at most {MAX_NAME} characters.")
        self.answer(shape(self.store.insert("experiments", name=name, description=description)))


class Experiment(ApiHandler):
    def get(self, experiment_id: str) -> None:
        self.answer(shape(self._find(experiment_id)))

    def delete(self, experiment_id: str) -> None:
        self._find(experiment_id)
        self.store.delete("experiments", experiment_id)
        self.answer()

    def post(self, experiment_id: str, verb: str) -> None:
        """:archive takes the runs of the experiment along, :unarchive leaves them (as KFP does)."""
        self._find(experiment_id)
        self.store.update("experiments", experiment_id, archived=int(verb == "archive"))
        if verb == "archive":
            for run in self.store.rows("runs", experiment_id=experiment_id):
                self.store.update("runs", run["id"], archived=1)
        self.answer()

    def _find(self, experiment_id: str) -> dict[str, Any]:
        row = self.store.get("experiments", experiment_id)
        if not row:
            raise missing("Experiment", experiment_id)
        return row
