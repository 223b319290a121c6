"""Running a Workflow here and now, without a server and without a trace."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localkfp.engine.argo_status import node_status
from localkfp.engine.contract import ArtifactValue
from localkfp.engine.engine import take_changed
from localkfp.engine.live_workflow import live_manifest
from localkfp.engine.node import Node, NodeType
from localkfp.engine.run import Run
from localkfp.pods.archive import MAIN_LOG, read_artifact
from localkfp.pods.pod import chosen_way, this_machine
from localkfp.runs.drive import run_once
from localkfp.workflow.model import Workflow


@dataclass(frozen=True)
class LocalNode:
    """A node of a run that has ended: a pod, or what groups pods (a DAG, a loop, a retry).

    `name` says where it is in the run, `add-example-x7k2p.for-loop-1(0:a).add`, and no other node
    has it; `display_name` is the last part. `type`, `phase` and `template` are as in
    `status.nodes`. `inputs` and `outputs` map names to texts: parameters, and files that are text.
    `files` holds each output file in bytes, one that is a folder as a gzipped tar.
    """

    name: str
    display_name: str
    type: str
    phase: str
    message: str
    template: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    files: Mapping[str, bytes]
    log: str


@dataclass(frozen=True)
class LocalRun:
    """How a run ended.

    `phase` is the run's, as text; `message` says what went wrong. `nodes` are all of it, in the
    order in which they came to be. `outputs` maps the display name of a task to its outputs, as in
    LocalNode, and `logs` maps it to its log; of a task that is retried, to those of its last
    attempt. Where several tasks have one display name (inside a loop, or a recursion), the last
    one's are kept, and `nodes` has them all. `manifest` is the Workflow with `status.nodes`, as
    a cluster would show it.
    """

    phase: str
    message: str
    outputs: Mapping[str, Mapping[str, str]]
    logs: Mapping[str, str]
    manifest: Mapping[str, Any]
    nodes: tuple[LocalNode, ...]


def run(
    workflow: Workflow,
    arguments: Mapping[str, Any] | None = None,
    timeout: float | None = 300,
    changed: Callable[[Node], None] = lambda node: None,
    pods: str = "",
) -> LocalRun:
    """Run a Workflow to its end. Arguments are passed as text, as `kfp.Client` passes them.

    `changed` is called with every node that changes. `pods`: `process` or `containers`, else what
    LOCALKFP_PODS says. Works inside a notebook too (the event loop
    there is busy: a thread of its own runs this one). Raises WorkflowError for arguments that don't
    fit, StoreError where pods can't run so, and TimeoutError after `timeout` seconds; no process is
    left in any case.
    """
    texts = {name: str(value) for name, value in (arguments or {}).items()}
    loop = asyncio.new_event_loop()
    task = loop.create_task(_run(workflow, texts, timeout, changed, pods or chosen_way()))
    ended = threading.Event()  # an interrupted Thread.join can't be repeated

    def work() -> None:
        try:
            loop.run_until_complete(asyncio.wait({task}))
        finally:
            with contextlib.suppress(OSError):  # other code of this process may have closed it
                loop.close()
            ended.set()

    threading.Thread(target=work, daemon=True).start()
    try:
        ended.wait()
    except BaseException:  # Ctrl-C, or Interrupt in a notebook
        with contextlib.suppress(RuntimeError):  # the loop may have closed meanwhile
            loop.call_soon_threadsafe(task.cancel)
        ended.wait()
        raise
    return task.result()


async def _run(
    workflow: Workflow,
    arguments: Mapping[str, str],
    timeout: float | None,
    changed: Callable[[Node], None],
    way: str,
) -> LocalRun:

    async def tell(run: Run) -> None:
        for node in take_changed(run):
            changed(node)

    with tempfile.TemporaryDirectory(prefix="localkfp-", ignore_cleanup_errors=True) as folder:
        machine = this_machine(Path(folder), way)
        try:
            finished = await asyncio.wait_for(
                run_once(workflow, arguments, Path(folder), machine, tell), timeout
            )
        except asyncio.TimeoutError:
            raise TimeoutError(f"The run was stopped after {timeout:g} seconds.") from None
        return _result(finished, Path(folder))


def _result(run: Run, folder: Path) -> LocalRun:
    bad = [node for node in run.nodes.values() if node.phase.bad and node.message]
    nodes = tuple(_node(node, folder) for node in run.nodes.values())
    retried = {node.name: node for node in nodes if node.type == NodeType.RETRY.value}
    pods = [(_task(node, retried), node) for node in nodes if node.type == NodeType.POD.value]
    root = run.root
    state = {
        "phase": run.phase.value,
        "message": run.message,
        "created_at": root.started_at,
        "started_at": root.started_at,
        "finished_at": root.finished_at,
    }
    entries = [node_status(node) for node in run.nodes.values()]
    return LocalRun(
        phase=run.phase.value,
        message="; ".join(f"{node.display_name}: {node.message}" for node in bad),
        outputs={task: node.outputs for task, node in pods},
        logs={task: node.log for task, node in pods if node.log},
        manifest=live_manifest(
            run.workflow.manifest, run.name, run.uid, run.arguments, entries, state
        ),
        nodes=nodes,
    )


def _task(pod: LocalNode, retried: Mapping[str, LocalNode]) -> str:
    """The display name of a pod's task; an attempt is called after its Retry node, `name(0)`."""
    group = retried.get(pod.name.rpartition("(")[0])
    return group.display_name if group else pod.display_name


def _node(node: Node, folder: Path) -> LocalNode:
    read = _contents(node.output_artifacts, folder)
    log = read.pop(MAIN_LOG, b"")
    return LocalNode(
        name=node.name,
        display_name=node.display_name,
        type=node.type.value,
        phase=node.phase.value,
        message=node.message,
        template=node.template,
        inputs={**_texts(_contents(node.input_artifacts, folder)), **node.input_parameters},
        outputs={**_texts(read), **node.output_parameters},
        files=read,
        log=log.decode(errors="replace"),
    )


def _contents(artifacts: Iterable[ArtifactValue], folder: Path) -> dict[str, bytes]:
    return {
        file.name: read_artifact(folder / file.key) if file.key else (file.raw or "").encode()
        for file in artifacts
        if file.exists
    }


def _texts(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: data.decode(errors="replace") for name, data in files.items()}
