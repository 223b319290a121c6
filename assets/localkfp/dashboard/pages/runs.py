"""The pages of runs: the list of those in use, and the archive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localkfp.dashboard.frame import PageHandler
from localkfp.dashboard.links import (
    address,
    call,
    list_query,
    named_like,
    stored_as,
)
from localkfp.service import runs
from localkfp.store.database import Store

LIVE = ("", "Pending", "Running", runs.TERMINATING)


class RunList(PageHandler):
    """/runs and /archive/runs: by name and by experiment; some can be archived at once."""

    section = "Runs"

    def get(self, archive: str | None) -> None:
        archived, words, experiment = bool(archive), self.asked("q"), self.asked("experiment")
        query = list_query([*named_like(words), stored_as(archived)], self.asked("page_token"))
        if experiment:
            query |= {
                "resource_reference_key.type": "EXPERIMENT",
                "resource_reference_key.id": experiment,
            }
        found, total, token = runs.page(
            self.store,
            self.services.state,
            query,
            "EXPERIMENT" if experiment else "",
            experiment,
        )
        here = "/archive/runs" if archived else "/runs"
        again = {"q": words, "experiment": experiment}
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
            rows=[run_row(self.store, row) for row in found],
            total=total,
            words=words,
            experiment=experiment,
            experiments=self.store.rows("experiments"),
            archived=archived,
            here=here,
            following=address(here, **again, page_token=token) if token else "",
            first=address(here, **again) if self.asked("page_token") else "",
            live=any((runs.status(row) or "") in LIVE for row in found),
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
    }
