"""A template that is a list of groups of steps.

Argo: `validateSteps` in workflow/validate/validate.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localkfp.workflow.reading import gojson
from localkfp.workflow.validate import tags
from localkfp.workflow.validate.arguments import ANYTHING, arguments, check_arguments
from localkfp.workflow.validate.context import Context, Known, within
from localkfp.workflow.validate.dag import check_no_leaf
from localkfp.workflow.validate.invalid import Invalid
from localkfp.workflow.validate.names import field_errors
from localkfp.workflow.validate.outputs import items_scope, outputs_scope


def check_steps(template: Mapping[str, Any], scope: set[str], context: Context) -> None:
    """Adds to the scope what the steps give."""
    check_no_leaf(template)
    where = f"templates.{template.get('name', '')}"
    seen: set[str] = set()
    for i, group in enumerate(template["steps"]):
        called = {}
        for step in group or ():
            name = step.get("name", "")
            _check_name(name, seen, f"{where}.steps[{i}].name")
            seen.add(name)
            place = f"{where}.steps[{i}].{name}"
            scope.add(f"steps.{name}.status")
            with within(f"{place} "):
                scope |= items_scope(step)
            given = step.get("arguments", {})
            check_arguments(f"{place}.arguments.", given, values_may_lack=False)
            with within(f"{place} "):
                called[name] = context.check_call(step, ANYTHING)
            if (step.get("when") or "").startswith("{{="):
                raise Invalid(
                    f"{where} when expression doesn't support 'expr' format '{{{{='. 'When' "
                    "expression is only support govaluate format {{"
                )
        with within(f"{where}.steps "):
            tags.resolve(
                gojson.marshal(group, "[]WorkflowStep"), Known((scope, context.everywhere))
            )
        for step in group or ():
            aggregate = bool(step.get("withItems") or step.get("withParam"))
            found = outputs_scope(called[step["name"]], f"steps.{step['name']}", aggregate)
            context.add_global(found)
            scope |= found
            with within(f"{where}.steps[{i}].{step['name']} "):
                context.check_call(step, arguments(step.get("arguments", {})))


def _check_name(name: str, seen: set[str], place: str) -> None:
    if not name:
        raise Invalid(f"{place} is required")
    if name in seen:
        raise Invalid(f"{place} '{name}' is not unique")
    if wrong := field_errors(name):
        raise Invalid(f"{place} '{name}' is invalid: {';'.join(wrong)}")
