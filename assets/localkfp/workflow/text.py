"""A Workflow's text as a JSON value: YAML without its traps, and bounded.

What the value says is the matter of `workflow.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import yaml

from localkfp.errors import WorkflowError

MAX_BYTES = 32 * 1024 * 1024  # kubeflow/pipelines 1.8.5, apiserver: MaxFileLength
MAX_DEPTH = 64
# PyYAML takes about a kilobyte for each value: 32 MiB of short ones would take all memory. The
# Workflow of a pipeline with 2,000 tasks has some 100,000.
MAX_VALUES = 500_000
MANY = f"The file holds more than {MAX_VALUES:,} values."
DEEP = f"The file is nested more than {MAX_DEPTH} levels deep."

if TYPE_CHECKING:
    from yaml import SafeLoader as _Safe
else:  # some builds of PyYAML lack libyaml; its own loader does the same, slower
    _Safe = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(text: str | bytes | Mapping[str, Any]) -> Mapping[str, Any]:
    """The mapping that a Workflow's YAML or JSON text holds, whether it can be run here or not.

    Raises WorkflowError with a sentence: not UTF-8, too large, not YAML, an alias, a duplicate key,
    too deep, too many values, a value that JSON lacks, not a Workflow.
    """
    manifest = text if isinstance(text, Mapping) else _parse(decode(text))
    if not isinstance(manifest, Mapping):
        raise WorkflowError("This is not a Workflow: the file holds no mapping at its top level.")
    if manifest.get("kind") != "Workflow" or not str(manifest.get("apiVersion", "")).startswith(
        "argoproj.io/"
    ):
        raise WorkflowError(
            "unknown template format: this is not a Workflow. The file must have apiVersion "
            "argoproj.io/v1alpha1 and kind Workflow; the compiler of kfp 1.8 writes both."
        )
    return _json_value(manifest)


def decode(text: str | bytes) -> str:
    """The text of a file. Raises WorkflowError: more than 32 MiB, not UTF-8."""
    if len(text) > MAX_BYTES:
        raise WorkflowError("The file is larger than 32 MiB, the limit of Kubeflow Pipelines too.")
    try:
        return text.decode("utf-8-sig") if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        raise WorkflowError(f"The file is not UTF-8 text: byte {error.start}.") from None


def _parse(text: str) -> Any:
    """JSON is read as JSON: what `kfp.Client` sends has characters like U+1F600 as two escapes,
    a surrogate pair, and YAML takes neither."""
    try:
        if text.lstrip().startswith("{"):
            return _parse_json(text)
    except json.JSONDecodeError:
        pass  # a YAML mapping may begin so too
    try:
        return _parse_yaml(text)
    except yaml.YAMLError as error:
        raise WorkflowError(f"The file is not valid YAML: {' '.join(str(error).split())}") from None
    except (ValueError, TypeError) as error:
        if isinstance(error, WorkflowError):
            raise
        raise WorkflowError(f"The file holds a value that can't be read: {error}") from None


def _json_value(manifest: Mapping[str, Any]) -> Any:
    """The manifest as Kubernetes keeps it, a copy that nobody else changes."""
    try:
        return json.loads(json.dumps(manifest, allow_nan=False))
    except (ValueError, TypeError, RecursionError) as error:
        raise WorkflowError(f"The Workflow holds a value that JSON lacks: {error}") from None


# ---- JSON ----------------------------------------------------------------------------------------


def _parse_json(text: str) -> Any:
    try:
        value = json.loads(text, object_pairs_hook=_unique_object)
    except RecursionError:
        raise WorkflowError(DEEP) from None
    depth, values, level = 0, 0, [value]
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise WorkflowError(DEEP)
        children = [c for v in level for c in (v.values() if isinstance(v, dict) else v)]
        values += len(children)
        if values > MAX_VALUES:
            raise WorkflowError(MANY)
        level = [child for child in children if isinstance(child, dict | list)]
    return value


def _unique_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise WorkflowError(f"The key {twice!r} stands twice in one mapping.")
    return found


# ---- YAML ----------------------------------------------------------------------------------------


class _Loader(_Safe):
    """Safe YAML that refuses duplicate keys (PyYAML keeps the last one silently) and keeps dates as
    text (as the YAML library of Kubernetes does)."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (PyYAML's own attribute)
        first: [rule for rule in rules if rule[0] != "tag:yaml.org,2002:timestamp"]
        for first, rules in _Safe.yaml_implicit_resolvers.items()
    }


def _unique_mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = set()
    for key, _ in node.value:
        if isinstance(key, yaml.ScalarNode) and key.value in keys:
            raise WorkflowError(
                f"The key {key.value!r} stands twice in one mapping, "
                f"line {key.start_mark.line + 1}."
            )
        if isinstance(key, yaml.ScalarNode):
            keys.add(key.value)
    return yaml.constructor.SafeConstructor.construct_mapping(loader, node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_mapping)


def _parse_yaml(text: str) -> Any:
    depth = values = 0
    for event in yaml.parse(text, Loader=_Safe):
        if isinstance(event, yaml.NodeEvent):
            values += 1
        if values > MAX_VALUES:
            raise WorkflowError(MANY)
        if isinstance(event, yaml.AliasEvent):
            line = event.start_mark.line + 1 if event.start_mark else 0
            raise WorkflowError(
                f"The file uses a YAML alias, line {line}. Write the "
                "value out: the compiler of kfp does, and aliases can blow up a small file."
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise WorkflowError(DEEP)
    return yaml.load(text, Loader=_Loader)
