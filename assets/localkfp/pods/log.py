"""The log of a pod, written as it comes."""

from __future__ import annotations

import asyncio
import os
from typing import IO

MAX_LOG = 50 * 1000 * 1000  # bytes
CHUNK = 64 * 1024


async def copy_log(end: int, log: IO[bytes]) -> None:
    """Write what comes out of the pipe, up to MAX_LOG; the rest is read too, so that the pod goes
    on."""
    source = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(source)
    pipe = os.fdopen(end, "rb", 0)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
    written = 0
    try:
        while data := await source.read(CHUNK):
            if written < MAX_LOG:
                log.write(data[: MAX_LOG - written])
                if written + len(data) > MAX_LOG:
                    log.write(b"\nlocalkfp: the log has reached 50 MB; what follows was dropped\n")
            written += len(data)
    finally:
        transport.close()
