"""One pod: a process tree with a folder, HOME, log and /tmp of its own.

/tmp is the pod's own in one of two ways. Where the system allows user and mount namespaces (most
Linux), the pod's folder is mounted over /tmp, and the paths in the command need no rewriting.
Elsewhere (macOS, some containers) the paths that the template declares are rewritten into the pod's
folder, TMPDIR points there, and the log says that /tmp itself is shared.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO

import psutil

from localkfp.engine.contract import Outcome, Phase, Pod
from localkfp.pods import files, packages
from localkfp.pods.log import copy_log
from localkfp.pods.machine import Machine
from localkfp.pods.outputs import Here, Output, no_program
from localkfp.workflow.model import Container

# A user, mount and process namespace. It dies with localkfp, even when that is killed (setpriv),
# and everything in it dies with its first process. By their whole names: the PATH is the pod's.
SETPRIV, UNSHARE, SH, MOUNTER = (
    shutil.which(name) or "" for name in ("setpriv", "unshare", "sh", "mount")
)
UMASK = 0  # Argo's emissary leaves a step none (the record b41_cwd_write)
NAMESPACES = (
    *(SETPRIV, "--pdeathsig", "KILL"),
    *(UNSHARE, "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child"),
)
# $1: the pod's own /tmp; $2: where the program starts. The folders after it, up to --, lie below
# /tmp and must stay visible; it has an empty folder for each.
MOUNT = f"""
tmp=$1; begin=$2; shift 2
while [ "$1" != -- ]; do {MOUNTER} --bind "$1" "$tmp/${{1#/tmp/}}"; shift; done
shift
{MOUNTER} --rbind "$tmp" /tmp
cd "$begin"
exec "$@"
"""
NO_COMMAND = (
    "the container has no command, so it asks for the program of its image {image}, and pods are "
    "processes here: give it a command, or start localkfp with --pods containers"
)
DRAIN_SECONDS = 5  # for the last lines of a pod whose every process is dead


@functools.cache
def has_namespaces() -> bool:
    """Whether this system lets us give a pod its own /tmp (it's asked by trying)."""
    if not (SETPRIV and UNSHARE and SH and MOUNTER):
        return False
    probe = [*NAMESPACES, SH, "-ec", f"{MOUNTER} --bind /usr /tmp && test -e /tmp/bin"]
    return subprocess.run(probe, capture_output=True).returncode == 0


class Processes:
    """A pod as processes; see `pod.Room`."""

    def __init__(self, pod: Pod, folder: Path, machine: Machine) -> None:
        self._pod, self._folder, self._machine = pod, folder, machine
        self._paths = {
            path: files.on_host(path, folder)
            for path in (*pod.output_paths, *(value.path for value in pod.inputs if value.path))
        }

    async def prepare(self) -> None:
        for place in (self._folder / "tmp", self._folder / "home"):
            place.mkdir(exist_ok=True)
        store = self._machine.artifacts
        await asyncio.to_thread(files.put_inputs, self._pod, self._paths, store)  # may be large
        self._machine = await _with_packages(self._pod, self._machine)

    async def run(self) -> int | Outcome:
        return await _run_containers(self._pod, self._folder, self._machine, self._paths)

    async def outputs(self) -> Mapping[str, Output]:
        found = {p: files.followed(self._paths[p], self._folder) for p in self._pod.output_paths}
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


async def _run_containers(
    pod: Pod, folder: Path, machine: Machine, paths: Mapping[str, Path]
) -> int | Outcome:
    """Init containers in order, then the main one, each until it ends; only the main one writes to
    main.log. The first exit code that isn't 0, or how it ends where a program can't be run."""
    code = 0
    for container in pod.containers:
        name, mode = ("main.log", "wb") if container is pod.containers[-1] else ("init.log", "ab")
        with (folder / name).open(mode, buffering=0) as stream:
            stream.write(_first_line(container, machine))
            if not container.command:
                return Outcome(Phase.ERROR, NO_COMMAND.format(image=container.image))
            if why := _not_found(container.command[0], machine):
                hint = f"localkfp runs no image, and this machine lacks what {container.image} has"
                stream.write(f"Error: {why}\n{why}\nlocalkfp: {hint}.\n".encode())
                return no_program(why)
            code = await _run_process(pod, container, folder, machine, paths, stream)
        if code:
            break
    return code


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
    folder: Path,
    machine: Machine,
    paths: Mapping[str, Path],
    log: IO[bytes],
) -> int:
    """The exit code as a container has it: 128 + n when signal n ended the process."""
    place = _placer(paths, machine)
    words = [place(word) for word in (*container.command, *container.args)]
    begin = _beginning(container.working_dir, folder, machine)
    environment = {
        "PATH": machine.path,
        "HOME": str(folder / "home"),
        "HOSTNAME": pod.node_id,
        "LANG": "C.UTF-8",
        **{name: place(value) for name, value in container.env},
    }
    if machine.private_tmp:
        tmp = folder / "tmp"
        hidden = [p for p in (folder, machine.python.parent) if p.is_relative_to("/tmp")]
        for shown in hidden:
            (tmp / shown.relative_to("/tmp")).mkdir(parents=True, exist_ok=True)
        words = [
            *(*NAMESPACES, SH, "-ec", MOUNT, "sh", str(tmp), str(begin)),
            *(*map(str, hidden), "--", *words),
        ]
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


def _beginning(working_dir: str, folder: Path, machine: Machine) -> Path:
    """Where the program of a container starts, by its name in the pod. A folder that this machine
    hasn't is made in the pod's, as an engine makes it in the container (b43_working_dir)."""
    if not working_dir:
        return folder / "home"
    here, own = Path("/") / working_dir, files.on_host(working_dir, folder)
    in_tmp = own.is_relative_to(folder / "tmp")
    if not in_tmp and here.is_dir():
        return here
    own.mkdir(parents=True, exist_ok=True)
    return here if in_tmp and machine.private_tmp else own


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


# ---- paths ---------------------------------------------------------------------------------------


def _placer(paths: Mapping[str, Path], machine: Machine) -> Callable[[str], str]:
    """A function that rewrites, in a text, declared paths that the pod can't have by their name.

    Only whole paths are meant: `/output` is not a part of `/output.txt` or of `s3://bucket/output`.
    """
    moved = [path for path in paths if not (machine.private_tmp and path.startswith("/tmp/"))]
    if not moved:
        return lambda text: text
    for path in moved:
        # In /tmp the program makes its folders itself, as in an image.
        if not path.startswith("/tmp/"):
            paths[path].parent.mkdir(parents=True, exist_ok=True)
    longest_first = sorted(moved, key=len, reverse=True)
    declared = re.compile(
        rf"(?<![\w./-])(?:{'|'.join(re.escape(path) for path in longest_first)})(?![\w.-])"
    )
    return lambda text: declared.sub(lambda match: str(paths[match.group()]), text)
