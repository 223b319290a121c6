"""Loops: what `withItems` and `withParam` expand to, and what their outputs are together.

Argo: `expandTask` in workflow/controller/dag.go, `processItem`, `generateNodeName` and
`processAggregateNodeOutputs` in workflow/controller/operator.go. An item that is a text is given as
it is; Argo leaves it escaped as in JSON (argoproj/argo-workflows#13718, mended in 2025).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from localkfp.errors import WorkflowError
from localkfp.workflow.model import TAG, DagTask, substitute


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
            items = json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            items = text
        if items is None:  # Go reads null as a list of none
            items = []
        if not isinstance(items, list):
            raise WorkflowError(f"withParam value could not be parsed as a JSON list: {text}")
    found = [Turn(f"({index}:{_label(item)})", _tags(item)) for index, item in enumerate(items)]
    for turn in found:
        _check(task, {**scope, **turn.scope})
    return found


def _check(task: DagTask, scope: Mapping[str, str]) -> None:
    """In a loop no tag may be left, neither of a key that an item lacks nor of a skipped task.
    (Argo: `processItem` replaces with allowUnresolved false.)"""
    values = [p.value for p in task.parameters] + [a.raw for a in task.artifacts]
    for text in (*values, task.when):
        if left := [tag for tag in TAG.findall(text or "") if tag not in scope]:
            raise WorkflowError(f"failed to resolve {{{{{left[0]}}}}}")


def collect(values: Iterable[str]) -> str:
    """The outputs of all turns as one JSON list of texts. (From Argo 3.6 on, a list of the objects
    or lists themselves if each is one: https://github.com/argoproj/argo-workflows/issues/13510.)"""
    return dump(list(values))


def _in_json(scope: Mapping[str, str]) -> dict[str, str]:
    """Values as they stand inside a JSON text."""
    return {tag: json.dumps(value)[1:-1] for tag, value in scope.items()}


def _label(item: Any) -> str:
    """What a turn's name says of its item. Brackets are left out, as Argo leaves them out."""
    if isinstance(item, dict):
        text = ",".join(sorted(f"{key}:{_text(value)}" for key, value in item.items()))
    elif isinstance(item, list):
        text = f"[{' '.join(map(_text, item))}]"  # as Go prints a list
    else:
        text = _text(item)
    return text.replace("(", "").replace(")", "")


def _tags(item: Any) -> dict[str, str]:
    if not isinstance(item, dict):
        return {"item": _text(item)}
    tags = {f"item.{key}": _text(value) for key, value in item.items()}
    return {"item": dump(dict(sorted(item.items()))), **tags}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else dump(value)


def dump(value: Any) -> str:
    """JSON as Go writes it: no spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _refuse_constant(word: str) -> None:
    """NaN and Infinity, which Python's JSON has and JSON hasn't."""
    raise ValueError(word)
