"""Small Workflows and runs to draw, and what to read in the picture."""

from __future__ import annotations

import xml.etree.ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"
PHASES = ["Succeeded", "Failed", "Error", "Running", "Pending", "Skipped", "Omitted"]


def task(name, *after, template="pod", **more):
    return {"name": name, "template": template, "dependencies": list(after), **more}


def dag(name, *tasks):
    return {"name": name, "dag": {"tasks": list(tasks)}}


def workflow(*tasks, more=()):
    templates = [dag("main", *tasks), *more, {"name": "pod", "container": {"image": "x"}}]
    return {"kind": "Workflow", "spec": {"entrypoint": "main", "templates": templates}}


def run(manifest, phases, name="main-x7k2p", started="2026-01-01T00:00:00Z"):
    """The manifest with a node for each path of `phases`: path -> phase, or (type, phase). The
    children of a node are those whose path is its own and a number in brackets."""
    nodes = {}
    for path, value in {"": ("DAG", "Running"), **phases}.items():
        kind, phase = value if isinstance(value, tuple) else ("Pod", value)
        nodes[f"{name}-{path}"] = {
            "id": f"{name}-{path}",
            "name": f"{name}.{path}" if path else name,
            "type": kind,
            "phase": phase,
            "startedAt": started,
            "children": [
                f"{name}-{other}"
                for other in reversed(phases)
                if path and other.startswith(f"{path}(") and other.endswith(")")
            ],
        }
    return {**manifest, "metadata": {"name": name}, "status": {"nodes": nodes}}


DIAMOND = workflow(task("d", "b", "c"), task("c", "a"), task("b", "a"), task("a"))
LOOP = workflow(
    task("list"),
    task("loop", "list", template="body", withParam="{{tasks.list.outputs.parameters.list-out}}"),
    task("end", "loop"),
    more=[dag("body", task("work"))],
)


def boxes(svg):
    """The SVG groups of steps: boxes and frames."""
    return [
        group
        for group in ET.fromstring(svg).iter(f"{SVG}g")
        if group.find(f"{SVG}title") is not None
    ]


def texts(svg):
    """The lines of text in each box, by the first of them."""
    lines = [[text.text for text in box.iter(f"{SVG}text")] for box in boxes(svg)]
    return {line[0]: line for line in lines}
