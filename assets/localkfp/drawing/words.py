"""A Workflow or a run as words: a line for each step, and a title."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from localkfp.drawing.graph import FlatStep, Graph

NAMED = 8  # so many steps are named in the title and in one line of the words


def names_of(flat: Sequence[FlatStep]) -> dict[str, str]:
    """What each step is called, by its name: its label, with a number if others have the same."""
    labels = Counter(entry.step.label for entry in flat)
    seen: Counter[str] = Counter()
    names = {}
    for step in (entry.step for entry in flat):
        seen[step.label] += 1
        same = labels[step.label]
        number = f" ({seen[step.label]} of {same})" if same > 1 else ""
        names[step.name] = f"{step.label}{number}"
    return names


def line_of(entry: FlatStep, names: Mapping[str, str]) -> str:
    step = entry.step
    parts = [
        step.phase,
        _start(entry, names),
        *(frame.note or f"in {frame.label}" for frame in entry.frames),
        step.note,
    ]
    line = f"{names[step.name]}: {'; '.join(filter(None, parts))}"
    return " ".join(line.split())


def _start(entry: FlatStep, names: Mapping[str, str]) -> str:
    if entry.before:
        return f"after {_listed(names[before.name] for before in entry.before)}"
    return "" if entry.step.phase else "starts at once"


def title_of(graph: Graph, flat: Sequence[FlatStep], names: Mapping[str, str]) -> str:
    ran = any(entry.step.phase for entry in flat)
    phases = Counter(entry.step.phase for entry in flat if entry.step.phase)
    counts = "".join(f", {count} {phase}" for phase, count in phases.items())
    steps = f"{len(flat)} step{'s' if len(flat) > 1 else ''}"
    first = [names[entry.step.name] for entry in flat if not entry.before]
    told = [f"{_listed(first, last=' and ')} {'starts' if len(first) == 1 else 'start'} at once"]
    if len(flat) <= NAMED:
        told += [
            f"{names[entry.step.name]} waits for "
            f"{_listed(names[before.name] for before in entry.before)}"
            for entry in flat
            if entry.before
        ]
    else:
        told.append("the list after the picture has every step")
    title = f"{'Run' if ran else 'Graph'} of {graph.name}: {steps}{counts}. {'; '.join(told)}."
    return " ".join(title.split())


def _listed(names: Iterable[str], last: str = ", ") -> str:
    named = list(dict.fromkeys(names))
    if len(named) > NAMED:
        named = [*named[: NAMED - 1], f"{len(named) - NAMED + 1} more"]
        last = " and "
    return last.join(filter(None, (", ".join(named[:-1]), *named[-1:])))
