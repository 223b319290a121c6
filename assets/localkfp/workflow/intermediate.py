"""A pipeline of SDK 2: the intermediate representation, which is no Workflow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localkfp.errors import WorkflowError
from localkfp.workflow.text import parse

SENTENCE = (
    "This pipeline was compiled by SDK 2, or for it: it is no Workflow, and localkfp can't run it. "
    "Compile it with kfp 1.8, or submit it to a cluster."
)


def is_intermediate(text: str) -> bool:
    """Whether the text is a pipeline of SDK 2, in JSON or YAML."""
    if "pipelineInfo" not in text:
        return False
    try:
        found: Any = parse(text)
    except WorkflowError:
        return False
    spec = found.get("pipelineSpec", found) if isinstance(found, Mapping) else None
    return isinstance(spec, Mapping) and "pipelineInfo" in spec and "root" in spec


def refuse_intermediate(text: str) -> None:
    """Raises WorkflowError with a sentence for a pipeline of SDK 2."""
    if is_intermediate(text):
        raise WorkflowError(SENTENCE)
