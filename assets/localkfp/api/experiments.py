"""/experiments"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localkfp.api import body
from localkfp.api.handler import ApiHandler, asked_reference, given
from localkfp.service import experiments
from localkfp.service.errors import ServiceError

STORAGE_STATES = (
    "STORAGESTATE_UNSPECIFIED", "STORAGESTATE_AVAILABLE", "STORAGESTATE_ARCHIVED",
)  # fmt: skip


def shape(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as ApiExperiment."""
    return given(
        **{
            "id": row["id"],
            "name": row["name"],
            "description": row["description"],
            "created_at": row["created_at"],
            "storage_state": experiments.storage_state(row),
        }
    )


class Experiments(ApiHandler):
    def get(self) -> None:
        query = self.query()
        kind, identity = asked_reference(query)
        if kind == "NAMESPACE" and identity:
            raise ServiceError(
                "invalid", "In single-user mode, ListExperiment cannot filter by namespace."
            )
        self.answer_list("experiments", experiments.page(self.store, query), shape)

    def post(self) -> None:
        entry = body.read(self.request.body)
        name, description = body.text(entry, "name"), body.text(entry, "description")
        body.check(entry, times=("created_at",), enums={"storage_state": STORAGE_STATES})
        if body.references(entry):
            raise ServiceError(
                "invalid", "In single-user mode, an experiment refers to nothing, no namespace too."
            )
        self.answer(shape(experiments.create(self.store, name, description)))


class Experiment(ApiHandler):
    def get(self, experiment_id: str) -> None:
        self.answer(shape(experiments.find_experiment(self.store, experiment_id)))

    def delete(self, experiment_id: str) -> None:
        experiments.delete(self.store, experiment_id)
        self.answer()


class ExperimentVerb(ApiHandler):
    def post(self, experiment_id: str, verb: str) -> None:
        experiments.keep(self.store, experiment_id, verb)
        self.answer()
