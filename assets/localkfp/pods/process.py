"""One pod: a process tree with a folder, HOME, log and /tmp of its own.

/tmp is the pod's own in one of two ways. Where the system allows user and mount namespaces (most
Linux), the pod's folder is mounted over /tmp, and the paths in the command need no rewriting.
Elsewhere (macOS, some containers) the paths that the template declares are rewritten into the pod's
folder, TMPDIR points there, and the log says that /tmp itself is shared.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import functools
import os
import re
import shutil
import signal
import subprocess
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import psutil

from localkfp.engine.contract import Outcome, Phase, Pod
from localkfp.pods import files, packages
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
# $1: the pod's own /tmp. The folders after it, up to --, lie below /tmp and must stay visible; it
# has an empty folder for each.
MOUNT = f"""
tmp=$1; shift
while [ "$1" != -- ]; do {MOUNTER} --bind "$1" "$tmp/${{1#/tmp/}}"; shift; done
shift
{MOUNTER} --rbind "$tmp" /tmp
cd "$HOME"
exec "$@"
"""
DEADLINE = "Pod was active on the node longer than the specified deadline"
MAX_LOG = 50 * 1000 * 1000  # bytes
CHUNK = 64 * 1024
DRAIN_SECONDS = 5  # for the last lines of a pod whose every process is dead
MAX_TEMPLATE = 131_071  # bytes of one variable or argument, on Linux: MAX_ARG_STRLEN
KILLED = 137


@dataclass(frozen=True)
class Machine:
    """Where pods run. `python`: the folder of their python3. `artifacts`: the store's folder."""

    python: Path
    artifacts: Path
    private_tmp: bool

    @property
    def path(self) -> str:
        return f"{self.python}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@functools.cache
def has_namespaces() -> bool:
    """Whether this system lets us give a pod its own /tmp (it's asked by trying)."""
    if not (SETPRIV and UNSHARE and SH and MOUNTER):
        return False
    probe = [*NAMESPACES, SH, "-ec", f"{MOUNTER} --bind /usr /tmp && test -e /tmp/bin"]
    return subprocess.run(probe, capture_output=True).returncode == 0


async def run_pod(pod: Pod, folder: Path, machine: Machine, prefix: str) -> Outcome:
    """Run a pod to its end in `folder` and collect its outputs.

    `prefix` is the key below which its artifacts are stored, `artifacts/<workflow>/<day>/<node>`.
    When the caller cancels, every process of the pod is killed first. Only the log stays in
    `folder`.
    """
    try:
        return await _run(pod, folder, machine, prefix)
    finally:  # in a thread, and not waited for: the pods that this one sets free start meanwhile
        asyncio.get_running_loop().run_in_executor(None, _remove, _set_aside(folder))


def _set_aside(folder: Path) -> list[Path]:
    """Give what may go another name at once: a retry of the run takes the same folder again."""
    used = [folder / place for place in ("tmp", "home", "root") if (folder / place).exists()]
    return [place.rename(f"{place}.{uuid.uuid4().hex}") for place in used]


def _remove(places: Iterable[Path]) -> None:
    for place in places:
        shutil.rmtree(place, ignore_errors=True)


async def _run(pod: Pod, folder: Path, machine: Machine, prefix: str) -> Outcome:
    tmp, home = folder / "tmp", folder / "home"
    for place in (tmp, home):
        place.mkdir(parents=True, exist_ok=True)
    log = folder / "main.log"
    log.unlink(missing_ok=True)  # of an earlier life of the run
    paths = {
        path: files.on_host(path, folder)
        for path in (
            *pod.output_parameters.values(),
            *pod.output_artifacts.values(),
            *(value.path for value in pod.inputs if value.path),
        )
    }
    if pod.size > MAX_TEMPLATE:
        return _too_long(pod, log)
    await asyncio.to_thread(files.put_inputs, pod, paths, machine.artifacts)  # they may be large
    machine = await _with_packages(pod, machine)
    running = _run_containers(pod, folder, machine, paths)
    try:
        ended = await asyncio.wait_for(running, pod.deadline)
    except asyncio.TimeoutError:
        kept = await asyncio.to_thread(files.keep_log, log, machine.artifacts, prefix)
        return Outcome(Phase.FAILED, DEADLINE, KILLED, artifacts=kept)
    except OSError as error:
        if error.errno != errno.E2BIG:
            raise
        return _too_long(pod, log)
    if isinstance(ended, str):
        return Outcome(
            Phase.FAILED, f"Error (exit code {files.NO_PROGRAM}): {ended}", files.NO_PROGRAM
        )
    if not log.exists():  # an init container failed
        return Outcome(Phase.FAILED, f"Error (exit code {ended})")
    artifacts = await asyncio.to_thread(files.keep_log, log, machine.artifacts, prefix)
    return await asyncio.to_thread(
        files.collect, pod, paths, folder, machine.artifacts, prefix, ended, artifacts
    )


def _too_long(pod: Pod, log: Path) -> Outcome:
    """Argo hands a pod its template, with all values in it, in one variable of the environment
    (EnvVarTemplate in workflow/controller/workflowpod.go), and its first container doesn't start
    when that is longer than a system takes (the records b14_param_100k, d65_args_long)."""
    log.write_text(
        "localkfp: the step with all its values is larger than a system takes in one variable or "
        f"argument (Linux: {MAX_TEMPLATE:,} bytes), on a cluster too; pass it as a file.\n"
    )
    return Outcome(Phase.ERROR, "Error (exit code 1)")


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
) -> int | str:
    """Init containers in order, then the main one, each until it ends; only the main one writes to
    main.log. The first exit code that isn't 0, or why a program can't be run, in Go's words."""
    code = 0
    for container in pod.containers:
        name, mode = ("main.log", "wb") if container is pod.containers[-1] else ("init.log", "ab")
        with (folder / name).open(mode, buffering=0) as stream:
            stream.write(_first_line(container, machine))
            if why := _not_found(container.command[0], machine):
                hint = f"localkfp runs no image, and this machine lacks what {container.image} has"
                stream.write(f"Error: {why}\n{why}\nlocalkfp: {hint}.\n".encode())
                return why
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
        words = [*NAMESPACES, SH, "-ec", MOUNT, "sh", str(tmp), *map(str, hidden), "--", *words]
    else:
        environment["TMPDIR"] = str(folder / "tmp")
    # Not asyncio's own pipe: its wait() waits for everyone who holds the other end.
    end, beginning = os.pipe()
    copying = asyncio.create_task(_copy_log(end, log))
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            cwd=folder / "home",
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


async def _copy_log(end: int, log: IO[bytes]) -> None:
    """Write what the pod prints, up to MAX_LOG; the rest is read too, so that the pod goes on."""
    source = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(source)
    pipe = os.fdopen(end, "rb", 0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
    written = 0
    try:
        while data := await source.read(CHUNK):
            if written < MAX_LOG:
                log.write(data[: MAX_LOG - written])
                if written + len(data) > MAX_LOG:
                    log.write(b"\nlocalkfp: the log has reached 50 MB; what follows was dropped\n")
            written += len(data)
    finally:
        transport.close()


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
