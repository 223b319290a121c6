"""`!python FILE`, `!dsl-compile` and `!kfp` without the half second that importing kfp takes.

Before the learner's code runs, the kernel forks a process that has imported everything; such a
command line forks again from there. Any other goes to the shell.
"""

from __future__ import annotations

import contextlib
import os
import re
import runpy
import shlex
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbook.grading.sandbox.inside import wire

SHELL = re.compile(r"[|&;<>()$`\\*?\[\]{}~#\n]")  # what only a shell understands
LONGEST = 1024 * 1024


def words(line: str) -> list[str]:
    """The words of a command line that can be run here; none if it's for the shell."""
    if SHELL.search(line):
        return []
    try:
        found = shlex.split(line)
    except ValueError:
        return []
    if found[:1] in (["python"], ["python3"]):
        return found if len(found) > 1 and found[1].endswith(".py") else []
    return found if found[:1] in (["dsl-compile"], ["kfp"]) else []


class Commands:
    """The forked process, seen from the kernel."""

    def __init__(self) -> None:
        self._end, theirs = socket.socketpair()
        if os.fork() == 0:
            self._end.close()
            _serve(theirs)
            os._exit(0)
        theirs.close()
        self._answers = self._end.makefile("rb")

    def run(self, command: list[str], show: Callable[[str], Any]) -> int:
        """The exit code. What the command writes goes to `show` as it comes."""
        reading, writing = os.pipe()
        request = {"words": command, "folder": str(Path.cwd()), "environment": dict(os.environ)}
        socket.send_fds(self._end, [b"\n"], [writing])
        wire.send(self._end, request)
        os.close(writing)
        pid = wire.parse(self._answers.readline())["pid"]
        try:
            with os.fdopen(reading, "r", errors="replace", newline="") as output:
                while text := output.readline(65536):
                    show(text)
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            raise
        finally:
            code = wire.parse(self._answers.readline())["code"]
        return code


def _serve(end: socket.socket) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lines, outputs = wire.Lines(LONGEST), []
    while True:
        data, received, _flags, _address = socket.recv_fds(end, 65536, 1)
        if not data:
            return
        outputs += received
        for line in filter(None, lines.feed(data)):
            child = os.fork()
            if child == 0:
                end.close()
                _run(wire.parse(line), outputs[0])
            os.close(outputs.pop(0))
            wire.send(end, {"pid": child})
            wire.send(end, {"code": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])})


def _run(request: dict[str, Any], output: int) -> None:
    """Be the command. Never returns."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.dup2(output, 1)
    os.dup2(output, 2)
    code: Any = 0
    try:
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        _main(request["words"])
    except SystemExit as ended:
        code = ended.code
        if isinstance(code, str):
            print(code, file=sys.stderr)
            code = 1
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(int(code or 0) & 255)


def _main(command: list[str]) -> None:
    name, *rest = command
    if name == "dsl-compile":
        from kfp.compiler.main import main
    elif name == "kfp":
        from kfp.cli.cli import main
    else:
        sys.argv = rest
        sys.path[0:1] = [str(Path(rest[0]).resolve().parent)]
        runpy.run_path(rest[0], run_name="__main__")
        return
    sys.argv = [name, *rest]
    main()
