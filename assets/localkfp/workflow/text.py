"""A Workflow's text as the API server of Kubeflow Pipelines reads it, into the types of Go.

`template.New` and `ValidateWorkflow` in backend/src/apiserver/template, `ValidateCreateRunRequest`
in backend/src/apiserver/server (1.8.5). Whether it can be run is the matter of `load`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from localkfp.errors import VALIDATE_RUN, Refused, WorkflowError
from localkfp.workflow.reading.decode import Misfit
from localkfp.workflow.reading.decode import decode as typed
from localkfp.workflow.reading.json_text import NoJson, parse_json
from localkfp.workflow.reading.yaml import parse as parse_yaml

MAX_BYTES = 32 * 1024 * 1024  # kubeflow/pipelines 1.8.5, apiserver: MaxFileLength
GROUP = "argoproj.io/"
VERSION = "argoproj.io/v1alpha1"
UNKNOWN = "unknown template format"
UNPARSED = "Failed to parse the workflow template."
MAX_TOLD = 64 * 1024  # letters of a text that an answer repeats


def read(text: str | bytes | Mapping[str, Any]) -> dict[str, Any]:
    """The Workflow in a text, or a mapping, with the fields that Argo knows, each of its type.

    Raises Refused, in the words of the API server: no Workflow, a field of another type. Raises
    WorkflowError with a sentence: too large, too deep, too many values.
    """
    value = _json_of(text) if isinstance(text, Mapping) else parse(decode(text))
    if not isinstance(value, Mapping):
        raise _unknown("This is not a Workflow: the file holds no mapping at its top level.")
    if value.get("kind") != "Workflow" or not str(value.get("apiVersion")).startswith(GROUP):
        raise _unknown(
            "This is not a Workflow: it must have apiVersion argoproj.io/v1alpha1 and kind "
            "Workflow; the compiler of kfp 1.8 writes both."
        )
    try:
        found = typed(value, yaml=True)
    except Misfit as error:
        where = "error unmarshaling JSON: while decoding JSON"
        raise Refused(f"InvalidInputError: {UNPARSED}: {where}: {error}", UNPARSED) from None
    if found["apiVersion"] != VERSION:
        told = f"Unsupported argo version. Expected: {VERSION}. Received: {found['apiVersion']}"
        raise Refused(f"Invalid input error: {told}", told)
    return found


def check_request(text: str) -> None:
    """What a request for a run brings along must be JSON that Go's types take. Raises Refused."""
    try:
        typed(parse_json(text), yaml=False)
    except (NoJson, Misfit) as error:
        shown = text if len(text) <= MAX_TOLD else f"{text[:MAX_TOLD]}..."
        told = f"Invalid argo workflow format. Workflow: {shown}"
        raise Refused(f"InvalidInputError: {told}: {error}", told, VALIDATE_RUN) from None


def decode(text: str | bytes) -> str:
    if len(text) > MAX_BYTES:
        raise WorkflowError("The file is larger than 32 MiB, the limit of Kubeflow Pipelines too.")
    try:
        return text.decode("utf-8-sig") if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        raise _unknown(f"The file is not UTF-8 text: byte {error.start}.") from None


def parse(text: str) -> Any:
    """The value in a text. JSON is read as JSON: `kfp.Client` sends characters like U+1F600
    as two escapes, a surrogate pair, and YAML takes neither. Raises Refused where it is neither."""
    if text.lstrip().startswith("{"):
        try:
            return parse_json(text)
        except NoJson:
            pass  # a YAML mapping may begin so too
    try:
        return parse_yaml(text)
    except yaml.YAMLError as error:
        told = " ".join(str(error).split())
        raise _unknown(f"The file is not valid YAML: {told}") from None


def _unknown(hint: str) -> Refused:
    """isArgoWorkflow in backend/src/apiserver/template/template.go"""
    words = f"InvalidInputError: {UNKNOWN}: pipeline spec is invalid"
    return Refused(words, UNKNOWN, hint=hint)


def _json_of(manifest: Mapping[str, Any]) -> Any:
    """A copy that nobody else changes."""
    try:
        return json.loads(json.dumps(manifest, allow_nan=False))
    except (ValueError, TypeError, RecursionError) as error:
        raise WorkflowError(f"The Workflow holds a value that JSON lacks: {error}") from None
