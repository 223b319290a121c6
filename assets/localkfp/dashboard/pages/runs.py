"""The pages of runs: the list of those in use, and the archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localkfp.dashboard.frame import PageHandler
from localkfp.dashboard.links import call, named_like, stored_as
from localkfp.dashboard.views.metrics import Metric, bars, by_name, names
from localkfp.service import metrics, runs
from localkfp.service.lists import METRIC
from localkfp.store.database import Store

RUN_HEADS = (
    ("Run name", "name"),
    ("Status", "status"),
    ("Duration", ""),
    ("Experiment", ""),
    ("Pipeline", ""),
    ("Recurring run", ""),
    ("Start time", "created_at"),
)
MOST_METRICS = 3  # columns of a list, as in the web front end
QUICK, CALM = 250, 3_000
LIVE = ("", "Pending", "Running", runs.TERMINATING)


class RunList(PageHandler):
    """/runs and /archive/runs: by name and by experiment; some can be archived at once."""

    section = "Runs"

    def get(self, archive: str | None) -> None:
        archived, words, experiment = bool(archive), self.asked("q"), self.asked("experiment")
        here = "/archive/runs" if archived else "/runs"
        listing = self.listing(here, q=words, experiment=experiment)
        query = listing.query([*named_like(words), stored_as(archived)])
        if experiment:
            query |= {
                "resource_reference_key.type": "EXPERIMENT",
                "resource_reference_key.id": experiment,
            }
        state = self.services.state
        kind = "EXPERIMENT" if experiment else ""
        found, listing = self.listed(listing, runs.page(self.store, state, query, kind, experiment))
        measured = measured_rows(self.store, state, found)
        verbs = ("unarchive", "delete") if archived else ("archive",)
        self.show(
            "runs.html",
            "Archived runs" if archived else "Runs",
            [
                call("GET", "/runs", query),
                *(
                    call("DELETE", "/runs/ID") if v == "delete" else call("POST", f"/runs/ID:{v}")
                    for v in verbs
                ),
            ],
            rows=measured.rows,
            columns=listing.columns((*RUN_HEADS, *measured.heads)),
            listing=listing,
            words=words,
            experiment=experiment,
            experiments=self.store.rows("experiments"),
            archived=archived,
            here=here,
            pace=pace(measured.rows),
        )


class RunsAction(PageHandler):
    """What is done with the runs that were ticked in a list."""

    async def post(self, verb: str) -> None:
        for run_id in self.get_body_arguments("run"):
            if verb == "delete":
                await runs.delete(self.store, self.runner, run_id)
            else:
                runs.act(self.store, self.runner, run_id, verb)
        self.see("/runs" if verb == "archive" else "/archive/runs")


def run_row(store: Store, row: Mapping[str, Any]) -> dict[str, Any]:
    """A run with the names of what it belongs to; `pipeline` is None where it has none any more."""
    experiment = store.get("experiments", row["experiment_id"])
    pipeline = store.get("pipelines", row["pipeline_id"] or "")
    version = store.get("versions", row["version_id"] or "")
    return {
        **row,
        "status": runs.status(row) or "",
        "experiment": experiment,
        "pipeline": pipeline if version else None,
        "version": version,
        "job": store.get("jobs", row["job_id"] or ""),
        "bars": (),
        "ticked": False,
    }


@dataclass(frozen=True)
class Measured:
    """Runs as rows of a table, in which are the bars of the metrics that most of them have; the
    heads of these columns; and all metrics of each run, by their names."""

    rows: list[dict[str, Any]]
    heads: list[tuple[str, str]]
    metrics: list[dict[str, Metric]]


def measured_rows(store: Store, state: Path, found: Sequence[Mapping[str, Any]]) -> Measured:
    rows = [run_row(store, row) for row in found]
    measured = [by_name(metrics.of_run(store, state, row["id"])) for row in rows]
    shown = names(measured, MOST_METRICS)
    every = [bars(measured, name) for name in shown]
    for number, row in enumerate(rows):
        row["bars"] = tuple(column[number] for column in every)
    return Measured(rows, [(name, f"{METRIC}{name}") for name in shown], measured)


def pace(rows: Sequence[Mapping[str, Any]]) -> int:
    """Milliseconds after which a list is asked for again: new runs come by themselves."""
    return QUICK if any(row["status"] in LIVE for row in rows) else CALM
