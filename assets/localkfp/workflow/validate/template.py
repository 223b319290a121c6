"""One template, with what it is given.

Argo: `validateTemplate` in workflow/validate/validate.go. Records a27, a130, a135.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from localkfp.workflow.validate.arguments import (
    PLACEHOLDER,
    Arguments,
    check_inputs,
    check_location,
    substitute,
    supply,
)
from localkfp.workflow.validate.context import Context, Known, within
from localkfp.workflow.validate.dag import check_dag
from localkfp.workflow.validate.invalid import Invalid
from localkfp.workflow.validate.kinds import check_kind, is_leaf, is_pod, template_kind
from localkfp.workflow.validate.leaf import check_leaf
from localkfp.workflow.validate.outputs import check_outputs
from localkfp.workflow.validate.steps import check_steps

LAST_RETRY = ("retries", "lastRetry.exitCode", "lastRetry.status", "lastRetry.duration")
METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")


def check_template(template: Mapping[str, Any], given: Arguments, context: Context) -> None:
    name = template.get("name", "")
    if name in context.checked:  # only what it is given is another
        with within(f"templates.{name} "):
            supply(template, given)
        return
    check_kind(template)
    scope = check_inputs(template, is_leaf(template))
    if any(not container.get("name") for container in template.get("initContainers", ())):
        raise Invalid("initContainers must all have container name")
    local = _local(template)
    scope |= local
    if is_leaf(template):
        scope |= _paths(template)
    with within(f"templates.{name} "):
        supplied = supply(template, given)
        filled = substitute(supplied, {**context.everywhere, **dict.fromkeys(local, PLACEHOLDER)})
    _check_timeout(filled)
    context.checked.add(name)
    kind = template_kind(filled)
    if kind == "steps":
        check_steps(filled, scope, context)
    elif kind == "dag":
        check_dag(filled, scope, context)
    else:
        check_leaf(filled, Known((scope, context.everywhere)))
    check_outputs(filled, Known((scope, context.everywhere)))
    if (location := filled.get("archiveLocation")) is not None:
        check_location(f"templates.{name}.archiveLocation", location)
    _check_metrics(filled)


def _local(template: Mapping[str, Any]) -> set[str]:
    """The tags of a pod and of its attempts."""
    pod = {"pod.name"} if is_pod(template) else set()
    return pod | (set(LAST_RETRY) if template.get("retryStrategy") is not None else set())


def _paths(template: Mapping[str, Any]) -> set[str]:
    outputs = template.get("outputs", {})
    return {
        f"outputs.artifacts.{a['name']}.path" for a in outputs.get("artifacts", ()) if a.get("path")
    } | {
        f"outputs.parameters.{p['name']}.path"
        for p in outputs.get("parameters", ())
        if (p.get("valueFrom") or {}).get("path")
    }


def _check_timeout(template: Mapping[str, Any]) -> None:
    timeout = template.get("timeout")
    if not timeout:
        return
    if not is_leaf(template):
        kind = {"dag": "DAG", "steps": "Steps", "suspend": "Suspend"}[template_kind(template)]
        raise Invalid(f"{kind} template doesn't support timeout field.")
    if re.fullmatch(r"[+-]?\d+", timeout):
        raise Invalid(f"{template.get('name', '')} has invalid duration format in timeout.")


def _check_metrics(template: Mapping[str, Any]) -> None:
    for metric in (template.get("metrics") or {}).get("prometheus", ()):
        where, name = f"templates.{template.get('name', '')} metric", metric.get("name", "")
        if not METRIC.fullmatch(name):
            raise Invalid(
                f"{where} name '{name}' is invalid. Metric names must contain alphanumeric "
                "characters, '_', or ':'"
            )
        if not metric.get("help"):
            raise Invalid(f"{where} '{name}' must contain a help string under 'help: ' field")
