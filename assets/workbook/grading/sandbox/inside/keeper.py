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
NICE = 5
MOST_REAPED = 100
FILES = 256  # open at once in a process; a pipe and a socket hold memory that no process has
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
    reason = _watch(child, control, request["limits"], isolated)
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
        (resource.RLIMIT_NOFILE, FILES),
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
    os.nice(NICE)  # the keeper comes first
    if isolated:
        namespaces.bound(limits["tasks"])
        namespaces.renounce()
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _put_pods(python: Path, state: Path, isolated: bool) -> None:
    """The bare Python of localkfp's pods, which would otherwise be made for each submission."""
    state.mkdir()
    if isolated:
        (state / python.name).symlink_to(python)
    else:  # it may lie below /tmp, which a pod doesn't see
        shutil.copytree(python, state / python.name, symlinks=True)


def _watch(child: int, control: socket.socket, limits: dict[str, Any], isolated: bool) -> str:
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
        if excess := _excess(limits, isolated):
            return excess


def _reap(child: int) -> str | None:
    """Collect what has ended. How the child ended, if it did: `signal 9`, `exit 0`."""
    for _ in range(MOST_REAPED):  # then the limits are looked at, whatever else ends meanwhile
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return "exit 0"
        if pid == 0:
            return None
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return f"signal {-code}" if code < 0 else f"exit {code}"
    return None


def _excess(limits: dict[str, Any], isolated: bool) -> str | None:
    """Which limit all processes of the submission together exceed."""
    family = _family() if isolated else _children()
    if len(family) > limits["processes"]:
        return PROCESSES
    looks = [_look(pid) for pid in family]
    if sum(threads for threads, _resident in looks) > limits["tasks"]:
        return PROCESSES
    if isolated and _sockets() > limits["sockets"]:
        return MEMORY
    if sum(resident for _threads, resident in looks) <= limits["memory"]:
        return None
    # what forked processes share is counted in each of them, so it's looked at twice
    return MEMORY if sum(map(_share, family)) > limits["memory"] else None


def _family() -> list[int]:
    """Every process of this namespace but this one, as /proc numbers them."""
    own, me = _namespace("self"), int(Path("/proc/self").readlink().name)
    with os.scandir("/proc") as entries:
        found = [int(entry.name) for entry in entries if entry.name.isdigit()]
    if me == os.getpid():  # a /proc of its own: nobody else is in it
        return [pid for pid in found if pid != me]
    return [pid for pid in found if pid != me and _namespace(pid) == own]


def _namespace(pid: int | str) -> int:
    try:
        return Path(f"/proc/{pid}/ns/pid").stat().st_ino
    except OSError:  # it has ended, or is none of ours to look at
        return 0


def _children() -> list[int]:
    return [process.pid for process in psutil.Process().children(recursive=True)]


def _sockets() -> int:
    """How many there are in the network of this namespace; each has buffers of its own."""
    words = Path("/proc/self/net/sockstat").read_text().split()  # "sockets: used 7 TCP: ..."
    return int(words[2])


def _look(pid: int) -> tuple[int, int]:
    """How many threads a process has, and bytes in memory (proc(5), /proc/pid/stat)."""
    with contextlib.suppress(OSError, psutil.Error):
        if not Path("/proc/self/stat").exists():
            process = psutil.Process(pid)
            return process.num_threads(), process.memory_info().rss
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return int(fields[17]), int(fields[21]) * resource.getpagesize()
    return 0, 0


def _share(pid: int) -> int:
    with contextlib.suppress(OSError, psutil.Error):
        if not Path("/proc/self/stat").exists():
            return int(psutil.Process(pid).memory_full_info().uss)
        # not by psutil: where /proc is the container's, it doesn't find itself there by its own
        # number, and takes it that this kernel doesn't say
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
    return 0


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
