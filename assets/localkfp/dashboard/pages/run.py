"""The page of a run: its graph as it grows, a step with its inputs, outputs, log and code."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from localkfp.dashboard.frame import PageHandler
from localkfp.dashboard.links import address, call
from localkfp.dashboard.pages.runs import run_row
from localkfp.dashboard.views.code import as_yaml, client_code
from localkfp.dashboard.views.metrics import said
from localkfp.dashboard.views.output import run_output
from localkfp.dashboard.views.picture import KEPT, picture
from localkfp.dashboard.views.step import TABS, is_cached, step_view
from localkfp.engine.contract import Phase
from localkfp.service import metrics, runs
from localkfp.service.files import live_log
from localkfp.version import __version__

PAGE_TABS = {
    "graph": "Graph",
    "output": "Run output",
    "config": "Config",
    "yaml": "YAML",
    "client": "kfp.Client",
}
# The script asks again four times a second while this is on the page, and shows what has changed.
LIVE = ("", Phase.PENDING.value, Phase.RUNNING.value, runs.TERMINATING)


class Run(PageHandler):
    """/runs/details/ID?tab=&step=&show="""

    section = "Runs"

    def get(self, run_id: str) -> None:
        row = runs.find_run(self.store, run_id)
        nodes = self.store.nodes(run_id)
        self._etag = self._digest(row, nodes)
        self.set_etag_header()
        if self.check_etag_header():
            self.set_status(304)
            self.finish()
            return
        self._show(run_row(self.store, row), nodes)

    def compute_etag(self) -> str | None:
        """What the page is made from, so that asking again costs no drawing while nothing has
        changed. An error page has none."""
        return getattr(self, "_etag", None)

    def _digest(self, row: Mapping[str, Any], nodes: list[dict[str, Any]]) -> str:
        related = (run_row(self.store, row), self.store.metrics(row["id"]))
        sizes = [
            file.stat().st_size
            for node in nodes
            if node["id"] == self.asked("step")
            for file in [self._log_file(row["workflow_name"], node["id"])]
            if file.is_file()
        ]
        facts = (__version__, self.request.query, self.request.host, related, nodes, sizes)
        return f'"{hashlib.sha256(repr(facts).encode()).hexdigest()}"'

    def _log_file(self, workflow: str, node_id: str) -> Path:
        return live_log(self.services.state, workflow, node_id)

    def _show(self, row: dict[str, Any], nodes: list[dict[str, Any]]) -> None:
        run_id, tab, step_id = row["id"], self.asked("tab"), self.asked("step")
        tab = tab if tab in PAGE_TABS else "graph"
        here, state = f"/runs/details/{run_id}", self.services.state
        live = runs.live(row, nodes)
        calls = [call("GET", f"/runs/{run_id}")]
        cached = {node["name"] for node in nodes if is_cached(node)}
        kept = self.kept(*KEPT)
        drawn = picture(live, here, step_id, cached, kept) if tab == "graph" else None
        step = None
        if drawn and step_id:
            step = step_view(
                live,
                step_id,
                drawn.chosen,
                nodes,
                self.asked("show"),
                state,
                run_id,
                lambda node_id: self._log_file(row["workflow_name"], node_id),
            )
            calls += [
                call("GET", f"/runs/{run_id}/nodes/{step_id}/artifacts/NAME:read"),
                call("GET", f"/runs/{run_id}/nodes/{step_id}/log"),
            ]
        calls += [call("POST", f"/runs/{run_id}{verb}") for verb in verbs(row)]
        self.show(
            "run.html",
            row["name"],
            calls,
            run=row,
            live=row["status"] in LIVE,
            tab=tab,
            tabs=PAGE_TABS,
            here=here,
            close=address(here, **kept),
            drawn=drawn,
            step=step,
            step_id=step_id,
            step_tabs=TABS,
            link=lambda **query: address(here, step=step_id, **kept, **query) + "#step",
            step_link=lambda identity: address(here, step=identity, **kept) + "#step",
            nodes=nodes,
            output=run_output(live, nodes, state, run_id) if tab == "output" else None,
            metrics=self._metrics(run_id, nodes) if tab == "output" else (),
            parameters=json.loads(row["parameters"]),
            bad=runs.phase(row).bad,
            clone=address("/runs/new", cloneFromRun=run_id),
            yaml=as_yaml(json.loads(row["manifest"])) if tab == "yaml" else "",
            client=client_code(
                f"http://{self.request.host}",
                row,
                row["experiment"]["name"] if row["experiment"] else "Default",
                row["pipeline"],
            ),
            done=progress(nodes),
        )

    def _metrics(self, run_id: str, nodes: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
        """Id and name of the step, name and value of each metric."""
        labels = {node["id"]: node["displayName"] for node in nodes}
        return [
            (m["node_id"], labels.get(m["node_id"], m["node_id"]), m["name"], said(m))
            for m in metrics.of_run(self.store, self.services.state, run_id)
        ]


def verbs(row: Mapping[str, Any]) -> list[str]:
    """What can be done with the run now, as the API has it."""
    phase = runs.phase(row)
    return [
        *(["/retry"] if phase.bad else []),
        *([] if phase.fulfilled or row["terminating"] else ["/terminate"]),
        ":unarchive" if row["archived"] else ":archive",
    ]


def progress(nodes: Iterable[Mapping[str, Any]]) -> str:
    """How many steps have which phase, in words. A step that is retried counts once."""
    nodes = list(nodes)
    attempts = {
        child for node in nodes if node["type"] == "Retry" for child in node.get("children", ())
    }
    phases = Counter(
        node["phase"]
        for node in nodes
        if node["type"] in ("Pod", "Skipped", "Retry") and node["id"] not in attempts
    )
    words = ", ".join(f"{count} {phase}" for phase, count in phases.items())
    return f"Steps: {words}" if words else "No step has begun"


class RunAction(PageHandler):
    """/runs/details/ID/terminate, retry, archive, unarchive, delete: done, then the run again."""

    section = "Runs"

    async def post(self, run_id: str, verb: str) -> None:
        if verb == "delete":
            await runs.delete(self.store, self.runner, run_id)
            self.see("/archive/runs")
            return
        runs.act(self.store, self.runner, run_id, verb)
        self.see(f"/runs/details/{run_id}")
