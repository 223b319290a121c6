"""What Kubernetes, or Argo on the way there, refuses of the pod that a template asks for: a run is
accepted, and its step ends in Error. Records a47, a56, a57, a146."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from localkfp.workflow.quantity import amount
from localkfp.workflow.validate.kubernetes import label_errors

POD = "{pod}"
MAIN = "spec.containers[1]"  # the first one is Argo's
NO_PATCH = (
    "Failed to merge the workflow PodSpecPatch with the template PodSpecPatch due to invalid format"
)


def pod_error(template: Mapping[str, Any], spec: Mapping[str, Any]) -> str:
    """Why no pod can be made of it, or nothing. `{pod}` stands for the pod's name."""
    if any(_no_patch(entry.get("podSpecPatch", "")) for entry in (template, spec)):
        return NO_PATCH
    labels = {
        **((spec.get("podMetadata") or {}).get("labels") or {}),
        **((template.get("metadata") or {}).get("labels") or {}),
    }
    wrong = label_errors({k: v for k, v in labels.items() if "{{" not in v})
    wrong += _resource_errors((template.get("container") or {}).get("resources") or {})
    if not wrong:
        return ""
    told = wrong[0] if len(wrong) == 1 else f"[{', '.join(wrong)}]"
    return f'Pod "{POD}" is invalid: {told}'


def _no_patch(patch: str) -> bool:
    if not patch or "{{" in patch:
        return False
    try:
        return not isinstance(yaml.safe_load(patch), Mapping)
    except yaml.YAMLError:
        return True


def _resource_errors(resources: Mapping[str, Any]) -> list[str]:
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    return [
        f'{MAIN}.resources.requests: Invalid value: "{asked}": must be less than or equal to '
        f"{name} limit of {limits[name]}"
        for name, asked in sorted(requests.items())
        if name in limits and _more(asked, limits[name])
    ]


def _more(asked: str, limit: str) -> bool:
    one, other = amount(asked), amount(limit)
    return one is not None and other is not None and one > other
