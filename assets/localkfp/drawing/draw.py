"""A Workflow or a run as a picture (SVG) and as a list of words."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from localkfp.drawing.graph import Graph, Step, flat_steps, read_graph
from localkfp.drawing.layout import lay_out
from localkfp.drawing.svg import MARGIN, svg
from localkfp.drawing.words import line_of, names_of, title_of
from localkfp.workflow.model import Workflow


@dataclass(frozen=True)
class Drawing:
    """`words` has one line per step, in topological order; `title` is the picture's alt text;
    `width` is in pixels."""

    svg: str
    words: tuple[str, ...]
    title: str
    width: int

    def _repr_html_(self) -> str:
        # JupyterLab shows no SVG of an untrusted notebook, but an img with a data URI
        data = base64.b64encode(self.svg.encode()).decode()
        lines = "".join(f"<li>{escape(line)}</li>" for line in self.words)
        return (
            f'<img alt="{escape(self.title)}" src="data:image/svg+xml;base64,{data}">'
            f"<ul>{lines}</ul>"
        )

    def __repr__(self) -> str:
        return "\n".join(self.words)


def draw(manifest: Mapping[str, Any] | Workflow) -> Drawing:
    """Draw a Workflow, or a run of one: the Workflow with `status.nodes`.

    The Workflow need not be one that localkfp can run. Raises ValueError with a sentence if it is
    none, or if its tasks make no graph.
    """
    return draw_graph(read_graph(manifest.manifest if isinstance(manifest, Workflow) else manifest))


def draw_graph(
    graph: Graph, link: Callable[[Step], str] | None = None, chosen: str = ""
) -> Drawing:
    """The same for a graph that has been read. `link` gives the address behind a step's box or
    frame (not in the order of the Tab key: the list of words is); `chosen` names the step to mark.
    """
    flat = list(flat_steps(graph.steps))
    names = names_of(flat)
    words = tuple(line_of(step, names) for step in flat)
    title = title_of(graph, flat, names)
    block = lay_out(graph.steps)
    return Drawing(svg(block, title, link, chosen), words, title, block.width + 2 * MARGIN)
