"""Running a Workflow here and now, without a server and without a trace."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localkfp import interpreter
from localkfp.home import state_directory
from localkfp.node import Node
from localkfp.pod import MAIN_LOG, read_artifact
from localkfp.progress import Run
from localkfp.runner import run_once
from localkfp.spec import Workflow
from localkfp.status import live_manifest, node_status


@dataclass(frozen=True)
class LocalRun:
    """How a run ended.

    `phase` is the run's, as text; `message` says what went wrong. `outputs` maps the display name
    of a task to its outputs, name to text (parameters, and artifacts that are text); `logs` maps it
    to its log. `manifest` is the Workflow with `status.nodes`, as a cluster would show it.
    """

    phase: str
    message: str
    outputs: Mapping[str, Mapping[str, str]]
    logs: Mapping[str, str]
    manifest: Mapping[str, Any]


def run(
    workflow: Workflow,
    arguments: Mapping[str, Any] | None = None,
    timeout: float | None = 300,
    changed: Callable[[Node], None] = lambda node: None,
) -> LocalRun:
    """Run a Workflow to its end. Arguments are passed as text, as `kfp.Client` passes them.

    `changed` is called with every node that changes. Works inside a notebook too (the event loop
    there is busy: a thread of its own runs this one). Raises WorkflowError for arguments that don't
    fit and TimeoutError after `timeout` seconds; no process is left in either case.
    """
    texts = {name: str(value) for name, value in (arguments or {}).items()}
    loop = asyncio.new_event_loop()
    task = loop.create_task(_run(workflow, texts, timeout, changed))
    ended = threading.Event()  # an interrupted Thread.join can't be repeated

    def work() -> None:
        with contextlib.closing(loop):
            loop.run_until_complete(asyncio.wait({task}))
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
) -> LocalRun:
    python = interpreter.ensure(state_directory())

    def tell(run: Run, nodes: list[Node]) -> None:
        for node in nodes:
            changed(node)

    with tempfile.TemporaryDirectory(prefix="localkfp-", ignore_cleanup_errors=True) as folder:
        try:
            finished = await asyncio.wait_for(
                run_once(workflow, arguments, Path(folder), python, tell), timeout
            )
        except asyncio.TimeoutError:
            raise TimeoutError(f"The run was stopped after {timeout:g} seconds.") from None
        return _result(finished, Path(folder))


def _result(run: Run, folder: Path) -> LocalRun:
    outputs: dict[str, dict[str, str]] = {}
    logs: dict[str, str] = {}
    bad = [node for node in run.nodes.values() if node.phase.bad and node.message]
    for node in run.nodes.values():
        files = {}
        for artifact in node.output_artifacts:
            data = read_artifact(folder / artifact.key) if artifact.key else b""
            if artifact.name == MAIN_LOG:
                logs[node.display_name] = data.decode(errors="replace")
            else:
                files[artifact.name] = data.decode(errors="replace")
        if node.type == "Pod":
            outputs[node.display_name] = {**files, **node.output_parameters}
    root = run.root
    state = {
        "phase": run.phase.value,
        "message": run.message,
        "created_at": root.started_at,
        "started_at": root.started_at,
        "finished_at": root.finished_at,
    }
    nodes = [node_status(node) for node in run.nodes.values()]
    return LocalRun(
        phase=run.phase.value,
        message="; ".join(f"{node.display_name}: {node.message}" for node in bad),
        outputs=outputs,
        logs=logs,
        manifest=live_manifest(
            run.workflow.manifest, run.name, run.uid, run.arguments, nodes, state
        ),
    )
