"""Files go out in pieces: never whole in memory, and between two pieces others have their turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import IO

from tornado.iostream import StreamClosedError
from tornado.web import RequestHandler

PIECE = 192 * 1024  # bytes; of base64, three are four characters: no padding in between
# threads of their own: those of the loop may all be packing what steps have left
READERS = ThreadPoolExecutor(4, thread_name_prefix="reader")


async def pieces(stream: IO[bytes], most: int | None = None) -> AsyncIterator[bytes]:
    """What a stream has from where it stands, or its next `most` bytes. Each has PIECE bytes but
    the last. Raises what its `read` raises."""
    loop = asyncio.get_running_loop()
    while most is None or most > 0:
        wanted = PIECE if most is None else min(most, PIECE)
        data = await loop.run_in_executor(READERS, stream.read, wanted)
        if not data:
            return
        yield data
        most = None if most is None else most - len(data)


async def send(handler: RequestHandler, stream: IO[bytes], size: int) -> None:
    """Answer with the next `size` bytes of a stream. Where it ends before that, the connection is
    closed, so that nobody takes a part for all."""
    handler.set_header("Content-Length", size)
    if handler.request.method != "HEAD":
        with suppress(StreamClosedError):
            async for data in pieces(stream, size):
                handler.write(data)
                await handler.flush()
    handler.finish()
