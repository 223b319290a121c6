"""A graph for a page: long loops folded, steps from the cache marked, arrows that others imply left
out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from dataclasses import replace

from localkfp.drawing.graph import NOT_STARTED, Step

MOST_TURNS, KEPT = 12, 3
FOLDED = "/folded"  # at the end of the name of what stands for the folded steps; no node has it


def marked(steps: tuple[Step, ...], cached: Container[str]) -> tuple[Step, ...]:
    """`cached`: the names of the nodes whose outputs are an earlier run's."""
    return tuple(
        replace(
            step,
            note="; ".join(filter(None, (step.note, "from the cache" * (step.name in cached)))),
            steps=marked(step.steps, cached),
        )
        for step in steps
    )


def simplified(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """Without the arrows from what a step waits for anyway, by way of another one."""
    before: list[int] = []  # a bit for each that it waits for; they are in topological order
    for step in steps:
        known = 0
        for place in step.after:
            known |= before[place] | 1 << place
        before.append(known)

    def implied(step: Step, place: int) -> bool:
        return any(before[other] >> place & 1 for other in step.after)

    return tuple(
        replace(
            step,
            steps=simplified(step.steps),
            after=tuple(place for place in step.after if not implied(step, place)),
        )
        for step in steps
    )


def folded(steps: tuple[Step, ...], chosen: str = "") -> tuple[Step, ...]:
    """Where many siblings run one template and wait for nothing, as the turns of a loop do, the
    first are kept, those that went wrong beside them, the chosen one, and one box for the rest."""
    inner = tuple(replace(step, steps=folded(step.steps, chosen)) for step in steps)
    one = len({step.template for step in inner}) == 1 and not any(step.after for step in inner)
    if not one or len(inner) <= MOST_TURNS:
        return inner
    bad = [step for step in inner if step.phase in ("Failed", "Error")][:KEPT]
    kept = [
        step
        for number, step in enumerate(inner)
        if number < KEPT or step in bad or _has(step, chosen)
    ]
    rest = [step for step in inner if step not in kept]
    phases = Counter(step.phase or "" for step in rest)
    said = ", ".join(f"{count} {phase}" for phase, count in phases.items() if phase)
    fold = Step(
        name=f"{rest[0].name}{FOLDED}",
        label=f"{len(rest):,} more",
        phase=next(iter(phases)) if len(phases) == 1 else "Running" if _goes_on(phases) else "",
        note=said,
        row=0,
        after=(),
        template=rest[0].template,
    )
    return (*kept, fold)


def _goes_on(phases: Counter[str]) -> bool:
    return any(phases[word] for word in ("Running", "Pending", NOT_STARTED))


def _has(step: Step, name: str) -> bool:
    return bool(name) and (step.name == name or any(_has(each, name) for each in step.steps))
