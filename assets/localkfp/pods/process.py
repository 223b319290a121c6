"""One pod: a process tree with a folder, HOME, log and /tmp of its own.

/tmp and /root are the pod's own in one of two ways. Where the system allows user and mount
namespaces (most Linux), folders of the pod are mounted over them, and the paths in the command need
no rewriting. Elsewhere (macOS, some containers) the paths that the template declares are rewritten
into the pod's folder, TMPDIR points there, and the log says that /tmp itself is shared.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO

import psutil

from localkfp.engine.contract import Outcome, Phase, Pod
from localkfp.pods import files, image_lacks, packages
from localkfp.pods.log import copy_log
from localkfp.pods.machine import Machine
from localkfp.pods.outputs import Here, Output, no_program
from localkfp.pods.places import Places, all_mounts, fstab
from localkfp.workflow.model import Container

# A user, mount and process namespace. It dies with localkfp, even when that is killed (setpriv),
# and everything in it dies with its first process. By their whole names: the PATH is the pod's.
SETPRIV, UNSHARE, SH, MOUNTER, CAT = (
    shutil.which(name) or "" for name in ("setpriv", "unshare", "sh", "mount", "cat")
)
UMASK = 0  # Argo's emissary leaves a step none (the record b41_cwd_write)
NAMESPACES = (
    *(SETPRIV, "--pdeathsig", "KILL"),
    *(UNSHARE, "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child"),
)
# $1: where the program starts; $2: a pipe for its log; $3: what is mounted, all by one process.
# This shell stays the first process of the namespace: the program can be killed, and the pod lasts
# as long as somebody holds its log, as on a cluster (d61_background).
MOUNT = f"""
begin=$1; log=$2
{MOUNTER} --all --fstab "$3"
shift 3
cd "$begin"
{CAT} <"$log" &
exec 3>"$log" 2>/dev/null
set +e
"$@" >&3 2>&3 3>&-
ended=$?
exec 3>&-
wait
exit $ended
"""
NO_COMMAND = (
    "the container has no command, so it asks for the program of its image {image}, and pods are "
    "processes here: give it a command, or start localkfp with --pods containers"
)
DRAIN_SECONDS = 5  # for the last lines of a pod whose every process is dead


@functools.cache
def has_namespaces() -> bool:
    """Whether this system lets us give a pod its own /tmp (it's asked by trying)."""
    if not (SETPRIV and UNSHARE and SH and MOUNTER and CAT):
        return False
    with tempfile.NamedTemporaryFile("w") as table:
        table.write(fstab([(Path("/usr"), Path("/tmp"))]))
        table.flush()
        mounted = f'{MOUNTER} --all --fstab "$1" && test -e /tmp/bin'
        probe = [*NAMESPACES, SH, "-ec", mounted, "sh", table.name]
        return subprocess.run(probe, capture_output=True).returncode == 0


class Processes:
    """A pod as processes; see `pod.Room`."""

    def __init__(self, pod: Pod, folder: Path, machine: Machine) -> None:
        self._pod, self._folder, self._machine = pod, folder, machine
        inputs = tuple(value.path for value in pod.inputs if value.path)
        mounts = all_mounts(c.mounts for c in (*pod.containers, *pod.sidecars))
        self._places = Places(folder, machine.private_tmp, (*pod.output_paths, *inputs), mounts)
        self._inputs = {path: self._places.on_host(path) for path in inputs}

    async def prepare(self) -> None:
        self._places.make()
        if self._inputs:  # they may be large
            store = self._machine.artifacts
            await asyncio.to_thread(files.put_inputs, self._pod, self._inputs, store)
        self._machine = await _with_packages(self._pod, self._machine)

    async def run(self) -> int | Outcome:
        """Init containers in order, then the main one beside its sidecars, until it ends; only the
        main one writes to main.log."""
        *first, main = self._pod.containers
        for container in first:
            if ended := await self._run_one(container, "init.log"):
                return ended
        sidecars = [
            asyncio.create_task(self._run_one(sidecar, f"sidecar-{sidecar.name}.log"))
            for sidecar in self._pod.sidecars
        ]
        try:
            return await self._run_one(main, "main.log")
        finally:
            for task in sidecars:
                task.cancel()
            await asyncio.gather(*sidecars, return_exceptions=True)

    async def _run_one(self, container: Container, log: str) -> int | Outcome:
        """Its exit code, or how it ends where its program can't be run."""
        machine = self._machine
        with (self._folder / log).open("ab", buffering=0) as stream:
            stream.write(_first_line(container, machine))
            if not container.command:
                return Outcome(Phase.ERROR, NO_COMMAND.format(image=container.image))
            if why := _not_found(container.command[0], machine):
                hint = f"localkfp runs no image, and this machine lacks what {container.image} has"
                stream.write(f"Error: {why}\n{why}\nlocalkfp: {hint}.\n".encode())
                return no_program(why)
            ended = await _run_process(self._pod, container, self._places, machine, stream)
            if ended:
                said = await asyncio.to_thread(_end_of, self._folder / log)
                stream.write(image_lacks.told(container, said, self._places.declares).encode())
            return ended

    async def outputs(self) -> Mapping[str, Output]:
        places = self._places
        found = {p: files.followed(places.on_host(p), places) for p in self._pod.output_paths}
        return {path: Here(file) for path, file in found.items() if file}

    def close(self) -> None:
        """Its folders are all that it had."""


async def _with_packages(pod: Pod, machine: Machine) -> Machine:
    """The machine with a Python that has what the pod's command asks pip for."""
    wanted = packages.asked_for(pod.containers)
    if not wanted:
        return machine
    state = machine.python.parent.parent
    python = await asyncio.to_thread(packages.environment, state, wanted)
    return replace(machine, python=python)


def _end_of(log: Path) -> str:
    with log.open("rb") as stream:
        stream.seek(max(0, log.stat().st_size - image_lacks.TAIL))
        return stream.read().decode(errors="replace")


def _not_found(program: str, machine: Machine) -> str:
    """LookPath of Go's os/exec, as Argo's emissary tells it (the records d06, d07)."""
    if shutil.which(program, path=machine.path):
        return ""
    if "/" not in program:
        why = "executable file not found in $PATH"
    elif Path(program).exists():
        why = "permission denied"
    else:
        why = f"stat {program}: no such file or directory"
    return f'failed to find name in PATH: exec: "{program}": {why}'


async def _run_process(
    pod: Pod,
    container: Container,
    places: Places,
    machine: Machine,
    log: IO[bytes],
) -> int:
    """The exit code as a container has it: 128 + n when signal n ended the process."""
    folder, begin = places.folder, places.beginning(container.working_dir)
    words = [places.placed(word) for word in (*container.command, *container.args)]
    environment = {
        "PATH": machine.path,
        "HOME": str(places.home),
        "HOSTNAME": pod.node_id,
        "LANG": "C.UTF-8",
        **{name: places.placed(value) for name, value in container.env},
    }
    if machine.private_tmp:
        pipe, table = folder / "shell" / uuid.uuid4().hex, folder / "shell" / "fstab"
        os.mkfifo(pipe)
        table.write_text(fstab(places.binds(machine.python.parent)), encoding="utf-8")
        shell = [SH, "-ec", MOUNT, "sh", *map(str, (begin, pipe, table))]
        words = [*NAMESPACES, *shell, *words]
    else:
        environment["TMPDIR"] = str(folder / "tmp")
    # Not asyncio's own pipe: its wait() waits for everyone who holds the other end.
    end, beginning = os.pipe()
    copying = asyncio.create_task(copy_log(end, log))
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            cwd=folder if machine.private_tmp else begin,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=beginning,
            stderr=beginning,
            start_new_session=True,
            umask=UMASK,
        )
    finally:
        os.close(beginning)
    try:
        code = await process.wait()
        await asyncio.wait([copying])  # whoever holds the log may still write (d61_background)
    finally:
        # macOS says PermissionError where nobody is left
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        if not machine.private_tmp:
            await asyncio.to_thread(_kill_strays, environment["HOME"])
        await asyncio.wait([copying], timeout=DRAIN_SECONDS)
        copying.cancel()
    return code if code >= 0 else 128 - code


def _kill_strays(home: str) -> None:
    """End what has left the session of its pod: it has the pod's HOME, which is no other's."""

    def is_stray(process: psutil.Process) -> bool:
        with contextlib.suppress(psutil.Error):
            return process.environ().get("HOME") == home
        return False  # it has ended, or is another user's

    while strays := [process for process in psutil.process_iter() if is_stray(process)]:
        for process in strays:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(strays, timeout=1)


def _first_line(container: Container, machine: Machine) -> bytes:
    shared = "" if machine.private_tmp else " /tmp is shared with other pods here."
    return (
        f"localkfp: this machine's Python stands in for the image {container.image}.{shared}\n"
    ).encode()
