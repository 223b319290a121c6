"""Whether the API server of Kubeflow Pipelines takes a Workflow: as a pipeline, and as a run.

`CreateRun` in backend/src/apiserver/resource/resource_manager.go, `VerifyParameters` and
`OverrideParameters` in backend/src/common/util/workflow.go (1.8.5). Records a23, a24, a50, a54,
a141, a143, c22.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from localkfp.errors import SERVER_ERROR, Refused
from localkfp.workflow.validate.invalid import Invalid
from localkfp.workflow.validate.kubernetes import object_error
from localkfp.workflow.validate.workflow import check_workflow


def check_pipeline(manifest: Mapping[str, Any]) -> None:
    """Raises Refused for what Argo refuses of it, whoever runs it."""
    try:
        check_workflow(manifest, runs=False)
    except Invalid as error:
        raise Refused(str(error), hint=_hint(str(error))) from None


def _hint(words: str) -> str:
    """What the words don't tell and a learner needs."""
    if re.fullmatch(r"spec\.templates\[\d+\]\.name is required", words):
        return (
            "A template has the name ''. kfp takes it from the component's function and leaves out "
            "what is not of the letters a to z, so several such functions become one. Rename the "
            "function."
        )
    return ""


def bind(manifest: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, str]:
    """The value of every parameter of a run: the given one, or that of the Workflow, or the empty
    text. Raises Refused for one that the Workflow hasn't."""
    own = {p["name"]: p.get("value", "") for p in _parameters(manifest)}
    for name in given:
        if name not in own:
            said = f"Invalid input error: Unrecognized input parameter: {name}"
            raise Refused(
                "InternalServerError: failed to generate the workflow.: Failed to verify "
                f"parameters.: {said}",
                SERVER_ERROR,
            )
    return {**own, **given}


def check_run(manifest: Mapping[str, Any], values: Mapping[str, str], name: str) -> None:
    """Raises Refused for a run with these values of its parameters, whose object in Kubernetes
    would have this name."""
    filled = [{**p, "value": values[p["name"]]} for p in _parameters(manifest)]
    spec = manifest.get("spec", {})
    if filled:
        spec = {**spec, "arguments": {**spec["arguments"], "parameters": filled}}
    try:
        check_workflow({**manifest, "spec": spec}, runs=True)
    except Invalid as error:
        said = f"Failed to validate workflow for (): {error}"
        raise Refused(f"InternalServerError: {said}", SERVER_ERROR) from None
    if wrong := object_error(manifest.get("metadata", {}), name):
        said = f"Failed to create a workflow for (): Workflow.argoproj.io {wrong}"
        raise Refused(f"InternalServerError: {said}", SERVER_ERROR)


def _parameters(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        manifest.get("spec", {}).get("arguments", {}).get("parameters", [])
    )
    return found
