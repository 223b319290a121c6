"""A kernel without ZMQ: IPython's shell, forked warm, that runs cells from a socket.

Everything here shares its process with the learner's code, which may change any of it. So nothing
that it says is a verdict.
"""

from __future__ import annotations

import builtins
import io
import linecache
import os
import re
import socket
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import kfp
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.history import HistoryManager
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils._process_posix import system
from IPython.utils.text import LSString, SList
from localkfp.server import lifecycle
from traitlets import Type

from workbook.grading.sandbox.inside import recording, wire, yaml_in_c
from workbook.grading.sandbox.inside.commands import Commands, words
from workbook.kernel import checking, doors, endpoint
from workbook.kernel.watch import POLL_SECONDS

# by these a notebook would look for another Kubeflow Pipelines than the grader's
ENDPOINT = ("KF_PIPELINES_ENDPOINT", "KF_PIPELINES_SA_TOKEN_PATH", "NB_PREFIX")
CELL_FILE = "<ipython-input-"
CELL_NAME = re.compile(rf"{CELL_FILE}[\w-]+>(, )?")
MOST_SHOWN = 1024 * 1024  # characters of one content
CHUNK = 64 * 1024  # characters; what is printed waits so long, or for the end of the cell

_tell: Callable[[dict[str, Any]], None]


class NoInput(RuntimeError):
    """input() was called, and there is nobody to answer."""


class Stream(io.TextIOBase):
    """Standard output and error, in one order with what is displayed."""

    pending: tuple[str, list[str], int] = ("", [], 0)  # name, texts, characters

    def __init__(self, name: str, number: int) -> None:
        self._name, self._number = name, number

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._number

    def write(self, text: str) -> int:
        name, texts, length = Stream.pending
        if name != self._name:
            flush()
            texts, length = [], 0
        texts.append(text)
        Stream.pending = (self._name, texts, length + len(text))
        if length + len(text) > CHUNK:
            flush()
        return len(text)

    def flush(self) -> None:
        flush()


def flush() -> None:
    name, texts, _length = Stream.pending
    Stream.pending = ("", [], 0)
    if texts:
        _tell({"output_type": "stream", "name": name, "text": "".join(texts)})


def _show(output: dict[str, Any]) -> None:
    flush()
    _tell(output)


def _sized(data: dict[str, Any]) -> dict[str, Any]:
    """What is displayed; of a content that nobody would keep, only how large it is."""
    return {
        kind: len(content) if isinstance(content, str) and len(content) > MOST_SHOWN else content
        for kind, content in data.items()
    }


class Hook(DisplayHook):
    """The value of a cell's last line."""

    def start_displayhook(self) -> None:
        pass

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(
        self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None
    ) -> None:
        data = {"data": _sized(format_dict), "metadata": md_dict or {}}
        _show({"output_type": "execute_result", "execution_count": self.prompt_count, **data})

    def finish_displayhook(self) -> None:
        pass


class Publisher(DisplayPublisher):
    """What is displayed besides; an update is shown as a display of its own."""

    def publish(
        self,
        data: dict[str, Any],
        metadata: dict[str, Any] | None = None,
        source: Any = None,
        **_more: Any,
    ) -> None:
        _show({"output_type": "display_data", "data": _sized(data), "metadata": metadata or {}})

    def clear_output(self, wait: bool = False) -> None:
        pass


class Shell(InteractiveShell):
    """IPython's shell; where the learner's own code raised is kept for the reply."""

    displayhook_class = Type(Hook)
    display_pub_class = Type(Publisher)
    raised: dict[str, Any] | None = None
    commands: Commands

    def system(self, cmd: str) -> None:
        """What `!cmd` calls."""
        expand: Any = self.var_expand  # IPython says nothing of its types
        line = expand(cmd, depth=1)
        if found := words(line):
            self.user_ns["_exit_code"] = self.commands.run(found, sys.stdout.write)
        else:
            self.user_ns["_exit_code"] = system(line)

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        """What `lines = !cmd` calls."""
        expand: Any = self.var_expand
        found = words(expand(cmd, depth=depth + 1))
        if not found:
            by_shell: Any = super().getoutput  # nor of these
            return by_shell(cmd, split, depth + 1)
        texts: list[str] = []
        self.commands.run(found, texts.append)
        text = "".join(texts)
        return SList(text.splitlines()) if split else LSString(text)

    def _showtraceback(self, etype: type, evalue: BaseException, stb: Any) -> None:
        name, value = etype.__name__, str(evalue)
        said = CELL_NAME.sub("", value)  # a number that says nothing to a person
        self.raised = {"ename": name, "evalue": said, "line": _their_line(evalue)}
        _show({"output_type": "error", "ename": name, "evalue": value, "traceback": stb})

    def ask_exit(self) -> None:
        pass

    def enable_gui(self, gui: str | None = None) -> None:
        pass


def _their_line(error: BaseException) -> str:
    """The last line of the cell that was run on the way to the error, as text: not that of a helper
    in another cell. The first frame of a cell is that cell's own."""
    own, found = "", ""
    for frame, number in traceback.walk_tb(error.__traceback__):
        name = frame.f_code.co_filename
        if name.startswith(CELL_FILE) and name == (own := own or name):
            found = linecache.getline(name, number).strip() or found
    if not own and isinstance(error, SyntaxError):  # of the cell itself
        return (error.text or "").strip()
    return found


def warm_up() -> None:
    """Import what the lessons import, and do once what they do: the first time takes long. Make
    the shell. No thread is started."""
    import igraph  # noqa: F401
    import kfp.cli.cli
    import kfp.compiler.main  # noqa: F401
    import localkfp
    import localkfp.__main__
    import yaml  # noqa: F401
    from kfp.components import create_component_from_func

    from workbook.kernel import doctor, show, watch  # noqa: F401
    from workbook.kernel.answers import compile_pipeline

    yaml_in_c.prefer()

    def twice(n: int) -> int:
        return 2 * n

    twice_op = create_component_from_func(twice, base_image="python:3.11")

    def pipeline(n: int) -> None:
        twice_op(twice_op(n).output)

    localkfp.draw(compile_pipeline(pipeline))
    setattr(HistoryManager, "enabled", False)  # noqa: B010 (a trait; nothing is kept on a disk)
    shell: Any = Shell.instance()
    shell.run_cell("None")


def _short_sleep(seconds: float) -> None:
    """kfp's client sleeps five seconds after each look at a run, also when the run is over."""
    time.sleep(min(seconds, POLL_SECONDS))


def serve(end: socket.socket, request: dict[str, Any], box: Path) -> None:
    """Run cells until the other side closes. A message is `{"run": source}`, or after the last
    `{"finish": {exercise: expression}}`; each gets outputs, then `{"reply": ...}` with its own
    `turn`."""
    global _tell

    own = os.getpid()

    def tell(output: dict[str, Any]) -> None:
        if os.getpid() == own:
            wire.send(end, {"output": output})

    def no_input(prompt: object = "") -> str:
        raise NoInput("input() isn't available while your notebook is graded")

    _tell = tell
    shell: Any = Shell.instance()
    shell.commands = Commands()  # before the learner's code, and without its outputs
    setattr(lifecycle, "_spawn", shell.commands.serve_localkfp)  # noqa: B010
    setattr(kfp._client, "time", SimpleNamespace(sleep=_short_sleep))  # noqa: B010
    checking.check_by(recording)
    setattr(endpoint, "find_door", lambda _explicit="": doors.Door(doors.LOCALKFP))  # noqa: B010
    recording.begin(box / "answers", request["kinds"])
    builtins.input = no_input
    sys.path[:] = ["", *sys.path]  # wherever the lesson works
    sys.stdout, sys.stderr = Stream("stdout", 1), Stream("stderr", 2)
    for line in end.makefile("rb"):
        message = wire.parse(line)
        reply: dict[str, Any] = {}
        try:
            for variable in ENDPOINT:
                os.environ.pop(variable, None)
            if "run" in message:
                shell.raised = None
                shell.run_cell(message["run"], store_history=True)
                reply = {"raised": shell.raised}
            else:
                recording.take_missing(message["finish"], shell.user_ns)
        except KeyboardInterrupt:  # it came when the cell was done
            pass
        if os.getpid() != own:  # the cell forked, and its end is not the child's to tell
            os._exit(0)
        flush()
        wire.send(end, {"reply": reply, "turn": message["turn"]})
