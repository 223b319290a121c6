"""What a template is given: the arguments of a Workflow, a step or a task, and its inputs.

Argo: `validateArguments` and `validateInputs` in workflow/validate/validate.go, `ProcessArgs` and
`substituteParams` in workflow/common/util.go. Records a77, a85, a136, a140, a141, a142, a150, d54.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localkfp.workflow.reading import gojson
from localkfp.workflow.reading.decode import Misfit, decode_template
from localkfp.workflow.validate import tags
from localkfp.workflow.validate.invalid import Invalid
from localkfp.workflow.validate.names import check_names
from localkfp.workflow.validate.paths import check_path

Entry = Mapping[str, Any]
LOCATIONS = ("s3", "git", "http", "artifactory", "hdfs", "raw", "oss", "gcs")
PLACEHOLDER = "placeholder"


@dataclass(frozen=True)
class Arguments:
    """Parameters and artifacts by name; `anything`: there is one of every name (FakeArguments)."""

    parameters: Mapping[str, Entry] = field(default_factory=dict)
    artifacts: Mapping[str, Entry] = field(default_factory=dict)
    anything: bool = False

    def value(self, name: str) -> str | None:
        if self.anything:
            return PLACEHOLDER
        value: str | None = self.parameters.get(name, {}).get("value")
        return value

    def artifact(self, name: str) -> Entry | None:
        return {"name": name} if self.anything else self.artifacts.get(name)


ANYTHING = Arguments(anything=True)


def arguments(entry: Entry) -> Arguments:
    return Arguments(
        {p["name"]: p for p in entry.get("parameters", ())},
        {a["name"]: a for a in entry.get("artifacts", ())},
    )


def check_arguments(prefix: str, entry: Entry, values_may_lack: bool) -> None:
    """`values_may_lack`: a pipeline's parameters get theirs when it is run (Argo's Lint)."""
    check_names(entry.get("parameters", ()), f"{prefix}parameters", of_values=True)
    check_names(entry.get("artifacts", ()), f"{prefix}artifacts", of_values=True)
    for parameter in entry.get("parameters", ()):
        _check_value(f"{prefix}{parameter['name']}", prefix, parameter, values_may_lack)
    for artifact in entry.get("artifacts", ()):
        place = f"{prefix}{artifact['name']}"
        if not artifact.get("from") and not has_location(artifact):
            raise Invalid(f"{place}.from, artifact location, or key is required")
        if artifact.get("from") and artifact.get("fromExpression"):
            raise Invalid(f"{place} shouldn't have both `from` and `fromExpression` in Artifact")


def _check_value(place: str, prefix: str, parameter: Entry, may_lack: bool) -> None:
    value = parameter.get("value")
    if value is None and parameter.get("valueFrom") is None and not may_lack:
        raise Invalid(f"{place}.value is required")
    choices = parameter.get("enum")
    if choices is None or (may_lack and value is None):
        return
    if not choices:
        raise Invalid(f"{place}.enum should contain at least one value")
    if value not in choices:
        raise Invalid(f"{place}.value should be present in {prefix}{parameter['name']}.enum list")


def check_inputs(template: Entry, leaf: bool) -> set[str]:
    """The scope that the inputs make."""
    where, inputs = f"templates.{template.get('name', '')}", template.get("inputs", {})
    check_names(inputs.get("parameters", ()), f"{where}.inputs.parameters", of_values=True)
    check_names(inputs.get("artifacts", ()), f"{where}.inputs.artifacts", of_values=True)
    scope = {f"inputs.parameters.{p['name']}" for p in inputs.get("parameters", ())}
    if scope:
        scope.add("inputs.parameters")
    for artifact in inputs.get("artifacts", ()):
        reference = f"inputs.artifacts.{artifact['name']}"
        scope.add(reference)
        if leaf:
            check_path(artifact, f"error in {where}.{reference}")
            scope.add(f"{reference}.path")
        elif artifact.get("path"):
            raise Invalid(f"{where}.{reference}.path only valid in container/script templates")
        if artifact.get("from"):
            raise Invalid(f"{where}.{reference}.from not valid in inputs")
        check_location(f"{where}.{reference}", artifact)
    return scope


def check_location(prefix: str, artifact: Entry) -> None:
    git = artifact.get("git")
    if git is not None and not git.get("repo"):
        raise Invalid(f"{prefix}.git.repo is required")


def has_location(artifact: Entry) -> bool:
    """HasLocationOrKey, as far as a Workflow of kfp says where an artifact lies."""
    raw, s3 = artifact.get("raw"), artifact.get("s3")
    others = (artifact.get(kind) for kind in LOCATIONS if kind not in ("raw", "s3"))
    return raw is not None or bool(s3 and s3.get("key")) or any(others)


def supply(template: Entry, given: Arguments) -> dict[str, Any]:
    """The template with the values of its inputs (the first half of ProcessArgs)."""
    inputs = template.get("inputs", {})
    parameters, artifacts = [], []
    for parameter in inputs.get("parameters", ()):
        value = given.value(parameter["name"])
        value = value if value is not None else parameter.get("default", parameter.get("value"))
        if value is None:
            raise Invalid(f"inputs.parameters.{parameter['name']} was not supplied")
        parameters.append({**parameter, "value": value})
    for artifact in inputs.get("artifacts", ()):
        found = given.artifact(artifact["name"])
        if has_location(artifact) or (found is None and artifact.get("optional")):
            artifacts.append(artifact)
            continue
        if found is None:
            raise Invalid(f"inputs.artifacts.{artifact['name']} was not supplied")
        kept = {key: artifact[key] for key in ("path", "mode", "recurseMode") if key in artifact}
        artifacts.append({**found, **kept})
    supplied = {"parameters": parameters, "artifacts": artifacts}
    return {**template, "inputs": {kind: values for kind, values in supplied.items() if values}}


def substitute(template: Entry, around: Mapping[str, str]) -> dict[str, Any]:
    """The template with the tags that have a value: those around it, then its own inputs."""
    text = tags.replace(gojson.marshal(template, "Template"), around)
    half = _template(text)
    inputs, outputs = half.get("inputs", {}), half.get("outputs", {})
    values = {f"inputs.parameters.{p['name']}": p["value"] for p in inputs.get("parameters", ())}
    values["inputs.parameters"] = gojson.marshal(inputs.get("parameters"), "[]Parameter")
    for artifact in inputs.get("artifacts", ()):
        if artifact.get("path"):
            values[f"inputs.artifacts.{artifact['name']}.path"] = artifact["path"]
    for artifact in outputs.get("artifacts", ()):
        if artifact.get("path"):
            values[f"outputs.artifacts.{artifact['name']}.path"] = artifact["path"]
    for parameter in outputs.get("parameters", ()):
        if path := (parameter.get("valueFrom") or {}).get("path"):
            values[f"outputs.parameters.{parameter['name']}.path"] = path
    whole = tags.replace(text, values)
    return half if whole == text else _template(whole)


def _template(text: str) -> dict[str, Any]:
    try:
        return decode_template(json.loads(text))
    except json.JSONDecodeError as error:
        raise Invalid(f"invalid character {text[error.pos : error.pos + 1]!r} in string") from None
    except Misfit as error:
        raise Invalid(str(error)) from None
