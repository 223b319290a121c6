"""Loops: what `withItems` and `withParam` expand to, and what their outputs are together.

Argo: `expandTask` and `processItem` in workflow/controller/dag.go and operator.go,
`aggregatedJsonValueList` in workflow/controller/scope.go.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from localkfp.manifest import WorkflowError
from localkfp.workflow import DagTask, substitute


@dataclass(frozen=True)
class Turn:
    """One turn of a loop: its name within the loop, like `(0:a)`, and the tags that it sets."""

    suffix: str
    scope: Mapping[str, str]


def turns(task: DagTask, scope: Mapping[str, str]) -> list[Turn]:
    """The turns of a task's loop. Raises WorkflowError where `withParam` is no JSON list."""
    if task.with_items is not None:
        items = json.loads(substitute(json.dumps(task.with_items), _in_json(scope)))
    else:
        text = substitute(task.with_param or "", scope)
        try:
            items = json.loads(text)
        except ValueError:
            items = None
        if not isinstance(items, list):
            raise WorkflowError(f"withParam value could not be parsed as a JSON list: {text}")
    return [Turn(f"({index}:{_label(item)})", _tags(item)) for index, item in enumerate(items)]


def collect(values: Iterable[str]) -> str:
    """The outputs of all turns as one JSON list: of objects or lists if all are, else texts."""
    texts = list(values)
    try:
        parsed = [json.loads(text) for text in texts]
    except ValueError:
        parsed = [None]
    whole = all(isinstance(value, dict | list) for value in parsed)
    return _dump(parsed if whole else texts)


def _in_json(scope: Mapping[str, str]) -> dict[str, str]:
    """Values as they stand inside a JSON text."""
    return {tag: json.dumps(value)[1:-1] for tag, value in scope.items()}


def _label(item: Any) -> str:
    if isinstance(item, dict):
        return ",".join(f"{key}:{_text(item[key])}" for key in sorted(item))
    return _text(item)


def _tags(item: Any) -> dict[str, str]:
    tags = {"item": _text(item)}
    if isinstance(item, dict):
        tags |= {f"item.{key}": _text(value) for key, value in item.items()}
    return tags


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _dump(value)


def _dump(value: Any) -> str:
    """JSON as Go writes it: no spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
