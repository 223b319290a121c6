"""Process 1 of a submission: starts what runs the learner's code, watches it, ends it, collects.

The learner's code can neither signal nor trace this process. When it ends, or when whoever asked
for it goes away, every process of the submission is dead.
"""

from __future__ import annotations

import contextlib
import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil

from workbook.grading.sandbox.inside import collect, namespaces, wire

LOOK_SECONDS = 0.05
THREADS = 10  # for each process that a submission may have
KILL_SECONDS = 10  # outside of a process namespace, for a submission that goes on forking

ENDED, MEMORY, PROCESSES = "ended", "memory", "processes"


def keep(
    control: socket.socket,
    request: dict[str, Any],
    box: Path,
    isolated: bool,
    work: Callable[[], None],
    ends: Sequence[int],
) -> None:
    """Run `work` in a child until it ends, or `control` says so or is closed; then answer there
    with the reason why it ended and the answers that were written. `ends` are the child's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folders = {name: box / name for name in ("home", "answers", "temporary")}
    for folder in folders.values():
        folder.mkdir(exist_ok=True)
    child = os.fork()
    if child == 0:
        control.close()
        with exit_at_end():
            _confine(request, folders, isolated)
            work()
    for end in ends:
        os.close(end)
    if isolated:
        namespaces.hide_memory()
    else:
        namespaces.adopt_orphans()
    reason = _watch(child, control, request["limits"])
    _kill_all(isolated)
    report = {"reason": reason, **collect.answers(folders["answers"], request["limits"]["answer"])}
    with contextlib.suppress(OSError):
        wire.send(control, report)
    if not isolated:
        sweep(box)


def sweep(folder: Path) -> None:
    """Remove a folder in which a stranger wrote: by a program that goes to any depth, where
    shutil takes a call and an open file for each level."""
    subprocess.run(["rm", "-rf", "--", folder], stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def exit_at_end() -> Iterator[None]:
    """Let a forked child never return into the code of its parent."""
    try:
        yield
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _confine(request: dict[str, Any], folders: dict[str, Path], isolated: bool) -> None:
    """Limits, a fresh environment, a session of its own; then no privilege any more."""
    os.setsid()  # kill(0) and kill(getppid()) end nobody else
    limits = request["limits"]
    for what, value in [
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_FSIZE, limits["disk"]),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 1024),
    ]:
        with contextlib.suppress(ValueError, OSError):  # macOS has no limit of address space
            resource.setrlimit(what, (value, value))
    home = folders["home"]
    _put_pods(Path(request["pods"]), home / ".localkfp", isolated)
    os.environ.clear()
    os.environ.update(
        request["environment"],
        HOME=str(home),
        TMPDIR="/tmp" if isolated else str(folders["temporary"]),
        IPYTHONDIR=str(home / ".ipython"),
        LOCALKFP_HOME=str(home / ".localkfp"),
        LANG="C.UTF-8",
        LANGUAGE="en",
    )
    os.chdir(home)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    if isolated:
        namespaces.renounce()
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _put_pods(python: Path, state: Path, isolated: bool) -> None:
    """The bare Python of localkfp's pods, which would otherwise be made for each submission."""
    state.mkdir()
    if isolated:
        (state / python.name).symlink_to(python)
    else:  # it may lie below /tmp, which a pod doesn't see
        shutil.copytree(python, state / python.name, symlinks=True)


def _watch(child: int, control: socket.socket, limits: dict[str, Any]) -> str:
    """The reason why the child's time is over."""
    lines = wire.Lines(1000)
    while True:
        if (status := _reap(child)) is not None:
            return status
        if select.select([control], [], [], LOOK_SECONDS)[0]:
            data = control.recv(1000)
            if not data:
                return ENDED
            for line in lines.feed(data):
                if line != b"interrupt":
                    return ENDED
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGINT)
        if excess := _excess(limits):
            return excess


def _reap(child: int) -> str | None:
    """Collect what has ended. How the child ended, if it did: `signal 9`, `exit 0`."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return "exit 0"
        if pid == 0:
            return None
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return f"signal {-code}" if code < 0 else f"exit {code}"


def _excess(limits: dict[str, Any]) -> str | None:
    """Which limit all processes of the submission together exceed."""
    family = psutil.Process().children(recursive=True)
    if len(family) > limits["processes"]:
        return PROCESSES
    total = threads = 0
    for process in family:
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
            threads += process.num_threads()
    if threads > THREADS * limits["processes"]:  # a system has so many, for everybody
        return PROCESSES
    # what forked processes share is counted in each of them, so it's looked at twice
    if total > limits["memory"]:
        total = 0
        for process in family:
            with contextlib.suppress(psutil.Error):
                exact = process.memory_full_info()
                total += getattr(exact, "pss", exact.uss)
    return MEMORY if total > limits["memory"] else None


def _kill_all(isolated: bool) -> None:
    """Kill every process of the submission and wait until none is left."""
    end = time.monotonic() + KILL_SECONDS
    while time.monotonic() < end:
        if isolated:
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)  # as process 1: all of this namespace, but not itself
        else:
            for process in psutil.Process().children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    process.kill()
        try:
            while os.waitpid(-1, 0 if isolated else os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.001)
    print("grading: processes of a submission are left", file=sys.stderr)
