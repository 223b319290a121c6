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
from workbook.language import _

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


class CommandsGone(RuntimeError):
    """The forked process has ended, as when the learner's code killed it. A sentence."""


class Commands:
    """The forked process, seen from the kernel."""

    def __init__(self) -> None:
        self._end, theirs = socket.socketpair()
        if os.fork() == 0:
            try:
                self._end.close()
                _serve(theirs)
            finally:  # its output is the notebook's, which says of an end what `CommandsGone` says
                os._exit(0)
        theirs.close()
        self._answers = self._end.makefile("rb")

    def run(self, command: list[str], show: Callable[[str], Any]) -> int:
        """The exit code. What the command writes goes to `show` as it comes."""
        reading, writing = os.pipe()
        pid = 0
        try:
            with os.fdopen(reading, "r", errors="replace", newline="") as output:
                try:
                    pid = self._ask(writing, words=command, folder=str(Path.cwd()))
                finally:
                    os.close(writing)
                while text := output.readline(65536):
                    show(text)
            return self._answer("code")
        except CommandsGone as gone:
            show(f"{gone}\n")
            return 1
        except BaseException:
            if pid:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
                self._answer("code")
            raise

    def serve_localkfp(self, home: Path) -> Server:
        """Start the server of a state directory, which goes on when this returns. Raises
        CommandsGone."""
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
        with contextlib.suppress(OSError):  # then there is no answer
            socket.send_fds(self._end, [b"\n"], [output])
            wire.send(self._end, {"stays": False, "environment": {**os.environ, **more}, **request})
        return self._answer("pid")

    def _answer(self, name: str) -> int:
        try:
            found = wire.parse(self._answers.readline())[name]
        except (OSError, ValueError, KeyError):
            found = None
        if not isinstance(found, int):
            raise CommandsGone(_("the process that runs command lines has ended: start anew"))
        return found


def _serve(end: socket.socket) -> None:
    """Run what is asked until the other side closes. The learner's code may write here, too: what
    is no request, or comes without the file that the command writes to, has nobody to answer to."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lines, outputs = wire.Lines(LONGEST), []
    while True:
        data, received, _flags, _address = socket.recv_fds(end, 65536, 1)
        if not data:
            return
        outputs += received
        for line in filter(None, lines.feed(data)):
            request = _request(line)
            if request is not None and outputs:
                _begin(request, outputs.pop(0), end)


def _request(line: bytes) -> dict[str, Any] | None:
    """What a line asks for, None for what has not the shape of it."""
    try:
        found = wire.parse(line)
    except ValueError:
        return None
    command, environment = found.get("words"), found.get("environment")
    right = (
        isinstance(command, list)
        and command
        and isinstance(environment, dict)
        and all(isinstance(text, str) for text in (*command, *environment.values()))
        and isinstance(found.get("folder"), str)
        and isinstance(found.get("stays"), bool)
    )
    return found if right else None


def _begin(request: dict[str, Any], output: int, end: socket.socket) -> None:
    """Fork the command, say its number, and what it ended with, unless it stays."""
    try:
        child = os.fork()
    except OSError as error:  # the limit of processes
        os.write(output, f"{request['words'][0]}: {error.strerror}\n".encode())
        os.close(output)
        wire.send(end, {"pid": 0})
        wire.send(end, {"code": 1})
        return
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
        return
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
        if code is not None and not isinstance(code, int):
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
        try:
            Path(rest[0]).open("rb").close()
        except OSError as error:  # as Python itself says it
            print(f"{name}: can't open file {rest[0]!r}: {error.strerror}", file=sys.stderr)
            sys.exit(2)
        sys.argv = rest
        sys.path[0:1] = [str(Path(rest[0]).resolve().parent)]
        runpy.run_path(rest[0], run_name="__main__")
        return
    sys.argv = [name, *rest]
    main()
