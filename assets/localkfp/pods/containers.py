"""One pod as containers of Podman or Docker: an image's own programs, files and user.

An init container, and then the main one, is run to its end and left stopped; then the outputs are
copied out of it, wherever they lie. Inputs are mounted at their paths, as Argo mounts them.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from localkfp.engine.contract import Outcome, Phase, Pod
from localkfp.pods import files
from localkfp.pods.container_engine import EngineError
from localkfp.pods.images import Image, NoImage
from localkfp.pods.log import copy_log
from localkfp.pods.machine import Containment
from localkfp.pods.outputs import Output, Packed, no_program
from localkfp.workflow.model import Container, Mount
from localkfp.workflow.quantity import amount

DRAIN_SECONDS = 5
LOOK_SECONDS = 0.1
LONGEST_HOSTNAME = 63
ROOT = ("", "0", "root")
NOT_ROOT = "CreateContainerConfigError: container has runAsNonRoot and image will run as root"
# What is the engine's, or the kernel's, among exit codes; a program may end with them too.
ENGINE_FAILED, NOT_EXECUTABLE, NOT_FOUND, KILLED = 125, 126, 127, 137
# What a container's init says of a program that it can't run: catatonit of Podman, tini of Docker
INIT = re.compile(
    rb"^(?:ERROR \(catatonit:\d+\): failed to exec pid1|\[FATAL tini \(\d+\)\] exec .* failed)"
    rb": (.*)\n?\Z",
    re.M,
)
LACKS = re.compile("could not be found on container|Could not find the file|no such file")


class Containers:
    """A pod as containers; see `pod.Room`."""

    def __init__(self, pod: Pod, folder: Path, store: Path, containment: Containment) -> None:
        self._pod, self._folder, self._store = pod, folder, store
        self._engine, self._containment = containment.engine, containment
        self._name = f"localkfp-{uuid.uuid4().hex[:12]}"
        self._started: list[str] = []
        self._inputs = {
            value.path: folder / "inputs" / str(number) / Path(value.path).name
            for number, value in enumerate(pod.inputs)
            if value.path
        }

    async def prepare(self) -> None:
        await asyncio.to_thread(files.put_inputs, self._pod, self._inputs, self._store)
        for container in (*self._pod.containers, *self._pod.sidecars):
            for mount in container.mounts:
                place = self._volume(mount)
                place.mkdir(parents=True, exist_ok=True)
                place.chmod(0o777)

    async def run(self) -> int | Outcome:
        """Init containers in order, then the main one beside its sidecars, which share its network
        and end with it."""
        *first, main = self._pod.containers
        try:
            for number, container in enumerate(first):
                name = f"{self._name}-init-{number}"
                if ended := await self._run_one(name, container, "init.log"):
                    return ended
            sidecars = asyncio.gather(*map(self._accompany, self._pod.sidecars))
            try:
                return await self._run_one(self._name, main, "main.log")
            finally:
                sidecars.cancel()
                await asyncio.gather(sidecars, return_exceptions=True)
        except NoImage as error:
            return Outcome(Phase.ERROR, str(error))

    async def _accompany(self, sidecar: Container) -> None:
        """Run a sidecar. How it ends is nobody's matter; where it can't begin, its log says why."""
        name, log = f"{self._name}-{sidecar.name}", f"sidecar-{sidecar.name}.log"
        while not await self._engine.is_running(self._name):
            await asyncio.sleep(LOOK_SECONDS)
        try:
            await self._run_one(name, sidecar, log, ("--network", f"container:{self._name}"))
        except (NoImage, EngineError) as error:
            with (self._folder / log).open("a") as stream:
                stream.write(f"localkfp: {error}\n")

    async def outputs(self) -> Mapping[str, Output]:
        folder = self._folder / "outputs"
        folder.mkdir()
        paths = tuple(dict.fromkeys(self._pod.output_paths))
        tars = [folder / f"{number}.tar" for number in range(len(paths))]
        there = await asyncio.gather(*map(self._copy_out, paths, tars))
        return {
            p: Packed(tar) for p, tar, is_there in zip(paths, tars, there, strict=True) if is_there
        }

    def close(self) -> None:
        self._containment.removal.remove(self._started)

    async def _run_one(
        self, name: str, container: Container, file: str, network: tuple[str, ...] = ()
    ) -> int | Outcome:
        with (self._folder / file).open("ab", buffering=0) as log:
            image = await self._containment.images.ensure(container.image, self._folder / file)
            log.write(f"localkfp: the image {image.name} is {image.digest}.\n".encode())
            if name == self._name:
                (self._folder / "image").write_text(f"{image.name} {image.digest}\n")
            if container.not_root and (container.user or image.user) in ROOT:
                return Outcome(Phase.ERROR, NOT_ROOT)
            return await self._run_image(name, container, image, log, network)

    async def _run_image(
        self,
        name: str,
        container: Container,
        image: Image,
        log: IO[bytes],
        network: tuple[str, ...],
    ) -> int | Outcome:
        options = self._options(container, network or self._own_network())
        line = self._engine.line("run", "--name", name, *options)
        program, *words = container.command or ("",)
        if container.command:
            line = (*line, "--entrypoint", program)
        line = (*line, "--", image.id, *words, *container.args)
        self._started.append(name)
        monitor = self._folder / "monitor"  # where Podman's conmon leaves a file when memory ends
        monitor.mkdir(exist_ok=True)
        end, beginning = os.pipe()
        copying = asyncio.create_task(copy_log(end, log))
        try:
            process = await asyncio.create_subprocess_exec(
                *line,
                stdin=subprocess.DEVNULL,
                stdout=beginning,
                stderr=beginning,
                cwd=monitor,
                start_new_session=True,
            )
        finally:
            os.close(beginning)
        try:
            code = await process.wait()
        finally:
            await self._end(name, process)
            await asyncio.wait([copying], timeout=DRAIN_SECONDS)
            copying.cancel()
        return await self._judged(name, program, code, Path(log.name), monitor)

    async def _end(self, name: str, process: asyncio.subprocess.Process) -> None:
        """Where the pod is cancelled, its container is removed, once the engine knows of it."""
        while process.returncode is None:
            await self._engine.remove(name)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(process.wait(), 1)

    def _own_network(self) -> tuple[str, ...]:
        hostname = self._pod.node_id[:LONGEST_HOSTNAME].rstrip("-.")
        network = ("--network", self._engine.network) if self._engine.network else ()
        return ("--hostname", hostname, *network)

    def _volume(self, mount: Mount) -> Path:
        place = self._folder / "volumes" / mount.volume
        return place / mount.inside if mount.inside else place

    def _options(self, container: Container, network: tuple[str, ...]) -> tuple[str, ...]:
        """Options of `run`. `--init`, since Argo's emissary is the first process of a container
        there, and the program its child: it can be killed, and what it leaves behind ends."""
        options = ["--init", "--pull", "never", "--log-driver", "none", "--stop-timeout", "0"]
        options += [*network, *self._engine.options]
        limits = dict(container.limits)
        memory, cpus = (float(amount(limits.get(name, "")) or 0) for name in ("memory", "cpu"))
        options += self._engine.limits(int(memory), cpus)
        if container.working_dir:
            options += ["--workdir", container.working_dir]
        for name, value in container.env:
            options += ["--env", f"{name}={value}"]
        if container.user:
            options += ["--user", container.user]
        for mount in container.mounts:
            mode = "ro,z" if mount.read_only else "z"
            options += ["--volume", f"{self._volume(mount)}:{mount.path}:{mode}"]
        for path, file in self._inputs.items():
            options += ["--volume", f"{file}:{path}:z"]
        return tuple(options)

    async def _judged(
        self, name: str, program: str, code: int, log: Path, monitor: Path
    ) -> int | Outcome:
        """What the exit code of the engine's command means."""
        said = log.read_bytes()[-4096:]
        if refused := INIT.search(said):
            os.truncate(log, log.stat().st_size - len(said) + refused.start())
            return _not_run(program, b"ermission" in refused[1], log)
        if code not in (ENGINE_FAILED, NOT_EXECUTABLE, NOT_FOUND, KILLED):
            return code
        try:
            state = (await self._engine.inspect("container", "inspect", name))["State"]
        except EngineError:
            state = {}
        if state.get("OOMKilled") or (code == KILLED and (monitor / "oom").exists()):
            return Outcome(Phase.FAILED, f"OOMKilled (exit code {KILLED})", KILLED)
        if str(state.get("StartedAt", "0001")).startswith("0001"):
            last = said.decode(errors="replace").strip().splitlines()[-1:]
            raise EngineError("".join(last).removeprefix("Error: "))
        return code

    async def _copy_out(self, path: str, tar: Path) -> bool:
        """Copy a file or folder of the stopped container; where it is a link, what that leads to
        within the container. Whether there is one."""
        follow = ("--follow-link",) if self._engine.name == "docker" else ()
        try:
            await self._engine.store(tar, "cp", *follow, f"{self._name}:{path}", "-")
        except EngineError as error:
            if LACKS.search(str(error)):
                return False
            raise
        return True


def _not_run(program: str, forbidden: bool, log: Path) -> Outcome:
    if forbidden:
        why = "permission denied"
    elif "/" in program:
        why = f"stat {program}: no such file or directory"
    else:
        why = "executable file not found in $PATH"
    told = f'failed to find name in PATH: exec: "{program}": {why}'
    with log.open("ab") as file:
        file.write(f"Error: {told}\n{told}\n".encode())
    return no_program(told)
