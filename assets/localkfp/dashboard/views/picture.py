"""The graph of a Workflow or a run, its steps as links: in the picture, and as a list of words."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from localkfp.dashboard.links import address
from localkfp.dashboard.views.folding import FOLDED, folded, marked, simplified
from localkfp.drawing.draw import draw_graph
from localkfp.drawing.graph import Step, flat_steps, read_graph
from localkfp.engine.node import node_id

KEPT = ("loops", "simple")
NOTHING: Mapping[str, str] = {}
MAX_FIT = 500  # pixels: two steps beside each other


@dataclass(frozen=True)
class Picture:
    """`steps`: address, words and whether it is the chosen one, of each step. `fits`: it is narrow
    enough to be made smaller where there is little room. `error`: why there is no picture.
    `toggle`: the address with or without the arrows that others imply; "" where there are none."""

    svg: str = ""
    title: str = ""
    steps: tuple[tuple[str, str, bool], ...] = ()
    chosen: Step | None = None
    fits: bool = False
    error: str = ""
    toggle: str = ""


def picture(
    manifest: Mapping[str, Any],
    here: str,
    chosen_id: str = "",
    cached: Container[str] = (),
    kept: Mapping[str, str] = NOTHING,
) -> Picture:
    """`here` is the address of the page; a step's address is that with `step`, the id of its node.
    `cached`: the names of nodes from the cache; `kept`: the arguments KEPT of the page,
    `loops=whole` for loops that aren't folded, `simple=1` for no arrow that others imply."""
    try:
        graph = read_graph(manifest)
    except ValueError as error:
        return Picture(error=str(error))
    root = (manifest.get("metadata") or {}).get("name") or manifest["spec"]["entrypoint"]

    @cache  # a step is in the picture and in the list
    def place(name: str) -> str:
        if name.endswith(FOLDED):
            return address(here, **{**kept, "loops": "whole"})
        return address(here, step=node_id(root, name), **kept) + "#step"

    def link(step: Step) -> str:
        return place(step.name)

    every = _all(graph.steps) if chosen_id else ()
    chosen = next((step for step in every if node_id(root, step.name) == chosen_id), None)
    steps = whole = marked(graph.steps, cached)
    fewer = simplified(steps)
    if kept.get("simple"):
        steps = fewer
    if kept.get("loops") != "whole":
        steps = folded(steps, chosen.name if chosen else "")
    graph = replace(graph, steps=steps)
    drawing = draw_graph(graph, link, chosen.name if chosen else "")
    lines = tuple(
        (link(flat.step), words, chosen is not None and flat.step.name == chosen.name)
        for flat, words in zip(flat_steps(graph.steps), drawing.words, strict=True)
    )
    toggle = {**kept, "simple": "" if kept.get("simple") else "1", "step": chosen_id}
    return Picture(
        drawing.svg,
        drawing.title,
        lines,
        chosen,
        drawing.width <= MAX_FIT,
        toggle=address(here, **toggle) if fewer != whole else "",
    )


def _all(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        yield step
        yield from _all(step.steps)
