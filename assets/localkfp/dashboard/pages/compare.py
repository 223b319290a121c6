"""Runs beside each other: what differs in their parameters and metrics, their visualizations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from localkfp.dashboard.charts.series import bars
from localkfp.dashboard.frame import PageHandler
from localkfp.dashboard.links import call
from localkfp.dashboard.pages.runs import RUN_HEADS, measured_rows
from localkfp.dashboard.views.listing import Column
from localkfp.dashboard.views.metrics import Metric, names, said
from localkfp.dashboard.views.output import View, views
from localkfp.service import runs
from localkfp.service.errors import ServiceError

FEWEST, MOST = 2, 10
MOST_CHARTS = 12
NONE = ""

Row = Mapping[str, Any]  # of a run


@dataclass(frozen=True)
class Line:
    """A name, and what each run has for it; `differs` when they aren't all the same."""

    name: str
    values: tuple[str, ...]
    differs: bool


def lines(columns: Sequence[Mapping[str, str]], order: Sequence[str] = ()) -> list[Line]:
    """A line for each name that one of the columns has."""
    every = order or list(dict.fromkeys(name for column in columns for name in column))
    found = []
    for name in every:
        values = tuple(column.get(name, NONE) for column in columns)
        same = len({column.get(name) for column in columns}) == 1
        found.append(Line(name, values, not same))
    return found


class Compare(PageHandler):
    """/compare?runlist=ID,ID as the web front end has it, or run=ID&run=ID as a form sends it. With
    `only` it is the `run`s among the `runlist` that are beside each other."""

    section = "Runs"

    def get(self) -> None:
        ticked = self.get_query_arguments("run")
        listed = self.asked("runlist").split(",") if self.asked("runlist") else ticked
        chosen = list(dict.fromkeys(filter(None, listed)))
        if not FEWEST <= len(chosen) <= MOST:
            raise ServiceError(
                "invalid",
                f"Select {FEWEST} to {MOST} runs to compare: {len(chosen)} are selected. "
                "Tick them in the list of runs.",
            )
        found = [runs.find_run(self.store, run_id) for run_id in chosen]
        every = measured_rows(self.store, self.services.state, found)
        for row in every.rows:
            row["ticked"] = row["id"] in ticked or not self.asked("only")
        pairs = zip(every.rows, every.metrics, strict=True)
        beside = [(row, metrics) for row, metrics in pairs if row["ticked"]]
        rows, measured = [row for row, _ in beside], [metrics for _, metrics in beside]
        ordered = names(measured, sum(map(len, measured)))
        columns = [{name: said(each) for name, each in found.items()} for found in measured]
        self.show(
            "compare.html",
            "Compare runs",
            [call("GET", f"/runs/{run_id}") for run_id in chosen],
            runlist=",".join(chosen),
            rows=every.rows,
            columns=[Column(label) for label, _ in (*RUN_HEADS, *every.heads)],
            titles=[row["name"] for row in rows],
            parameters=lines([_parameters(row) for row in rows]),
            measured=lines(columns, ordered),
            charts=_charts(rows, measured, ordered[:MOST_CHARTS]),
            left=max(0, len(ordered) - MOST_CHARTS),
            kinds=_by_kind([(row, self._views(row["id"])) for row in every.rows]),
        )

    def _views(self, run_id: str) -> tuple[View, ...]:
        return views(self.store.nodes(run_id), self.services.state, run_id)


def _by_kind(shown: Sequence[tuple[Row, tuple[View, ...]]]) -> dict[str, list[tuple[Row, View]]]:
    """The visualizations of runs by their titles, in the order in which they come. A kind that only
    unticked runs have is there all the same, and empty."""
    kinds: dict[str, list[tuple[Row, View]]] = {}
    for row, found in shown:
        for view in found:
            kind = kinds.setdefault(view.look.title or "Others", [])
            kind += [(row, view)] * row["ticked"]
    return kinds


def _parameters(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in json.loads(row["parameters"]).items()}


def _charts(
    rows: Sequence[Mapping[str, Any]],
    measured: Sequence[Mapping[str, Metric]],
    ordered: Sequence[str],
) -> list[tuple[str, str]]:
    """The name of a metric and its bars."""
    return [
        (
            name,
            bars(
                name,
                [
                    (row["name"], float(found[name].get("number_value", 0)))
                    for row, found in zip(rows, measured, strict=True)
                    if name in found
                ],
            ),
        )
        for name in ordered
    ]
