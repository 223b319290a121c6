"""A template that is a pod.

Argo: `validateLeaf` in workflow/validate/validate.go. Records a11, a17, a49, a81.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from typing import Any

from localkfp.workflow.reading import gojson
from localkfp.workflow.validate import tags
from localkfp.workflow.validate.invalid import Invalid

ACTIONS = ("get", "create", "apply", "delete", "replace", "patch")
WHOLE = re.compile(r"[+-]?\d+")
PLACEHOLDERS = ("placeholder", "{{")


def check_leaf(template: Mapping[str, Any], scope: Container[str]) -> None:
    where = f"templates.{template.get('name', '')}"
    try:
        tags.resolve(gojson.marshal(template, "Template"), scope)
    except Invalid as error:
        raise Invalid(f"{where}: {error}") from None
    if (container := template.get("container")) is not None:
        _check_mounts(container, template.get("inputs", {}).get("artifacts", ()), where)
        if not container.get("image"):
            raise Invalid(f"{where}.container.image may not be empty")
    if (resource := template.get("resource")) is not None:
        _check_resource(resource, where)
    if (script := template.get("script")) is not None and not script.get("image"):
        raise Invalid(f"{where}.script.image may not be empty")
    _check_deadline(template.get("activeDeadlineSeconds"), where)
    if template.get("parallelism") is not None:
        raise Invalid(f"{where}.parallelism is only valid for steps and dag templates")


def _check_mounts(container: Mapping[str, Any], artifacts: Any, where: str) -> None:
    taken: dict[str, str] = {}
    for i, mount in enumerate(container.get("volumeMounts", ())):
        path = mount.get("mountPath", "")
        if path in taken:
            place = f"{where}.container.volumeMounts[{i}].mountPath"
            raise Invalid(f"{place} '{path}' already mounted in {taken[path]}")
        taken[path] = f"container.volumeMounts.{mount.get('name', '')}"
    for i, artifact in enumerate(artifacts):
        path = artifact.get("path", "")
        if path in taken:
            place = f"{where}.inputs.artifacts[{i}].path"
            raise Invalid(f"{place} '{path}' already mounted in {taken[path]}")
        taken[path] = f"inputs.artifacts.{artifact['name']}"


def _check_resource(resource: Mapping[str, Any], where: str) -> None:
    action = resource.get("action", "")
    if action not in ACTIONS and not action.startswith(PLACEHOLDERS):
        raise Invalid(f"{where}.resource.action must be one of: {', '.join(ACTIONS)}")
    if action not in ("delete", "get") and not resource.get("manifest"):
        raise Invalid(f"{where}.resource.manifest must be specified")


def _check_deadline(deadline: int | str | None, where: str) -> None:
    if deadline is None:
        return
    told = f"{where}.activeDeadlineSeconds must be a positive integer > 0 or an argo variable"
    if isinstance(deadline, str) and not WHOLE.fullmatch(deadline):
        tag = deadline.startswith("{{") and deadline.endswith("}}")
        if not tag and not deadline.startswith("placeholder"):
            raise Invalid(told)
    elif int(deadline) < 0:
        raise Invalid(told)
