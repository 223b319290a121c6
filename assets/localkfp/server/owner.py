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
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tornado.iostream import IOStream

from localkfp.server.connections import NO_MORE, PatientServer

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
ROOT = 0
log = logging.getLogger("localkfp")

End = tuple[str, int]  # an address and a port


class OwnersServer(PatientServer):
    """Serves the connections of this user's processes and of root's; others are closed.

    The tables are read for all connections that wait, at once: three hundred that come together
    cost two readings. A connection is answered for by a reading that began after it was accepted.
    """

    def initialize(self, *arguments: Any, **options: Any) -> None:
        super().initialize(*arguments, **options)
        self._waiting: list[tuple[IOStream, tuple[Any, ...]]] = []
        self._looking: asyncio.Task[None] | None = None
        # a thread of its own: those of the loop may all be busy with files
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="owner")

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        self._waiting.append((stream, address))
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        # reading the tables takes some milliseconds, which nobody else has to wait
        loop = asyncio.get_running_loop()
        while self._waiting:
            taken, self._waiting = self._waiting, []
            sockets = [stream.socket for stream, _ in taken]
            try:
                answers = await loop.run_in_executor(self._thread, served, sockets)
            except OSError as error:  # without an answer to whose they are, they are nobody's
                if error.errno in NO_MORE:
                    self.say_full(error)
                else:
                    log.error("it can't be found out whose a connection is: %s", error)
                answers = [False] * len(taken)
            for (stream, address), good in zip(taken, answers, strict=True):
                if good:
                    super().handle_stream(stream, address)
                else:
                    stream.close()


def served(connections: Sequence[socket.socket]) -> list[bool]:
    """Of each, whether the process at its other end belongs to this user or to root, or the system
    can't say. To be asked when they have been accepted. Raises OSError for unreadable tables."""
    if not TABLES[0].exists():  # macOS: see README
        return [True] * len(connections)
    owners = owned(table.read_text() for table in TABLES if table.exists())
    return [_owner(owners, connection) in (ROOT, os.getuid()) for connection in connections]


def _owner(owners: Mapping[tuple[str, str], int], connection: socket.socket) -> int | None:
    try:
        return owner(owners, _end(connection.getpeername()), _end(connection.getsockname()))
    except OSError:  # it has gone already
        return None


def owned(tables: Iterable[str]) -> dict[tuple[str, str], int]:
    """The user of each socket that a process has, by its own end and its other end as the tables
    write them."""
    rows = (line.split(maxsplit=10) for table in tables for line in table.splitlines()[1:])
    return {(row[1], row[2]): int(row[7]) for row in rows if row[9] != "0"}


def owner(owners: Mapping[tuple[str, str], int], there: End, here: End) -> int | None:
    """The user of the socket whose own end is `there` and whose other end is `here`; None where no
    row with an inode says so."""
    ends = ((local, remote) for local in _written(there) for remote in _written(here))
    return next((owners[pair] for pair in ends if pair in owners), None)


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
