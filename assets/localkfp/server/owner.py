"""Whose process is at the other end of a connection: on Linux the kernel says so.

A row of /proc/net/tcp and tcp6 (proc(5)) has the two ends of a socket, the user it belongs to and
its inode. A socket that its process has closed has no inode and shows user 0, so such a row says
nothing, and nor does a row that isn't there. All sockets of loopback are in the table of the one
network namespace, whoever asks.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import socket
import struct
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tornado.iostream import IOStream

from localkfp.server.connections import NO_MORE, PatientServer

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
ROOT = 0
THREADS = 2
log = logging.getLogger("localkfp")

End = tuple[str, int]  # an address and a port


class OwnersServer(PatientServer):
    """Serves the connections of this user's processes and of root's; others are closed."""

    def initialize(self, *arguments: Any, **options: Any) -> None:
        super().initialize(*arguments, **options)
        self._looking: set[asyncio.Task[None]] = set()  # the loop itself holds no task
        # threads of its own: those of the loop may all be busy with files
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="owner")

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        task = asyncio.create_task(self._serve(stream, address))
        self._looking.add(task)
        task.add_done_callback(self._looking.discard)

    async def _serve(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        # reading the tables takes some milliseconds, which nobody else has to wait
        loop = asyncio.get_running_loop()
        try:
            served = await loop.run_in_executor(self._threads, is_served, stream.socket)
        except OSError as error:  # without an answer to whose it is, it is nobody's
            if error.errno in NO_MORE:
                self.say_full(error)
            else:
                log.error("it can't be found out whose a connection is: %s", error)
            served = False
        if served:
            super().handle_stream(stream, address)
        else:
            stream.close()


def is_served(connection: socket.socket) -> bool:
    """Whether the process at the other end belongs to this user or to root, or the system can't
    say. To be asked when the connection is accepted."""
    if not TABLES[0].exists():  # macOS: see README
        return True
    try:
        there, here = _end(connection.getpeername()), _end(connection.getsockname())
    except OSError:  # it has gone already
        return False
    user = owner((table.read_text() for table in TABLES if table.exists()), there, here)
    return user in (ROOT, os.getuid())


def owner(tables: Iterable[str], there: End, here: End) -> int | None:
    """The user of the socket whose own end is `there` and whose other end is `here`; None where no
    row with an inode says so."""
    local, remote = _written(there), _written(here)
    for table in tables:
        for line in table.splitlines()[1:]:
            fields = line.split(maxsplit=10)
            if fields[1] in local and fields[2] in remote and fields[9] != "0":
                return int(fields[7])
    return None


def _end(address: tuple[Any, ...]) -> End:
    """Of what `getpeername` and `getsockname` give: an IPv6 address may name its interface."""
    return str(address[0]).partition("%")[0], int(address[1])


def _written(end: End) -> set[str]:
    """How the tables may write an end: 127.0.0.1:8090 as `0100007F:1F9A`, and that in the longer
    form of ::ffff:127.0.0.1, where the program at that end has a socket of IPv6."""
    address = ipaddress.ip_address(end[0])
    forms = {address.packed}
    if address.version == 4:
        forms.add(ipaddress.ip_address(f"::ffff:{address}").packed)
    elif address.ipv4_mapped:
        forms.add(address.ipv4_mapped.packed)
    return {f"{_words(packed)}:{end[1]:04X}" for packed in forms}


def _words(packed: bytes) -> str:
    """Words of 32 bits, each as this machine reads it from memory."""
    words = struct.unpack(f"={len(packed) // 4}I", packed)
    return "".join(f"{word:08X}" for word in words)
