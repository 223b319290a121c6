"""The graph of a Workflow or a run, its steps as links: in the picture, and as a list of words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localkfp.dashboard.links import address
from localkfp.drawing.draw import draw_graph
from localkfp.drawing.graph import Step, flat_steps, read_graph
from localkfp.engine.node import node_id

MAX_FIT = 500  # pixels: two steps beside each other


@dataclass(frozen=True)
class Picture:
    """`steps`: address, words and whether it is the chosen one, of each step. `fits`: it is narrow
    enough to be made smaller where there is little room. `error`: why there is no picture."""

    svg: str = ""
    title: str = ""
    steps: tuple[tuple[str, str, bool], ...] = ()
    chosen: Step | None = None
    fits: bool = False
    error: str = ""


def picture(manifest: Mapping[str, Any], here: str, chosen_id: str = "") -> Picture:
    """`here` is the address of the page; a step's address is that with `step`, the id of its
    node."""
    try:
        graph = read_graph(manifest)
    except ValueError as error:
        return Picture(error=str(error))
    root = (manifest.get("metadata") or {}).get("name") or manifest["spec"]["entrypoint"]

    def link(step: Step) -> str:
        return address(here, step=node_id(root, step.name)) + "#step"

    every = _all(graph.steps)
    chosen = next((step for step in every if node_id(root, step.name) == chosen_id), None)
    drawing = draw_graph(graph, link, chosen.name if chosen else "")
    steps = tuple(
        (link(flat.step), words, flat.step is chosen)
        for flat, words in zip(flat_steps(graph.steps), drawing.words, strict=True)
    )
    return Picture(drawing.svg, drawing.title, steps, chosen, drawing.width <= MAX_FIT)


def _all(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        yield step
        yield from _all(step.steps)
