"""What a Workflow, or a run of one, looks like as a graph: a manifest in, frozen dataclasses out.

A manifest that localkfp can't run is read all the same: only `spec.entrypoint`, `spec.templates`
and, of a run, `status.nodes` matter. The tasks come from the spec and their phases from the nodes,
joined by the name that Argo gives a node (`<workflow>.<task>.<task>`), so a run in progress shows
the tasks that have no node yet.
"""

from __future__ import annotations

import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any

from localkfp.workflow.model import TAG

MAX_STEPS = 5_000  # templates that call each other twice grow without bound
MAX_DEPTH = 40
MAX_ITEM = 60  # characters
DISPLAY_NAME = "pipelines.kubeflow.org/task_display_name"
NOT_STARTED = "not started"

QUOTED_TAG = re.compile(rf"([\"']?){TAG.pattern}\1")
ITEM = re.compile(r"\((\d+)(?::(.*))?\)", re.DOTALL)
DEPENDS = re.compile(r"([A-Za-z0-9_-]+)(?:\.[A-Za-z]+)?")


@dataclass(frozen=True)
class Step:
    """A task: a box in the picture, or with `steps` a frame around them.

    `name`: that of its node, whether or not it has one; no two have the same. `phase`: Argo's word,
    NOT_STARTED, or "" where nothing has run. `note`: on what condition, for what items. `row`: 0
    for what waits for nothing. `after`: what it waits for, as places in the tuple of its siblings.
    `template`: the name of what it runs.
    """

    name: str
    label: str
    phase: str
    note: str
    row: int
    after: tuple[int, ...]
    steps: tuple[Step, ...] = ()
    template: str = ""


@dataclass(frozen=True)
class Graph:
    """`steps` are in topological order, those of one row in the order of the Workflow."""

    name: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class FlatStep:
    """A box without its frames: `before` has the boxes that it waits for through all frames,
    `frames` the frames around it, the outermost first."""

    step: Step
    before: tuple[Step, ...]
    frames: tuple[Step, ...]


@dataclass(frozen=True)
class _Source:
    root: str
    templates: Mapping[str, Mapping[str, Any]]
    nodes: Mapping[str, Mapping[str, Any]]  # by id
    by_name: Mapping[str, Mapping[str, Any]]
    numbers: Iterator[int]


def read_graph(manifest: Mapping[str, Any]) -> Graph:
    """The graph of a Workflow; with phases if it has `status.nodes`.

    Raises ValueError with a sentence: no Workflow, a reference to nothing, a cycle, too large.
    """
    spec = manifest.get("spec") if isinstance(manifest, Mapping) else None
    if not isinstance(spec, Mapping) or not spec.get("templates"):
        raise ValueError(
            "This is not a Workflow: it must be a mapping that has spec.templates. "
            "Parse the YAML first, if it is text."
        )
    templates = {entry["name"]: entry for entry in _named(spec["templates"], "spec.templates")}
    entrypoint = spec.get("entrypoint")
    if not isinstance(entrypoint, str) or entrypoint not in templates:
        raise ValueError(f"spec.entrypoint is {entrypoint!r}, and no template has that name.")
    nodes = (manifest.get("status") or {}).get("nodes") or {}
    root = (manifest.get("metadata") or {}).get("name") or entrypoint
    source = _Source(
        root, templates, nodes, {n["name"]: n for n in nodes.values()}, itertools.count(1)
    )
    entry = _step(source, root, entrypoint, entrypoint)
    steps = entry.steps or (entry,)
    if spec.get("onExit"):
        steps += (_exit_handler(source, spec["onExit"], steps),)
    return Graph(entrypoint, steps)


def flat_steps(steps: tuple[Step, ...], frames: tuple[FlatStep, ...] = ()) -> Iterator[FlatStep]:
    """The boxes in topological order. What leads to a frame leads to the first boxes in it, and
    what leaves a frame leaves the last ones, as Argo links nodes through a DAG."""
    for step in steps:
        before = tuple(leaf for place in step.after for leaf in _leaves(steps[place]))
        flat = FlatStep(
            step,
            before or (frames[-1].before if frames else ()),
            tuple(frame.step for frame in frames),
        )
        if step.steps:
            yield from flat_steps(step.steps, (*frames, flat))
        else:
            yield flat


def _leaves(step: Step) -> tuple[Step, ...]:
    if not step.steps:
        return (step,)
    return tuple(leaf for last in _last(step.steps) for leaf in _leaves(step.steps[last]))


def _last(steps: tuple[Step, ...]) -> tuple[int, ...]:
    needed = {place for step in steps for place in step.after}
    return tuple(place for place in range(len(steps)) if place not in needed)


# ---- one task ------------------------------------------------------------------------------------


def _step(
    source: _Source,
    name: str,
    template_name: str,
    label: str,
    note: str = "",
    row: int = 0,
    after: tuple[int, ...] = (),
    callers: tuple[str, ...] = (),
) -> Step:
    """The step of a task, of a turn of a loop or of the whole Workflow, with all that is in it.

    `name` is that of its node, if it has one yet; `callers` are the templates around it.
    """
    if next(source.numbers) > MAX_STEPS:
        raise ValueError(f"The Workflow has more than {MAX_STEPS} steps: too many to draw.")
    template = source.templates.get(template_name, {})
    node = source.by_name.get(name)
    if node:
        kind, phase = node.get("type"), str(node.get("phase", ""))
    else:
        kind, phase = "DAG" if "dag" in template else "Pod", NOT_STARTED if source.nodes else ""
    notes = [note] if note else []
    steps: tuple[Step, ...] = ()
    if kind == "TaskGroup":
        items = _numbered_children(source, node or {})
        steps = tuple(
            _item(_step(source, child, template_name, label, callers=callers), f"item {item}")
            for child, item in items
        )
        notes += [] if items else ["no items"]
    elif kind == "Retry":
        attempts = len(_numbered_children(source, node or {}))
        notes += [f"{attempts} attempts"] if attempts > 1 else []
    elif kind == "DAG" and "dag" in template:
        if node is None and template_name in callers:
            notes.append("recursion: the same steps again")
        elif len(callers) == MAX_DEPTH:
            notes.append("more steps inside")
        else:
            steps = _dag(source, template, name, (*callers, template_name))
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    return Step(
        name=name,
        label=str(annotations.get(DISPLAY_NAME) or label),
        phase=phase,
        note="; ".join(notes),
        row=row,
        after=after,
        steps=steps,
        template=template_name,
    )


def _dag(
    source: _Source, template: Mapping[str, Any], name: str, callers: tuple[str, ...]
) -> tuple[Step, ...]:
    where = f"template {template['name']!r}"
    tasks = _named((template["dag"] or {}).get("tasks"), where)
    rows = _rows({task["name"]: _dependencies(task) for task in tasks}, where)
    tasks.sort(key=lambda task: rows[task["name"]])
    places = {task["name"]: place for place, task in enumerate(tasks)}
    return tuple(
        _step(
            source,
            name=f"{name}.{task['name']}",
            template_name=str(task.get("template", "")),
            label=task["name"],
            note=_note(task),
            row=rows[task["name"]],
            after=tuple(sorted({places[dependency] for dependency in _dependencies(task)})),
            callers=callers,
        )
        for task in tasks
    )


def _exit_handler(source: _Source, template_name: str, steps: tuple[Step, ...]) -> Step:
    """Argo calls its node `<workflow>.onExit`."""
    return _step(
        source,
        name=f"{source.root}.onExit",
        template_name=template_name,
        label=template_name,
        note="on exit, whatever happened",
        row=max(step.row for step in steps) + 1,
        after=_last(steps),
    )


def _numbered_children(source: _Source, node: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a loop (`name(0:item)`) or a retry (`name(0)`) made, in that order: name, and number
    with item. Other children are what comes after it."""
    children = []
    for child in node.get("children") or ():
        name = source.nodes.get(child, {}).get("name", "")
        if match := ITEM.fullmatch(name.removeprefix(node["name"])):
            item = match[2] or ""
            item = item if len(item) <= MAX_ITEM else f"{item[: MAX_ITEM - 1]}…"
            children.append((int(match[1]), name, f"{match[1]}: {item}" if item else match[1]))
    return [(name, item) for _, name, item in sorted(children)]


def _item(step: Step, note: str) -> Step:
    """One turn of a loop. A frame around a single box would say nothing: the box stands for it."""
    if len(step.steps) == 1 and not step.steps[0].steps:
        step = step.steps[0]
    return replace(step, note="; ".join(filter(None, (note, step.note))))


def _rows(waits: Mapping[str, Iterable[str]], where: str) -> dict[str, int]:
    """The length of the longest way to each task: what is in row 0 waits for nothing."""
    rows: dict[str, int] = {}
    try:
        for name in TopologicalSorter(waits).static_order():
            if name not in waits:
                raise ValueError(f"{where}: a task depends on {name!r}, and there is no such task.")
            rows[name] = 1 + max((rows[before] for before in waits[name]), default=-1)
    except CycleError as error:
        raise ValueError(
            f"{where}: its tasks wait for each other: {' -> '.join(error.args[1])}."
        ) from None
    return rows


def _dependencies(task: Mapping[str, Any]) -> list[str]:
    """https://argo-workflows.readthedocs.io/en/release-3.3/enhanced-depends-logic/"""
    if task.get("depends"):
        return DEPENDS.findall(task["depends"])
    return list(task.get("dependencies") or ())


def _named(entries: Any, where: str) -> list[Mapping[str, Any]]:
    entries = list(entries or ())
    names = [entry.get("name") if isinstance(entry, Mapping) else None for entry in entries]
    if not all(isinstance(name, str) for name in names):
        raise ValueError(f"This is not a Workflow: each entry of {where} must have a name.")
    if len(set(names)) < len(names):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        raise ValueError(f"{where} has two entries of the name {twice!r}.")
    return entries


# ---- conditions and loops in words ---------------------------------------------------------------


def _note(task: Mapping[str, Any]) -> str:
    notes = []
    if task.get("withItems"):
        notes.append(_loop(task["withItems"]))
    if task.get("withParam"):
        notes.append(_loop(task["withParam"]))
    if task.get("withSequence"):
        notes.append("for each number of a sequence")
    if task.get("when"):
        notes.append(f"when {_plain(task['when'])}")
    return "; ".join(notes)


def _loop(items: Any) -> str:
    """`items`: a list, or text: a tag or a list as JSON."""
    if isinstance(items, str):
        text = _plain(items)
        try:
            items = json.loads(items)
        except ValueError:
            return f"for each of {text}"
    if not isinstance(items, list):
        return f"for each of {items}"
    named = ", ".join(item if isinstance(item, str) else json.dumps(item) for item in items)
    simple = len(items) <= 3 and len(named) <= MAX_ITEM and "{" not in named
    return f"for each of {named if simple else f'{len(items)} items'}"


def _plain(text: str) -> str:
    """`"{{tasks.flip.outputs.parameters.flip-Output}}" == "heads"` as `flip-Output == "heads"`."""
    return QUOTED_TAG.sub(lambda match: match[2].partition("parameters.")[2] or match[2], text)
