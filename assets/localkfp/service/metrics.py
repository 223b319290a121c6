"""A run's metrics: what was reported, and what its steps wrote to their `mlpipeline-metrics`.

On a cluster the persistence agent reads the latter and reports them to the API server
(kubeflow/pipelines 1.8.5, backend/src/agent/persistence/worker/metrics_reporter.go).
"""

from __future__ import annotations

import json
import math
import re
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localkfp.pods.archive import read_artifact
from localkfp.store.database import Store

ARTIFACT = "mlpipeline-metrics"
FORMATS = ("UNSPECIFIED", "RAW", "PERCENTAGE")
# server/run_metric_util.go
NAME = re.compile(r"[a-zA-Z]([-_a-zA-Z0-9]{0,62}[a-zA-Z0-9])?")
MAX_NODE_ID = 128
MOST_BYTES = 1024 * 1024  # of a metrics file; a longer one is no JSON when it is cut
MAX_METRICS = 50  # that the agent reports of one step; metrics_reporter.go


def of_run(store: Store, state: Path, run_id: str) -> list[dict[str, Any]]:
    """The metrics of a run, as ApiRunMetric; the first report of a name counts."""
    nodes = [json.loads(text) for text in store.node_texts(run_id) if ARTIFACT in text]
    found = {(m["node_id"], m["name"]): m for m in _of_nodes(state, nodes)}
    found |= {(m["node_id"], m["name"]): m for m in store.metrics(run_id)}
    return [_shape(found[key]) for key in sorted(found, key=lambda key: (key[0], key[1].lower()))]


def values(store: Store, state: Path, name: str) -> dict[str, float]:
    """The values of the metric of that name, by the ids of the runs that have it."""
    found = {}
    for run_id in store.runs_with(ARTIFACT):
        of_name = [m for m in of_run(store, state, run_id) if m["name"] == name]
        if of_name:
            found[run_id] = float(of_name[0]["number_value"])
    return found


def report(
    store: Store, state: Path, run_id: str, node_id: str, name: str, number: float, form: str
) -> tuple[str, str]:
    """Keep a metric; a word of ReportRunMetricsResponse.Status, and why it isn't OK."""
    if not NAME.fullmatch(name):
        return "INVALID_ARGUMENT", (
            f"metric.name '{name}' doesn't match with the pattern '^{NAME.pattern}$'"
        )
    if not node_id:
        return "INVALID_ARGUMENT", "metric.node_id must not be empty"
    if len(node_id.encode()) > MAX_NODE_ID:
        return "INVALID_ARGUMENT", (
            f"metric.node_id '{node_id}' cannot be longer than {MAX_NODE_ID} characters"
        )
    if not math.isfinite(number):
        return "INTERNAL_ERROR", "Internal Server Error"
    known = {(m["node_id"], m["name"]) for m in of_run(store, state, run_id)}
    if (node_id, name) in known or not store.add_metric(run_id, node_id, name, number, form):
        return (
            "DUPLICATE_REPORTING",
            f"same metric has been reported before: {node_id}/{name}",
        )
    return "OK", ""


def _shape(metric: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is unspecified, as grpc-gateway writes it."""
    return {key: value for key, value in metric.items() if value != "UNSPECIFIED"}


def _of_nodes(state: Path, nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The metrics in the files of nodes (of `status.node_status`). A file that holds none is passed
    over, as the persistence agent does."""
    found = []
    for node in nodes:
        for artifact in node.get("outputs", {}).get("artifacts", ()):
            if artifact["name"] == ARTIFACT and "s3" in artifact:
                file = state / artifact["s3"]["key"]
                found += [{"node_id": node["id"], **metric} for metric in _read(file)]
    return found


def _read(file: Path) -> list[dict[str, Any]]:
    try:
        text = read_artifact(file, MOST_BYTES)
        entries = json.loads(text, parse_constant=_refuse)["metrics"]
        return [metric for entry in entries[:MAX_METRICS] if (metric := _metric(entry))]
    except (OSError, EOFError, tarfile.TarError, zlib.error):  # the file is gone or damaged
        return []
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):  # it holds no metrics
        return []


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def _metric(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    name, value = entry.get("name"), entry.get("numberValue", entry.get("number_value"))
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return None
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    form = entry.get("format", "UNSPECIFIED")
    return {
        "name": name,
        "number_value": float(value),
        "format": form if form in FORMATS else "UNSPECIFIED",
    }
