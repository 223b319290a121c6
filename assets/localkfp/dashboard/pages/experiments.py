"""The pages of experiments: the list, the archive, one experiment with its runs, a new one."""

from __future__ import annotations

from localkfp.dashboard.forms import Field, errors
from localkfp.dashboard.frame import PageHandler
from localkfp.dashboard.links import (
    address,
    call,
    list_query,
    named_like,
    stored_as,
)
from localkfp.dashboard.pages.runs import run_row
from localkfp.errors import AlreadyExists
from localkfp.service import experiments, runs
from localkfp.service.errors import ServiceError

LAST_RUNS = 5  # as many as the web front end shows


class ExperimentList(PageHandler):
    """/experiments and /archive/experiments"""

    section = "Experiments"

    def get(self, archive: str | None) -> None:
        archived, words = bool(archive), self.asked("q")
        query = list_query([*named_like(words), stored_as(archived)], self.asked("page_token"))
        found, total, token = experiments.page(self.store, query)
        here = "/archive/experiments" if archived else "/experiments"
        self.show(
            "experiments.html",
            "Archived experiments" if archived else "Experiments",
            [call("GET", "/experiments", query)],
            rows=[{**row, "last": runs.newest(self.store, row["id"], LAST_RUNS)} for row in found],
            total=total,
            words=words,
            archived=archived,
            here=here,
            following=address(here, q=words, page_token=token) if token else "",
            first=address(here, q=words) if self.asked("page_token") else "",
        )


class Experiment(PageHandler):
    """/experiments/details/ID: what it is, and its runs."""

    section = "Experiments"

    def get(self, experiment_id: str) -> None:
        experiment = experiments.find_experiment(self.store, experiment_id)
        query = list_query([stored_as(False)], self.asked("page_token")) | {
            "resource_reference_key.type": "EXPERIMENT",
            "resource_reference_key.id": experiment_id,
        }
        state = self.services.state
        found, total, token = runs.page(self.store, state, query, "EXPERIMENT", experiment_id)
        here = f"/experiments/details/{experiment_id}"
        verb = "unarchive" if experiment["archived"] else "archive"
        self.show(
            "experiment.html",
            experiment["name"],
            [
                call("GET", f"/experiments/{experiment_id}"),
                call("GET", "/runs", query),
                call("POST", f"/experiments/{experiment_id}:{verb}"),
            ],
            experiment=experiment,
            rows=[run_row(self.store, row) for row in found],
            total=total,
            verb=verb,
            archived=False,
            following=address(here, page_token=token) if token else "",
            first=here if self.asked("page_token") else "",
        )

    def post(self, experiment_id: str) -> None:
        verb = "unarchive" if self.filled("verb") == "unarchive" else "archive"
        experiments.keep(self.store, experiment_id, verb)
        self.see(f"/experiments/details/{experiment_id}")


class NewExperiment(PageHandler):
    """/experiments/new"""

    section = "Experiments"

    def get(self) -> None:
        self._show("", "", "")

    def post(self) -> None:
        name, description = self.filled("name").strip(), self.filled("description")
        try:
            made = experiments.create(self.store, name, description)
            self.see(f"/experiments/details/{made['id']}")
        except (ServiceError, AlreadyExists) as error:
            self.set_status(400)
            self._show(name, description, str(error))

    def _show(self, name: str, description: str, wrong: str) -> None:
        fields = (
            Field("name", "Experiment name", name, error=wrong, required=True),
            Field("description", "Description", description, hint="optional"),
        )
        self.show(
            "new_experiment.html",
            "New experiment",
            [call("POST", "/experiments")],
            fields=fields,
            errors=errors(fields),
        )
