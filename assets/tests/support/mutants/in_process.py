"""Pods that run in this process: for programs of our own, a hundred times as fast.

A pod of localkfp is a process with namespaces; here its Python program is executed where the test
runs, with an argv, an environment and a log of its own. Nothing of it is isolated.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any
from unittest import mock

from localkfp.pods import process
from localkfp.pods.machine import Machine

MOST_LINES = 100_000  # of a program with a loop that might have no end
SECONDS = 20
_builtin_open = open
_one_at_a_time = threading.Lock()  # argv, environment and folder are the whole process's


@contextlib.contextmanager
def pods_in_process() -> Iterator[None]:
    """Let each pod of localkfp that runs Python do so in this process."""

    async def run(pod: Any, container: Any, places: Any, machine: Machine, log: IO[bytes]) -> int:
        words = [places.placed(word) for word in (*container.command, *container.args)]
        environment = {name: places.placed(value) for name, value in container.env}
        with _one_at_a_time:
            return _executed(words, environment, places.home, log)

    with (
        mock.patch.object(process, "_run_process", run),
        mock.patch.object(process, "has_namespaces", return_value=False),
    ):
        yield


def _executed(words: Sequence[str], environment: dict[str, str], home: Path, log: IO[bytes]) -> int:
    program, arguments = _python(words)
    if program is None:
        found = subprocess.run(
            words,
            cwd=home,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
        log.write(found.stdout)
        return found.returncode
    printed, before = io.StringIO(), Path.cwd()
    os.chdir(home)
    try:
        with (
            mock.patch.object(sys, "argv", ["-c", *arguments]),
            mock.patch.dict(os.environ, environment),
            mock.patch("time.sleep"),
            mock.patch("builtins.open", _open),
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
        ):
            return _code(program)
    finally:
        os.chdir(before)
        log.write(printed.getvalue().encode(errors="replace"))


def _open(file: Any, *arguments: Any, **more: Any) -> IO[Any]:
    """A mutant that opens a number would close a file of the test's own."""
    if isinstance(file, int):
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    return _builtin_open(file, *arguments, **more)


def _python(words: Sequence[str]) -> tuple[str | None, Sequence[str]]:
    """The program of a component that kfp made of a function, or of `python3 -c`."""
    if len(words) > 3 and words[0] == "sh" and "program_path" in words[2]:
        return words[3], words[4:]
    if words[0].startswith("python") and "-c" in words:
        place = words.index("-c")
        return words[place + 1], words[place + 2 :]
    return None, ()


def _code(program: str) -> int:
    try:
        if "while " in program:
            sys.settrace(_Bound())
        exec(compile(program, "<program>", "exec", dont_inherit=True), {"__name__": "__main__"})
    except SystemExit as end:
        if isinstance(end.code, int) or end.code is None:
            return end.code or 0
        print(end.code)
        return 1
    except BaseException:
        sys.settrace(None)
        traceback.print_exc(file=sys.stdout)
        return 1
    finally:
        sys.settrace(None)
    return 0


class _Bound:
    """A trace function that ends a program after MOST_LINES."""

    def __init__(self) -> None:
        self._left = MOST_LINES

    def __call__(self, frame: Any, event: str, argument: Any) -> _Bound:
        self._left -= 1
        if self._left < 0:
            raise TimeoutError("it has no end")
        return self
