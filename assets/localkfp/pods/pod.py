"""One pod, from its inputs to its stored outputs, in either of the two ways that pods run."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from localkfp.engine.contract import Outcome, Phase, Pod
from localkfp.errors import StoreError
from localkfp.pods import container_engine as engines
from localkfp.pods import interpreter, process
from localkfp.pods.container_engine import EngineError
from localkfp.pods.containers import Containers
from localkfp.pods.images import Images
from localkfp.pods.machine import CONTAINERS, PROCESS, WAYS, Containment, Machine
from localkfp.pods.outputs import Output, collect, keep_log
from localkfp.pods.process import Processes
from localkfp.store.state_directory import state_directory

WAY, NETWORK = "LOCALKFP_PODS", "LOCALKFP_PODS_NETWORK"
DEADLINE = "Pod was active on the node longer than the specified deadline"
KILLED = 137
MAX_TEMPLATE = 131_071  # bytes of one variable or argument, on Linux: MAX_ARG_STRLEN


class Room(Protocol):
    """A pod on its way through one of the two ways. Each step is taken once, in this order."""

    async def prepare(self) -> None:
        """Lay the inputs down."""

    async def run(self) -> int | Outcome:
        """The exit code of its program, of the first of its containers that failed; or how it
        ended without one. When it is cancelled, nothing of the pod runs any more."""

    async def outputs(self) -> Mapping[str, Output]:
        """What is there of the declared outputs, by their paths in the pod."""

    def close(self) -> None:
        """Leave nothing but the pod's folder. Called in a thread."""


def chosen_way() -> str:
    """What LOCALKFP_PODS says: `process`, which is the default, or `containers`.

    Raises StoreError for another word.
    """
    way = os.environ.get(WAY) or PROCESS
    if way not in WAYS:
        raise StoreError(f"{WAY} is {way!r}; it may be {' or '.join(WAYS)}.")
    return way


def container_engine() -> str:
    """What would run containers here, `podman 4.3.1`. Raises StoreError where nothing does."""
    found = engines.find(state_directory())
    return f"{found.name} {found.version}"


def this_machine(artifacts: Path, way: str) -> Machine:
    """This machine, for pods that run in this way, and whose artifacts lie below the folder. What
    a localkfp that is no more left of containers is removed.

    Raises StoreError when containers are asked for and no engine works.
    """
    state, containment = state_directory(), None
    if way == CONTAINERS:
        engine = engines.find(state, os.environ.get(NETWORK, ""))
        engine.remove_leftovers()
        containment = Containment(engine, Images(engine), engines.Removal(engine))
    return Machine(interpreter.ensure(state), artifacts, process.has_namespaces(), containment)


async def run_pod(pod: Pod, folder: Path, machine: Machine, prefix: str) -> Outcome:
    """Run a pod to its end in `folder` and collect its outputs.

    `prefix` is the key below which its artifacts are stored, `artifacts/<workflow>/<day>/<node>`.
    When the caller cancels, every process of the pod is killed first. Only the log stays in
    `folder`, and what image a container had.
    """
    log = folder / "main.log"
    folder.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)  # of an earlier life of the run
    if pod.size > MAX_TEMPLATE:
        return _too_long(log)
    room: Room = (
        Containers(pod, folder, machine.artifacts, machine.containment)
        if machine.containment
        else Processes(pod, folder, machine)
    )
    try:
        return await _run(pod, room, log, machine.artifacts, prefix)
    except EngineError as error:
        assert machine.containment
        return Outcome(Phase.ERROR, f"{machine.containment.engine.name}: {error}")
    finally:  # in a thread, and not waited for: the pods that this one sets free start meanwhile
        asyncio.get_running_loop().run_in_executor(None, _tidy, room, _set_aside(folder))


async def _run(pod: Pod, room: Room, log: Path, store: Path, prefix: str) -> Outcome:
    await room.prepare()
    try:
        ended = await asyncio.wait_for(room.run(), pod.deadline)
    except asyncio.TimeoutError:
        kept = await asyncio.to_thread(keep_log, log, store, prefix)
        return Outcome(Phase.FAILED, DEADLINE, KILLED, artifacts=kept)
    except OSError as error:
        if error.errno != errno.E2BIG:
            raise
        return _too_long(log)
    if isinstance(ended, Outcome):
        return ended
    if not log.exists():  # an init container failed
        return Outcome(Phase.FAILED, f"Error (exit code {ended})")
    artifacts = await asyncio.to_thread(keep_log, log, store, prefix)
    outputs = await room.outputs()
    return await asyncio.to_thread(collect, pod, outputs.get, store, prefix, ended, artifacts)


def _too_long(log: Path) -> Outcome:
    """Argo hands a pod its template, with all values in it, in one variable of the environment
    (EnvVarTemplate in workflow/controller/workflowpod.go), and its first container doesn't start
    when that is longer than a system takes (the records b14_param_100k, d65_args_long)."""
    log.write_text(
        "localkfp: the step with all its values is larger than a system takes in one variable or "
        f"argument (Linux: {MAX_TEMPLATE:,} bytes), on a cluster too; pass it as a file.\n"
    )
    return Outcome(Phase.ERROR, "Error (exit code 1)")


def _set_aside(folder: Path) -> list[Path]:
    """Give what may go another name at once: a retry of the run takes the same folder again."""
    used = [place for place in folder.iterdir() if place.is_dir()]
    return [place.rename(folder / f".{place.name}.{uuid.uuid4().hex}") for place in used]


def _tidy(room: Room, places: Iterable[Path]) -> None:
    room.close()
    for place in places:
        shutil.rmtree(place, ignore_errors=True)
