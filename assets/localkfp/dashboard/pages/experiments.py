"""The pages of experiments: the list, the archive, one experiment with its runs, a new one."""

from __future__ import annotations

from collections.abc import Mapping

from localkfp.dashboard.charts.series import over_runs
from localkfp.dashboard.forms import Field, errors
from localkfp.dashboard.frame import PageHandler
from localkfp.dashboard.links import address, call, named_like, stored_as
from localkfp.dashboard.pages.runs import RUN_HEADS, Measured, measured_rows, pace
from localkfp.errors import AlreadyExists
from localkfp.service import experiments, runs
from localkfp.service.errors import ServiceError

HEADS = (
    ("Experiment name", "name"),
    ("Description", ""),
    ("Created at", "created_at"),
    ("Last 5 runs", ""),
)
LAST_RUNS = 5  # as many as the web front end shows


class ExperimentList(PageHandler):
    """/experiments and /archive/experiments"""

    section = "Experiments"

    def get(self, archive: str | None) -> None:
        archived, words = bool(archive), self.asked("q")
        here = "/archive/experiments" if archived else "/experiments"
        listing = self.listing(here, q=words)
        query = listing.query([*named_like(words), stored_as(archived)])
        found, listing = self.listed(listing, experiments.page(self.store, query))
        self.show(
            "experiments.html",
            "Archived experiments" if archived else "Experiments",
            [call("GET", "/experiments", query)],
            rows=[{**row, "last": runs.newest(self.store, row["id"], LAST_RUNS)} for row in found],
            columns=listing.columns(HEADS),
            listing=listing,
            words=words,
            archived=archived,
            here=here,
        )


class Experiment(PageHandler):
    """/experiments/details/ID: what it is, and its runs."""

    section = "Experiments"

    def get(self, experiment_id: str) -> None:
        experiment = experiments.find_experiment(self.store, experiment_id)
        here = f"/experiments/details/{experiment_id}"
        listing = self.listing(here)
        query = listing.query([stored_as(False)]) | {
            "resource_reference_key.type": "EXPERIMENT",
            "resource_reference_key.id": experiment_id,
        }
        state = self.services.state
        found, listing = self.listed(
            listing, runs.page(self.store, state, query, "EXPERIMENT", experiment_id)
        )
        measured = measured_rows(self.store, state, found)
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
            rows=measured.rows,
            columns=listing.columns((*RUN_HEADS, *measured.heads)),
            listing=listing,
            pace=pace(measured.rows),
            charts=_charts(measured),
            verb=verb,
            archived=False,
        )

    def post(self, experiment_id: str) -> None:
        verb = "unarchive" if self.filled("verb") == "unarchive" else "archive"
        experiments.keep(self.store, experiment_id, verb)
        self.see(f"/experiments/details/{experiment_id}")


def _charts(measured: Measured) -> list[tuple[str, str]]:
    """The name of a metric and its line through the runs of the page, the oldest first."""
    ordered = sorted(
        zip(measured.rows, measured.metrics, strict=True), key=lambda each: each[0]["created_at"]
    )
    found = []
    for name, _ in measured.heads:
        values = [
            (row["name"], float(metrics[name].get("number_value", 0)))
            for row, metrics in ordered
            if name in metrics
        ]
        if len(values) > 1:
            found.append((name, over_runs(name, values)))
    return found


class NewExperiment(PageHandler):
    """/experiments/new; with pipelineId and versionId, a run of these comes next, as there."""

    section = "Experiments"

    def get(self) -> None:
        self._show("", "", "", self.kept("pipelineId", "versionId"))

    def post(self) -> None:
        name, description = self.filled("name").strip(), self.filled("description")
        to_run = {name: self.filled(name) for name in ("pipelineId", "versionId")}
        try:
            made = experiments.create(self.store, name, description)
            next_run = address("/runs/new", experimentId=made["id"], **to_run)
            self.see(next_run if any(to_run.values()) else f"/experiments/details/{made['id']}")
        except (ServiceError, AlreadyExists) as error:
            self.set_status(400)
            self._show(name, description, str(error), to_run)

    def _show(self, name: str, description: str, wrong: str, to_run: Mapping[str, str]) -> None:
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
            to_run=to_run,
        )
