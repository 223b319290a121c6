"""What kind of template one is.

Argo: `validateTemplateType` in workflow/validate/validate.go, `GetType` and `IsLeaf` of Template.
Records a64, a66.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localkfp.workflow.validate.invalid import Invalid

KINDS = (
    "container", "containerSet", "steps", "script", "resource", "dag", "suspend", "data", "http",
    "plugin",
)  # fmt: skip
LEAVES = {"container", "containerSet", "script", "resource", "data", "http", "plugin"}
PODS = {"container", "containerSet", "script", "resource", "data"}
CHOICE = (
    "choose one of: container, containerSet, steps, script, resource, dag, suspend, template, "
    "template ref"
)


def check_kind(template: Mapping[str, Any]) -> None:
    found = sum(template.get(kind) is not None for kind in KINDS)
    if found != 1:
        told = "template type unspecified" if not found else "multiple template types specified"
        raise Invalid(f"templates.{template.get('name', '')} {told}. {CHOICE}")


def template_kind(template: Mapping[str, Any]) -> str:
    return next((kind for kind in KINDS if template.get(kind) is not None), "Unknown")


def is_leaf(template: Mapping[str, Any]) -> bool:
    return template_kind(template) in LEAVES


def is_pod(template: Mapping[str, Any]) -> bool:
    return template_kind(template) in PODS
