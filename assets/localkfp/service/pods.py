"""A step as Kubernetes would show its pod: what is true of it here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localkfp.service import runs
from localkfp.service.errors import missing
from localkfp.store.database import Store

NAMESPACE = "kubeflow"


def image(state: Path, workflow: str, node_id: str) -> tuple[str, str]:
    """The whole name and the digest of the image that a container of this step had; two empty
    texts for a process."""
    file = state / "pods" / workflow / node_id / "image"
    name, _, digest = file.read_text().strip().partition(" ") if file.is_file() else ("", "", "")
    return name, digest


def pod(store: Store, state: Path, node_id: str) -> dict[str, Any]:
    """The pod of a step, by the id of its node. Raises ServiceError (not found)."""
    run, node = _find(store, node_id)
    name, digest = image(state, run["workflow_name"], node_id)
    way = "a container here" if digest else "a process here"
    template = _template(run, node)
    container = template.get("container") or {}
    metadata = template.get("metadata") or {}
    times = {"startedAt": node.get("startedAt"), "finishedAt": node.get("finishedAt")}
    code = node.get("outputs", {}).get("exitCode")
    message = node.get("message", "")
    ended = {"terminated": {**times, "exitCode": int(code or 0), "message": message}}
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {
            "name": node_id,
            "namespace": NAMESPACE,
            "creationTimestamp": node.get("startedAt"),
            "labels": {"workflows.argoproj.io/workflow": run["workflow_name"]},
            "annotations": {**(metadata.get("annotations") or {}), "localkfp": way},
        },
        "spec": {"containers": [{"name": "main", **container}]},
        "status": {
            "phase": node["phase"],
            "message": message,
            "startTime": node.get("startedAt"),
            "containerStatuses": [
                {
                    "name": "main",
                    "image": name or container.get("image", ""),
                    "imageID": f"{name.rpartition(':')[0]}@{digest}" if digest else "",
                    "state": ended if node.get("finishedAt") else {"running": times},
                }
            ],
        },
    }


def events(store: Store, node_id: str) -> dict[str, Any]:
    """When the process of a step began and ended, as the events of its pod."""
    _, node = _find(store, node_id)
    began = (node.get("startedAt"), "Started", "Normal", "Its process was started.")
    kind = "Normal" if node["phase"] == "Succeeded" else "Warning"
    said = node.get("message") or "Its process has ended."
    ended = (node.get("finishedAt"), node["phase"], kind, said)
    return {
        "kind": "EventList",
        "apiVersion": "v1",
        "items": [
            {
                "type": kind,
                "reason": reason,
                "message": message,
                "firstTimestamp": when,
                "lastTimestamp": when,
                "count": 1,
                "source": {"component": "localkfp"},
                "involvedObject": {"kind": "Pod", "name": node_id, "namespace": NAMESPACE},
            }
            for when, reason, kind, message in (began, ended)
            if when
        ],
    }


def _find(store: Store, node_id: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The row of a run, and its node."""
    run_id = store.run_of(node_id)
    if not run_id:
        raise missing("Pod", node_id)
    return runs.find_run(store, run_id), runs.find_node(store, run_id, node_id)


def _template(run: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    for template in json.loads(run["manifest"])["spec"]["templates"]:
        if template.get("name") == node.get("templateName"):
            found: Mapping[str, Any] = template
            return found
    return {}
