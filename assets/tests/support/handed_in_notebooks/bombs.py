"""What takes all that a machine has: to be run only where the kernel keeps the limits."""

from __future__ import annotations

from tests.support.handed_in_notebooks.submitted import SOLVED, exercise

END = '\nwaits_for = ...\ncheck("04-2", waits_for)'
CAUGHT = "    try:\n        {}\n    except (OSError, RuntimeError):\n        pass"
BOMBS = {
    "fork": "import os\nwhile True:\n    os.fork()",
    "fork-caught": "import os\nwhile True:\n" + CAUGHT.format("os.fork()"),
    "thread": "import threading, time\nwhile True:\n"
    + CAUGHT.format("threading.Thread(target=time.sleep, args=(600,), daemon=True).start()"),
    "memory": "import os\nfor _ in range(6):\n    os.fork()\nx = []\nwhile True:\n"
    "    x.append(bytearray(b'x') * 2**24)",
    "sockets": "import socket\nkept = []\nwhile True:\n    a, b = socket.socketpair()\n"
    "    a.setblocking(False)\n    kept.append((a, b))\n    try:\n        while True:\n"
    "            a.send(bytes(65536))\n    except BlockingIOError:\n        pass",
    "pipes": "import os\nkept = []\nwhile True:\n    a, b = os.pipe()\n"
    "    os.set_blocking(b, False)\n    kept.append((a, b))\n    try:\n        while True:\n"
    "            os.write(b, bytes(65536))\n    except BlockingIOError:\n        pass",
}
KEY = """\
import ctypes
call = ctypes.CDLL(None).syscall
assert call(248, b"user", b"mark", b"x", 1, -3) == -1  # add_key, to the session keyring
assert call(425, 8, 0) == -1  # io_uring_setup"""


def bomb(name: str) -> bytes:
    return exercise(SOLVED, 2, BOMBS[name] + END)
