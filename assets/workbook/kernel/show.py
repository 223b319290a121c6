"""`show` prints what the steps of a run got, gave and wrote into their logs, on localkfp and on a
cluster. It uses `kfp.Client` only."""

from __future__ import annotations

from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import Any
from urllib.parse import urlsplit

import kfp

from workbook.kernel.elsewhere import browser_address
from workbook.kernel.endpoint import http_of
from workbook.kernel.live_run import find_output, id_of, live_workflow
from workbook.language import _

# what stands for a step; the others, like DAG and Retry, hold steps
STEPS = ("Pod", "Skipped", "Suspend", "HTTP", "Container")
LOG_LINES = 20
VALUE_CHARACTERS = 200
LINE_CHARACTERS = 2000  # JupyterLab shows nothing at all of an output of many MB
VALUES_COLUMN = 11  # where the values of a step begin, and go on if they have several lines


def show(client: kfp.Client, run: Any, step: str | None = None) -> None:
    """Print each step of a run (or the one named) with its phase, inputs, outputs and log.

    `run` is as for `watch`."""
    run_id = id_of(run)
    workflow = live_workflow(client, run_id)
    nodes = workflow.get("status", {}).get("nodes", {}).values()
    pods = [node for node in nodes if node["type"] in STEPS]
    chosen = [node for node in pods if step in (None, node["displayName"])]
    if not pods:
        print(_("This run has no steps yet."))
    elif not chosen:
        steps = ", ".join(sorted({node["displayName"] for node in pods}))
        print(
            _("This run has no step {step!r}. Its steps: {steps}.").format(step=step, steps=steps)
        )
    depth, name = _depths(workflow), workflow.get("metadata", {}).get("name", "")
    for node in sorted(chosen, key=lambda node: (depth[node["id"]], node["displayName"])):
        print(_describe(client, run_id, name, node))
    if pages := _pages(client):
        print(_("In your browser: {page}").format(page=f"{pages}runs/details/{run_id}"))


def _pages(client: kfp.Client) -> str:
    """Where a browser that runs elsewhere finds localkfp's pages; empty for one that doesn't."""
    address, _headers = http_of(client)
    here = urlsplit(address).hostname in ("localhost", "127.0.0.1")
    return browser_address(address) if here else ""


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


def _describe(client: kfp.Client, run_id: str, workflow: str, node: Mapping[str, Any]) -> str:
    lines = [f"{node['displayName']}: {node.get('phase') or _('not started')}"]
    if node.get("message"):
        lines[0] += f" ({node['message']})"
    inputs, outputs = node.get("inputs", {}), node.get("outputs", {})
    # a step that failed has its outputs declared, without a value or a file (record d02)
    values = {p["name"]: _value(p) for p in outputs.get("parameters", ()) if "value" in p}
    files = {a["name"]: _key(a) for a in outputs.get("artifacts", ()) if _key(a)}
    log = b""
    for name in files:
        if name == "main-logs":
            log = find_output(client, run_id, node["id"], name) or b""
        elif name not in values:
            content = find_output(client, run_id, node["id"], name)
            values |= {} if content is None else {name: _short(content)}
    given = {p["name"]: _value(p) for p in inputs.get("parameters", ())}
    given |= {a["name"]: _("(a file)") for a in inputs.get("artifacts", ())}
    lines.append(_("  inputs   {values}").format(values=_list(given)))
    lines.append(_("  outputs  {values}").format(values=_list(values)))
    # as the cache leaves it: artifacts/WORKFLOW/..., record d29
    if any(key.startswith("artifacts/") and workflow not in key for key in files.values()):
        lines.append(_("  cached   not run: outputs and log are those of an earlier run"))
    said = [line for line in log.decode(errors="replace").splitlines() if not _is_argos(line)]
    last = (_cut(line, LINE_CHARACTERS) for line in said[-LOG_LINES:])
    lines += [_("  log      {line}").format(line=line) for line in last]
    return "\n".join(lines)


def _key(artifact: Mapping[str, Any]) -> str:
    """Where the object store has it; empty if it was declared and not written."""
    return artifact.get("s3", {}).get("key", "")


def _value(parameter: Mapping[str, Any]) -> str:
    return _short(str(parameter.get("value", "")).encode())


def _is_argos(line: str) -> bool:
    """Whether the emissary of Argo wrote it into the log of a step, not the step's program."""
    return line.startswith("time=") and " argo=true" in line


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
