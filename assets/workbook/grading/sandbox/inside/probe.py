"""Whether a submission gets all that it needs here; it is asked by trying."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from workbook.grading.sandbox.inside import keeper, namespaces

TASKS = 5
LIMITED, UNLIMITED = b"limited", b"unlimited"


def try_it(box: Path, own_proc: bool) -> tuple[bool, bool]:
    """Whether a submission can be isolated, and whether the kernel keeps its limit of processes."""
    reading, writing = os.pipe()
    try:
        child = namespaces.fork()
    except OSError:
        return False, False
    if child == 0:
        with keeper.exit_at_end():
            namespaces.furnish(box, 1_000_000, own_proc=own_proc)
            namespaces.bound(TASKS)
            namespaces.renounce()
            os.write(writing, LIMITED if _is_limited() else UNLIMITED)
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        limited = said.read() == LIMITED
    return os.waitpid(child, 0)[1] == 0, limited


def _is_limited() -> bool:
    children = []
    try:
        for _ in range(2 * TASKS):
            child = os.fork()
            if child == 0:
                signal.pause()
            children.append(child)
    except OSError:
        return True
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    return False
