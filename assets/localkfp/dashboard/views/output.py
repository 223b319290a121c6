"""What came out of a run: first what its last steps gave, then its metrics and visualizations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localkfp.dashboard.views.content import declared_types
from localkfp.dashboard.views.preview import Preview
from localkfp.dashboard.views.step import (
    METRICS,
    UI_METADATA,
    Shown,
    shown_artifact,
    visualizations_of,
)
from localkfp.pods.archive import MAIN_LOG

Node = Mapping[str, Any]
MOST_SHOWN = 20  # steps whose artifacts are opened; the others are with the rest
MOST_VIEWS = 50


@dataclass(frozen=True)
class StepOutput:
    """`parameters`: names and values; `artifacts` of a last step are shown, `names` are those of
    the others."""

    id: str
    label: str
    parameters: tuple[tuple[str, str], ...]
    artifacts: tuple[Shown, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class View:
    """A visualization: its step, the address of its artifact, how it looks."""

    id: str
    label: str
    name: str
    place: str
    look: Preview


@dataclass(frozen=True)
class RunOutput:
    last: tuple[StepOutput, ...]
    views: tuple[View, ...]
    rest: tuple[StepOutput, ...]


def run_output(
    manifest: Mapping[str, Any], nodes: Iterable[Node], state: Path, run_id: str
) -> RunOutput:
    nodes = list(nodes)
    giving = [node for node in nodes if node["type"] == "Pod" and _gives(node)]
    last = last_of(nodes, {node["id"] for node in giving})
    types = declared_types(manifest)
    first = [node for node in giving if node["id"] in last][:MOST_SHOWN]
    shown = {node["id"] for node in first}
    return RunOutput(
        tuple(_opened(node, types, state, run_id) for node in first),
        views(nodes, state, run_id),
        tuple(_closed(node) for node in giving if node["id"] not in shown),
    )


def views(nodes: Iterable[Node], state: Path, run_id: str) -> tuple[View, ...]:
    """The visualizations of a run's steps, without the tables of their metrics."""
    found: list[View] = []
    for node in nodes:
        if node["type"] == "Pod" and len(found) < MOST_VIEWS:
            found += [
                View(node["id"], node["displayName"], name, f"{_place(run_id, node)}/{name}", look)
                for name, look in visualizations_of(node, state)
                if name.endswith(UI_METADATA)
            ]
    return tuple(found)


def last_of(nodes: Iterable[Node], giving: set[str]) -> set[str]:
    """The steps among `giving` that no other of them comes after."""
    parents = defaultdict(list)
    for node in nodes:
        for child in node.get("children", ()):
            parents[child].append(node["id"])
    before: set[str] = set()
    ahead = [parent for each in giving for parent in parents[each]]
    while ahead:
        if (each := ahead.pop()) not in before:
            before.add(each)
            ahead += parents[each]
    return giving - before


def _artifacts(node: Node) -> list[Mapping[str, Any]]:
    return [
        artifact
        for artifact in node.get("outputs", {}).get("artifacts", ())
        if artifact["name"] != MAIN_LOG and not artifact["name"].endswith((UI_METADATA, METRICS))
    ]


def _gives(node: Node) -> bool:
    return bool(_parameters(node)) or bool(_artifacts(node))


def _parameters(node: Node) -> tuple[tuple[str, str], ...]:
    """Those that have a value. A step that failed lists those that it never wrote (the record
    b02_no_mkdir_value)."""
    given = node.get("outputs", {}).get("parameters", ())
    return tuple((entry["name"], str(entry["value"])) for entry in given if "value" in entry)


def _place(run_id: str, node: Node) -> str:
    return f"/runs/details/{run_id}/artifacts/{node['id']}/outputs"


def _opened(node: Node, types: Mapping[str, str], state: Path, run_id: str) -> StepOutput:
    """An output that is a parameter and an artifact, as kfp makes of one that a later step takes,
    is shown once."""
    parameters = _parameters(node)
    names = {name for name, _ in parameters}
    shown = (
        shown_artifact(artifact, _place(run_id, node), types, state)
        for artifact in _artifacts(node)
        if artifact["name"] not in names
    )
    return StepOutput(node["id"], node["displayName"], parameters, tuple(shown))


def _closed(node: Node) -> StepOutput:
    parameters = _parameters(node)
    known = {name for name, _ in parameters}
    names = tuple(a["name"] for a in _artifacts(node) if a["name"] not in known)
    return StepOutput(node["id"], node["displayName"], parameters, names=names)
