"""`!python FILE`, `!dsl-compile`, `!kfp` and the server of localkfp, without the seconds that
their imports take.

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
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from workbook.grading.sandbox.inside import wire

SHELL = re.compile(r"[|&;<>()$`\\*?\[\]{}~#\n]")  # what only a shell understands
LONGEST = 1024 * 1024
NOTHING: Mapping[str, str] = MappingProxyType({})


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


@dataclass(frozen=True)
class Server:
    """A process that stays, as `subprocess.Popen` shows one: `poll` is None while it lives."""

    pid: int

    def poll(self) -> int | None:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 1
        return None


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
        pid = self._ask(writing, words=command, folder=str(Path.cwd()))
        os.close(writing)
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

    def serve_localkfp(self, home: Path) -> Server:
        """Start the server of a state directory, which goes on when this returns."""
        with (home / "server.log").open("ab") as log:
            return Server(
                self._ask(
                    log.fileno(),
                    words=["localkfp", "serve"],
                    folder=str(home),
                    more={"LOCALKFP_HOME": str(home)},
                    stays=True,
                )
            )

    def _ask(self, output: int, more: Mapping[str, str] = NOTHING, **request: Any) -> int:
        """The number of the process that has begun; `more` is for its environment."""
        socket.send_fds(self._end, [b"\n"], [output])
        wire.send(self._end, {"stays": False, "environment": {**os.environ, **more}, **request})
        return wire.parse(self._answers.readline())["pid"]


def _serve(end: socket.socket) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lines, outputs = wire.Lines(LONGEST), []
    while True:
        data, received, _flags, _address = socket.recv_fds(end, 65536, 1)
        if not data:
            return
        outputs += received
        for line in filter(None, lines.feed(data)):
            request = wire.parse(line)
            output = outputs.pop(0)
            child = os.fork()
            # a process that stays is a grandchild, which nobody here collects
            if child == 0 and request["stays"] and (child := os.fork()):
                wire.send(end, {"pid": child})
                os._exit(0)
            if child == 0:
                end.close()
                _run(request, output)
            os.close(output)
            if request["stays"]:
                os.waitpid(child, 0)
                continue
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
    elif name == "localkfp":
        from localkfp.__main__ import main
    else:
        sys.argv = rest
        sys.path[0:1] = [str(Path(rest[0]).resolve().parent)]
        runpy.run_path(rest[0], run_name="__main__")
        return
    sys.argv = [name, *rest]
    main()
