"""The one table of a Workflow's fields: what is taken, what is ignored, what is refused and why.

The fields are Argo's (https://argo-workflows.readthedocs.io/en/release-3.3/fields/). A field that
only places or sizes a pod is ignored; whatever else is not known here is refused, because a
Workflow that runs differently would be a lie.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localkfp.errors import WorkflowError

PLACEMENT = {
    "nodeSelector", "affinity", "tolerations", "podSpecPatch", "dnsConfig", "imagePullSecrets",
    "securityContext", "serviceAccountName", "resources", "priorityClassName", "schedulerName",
    "automountServiceAccountToken", "executor",
}  # fmt: skip

IGNORED: dict[str, set[str]] = {
    "Workflow": {"apiVersion", "kind", "status"},
    "spec": PLACEMENT | {
        "podMetadata", "podGC", "ttlStrategy", "ttlSecondsAfterFinished", "podDisruptionBudget",
    },
    "template": PLACEMENT | {"arguments"},
    "container": {
        "imagePullPolicy", "readinessProbe", "livenessProbe",
        "ports", "terminationMessagePath", "terminationMessagePolicy",  # what others are told
    },
    "parameter": {"description", "enum"},
}  # fmt: skip
TAKEN: dict[str, set[str]] = {
    "Workflow": {"metadata", "spec"},
    "spec": {
        "entrypoint", "templates", "arguments", "onExit", "parallelism", "activeDeadlineSeconds",
        "volumes",
    },
    "spec.arguments": {"parameters", "artifacts"},
    "template": {
        "name", "container", "dag", "inputs", "outputs", "initContainers", "retryStrategy",
        "activeDeadlineSeconds", "parallelism", "sidecars", "volumes",
        "metadata",  # only what it says of caching
    },
    "container": {
        "name", "image", "command", "args", "env", "workingDir", "resources", "volumeMounts",
        "mirrorVolumeMounts", "securityContext",
    },
    "mount": {"name", "mountPath", "subPath", "readOnly"},
    "dag": {"tasks", "target", "failFast"},
    "task": {
        "name", "template", "dependencies", "depends", "continueOn", "arguments", "when",
        "withItems", "withParam",
    },
    "retryStrategy": {"limit", "retryPolicy", "backoff", "expression"},
    "backoff": {"duration", "factor", "maxDuration"},
    "values": {"parameters", "artifacts"},
    "parameter": {"name", "value", "valueFrom", "default"},
    "artifact": {"name", "path", "from", "raw", "optional", "archive"},
}  # fmt: skip
REFUSED: dict[str, str] = {
    "resource": "create Kubernetes resources",
    "volumes": "mount a volume that is no emptyDir",
    "volumeClaimTemplates": "make volume claims",
    "envFrom": "read a ConfigMap or a Secret",
    "valueFrom": "read a Secret, a ConfigMap or this field of a pod into the environment",
    "withSequence": "run loops",
}


def refuse_unknown(entry: Mapping[str, Any], kind: str, where: str) -> None:
    """Raise WorkflowError for a field that localkfp can't honour. An empty one asks for nothing;
    kfp writes `parallelism: 0` into every loop."""
    for field, value in entry.items():
        if field in TAKEN[kind] or field in IGNORED.get(kind, ()):
            continue
        if value in (None, 0, [], {}) and value is not False:
            continue
        what = REFUSED.get(field, f"do what {field!r} asks for")
        raise WorkflowError(
            f"{where} has the field {field!r}: localkfp cannot {what}; submit to a cluster."
        )
