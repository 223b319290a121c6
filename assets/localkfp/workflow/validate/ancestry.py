"""Which tasks of a DAG wait for which.

Argo: workflow/common/ancestry.go, util/sorting/topological_sorting.go. Records a10, a21, a70 to
a73, a87, d35.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from localkfp.workflow.validate.invalid import Invalid

Task = Mapping[str, Any]
NAME = re.compile(r"([a-zA-Z0-9][-a-zA-Z0-9]*?\.[A-Z][a-zA-Z]+)|([a-zA-Z0-9][-a-zA-Z0-9]*)")
RESULT = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9]*?\.[A-Z][a-zA-Z]+")
RESULTS = {"Succeeded", "Failed", "Errored", "Skipped", "Daemoned", "AnySucceeded", "AllFailed"}
OF_ITEMS = {"AnySucceeded", "AllFailed"}


def waits_for(task: Task) -> dict[str, bool]:
    """The names that a task depends on, and whether each is asked for as a loop."""
    found: dict[str, bool] = {}
    for word in NAME.finditer(task.get("depends") or ""):
        name, _, result = word.group().partition(".")
        found[name] = found.get(name, False) or result in OF_ITEMS
    if task.get("depends"):
        return found
    # each name is written into an expression, and read out of it again
    names = (word.group() for d in task.get("dependencies", ()) for word in NAME.finditer(d))
    return dict.fromkeys((name.partition(".")[0] for name in names), False)


def check_results(task: Task) -> None:
    for match in RESULT.finditer(task.get("depends") or ""):
        name, result = match.group().split(".")
        if result not in RESULTS:
            raise Invalid(f"task result '{result}' for task '{name}' is invalid")


def in_order(tasks: Sequence[Task]) -> list[Task]:
    """The tasks, each after those that it waits for. Raises Invalid: two of one name, a name that
    leads nowhere, a circle."""
    by_name: dict[str, Task] = {}
    for task in tasks:
        if task.get("name", "") in by_name:
            raise Invalid(f"duplicated nodeName {task.get('name', '')}")
        by_name[task.get("name", "")] = task
    before = {name: list(waits_for(task)) for name, task in by_name.items()}
    after: dict[str, list[str]] = {name: [] for name in by_name}
    for name, names in before.items():
        for dependency in names:
            if dependency not in by_name:
                raise Invalid(f"invalid dependency {dependency}")
            after[dependency].append(name)
    open_ = {name: len(names) for name, names in before.items()}
    queue, done = deque(name for name, count in open_.items() if not count), list[Task]()
    while queue:
        name = queue.popleft()
        done.append(by_name[name])
        for following in after[name]:
            open_[following] -= 1
            if not open_[following]:
                queue.append(following)
    if len(done) < len(tasks):
        raise Invalid("graph with cycle")
    return done


class Ancestry:
    """Which task of a DAG waits for which, near or far. `tasks` are in order."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self._bits = {task["name"]: 1 << i for i, task in enumerate(tasks)}
        self._before: dict[str, int] = {}
        for task in tasks:
            found = 0
            for name in waits_for(task):
                found |= self._bits[name] | self._before[name]
            self._before[task["name"]] = found

    def waits(self, name: str, for_: str) -> bool:
        return bool(self._before[name] & self._bits.get(for_, 0))
