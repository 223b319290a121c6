"""A run's metrics: what its steps wrote to their output `mlpipeline-metrics`.

On a cluster the persistence agent reads them from there and reports them to the API server
(kubeflow/pipelines 1.8.5, backend/src/agent/persistence/worker/metrics_reporter.go).
"""

from __future__ import annotations

import json
import re
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localkfp.pods.archive import read_artifact

ARTIFACT = "mlpipeline-metrics"
FORMATS = ("RAW", "PERCENTAGE")
NAME = re.compile(r"[a-zA-Z]([-_a-zA-Z0-9]{0,62}[a-zA-Z0-9])?")  # server/run_metric_util.go
MOST_BYTES = 1024 * 1024  # of a metrics file; a longer one is no JSON when it is cut
MAX_METRICS = 50  # of one step; the same file


def of_nodes(state: Path, nodes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The metrics of nodes (of `status.node_status`), as ApiRunMetric. A file that holds none is
    passed over, as the persistence agent does."""
    found = []
    for node in nodes:
        for artifact in node.get("outputs", {}).get("artifacts", ()):
            if artifact["name"] == ARTIFACT and "s3" in artifact:
                file = state / artifact["s3"]["key"]
                found += [{**metric, "node_id": node["id"]} for metric in _read(file)]
    return found


def _read(file: Path) -> list[dict[str, Any]]:
    try:
        entries = json.loads(read_artifact(file, MOST_BYTES))["metrics"]
        return [metric for entry in entries[:MAX_METRICS] if (metric := _metric(entry))]
    except (OSError, EOFError, tarfile.TarError, zlib.error):  # the file is gone or damaged
        return []
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):  # it holds no metrics
        return []


def _metric(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    name, value = entry.get("name"), entry.get("numberValue", entry.get("number_value"))
    if not isinstance(name, str) or not NAME.fullmatch(name) or not isinstance(value, int | float):
        return None
    form = entry.get("format", "RAW")
    return {
        "name": name,
        "number_value": float(value),
        "format": form if form in FORMATS else "UNSPECIFIED",
    }
