"""The runs of a server: begun, ended and written down."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from localkfp.clock import now
from localkfp.engine import engine
from localkfp.engine.argo_status import node_status, read_node
from localkfp.engine.contract import Phase
from localkfp.engine.run import Run
from localkfp.errors import StoreError
from localkfp.pods.machine import Machine
from localkfp.runs import disposal
from localkfp.runs.drive import MAX_PODS, cancel, drive, workflow_name
from localkfp.runs.executions import Executions
from localkfp.store.database import Store

SAVE_AGAIN_SECONDS = 1
INTERRUPTED = "localkfp was stopped while the run was in progress"
DELETED = "The run was deleted"

log = logging.getLogger("localkfp")


class Runner:
    """The runs in progress of a server: at most MAX_PODS pods at once over all of them."""

    def __init__(self, store: Store, state: Path, machine: Machine) -> None:
        self._store, self._state = store, state
        self._machine = machine
        self._executions = Executions(store, state, machine.way)
        self._slots = asyncio.Semaphore(MAX_PODS)
        self._writing = asyncio.Lock()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._unsaved: dict[str, asyncio.Task[None]] = {}
        self._terminated: dict[str, asyncio.Event] = {}
        self._busy_until = time.monotonic()

    @property
    def busy_until(self) -> float:
        """When the last run had ended and was written down, by time.monotonic(); now, if one is in
        progress."""
        if self._tasks or self._unsaved:
            self._busy_until = time.monotonic()
        return self._busy_until

    def close_interrupted(self) -> None:
        """A run that was in flight when the last server died ends as Failed and says so. What its
        pods had besides their logs is removed."""
        disposal.sweep(self._store, self._state)
        for row in self._store.open_runs():
            end: dict[str, Any] = {"message": INTERRUPTED, "finished_at": now()}
            nodes = map(read_node, self._store.nodes(row["id"]))
            closed = [
                node_status(replace(node, phase=Phase.FAILED, **end))
                for node in nodes
                if not node.phase.fulfilled
            ]
            self._store.save_nodes(row["id"], closed, phase=Phase.FAILED.value, **end)

    def free_name(self, generate_name: str) -> str:
        """A name for a Workflow that nothing has: its artifacts lie below it. Among 3,000 runs of
        one pipeline, five letters by chance meet again once in four times."""
        while True:
            name = workflow_name(generate_name)
            if not self._store.names(name) and not (self._state / "artifacts" / name).exists():
                return name

    def submit(self, run: Run) -> None:
        """Start a run whose row is stored; `run.uid` is the row's id."""
        self._terminated[run.uid] = asyncio.Event()
        self._tasks[run.uid] = asyncio.create_task(self._drive(run))

    def terminate_soon(self, run_id: str) -> bool:
        """Kill the run's pods without waiting for that; its exit handler still runs. Whether the
        run was in progress."""
        if run_id not in self._tasks:
            return False
        self._terminated[run_id].set()
        return True

    async def _end_now(self, run_id: str, message: str) -> None:
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
        await self._end_now(run_id, DELETED)
        await disposal.delete(self._store, self._state, run_id)

    async def close(self) -> None:
        for run_id in list(self._tasks):
            with contextlib.suppress(StoreError):
                await self._end_now(run_id, INTERRUPTED)
        await cancel(set(self._unsaved.values()))

    async def _drive(self, run: Run) -> None:
        folder = self._state / "pods" / run.name
        try:
            await drive(
                run,
                folder,
                self._machine,
                self._slots,
                self._keep,
                self._executions,
                self._terminated[run.uid],
            )
        except asyncio.CancelledError as cancelled:
            self._end(run, str(cancelled.args[0]) if cancelled.args else INTERRUPTED)
        except Exception as error:  # whatever it is, the run must end and say so
            log.exception("run %s", run.name)
            self._end(run, f"localkfp could not run this: {error}")
        finally:
            self._tasks.pop(run.uid, None)
            self._terminated.pop(run.uid, None)
            self._busy_until = time.monotonic()

    def _end(self, run: Run, message: str) -> None:
        engine.stop(run, message, now())
        try:
            self._save(run)
        except sqlite3.Error:
            self._unsaved[run.uid] = asyncio.create_task(self._save_later(run))

    async def _save_later(self, run: Run) -> None:
        """A full disk must not leave a run that has ended as one that runs for ever."""
        await asyncio.sleep(SAVE_AGAIN_SECONDS)
        await self._keep(run)
        del self._unsaved[run.uid]

    async def _keep(self, run: Run) -> None:
        """Write down what has changed; while the disk is full or the database locked, the run
        waits, and nobody else does."""
        while True:
            async with self._writing:  # one after the other: each try takes everybody's time
                with contextlib.suppress(sqlite3.Error):
                    self._save(run)
                    return
                await asyncio.sleep(SAVE_AGAIN_SECONDS)

    def _save(self, run: Run) -> None:
        root, nodes = run.root, engine.take_changed(run)
        try:
            self._store.save_nodes(
                run.uid,
                [node_status(node) for node in nodes],
                # what has begun runs, though its one pod may wait (a145_entry_is_container)
                phase=(Phase.RUNNING if run.phase is Phase.PENDING else run.phase).value,
                message=run.message,
                started_at=root.started_at,
                finished_at=now() if run.phase.fulfilled else None,
            )
        except sqlite3.Error as error:
            log.error("run %s can't be written down: %s", run.name, error)
            run.changed.update(dict.fromkeys(node.id for node in nodes))  # for the next time
            raise
