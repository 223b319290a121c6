"""Drives an engine and its pods: starts what is ready, tells the engine how it ended."""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from enum import Enum
from pathlib import Path

from localkfp.clock import now
from localkfp.engine import engine
from localkfp.engine.contract import Outcome, Phase
from localkfp.engine.run import Run
from localkfp.pods.machine import Machine
from localkfp.pods.pod import run_pod as run_program
from localkfp.runs.executions import Executions
from localkfp.workflow.model import Workflow

# More pods than cores, so that steps that wait (and most do) show that they run side by side.
LETTERS = "bcdfghjklmnpqrstvwxz2456789"  # none that make a word; apimachinery, util/rand
MAX_PODS = 2 * (os.cpu_count() or 2)
# Argo's words for what a Workflow's deadline ends, or who terminates the run, by a deadline of 0
DEADLINE = "Step exceeded its deadline"

log = logging.getLogger("localkfp")


class Expiry(Enum):
    """Why a run must end before it is done."""

    DEADLINE = "its deadline has come"
    TERMINATED = "somebody terminates it"


Changed = Callable[[Run], Awaitable[None]]


def workflow_name(generate_name: str) -> str:
    """A name as Kubernetes generates it: the prefix, cut to 58 characters, and five more."""
    return generate_name[:58] + "".join(random.choices(LETTERS, k=5))


async def drive(
    run: Run,
    folder: Path,
    machine: Machine,
    slots: asyncio.Semaphore,
    changed: Changed,
    executions: Executions | None = None,
    terminated: asyncio.Event | None = None,
) -> None:
    """Run to the end. `changed` stores what has changed (`engine.take_changed`) and returns when it
    has, before a pod starts.
    Where there are `executions`, a pod whose like succeeded before isn't run again. When
    `terminated` is set, the run's pods are killed; its exit handler still runs."""
    events: asyncio.Queue[tuple[str, Outcome] | Expiry] = asyncio.Queue()
    pods: dict[str, asyncio.Task[None]] = {}
    loop = asyncio.get_running_loop()
    end = None if run.workflow.deadline is None else loop.time() + max(run.workflow.deadline, 0)

    async def run_pod(node_id: str) -> None:
        await asyncio.sleep(engine.delay(run, node_id))
        async with slots:
            day = run.created[:10].replace("-", "/")
            prefix = f"artifacts/{run.name}/{day}/{node_id}"
            try:
                engine.start_pod(run, node_id, now())
                await changed(run)
                program = engine.describe_pod(run, node_id)
                if end is not None and not run.root.phase.fulfilled:  # not for the exit handler
                    left = max(end - loop.time(), 0)
                    program = replace(program, deadline=min(program.deadline or left, left))
                before = executions and executions.find(program, folder / node_id)
                outcome = before or await run_program(program, folder / node_id, machine, prefix)
                if executions and not before:
                    executions.keep(program, outcome)
            except Exception as error:  # whatever it is, the run must end and say so
                log.exception("pod %s", node_id)
                outcome = Outcome(Phase.ERROR, f"localkfp could not run the pod: {error}")
        pods.pop(node_id, None)
        await events.put((node_id, outcome))

    async def watch(terminated: asyncio.Event) -> None:
        await terminated.wait()
        await events.put(Expiry.TERMINATED)

    alarm = end and loop.call_at(end, events.put_nowait, Expiry.DEADLINE)
    watcher = terminated and asyncio.create_task(watch(terminated))
    try:
        if run.workflow.deadline is not None and run.workflow.deadline <= 0:
            engine.expire(run, DEADLINE, now())
        await changed(run)
        while not run.phase.fulfilled:
            for node_id in engine.take_ready(run):
                pods[node_id] = asyncio.create_task(run_pod(node_id))
            event = await events.get()
            if isinstance(event, Expiry):
                running = event is Expiry.TERMINATED
                doomed = engine.expiring(run, running)
                await cancel({pods.pop(node_id) for node_id in doomed if node_id in pods})
                engine.expire(run, DEADLINE, now(), running)
            else:
                engine.end_pod(run, *event, now())
            await changed(run)
    finally:
        if alarm:
            alarm.cancel()
        await cancel({*pods.values(), *([watcher] if watcher else [])})


async def cancel(tasks: set[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def run_once(
    workflow: Workflow,
    arguments: Mapping[str, str],
    folder: Path,
    machine: Machine,
    changed: Changed,
) -> Run:
    """Run a Workflow without a server; its pods' folders lie below `folder`."""
    name = workflow_name(workflow.generate_name)
    run = engine.begin(workflow, name, name, arguments, now())
    slots = asyncio.Semaphore(MAX_PODS)
    await drive(run, folder / "pods", machine, slots, changed)
    return run
