"""`watch` and `show`: a run as `kfp.Client` tells it, on localkfp and on a cluster alike."""

from __future__ import annotations

import base64
import io
import json
import os
import tarfile
import time
from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import Any

import kfp
import localkfp
from IPython.display import DisplayHandle, display
from kfp_server_api import ApiException
from urllib3.exceptions import HTTPError

from workbook.kernel.environment import EnvironmentProblem
from workbook.language import _

FINISHED = ("Succeeded", "Failed", "Error", "Skipped")
POLL_SECONDS = 0.2
LOG_LINES = 20
VALUE_CHARACTERS = 200
LINE_CHARACTERS = 2000  # JupyterLab shows nothing at all of an output of many MB
VALUES_COLUMN = 11  # where the values of a step begin, and go on if they have several lines


def watch(client: kfp.Client, run: Any, timeout: float = 600) -> None:
    """Follow a run to its end: its graph, and a line that says how it ended.

    In front of a person (JupyterLab sets JPY_SESSION_NAME) the graph is drawn while the run goes
    on; in every case one plain picture of the end remains. `run` is an id, or what a call that
    starts a run returned; `timeout` is in seconds.
    """
    run_id = _id(run)
    live = "JPY_SESSION_NAME" in os.environ
    frame: DisplayHandle | None = None
    end = time.monotonic() + timeout
    manifest = live_workflow(client, run_id)
    while _phase(manifest) not in FINISHED and time.monotonic() < end:
        if live:
            frame = _draw(manifest, frame)
        time.sleep(POLL_SECONDS)
        manifest = live_workflow(client, run_id)
    _draw(manifest, frame)
    phase = _phase(manifest)
    if phase in FINISHED:
        print(_("The run has ended: {phase}").format(phase=phase))
    else:
        text = _("The run still goes on after {seconds} seconds: {phase}. Call watch again.")
        print(text.format(seconds=f"{timeout:g}", phase=phase or _("not started")))


def show(client: kfp.Client, run: Any, step: str | None = None) -> None:
    """Print each step of a run (or the one named) with its phase, inputs, outputs and log.

    `run` is as for `watch`."""
    run_id = _id(run)
    manifest = live_workflow(client, run_id)
    nodes = manifest.get("status", {}).get("nodes", {}).values()
    pods = [node for node in nodes if node["type"] in ("Pod", "Skipped")]
    chosen = [node for node in pods if step in (None, node["displayName"])]
    if not chosen:
        steps = ", ".join(sorted(node["displayName"] for node in pods)) or _("none yet")
        print(
            _("This run has no step {step!r}. Its steps: {steps}.").format(step=step, steps=steps)
        )
    depth = _depths(manifest)
    for node in sorted(chosen, key=lambda node: (depth[node["id"]], node["displayName"])):
        print(_describe(client, run_id, manifest["metadata"]["name"], node))


def _id(run: Any) -> str:
    """kfp 1.8 calls it `id` in what run_pipeline returns and `run_id` in what the others do."""
    return run if isinstance(run, str) else getattr(run, "run_id", None) or run.id


def live_workflow(client: kfp.Client, run_id: str) -> dict[str, Any]:
    """The run's Workflow with `status.nodes`. Raises EnvironmentProblem with a sentence."""
    try:
        return json.loads(client.get_run(run_id).pipeline_runtime.workflow_manifest)
    except ApiException as error:
        text = _("The endpoint has no run {run_id} to show: {reason}")
        raise EnvironmentProblem(text.format(run_id=run_id, reason=error.reason)) from None
    except HTTPError:
        raise EnvironmentProblem(
            _("The endpoint does not answer. Run the cell with endpoint(...) and kfp.Client again.")
        ) from None


def read_output(client: kfp.Client, run_id: str, node_id: str, name: str) -> bytes:
    """The content of an output artifact. The server keeps it as Argo stored it: a gzipped tar with
    one file (logs are stored plain)."""
    answer = client.runs.read_artifact(run_id=run_id, node_id=node_id, artifact_name=name)
    data = base64.b64decode(answer.data or "")
    if not data.startswith(b"\x1f\x8b"):
        return data
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        first = archive.next()
        file = archive.extractfile(first) if first and first.isfile() else None
        return file.read() if file else data


def _draw(manifest: Mapping[str, Any], frame: DisplayHandle | None) -> DisplayHandle | None:
    drawing = localkfp.draw(manifest)
    if frame is None:
        return display(drawing, display_id=True)
    frame.update(drawing)
    return frame


def _depths(manifest: Mapping[str, Any]) -> dict[str, int]:
    """How many steps lie before each node, on the longest way: the order to read them in."""
    nodes = manifest.get("status", {}).get("nodes", {})
    before: dict[str, set[str]] = {node_id: set() for node_id in nodes}
    for node_id, node in nodes.items():
        for child in node.get("children", ()):
            before.setdefault(child, set()).add(node_id)
    depths: dict[str, int] = {}
    for node_id in TopologicalSorter(before).static_order():
        depths[node_id] = 1 + max((depths[other] for other in before[node_id]), default=-1)
    return depths


def _phase(manifest: Mapping[str, Any]) -> str:
    return manifest.get("status", {}).get("phase", "")


def _describe(client: kfp.Client, run_id: str, workflow: str, node: Mapping[str, Any]) -> str:
    lines = [f"{node['displayName']}: {node['phase']}"]
    if node.get("message"):
        lines[0] += f" ({node['message']})"
    inputs, outputs = node.get("inputs", {}), node.get("outputs", {})
    # a step that failed has its outputs declared, without a value or a file (record d02)
    parameters = [p for p in outputs.get("parameters", ()) if "value" in p]
    values = {p["name"]: _short(p["value"].encode()) for p in parameters}
    files = {a["name"]: _key(a) for a in outputs.get("artifacts", ()) if _key(a)}
    log = ""
    for name in files:
        if name == "main-logs":
            log = read_output(client, run_id, node["id"], name).decode(errors="replace")
        elif name not in values:
            values[name] = _short(read_output(client, run_id, node["id"], name))
    given = {p["name"]: _short(p.get("value", "").encode()) for p in inputs.get("parameters", ())}
    given |= {a["name"]: _("(a file)") for a in inputs.get("artifacts", ())}
    lines.append(_("  inputs   {values}").format(values=_list(given)))
    lines.append(_("  outputs  {values}").format(values=_list(values)))
    if any(workflow not in key for key in files.values()):  # as the cache leaves it: record d29
        lines.append(_("  cached   not run: outputs and log are those of an earlier run"))
    last = (_cut(line, LINE_CHARACTERS) for line in log.splitlines()[-LOG_LINES:])
    lines += [_("  log      {line}").format(line=line) for line in last]
    return "\n".join(lines)


def _key(artifact: Mapping[str, Any]) -> str:
    """Where the object store has it; empty if it was declared and not written."""
    return artifact.get("s3", {}).get("key", "")


def _list(values: Mapping[str, str]) -> str:
    text = ", ".join(f"{name} = {value.rstrip()}" for name, value in values.items()) or _("none")
    return text.replace("\n", "\n" + " " * VALUES_COLUMN)


def _short(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return _("({count} bytes that are not text)").format(count=len(data))
    return _cut(text, VALUE_CHARACTERS)


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    return _("{start}... ({count} characters)").format(start=text[:length], count=len(text))
