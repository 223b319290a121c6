"""A step as Kubernetes would show its pod: what is true of it here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from localkfp.service import runs
from localkfp.service.errors import missing
from localkfp.store.database import Store

NAMESPACE = "kubeflow"


def pod(store: Store, node_id: str) -> dict[str, Any]:
    """The pod of a step, by the id of its node. Raises ServiceError (not found)."""
    run, node = _find(store, node_id)
    template = _template(run, node)
    container = template.get("container") or {}
    metadata = template.get("metadata") or {}
    state = {"startedAt": node.get("startedAt"), "finishedAt": node.get("finishedAt")}
    code = node.get("outputs", {}).get("exitCode")
    message = node.get("message", "")
    ended = {"terminated": {**state, "exitCode": int(code or 0), "message": message}}
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {
            "name": node_id,
            "namespace": NAMESPACE,
            "creationTimestamp": node.get("startedAt"),
            "labels": {"workflows.argoproj.io/workflow": run["workflow_name"]},
            "annotations": {**(metadata.get("annotations") or {}), "localkfp": "a process here"},
        },
        "spec": {"containers": [{"name": "main", **container}]},
        "status": {
            "phase": node["phase"],
            "message": message,
            "startTime": node.get("startedAt"),
            "containerStatuses": [
                {
                    "name": "main",
                    "image": container.get("image", ""),
                    "state": ended if node.get("finishedAt") else {"running": state},
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
