"""Loops: what `withItems` and `withParam` expand to, and what their outputs are together.

Argo: `expandTask` in workflow/controller/dag.go, `processItem`, `generateNodeName` and
`processAggregateNodeOutputs` in workflow/controller/operator.go. An item is the JSON text that it
came in: a number stays as it is written and a text keeps its escapes, `\\ud55c` for a Korean letter
where Python's `json.dumps` wrote the list. (argoproj/argo-workflows#13718, mended in Argo 4; the
records c36_param_numbers, c37_param_texts, c38_param_maps, f_korean_items.)
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from localkfp.errors import WorkflowError
from localkfp.workflow.model import TAG, TOO_MANY, DagTask, substitute
from localkfp.workflow.raw_json import elements, kind, members
from localkfp.workflow.reading.gojson import dump

ITEMS = "[]v1alpha1.Item"


@dataclass(frozen=True)
class Turn:
    """One turn of a loop: its name within the loop, like `(0:a)`, and the tags that it sets."""

    suffix: str
    scope: Mapping[str, str]


def turns(task: DagTask, scope: Mapping[str, str], most: int) -> list[Turn] | None:
    """The turns of a task's loop. None where `withParam` is an empty text: Argo takes the task for
    one without a loop (the record c43_loop_over_nothing). Raises WorkflowError where it is no JSON
    list, or where it has more than `most` items."""
    if task.with_items is not None:
        text = substitute(dump(task.with_items), _in_json(scope))
    else:
        text = substitute(task.with_param or "", scope)
        if not text:
            return None
    if _length(text) > most:
        raise WorkflowError(TOO_MANY)
    try:
        items = elements(text)
    except ValueError as error:
        raise _no_list(text, str(error)) from None
    if items is None:
        raise _no_list(text, f"json: cannot unmarshal {kind(text)} into Go value of type {ITEMS}")
    found = [Turn(f"({index}:{_label(item)})", _tags(item)) for index, item in enumerate(items)]
    for turn in found:
        _check(task, {**scope, **turn.scope})
    return found


def _length(text: str) -> int:
    """Of a JSON list. Of 200,000 items `elements` takes seconds, which this doesn't."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return 0
    return len(found) if isinstance(found, list) else 0


def _no_list(text: str, why: str) -> WorkflowError:
    return WorkflowError(
        f"withParam value could not be parsed as a JSON list: {text.strip()}: {why}"
    )


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
    return {tag: json.dumps(value, ensure_ascii=False)[1:-1] for tag, value in scope.items()}


def _label(item: str) -> str:
    """What a turn's name says of its item. Brackets are left out, as Argo leaves them out."""
    match kind(item):
        case "object":
            pairs = (members(item) or {}).items()
            text = ",".join(sorted(f"{key}:{_bare(value)}" for key, value in pairs))
        case "array" | "null":  # as Go prints a list; null is one to it
            text = f"[{' '.join(map(_bare, elements(item) or ()))}]"
        case _:
            text = _bare(item)
    return text.replace("(", "").replace(")", "")


def _tags(item: str) -> dict[str, str]:
    if kind(item) != "object":
        return {"item": _bare(item)}
    entries = members(item) or {}
    sorted_entries = (f"{dump(key)}:{entries[key]}" for key in sorted(entries))
    tags = {f"item.{key}": _bare(value) for key, value in entries.items()}
    return {"item": "{" + ",".join(sorted_entries) + "}", **tags}


def _bare(item: str) -> str:
    """An item's text; of a JSON text what stands between its quotation marks, escapes and all."""
    return item[1:-1] if item.startswith('"') else item
