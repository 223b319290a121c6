"""Podman or Docker, by the command line that both have. Everything that comes from a Workflow is an
argument of its own: no shell reads it, and no option is made of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from localkfp.errors import StoreError

NAMES = ("podman", "docker")
ANSWER_SECONDS, COPY_SECONDS = 60, 10 * 60
HOME, OWNER = "localkfp", "localkfp.owner"  # labels
MAX_PIDS = 4096  # of a container, as kubelets are set up
MOST_OF_MEMORY = 0.8  # so that a container ends before the machine does


class EngineError(RuntimeError):
    """The engine could not do what it was asked; the message is its own."""


@dataclass(frozen=True)
class Engine:
    """`program`: its command. `home` and `owner` are labels of its containers: the state directory
    and the process that they belong to. `controllers`: what it can limit. `network`: the one that
    was asked for, or its default."""

    program: str
    name: str
    version: str
    home: str
    owner: str
    controllers: frozenset[str]
    network: str = ""

    def line(self, *arguments: str) -> tuple[str, ...]:
        return (self.program, "--log-level", "error", *arguments)

    @property
    def options(self) -> tuple[str, ...]:
        """Of every container: whose it is, and what keeps it from harming the machine."""
        limits: list[str] = []
        if "pids" in self.controllers:
            limits += ["--pids-limit", str(MAX_PIDS)]
        if self.name == "podman":  # its own defaults may be above what this user may ask for
            files, processes = _own(resource.RLIMIT_NOFILE), _own(resource.RLIMIT_NPROC)
            limits += ["--ulimit", f"nofile={files}:{files}"]
            limits += ["--ulimit", f"nproc={processes}:{processes}"]
            limits += ["--umask", "0000"]  # Argo's emissary leaves a step none (b41_cwd_write)
        return (*("--label", f"{HOME}={self.home}"), *("--label", f"{OWNER}={self.owner}"), *limits)

    def limits(self, memory: int, cpus: float) -> tuple[str, ...]:
        """Options for so many bytes and cores; 0 is no limit, or most of the machine's memory."""
        found: list[str] = []
        if "memory" in self.controllers:
            most = int(psutil.virtual_memory().total * MOST_OF_MEMORY)
            found += ["--memory", str(min(memory or most, most))]
        if "cpu" in self.controllers and cpus:
            found += ["--cpus", f"{min(cpus, os.cpu_count() or 1):g}"]
        return tuple(found)

    async def ask(self, *arguments: str) -> bytes:
        """What a command prints. Raises EngineError when it fails, or doesn't answer in time."""
        return await self._call(arguments, subprocess.PIPE, ANSWER_SECONDS)

    async def store(self, file: Path, *arguments: str) -> None:
        """Write what a command prints into a file. Raises EngineError as above."""
        with file.open("wb") as stream:
            await self._call(arguments, stream.fileno(), COPY_SECONDS)

    async def _call(self, arguments: Sequence[str], out: int, seconds: float) -> bytes:
        process = await asyncio.create_subprocess_exec(
            *self.line(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.PIPE,
            start_new_session=True,  # a Ctrl-C is ours, and we end what we started
        )
        try:
            printed, error = await asyncio.wait_for(process.communicate(), seconds)
        except asyncio.TimeoutError:
            raise EngineError(f"no answer for {seconds:g} seconds") from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
        if process.returncode:
            raise EngineError(_said(error))
        return printed or b""

    async def inspect(self, *arguments: str) -> Mapping[str, Any]:
        """The first object that `inspect` shows. Raises EngineError as above."""
        found: Mapping[str, Any] = json.loads(await self.ask(*arguments))[0]
        return found

    async def is_running(self, name: str) -> bool:
        """Whether there is a container of that name, and it runs."""
        with contextlib.suppress(EngineError):
            state = (await self.inspect("container", "inspect", name))["State"]
            return bool(state.get("Running"))
        return False

    async def remove(self, name: str) -> None:
        """Kill and remove a container, if there is one of that name."""
        with contextlib.suppress(EngineError):
            await self.ask(*self._removal, name)

    def remove_now(self, *names: str) -> None:
        """The same for some, in a thread."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            _run(self.line(*self._removal, *names))

    @property
    def _removal(self) -> tuple[str, ...]:
        """Podman keeps all when one is no more, and one whose network another has."""
        rest = ("--ignore", "--depend") if self.name == "podman" else ()
        return ("rm", "--force", "--volumes", *rest)

    def remove_leftovers(self) -> None:
        """Remove the containers of this state directory whose process is no more."""
        wanted = ("--all", "--filter", f"label={HOME}={self.home}", "--format")
        form = f'{{{{.Names}}}} {{{{index .Labels "{OWNER}"}}}}'
        if self.name == "docker":
            form = f'{{{{.Names}}}} {{{{.Label "{OWNER}"}}}}'
        listed = _run(self.line("ps", *wanted, form)).stdout.decode().split("\n")
        containers = (line.partition(" ") for line in listed if line)
        if left := [name for name, _, owner in containers if not _alive(owner)]:
            self.remove_now(*left)


class Removal:
    """Takes away the containers of pods that have ended: one command for all that have come while
    the last was at work, so that the pods that run have the engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._lock = engine, threading.Lock()
        self._ended: list[str] = []
        self._at_work = False

    def remove(self, names: Sequence[str]) -> None:
        """Called in a thread. It returns at once where another one is at it."""
        with self._lock:
            self._ended += names
            if self._at_work:
                return
            self._at_work = True
        while ended := self._next():
            self._engine.remove_now(*ended)

    def _next(self) -> list[str]:
        with self._lock:
            ended, self._ended = self._ended, []
            self._at_work = bool(ended)
            return ended


def find(home: Path, network: str = "") -> Engine:
    """Podman, or else Docker, if it works. Raises StoreError with what each of them says."""
    refused = []
    for name in NAMES:
        program = shutil.which(name)
        if not program:
            refused.append(f"{name} is not installed")
            continue
        try:
            said = _run((program, "--log-level", "error", "info", "--format", "{{json .}}"))
            info = json.loads(said.stdout) if not said.returncode else {}
        except (subprocess.TimeoutExpired, ValueError, OSError) as error:
            refused.append(f"{name} does not answer: {error}")
            continue
        if said.returncode or not (info.get("host") or info.get("ServerVersion")):
            refused.append(f"{name} does not work: {_said(said.stderr)}")
            continue
        return Engine(
            program=program,
            name=name,
            version=(info.get("version") or {}).get("Version") or info.get("ServerVersion", ""),
            home=str(home),
            owner=_this_process(),
            controllers=_controllers(info),
            network=network,
        )
    raise StoreError(
        f"Pods can't be containers here: {'; '.join(refused)}. Install Podman, or leave out "
        "LOCALKFP_PODS and --pods: pods are processes then."
    )


def _controllers(info: Mapping[str, Any]) -> frozenset[str]:
    """Limits that can't be set are left out: rootless on some systems, the engine would fail."""
    if host := info.get("host"):
        return frozenset(host.get("cgroupControllers") or ())
    told = {"memory": "MemoryLimit", "cpu": "CpuCfsQuota", "pids": "PidsLimit"}
    return frozenset(name for name, field in told.items() if info.get(field))


def _own(limit: int) -> int:
    """What this process may have at most, within what a container needs."""
    most = resource.getrlimit(limit)[1]
    return MAX_PIDS if most == resource.RLIM_INFINITY else min(most, MAX_PIDS)


def _this_process() -> str:
    return f"{os.getpid()}.{psutil.Process().create_time():.2f}"


def _alive(owner: str) -> bool:
    number, _, created = owner.partition(".")
    with contextlib.suppress(psutil.Error, ValueError):
        return f"{psutil.Process(int(number)).create_time():.2f}" == created
    return False


def _run(line: tuple[str, ...]) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        line, stdin=subprocess.DEVNULL, capture_output=True, timeout=ANSWER_SECONDS
    )


def _said(error: bytes) -> str:
    """The last line of what an engine complains of, without the word that it begins with."""
    lines = error.decode(errors="replace").strip().splitlines() or ["no reason given"]
    return lines[-1].removeprefix("Error: ").removeprefix("Error response from daemon: ")
