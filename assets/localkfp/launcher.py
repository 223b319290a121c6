"""Starts the programs of pods from a small process of its own: the launcher.

Between fork and exec a pod needs namespaces, and localkfp, large and with threads, is no place to
fork from. The launcher (`guard.py`, run as a program) is small and has no threads, so that a pod
costs about a millisecond beyond its own program. It ends when localkfp does, however that ends, and
on Linux every pod ends with it.

For each pod localkfp sends one request, with two file descriptors: one for what the pod prints, one
on which its guard answers with two numbers, its process id and later the program's exit code.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import io
import marshal
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from localkfp import guard

MAX_LOG = 50 * 1000 * 1000  # bytes
CHUNK = 64 * 1024
DRAIN_SECONDS = 5  # for the last lines of a pod whose every process is dead


@functools.cache
def has_namespaces() -> bool:
    """Whether this system lets us give a pod its own /tmp (it's asked by trying)."""
    probe = [sys.executable, "-I", "-S", guard.__file__, "probe"]
    return sys.platform == "linux" and subprocess.run(probe, capture_output=True).returncode == 0


@dataclass(frozen=True)
class Program:
    """A pod's program: the words of its command, working directory, environment.

    `tmp` is mounted over /tmp in namespaces of the pod's own, and each folder of `shown`, which
    lies in /tmp, stays visible below it; without `tmp` the program gets no namespaces.
    """

    words: Sequence[str]
    directory: Path
    environment: Mapping[str, str]
    tmp: Path | None = None
    shown: Sequence[Path] = ()


class Launcher:
    """The running launcher, seen from localkfp."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        self._sending = threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", guard.__file__], stdin=theirs, start_new_session=True
            )

    async def run(self, program: Program, log: io.RawIOBase) -> int:
        """Run a program to its end and write what it prints to `log`, MAX_LOG bytes at most.

        Returns the exit code as a container has it: 128 + n when signal n ended the program. When
        the caller cancels, every process of the pod is killed first. Raises OSError when the
        launcher is gone, ValueError for a text that no program can be given.
        """
        async with _pipe() as (prints, printing), _pipe() as (answers, answering):
            with printing, answering:
                self._send(program, printing.fileno(), answering.fileno())
            copying = asyncio.create_task(_copy(prints, log))
            try:
                code = await _exit_code(answers)
            finally:
                await asyncio.wait([copying], timeout=DRAIN_SECONDS)
                copying.cancel()
        return code if code >= 0 else 128 - code

    def _send(self, program: Program, printing: int, answering: int) -> None:
        request = {
            "words": list(program.words),
            "directory": str(program.directory),
            "environment": dict(program.environment),
            "mounts": _mounts(program),
        }
        for text in (*program.words, *program.environment.values()):
            if b"\0" in os.fsencode(text):
                raise ValueError("a program can't be given a text with the character NUL")
        message = marshal.dumps(request)
        size = len(message).to_bytes(guard.NUMBER, "big")
        with self._sending:  # one request after the other, whole
            socket.send_fds(self._control, [size], [printing, answering])
            self._control.sendall(message)

    def close(self) -> None:
        self._control.close()
        self._process.wait()


def _mounts(program: Program) -> list[tuple[str, str]]:
    """Source and target of each mount, in order: first what /tmp would hide, then /tmp itself."""
    if program.tmp is None:
        return []
    below = [(str(p), str(program.tmp / p.relative_to("/tmp"))) for p in program.shown]
    return [*below, (str(program.tmp), "/tmp")]


@contextlib.asynccontextmanager
async def _pipe() -> AsyncIterator[tuple[asyncio.StreamReader, io.FileIO]]:
    """The two ends of a pipe: one to read here, one to hand on.

    Not a subprocess's own pipe, whose wait() waits for everyone who holds the other end.
    """
    end, beginning = os.pipe()
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    pipe = os.fdopen(end, "rb", 0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
    try:
        with io.FileIO(beginning, "wb") as file:
            yield reader, file
    finally:
        transport.close()


async def _exit_code(answers: asyncio.StreamReader) -> int:
    """What the guard says in the end; then it has gone, and all that was left of the pod."""
    process = asyncio.create_task(_number(answers))
    try:
        await asyncio.shield(process)
        return await _number(answers)
    except asyncio.CancelledError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(await process, signal.SIGKILL)
        raise
    finally:
        await answers.read()


async def _number(answers: asyncio.StreamReader) -> int:
    try:
        return int.from_bytes(await answers.readexactly(guard.NUMBER), "big", signed=True)
    except asyncio.IncompleteReadError:
        raise OSError("the process that starts the pods has ended") from None


async def _copy(prints: asyncio.StreamReader, log: io.RawIOBase) -> None:
    """Write what the pod prints, up to MAX_LOG; the rest is read too, so that the pod goes on."""
    written = 0
    while data := await prints.read(CHUNK):
        if written < MAX_LOG:
            log.write(data[: MAX_LOG - written])
            if written + len(data) > MAX_LOG:
                log.write(b"\nlocalkfp: the log has reached 50 MB; what follows was dropped\n")
        written += len(data)
