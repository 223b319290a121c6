"""A Workflow as Argo's Go structs write it: with the empty fields that they always write.

Kubeflow Pipelines 1.8.5 keeps an uploaded Workflow so (backend/src/apiserver/template).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ALWAYS: Mapping[str, Any] = {"inputs": {}, "outputs": {}, "metadata": {}}  # of a template
CONTAINER: Mapping[str, Any] = {"name": "", "resources": {}}
NOT_STARTED: Mapping[str, Any] = {"startedAt": None, "finishedAt": None}


def as_argo(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """`manifest` as the API of a cluster gives it back."""
    spec = manifest.get("spec") or {}
    templates = [_template(entry) for entry in spec.get("templates") or ()]
    return {
        **manifest,
        "metadata": {"creationTimestamp": None, **(manifest.get("metadata") or {})},
        "spec": {
            **spec,
            **({"templates": templates} if templates else {}),
            "arguments": spec.get("arguments") or {},
        },
        "status": manifest.get("status") or dict(NOT_STARTED),
    }


def _template(entry: Any) -> Any:
    if not isinstance(entry, Mapping):
        return entry
    template = {**ALWAYS, **entry}
    for kind in ("container", "script"):
        if isinstance(entry.get(kind), Mapping):
            template[kind] = {**CONTAINER, **entry[kind]}
    dag = entry.get("dag")
    if isinstance(dag, Mapping) and isinstance(dag.get("tasks"), list):
        template["dag"] = {**dag, "tasks": [_task(task) for task in dag["tasks"]]}
    return template


def _task(task: Any) -> Any:
    return {"arguments": {}, **task} if isinstance(task, Mapping) else task
