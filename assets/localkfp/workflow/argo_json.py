"""A Workflow as Argo's Go structs write it: with the empty fields that they always write.

Kubeflow Pipelines 1.8.5 keeps an uploaded Workflow so (backend/src/apiserver/template).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from localkfp.workflow.reading.gojson import marshal

NOT_STARTED: Mapping[str, Any] = {"startedAt": None, "finishedAt": None}


def as_argo(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """`manifest`, of the types of Argo, as the API of a cluster gives it back."""
    found: dict[str, Any] = json.loads(marshal(manifest, "Workflow"))
    metadata = {"creationTimestamp": None, **found["metadata"]}
    return {**found, "metadata": metadata, "status": found.get("status") or dict(NOT_STARTED)}
