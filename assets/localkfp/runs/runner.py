"""Drives the engine and the pods: starts what is ready, tells the engine how it ended."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import sqlite3
import string
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from localkfp.engine import engine
from localkfp.engine.argo_status import node_status
from localkfp.engine.node import Node, Outcome, Phase
from localkfp.engine.run import Run
from localkfp.pods import interpreter, process
from localkfp.runs import disposal
from localkfp.runs.executions import Executions
from localkfp.store.database import Store, StoreError, now
from localkfp.workflow.model import Workflow

# More pods than cores, so that steps that wait (and most do) show that they run side by side.
MAX_PODS = 2 * (os.cpu_count() or 2)
SAVE_AGAIN_SECONDS = 1
INTERRUPTED = "localkfp was stopped while the run was in progress"
DEADLINE = "Step exceeded its deadline"  # Argo's words for what a Workflow's deadline ends
TERMINATED = "workflow shutdown with strategy:  Terminate"  # Argo's words, both spaces included

log = logging.getLogger("localkfp")

Changed = Callable[[Run, list[Node]], None]


def workflow_name(generate_name: str) -> str:
    """A name as Kubernetes generates it: the prefix, cut to 58 characters, and five more."""
    alphabet = string.ascii_lowercase + string.digits
    return generate_name[:58] + "".join(random.choices(alphabet, k=5))


async def drive(
    run: Run,
    folder: Path,
    place: process.Machine,
    slots: asyncio.Semaphore,
    changed: Changed,
    executions: Executions | None = None,
) -> None:
    """Run to the end. `changed` is called, and must have stored the change, before a pod starts.
    Where there are `executions`, a pod whose like succeeded before isn't run again."""
    ended: asyncio.Queue[tuple[str, Outcome]] = asyncio.Queue()
    pods: set[asyncio.Task[None]] = set()
    loop = asyncio.get_running_loop()
    end = None if run.workflow.deadline is None else loop.time() + run.workflow.deadline

    def left() -> float | None:
        """Seconds to the Workflow's deadline, which is not for the exit handler."""
        return None if end is None or run.root.phase.fulfilled else max(end - loop.time(), 0)

    async def run_pod(node_id: str) -> None:
        await asyncio.sleep(engine.delay(run, node_id))
        async with slots:
            prefix = f"artifacts/{run.name}/{node_id}"
            try:
                engine.start_pod(run, node_id, now())
                changed(run, engine.take_changed(run))
                program = engine.pod(run, node_id)
                before = executions and executions.find(program, folder / node_id)
                outcome = before or await process.run(program, folder / node_id, place, prefix)
                if executions and not before:
                    executions.keep(program, outcome)
            except Exception as error:  # whatever it is, the run must end and say so
                log.exception("pod %s", node_id)
                outcome = Outcome(Phase.ERROR, f"localkfp could not run the pod: {error}")
        await ended.put((node_id, outcome))

    try:
        changed(run, engine.take_changed(run))
        while not run.phase.fulfilled:
            for node_id in engine.take_ready(run):
                task = asyncio.create_task(run_pod(node_id))
                pods.add(task)
                task.add_done_callback(pods.discard)
            try:
                node_id, outcome = await asyncio.wait_for(ended.get(), left())
            except asyncio.TimeoutError:
                await _cancel(pods)
                engine.expire(run, DEADLINE, now())
            else:
                engine.end_pod(run, node_id, outcome, now())
            changed(run, engine.take_changed(run))
    finally:
        await _cancel(pods)


async def _cancel(pods: set[asyncio.Task[None]]) -> None:
    for task in pods:
        task.cancel()
    await asyncio.gather(*pods, return_exceptions=True)


async def run_once(
    workflow: Workflow,
    arguments: Mapping[str, str],
    folder: Path,
    python: Path,
    changed: Changed,
) -> Run:
    """Run a Workflow without a server; its pods' folders and artifacts lie below `folder`."""
    name = workflow_name(workflow.generate_name)
    run = engine.begin(workflow, name, name, arguments, now())
    slots = asyncio.Semaphore(MAX_PODS)
    place = process.Machine(python, artifacts=folder, private_tmp=process.has_namespaces())
    await drive(run, folder / "pods", place, slots, changed)
    return run


class Runner:
    """The runs in progress of a server: at most MAX_PODS pods at once over all of them."""

    def __init__(self, store: Store, state: Path) -> None:
        self._store, self._state = store, state
        self._machine = process.Machine(interpreter.ensure(state), state, process.has_namespaces())
        self._executions = Executions(store, state)
        self._slots = asyncio.Semaphore(MAX_PODS)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._unsaved: dict[str, asyncio.Task[None]] = {}
        self._busy_until = time.monotonic()

    @property
    def busy_until(self) -> float:
        """When the last run had ended and was written down, by time.monotonic(); now, if one is in
        progress."""
        if self._tasks or self._unsaved:
            self._busy_until = time.monotonic()
        return self._busy_until

    def close_interrupted(self) -> None:
        """A run that was in flight when the last server died ends as Failed and says so."""
        for row in self._store.rows("runs"):
            if row["phase"] in ("", Phase.PENDING.value, Phase.RUNNING.value):
                nodes = self._store.nodes(row["id"])
                for node in nodes:
                    if node["phase"] in (Phase.PENDING.value, Phase.RUNNING.value):
                        node |= {"phase": "Failed", "message": INTERRUPTED, "finishedAt": now()}
                self._store.save_nodes(
                    row["id"], nodes, phase="Failed", message=INTERRUPTED, finished_at=now()
                )

    def submit(self, run: Run) -> None:
        """Start a run whose row is stored; `run.uid` is the row's id."""
        self._tasks[run.uid] = asyncio.create_task(self._drive(run))

    async def terminate(self, run_id: str, message: str = TERMINATED) -> None:
        """Kill the run's pods; its open nodes end as Failed. Returns when that is stored.

        Raises StoreError when it can't be stored now; it will be when the store takes it.
        """
        if task := self._tasks.get(run_id):
            task.cancel(message)
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if run_id in self._unsaved:
            raise StoreError("The run has ended, but localkfp can't write that down now")

    async def delete(self, run_id: str) -> None:
        """End a run, and remove it with its files."""
        await self.terminate(run_id)
        await disposal.delete(self._store, self._state, run_id)

    async def close(self) -> None:
        for run_id in list(self._tasks):
            with contextlib.suppress(StoreError):
                await self.terminate(run_id, INTERRUPTED)
        await _cancel(set(self._unsaved.values()))

    async def _drive(self, run: Run) -> None:
        folder = self._state / "pods" / run.name
        try:
            await drive(run, folder, self._machine, self._slots, self._save, self._executions)
        except asyncio.CancelledError as cancelled:
            self._end(run, str(cancelled.args[0]) if cancelled.args else TERMINATED)
        except Exception as error:  # whatever it is, the run must end and say so
            log.exception("run %s", run.name)
            self._end(run, f"localkfp could not run this: {error}")
        finally:
            self._tasks.pop(run.uid, None)
            self._busy_until = time.monotonic()

    def _end(self, run: Run, message: str) -> None:
        engine.stop(run, message, now())
        try:
            self._save(run, engine.take_changed(run))
        except sqlite3.Error:
            self._unsaved[run.uid] = asyncio.create_task(self._save_later(run))

    async def _save_later(self, run: Run) -> None:
        """A full disk must not leave a run that has ended as one that runs for ever."""
        while True:
            await asyncio.sleep(SAVE_AGAIN_SECONDS)
            with contextlib.suppress(sqlite3.Error):
                self._save(run, engine.take_changed(run))
                del self._unsaved[run.uid]
                return

    def _save(self, run: Run, nodes: list[Node]) -> None:
        root = run.root
        try:
            self._store.save_nodes(
                run.uid,
                [node_status(node) for node in nodes],
                phase=run.phase.value,
                message=run.message,
                started_at=root.started_at,
                finished_at=now() if run.phase.fulfilled else None,
            )
        except sqlite3.Error as error:
            log.error("run %s can't be written down: %s", run.name, error)
            run.changed.update(dict.fromkeys(node.id for node in nodes))  # for the next time
            raise
