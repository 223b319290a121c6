"""The warm process: it has imported what takes long, and forks for each submission.

Started by `python -m workbook.grading.sandbox.inside.zygote KIND`, where KIND is what its children
are: a `kernel` or a `judge`. Standard input is a socket: a request is a line of JSON, and with it
come the
ends of the channels for that submission. It has one thread and no secret.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import socket
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from workbook.grading.sandbox.inside import huge_pages, keeper, namespaces, probe, wire

BOX = Path("/box")  # in the sandbox
CHANNELS = 3  # control, work, output
LONGEST_REQUEST = 16 * 1024 * 1024


def main(kind: str, isolated: bool, own_proc: bool) -> None:
    trade = importlib.import_module(f"workbook.grading.sandbox.inside.{kind}")
    trade.warm_up()
    gc.collect()
    gc.freeze()  # so that no collection in a child touches, and copies, what it shares
    huge_pages.collapse()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in a terminal is for the grader alone
    requests = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    if not isolated:
        namespaces.adopt_orphans()  # of a keeper that its submission killed
    possible, limited = probe.try_it(BOX, own_proc) if isolated else (False, False)
    wire.send(requests, {"isolated": possible, "limited": limited})
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # its children are collected by the system
    lines, channels = wire.Lines(LONGEST_REQUEST), []
    while True:
        data, received, _flags, _address = socket.recv_fds(requests, 65536, CHANNELS)
        if not data:
            return
        channels += received
        for line in lines.feed(data):
            request = wire.parse(line)
            theirs, channels = channels[:CHANNELS], channels[CHANNELS:]
            fork = namespaces.fork if request["isolated"] else os.fork
            if fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                requests.close()
                for channel in channels:  # of the next request
                    os.close(channel)
                with keeper.exit_at_end():
                    _serve(trade, request, theirs, own_proc)
            for channel in theirs:
                os.close(channel)


def _serve(trade: ModuleType, request: dict[str, Any], channels: list[int], own_proc: bool) -> None:
    """Run one submission to its end: as process 1 of a namespace where that is possible."""
    control, work, output = channels
    isolated = request["isolated"]
    box = BOX if isolated else Path(tempfile.mkdtemp(prefix="grading-"))
    if isolated:
        size = request["limits"]["disk"]
        namespaces.furnish(box, size, request["shown"], request["hidden"], own_proc)

    def work_here() -> None:
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.close(output)
        trade.serve(socket.socket(fileno=work), request, box)

    answer = socket.socket(fileno=control)
    keeper.keep(answer, request, box, isolated, work_here, ends=(work, output))


if __name__ == "__main__":
    main(sys.argv[1], isolated=len(sys.argv) > 2, own_proc=sys.argv[2:] != ["shared-proc"])
