"""/experiments"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localkfp.api import body
from localkfp.api.handler import ApiHandler
from localkfp.service import experiments
from localkfp.service.errors import ServiceError


def shape(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as ApiExperiment."""
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "created_at": row["created_at"],
        "storage_state": experiments.storage_state(row),
    }


class Experiments(ApiHandler):
    def get(self) -> None:
        if self.query().get("resource_reference_key.id"):
            raise ServiceError(
                "invalid", "In single-user mode, ListExperiment cannot filter by namespace."
            )
        found = experiments.rows(self.store)
        self.answer_list("experiments", "Experiment", found, experiments.FIELDS, shape)

    def post(self) -> None:
        entry = body.read(self.request.body)
        name, description = body.text(entry, "name"), body.text(entry, "description")
        body.mappings(entry, "resource_references")  # a namespace's, in multi-user mode only
        self.answer(shape(experiments.create(self.store, name, description)))


class Experiment(ApiHandler):
    def get(self, experiment_id: str) -> None:
        self.answer(shape(experiments.find_experiment(self.store, experiment_id)))

    def delete(self, experiment_id: str) -> None:
        experiments.delete(self.store, experiment_id)
        self.answer()

    def post(self, experiment_id: str, verb: str) -> None:
        experiments.keep(self.store, experiment_id, verb)
        self.answer()
