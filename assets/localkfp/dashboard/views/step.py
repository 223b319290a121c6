"""One step of a run: what went in and came out, its log, its code. Facts in, facts out; only the
log and the beginnings of artifacts are read from files."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from localkfp.dashboard.views import preview
from localkfp.dashboard.views.code import TemplateCode, template_code
from localkfp.dashboard.views.content import Content, declared_types, peek, stored_at
from localkfp.dashboard.views.preview import Preview
from localkfp.drawing.graph import Step
from localkfp.engine.contract import Phase
from localkfp.pods.archive import MAIN_LOG

LOG_SHOWN = 1_000_000  # bytes
MOST_LINES = 20_000  # that have a number: each is an element of the page
UI_METADATA, METRICS = "mlpipeline-ui-metadata", "mlpipeline-metrics"
COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")  # what terminals take as colours
TABS = {
    "io": "Input/Output",
    "visualizations": "Visualizations",
    "details": "Details",
    "logs": "Logs",
    "code": "Code",
}


@dataclass(frozen=True)
class Shown:
    """An artifact on the page. `address`: where it is saved from; `key`: its name in the store."""

    name: str
    key: str
    address: str
    size: int
    look: Preview

    @property
    def whole(self) -> str:
        """Where a browser shows all of it, or nothing."""
        view = {"text": "text", "table": "text", "markdown": "text", "image": "image"}
        kind = view.get(self.look.kind, "") if self.size else ""
        return f"{self.address}?view={kind}" if kind else ""


@dataclass(frozen=True)
class Log:
    """`skipped` is the number of bytes before the text."""

    text: str = ""
    skipped: int = 0
    size: int = 0

    @property
    def lines(self) -> list[str]:
        """Each with its end; none where their numbers aren't known, or there are too many."""
        numbered = not self.skipped and self.text.count("\n") <= MOST_LINES
        return list(io.StringIO(self.text)) if numbered else []


@dataclass(frozen=True)
class StepView:
    """`inputs`, `outputs`: parameters and artifacts; `attempts`: id and phase of each attempt."""

    id: str
    title: str
    phase: str
    bad: bool
    note: str
    node: Mapping[str, Any]
    tab: str
    cached: bool
    attempts: tuple[tuple[str, str], ...]
    log_node: str
    log: Log
    inputs: tuple[tuple[tuple[str, str], ...], tuple[Shown, ...]]
    outputs: tuple[tuple[tuple[str, str], ...], tuple[Shown, ...]]
    visualizations: tuple[tuple[str, Preview], ...]
    code: TemplateCode | None


def step_view(
    manifest: Mapping[str, Any],
    step_id: str,
    step: Step | None,
    nodes: Iterable[Mapping[str, Any]],
    tab: str,
    state: Path,
    run_id: str,
    log_file: Callable[[str], Path],
) -> StepView | None:
    """None when the run has no such step. `step` is that of the graph: none for an attempt of a
    step that is retried. `log_file` gives the path of a node's log."""
    nodes = list(nodes)
    node = next((node for node in nodes if node["id"] == step_id), None)
    if node is None and step is None:
        return None
    entry: Mapping[str, Any] = node or {}
    attempts = _attempts(entry, nodes)
    logged = attempts[-1][0] if attempts else step_id
    tab = tab if tab in TABS else "io"
    here = f"/runs/details/{run_id}/artifacts/{step_id}"
    types = declared_types(manifest) if tab == "io" else {}
    both = [
        _values(entry.get(side, {}), f"{here}/{side}", types, state, tab == "io")
        for side in ("inputs", "outputs")
    ]
    shown = visualizations_of(entry, state) if tab == "visualizations" else ()
    template = entry.get("templateName") or (step.template if step else "")
    return StepView(
        id=step_id,
        title=step.label if step else entry.get("displayName", step_id),
        phase=str(entry.get("phase", "")),
        bad=bool(entry.get("phase")) and Phase(entry["phase"]).bad,
        note=step.note if step else "",
        node=entry,
        tab=tab,
        cached=is_cached(entry),
        attempts=attempts,
        log_node=logged if entry.get("type") in ("Pod", "Retry") else "",
        log=read_log(log_file(logged)) if tab == "logs" else Log(),
        inputs=both[0],
        outputs=both[1],
        visualizations=shown,
        code=template_code(manifest, template) if tab == "code" else None,
    )


def is_cached(node: Mapping[str, Any]) -> bool:
    """Whether the step's outputs are those of an earlier run: they lie below another node's key
    (the web front end 1.8.5 judges so)."""
    keys = [a["s3"]["key"] for a in node.get("outputs", {}).get("artifacts", ()) if "s3" in a]
    succeeded = node.get("type") == "Pod" and node.get("phase") == "Succeeded"
    return succeeded and any(node["id"] not in key for key in keys)


def _attempts(
    node: Mapping[str, Any], nodes: Iterable[Mapping[str, Any]]
) -> tuple[tuple[str, str], ...]:
    """The attempts of a step that is retried: Argo names them `name(0)`, `name(1)`."""
    if node.get("type") != "Retry":
        return ()
    children = set(node.get("children", ()))
    name = re.compile(re.escape(node["name"]) + r"\(\d+\)")
    return tuple(
        (other["id"], other["phase"])
        for other in nodes
        if other["id"] in children and name.fullmatch(other["name"])
    )


def read_log(file: Path, shown: int = LOG_SHOWN) -> Log:
    """The end of a log, from the beginning of a line."""
    try:
        with file.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(max(0, size - shown))
            data = stream.read(shown)
    except OSError:
        return Log()
    skipped = size - len(data) if size > shown else 0
    if skipped and b"\n" in data:
        line = data.index(b"\n") + 1
        data, skipped = data[line:], skipped + line
    text = COLOURS.sub("", data.decode(errors="replace"))
    return Log(text.replace("\r\n", "\n"), skipped, size)


def _values(
    side: Mapping[str, Any], here: str, types: Mapping[str, str], state: Path, look: bool
) -> tuple[tuple[tuple[str, str], ...], tuple[Shown, ...]]:
    parameters = tuple((p["name"], str(p.get("value", ""))) for p in side.get("parameters", ()))
    artifacts = tuple(
        shown_artifact(artifact, here, types, state)
        for artifact in sorted(side.get("artifacts", ()), key=lambda a: a["name"] == MAIN_LOG)
        if look
    )
    return parameters, artifacts


def shown_artifact(
    artifact: Mapping[str, Any], here: str, types: Mapping[str, str], state: Path
) -> Shown:
    """`here`: the address below which artifacts of its step and side are saved."""
    name, key = artifact["name"], artifact.get("s3", {}).get("key", "")
    content = _content(artifact, state)
    if content.error:
        look = Preview("note", note=content.error)
    elif content.entries:
        look = Preview("folder", text="\n".join(content.entries), note="A folder. In it:")
    elif name == MAIN_LOG:
        look = Preview("note", note="The log: see Logs.")
    else:
        look = preview.look(name, types.get(name, ""), content.head, content.size)
    return Shown(name, key, f"{here}/{name}", content.size, look)


def _content(artifact: Mapping[str, Any], state: Path) -> Content:
    if "s3" in artifact:
        return peek(state / artifact["s3"]["key"])
    data = str(artifact.get("raw", {}).get("data", "")).encode(errors="replace")
    return Content(len(data), data)


def visualizations_of(node: Mapping[str, Any], state: Path) -> tuple[tuple[str, Preview], ...]:
    """Each with the name of its artifact."""
    found: list[tuple[str, Preview]] = []
    for artifact in node.get("outputs", {}).get("artifacts", ()):
        name = artifact["name"]
        if name.endswith((UI_METADATA, METRICS)):
            content = _content({"raw": {}} | artifact, state)
            data = _whole(artifact, state, content)
            outputs = (
                preview.visualizations(data, partial(stored_at, state))
                if name.endswith(UI_METADATA)
                else (preview.metrics(data),)
            )
            found += [(name, output) for output in outputs]
    return tuple(found)


def _whole(artifact: Mapping[str, Any], state: Path, content: Content) -> bytes:
    if content.size <= len(content.head) or "s3" not in artifact:
        return content.head
    return peek(state / artifact["s3"]["key"], content.size).head
