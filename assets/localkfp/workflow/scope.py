"""The tags that mean the same everywhere in a run.

https://argo-workflows.readthedocs.io/en/release-3.3/variables/
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from localkfp.schedule.strftime import LETTERS, strftime
from localkfp.workflow.reading.gojson import dump

DURATION = "workflow.duration"  # seconds, as of the last time that something happened


def workflow_scope(
    manifest: Mapping[str, Any], name: str, uid: str, arguments: Mapping[str, str], created: str
) -> dict[str, str]:
    """The tags that mean the same everywhere in a run. `created` is RFC 3339."""
    metadata, spec = manifest.get("metadata") or {}, manifest.get("spec") or {}
    moment = datetime.fromisoformat(created.removesuffix("Z")).replace(tzinfo=timezone.utc)
    scope = {
        "workflow.name": name,
        "workflow.uid": uid,
        "workflow.namespace": "kubeflow",
        "workflow.serviceAccountName": spec.get("serviceAccountName") or "pipeline-runner",
        "workflow.creationTimestamp": created,
        "workflow.creationTimestamp.RFC3339": created,
        "workflow.creationTimestamp.s": str(int(moment.timestamp())),
        DURATION: f"{0:f}",  # the record c27_var_workflow_duration
        "workflow.status": "",  # until the exit handler runs (the record a92_status_not_at_end)
        "workflow.parameters": dump(
            [{"name": key, "value": value} for key, value in arguments.items()]
        ),
    }
    scope |= {
        f"workflow.creationTimestamp.{letter}": strftime(moment, f"%{letter}") for letter in LETTERS
    }
    scope["workflow.labels.pipeline/runid"] = uid  # a manifest of the API may say otherwise
    scope["workflow.annotations.pipelines.kubeflow.org/run_name"] = name
    for kind in ("annotations", "labels"):
        for key, value in (metadata.get(kind) or {}).items():
            scope[f"workflow.{kind}.{key}"] = str(value)
    return scope | {f"workflow.parameters.{key}": value for key, value in arguments.items()}
