"""A whole Workflow.

Argo: `ValidateWorkflow` in workflow/validate/validate.go; Kubeflow Pipelines calls it for a
template (Lint, IgnoreEntrypoint) and again for a run. Records a09, a23, a24, a27, a141, a142, c54.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence, Set
from typing import Any

from localkfp.workflow.reading import gojson
from localkfp.workflow.validate.arguments import (
    ANYTHING,
    PLACEHOLDER,
    arguments,
    check_arguments,
)
from localkfp.workflow.validate.context import Context, within
from localkfp.workflow.validate.invalid import Invalid
from localkfp.workflow.validate.names import check_names
from localkfp.workflow.validate.template import check_template

MAX_NAME = 63
CLEANING = ("OnPodCompletion", "OnPodSuccess", "OnWorkflowCompletion", "OnWorkflowSuccess", "")
OF_A_RUN = "workflow.parameters"
ALWAYS = ("name", "namespace", "serviceAccountName", "uid", "status")


def check_workflow(workflow: Mapping[str, Any], runs: bool) -> None:
    """Raises Invalid. `workflow` is decoded; `runs`: it passed before, now its parameters have
    their values and its entrypoint is called; what that can't change isn't looked at again."""
    metadata, spec = workflow.get("metadata", {}), workflow.get("spec", {})
    name = metadata.get("name", "")
    if len(name) > MAX_NAME:
        raise Invalid(
            f"workflow name {gojson.go_text(name)} must not be more than {MAX_NAME} characters "
            f"long (currently {len(name)})"
        )
    templates = spec.get("templates", ())
    check_names(templates, "spec.templates", of_values=False)
    given = spec.get("arguments", {})
    check_arguments("spec.arguments.", given, values_may_lack=not runs)
    by_name = {template["name"]: template for template in templates}
    context = Context(by_name, _everywhere(metadata, spec), check_template)
    if runs:
        context.checked |= _as_before(templates, {spec.get("entrypoint"), spec.get("onExit")})
        if not spec.get("entrypoint"):
            raise Invalid("spec.entrypoint is required")
        context.check_call({"template": spec["entrypoint"]}, arguments(given))
    if spec.get("onExit"):
        context.everywhere["workflow.failures"] = PLACEHOLDER
        context.check_call({"template": spec["onExit"]}, arguments(given))
    if (strategy := (spec.get("podGC") or {}).get("strategy", "")) not in CLEANING:
        raise Invalid(f"podGC.strategy unknown strategy '{strategy}'")
    for template in templates:
        with within(f"templates.{template['name']} "):
            context.check_call({"template": template["name"]}, ANYTHING)


def _as_before(templates: Sequence[Mapping[str, Any]], called: Set[str | None]) -> set[str]:
    """The templates into which no value of the run gets: `called` are given the run's arguments;
    the others stand, wherever they are called, for every argument (ANYTHING)."""
    return {
        template["name"]
        for template in templates
        if template["name"] not in called and OF_A_RUN not in json.dumps(template)
    }


def _everywhere(metadata: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, str]:
    found = {f"workflow.{name}": PLACEHOLDER for name in ALWAYS}
    parameters = spec.get("arguments", {}).get("parameters", ())
    if parameters:
        found["workflow.parameters"] = PLACEHOLDER
    for parameter in parameters:
        found[f"workflow.parameters.{parameter['name']}"] = parameter.get("value", PLACEHOLDER)
    for kind in ("annotations", "labels"):
        for source in (metadata, spec.get("workflowMetadata") or {}):
            for key in source.get(kind) or {}:
                found[f"workflow.{kind}.{key}"] = PLACEHOLDER
    if spec.get("priority") is not None:
        found["workflow.priority"] = str(spec["priority"])
    return found
