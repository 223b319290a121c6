"""From outside: a warm process, and one submission at a time that is forked from it."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import psutil

from workbook.grading.sandbox import bubblewrap
from workbook.grading.sandbox.bubblewrap import Layout, Limits, Way
from workbook.grading.sandbox.inside import wire
from workbook.grading.sandbox.outputs import Outputs
from workbook.paths import ASSETS

START_SECONDS = 120  # of a loaded machine; 3 of a quiet one
END_SECONDS = 20  # until every process of a submission is dead
LOOK_SECONDS = 0.5  # whether one that is not warm yet is still there
INTERRUPT_SECONDS = 2  # between asking a cell to stop and ending it
PIECE = 1024 * 1024
LONGEST_LINE = 4 * 1024 * 1024

REPLIED, TIMEOUT, DIED, MEMORY, PROCESSES, OUTPUT = (
    *("replied", "timeout", "died", "memory", "processes", "output"),
)


class WorkerLost(RuntimeError):
    """The warm process is gone, or doesn't answer. Nothing can be said about the submission."""


@dataclass(frozen=True)
class Reply:
    """How a cell ended: `how` is one of the words above; `word` is `signal 9` or `exit 3` of a
    kernel that died. `said` is what the kernel itself replied."""

    how: str
    word: str = ""
    said: Mapping[str, Any] = field(default_factory=dict)


class NoSandbox(RuntimeError):
    """A sandbox can't be made in this way on this machine."""


class Zygote:
    """A warm process of a `kind`; without a `way` it has no sandbox, and limits only. `limited`:
    whether the kernel itself keeps the limit of processes."""

    limited = False

    def __init__(self, kind: str, layout: Layout, way: Way | None) -> None:
        """Start it. Call `ready` before anything else.

        It ends with the thread that starts it: `--die-with-parent` means that.
        """
        self.kind, self.layout, self.way = kind, layout, way
        self._used = False
        self._asking = threading.Lock()
        self._end, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                bubblewrap.command(kind, layout, way),
                env=bubblewrap.environment(kind, layout, way),
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=None,
                start_new_session=True,  # Ctrl-C in a terminal is for the grader alone
            )

    @property
    def isolated(self) -> bool:
        return self.way is not None

    def ready(self) -> None:
        """Wait until it is warm.

        Raises NoSandbox when it ended at once or has not got what it needs, and WorkerLost when it
        is not ready in time: that says nothing about the sandbox, only about the machine's load.
        """
        end = time.monotonic() + START_SECONDS
        said = b""
        while time.monotonic() < end:
            # a bubblewrap that failed may leave a child that keeps the other end open
            over = self._is_over()
            self._end.settimeout(min(LOOK_SECONDS, START_SECONDS))
            try:
                said = self._end.recv(1000)
                break
            except OSError:
                if over:
                    break
        else:
            self.stop()
            raise WorkerLost(
                f"the warm process of a {self.kind} was not ready in {START_SECONDS} seconds"
            ) from None
        answer = wire.parse(said) if said else {}
        if answer and (not self.way or answer["isolated"]):
            self.limited = bool(answer["limited"])
            return
        self.stop()
        text = f"the warm process of a {self.kind} does not start"
        raise NoSandbox(text) if self.way else WorkerLost(text)

    def _is_over(self) -> bool:
        """Whether bubblewrap has ended. It stays a zombie, so that no other group of processes can
        have its number when `stop` ends what it left."""
        look = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return bool(self.way and os.waitid(os.P_PID, self._process.pid, look))

    def open(self, limits: Limits, **more: Any) -> Session:
        """Fork a submission. `more` is for the process that serves it."""
        self._used = True
        (control, their_control), (work, their_work) = socket.socketpair(), socket.socketpair()
        reading, writing = os.pipe()
        request = {
            "limits": asdict(limits),
            "isolated": self.isolated,
            "environment": bubblewrap.environment(self.kind, self.layout, self.way),
            "pods": self.layout.pods_seen(self.way),
            "shown": [place for place in bubblewrap.prefixes() if self.isolated],
            "hidden": [str(ASSETS)] if self.isolated and self.kind == "judge" else [],
            **more,
        }
        fds = [their_control.fileno(), their_work.fileno(), writing]
        try:
            with self._asking:
                socket.send_fds(self._end, [b"{"], fds)
                self._end.sendall(json.dumps(request).encode()[1:] + b"\n")
        except OSError as error:
            os.close(reading)
            raise WorkerLost(f"the warm process is gone: {error}") from None
        finally:
            os.close(writing)
            for end in (their_control, their_work):
                end.close()
        return Session(control, work, reading, limits)

    def stop(self) -> None:
        """End it with everything that it forked."""
        if self._process.returncode is not None:  # its number may be another's by now
            return
        if self._used and not self.isolated:
            self._kill_left()
        self._end.close()
        with contextlib.suppress(ProcessLookupError):
            if self.isolated:
                self._process.kill()  # bwrap dies, and with it all of its namespace
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _kill_left(self) -> None:
        """Without a process namespace: what a submission left that killed its keeper."""
        end = time.monotonic() + END_SECONDS
        with contextlib.suppress(psutil.Error):
            zygote = psutil.Process(self._process.pid)
            # a keeper that has answered is still sweeping
            psutil.wait_procs(zygote.children(recursive=True), timeout=INTERRUPT_SECONDS)
            while (left := zygote.children(recursive=True)) and time.monotonic() < end:
                for process in left:
                    with contextlib.suppress(psutil.Error):
                        process.kill()
                psutil.wait_procs(left, timeout=INTERRUPT_SECONDS)


class Session:
    """One forked process, with its keeper. Use `ask`, then `close`."""

    def __init__(
        self, control: socket.socket, work: socket.socket, output: int, limits: Limits
    ) -> None:
        self._control, self._work, self._output = control, work, output
        self._limits = limits
        self._report: dict[str, Any] | None = None
        self._closed = False
        self._lines = wire.Lines(LONGEST_LINE)
        self._reports = wire.Lines(200 * limits.answer)
        self._bytes = 0
        self._turn = 0
        self._selector = selectors.DefaultSelector()
        for end in (control, work, output):
            self._selector.register(end, selectors.EVENT_READ)
        os.set_blocking(output, False)

    def ask(self, message: Mapping[str, Any], seconds: float, outputs: Outputs) -> Reply:
        """Send a message and wait for the reply; what is shown meanwhile goes into `outputs`.

        After anything but `replied` in time the process is dead, but for a cell that was
        interrupted: then `how` is `timeout`, and `alive` is still true.
        """
        end = time.monotonic() + seconds
        interrupted = False
        self._work.settimeout(max(seconds, 0.01))
        self._turn += 1
        try:
            wire.send(self._work, {**message, "turn": self._turn})
        except OSError:
            return self._died(TIMEOUT)
        while self._report is None:
            left = end - time.monotonic()
            if left <= 0:
                if interrupted:
                    return self._died(TIMEOUT)
                interrupted, end = True, time.monotonic() + INTERRUPT_SECONDS
                with contextlib.suppress(OSError):
                    self._control.sendall(b"interrupt\n")
                continue
            lines = self._read(left, outputs)
            for said in [_message(line, self._turn, outputs) for line in lines]:
                if said is not None:
                    self._drain(outputs)
                    return Reply(TIMEOUT if interrupted else REPLIED, said=said)
            if self._bytes > self._limits.output:
                return self._died(OUTPUT)
        return self._died(TIMEOUT if interrupted else DIED)

    @property
    def alive(self) -> bool:
        return self._report is None

    def close(self) -> dict[str, Any]:
        """End it. Returns the keeper's report, when every process is dead: `reason`, `answers`,
        `unread`. Raises WorkerLost when there is none."""
        self._await_report()
        if not self._closed:
            self._closed = True
            for place in (self._control, self._work):
                place.close()
            os.close(self._output)
            self._selector.close()
        if not self._report:
            raise WorkerLost("the process that watches over a submission is gone")
        return self._report

    def _died(self, how: str) -> Reply:
        report = self._await_report()
        reason = report.get("reason", "")
        if how == DIED and reason in (MEMORY, PROCESSES):
            how = reason
        return Reply(how, word=reason)

    def _await_report(self) -> dict[str, Any]:
        with contextlib.suppress(OSError):
            self._control.sendall(b"end\n")
        end = time.monotonic() + END_SECONDS
        while self._report is None and (left := end - time.monotonic()) > 0:
            self._read(left, Outputs(0))
        return self._report or {}

    def _read(self, seconds: float, outputs: Outputs) -> list[bytes]:
        """Wait for something to come. Gives the lines that the working process said."""
        lines: list[bytes] = []
        for key, _events in self._selector.select(seconds):
            if key.fileobj is self._work:
                data = _receive(self._work)
                self._bytes += len(data)
                if not data:
                    self._selector.unregister(self._work)
                lines += self._lines.feed(data)
            elif key.fileobj is self._control:
                data = _receive(self._control)
                if not data:
                    self._selector.unregister(self._control)
                    self._report = self._report or {}
                for line in self._reports.feed(data):
                    self._report = wire.parse(line)
            else:
                self._drain(outputs)
        return lines

    def _drain(self, outputs: Outputs) -> None:
        """Take what programs wrote to the standard output that they inherited."""
        with contextlib.suppress(BlockingIOError):
            for _ in range(16):  # then the time is looked at again
                data = os.read(self._output, 65536)
                if not data:
                    with contextlib.suppress(KeyError):
                        self._selector.unregister(self._output)
                    return
                self._bytes += len(data)
                outputs.stream("stdout", data.decode(errors="replace"))


def _receive(end: socket.socket) -> bytes:
    try:
        return end.recv(PIECE)
    except OSError:
        return b""


def _message(line: bytes, turn: int, outputs: Outputs) -> dict[str, Any] | None:
    """The reply that a line holds, if it is this turn's: one that a cell forged would put what each
    later cell shows to its neighbour. An output is put to the others."""
    if line is wire.TOO_LONG:
        outputs.left_out(LONGEST_LINE)
        return None
    try:
        message = wire.parse(line)
    except ValueError:  # the learner's code may write here too
        return None
    if isinstance(message.get("reply"), dict):
        return message["reply"] if message.get("turn") == turn else None
    outputs.add(message.get("output"))
    return None
