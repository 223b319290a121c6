"""What a template gives: its outputs, and the tags by which others take them.

Argo: `addOutputsToScope`, `addItemsToScope`, `validateOutputs` and `validateOutputParameter` in
workflow/validate/validate.go. Records a01 to a03, a36, a42, a76, a78, a91, c46.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from localkfp.workflow.reading import gojson
from localkfp.workflow.validate import tags
from localkfp.workflow.validate.arguments import Entry
from localkfp.workflow.validate.invalid import Invalid
from localkfp.workflow.validate.kinds import is_leaf, template_kind
from localkfp.workflow.validate.names import check_names, is_tag, value_errors
from localkfp.workflow.validate.paths import check_path

WITH_RESULT = ("container", "script", "data", "http", "plugin")
AGGREGATES = ("script", "containerSet")
SOURCES = ("path", "jqFilter", "jsonPath", "parameter", "expression")


def outputs_scope(template: Entry, prefix: str, aggregate: bool) -> set[str]:
    """The tags that the template's outputs make after `prefix`, those of the whole run too."""
    scope = {f"{prefix}.id", f"{prefix}.startedAt", f"{prefix}.finishedAt"}
    if template.get("daemon"):
        scope.add(f"{prefix}.ip")
    result = {f"{prefix}.outputs.result", f"{prefix}.exitCode"}
    if any(template.get(kind) is not None for kind in WITH_RESULT) or _has_main(template):
        scope |= result
    outputs = template.get("outputs", {})
    for what in ("parameters", "artifacts"):
        for entry in outputs.get(what, ()):
            scope.add(f"{prefix}.outputs.{what}.{entry['name']}")
            if name := entry.get("globalName"):
                scope.add(f"workflow.outputs.{what}.{'*' if is_tag(name) else name}")
    if aggregate:
        scope.add(f"{prefix}.outputs.parameters")
        if template_kind(template) in AGGREGATES:
            scope |= result
    return scope


def _has_main(template: Entry) -> bool:
    containers = (template.get("containerSet") or {}).get("containers", ())
    return any(container.get("name") == "main" for container in containers)


def items_scope(task: Entry) -> set[str]:
    """The tags of what a task or step loops over."""
    items, parameter = task.get("withItems") or (), task.get("withParam")
    sequence = task.get("withSequence")
    if sum((bool(items), bool(parameter), sequence is not None)) > 1:
        raise Invalid("only one of withItems, withParam, withSequence can be specified")
    if items:
        return set().union(*map(_item_scope, items))
    if parameter:
        return {"item", tags.ANY_ITEM}
    if sequence is None:
        return set()
    if sequence.get("count") is not None and sequence.get("end") is not None:
        raise Invalid("only one of count or end can be defined in withSequence")
    return {"item"}


def _item_scope(item: Any) -> set[str]:
    if isinstance(item, dict):
        return {f"item.{key}" for key in item}
    if isinstance(item, list):
        return {f"item.[{i}]" for i in range(len(item))}
    return {"item"}


def check_outputs(template: Entry, scope: Container[str]) -> None:
    where, outputs = f"templates.{template.get('name', '')}", template.get("outputs", {})
    parameters, artifacts = outputs.get("parameters", ()), outputs.get("artifacts", ())
    check_names(parameters, f"{where}.outputs.parameters ", of_values=True)
    check_names(artifacts, f"{where}.outputs.artifacts ", of_values=True)
    try:
        tags.resolve(gojson.marshal(outputs, "Outputs"), scope)
    except Invalid as error:
        raise Invalid(f"{where}.outputs {error}") from None
    for artifact in artifacts:
        reference = f"{where}.outputs.artifacts.{artifact['name']}"
        if is_leaf(template):
            check_path(artifact, f"error in {reference}")
        elif artifact.get("path"):
            raise Invalid(f"{reference}.path only valid in container/script templates")
        _check_global_name(artifact, reference)
    for parameter in parameters:
        reference = f"{where}.outputs.parameters.{parameter['name']}"
        _check_source(parameter, reference, template_kind(template))
        _check_global_name(parameter, reference)


def _check_global_name(entry: Entry, reference: str) -> None:
    name = entry.get("globalName")
    if name and not is_tag(name) and (wrong := value_errors(name)):
        raise Invalid(f"{reference}.globalName: {wrong[0]}")


def _check_source(parameter: Entry, reference: str, kind: str) -> None:
    source, value = parameter.get("valueFrom"), parameter.get("value")
    if source is not None and value is not None:
        raise Invalid(f"{reference} has both valueFrom and value specified. Choose one.")
    if value is not None:
        return
    if source is None:
        raise Invalid(f"{reference} does not have valueFrom or value specified")
    given = sum(bool(source.get(way)) for way in SOURCES) + (source.get("supplied") is not None)
    ways = "path, jqFilter, jsonPath, parameter, raw"
    if not given:
        raise Invalid(f"valueFrom type unspecified. choose one of: {ways}, expression")
    if given > 1:
        raise Invalid(f"multiple valueFrom types specified. choose one of: {ways}")
    _check_way(source, reference, kind)


def _check_way(source: Mapping[str, Any], reference: str, kind: str) -> None:
    if kind in ("container", "containerSet", "script") and not source.get("path"):
        raise Invalid(f"{reference}.path must be specified for {KIND_NAMES[kind]} templates")
    if kind == "resource" and not (source.get("jqFilter") or source.get("jsonPath")):
        raise Invalid(f"{reference} .jqFilter or jsonPath must be specified for Resource templates")
    if kind in ("dag", "steps") and not (source.get("parameter") or source.get("expression")):
        raise Invalid(
            f"{reference}.parameter or expression must be specified for {KIND_NAMES[kind]} "
            "templates"
        )


KIND_NAMES = {
    "container": "Container",
    "containerSet": "ContainerSet",
    "script": "Script",
    "dag": "DAG",
    "steps": "Steps",
}
