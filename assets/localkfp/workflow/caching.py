"""Execution caching as Kubeflow Pipelines 1.8 does it: what a template says of it.

What makes two executions the same is the matter of `engine/cache_key.py`.

On a cluster `backend/src/cache/server` of kubeflow/pipelines looks at each pod before it starts:
`generateCacheKeyFromTemplate` in mutation.go, `stalenessToSeconds` in watcher.go. It asks for the
label `pipelines.kubeflow.org/cache_enabled`, which the API server sets on every template of every
run. `enable_caching`, the label that kfp writes, changes nothing: `enable_caching=False` does
nothing on 1.8.5. A staleness of `P0D` does (the records d29_cache, d30_cache_p0d).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from localkfp.workflow.model import Caching

STALENESS = "pipelines.kubeflow.org/max_cache_staleness"

CONTAINER = ("image", "command", "args", "env")
TEMPLATE = ("outputs", "initContainers")

# What the cache server reads durations with: github.com/peterhellberg/duration
AMOUNT = r"[\d.]+"
DURATION = re.compile(
    rf"(-)?P(?:({AMOUNT})Y)?(?:({AMOUNT})M)?(?:({AMOUNT})W)?(?:({AMOUNT})D)?"
    rf"(?:T(?:({AMOUNT})H)?(?:({AMOUNT})M)?(?:({AMOUNT})S)?)?"
)
HOURS = (8765.81, 730.4841667, 168, 24, 1, 1 / 60, 1 / 3600)


def read_caching(template: Mapping[str, Any]) -> Caching:
    """How executions of a container template may be reused."""
    metadata = template.get("metadata") or {}
    max_age = staleness(str((metadata.get("annotations") or {}).get(STALENESS, "")))
    container = template["container"]
    meant = {
        "container": {key: container[key] for key in CONTAINER if key in container},
        **{key: template[key] for key in TEMPLATE if key in template},
    }
    return Caching(json.dumps(meant, sort_keys=True), max_age)


def staleness(text: str) -> float | None:
    """Whole seconds of a duration like `P30D` or `PT1H`. None, no limit, for what is none: the
    cache server takes it so too."""
    match = DURATION.fullmatch(text)
    if not match or match[1] or text in ("P", "PT") or text.endswith("T"):
        return None
    try:
        hours = [float(amount or 0) for amount in match.groups()[1:]]
    except ValueError:  # 1.2.3
        return None
    return int(sum(a * b for a, b in zip(hours, HOURS, strict=True)) * 3600)
